import json

import httpx2
import pytest

from openwebui_chat_client import APIResponseError, ConflictError, NotFoundError, UnsupportedError

VERSION = ("GET", "/api/version")
CHAT = {"id": "c", "title": "T", "chat": {"history": {"messages": {"m": {"id": "m"}}}, "params": {"system": "A"}}}


def bodies(wire):
    return [json.loads(request.content) for request in wire.requests if request.content]


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.chats.edit_message("", "m", "x"),
        lambda client: client.chats.edit_message("c", "", "x"),
        lambda client: client.chats.edit_message("c", "m", " "),
        lambda client: client.chats.put_messages("c", {}),
        lambda client: client.chats.put_messages("", {"m": {}}),
        lambda client: client.chats.delete_message("c", ""),
        lambda client: client.chats.delete_message(" ", "m"),
        lambda client: client.chats.set_params("c", {}),
        lambda client: client.chats.set_params("", {"system": "x"}),
        lambda client: client.chats.set_variables("", {}),
        lambda client: client.chats.compact(""),
        lambda client: client.chats.mark_unread(""),
        lambda client: client.chats.archive_all(confirm=False),
        lambda client: client.chats.unarchive_all(confirm=1),
        lambda client: client.chats.unshare_all(confirm=None),
        lambda client: client.chats.share("c", share_mode="edit"),
        lambda client: client.chats.set_share_access("c", "public", share_mode=""),
        lambda client: client.folders.set_access("", "public"),
        lambda client: client.folders.set_access("f", "all"),
        lambda client: client.folders.set_access("f", "public", share_mode="read"),
        lambda client: client.folders.mark_read(""),
        lambda client: client.notes.chat(""),
        lambda client: client.notes.new_chat("a/b"),
        lambda client: client.memories.search(limit=0),
        lambda client: client.memories.search(limit=101),
        lambda client: client.memories.search(type="all"),
        lambda client: client.prompts.diff("p", "", "v"),
        lambda client: client.skills.diff("", "v", "w"),
        lambda client: client.skills.diff_file("s", "v", "w", ""),
        lambda client: client.skills.clone("s", "A B", "n"),
        lambda client: client.skills.clone("s", "a", " "),
        lambda client: client.tools.load(""),
        lambda client: client.models.history("m", page=0),
        lambda client: client.models.history(""),
        lambda client: client.models.get_version("m", ""),
        lambda client: client.models.delete_version("", "v"),
        lambda client: client.models.restore("m", " "),
        lambda client: client.users.update_settings({}),
        lambda client: client.users.usage(6),
        lambda client: client.users.usage(733),
        lambda client: client.users.access(""),
        lambda client: client.groups.access(" "),
        lambda client: client.configs.update("tasks", {}),
        lambda client: client.configs.get("task"),
    ],
)
async def test_bad_input_is_refused_before_any_request(make, wire, call):
    async with make() as client:
        with pytest.raises(ValueError):
            await call(client)
    assert wire.requests == []


@pytest.mark.parametrize("listed", ["of_user", "with_tag"])
async def test_a_list_of_nobody_and_of_no_tag_is_refused_before_any_request(make, wire, listed):
    async with make() as client:
        with pytest.raises(ValueError):
            assert [one async for one in getattr(client.chats, listed)("")]
    assert wire.requests == []


@pytest.mark.parametrize(
    ("call", "needs"),
    [
        (lambda client: client.chats.delete_message("c", "m"), "0.10.0"),
        (lambda client: client.chats.set_variables("c", {"x": "1"}), "0.11.0"),
        (lambda client: client.chats.compact("c"), "0.10.0"),
        (lambda client: client.chats.mark_unread("c"), "0.11.0"),
        (lambda client: client.chats.mark_all_read(), "0.11.0"),
        (lambda client: client.chats.unshare_all(confirm=True), "0.10.0"),
        (lambda client: client.chats.share("c", share_mode="continue"), "0.12.0"),
        (lambda client: client.folders.shared(), "0.10.0"),
        (lambda client: client.folders.set_access("f", "public"), "0.10.0"),
        (lambda client: client.folders.set_access("f", "public", share_mode=None), "0.12.0"),
        (lambda client: client.folders.mark_read("f"), "0.11.0"),
        (lambda client: client.notes.chats("n"), "0.11.0"),
        (lambda client: client.memories.search("x"), "0.10.0"),
        (lambda client: client.memories.paths(), "0.10.0"),
        (lambda client: client.prompts.diff("p", "v", "w"), "0.12.0"),
        (lambda client: client.skills.clone("s", "t", "n"), "0.8.0"),
        (lambda client: client.models.history("m"), "0.12.0"),
        (lambda client: client.users.set_variables({"x": "1"}), "0.11.0"),
        (lambda client: client.users.usage(), "0.11.0"),
        (lambda client: client.users.access("u"), "0.9.0"),
        (lambda client: client.groups.access("g"), "0.9.0"),
        (lambda client: client.configs.get("chats"), "0.10.0"),
        (lambda client: client.configs.update("subagents", {"x": 1}), "0.11.0"),
        (lambda client: client.configs.get("terminal_servers"), "0.8.0"),
    ],
)
async def test_an_older_server_is_told_what_it_lacks_and_asked_nothing_else(make, wire, call, needs):
    wire.on(*VERSION, {"version": "0.7.2"})
    async with make() as client:
        with pytest.raises(UnsupportedError) as refusal:
            await call(client)
    assert refusal.value.needs == needs
    assert wire.lines == ["GET /api/version"]


EVENT = ("POST", "/api/v1/chats/c/messages/m/event")


async def test_a_message_is_looked_for_before_it_is_written(make, wire):
    wire.on(*VERSION, {"version": "0.12.4"})
    wire.on("GET", "/api/v1/chats/c", CHAT)
    edited = {"id": "c", "chat": {"history": {"messages": {"m": {"id": "m", "content": "new"}}}}}
    wire.on("POST", "/api/v1/chats/c", edited)
    wire.on(*EVENT, True)
    async with make() as client:
        await client.chats.edit_message("c", "m", "new")
        with pytest.raises(NotFoundError):
            await client.chats.edit_message("c", "n", "new")
    assert bodies(wire) == [
        {"chat": {"history": {"messages": {"m": {"id": "m", "content": "new"}}}}},
        {"type": "chat:message", "data": {"content": "new"}},
    ]
    assert wire.lines[-2:] == [" ".join(EVENT), "GET /api/v1/chats/c"]


async def test_a_message_that_the_server_keeps_as_it_is_is_a_conflict(make, wire):
    wire.on(*VERSION, {"version": "0.12.4"})
    wire.on("GET", "/api/v1/chats/c", CHAT)
    wire.on("POST", "/api/v1/chats/c", CHAT)
    async with make() as client:
        with pytest.raises(ConflictError, match="keeps message 'm'"):
            await client.chats.edit_message("c", "m", "new")


@pytest.mark.parametrize(("version", "merges"), [("0.9.6", True), ("0.10.2", False)])
async def test_a_history_is_merged_by_us_where_the_server_would_replace_it(make, wire, version, merges):
    wire.on(*VERSION, {"version": version})
    stored = {"currentId": "a", "messages": {"q": {"id": "q"}, "a": {"id": "a", "parentId": "q"}}}
    wire.on("GET", "/api/v1/chats/c", {"id": "c", "chat": {"history": stored}})
    wire.on("POST", "/api/v1/chats/c", CHAT)
    change = {"messages": {"b": {"id": "b", "parentId": "q"}}, "currentId": "b"}
    async with make() as client:
        await client.chats.put_messages("c", change["messages"], current_id="b")
    whole = {
        "currentId": "b",
        "messages": {
            "q": {"id": "q", "childrenIds": ["a", "b"]},
            "a": {"id": "a", "parentId": "q", "childrenIds": []},
            "b": {"id": "b", "parentId": "q", "childrenIds": []},
        },
    }
    assert bodies(wire) == [{"chat": {"history": whole if merges else change}}]


@pytest.mark.parametrize(
    ("version", "method", "path", "body"),
    [
        ("0.11.4", "POST", "/api/v1/chats/c", {"chat": {"params": {"system": "A", "temperature": 0}}}),
        ("0.12.4", "PATCH", "/api/v1/chats/c/params", {"temperature": 0}),
    ],
)
async def test_parameters_are_merged_by_the_server_where_it_can(make, wire, version, method, path, body):
    wire.on(*VERSION, {"version": version})
    wire.on("GET", "/api/v1/chats/c", CHAT)
    wire.on(method, path, CHAT)
    async with make() as client:
        await client.chats.set_params("c", {"temperature": 0})
    assert bodies(wire) == [body]


@pytest.mark.parametrize(("version", "sent"), [("0.10.2", {"a": 1, "c": 3}), ("0.11.4", {"b": None, "c": 3})])
async def test_settings_are_merged_by_the_server_where_it_can(make, wire, version, sent):
    wire.on(*VERSION, {"version": version})
    wire.on("GET", "/api/v1/users/user/settings", {"ui": {"a": 1, "b": 2, "c": 3}})
    wire.on("POST", "/api/v1/users/user/settings/update", {})
    async with make() as client:
        await client.users.update_settings({"b": None, "c": 3})
    assert bodies(wire) == [{"ui": sent}]


async def test_a_share_mode_is_sent_only_when_it_is_said(make, wire):
    wire.on(*VERSION, {"version": "0.12.4"})
    wire.on("POST", "/api/v1/chats/c/share", {"id": "c", "share_id": "s", "chat": {}})
    wire.on("POST", "/api/v1/chats/shared/c/access/update", CHAT)
    async with make() as client:
        await client.chats.share("c")
        await client.chats.share("c", "private", share_mode="continue")
        await client.chats.set_share_access("c", "private", share_mode=None)
    assert bodies(wire) == [
        {"access_grants": []},
        {"share_mode": "continue"},
        {"access_grants": [], "share_mode": None},
    ]


async def test_a_folder_whose_server_knows_no_pages_is_read_once_more_and_each_chat_comes_once(make, wire):
    wire.on(*VERSION, {"version": "0.10.2"})
    rows = [{"id": str(number), "title": "T"} for number in range(12)]
    wire.on("GET", "/api/v1/folders/f/shared/chats", {"chats": rows})
    async with make() as client:
        assert [one.id async for one in client.folders.chats("f")] == [row["id"] for row in rows]
    assert len(wire.requests) == 3


async def test_what_the_server_says_it_could_not_do_is_an_error_and_is_not_repeated(make, wire):
    wire.on(*VERSION, {"version": "0.12.4"})
    wire.on("POST", "/api/v1/chats/archive/all", httpx2.Response(200, json=False))
    async with make(max_retries=3) as client:
        with pytest.raises(APIResponseError, match="could not do it"):
            await client.chats.archive_all(confirm=True)
    assert wire.lines == ["GET /api/version", "POST /api/v1/chats/archive/all"]


@pytest.mark.parametrize("answer", [[{"title": ["a", "b"], "content": "c"}], {"suggestions": [{"content": "c"}]}])
async def test_suggestions_are_read_in_either_form_that_servers_send(make, wire, answer):
    wire.on("POST", "/api/v1/configs/suggestions", answer)
    async with make() as client:
        assert [one.content for one in await client.configs.set_suggestions([])] == ["c"]


async def test_a_difference_of_prompts_is_made_of_the_two_versions_that_come(make, wire):
    wire.on(*VERSION, {"version": "0.12.4"})
    before, after = {"name": "A", "content": "1", "tags": []}, {"name": "B", "content": "2", "tags": []}
    found = {"from_snapshot": before, "to_snapshot": after, "content_diff": ["-1\n", "+2"]}
    wire.on("GET", "/api/v1/prompts/id/p/history/diff", found)
    async with make() as client:
        made = await client.prompts.diff("p", "v", "w")
    assert (made.metadata, made.content_diff) == ({"name": {"before": "A", "after": "B"}}, "-1\n+2")
    assert wire.requests[-1].url.params == httpx2.QueryParams({"from_id": "v", "to_id": "w"})
