import json

import httpx2
import pytest

from openwebui_chat_client import ConflictError, NotFoundError, ServerError, UnsupportedError

PUBLIC = {"principal_type": "user", "principal_id": "*", "permission": "read"}
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


def null():
    return httpx2.Response(200, content=b"null", headers={"content-type": "application/json"})


class Old:
    """A server before 0.8: prompts have a title, a `/` before the command, and no id."""

    def __init__(self, wire, version="0.6.43"):
        owner = {"id": "u", "name": "Mia", "email": "mia@example.com", "role": "user"}
        self.mine = self.row("/a", "T", {}, "u")
        theirs = self.row("/theirs", "Theirs", None, "x")
        self.stored = {"/a": self.mine, "/theirs": theirs}
        wire.on(*VERSION, {"version": version})
        wire.on("GET", "/api/v1/auths/", {"id": "u", "role": "user"})
        wire.on("GET", "/api/v1/prompts/", lambda _: list(self.stored.values()))
        wire.on(*LIST, lambda _: [{**row, "user": owner} for row in self.stored.values() if row["user_id"] == "u"])
        wire.on("POST", "/api/v1/prompts/create", self.create)
        for command in ("a", "b", "theirs"):
            path = f"/api/v1/prompts/command/{command}"
            wire.on("GET", path, lambda request: self.stored.get(self.command(request)) or null())
            wire.on("POST", f"{path}/update", self.update)
            wire.on("DELETE", f"{path}/delete", lambda request: self.stored.pop(self.command(request)) is not None)

    @staticmethod
    def row(command, title, access, user_id):
        said = {"command": command, "title": title, "content": "C", "timestamp": 5}
        return {**said, "access_control": access, "user_id": user_id}

    @staticmethod
    def command(request):
        return f"/{request.url.path.split('/')[5]}"

    def create(self, request):
        said = json.loads(request.content)
        self.stored[said["command"]] = self.row(said["command"], said["title"], said["access_control"], "u")
        return self.stored[said["command"]]

    def update(self, request):
        said = json.loads(request.content)
        self.stored[self.command(request)] |= {key: said[key] for key in ("title", "content", "access_control")}
        return self.stored[self.command(request)]


async def test_older_servers_know_prompts_by_command(make, wire):
    Old(wire)
    async with make() as client:
        found = await client.prompts.find("a")
        assert (found.id, found.command, found.name, found.updated_at) == ("a", "a", "T", 5)
        assert {one.id for one in await client.prompts.list()} == {"a", "theirs"}
        assert (await client.get_prompt_by_command("/a"))["command"] == "/a"
        assert await client.prompts.find("b") is None
        await client.prompts.update("a", name="N")
        assert (await client.prompts.set_access("a", "public")).access_grants == [PUBLIC]
        await client.create_prompt("b", "B", "text")
        await client.prompts.delete("a")
        with pytest.raises(NotFoundError):
            await client.prompts.get("a")
    bodies = [json.loads(request.content) for request in wire.requests if request.method == "POST"]
    assert [(body["command"], body["title"], body["access_control"]) for body in bodies] == [
        ("a", "N", {}),
        ("a", "N", None),
        ("/b", "B", {}),
    ]


async def test_prompts_of_older_servers_have_the_keys_of_later_ones(make, wire):
    Old(wire)
    common = {"id", "command", "name", "title", "content", "user_id", "tags", "data", "meta", "is_active"}
    common |= {"version_id", "access_grants", "created_at", "updated_at"}
    async with make() as client:
        assert {frozenset(one) for one in await client.get_prompts()} == {frozenset(common)}
        listed = await client.get_prompts_list()
        assert {frozenset(one) for one in listed} == {frozenset({*common, "user", "write_access"})}
        assert [(one["user"] and one["user"]["name"], one["write_access"]) for one in listed] == [
            ("Mia", True),
            (None, False),
        ]
        assert (await client.prompts.get("theirs")).write_access is False
        assert [one.id async for one in client.prompts.search("mia@")] == ["a"]


async def test_on_older_servers_a_new_command_is_a_new_prompt_and_the_old_one_goes_last(make, wire):
    old = Old(wire)
    async with make() as client:
        with pytest.raises(ConflictError):
            await client.replace_prompt_by_command("a", "theirs", "New", "text")
        with pytest.raises(UnsupportedError, match="ids"):
            await client.prompts.update("theirs", command="b")
        assert [line for line in wire.lines if not line.startswith("GET")] == []
        made = await client.replace_prompt_by_command("/a", "/b", "New", "text")
        assert (made["id"], made["title"], made["access_grants"]) == ("b", "New", [])
    assert [line for line in wire.lines if not line.startswith("GET")] == [
        "POST /api/v1/prompts/create",
        "DELETE /api/v1/prompts/command/a/delete",
    ]
    assert old.stored.keys() == {"/theirs", "/b"}


async def test_a_new_command_is_taken_back_when_the_old_one_cannot_go(make, wire):
    old = Old(wire)
    wire.on("DELETE", "/api/v1/prompts/command/a/delete", httpx2.Response(500, text="no"))
    async with make() as client:
        with pytest.raises(ServerError):
            await client.prompts.update("a", command="b")
    assert old.stored.keys() == {"/a", "/theirs"}
