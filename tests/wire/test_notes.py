import json

import httpx2
import pytest

from openwebui_chat_client import ServerError

VERSION = ("GET", "/api/version")


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


async def test_older_servers_get_the_title_again_and_oldest_ones_the_access_too(make, wire):
    wire.on(*VERSION, {"version": "0.7.2"})
    wire.on("GET", "/api/v1/notes/n", {"id": "n", "title": "Old", "access_control": {}})
    wire.on("POST", "/api/v1/notes/n/update", {"id": "n"})
    wire.on("POST", "/api/v1/notes/create", {"id": "n"})
    async with make() as client:
        await client.notes.update("n", markdown="text")
        await client.notes.set_access("n", "public")
        await client.notes.create("T")
    update, access, create = (json.loads(request.content) for request in wire.requests if request.method == "POST")
    assert update == {"title": "Old", "access_control": {}, "data": {"content": {"md": "text"}}}
    assert access == {"title": "Old", "access_control": None}
    assert create == {"title": "T", "data": None, "meta": None, "access_control": {}}


async def test_lists_of_older_servers_are_full_already(make, wire):
    wire.on(*VERSION, {"version": "0.8.3"})
    wire.on("GET", "/api/v1/notes/", [{"id": "n", "title": "T"}])
    async with make() as client:
        assert [note.id for note in await client.get_notes()] == ["n"]
    assert wire.lines == ["GET /api/v1/notes/", "GET /api/version"]


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
