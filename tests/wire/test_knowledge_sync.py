import hashlib

import httpx2
import pytest

from knowledge_server import BASE, Server, body
from openwebui_chat_client import PermissionDeniedError, ServerError


@pytest.fixture
def folder(tmp_path):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name)
    return tmp_path


def difference(**changes):
    empty = {"added": [], "modified": [], "deleted": [], "mkdir": [], "rmdir": [], "directory_map": {}}
    return {**empty, "unmodified_count": 0, **changes}


async def test_a_sync_uploads_first_then_adds_then_removes(make, wire, folder):
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
    made, cleaned = "knowledge/k1/dirs/create", "knowledge/k1/sync/cleanup"
    assert posts == ["knowledge/k1/sync/diff", *["files/"] * 3, made, *["knowledge/k1/file/add"] * 3, cleaned]
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
    Server(wire, difference=difference(added=[{"filename": "a.txt", "path": ""}], mkdir=["d"]))
    wire.on("GET", "/api/v1/knowledge/k1/files", {"items": [], "total": 0})
    wire.on("POST", "/api/v1/knowledge/k1/dirs/create", httpx2.Response(500, json={"detail": "broken"}))
    async with make() as client:
        with pytest.raises(ServerError, match="broken"):
            await client.knowledge.sync("k1", folder)
    assert wire.lines[-1] == "DELETE /api/v1/files/a.txt"


async def test_a_sync_that_is_interrupted_leaves_no_uploads(make, wire, folder):
    changes = difference(added=[{"filename": name, "path": ""} for name in ("a.txt", "b.txt")])
    Server(wire, difference=changes)
    wire.on("GET", "/api/v1/knowledge/k1/files", {"items": [], "total": 0})

    def interrupt(done, total):
        if done == total // 2:
            raise RuntimeError("enough")

    async with make() as client:
        with pytest.raises(RuntimeError, match="enough"):
            await client.knowledge.sync("k1", folder, limit=1, progress=interrupt)
    assert sorted(wire.lines[-2:]) == ["DELETE /api/v1/files/a.txt", "DELETE /api/v1/files/b.txt"]
    assert not any("file/add" in line for line in wire.lines)


async def test_a_dry_run_only_compares(make, wire, folder):
    Server(wire, difference=difference(added=[{"filename": "a.txt", "path": ""}], unmodified_count=1))
    async with make() as client:
        report = await client.knowledge.sync("k1", folder, dry_run=True)
    assert (report.dry_run, report.added, report.unchanged) == (True, ["a.txt"], 1)
    comparison = ["POST /api/v1/knowledge/k1/sync/diff", "GET /api/v1/knowledge/k1/files"]
    assert wire.lines == ["GET /api/version", *comparison]


PATH, CHECKSUM = "client_upload_path", "client_upload_sha256"


async def test_who_may_not_write_is_told_so_before_anything_is_uploaded(make, wire, folder):
    Server(wire, version="0.8.12")
    wire.on("GET", "/api/v1/knowledge/k1", {**BASE, "write_access": False})
    async with make() as client:
        with pytest.raises(PermissionDeniedError, match="permission to change the knowledge base 'Docs'"):
            await client.knowledge.sync("k1", folder)
    assert wire.lines == ["GET /api/version", "GET /api/v1/knowledge/k1"]


async def test_a_server_that_does_not_compare_is_compared_by_what_is_kept_with_the_files(make, wire, folder):
    Server(wire, version="0.8.12")
    digest = hashlib.sha256((folder / "b.txt").read_bytes()).hexdigest()
    kept = [
        {"id": "1", "filename": "a.txt", "meta": {"data": {PATH: "a.txt", CHECKSUM: "other"}}},
        {"id": "2", "filename": "b.txt", "meta": {"data": {PATH: "b.txt", CHECKSUM: digest}}},
        {"id": "3", "filename": "c.txt", "meta": {"data": {PATH: "sub/c.txt", CHECKSUM: "x"}}},
        {"id": "4", "filename": "by hand.txt", "meta": None},
    ]
    wire.on("GET", "/api/v1/knowledge/k1/files", {"items": kept, "total": 4})
    wire.on("POST", "/api/v1/knowledge/k1/file/remove", BASE)
    wire.on("GET", "/api/v1/knowledge/search/files", {"items": kept[2:3], "total": 1})
    for number in "134":
        wire.on("DELETE", f"/api/v1/files/{number}", {"message": "gone"})
    async with make() as client:
        report = await client.knowledge.sync("k1", folder)
    assert (report.added, report.changed, report.unchanged) == ([], ["a.txt"], 1)
    assert report.deleted == ["by hand.txt", "sub/c.txt"]
    removals = [request for request in wire.requests if request.url.path.endswith("file/remove")]
    assert {body(request)["file_id"] for request in removals} == {"1", "3", "4"}
    assert {request.url.params["delete_file"] for request in removals} == {"false"}
    deleted = [line for line in wire.lines if line.startswith("DELETE")]
    assert sorted(deleted) == ["DELETE /api/v1/files/1", "DELETE /api/v1/files/4"]  # another one holds 3
    upload = next(request for request in wire.requests if request.url.path == "/api/v1/files/")
    assert b'"client_upload_path": "a.txt", "client_upload_sha256": "' in upload.content
    added = wire.lines.index("POST /api/v1/knowledge/k1/file/add")
    assert added < wire.lines.index("POST /api/v1/knowledge/k1/file/remove")


MOVED = {
    "id": "old",
    "filename": "z.txt",
    "hash": hashlib.sha256(b"words").hexdigest(),
    "directory_id": "d-old",
    "directory_path": "former",
}


@pytest.fixture
def moved(wire):
    """A server that holds the text of `a.txt` in another file, which is to go, and takes no text twice."""
    held = {"old"}

    def add(request):
        if held:
            return httpx2.Response(400, json={"detail": "Duplicate content detected."})
        held.add(body(request)["file_id"])
        return BASE

    changes = difference(
        added=[{"filename": "a.txt", "path": ""}],
        deleted=[{"file_id": "old", "filename": "z.txt"}],
        unmodified_count=1,
        rmdir=["d-old"],
        directory_map={"former": "d-old"},
    )
    Server(wire, difference=changes)
    wire.on("GET", "/api/v1/knowledge/k1/files", {"items": [MOVED], "total": 1})
    wire.on("GET", "/api/v1/files/a.txt/data/content", {"content": "words"})
    wire.on("POST", "/api/v1/knowledge/k1/file/add", add)
    wire.on("POST", "/api/v1/knowledge/k1/file/remove", lambda request: held.discard(body(request)["file_id"]) or BASE)
    wire.on("GET", "/api/v1/knowledge/search/files", {"items": [], "total": 0})
    wire.on("DELETE", "/api/v1/files/old", {"message": "gone"})
    return held


def in_turn(wire, answers):
    """Answer each entry with the next function."""

    def answer(request):
        return answers.pop(0)(request)

    wire.on("POST", "/api/v1/knowledge/k1/file/add", answer)


def changing(wire):
    """What was asked to change, with the file that was meant."""
    for request in wire.requests:
        path = request.url.path.removeprefix("/api/v1/").removeprefix("knowledge/k1/")
        if request.method == "DELETE":
            yield f"DELETE {path}"
        elif request.method == "POST" and path.startswith("file/"):
            yield f"{path} {body(request)['file_id']}"


async def test_a_file_makes_room_where_the_server_takes_no_text_twice(make, wire, folder, moved):
    async with make() as client:
        report = await client.knowledge.sync("k1", folder)
    assert (report.added, report.deleted, report.failed) == (["a.txt"], ["former/z.txt"], [])
    steps = ["file/add a.txt", "file/remove old", "file/add a.txt", "DELETE files/old"]
    assert (list(changing(wire)), moved) == (steps, {"a.txt"})


async def test_what_made_room_is_put_back_into_its_directory_when_the_other_does_not_get_in(make, wire, folder, moved):
    add = wire.routes["POST", "/api/v1/knowledge/k1/file/add"]
    answers = [add, lambda _: httpx2.Response(400, json={"detail": "no embeddings"}), add]
    in_turn(wire, answers)
    async with make() as client:
        report = await client.knowledge.sync("k1", folder)
    assert (report.added, report.deleted) == ([], [])
    assert [(one.item, "no embeddings" in one.error) for one in report.failed] == [("a.txt", True)]
    steps = ["file/add a.txt", "file/remove old", "file/add a.txt", "file/add old", "DELETE files/a.txt"]
    assert (list(changing(wire)), moved) == (steps, {"old"})
    back = [body(request) for request in wire.requests if request.url.path.endswith("file/add")][-1]
    assert back == {"file_id": "old", "directory_id": "d-old"}
    assert not any("cleanup" in line for line in wire.lines)


async def test_what_cannot_be_put_back_is_named_and_not_deleted(make, wire, folder, moved):
    add = wire.routes["POST", "/api/v1/knowledge/k1/file/add"]
    refusal = httpx2.Response(400, json={"detail": "no embeddings"})
    answers = [add, lambda _: refusal, lambda _: refusal]
    in_turn(wire, answers)
    async with make() as client:
        report = await client.knowledge.sync("k1", folder)
    assert "the former file old (former/z.txt) could not be put back" in report.failed[0].error
    assert "DELETE /api/v1/files/old" not in wire.lines
    assert moved == set()


async def test_an_entry_whose_answer_is_lost_is_taken_back(make, wire, folder):
    changes = difference(modified=[{"filename": "b.txt", "path": "", "stale_file_id": "stale"}])
    Server(wire, difference=changes)
    wire.on("POST", "/api/v1/knowledge/k1/file/add", httpx2.ReadError("gone"))
    wire.on("POST", "/api/v1/knowledge/k1/file/remove", BASE)
    async with make() as client:
        report = await client.knowledge.sync("k1", folder)
    assert [failure.item for failure in report.failed] == ["b.txt"]
    assert list(changing(wire)) == ["file/add b.txt", "file/remove b.txt", "DELETE files/b.txt"]
