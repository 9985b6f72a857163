"""What the original did wrong, seen in its requests: each test fails for a client that still does it."""

import gc
import json
import logging
import weakref

import httpx2
import pytest

from openwebui_chat_client import (
    APIResponseError,
    AuthenticationError,
    PermissionDeniedError,
    ServerError,
    TurnError,
)

VERSION, SEARCH = ("GET", "/api/version"), ("GET", "/api/v1/chats/search")
NEW, ASK = ("POST", "/api/v1/chats/new"), ("POST", "/api/chat/completions")
CHAT, TASKS = ("GET", "/api/v1/chats/c1"), ("GET", "/api/tasks/chat/c1")
TITLE, TAGS = (("POST", f"/api/v1/tasks/{what}/completions") for what in ("title", "tags"))
UPLOAD, STATUS = ("POST", "/api/v1/files/"), ("GET", "/api/v1/files/f1/process/status")
MODELS, CREATE_MODEL = ("GET", "/api/models"), ("POST", "/api/v1/models/create")
EVERYBODY = {"principal_type": "user", "principal_id": "*", "permission": "read"}
FAILED = {"detail": "Something went wrong :/"}


class Server:
    """As much of a server as a turn needs; the answer is there at once."""

    def __init__(self, wire):
        self.messages, self.current, self.done = {}, None, True
        self.wire, self.answer, self.file_states = wire, "Hello", ["completed"]
        wire.on(*VERSION, {"version": "0.12.4"})
        wire.on(*SEARCH, [])
        wire.on(*NEW, lambda _: self.chat())
        wire.on(*CHAT, lambda _: self.chat())
        wire.on(*ASK, self.ask)
        wire.on(*TASKS, {"task_ids": []})
        wire.on("POST", "/api/tasks/chat/c1/stop", {"status": True})
        wire.on("DELETE", "/api/v1/chats/c1", True)
        wire.on(*UPLOAD, {"id": "f1", "filename": "a.txt", "meta": {}})
        wire.on("GET", "/api/v1/files/f1", {"id": "f1", "filename": "a.txt", "meta": {}})
        wire.on(*STATUS, lambda _: {"status": self.file_states.pop(0) if self.file_states else "completed"})

    def chat(self):
        history = {"messages": self.messages, "currentId": self.current}
        return {"id": "c1", "title": "T", "folder_id": None, "chat": {"models": ["m"], "history": history}}

    def ask(self, request):
        body = json.loads(request.content)
        question, self.current = body["user_message"], body["id"]
        answer = {"id": self.current, "parentId": question["id"], "role": "assistant"}
        self.messages[question["id"]] = question
        self.messages[self.current] = {**answer, "content": self.answer, "done": self.done}
        return {"status": True, "task_ids": ["t"], "chat_id": "c1"}

    def propose(self, route, written):
        self.wire.on(*route, {"choices": [{"message": {"role": "assistant", "content": written}}]})


def line(route):
    return " ".join(route)


def bodies(wire, route):
    return [json.loads(sent.content) for sent in wire.requests if (sent.method, sent.url.path) == route]


async def read(stream):
    return "".join([piece async for piece in stream])


ASKING = [
    lambda client, *args, **options: client.chat(*args, **options),
    lambda client, *args, **options: read(client.stream_chat(*args, **options)),
    lambda client, *args, **options: client.parallel_chat(*args, model_ids=["m"], **options),
]


@pytest.mark.parametrize("ask", ASKING)
@pytest.mark.parametrize("broken", [SEARCH, NEW])
async def test_a_chat_that_cannot_be_found_or_made_is_an_error_and_nothing_is_asked(make, wire, ask, broken):
    Server(wire)
    async with make() as client:
        await client.chat("Hi", "used before")
        wire.requests.clear()
        wire.on(*broken, httpx2.Response(500, json=FAILED))
        with pytest.raises(ServerError):
            await ask(client, "Hi", "T")
    assert line(ASK) not in wire.lines
    assert (line(NEW) in wire.lines) is (broken is NEW)


async def test_the_text_that_had_come_is_in_the_error_when_the_rest_is_lost(make, wire):
    server = Server(wire)
    server.answer, server.done = "Hel", False
    shown = [server.chat, lambda: httpx2.Response(500, json=FAILED)]
    wire.on(*CHAT, lambda _: shown.pop(0)() if len(shown) > 1 else shown[0]())
    async with make() as client:
        with pytest.raises(TurnError, match="lost sight of") as caught:
            await read(client.stream_chat("Hi", "T"))
    assert (caught.value.partial, caught.value.chat_id) == ("Hel", "c1")
    assert caught.value.message_id == server.current


async def test_what_fails_after_the_answer_does_not_cost_the_answer(make, wire, caplog):
    Server(wire)
    wire.on("POST", "/api/v1/chats/c1/tags", httpx2.Response(500, json=FAILED))
    async with make() as client:
        assert (await client.chat("Hi", "T", tags=["a"]))["response"] == "Hello"
    assert "not its tag" in caplog.text


IDS = [
    lambda client: client.chat("Hi", chat_id=""),
    lambda client: client.rename_chat("", "T"),
    lambda client: client.set_chat_tags("", ["a"]),
    lambda client: client.update_chat_metadata("", title="T"),
    lambda client: client.switch_chat_model("", "m"),
    lambda client: client.archive_chat(""),
    lambda client: client.move_chat_to_folder("", None),
    lambda client: client.get_chats_by_folder(""),
    lambda client: client.get_model(""),
    lambda client: client.delete_model(""),
    lambda client: client.delete_knowledge_base(""),
    lambda client: client.delete_knowledge_bases_by_keyword(""),
    lambda client: client.get_note_by_id(""),
    lambda client: client.update_note_by_id("", title="T"),
    lambda client: client.delete_note_by_id(""),
    lambda client: client.delete_prompt_by_command(""),
    lambda client: client.get_user_by_id(""),
    lambda client: client.update_user_role("", "user"),
    lambda client: client.delete_user(""),
]


@pytest.mark.parametrize("call", IDS)
async def test_an_empty_id_never_means_all_of_them(make, wire, call):
    async with make() as client:
        with pytest.raises(ValueError):
            await call(client)
    assert wire.requests == []


async def test_a_client_that_is_forgotten_sends_nothing_more(make, wire):
    Server(wire)
    client = make()
    await read(client.stream_chat("Hi", "T"))
    sent, there = list(wire.lines), weakref.ref(client)
    del client
    gc.collect()
    assert there() is None
    assert wire.lines == sent


async def test_the_pause_and_the_placeholders_of_the_original_are_accepted_and_ignored(make, wire):
    server = Server(wire)
    leftovers = {"wait_before_request": 86_400, "placeholder_pool_size": 30, "min_available_messages": 10}
    async with make() as client:
        with pytest.warns(DeprecationWarning, match="no placeholders"):
            assert await read(client.stream_chat("Hi", "T", **leftovers)) == "Hello"
    assert len(server.messages) == 2


def sent_events(*frames):
    text = "".join(f"data: {frame if isinstance(frame, str) else json.dumps(frame)}\n\n" for frame in frames)
    return httpx2.Response(200, text=text, headers={"content-type": "text/event-stream"})


HALF, END = {"choices": [{"delta": {"content": "Half"}}]}, {"choices": [{"delta": {}, "finish_reason": "stop"}]}


async def test_an_answer_that_comes_in_one_piece_where_a_stream_was_asked_for_is_read(make, wire):
    wire.on(*VERSION, {"version": "0.12.4"})
    wire.on(*ASK, {"choices": [{"message": {"content": "Hello"}}], "usage": {"total_tokens": 2}})
    async with make() as client, client.stream_chat("Hi", temporary=True) as pieces:
        assert await read(pieces) == "Hello"
        assert pieces.result["usage"] == {"total_tokens": 2}


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        (httpx2.Response(200, html="<html>the web page</html>"), APIResponseError, "neither a stream nor an answer"),
        (sent_events(HALF, {"error": {"message": "quota"}}), TurnError, "quota"),
        (sent_events(HALF), TurnError, "ended before the answer did"),
    ],
)
async def test_a_stream_that_fails_or_is_none_raises(make, wire, answer, error, said):
    wire.on(*VERSION, {"version": "0.12.4"})
    wire.on(*ASK, lambda _: httpx2.Response(200, content=answer.content, headers=answer.headers))
    async with make() as client:
        with pytest.raises(error, match=said) as caught:
            await read(client.stream_chat("Hi", temporary=True))
    assert getattr(caught.value, "partial", "Half") == "Half"


@pytest.mark.parametrize("around", ["{}", "```json\n{}\n```", "Here is what you want:\n\n{}\n\nAnything else?"])
async def test_a_proposal_is_found_in_whatever_stands_around_it(make, wire, around):
    server = Server(wire)
    server.propose(TITLE, around.replace("{}", '{"title": "Birds {of} the ice"}'))
    server.propose(TAGS, around.replace("{}", '{"tags": ["ice", "birds"]}'))
    wire.on("POST", "/api/v1/chats/c1", lambda _: server.chat())
    wire.on("GET", "/api/v1/chats/c1/tags", [])
    wire.on("POST", "/api/v1/chats/c1/tags", [{"id": "x", "name": "x"}])
    async with make() as client:
        made = await client.update_chat_metadata("c1", regenerate_tags=True, regenerate_title=True)
    assert made == {"suggested_title": "Birds {of} the ice", "suggested_tags": ["ice", "birds"]}
    assert bodies(wire, ("POST", "/api/v1/chats/c1")) == [{"chat": {"title": "Birds {of} the ice"}}]
    assert bodies(wire, ("POST", "/api/v1/chats/c1/tags")) == [{"name": "ice"}, {"name": "birds"}]
    assert [body["model"] for route in (TITLE, TAGS) for body in bodies(wire, route)] == ["m", "m"]
    assert not any("config" in sent for sent in wire.lines)


@pytest.mark.parametrize("what", ["title", "tags"])
async def test_a_proposal_that_is_switched_off_or_unreadable_is_an_error_that_says_so(make, wire, what):
    server, route = Server(wire), ("POST", f"/api/v1/tasks/{what}/completions")
    wire.on(*route, {"detail": f"{what} generation is disabled"})
    async with make() as client:
        with pytest.raises(APIResponseError, match="generation is disabled"):
            await client.update_chat_metadata("c1", **{f"regenerate_{what}": True})
        for written in ("", "no JSON at all", "{broken", '["a"]'):
            server.propose(route, written)
            with pytest.raises(APIResponseError, match="no proposal"):
                await client.update_chat_metadata("c1", **{f"regenerate_{what}": True})
    assert all(sent.startswith(("GET /api/v1/chats/c1", f"POST /api/v1/tasks/{what}")) for sent in wire.lines)


@pytest.mark.parametrize("ask", ASKING)
@pytest.mark.parametrize("option", ["image_paths", "rag_files"])
async def test_what_is_not_there_is_refused_before_any_request(make, wire, tmp_path, ask, option):
    async with make() as client:
        with pytest.raises(FileNotFoundError, match="missing"):
            await ask(client, "Hi", "T", **{option: [tmp_path / "missing.png"]})
    assert wire.requests == []


async def test_a_file_is_uploaded_once_and_asked_about_only_when_it_is_processed(make, wire, tmp_path):
    server, path = Server(wire), tmp_path / "a.txt"
    server.file_states = ["pending", "processing", "completed"]
    path.write_text("text")
    async with make() as client:
        await client.chat("Hi", "T", rag_files=[path])
        before = wire.lines[: wire.lines.index(line(ASK))]
        await client.chat("Hi", "T", rag_files=[path])
    assert before.count(line(STATUS)) == 3
    assert wire.lines.count(line(UPLOAD)) == 1
    assert [[item["id"] for item in body["files"]] for body in bodies(wire, ASK)] == [["f1"], ["f1"]]


async def test_a_new_model_has_what_was_said_in_the_servers_shapes_and_nothing_else(make, wire):
    wire.on(*VERSION, {"version": "0.12.4"})
    wire.on(*MODELS, {"data": []})
    wire.on(*CREATE_MODEL, lambda request: json.loads(request.content))
    async with make() as client:
        await client.create_model("n", tags=["a"], suggestion_prompts=["Hi"], access_control=None)
        await client.create_model("n", stream_response=True, access_control={})
    plain, streaming = bodies(wire, CREATE_MODEL)
    assert (plain["params"], streaming["params"]) == ({}, {"stream_response": True})
    assert (plain["meta"]["tags"], plain["meta"]["suggestion_prompts"]) == ([{"name": "a"}], [{"content": "Hi"}])
    assert (plain["access_grants"], streaming["access_grants"]) == ([EVERYBODY], [])
    assert "access_control" not in plain.keys() | streaming.keys()
    assert wire.lines[-1] == line(MODELS)


async def test_a_knowledge_base_that_the_server_did_not_delete_is_an_error(make, wire):
    wire.on("DELETE", "/api/v1/knowledge/k1/delete", False)
    async with make() as client:
        with pytest.raises(APIResponseError):
            await client.delete_knowledge_base("k1")


BASE = {"id": "k1", "name": "Docs", "description": "", "files": None}


@pytest.mark.parametrize("listed", [[BASE], {"items": [BASE], "total": 1}])
async def test_knowledge_bases_are_read_as_a_list_or_as_a_page_and_without_files(make, wire, tmp_path, listed):
    Server(wire)
    wire.on("GET", "/api/v1/knowledge/", listed)
    wire.on("GET", "/api/v1/knowledge/search", listed)
    wire.on("GET", "/api/v1/knowledge/k1", BASE)
    wire.on("GET", "/api/v1/knowledge/k1/files", {"items": [], "total": 0})
    wire.on("POST", "/api/v1/knowledge/k1/file/add", BASE)
    (tmp_path / "a.txt").write_text("text")
    async with make() as client:
        assert (await client.get_knowledge_base_by_name("Docs"))["id"] == "k1"
        assert await client.add_file_to_knowledge_base("k1", tmp_path / "a.txt") is True
        await client.chat("Hi", "T", rag_collections=["Docs"])
    assert bodies(wire, ASK)[0]["files"] == [{"type": "collection", "id": "k1", "name": "Docs", "description": ""}]


async def test_a_folders_page_that_fails_is_not_the_end_of_the_folder(make, wire):
    old = [{"id": f"c{number}", "title": "T", "updated_at": 1} for number in range(10)]
    pages = [old, httpx2.Response(500, json=FAILED)]
    wire.on("GET", "/api/v1/folders/", [{"id": "f", "name": "F", "parent_id": None}])
    wire.on("GET", "/api/v1/chats/folder/f/list", lambda _: pages.pop(0))
    async with make() as client:
        with pytest.raises(ServerError):
            await client.archive_chats_by_age(1, "F")
    assert not any(sent.startswith("POST") for sent in wire.lines)


POSTS = [  # a call, what it posts to
    (lambda client, _: client.chat("Hi", "T"), ASK),
    (lambda client, _: client.chat("Hi", "T"), NEW),
    (lambda client, path: client.upload_file(path), UPLOAD),
    (lambda client, _: client.create_folder("F"), ("POST", "/api/v1/folders/")),
    (lambda client, _: client.archive_chat("c1"), ("POST", "/api/v1/chats/c1/archive")),
    (lambda client, _: client.create_note("N"), ("POST", "/api/v1/notes/create")),
]


@pytest.mark.parametrize(("call", "route"), POSTS)
@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_post_is_not_sent_again_when_the_server_fails(make, wire, tmp_path, call, route, status):
    Server(wire)
    (tmp_path / "a.txt").write_text("text")
    wire.on(*route, httpx2.Response(status, json=FAILED))
    wire.on("GET", "/api/v1/files/search", [])
    async with make(max_retries=3) as client:
        with pytest.raises(ServerError):
            await call(client, tmp_path / "a.txt")
    assert wire.lines.count(line(route)) == 1


async def test_every_request_of_a_turn_has_the_clients_time_limit(make, wire, tmp_path):
    Server(wire)
    (tmp_path / "a.txt").write_text("text")
    wire.on("POST", "/api/v1/chats/c1/tags", [])
    async with make(timeout=7) as client:
        await client.chat("Hi", "T", rag_files=tmp_path / "a.txt", tags="a")
    limits = [request.extensions["timeout"] for request in wire.requests]
    assert len(limits) > 8
    assert all(limit["read"] == 7 and 0 < limit["connect"] <= 7 for limit in limits)


@pytest.mark.parametrize(
    ("detail", "error"),
    [
        ("Your session has expired or the token is invalid.", AuthenticationError),
        ("You do not have permission to access this resource.", PermissionDeniedError),
    ],
)
async def test_a_refusal_is_asked_for_once_and_a_missing_right_is_no_missing_model(make, wire, detail, error):
    wire.on("GET", "/api/v1/models/model", httpx2.Response(401, json={"detail": detail}))
    async with make(max_retries=3) as client:
        with pytest.raises(error):
            await client.get_model("m")
    assert wire.lines == ["GET /api/v1/models/model"]


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_a_query_goes_with_every_method(make, wire, method):
    wire.answers = [{}]
    async with make() as client:
        await client.request(method, "/api/v1/x", params={"a": "b c"})
    assert wire.requests[0].url.params["a"] == "b c"


async def test_an_option_that_there_is_not_is_a_type_error(make, wire):
    with pytest.raises(TypeError):
        make(colour="red")
    async with make() as client:
        for ask in ASKING:
            with pytest.raises(TypeError, match="colour"):
                await ask(client, "Hi", "T", colour="red")
        with pytest.raises(TypeError):
            await client.list_chats(colour="red")
    assert wire.requests == []


async def test_a_client_sends_nothing_until_it_is_asked_to(make, wire):
    for options in ({}, {"skip_model_refresh": True}, {"skip_model_refresh": False}):
        async with make(**options):
            pass
    assert wire.requests == []


async def test_neither_question_nor_answer_nor_file_is_ever_logged(make, wire, tmp_path, caplog):
    server, path = Server(wire), tmp_path / "a.txt"
    server.answer = "the hidden answer"
    path.write_text("the hidden text")
    with caplog.at_level(logging.DEBUG):
        async with make() as client:
            await client.chat("the hidden question", "T", rag_files=path, system_prompt="hidden too")
            await read(client.stream_chat("the hidden question", "T2"))
    assert "POST /api/chat/completions 200" in caplog.text
    assert "hidden" not in caplog.text


async def test_a_question_goes_with_the_ids_that_the_server_wants_and_without_the_chats_history(make, wire):
    server = Server(wire)
    async with make() as client:
        first = await client.chat("one", "T")
        second = await client.chat("two", "T")
    _, body = bodies(wire, ASK)
    assert (body["chat_id"], body["id"], body["parent_id"]) == ("c1", second.message_id, first.message_id)
    assert server.messages[body["user_message"]["id"]]["content"] == "two"
    assert "one" not in json.dumps(body)
