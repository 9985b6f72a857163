import json

import httpx2
import pytest

from openwebui_chat_client import ConflictError, NotFoundError, ServerError, UnsupportedError

VERSION = ("GET", "/api/version")


def missing(_=None):
    return httpx2.Response(404, json={"detail": "We could not find what you're looking for :/"})


def taken(_=None):
    return httpx2.Response(400, json={"detail": "Uh-oh! This id is already registered. Please choose another id."})


@pytest.mark.parametrize("area", ["tools", "functions"])
@pytest.mark.parametrize(
    "call",
    [
        lambda part: part.create("a b", "x = 1"),
        lambda part: part.create("a", " "),
        lambda part: part.update("a"),
        lambda part: part.update("a", ""),
        lambda part: part.update("a", name=" "),
        lambda part: part.update("", name="n"),
        lambda part: part.get(""),
        lambda part: part.delete(""),
        lambda part: part.update_valves("a", {}),
        lambda part: part.update_user_valves("", {"a": 1}),
        lambda part: part.get_valves(" "),
        lambda part: part.history("a", page=0),
        lambda part: part.history(""),
        lambda part: part.restore("", "v"),
        lambda part: part.delete_version("a", ""),
        lambda part: part.import_([{"id": "a", "content": "x"}, {"id": "a b", "content": "x"}]),
        lambda part: part.import_([{"id": "a"}]),
    ],
)
async def test_bad_input_is_refused_before_any_request(make, wire, area, call):
    async with make() as client:
        with pytest.raises(ValueError):
            await call(getattr(client, area))
    assert wire.requests == []


@pytest.mark.parametrize(
    "call",
    [
        lambda client, _: client.tools.create("a", "x", access="all"),
        lambda client, _: client.tools.set_access("", "public"),
        lambda client, _: client.tools.set_access("a", "all"),
        lambda client, _: client.functions.enable(""),
        lambda client, _: client.functions.set_global("", is_global=True),
        lambda client, path: client.tools.deploy(path / "none.py"),
        lambda client, path: client.functions.deploy(path),
        lambda client, _: client.skills.create("A", "n", "c"),
        lambda client, _: client.skills.create("a/b", "n", "c"),
        lambda client, _: client.skills.create("a", "", "c"),
        lambda client, _: client.skills.create("a", "n", " "),
        lambda client, _: client.skills.create("a", "n", "c", files={"SKILL.md": "x"}),
        lambda client, _: client.skills.create("a", "n", "c", access="all"),
        lambda client, _: client.skills.update("a"),
        lambda client, _: client.skills.update("a", name=""),
        lambda client, _: client.skills.update("", name="n"),
        lambda client, _: client.skills.delete(""),
        lambda client, _: client.skills.get(" "),
        lambda client, _: client.skills.enable(""),
        lambda client, _: client.skills.set_access("", "public"),
        lambda client, _: client.skills.import_([{"name": "n"}]),
        lambda client, _: client.memories.create(" "),
        lambda client, _: client.memories.create("x", type="other"),
        lambda client, _: client.memories.update("m"),
        lambda client, _: client.memories.update("", "x"),
        lambda client, _: client.memories.update("m", ""),
        lambda client, _: client.memories.query(""),
        lambda client, _: client.memories.query("x", limit=0),
        lambda client, _: client.memories.delete(""),
        lambda client, _: client.memories.delete("delete/user"),
        lambda client, _: client.memories.delete_all(),
        lambda client, _: client.memories.delete_all(confirm="yes"),
        lambda client, _: client.memories.get(""),
        lambda client, _: client.configs.get("../auths"),
        lambda client, _: client.configs.update("models", {}),
        lambda client, _: client.configs.import_({}),
    ],
)
async def test_bad_input_of_one_area_is_refused_before_any_request(make, wire, tmp_path, call):
    async with make() as client:
        with pytest.raises((ValueError, FileNotFoundError)):
            await call(client, tmp_path)
    assert wire.requests == []


async def test_deploying_what_is_there_already_is_one_request(make, wire, tmp_path):
    file = tmp_path / "weather.py"
    file.write_text("from utils import x")
    stored = {"id": "weather", "content": "from open_webui.utils import x", "write_access": True}
    wire.on("GET", "/api/v1/tools/id/weather", stored)
    async with make() as client:
        assert await client.tools.deploy(file) == {"id": "weather", "change": "unchanged"}
    assert wire.lines == ["GET /api/v1/tools/id/weather"]


async def test_a_deployment_that_cannot_look_changes_nothing(make, wire, tmp_path):
    file = tmp_path / "weather.py"
    file.write_text("x = 1")
    wire.on("GET", "/api/v1/functions/id/weather", httpx2.Response(500, text="Internal Server Error"))
    async with make() as client:
        with pytest.raises(ServerError):
            await client.functions.deploy(file)
    assert wire.lines == ["GET /api/v1/functions/id/weather"]


async def test_a_tool_is_never_made_public_by_leaving_something_out(make, wire, tmp_path):
    file = tmp_path / "weather.py"
    file.write_text("x = 1")
    wire.on(*VERSION, {"version": "0.7.2"})
    wire.on("GET", "/api/v1/tools/id/weather", missing)
    wire.on("POST", "/api/v1/tools/create", {"id": "weather"})
    async with make() as client:
        await client.tools.deploy(file)
        await client.tools.create("weather", "x = 1")
        await client.tools.import_([{"id": "weather", "content": "x = 1"}])
        stored = {"id": "weather", "content": "y", "write_access": True, "access_control": {}}
        wire.on("GET", "/api/v1/tools/id/weather", stored)
        wire.on("POST", "/api/v1/tools/id/weather/update", {"id": "weather", "access_control": None})
        await client.tools.deploy(file)
        await client.tools.set_access("weather", "public")
    bodies = [json.loads(request.content) for request in wire.requests if request.method == "POST"]
    assert [body["access_control"] for body in bodies] == [{}, {}, {}, {}, None]


async def test_a_toggle_is_called_only_when_needed_and_made_sure_of(make, wire):
    state = {"id": "f", "is_active": False}

    def toggle(_):
        state["is_active"] = not state["is_active"]
        return dict(state)

    wire.on("GET", "/api/v1/functions/id/f", lambda _: dict(state))
    wire.on("POST", "/api/v1/functions/id/f/toggle", toggle)
    async with make() as client:
        await client.functions.enable("f")
        await client.functions.enable("f")
    assert [line.split()[0] for line in wire.lines] == ["GET", "POST", "GET"]
    assert state["is_active"] is True


async def test_a_toggle_that_somebody_else_turns_back_all_the_time_is_said(make, wire):
    wire.on("GET", "/api/v1/functions/id/f", {"id": "f", "is_active": False})
    wire.on("POST", "/api/v1/functions/id/f/toggle", {"id": "f", "is_active": False})
    async with make() as client:
        with pytest.raises(ConflictError, match="does not stay True"):
            await client.functions.enable("f")
    assert len(wire.requests) == 4


async def test_a_toggle_is_never_sent_again_by_itself(make, wire):
    wire.on("GET", "/api/v1/functions/id/f", {"id": "f", "is_active": False})
    wire.on("POST", "/api/v1/functions/id/f/toggle", httpx2.Response(502))
    async with make(max_retries=3) as client:
        with pytest.raises(ServerError):
            await client.functions.enable("f")
    assert wire.lines.count("POST /api/v1/functions/id/f/toggle") == 1


async def test_a_toggle_whose_answer_was_lost_is_looked_up_and_not_sent_again(make, wire):
    stands = iter([False, True])
    wire.on("GET", "/api/v1/functions/id/f", lambda _: {"id": "f", "is_active": next(stands)})
    wire.on("POST", "/api/v1/functions/id/f/toggle", httpx2.ReadTimeout("slow"))
    async with make(max_retries=3) as client:
        assert (await client.functions.enable("f")).is_active is True
    assert wire.lines.count("POST /api/v1/functions/id/f/toggle") == 1


@pytest.mark.parametrize("version", ["0.11.4", "0.7.2"])
async def test_servers_without_versions_say_so(make, wire, version):
    wire.on(*VERSION, {"version": version})
    async with make() as client:
        with pytest.raises(UnsupportedError) as caught:
            await client.tools.history("t")
        assert caught.value.needs == "0.12.0"
        with pytest.raises(UnsupportedError):
            await client.skills.files("s")
        with pytest.raises(UnsupportedError):
            await client.skills.create("s", "n", "c", files={"a": "b"})


@pytest.mark.parametrize(
    "call",
    [
        lambda client: client.skills.list(),
        lambda client: client.skills.export(),
        lambda client: client.skills.get("s"),
        lambda client: client.skills.create("s", "n", "c"),
        lambda client: client.skills.update("s", name="n"),
        lambda client: client.skills.set_access("s", "public"),
        lambda client: client.skills.enable("s"),
        lambda client: client.skills.disable("s"),
        lambda client: client.skills.delete("s"),
        lambda client: client.skills.clone("s", "t", "n"),
        lambda client: client.skills.import_([{"id": "s", "content": "c"}]),
        lambda client: client.skills.files("s"),
        lambda client: client.skills.read_file("s", "p"),
        lambda client: client.skills.history("s"),
        lambda client: client.skills.restore("s", "v"),
        lambda client: client.memories.create("x", path="p"),
        lambda client: client.memories.update("m", type="user"),
        lambda client: client.memories.search("x"),
        lambda client: client.memories.paths(),
        lambda client: client.tools.update("t", name="n", message="m"),
        lambda client: client.functions.update("f", name="n", message="m"),
        lambda client: client.prompts.create("c", "n", "c", tags="t"),
        lambda client: client.prompts.create("c", "n", "c", message="m"),
        lambda client: client.prompts.update("c", name="n", tags=["t"]),
        lambda client: client.prompts.update("c", name="n", message="m"),
        lambda client: client.prompts.enable("c"),
        lambda client: client.prompts.history("c"),
        lambda client: client.prompts.diff("c", "a", "b"),
        lambda client: client.prompts.tags(),
        lambda client: client.notes.pin("n"),
        lambda client: client.notes.pinned(),
        lambda client: client.notes.chat("n"),
    ],
)
async def test_what_the_oldest_servers_lack_is_refused_before_any_request(make, wire, call):
    wire.on(*VERSION, {"version": "0.6.43"})
    async with make() as client:
        with pytest.raises(UnsupportedError) as caught:
            await call(client)
    assert (wire.lines, caught.value.has) == (["GET /api/version"], "0.6.43")


async def test_a_word_on_a_deployment_is_refused_where_no_versions_are_kept(make, wire, tmp_path):
    file = tmp_path / "weather.py"
    file.write_text("x = 1")
    wire.on(*VERSION, {"version": "0.11.4"})
    async with make() as client:
        with pytest.raises(UnsupportedError, match="former versions"):
            await client.tools.deploy(file, message="first")
        with pytest.raises(UnsupportedError, match="former versions"):
            await client.skills.update("s", name="n", message="m")
        with pytest.raises(UnsupportedError, match="made of files"):
            await client.skills.update("s", files={})
    assert wire.lines == ["GET /api/version"]


async def test_an_import_fails_for_what_an_older_server_would_leave_out(make, wire):
    wire.on(*VERSION, {"version": "0.10.2"})
    wire.on("POST", "/api/v1/tools/create", lambda request: {"id": json.loads(request.content)["id"]})
    wire.on("POST", "/api/v1/skills/create", lambda request: {"id": json.loads(request.content)["id"]})
    metas = {
        "plain": {"manifest": {"a": 1}, "has_user_valves": True, "i18n": None, "description": "d"},
        "mine": {"mine": 1},
        "translated": {"i18n": {"de": {"name": "Wetter"}}},
    }
    main, other = {"path": "SKILL.md", "content": "text"}, {"path": "a.txt", "content": "a"}
    skills = [
        {"id": "plain", "files": [main], "meta": {"i18n": None, "tags": []}},
        {"id": "old", "content": "text", "access_grants": [{"id": "g"}], "user_id": "u"},
        {"id": "files", "files": [main, other]},
        {"id": "translated", "files": [main], "meta": {"i18n": {"de": {"name": "Tee"}}}},
    ]
    async with make() as client:
        tools = await client.tools.import_([{"id": one, "content": "x", "meta": metas[one]} for one in metas])
        report = await client.skills.import_(skills)
    assert (tools.succeeded, [one.item for one in tools.failed]) == (["plain"], ["mine", "translated"])
    assert (report.succeeded, [one.item for one in report.failed]) == (["plain", "old"], ["files", "translated"])
    bodies = {request.url.path: json.loads(request.content) for request in wire.requests if request.method == "POST"}
    assert bodies["/api/v1/skills/create"] == {"id": "old", "content": "text", "access_grants": []}


async def test_memories_without_kinds_are_made_as_ever(make, wire):
    wire.on(*VERSION, {"version": "0.7.2"})
    wire.on("POST", "/api/v1/memories/add", {"id": "m"})
    async with make() as client:
        await client.memories.create("x")
    assert json.loads(wire.requests[-1].content) == {"content": "x"}


async def test_an_import_reports_each_and_stops_for_none(make, wire):
    wire.on(*VERSION, {"version": "0.12.4"})
    answers = {"a": {"id": "a"}, "b": taken(), "c": httpx2.Response(500, text="no"), "d": {"id": "d"}}
    wire.on("POST", "/api/v1/tools/create", lambda request: answers[json.loads(request.content)["id"]])
    async with make() as client:
        report = await client.tools.import_([{"id": one, "content": "x"} for one in "abcd"])
    assert report.succeeded == ["a", "d"]
    assert [failure.item for failure in report.failed] == ["b", "c"]


async def test_memory_hits_come_as_rows_also_when_the_server_leaves_columns_out(make, wire):
    wire.on("POST", "/api/v1/memories/query", {"ids": [["a"]], "documents": [["text"]], "metadatas": None})
    async with make() as client:
        assert await client.memories.query("x") == [{"id": "a", "content": "text", "score": None, "metadata": {}}]
        wire.on("POST", "/api/v1/memories/query", {"ids": [], "documents": []})
        assert await client.memories.query("x") == []


async def test_a_memory_that_was_not_deleted_is_not_reported_as_deleted(make, wire):
    wire.on("DELETE", "/api/v1/memories/m", False)
    async with make() as client:
        with pytest.raises(NotFoundError, match="no memory 'm'"):
            await client.memories.delete("m")
