import json

import httpx2
import pytest

from openwebui_chat_client import (
    BadRequestError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    UnsupportedError,
)
from openwebui_chat_client._arguments import KEEP

DENIED = {"detail": "You do not have permission to access this resource. Please contact your administrator."}
NOT_FOUND = {"detail": "We could not find what you're looking for :/"}
WRONG = {"detail": "Something went wrong :/"}
ARCHIVE, GET, TAGS = ("POST", "/api/v1/chats/c/archive"), ("GET", "/api/v1/chats/c"), ("GET", "/api/v1/chats/c/tags")
LIST, ACCESS = ("GET", "/api/v1/chats/"), "/api/v1/chats/shared/c/access"


def row(chat_id="c", **more):
    return {"id": chat_id, "title": f"title of {chat_id}", "chat": {"history": {}}, "archived": False, **more}


def bodies(wire):
    return [json.loads(request.content) for request in wire.requests if request.content]


def said(status, detail):
    return httpx2.Response(status, json=detail)


class Switch:
    """A chat whose archive is a switch."""

    def __init__(self, wire, *, archived):
        self.archived = archived
        wire.on(*ARCHIVE, self.turn)
        wire.on(*GET, lambda _: row(archived=self.archived))

    def turn(self, _):
        self.archived = not self.archived
        return row(archived=self.archived)


@pytest.mark.parametrize(
    ("owner", "error"), [("other", PermissionDeniedError), ("shared-x", NotFoundError), (None, NotFoundError)]
)
async def test_an_administrator_of_an_older_server_is_told_the_same_after_one_request_more(make, wire, owner, error):
    wire.on("GET", "/api/version", {"version": "0.10.2"})
    wire.on("POST", "/api/v1/chats/c", said(401, DENIED))
    wire.on(*TAGS, said(401, NOT_FOUND))
    wire.on("GET", "/api/v1/chats/share/c", row(user_id=owner) if owner else said(401, NOT_FOUND))
    async with make() as client:
        with pytest.raises(error):
            await client.rename_chat("c", "new")


@pytest.mark.parametrize(("version", "meta"), [("0.11.4", {"tags": []}), ("0.12.4", {"tags": ["plain"]})])
async def test_tags_that_an_import_does_not_make_are_added_after_it(make, wire, version, meta):
    wire.on("GET", "/api/version", {"version": version})
    wire.on("GET", "/api/v1/chats/all/tags", [])
    wire.on("POST", "/api/v1/chats/import", [row()])
    wire.on(*TAGS, [])
    wire.on("POST", "/api/v1/chats/c/tags", [])
    wire.on(*GET, row())
    async with make() as client:
        await client.chats.import_chat({"chat": {}, "meta": {"tags": ["plain"]}})
    assert bodies(wire)[0]["chats"][0]["meta"] == meta
    assert bodies(wire)[1:] == [{"name": "plain"}] * (version == "0.11.4")


@pytest.mark.parametrize("version", ["0.6.43", "0.7.2"])
async def test_a_chat_that_is_not_there_is_not_deleted_where_the_server_would_say_that_it_was(make, wire, version):
    wire.on("GET", "/api/version", {"version": version})
    wire.on(*TAGS, said(401, NOT_FOUND))
    wire.on("GET", "/api/v1/chats/share/c", said(401, NOT_FOUND))
    async with make() as client:
        with pytest.raises(NotFoundError, match="no chat 'c'"):
            await client.chats.delete("c")
    assert "DELETE /api/v1/chats/c" not in wire.lines


@pytest.mark.parametrize("version", ["0.6.43", "0.8.12"])
async def test_no_chat_goes_into_a_folder_that_there_is_not(make, wire, version):
    wire.on("GET", "/api/version", {"version": version})
    wire.on("GET", "/api/v1/folders/f", said(404, NOT_FOUND))
    async with make() as client:
        for call in (client.chats.move("c", "f"), client.chats.create({}, folder_id="f")):
            with pytest.raises(NotFoundError):
                await call
    assert wire.lines == ["GET /api/version", "GET /api/v1/folders/f", "GET /api/v1/folders/f"]


async def test_a_link_of_an_older_server_is_the_copys_id_and_open_to_all_users(make, wire):
    wire.on("GET", "/api/version", {"version": "0.8.12"})
    wire.on("POST", "/api/v1/chats/c/share", row("copy", share_id=None))
    wire.on(*GET, row(share_id="copy"))
    wire.on("GET", "/api/v1/chats/new", row("new", share_id=None))
    async with make() as client:
        for access in ("public", None, KEEP):
            assert (await client.chats.share("c", access)).url == "http://server.test/s/copy"
        shared = wire.lines.count("POST /api/v1/chats/c/share")
        for call in (
            client.chats.share("c", "private"),
            client.chats.share("c", {"read": {"user_ids": ["u"]}}),
            client.chats.share("new"),
            client.chats.share_access("c"),
            client.chats.fork("c"),
        ):
            with pytest.raises(UnsupportedError):
                await call
    assert shared == wire.lines.count("POST /api/v1/chats/c/share") == 3


@pytest.mark.parametrize("version", ["0.9.6", "0.10.2"])
async def test_a_link_for_anyone_is_refused_where_the_server_would_drop_the_word(make, wire, version):
    wire.on("GET", "/api/version", {"version": version})
    anyone = [{"principal_type": "anyone", "principal_id": "*", "permission": "read"}]
    async with make() as client:
        with pytest.raises(UnsupportedError, match="without signing in"):
            await client.chats.share("c", anyone)
    assert wire.lines == ["GET /api/version"]


@pytest.mark.parametrize(("version", "more"), [("0.9.6", 1), ("0.8.12", 0)])
async def test_who_might_open_a_link_is_forgotten_though_there_was_none(make, wire, version, more):
    wire.on("GET", "/api/version", {"version": version})
    wire.on("DELETE", "/api/v1/chats/c/share", False)
    wire.on("POST", "/api/v1/chats/shared/c/access/update", row())
    async with make() as client:
        await client.chats.unshare("c")
    assert bodies(wire) == [{"access_grants": []}] * more


async def test_links_are_listed_alike_by_all_servers(make, wire):
    wire.on("GET", "/api/version", {"version": "0.8.12"})
    wire.on(
        "GET", "/api/v1/chats/shared", [{"id": "c", "title": "T", "share_id": "s", "updated_at": 1, "created_at": 1}]
    )
    async with make() as client:
        [link] = [one async for one in client.chats.shared()]
    assert (link["id"], link.share_id, link.chat_id) == ("s", "s", "c")


async def test_a_copy_of_a_shared_chat_is_taken_out_of_its_owners_folder(make, wire):
    wire.on("POST", "/api/v1/chats/s/clone/shared", row(folder_id="theirs", pinned=True))
    wire.on("POST", "/api/v1/chats/c/folder", row(folder_id=None))
    async with make() as client:
        assert (await client.chats.clone_shared("s")).folder_id is None
    assert bodies(wire) == [{"folder_id": None}]


async def test_a_chat_that_stays_archived_in_its_folder_is_brought_back_and_moved_again(make, wire):
    wire.on("GET", "/api/version", {"version": "0.10.2"})
    switch = Switch(wire, archived=True)
    wire.on("POST", "/api/v1/chats/c/folder", lambda _: row(folder_id="f", archived=switch.archived))
    async with make() as client:
        assert not (await client.chats.move("c", "f")).archived
    assert wire.lines.count("POST /api/v1/chats/c/folder") == 2
    assert wire.lines[-1] == "POST /api/v1/chats/c/folder"


async def test_a_folder_list_without_dates_gets_them_from_the_list_of_all_chats_once(make, wire):
    wire.on("GET", "/api/v1/chats/folder/f/list", [{"id": name, "title": "T", "updated_at": 9} for name in "ab"])
    wire.on(*LIST, [row("a", created_at=5), row("b", created_at=6)])
    async with make() as client:
        found = [one async for one in client.chats.in_folder("f")]
    assert [(one.id, one.created_at, one.updated_at) for one in found] == [("a", 5, 9), ("b", 6, 9)]
    assert wire.lines == ["GET /api/v1/chats/folder/f/list", "GET /api/v1/chats/"]


@pytest.mark.parametrize(("text", "found"), [("folder:nowhere x", []), ("folder:my_FOLDER x", ["c"]), ("x", ["c"])])
async def test_a_search_in_a_folder_that_there_is_not_finds_nothing(make, wire, text, found):
    wire.on("GET", "/api/version", {"version": "0.10.2"})
    wire.on("GET", "/api/v1/folders/", [{"id": "f", "name": "My  Folder"}])
    wire.on("GET", "/api/v1/chats/search", [row()])
    async with make() as client:
        assert [one.id async for one in client.chats.search(text)] == found


async def test_all_chats_in_folders_are_archived_one_by_one_where_they_would_stay_in_them(make, wire):
    wire.on("GET", "/api/version", {"version": "0.11.4"})
    wire.on(*LIST, lambda request: [row("c"), row("loose")] if b"include" in request.url.query else [row("loose")])
    wire.on(*ARCHIVE, row(archived=True))
    wire.on("POST", "/api/v1/chats/archive/all", True)
    async with make() as client:
        await client.chats.archive_all(confirm=True)
    assert [line for line in wire.lines if line.startswith("POST")] == [
        "POST /api/v1/chats/c/archive",
        "POST /api/v1/chats/archive/all",
    ]


async def test_tags_that_an_older_server_would_keep_go_with_the_chats(make, wire):
    wire.on("GET", "/api/version", {"version": "0.11.4"})
    wire.on("DELETE", "/api/v1/chats/", True)
    wire.on("GET", "/api/v1/chats/all/tags", [{"id": "a_b", "name": "A b"}])
    wire.on("POST", "/api/v1/chats/tags", [])
    async with make() as client:
        await client.delete_all_chats()
    assert bodies(wire) == [{"name": "A b"}]


class OldFolders:
    """A server that makes folders at the top level only."""

    def __init__(self, wire, *, moved=None):
        self.made = {"id": "f", "name": "n", "parent_id": None}
        wire.on("GET", "/api/version", {"version": "0.6.43"})
        wire.on("GET", "/api/v1/folders/p", {"id": "p", "name": "p"})
        wire.on("GET", "/api/v1/folders/", [{"id": "o", "name": "N", "parent_id": "p"}])
        wire.on("POST", "/api/v1/folders/", self.made)
        wire.on("POST", "/api/v1/folders/f/update/parent", moved or {**self.made, "parent_id": "p"})
        wire.on("POST", "/api/v1/folders/f/update", {**self.made, "parent_id": "p"})
        wire.on("DELETE", "/api/v1/folders/f", True)


async def test_a_folder_of_an_older_server_is_moved_to_its_place_and_then_named(make, wire):
    OldFolders(wire)
    async with make() as client:
        assert (await client.folders.create("m", "p", meta={"icon": "x"})).parent_id == "p"
    first, *rest = bodies(wire)
    assert first.pop("name").startswith("m ")
    assert first == {"parent_id": "p", "meta": {"icon": "x"}}
    assert rest == [{"parent_id": "p"}, {"name": "m"}]


async def test_a_folder_of_an_older_server_whose_name_is_taken_in_its_place_is_not_made(make, wire):
    OldFolders(wire)
    async with make() as client:
        with pytest.raises(ConflictError):
            await client.folders.create("n", "p")
    assert bodies(wire) == []


async def test_nothing_is_left_of_a_folder_that_cannot_be_put_into_its_place(make, wire):
    OldFolders(wire, moved=said(400, WRONG))
    async with make() as client:
        with pytest.raises(BadRequestError):
            await client.folders.create("m", "p")
    assert wire.lines[-1] == "DELETE /api/v1/folders/f"


async def test_a_literal_search_reads_all_chats_where_the_search_does_not_look_at_every_message(make, wire):
    wire.on("GET", "/api/version", {"version": "0.10.2"})
    wire.on(*LIST, [row("1", title="says"), row("3"), row("4")])
    output = [{"type": "message", "content": [{"type": "output_text", "text": "it says so"}]}]
    history = {"messages": {"m": {"id": "m", "content": "", "output": output}}}
    wire.on("GET", "/api/v1/chats/3", row("3", chat={"history": history}))
    wire.on("GET", "/api/v1/chats/4", row("4"))
    async with make() as client:
        assert [one.id async for one in client.chats.search_literal("SAYS")] == ["1", "3"]


@pytest.mark.parametrize(("version", "taken", "kept"), [("0.11.4", True, 1), ("0.11.4", False, 2), ("0.12.4", True, 1)])
async def test_access_of_which_an_older_server_drops_a_part_is_refused_and_undone(make, wire, version, taken, kept):
    former, wanted = [{"principal_type": "group", "principal_id": "g", "permission": "read"}], ["u"]
    user = {"principal_type": "user", "principal_id": "u", "permission": "read"}
    answers = [former, [user] if taken else []]
    wire.on("GET", "/api/version", {"version": version})
    wire.on("GET", ACCESS, lambda _: answers.pop(0))
    wire.on("POST", f"{ACCESS}/update", row())
    async with make() as client:
        if taken:
            await client.chats.set_share_access("c", {"read": {"user_ids": wanted}})
        else:
            with pytest.raises(PermissionDeniedError, match="does not let you share"):
                await client.chats.set_share_access("c", {"read": {"user_ids": wanted}})
    assert bodies(wire) == [{"access_grants": [user]}, {"access_grants": former}][:kept]
    assert (f"GET {ACCESS}" in wire.lines) is (version == "0.11.4")


async def test_access_to_a_folder_of_which_the_server_drops_a_part_is_an_error(make, wire):
    wire.on("GET", "/api/version", {"version": "0.11.4"})
    wire.on("POST", "/api/v1/folders/f/access/update", {"id": "f", "name": "n", "access_grants": []})
    async with make() as client:
        with pytest.raises(PermissionDeniedError, match="only with these"):
            await client.folders.set_access("f", "public")
