import json

import pytest

from openwebui_chat_client import UnsupportedError

VERSION, LIST = ("GET", "/api/version"), ("GET", "/api/v1/prompts/list")
GOOD = {"command": "c", "title": "t", "content": "x"}


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.prompts.create("/", "n", "c"),
        lambda client: client.prompts.create("c", " ", "c"),
        lambda client: client.prompts.create("c", "n", ""),
        lambda client: client.prompts.create("c", "n", "c", tags=[""]),
        lambda client: client.prompts.create("c", "n", "c", access="all"),
        lambda client: client.prompts.update("p"),
        lambda client: client.prompts.update("p", name=""),
        lambda client: client.prompts.update("", name="n"),
        lambda client: client.prompts.get(" "),
        lambda client: client.prompts.delete(""),
        lambda client: client.prompts.enable(""),
        lambda client: client.prompts.find(" / "),
        lambda client: client.prompts.set_access("", "public"),
        lambda client: client.prompts.history("p", page=0),
        lambda client: client.prompts.get_version("p", ""),
        lambda client: client.prompts.delete_version("", "v"),
        lambda client: client.prompts.fill("{{a | number}}", {"a": "x"}),
        lambda client: client.create_prompt("", "t", "c"),
        lambda client: client.update_prompt_by_command("c"),
        lambda client: client.update_prompt_by_command("c", ""),
        lambda client: client.update_prompt_by_command("c", "t", access_control="all"),
        lambda client: client.replace_prompt_by_command("c", "/", "t", "c"),
        lambda client: client.replace_prompt_by_command("c", "d", "t", ""),
        lambda client: client.delete_prompt_by_command("/"),
        lambda client: client.get_prompt_by_command(""),
        lambda client: client.search_prompts("x", by_title=False),
        lambda client: client.batch_create_prompts([GOOD, {"command": "d", "title": "t"}]),
        lambda client: client.batch_create_prompts([GOOD, {**GOOD, "access": "public"}]),
        lambda client: client.batch_create_prompts([GOOD, "c"]),
        lambda client: client.batch_create_prompts([{**GOOD, "access_control": "all"}]),
        lambda client: client.batch_delete_prompts(["c", "/"]),
    ],
)
async def test_bad_input_is_refused_before_any_request(make, wire, call):
    async with make() as client:
        with pytest.raises(ValueError):
            await call(client)
    assert wire.requests == []


async def test_variables_send_nothing(make, wire):
    async with make() as client:
        assert await client.extract_variables("{{a}}") == ["a"]
        assert await client.substitute_variables("{{a}}", {"a": 1}) == "1"
        assert await client.get_system_variables()
        assert [one.name for one in await client.prompts.variables("{{a}}")] == ["a"]
        assert await client.prompts.fill("{{a}}", {"a": "b"}) == "b"
    assert wire.requests == []


async def test_replacing_is_one_update_and_never_deletes(make, wire):
    wire.on(*VERSION, {"version": "0.12.4"})
    old = {"id": "p", "command": "old", "name": "Old", "content": "Old"}
    wire.on(*LIST, {"items": [old], "total": 1})
    wire.on("POST", "/api/v1/prompts/id/p/update", {**old, "command": "new"})
    async with make() as client:
        await client.replace_prompt_by_command("old", "/new", "New", "Text")
    assert wire.lines[-1] == "POST /api/v1/prompts/id/p/update"
    assert not any(line.startswith("DELETE") for line in wire.lines)
    said = json.loads(wire.requests[-1].content)
    assert said == {"command": "new", "name": "New", "title": "New", "content": "Text"}


async def test_one_command_given_as_a_text_is_a_list_of_one(make, wire):
    wire.on(*VERSION, {"version": "0.12.4"})
    wire.on(*LIST, {"items": [{"id": "p", "command": "/abc", "name": "N", "content": "C"}], "total": 1})
    wire.on("DELETE", "/api/v1/prompts/id/p/delete", True)
    async with make() as client:
        assert await client.batch_delete_prompts("abc") == {"success": ["abc"], "failed": [], "total": 1}


class Old:
    """A server before 0.8: prompts have a title, a `/` before the command, and no id."""

    def __init__(self, wire):
        self.prompt = {
            "command": "/a",
            "title": "T",
            "content": "C",
            "timestamp": 5,
            "access_control": {},
            "user_id": "u",
        }
        wire.on(*VERSION, {"version": "0.7.2"})
        wire.on("GET", "/api/v1/prompts/", [self.prompt])
        wire.on(*LIST, [self.prompt])
        wire.on("GET", "/api/v1/prompts/command/a", self.prompt)
        for route in ("create", "command/a/update"):
            wire.on("POST", f"/api/v1/prompts/{route}", lambda request: {**self.prompt, **json.loads(request.content)})
        wire.on("DELETE", "/api/v1/prompts/command/a/delete", True)


async def test_older_servers_know_prompts_by_command(make, wire):
    Old(wire)
    async with make() as client:
        found = await client.prompts.find("a")
        assert (found.id, found.command, found.name, found.updated_at) == ("a", "a", "T", 5)
        assert (await client.prompts.list())[0].id == "a"
        assert (await client.get_prompt_by_command("/a"))["command"] == "/a"
        assert await client.prompts.find("b") is None
        await client.prompts.update("a", name="N")
        await client.prompts.set_access("a", "public")
        await client.create_prompt("b", "B", "text")
        await client.prompts.delete("a")
        for call in (client.prompts.enable("a"), client.prompts.tags(), client.prompts.update("a", command="b")):
            with pytest.raises(UnsupportedError):
                await call
    bodies = [json.loads(request.content) for request in wire.requests if request.method == "POST"]
    assert [(body["command"], body["title"], body["access_control"]) for body in bodies] == [
        ("a", "N", {}),
        ("a", "T", None),
        ("/b", "B", {}),
    ]
