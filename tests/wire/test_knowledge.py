import hashlib
import json

import httpx2
import pytest

from openwebui_chat_client import AmbiguousNameError, BadRequestError, NotFoundError, ServerError

VERSION, CREATE = ("GET", "/api/version"), ("POST", "/api/v1/knowledge/create")
LISTED, SEARCH = ("GET", "/api/v1/knowledge/"), ("GET", "/api/v1/knowledge/search")
BASE = {"id": "k1", "name": "Docs", "description": "D", "access_grants": []}


def nowhere(_):
    return httpx2.Response(404, json={"detail": "We could not find what you're looking for :/"})


def body(request):
    return json.loads(request.content)


class Server:
    """As much of a server as a knowledge base needs."""

    def __init__(self, wire, *, version="0.12.4", bases=(BASE,), difference=None, refused=()):
        self.refused, self.uploaded = refused, []
        wire.on(*VERSION, {"version": version})
        wire.on(*CREATE, lambda request: {**body(request), "id": "k9"})
        wire.on(*LISTED, {"items": list(bases), "total": len(bases)})
        wire.on(*SEARCH, {"items": list(bases), "total": len(bases)})
        wire.on("POST", "/api/v1/files/", self.upload)
        for known in ("k1", "k9"):
            path = f"/api/v1/knowledge/{known}"
            wire.on("GET", path, {**BASE, "id": known})
            wire.on("POST", f"{path}/update", lambda request: {**BASE, **body(request)})
            wire.on("POST", f"{path}/access/update", BASE)
            wire.on("POST", f"{path}/file/add", self.add)
            wire.on("DELETE", f"{path}/delete", True)
        wire.on("POST", "/api/v1/knowledge/k1/sync/diff", difference)
        wire.on("POST", "/api/v1/knowledge/k1/sync/cleanup", {"status": True})
        wire.on("POST", "/api/v1/knowledge/k1/dirs/create", lambda request: {"id": f"d-{body(request)['name']}"})
        held = [{"id": "old", "filename": "gone.txt", "directory_id": "d-old", "path": "/data/uploads/old_gone.txt"}]
        wire.on("GET", "/api/v1/knowledge/k1/files", {"items": held, "total": 1})
        self.wire = wire

    def upload(self, request):
        name = request.content.split(b'filename="')[1].split(b'"')[0].decode()
        self.uploaded.append(name)
        path = f"/api/v1/files/{name}"
        self.wire.on("GET", f"{path}/process/status", {"status": "failed" if name in self.refused else "completed"})
        self.wire.on("GET", path, {"id": name, "filename": name, "data": {"error": "unreadable"}})
        self.wire.on("DELETE", path, {"message": "gone"})
        return {"id": name, "filename": name}

    def add(self, request):
        if body(request)["file_id"] in self.refused:
            return httpx2.Response(400, json={"detail": "Duplicate content detected."})
        return {**BASE, "files": [{"id": body(request)["file_id"], "hash": "h"}]}


@pytest.fixture
def folder(tmp_path):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    ("version", "fields"),
    [("0.12.4", {"access_grants": []}), ("0.7.2", {"access_control": {}})],
)
async def test_a_new_knowledge_base_is_private_on_every_server(make, wire, version, fields):
    Server(wire, version=version)
    async with make() as client:
        await client.knowledge.create("Docs")
        await client.create_knowledge_base("Docs", "D")
    sent = [body(request) for request in wire.requests if request.method == "POST"]
    assert sent == [{"name": "Docs", "description": text, **fields} for text in ("", "D")]


@pytest.mark.parametrize(
    ("version", "fields"), [("0.12.4", {}), ("0.7.2", {"access_control": {"read": {"user_ids": ["u"]}}})]
)
async def test_an_update_keeps_what_it_does_not_change(make, wire, version, fields):
    Server(wire, version=version)
    wire.on("GET", "/api/v1/knowledge/k1", {"id": "k1", "name": "Docs", "description": "D", **fields})
    async with make() as client:
        await client.knowledge.update("k1", name="New")
    sent = body(wire.requests[-1])
    assert (sent["name"], sent["description"]) == ("New", "D")
    if fields:
        assert sent["access_control"]["read"]["user_ids"] == ["u"]


async def test_access_is_a_call_of_its_own_and_part_of_the_update_before(make, wire):
    Server(wire)
    async with make() as client:
        await client.knowledge.set_access("k1", "public")
    public = [{"principal_type": "user", "principal_id": "*", "permission": "read"}]
    assert body(wire.requests[-1]) == {"access_grants": public}
    Server(wire, version="0.7.2")
    async with make() as client:
        await client.knowledge.set_access("k1", "public")
    assert wire.lines[-1] == "POST /api/v1/knowledge/k1/update"
    assert body(wire.requests[-1]) == {"name": "Docs", "description": "D", "access_control": None}


async def test_a_name_is_found_exactly_and_ones_own_goes_first(make, wire):
    def found(request):
        own = request.url.params.get("view_option") == "created"
        return {"items": [mine] if own else [mine, theirs, {"id": "x", "name": "Docs 2"}], "total": 3}

    mine, theirs = {"id": "mine", "name": "Docs"}, {"id": "theirs", "name": "Docs"}
    wire.on(*SEARCH, found)
    async with make() as client:
        assert (await client.knowledge.find("Docs")).id == "mine"
        assert await client.get_knowledge_base_by_name("docs") is None
        wire.on(*SEARCH, {"items": [mine, theirs], "total": 2})
        with pytest.raises(AmbiguousNameError, match="2 knowledge bases are named 'Docs'") as caught:
            await client.get_knowledge_base_by_name("Docs")
    assert [match["id"] for match in caught.value.matches] == ["mine", "theirs"]


@pytest.mark.parametrize(("name", "query"), [("a%b", "a%b"), ("C:\\long name\\x", "long name"), ("\\\\", "_")])
async def test_a_name_is_looked_for_without_what_databases_escape_with(make, wire, name, query):
    wire.on(*SEARCH, {"items": [{"id": "k", "name": name}], "total": 1})
    async with make() as client:
        assert (await client.knowledge.find(name)).id == "k"
    assert wire.requests[0].url.params["query"] == query


async def test_two_at_once_who_need_a_name_make_one_knowledge_base(make, wire):
    import anyio

    Server(wire, bases=())
    wire.on(*CREATE, lambda _: wire.on(*SEARCH, {"items": [BASE], "total": 1}) or BASE)
    async with make() as client, anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(client.knowledge.ensure, "Docs")
    assert wire.lines.count("POST /api/v1/knowledge/create") == 1


async def test_what_destroys_is_refused_without_a_target_before_any_request(make, wire, folder):
    async with make() as client:
        for call, words in [
            (lambda: client.knowledge.delete(""), "an id is needed"),
            (lambda: client.delete_knowledge_base(" "), "an id is needed"),
            (lambda: client.knowledge.reset("."), "an id is needed"),
            (lambda: client.knowledge.remove("k1", ""), "the id of a file"),
            (lambda: client.knowledge.add("k1", ""), "the id of a file"),
            (lambda: client.knowledge.delete_all(confirm=False), "confirm=True is needed"),
            (lambda: client.knowledge.delete_all(confirm="no"), "confirm=True is needed"),
            (lambda: client.knowledge.delete_by_keyword(""), "a keyword is needed"),
            (lambda: client.delete_knowledge_bases_by_keyword("  "), "a keyword is needed"),
            (lambda: client.knowledge.sync("", folder), "an id is needed"),
            (lambda: client.knowledge.sync("k1", folder / "a.txt"), "a directory is needed"),
            (lambda: client.knowledge.create(" "), "a name is needed"),
            (lambda: client.knowledge.update("k1"), "nothing to change"),
            (lambda: client.knowledge.update("k1", name=""), "a name is needed"),
            (lambda: client.knowledge.query([], "x"), "a query needs"),
            (lambda: client.knowledge.query("k1", " "), "a question is needed"),
            (lambda: client.knowledge.query("k1", "x", limit=0), "a limit above 0"),
            (lambda: client.knowledge.upload_all("k1", []), "no files"),
            (lambda: client.create_knowledge_bases_with_files({}), "no knowledge bases"),
            (lambda: client.create_knowledge_bases_with_files({"": "x"}), "a name is needed"),
        ]:
            with pytest.raises(ValueError, match=words):
                await call()
    assert wire.lines == []


async def test_a_missing_file_is_refused_before_anything_is_made(make, wire, folder):
    async with make() as client:
        files = [folder / "a.txt", folder / "missing.txt"]
        for call in (
            lambda: client.knowledge.upload("k1", files[1]),
            lambda: client.knowledge.upload_all("k1", files),
            lambda: client.create_knowledge_bases_with_files({"Docs": files}),
            lambda: client.add_file_to_knowledge_base("k1", files[1]),
            lambda: client.add_file_to_knowledge_base(str(files[1]), "Docs"),
            lambda: client.add_file_to_knowledge_base(file_path=files[1], knowledge_base_name="Docs"),
            lambda: client.knowledge.sync("k1", folder / "missing"),
        ):
            with pytest.raises(FileNotFoundError):
                await call()
    assert wire.lines == []


async def test_a_knowledge_base_that_is_not_there_gets_no_upload(make, wire, folder):
    wire.on("GET", "/api/v1/knowledge/nope", nowhere)
    async with make() as client:
        with pytest.raises(NotFoundError):
            await client.add_file_to_knowledge_base("nope", folder / "a.txt")
        with pytest.raises(NotFoundError):
            await client.knowledge.upload_all("nope", [folder / "a.txt"])
    assert wire.lines == ["GET /api/v1/knowledge/nope"] * 2


async def test_a_file_goes_in_by_id_or_by_name_in_both_orders_of_arguments(make, wire, folder):
    path = folder / "a.txt"
    for arguments, named, into in [
        (("k1", path), {}, "k1"),
        (("k1",), {"file_path": str(path)}, "k1"),
        ((), {"kb_id": "k1", "file_path": path}, "k1"),
        ((path, "Docs"), {}, "k1"),
        ((str(path), "New"), {}, "k9"),
        ((str(path),), {"knowledge_base_name": "New"}, "k9"),
        ((), {"file_path": path, "knowledge_base_name": "Docs"}, "k1"),
    ]:
        Server(wire)
        wire.requests.clear()
        async with make() as client:
            assert await client.add_file_to_knowledge_base(*arguments, **named) is True
        assert wire.lines[-1] == f"POST /api/v1/knowledge/{into}/file/add"
        assert ("POST /api/v1/knowledge/create" in wire.lines) is (into == "k9")


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((), {}),
        (("k1",), {}),
        (("k1", "a.txt"), {"knowledge_base_name": "Docs"}),
        ((), {"knowledge_base_name": "Docs"}),
        ((), {"name": "Docs"}),
    ],
)
async def test_a_call_that_does_not_say_which_file_goes_where_is_a_type_error(make, wire, arguments, named):
    async with make() as client:
        with pytest.raises(TypeError):
            await client.add_file_to_knowledge_base(*arguments, **named)
    assert wire.lines == []


async def test_a_file_that_does_not_get_in_does_not_stay(make, wire, folder):
    Server(wire, refused=["a.txt"])
    wire.on("GET", "/api/v1/files/a.txt/process/status", {"status": "completed"})
    async with make() as client:
        with pytest.raises(BadRequestError, match="unreadable"):
            await client.knowledge.upload("k1", folder / "a.txt")
        assert wire.lines[-1] == "DELETE /api/v1/files/a.txt"
        report = await client.knowledge.upload_all("k1", [folder / "a.txt", str(folder / "b.txt")])
    assert [file.id for file in report.succeeded] == ["b.txt"]
    assert [(one.item, "unreadable" in one.error) for one in report.failed] == [(str(folder / "a.txt"), True)]


async def test_what_could_not_be_deleted_is_reported_with_its_reason(make, wire):
    rows = [
        {"id": "k1", "name": "Docs one", "write_access": True},
        {"id": "k2", "name": "docs two", "write_access": True},
        {"id": "k3", "name": "Other", "write_access": True},
        {"id": "k4", "name": "Docs of others", "write_access": False},
    ]
    Server(wire, bases=rows)
    wire.on("DELETE", "/api/v1/knowledge/k2/delete", httpx2.Response(500, json={"detail": "disk full"}))
    wire.on("DELETE", "/api/v1/knowledge/k3/delete", False)
    async with make() as client:
        deleted, failed, names = found = await client.delete_knowledge_bases_by_keyword("DOCS")
        assert (deleted, failed, names) == (1, 1, ["Docs one"])
        assert "disk full" in found.failures["docs two"]
        found = await client.delete_knowledge_bases_by_keyword("Docs", case_sensitive=True)
        assert (*found, found.failures) == (1, 0, ["Docs one"], {})
        deleted, failed = counts = await client.delete_all_knowledge_bases()
    assert (deleted, failed) == (1, 2)
    assert counts.failures.keys() == {"docs two", "Other"}
    assert "DELETE /api/v1/knowledge/k4/delete" not in wire.lines


async def test_new_knowledge_bases_come_in_three_spellings_and_succeed_when_every_file_is_in(make, wire, folder):
    Server(wire, refused=["b.txt"])
    a, b = folder / "a.txt", str(folder / "b.txt")
    async with make() as client:
        report = await client.create_knowledge_bases_with_files({"One": [a], "Two": [a, b], "Three": str(a)}, 2)
        assert report.success == ["One", "Three"]
        assert list(report.failed) == ["Two"]
        assert "1 of 2 files are not in it" in report.failed["Two"]
        assert "b.txt" in report.failed["Two"]
        rows = [{"name": "One", "description": "D", "files": [a]}, {"name": "Empty"}]
        assert (await client.create_knowledge_bases_with_files(kb_configs=rows)).success == ["One", "Empty"]
        assert (await client.create_knowledge_bases_with_files(knowledge_base_files={"X": [a]})).success == ["X"]
        with pytest.raises(TypeError):
            await client.create_knowledge_bases_with_files({"X": [a]}, kb_configs=rows)
        with pytest.raises(TypeError):
            await client.create_knowledge_bases_with_files()


def difference(**changes):
    empty = {"added": [], "modified": [], "deleted": [], "mkdir": [], "rmdir": [], "directory_map": {}}
    return {**empty, "unmodified_count": 0, **changes}


async def test_a_sync_uploads_first_then_removes_then_adds(make, wire, folder):
    (folder / "sub").mkdir()
    (folder / "sub" / "c.txt").write_text("c")
    changes = difference(
        added=[{"filename": "a.txt", "path": ""}, {"filename": "c.txt", "path": "sub"}],
        modified=[{"filename": "b.txt", "path": "", "stale_file_id": "stale"}],
        deleted=[{"file_id": "old", "filename": "gone.txt"}],
        mkdir=["sub"],
        rmdir=["d-old"],
        directory_map={"former": "d-old"},
    )
    Server(wire, difference=changes)
    seen = []
    async with make() as client:
        report = await client.knowledge.sync("k1", folder, limit=1, progress=lambda *step: seen.append(step))
    assert seen == [(number, 6) for number in range(1, 7)]
    assert (report.added, report.changed, report.deleted) == (["a.txt", "sub/c.txt"], ["b.txt"], ["former/gone.txt"])
    posts = [line.removeprefix("POST /api/v1/") for line in wire.lines if line.startswith("POST")]
    prepared = ["knowledge/k1/dirs/create", "knowledge/k1/sync/cleanup"]
    assert posts == ["knowledge/k1/sync/diff", *["files/"] * 3, *prepared, *["knowledge/k1/file/add"] * 3]
    sent = {request.url.path.rsplit("/", 1)[1]: body(request) for request in wire.requests if "add" in request.url.path}
    assert sent["add"] == {"file_id": "c.txt", "directory_id": "d-sub"}
    cleanup = next(body(request) for request in wire.requests if request.url.path.endswith("cleanup"))
    assert cleanup == {"file_ids": ["old", "stale"], "dir_ids": ["d-old"]}
    manifest = body(wire.requests[1])["manifest"]
    assert [(row["path"], row["filename"]) for row in manifest] == [("", "a.txt"), ("", "b.txt"), ("sub", "c.txt")]


async def test_a_sync_keeps_the_former_file_when_the_new_one_cannot_be_read(make, wire, folder):
    changes = difference(modified=[{"filename": "b.txt", "path": "", "stale_file_id": "stale"}])
    Server(wire, difference=changes, refused=["b.txt"])
    async with make() as client:
        report = await client.knowledge.sync("k1", folder)
    assert report.changed == []
    assert [failure.item for failure in report.failed] == ["b.txt"]
    assert not any("cleanup" in line or "file/add" in line for line in wire.lines)


async def test_a_sync_that_stops_half_way_leaves_no_uploads(make, wire, folder):
    Server(wire, difference=difference(added=[{"filename": "a.txt", "path": ""}], rmdir=["d"]))
    wire.on("POST", "/api/v1/knowledge/k1/sync/cleanup", httpx2.Response(500, json={"detail": "broken"}))
    async with make() as client:
        with pytest.raises(ServerError, match="broken"):
            await client.knowledge.sync("k1", folder)
    assert wire.lines[-1] == "DELETE /api/v1/files/a.txt"


async def test_a_dry_run_only_compares(make, wire, folder):
    Server(wire, difference=difference(added=[{"filename": "a.txt", "path": ""}], unmodified_count=1))
    async with make() as client:
        report = await client.knowledge.sync("k1", folder, dry_run=True)
    assert (report.dry_run, report.added, report.unchanged) == (True, ["a.txt"], 1)
    assert wire.lines == ["GET /api/version", "POST /api/v1/knowledge/k1/sync/diff"]


async def test_a_server_that_does_not_compare_is_compared_by_what_is_kept_with_the_files(make, wire, folder):
    Server(wire, version="0.8.12")
    digest = hashlib.sha256((folder / "b.txt").read_bytes()).hexdigest()
    kept = [
        {"id": "1", "filename": "a.txt", "meta": {"data": {"path": "a.txt", "sha256": "other"}}},
        {"id": "2", "filename": "b.txt", "meta": {"data": {"path": "b.txt", "sha256": digest}}},
        {"id": "3", "filename": "c.txt", "meta": {"data": {"path": "sub/c.txt", "sha256": "x"}}},
        {"id": "4", "filename": "by hand.txt", "meta": None},
    ]
    wire.on("GET", "/api/v1/knowledge/k1/files", {"items": kept, "total": 4})
    wire.on("POST", "/api/v1/knowledge/k1/file/remove", BASE)
    async with make() as client:
        report = await client.knowledge.sync("k1", folder)
    assert (report.added, report.changed, report.unchanged) == ([], ["a.txt"], 1)
    assert report.deleted == ["by hand.txt", "sub/c.txt"]
    removals = [request for request in wire.requests if request.url.path.endswith("file/remove")]
    assert {body(request)["file_id"] for request in removals} == {"1", "3", "4"}
    assert {request.url.params["delete_file"] for request in removals} == {"true"}
    upload = next(request for request in wire.requests if request.url.path == "/api/v1/files/")
    assert b'"path": "a.txt", "sha256": "' in upload.content
    assert wire.lines[-1] == "POST /api/v1/knowledge/k1/file/add"


async def test_hits_are_the_servers_columns_side_by_side(make, wire):
    columns = {"documents": [["near", "far"]], "metadatas": [[{"file_id": "f", "name": "a.txt"}]], "distances": [[0.9]]}
    wire.on("POST", "/api/v1/retrieval/query/collection", columns)
    async with make() as client:
        near, far = await client.knowledge.query(("k1", "k2"), "where?", limit=2)
    assert (near.text, near.distance, near.file_id, near.file_name) == ("near", 0.9, "f", "a.txt")
    assert (far.text, far.distance, far.metadata, far.file_id) == ("far", None, {}, None)
    assert body(wire.requests[0]) == {"collection_names": ["k1", "k2"], "query": "where?", "k": 2}


@pytest.mark.parametrize("answer", ["null", "{}", '{"documents": [[]], "metadatas": [[]], "distances": [[]]}'])
async def test_no_hits_are_an_empty_list_unless_the_knowledge_base_is_not_there(make, wire, answer):
    headers = {"content-type": "application/json"}
    path = "/api/v1/retrieval/query/collection"
    wire.on("POST", path, lambda _: httpx2.Response(200, text=answer, headers=headers))
    wire.on("GET", "/api/v1/knowledge/k1", BASE)
    wire.on("GET", "/api/v1/knowledge/k2", nowhere)
    async with make() as client:
        assert await client.knowledge.query("k1", "where?") == []
        with pytest.raises(NotFoundError):
            await client.knowledge.query(["k1", "k2"], "where?")
