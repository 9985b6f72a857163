import pytest

from knowledge_server import Server
from openwebui_chat_client import NotFoundError, UnsupportedError


async def test_directories_are_refused_before_any_request_where_the_names_are_wrong(make, wire):
    async with make() as client:
        knowledge = client.knowledge
        for call, words in [
            (lambda: knowledge.create_directory("k1", " "), "a name is needed"),
            (lambda: knowledge.create_directory("k1", "a/b"), "without slashes"),
            (lambda: knowledge.create_directory("", "a"), "an id is needed"),
            (lambda: knowledge.create_directory("k1", "a", parent_id=""), "the id of a directory"),
            (lambda: knowledge.rename_directory("k1", "d1", "a/b"), "without slashes"),
            (lambda: knowledge.rename_directory("k1", "", "a"), "an id is needed"),
            (lambda: knowledge.move_directory("k1", "", None), "an id is needed"),
            (lambda: knowledge.move_directory("k1", "d1", " "), "the id of a directory"),
            (lambda: knowledge.delete_directory("k1", "", with_files=True), "an id is needed"),
            (lambda: knowledge.delete_directory("", "d1", with_files=False), "an id is needed"),
            (lambda: knowledge.move("k1", "", None), "the id of a file"),
            (lambda: knowledge.move("k1", "f1", ""), "the id of a directory"),
            (lambda: knowledge.add("k1", "f1", directory_id=""), "the id of a directory"),
            (lambda: knowledge.upload("k1", b"x", name="x", directory_id=""), "the id of a directory"),
            (lambda: knowledge.directories("k1", ""), "an id is needed"),
            (lambda: knowledge.refresh("k1", ""), "the id of a file"),
        ]:
            with pytest.raises(ValueError, match=words):
                await call()
    assert wire.lines == []


async def test_servers_without_directories_say_so_and_older_ones_are_asked_whether_one_is_there(make, wire):
    Server(wire, version="0.8.12")
    async with make() as client:
        for call in (
            lambda: client.knowledge.directories("k1"),
            lambda: client.knowledge.create_directory("k1", "a"),
            lambda: client.knowledge.add("k1", "f1", directory_id="d1"),
            lambda: client.knowledge.files("k1", directory_id=""),
            lambda: client.knowledge.move("k1", "f1", None),
        ):
            with pytest.raises(UnsupportedError, match="directories in a knowledge base: needs"):
                await call()
    assert set(wire.lines) == {"GET /api/version"}
    Server(wire, version="0.10.2")
    way = [{"id": "d1", "knowledge_id": "another"}]
    wire.on("GET", "/api/v1/knowledge/k1/files", {"items": [], "directories": [], "breadcrumbs": way, "total": 0})
    async with make() as client:
        with pytest.raises(NotFoundError, match="there is no directory 'd1'"):
            await client.knowledge.add("k1", "f1", directory_id="d1")
    assert not any("file/add" in line for line in wire.lines)


async def test_where_a_file_is_comes_from_its_directory_where_the_list_does_not_say(make, wire):
    Server(wire, version="0.10.2")
    deep = {"id": "d2", "name": "api", "parent_id": "d1"}
    levels = {
        None: (["f0", "f1", "f2"], []),
        "": (["f0"], [{"id": "d1", "name": "docs"}]),
        "d1": (["f1"], [deep]),
        "d2": (["f2"], []),
    }

    def listed(request):
        ids, directories = levels[request.url.params.get("directory_id")]
        items = [{"id": one, "filename": f"{one}.txt", "data": {"content": "long"}, "path": "/data"} for one in ids]
        return {"items": items, "directories": directories, "total": len(ids)}

    wire.on("GET", "/api/v1/knowledge/k1/files", listed)
    async with make() as client:
        files = await client.knowledge.files("k1")
    assert [file.full_name for file in files] == ["f0.txt", "docs/f1.txt", "docs/api/f2.txt"]
    assert [file.directory_id for file in files] == [None, "d1", "d2"]
    assert all(file.data is None and "path" not in file for file in files)
    assert len(wire.requests) == 1 + 1 + 1 + 2 * 2  # the version, the list, the top, and two for each directory


async def test_a_server_without_directories_has_the_paths_that_a_sync_has_kept(make, wire):
    Server(wire, version="0.8.12")
    meta = {"data": {"client_upload_path": "docs/a.txt"}}
    rows = [{"id": "f1", "filename": "a.txt", "meta": meta}, {"id": "f2", "filename": "b.txt", "meta": None}]
    wire.on("GET", "/api/v1/knowledge/k1/files", {"items": rows, "total": 2})
    async with make() as client:
        assert [file.full_name for file in await client.knowledge.files("k1")] == ["docs/a.txt", "b.txt"]


async def test_a_deleted_directory_says_what_becomes_of_its_files(make, wire):
    Server(wire)
    wire.on("DELETE", "/api/v1/knowledge/k1/dirs/d1/delete", {"status": True})
    async with make() as client:
        for with_files in (True, False):
            await client.knowledge.delete_directory("k1", "d1", with_files=with_files)
    sent = [request.url.params["move_files"] for request in wire.requests if request.method == "DELETE"]
    assert sent == ["false", "true"]
