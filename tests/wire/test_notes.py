import json

import httpx2
import pytest

from openwebui_chat_client import PermissionDeniedError, ServerError, UnsupportedError

VERSION = ("GET", "/api/version")
NOBODY = {"group_ids": [], "user_ids": []}
OF_GROUP = {"principal_type": "group", "principal_id": "g", "permission": "read"}
PUBLIC = {"principal_type": "user", "principal_id": "*", "permission": "read"}


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.notes.create(" "),
        lambda client: client.notes.create("T", "text", data={"content": {"md": "other"}}),
        lambda client: client.notes.create("T", access="everybody"),
        lambda client: client.notes.update("n"),
        lambda client: client.notes.update("n", title=""),
        lambda client: client.notes.update("", title="T"),
        lambda client: client.notes.list(page=0),
        lambda client: client.notes.get(""),
        lambda client: client.notes.delete(" "),
        lambda client: client.notes.pin(".."),
        lambda client: client.notes.set_access("", "public"),
        lambda client: client.notes.set_access("n", "group"),
        lambda client: client.create_note(""),
        lambda client: client.update_note_by_id("n"),
        lambda client: client.update_note_by_id("n", ""),
        lambda client: client.update_note_by_id("n", "T", access_control="nobody"),
        lambda client: client.delete_note_by_id(""),
        lambda client: client.get_note_by_id(""),
    ],
)
async def test_bad_input_is_refused_before_any_request(make, wire, call):
    async with make() as client:
        with pytest.raises(ValueError):
            await call(client)
    assert wire.requests == []


async def test_an_empty_search_is_refused_before_any_request(make, wire):
    async with make() as client:
        with pytest.raises(ValueError, match="search"):
            async for _ in client.notes.search(" "):
                pass
    assert wire.requests == []


async def test_today_an_update_is_one_request_with_what_was_given(make, wire):
    wire.on(*VERSION, {"version": "0.12.4"})
    wire.on("POST", "/api/v1/notes/n%201/update", {"id": "n 1"})
    wire.on("POST", "/api/v1/notes/n 1/update", {"id": "n 1"})
    async with make() as client:
        await client.notes.update("n 1", title="T")
    assert len(wire.requests) == 2
    assert wire.requests[-1].url.raw_path == b"/api/v1/notes/n%201/update"
    assert json.loads(wire.requests[-1].content) == {"title": "T"}


@pytest.mark.parametrize(
    ("version", "kept"),
    [
        ("0.7.2", {"title": "Old", "access_control": {"read": {"group_ids": ["g"], "user_ids": []}, "write": NOBODY}}),
        ("0.8.12", {"title": "Old", "access_grants": [OF_GROUP]}),
        ("0.10.2", {"title": "Old", "access_grants": [OF_GROUP]}),
        ("0.11.4", {"title": "Old"}),
        ("0.12.4", {}),
    ],
)
async def test_an_update_says_again_what_the_server_would_lose(make, wire, version, kept):
    wire.on(*VERSION, {"version": version})
    access = {"access_grants": [{**OF_GROUP, "id": "x"}]}
    if version == "0.7.2":
        access = {"access_control": {"read": {"group_ids": ["g"], "user_ids": []}}}
    wire.on("GET", "/api/v1/notes/n", {"id": "n", "title": "Old", "data": {}, "meta": {}, **access})
    wire.on("POST", "/api/v1/notes/n/update", {"id": "n"})
    async with make() as client:
        await client.notes.update("n", markdown="text")
    assert json.loads(wire.requests[-1].content) == {**kept, "data": {"content": {"md": "text"}}}
    assert len(wire.requests) == (2 if version == "0.12.4" else 3)


async def test_the_oldest_servers_get_access_in_their_form(make, wire):
    stored = {"id": "n", "title": "Old", "access_control": {}}

    def update(request):
        stored.update(json.loads(request.content))
        return dict(stored)

    wire.on(*VERSION, {"version": "0.7.2"})
    wire.on("GET", "/api/v1/notes/n", lambda _: dict(stored))
    wire.on("GET", "/api/v1/auths/", {"id": "u", "role": "user"})
    wire.on("POST", "/api/v1/notes/n/update", update)
    wire.on("POST", "/api/v1/notes/create", {"id": "n"})
    async with make() as client:
        assert (await client.notes.set_access("n", "public")).access_grants == [PUBLIC]
        assert (await client.notes.get("n")).write_access is False
        await client.notes.create("T")
    access, create = (json.loads(request.content) for request in wire.requests if request.method == "POST")
    assert access == {"title": "Old", "access_control": None}
    assert create == {"title": "T", "data": {}, "meta": {}, "access_control": {}}


async def test_what_a_note_lacks_cannot_be_changed_before_a_server_can_make_it(make, wire):
    wire.on("GET", "/api/v1/notes/n", {"id": "n", "title": "T", "data": None, "meta": None, "access_grants": []})
    wire.on("POST", "/api/v1/notes/n/update", {"id": "n"})
    for version, is_refused in (("0.10.2", True), ("0.11.4", False)):
        wire.on(*VERSION, {"version": version})
        for change in ({"markdown": "x"}, {"meta": {"a": 1}}):
            async with make() as client:
                if is_refused:
                    with pytest.raises(UnsupportedError, match="no data or no meta"):
                        await client.notes.update("n", **change)
                else:
                    await client.notes.update("n", **change)
    assert wire.lines.count("POST /api/v1/notes/n/update") == 2


async def test_access_that_the_server_only_partly_gives_is_taken_back_and_said(make, wire):
    stored = {"id": "n", "title": "T", "access_grants": [{**OF_GROUP, "id": "1"}]}

    def give(request):
        stored["access_grants"] = [one for one in json.loads(request.content)["access_grants"] if one != PUBLIC]
        return dict(stored)

    wire.on(*VERSION, {"version": "0.9.6"})
    wire.on("GET", "/api/v1/notes/n", lambda _: dict(stored))
    wire.on("POST", "/api/v1/notes/n/access/update", give)
    async with make() as client:
        with pytest.raises(PermissionDeniedError, match="may not give"):
            await client.notes.set_access("n", [PUBLIC])
    assert stored["access_grants"] == [OF_GROUP]


async def test_lists_hold_as_much_on_every_server(make, wire):
    whole = {"content": {"md": "x" * 1500, "html": "<p>"}, "files": []}
    wire.on("GET", "/api/v1/notes/", [{"id": "n", "data": whole}, {"id": "m", "data": None}])
    async with make() as client:
        assert [note.data for note in await client.notes.list()] == [{"content": {"md": "x" * 1000}}, None]
    assert wire.lines == ["GET /api/v1/notes/"]


async def test_older_servers_are_searched_for_each_word_by_us(make, wire):
    texts = {"a": "Quick to-do", "b": "quick", "c": "x" * 1000}
    rows = [{"id": one, "title": "Ä list", "data": {"content": {"md": text}}} for one, text in texts.items()]
    wire.on(*VERSION, {"version": "0.8.12"})
    wire.on("GET", "/api/v1/notes/search", {"items": rows, "total": 3})
    wire.on("GET", "/api/v1/notes/c", {"id": "c", "data": {"content": {"md": "x" * 1000 + " TODO QUICK"}}})
    async with make() as client:
        assert [note.id async for note in client.notes.search("todo qui-CK")] == ["a", "c"]
        assert [note.id async for note in client.notes.search("ä")] == []
    assert {request.url.params.get("query") for request in wire.requests} == {None}


async def test_reading_all_leaves_out_what_was_deleted_meanwhile_and_raises_what_else_fails(make, wire):
    wire.on(*VERSION, {"version": "0.12.4"})
    wire.on("GET", "/api/v1/notes/", [{"id": "a"}, {"id": "b"}])
    wire.on("GET", "/api/v1/notes/a", {"id": "a", "data": {"content": {"md": "whole"}}})
    wire.on(
        "GET", "/api/v1/notes/b", httpx2.Response(404, json={"detail": "We could not find what you're looking for"})
    )
    async with make() as client:
        assert [note.text for note in await client.notes.get_all()] == ["whole"]
        wire.on("GET", "/api/v1/notes/b", httpx2.Response(500, text="Internal Server Error"))
        with pytest.raises(ServerError):
            await client.notes.get_all()
