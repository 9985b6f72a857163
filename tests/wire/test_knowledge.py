import httpx2
import pytest

from knowledge_server import BASE, CREATE, SEARCH, Server, body, nowhere
from openwebui_chat_client import (
    AmbiguousNameError,
    BadRequestError,
    NotFoundError,
    PermissionDeniedError,
    UnsupportedError,
)


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
    wire.on("GET", "/api/v1/auths/", {"role": "admin"})
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
    wire.on("GET", "/api/v1/auths/", {"role": "admin"})
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
    for one in ("mine", "x"):
        wire.on("GET", f"/api/v1/knowledge/{one}/files", {"items": [], "total": 0})
    async with make() as client:
        assert (await client.knowledge.find("Docs")) == {**mine, "file_count": 0}
        assert await client.get_knowledge_base_by_name("docs") is None
        wire.on(*SEARCH, {"items": [mine, theirs], "total": 2})
        with pytest.raises(AmbiguousNameError, match="2 knowledge bases are named 'Docs'") as caught:
            await client.get_knowledge_base_by_name("Docs")
    assert [match["id"] for match in caught.value.matches] == ["mine", "theirs"]


@pytest.mark.parametrize(("name", "query"), [("a%b", "a%b"), ("C:\\long name\\x", "long name"), ("\\\\", "_")])
async def test_a_name_is_looked_for_without_what_databases_escape_with(make, wire, name, query):
    wire.on(*SEARCH, {"items": [{"id": "k", "name": name, "file_count": 0}], "total": 1})
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


async def test_hits_are_the_servers_columns_side_by_side(make, wire):
    columns = {"documents": [["near", "far"]], "metadatas": [[{"file_id": "f", "name": "a.txt"}]], "distances": [[0.9]]}
    Server(wire)
    wire.on("GET", "/api/v1/knowledge/k2", BASE)
    wire.on("POST", "/api/v1/retrieval/query/collection", columns)
    async with make() as client:
        near, far = await client.knowledge.query(("k1", "k2"), "where?", limit=2)
    assert (near.text, near.distance, near.file_id, near.file_name) == ("near", 0.9, "f", "a.txt")
    assert (far.text, far.distance, far.metadata, far.file_id) == ("far", None, {}, None)
    assert body(wire.requests[1]) == {"collection_names": ["k1", "k2"], "query": "where?", "k": 2}


@pytest.mark.parametrize("answer", ["null", "{}", '{"documents": [[]], "metadatas": [[]], "distances": [[]]}'])
async def test_no_hits_are_an_empty_list_unless_the_knowledge_base_is_not_there(make, wire, answer):
    headers = {"content-type": "application/json"}
    path = "/api/v1/retrieval/query/collection"
    Server(wire)
    wire.on("POST", path, lambda _: httpx2.Response(200, text=answer, headers=headers))
    wire.on("GET", "/api/v1/knowledge/k1", BASE)
    wire.on("GET", "/api/v1/knowledge/k2", nowhere)
    async with make() as client:
        assert await client.knowledge.query("k1", "where?") == []
        with pytest.raises(NotFoundError):
            await client.knowledge.query(["k1", "k2"], "where?")


QUERY = ("POST", "/api/v1/retrieval/query/collection")
FOUND = {"documents": [["owl"]], "metadatas": [[{}]], "distances": [[0.9]]}


@pytest.mark.parametrize(("version", "asked"), [("0.12.4", 0), ("0.9.0", 0), ("0.8.12", 1), ("0.6.43", 1)])
async def test_a_query_asks_first_whether_one_may_read_where_the_server_does_not(make, wire, version, asked):
    Server(wire, version=version)
    wire.on(*QUERY, FOUND)
    async with make() as client:
        assert [hit.text for hit in await client.knowledge.query("k1", "where?")] == ["owl"]
    assert wire.lines == ["GET /api/version", *["GET /api/v1/knowledge/k1"] * asked, f"POST {QUERY[1]}"]


@pytest.mark.parametrize("version", ["0.8.12", "0.6.43"])
async def test_a_knowledge_base_that_is_not_for_one_is_not_looked_through(make, wire, version):
    Server(wire, version=version)
    refusal = httpx2.Response(401, json={"detail": "You do not have permission to access this resource."})
    null = httpx2.Response(200, text="null", headers={"content-type": "application/json"})
    wire.on("GET", "/api/v1/knowledge/k1", null if version == "0.6.43" else refusal)
    async with make() as client:
        for call in (client.knowledge.get, lambda base: client.knowledge.query(base, "where?")):
            with pytest.raises(PermissionDeniedError):
                await call("k1")
    assert not any(line.startswith("POST") for line in wire.lines)


async def test_a_query_that_is_refused_says_which_knowledge_base_is_not_there(make, wire):
    Server(wire)
    wire.on(*QUERY, httpx2.Response(403, json={"detail": "You do not have permission to access this resource."}))
    wire.on("GET", "/api/v1/knowledge/k2", nowhere)
    async with make() as client:
        with pytest.raises(PermissionDeniedError):
            await client.knowledge.query("k1", "where?")
        with pytest.raises(NotFoundError):
            await client.knowledge.query(["k1", "k2"], "where?")


@pytest.mark.parametrize(
    ("control", "grants"),
    [({}, []), (None, [{"principal_type": "user", "principal_id": "*", "permission": "read"}])],
)
async def test_access_of_the_old_form_comes_as_grants(make, wire, control, grants):
    Server(wire, version="0.6.43")
    wire.on("GET", "/api/v1/knowledge/k1", {"id": "k1", "name": "Docs", "access_control": control})
    async with make() as client:
        assert await client.knowledge.get("k1") == {"id": "k1", "name": "Docs", "access_grants": grants}


@pytest.mark.parametrize(("role", "writes"), [("admin", True), ("user", False)])
async def test_administrators_may_write_also_where_the_server_forgets_it(make, wire, role, writes):
    row = {"id": "k1", "name": "Docs", "write_access": False}
    Server(wire, version="0.6.43", bases=[row])
    wire.on("GET", "/api/v1/knowledge/k1", row)
    wire.on("GET", "/api/v1/auths/", {"id": "u", "role": role})
    async with make() as client:
        [listed] = await client.knowledge.list()
        assert (listed.write_access, (await client.knowledge.get("k1")).write_access) == (writes, writes)
        assert await client.delete_all_knowledge_bases() == (int(writes), 0)


@pytest.mark.parametrize("version", ["0.12.4", "0.8.12"])
async def test_a_reset_deletes_ones_files_that_nothing_else_holds_once(make, wire, version):
    Server(wire, version=version, bases=[BASE, {**BASE, "id": "k2"}])
    held = [{"id": one, "filename": f"{one}.txt", "directory_path": ""} for one in ("f1", "f2", "f3")]
    wire.on("GET", "/api/v1/knowledge/k1/files", {"items": held, "total": 3})
    wire.on("GET", "/api/v1/knowledge/k2/files", {"items": held[:1], "total": 1})
    wire.on("GET", "/api/v1/files/", {"items": held[:2], "total": 2})
    wire.on("POST", "/api/v1/knowledge/k1/file/remove", BASE)
    wire.on("POST", "/api/v1/knowledge/k1/reset", BASE)
    wire.on("DELETE", "/api/v1/files/f2", {"message": "gone"})
    async with make() as client:
        await client.knowledge.reset("k1")
    removed = [body(request)["file_id"] for request in wire.requests if request.url.path.endswith("/remove")]
    assert removed == ["f1"]
    assert wire.lines.index("POST /api/v1/knowledge/k1/file/remove") < wire.lines.index(
        "POST /api/v1/knowledge/k1/reset"
    )
    deleted = [line for line in wire.lines if line.startswith("DELETE")]
    assert deleted == (["DELETE /api/v1/files/f2"] if version == "0.8.12" else [])


async def test_what_is_not_in_a_knowledge_base_stays_as_it_is_where_the_server_does_not_look(make, wire):
    Server(wire, version="0.6.43")
    async with make() as client:
        for call in (client.knowledge.remove, client.knowledge.refresh):
            with pytest.raises(NotFoundError, match="the file f1 is not in the knowledge base k1"):
                await call("k1", "f1")
    assert not any(line.startswith("POST") for line in wire.lines)


@pytest.mark.parametrize(("held", "succeeds"), [("f1", True), ("f2", False)])
async def test_a_file_may_be_added_again_also_where_the_server_takes_it_for_another(make, wire, held, succeeds):
    Server(wire, version="0.6.43", refused=["f1"])
    wire.on("GET", "/api/v1/knowledge/k1/files", {"items": [{"id": held}], "total": 1})
    wire.on("POST", "/api/v1/knowledge/k1/file/update", BASE)
    async with make() as client:
        if succeeds:
            assert (await client.knowledge.add("k1", "f1")).id == "k1"
        else:
            with pytest.raises(BadRequestError, match="Duplicate content"):
                await client.knowledge.add("k1", "f1")
    assert ("POST /api/v1/knowledge/k1/file/update" in wire.lines) is succeeds


async def test_owners_are_searched_by_hand_where_the_server_does_not(make, wire):
    rows = [
        {"id": "k1", "name": "Docs of Ann"},
        {"id": "k2", "name": "Rules", "user": {"name": "Annabel", "email": "a@b.c"}},
        {"id": "k3", "name": "Other", "user": {"name": "Bob", "email": "ann@b.c"}},
        {"id": "k4", "name": "Nothing", "user": None},
    ]
    Server(wire, version="0.6.43")
    wire.on(*SEARCH, lambda request: {"items": rows[:1] if "query" in request.url.params else rows, "total": 4})
    async with make() as client:
        assert [one.id async for one in client.knowledge.search("ANN")] == ["k1", "k2", "k3"]


ONE_USER = [{"principal_type": "user", "principal_id": "u", "permission": "read"}]


@pytest.mark.parametrize("version", ["0.7.2", "0.11.4"])
async def test_access_that_one_may_not_give_is_refused_before_it_is_sent(make, wire, version):
    Server(wire, version=version)
    wire.on("GET", "/api/v1/auths/", {"role": "user"})
    wire.on("GET", "/api/v1/users/permissions", {"sharing": {"public_knowledge": False}, "access_grants": {}})
    async with make() as client:
        for call in (
            lambda: client.knowledge.set_access("k1", "public"),
            lambda: client.knowledge.create("Docs", access="public"),
        ):
            with pytest.raises(PermissionDeniedError, match="permission to give this access"):
                await call()
        if version == "0.7.2":
            with pytest.raises(UnsupportedError, match="access for single users"):
                await client.knowledge.set_access("k1", ONE_USER)
        else:
            await client.knowledge.set_access("k1", ONE_USER)
    sent = [line for line in wire.lines if line.startswith("POST")]
    assert sent == (["POST /api/v1/knowledge/k1/access/update"] if version == "0.11.4" else [])


async def test_a_knowledge_base_that_is_not_shared_as_asked_does_not_stay(make, wire):
    Server(wire)
    wire.on(*CREATE, {**BASE, "id": "k9", "access_grants": []})
    async with make() as client:
        with pytest.raises(PermissionDeniedError, match="permission to give this access"):
            await client.knowledge.create("Docs", access="public")
    assert wire.lines[-1] == "DELETE /api/v1/knowledge/k9/delete"
