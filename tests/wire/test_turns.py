import json

import httpx2
import pytest

from openwebui_chat_client import (
    APIConnectionError,
    APIResponseError,
    ConfigError,
    NotFoundError,
    ServerError,
    TurnError,
)

NEW, ASK = ("POST", "/api/v1/chats/new"), ("POST", "/api/chat/completions")
SEARCH, VERSION = ("GET", "/api/v1/chats/search"), ("GET", "/api/version")
CHAT, TASKS = ("GET", "/api/v1/chats/c1"), ("GET", "/api/tasks/chat/c1")


class Server:
    """As much of a server as a turn needs: it stores the turn, and the answer is there at once."""

    def __init__(self, wire, *, version="0.12.4", answer="Hello"):
        self.wire, self.messages, self.answer = wire, {}, answer
        self.title, self.current = "T", None
        wire.on(*VERSION, {"version": version})
        wire.on(*SEARCH, [])
        wire.on(*NEW, self.create)
        wire.on(*CHAT, lambda _: self.chat())
        wire.on(*ASK, self.ask)
        wire.on(*TASKS, {"task_ids": []})
        wire.on("POST", "/api/tasks/chat/c1/stop", {"status": True})
        wire.on("DELETE", "/api/v1/chats/c1", self.gone)
        self.deleted = False

    def chat(self):
        history = {"messages": self.messages, "currentId": self.current}
        return {"id": "c1", "title": self.title, "folder_id": None, "chat": {"models": ["m"], "history": history}}

    def create(self, request):
        self.title = json.loads(request.content)["chat"]["title"]
        return self.chat()

    def ask(self, request):
        body = json.loads(request.content)
        question, answer_id = body["user_message"], body["id"]
        self.messages[question["id"]] = question
        self.messages[answer_id] = {
            "id": answer_id,
            "parentId": question["id"],
            "role": "assistant",
            "content": self.answer,
            "done": True,
        }
        self.current = answer_id
        return {"status": True, "task_ids": ["t"], "chat_id": "c1"}

    def gone(self, _):
        self.deleted = True
        return True

    def bodies(self):
        return [json.loads(request.content) for request in self.wire.requests if request.url.path == ASK[1]]


async def test_a_new_chat_costs_two_searches_one_creation_one_question_and_the_reading(make, wire):
    Server(wire)
    async with make() as client:
        await client.chat("Hi", "T")
        first = list(wire.lines)
        wire.requests.clear()
        await client.chat("Hi", "T2")
    search, poll = "GET /api/v1/chats/search", "GET /api/tasks/chat/c1"
    turn = [search, search, "POST /api/v1/chats/new", "POST /api/chat/completions", poll, "GET /api/v1/chats/c1"]
    assert first == ["GET /api/version", *turn]
    assert wire.lines == turn


async def test_a_title_that_is_known_is_continued_without_a_search(make, wire):
    server = Server(wire)
    async with make() as client:
        first = await client.chat("one", "T")
        wire.requests.clear()
        await client.chat("two", "T")
    poll, read = "GET /api/tasks/chat/c1", "GET /api/v1/chats/c1"
    assert wire.lines == [read, "POST /api/chat/completions", poll, read]
    assert server.bodies()[0]["parent_id"] == first.message_id


async def test_what_is_sent_does_not_grow_with_the_chat(make, wire):
    server = Server(wire)
    async with make() as client:
        for _ in range(5):
            await client.chat("the same question", "T")
    sizes = [len(request.content) for request in wire.requests if request.url.path == ASK[1]][1:]
    assert len(set(sizes)) == 1
    assert all("messages" not in body for body in server.bodies())


@pytest.mark.parametrize("title", ["tag:x y", "Übung", "a  b", "Ü"])
async def test_a_title_is_compared_exactly_whatever_the_search_finds(make, wire, title):
    Server(wire)
    similar = [{"id": "other", "title": title.lower() + " and more"}]
    for path in ("/api/v1/chats/search", "/api/v1/chats/", "/api/v1/chats/archived"):
        wire.on("GET", path, similar)
    async with make() as client:
        assert (await client.chat("Hi", title)).chat_id == "c1"
    assert NEW in [(request.method, request.url.path) for request in wire.requests]


@pytest.mark.parametrize(
    ("question", "title", "options", "name"),
    [
        ("", "T", {}, "question"),
        ("  \n", "T", {}, "question"),
        (None, "T", {}, "question"),
        ("Hi", "", {}, "chat_title"),
        ("Hi", None, {}, "chat_title"),
        ("Hi", "T", {"model_id": ""}, "model_id"),
        ("Hi", "T", {"folder_name": " "}, "folder_name"),
    ],
)
async def test_bad_input_is_refused_before_any_request(make, wire, question, title, options, name):
    async with make() as client:
        with pytest.raises(ValueError, match=f"{name} (must be a text|or chat_id must say)"):
            await client.chat(question, title, **options)
        with pytest.raises(ValueError, match=f"{name} (must be a text|or chat_id must say)"):
            async for _ in client.stream_chat(question, title, **options):
                pass
    assert wire.requests == []


async def test_without_any_model_nothing_is_made(make, wire):
    Server(wire)
    async with make(default_model_id=None) as client:
        with pytest.raises(ConfigError, match="no model"):
            await client.chat("Hi", "T")
    assert "POST /api/v1/chats/new" not in wire.lines


async def test_a_server_newer_than_known_warns_once_and_works(make, wire):
    Server(wire, version="0.99.0")
    async with make() as client:
        with pytest.warns(UserWarning, match=r"0\.99\.0 is newer"):
            await client.chat("Hi", "T")
        await client.chat("Hi", "T")
    assert wire.lines.count("GET /api/version") == 1


@pytest.mark.parametrize("version", ["dev", None])
async def test_what_has_no_version_is_not_taken_for_the_server(make, wire, version):
    Server(wire, version=version)
    async with make() as client:
        with pytest.raises(APIResponseError, match=r"is http://server\.test Open WebUI\?"):
            await client.chat("Hi", "T")


async def test_a_refused_model_is_named_and_the_new_chat_is_taken_back(make, wire):
    server = Server(wire)
    wire.on(*ASK, httpx2.Response(400, json={"detail": "Model not found"}))
    async with make() as client:
        with pytest.raises(NotFoundError, match=r"model 'nope'.*models\.list"):
            await client.chat("Hi", "T", model_id="nope")
    assert server.deleted


async def test_a_new_folder_is_taken_back_too_but_never_one_that_was_there(make, wire):
    Server(wire)
    wire.on(*ASK, httpx2.Response(400, json={"detail": "Model not found"}))
    wire.on("GET", "/api/v1/folders/", [{"id": "old", "name": "Old", "parent_id": None}])
    wire.on("POST", "/api/v1/folders/", {"id": "new", "name": "New"})
    wire.on("DELETE", "/api/v1/folders/new", True)
    wire.on("GET", "/api/v1/chats/folder/new/list", [])
    wire.on("GET", "/api/v1/folders/new", {"id": "new", "name": "New"})
    async with make() as client:
        for folder in ("New", "Old"):
            with pytest.raises(NotFoundError):
                await client.chat("Hi", "T", folder_name=folder)
    deletions = [
        str(request.url) for request in wire.requests if request.method == "DELETE" and "folder" in str(request.url)
    ]
    assert deletions == ["http://server.test/api/v1/folders/new?delete_contents=false"]


async def test_an_old_chat_is_moved_only_once_its_question_is_taken_and_never_deleted(make, wire):
    server = Server(wire)
    wire.on(*SEARCH, [{"id": "c1", "title": "T"}])
    wire.on("GET", "/api/v1/folders/", [{"id": "f", "name": "F", "parent_id": None}])
    wire.on("POST", "/api/v1/chats/c1/folder", lambda _: server.chat())
    wire.on(*ASK, httpx2.Response(400, json={"detail": "Model not found"}))
    async with make() as client:
        with pytest.raises(NotFoundError):
            await client.chat("Hi", "T", folder_name="F")
        assert "POST /api/v1/chats/c1/folder" not in wire.lines
        wire.on(*ASK, server.ask)
        await client.chat("Hi", "T", folder_name="F")
    moves = [json.loads(request.content) for request in wire.requests if request.url.path.endswith("/c1/folder")]
    assert moves == [{"folder_id": "f"}]
    assert not server.deleted


async def test_a_new_chat_whose_receipt_was_lost_is_not_left_blank(make, wire):
    server = Server(wire)

    def create(request):
        server.create(request)
        server.mark = json.loads(request.content)["chat"]["id"]
        wire.on(*SEARCH, [{"id": "c1", "title": "T"}])
        return httpx2.ReadTimeout("slow")

    wire.on(*NEW, create)
    wire.on(*CHAT, lambda _: {**server.chat(), "chat": {**server.chat()["chat"], "id": server.mark}})
    async with make() as client:
        with pytest.raises(APIConnectionError):
            await client.chat("Hi", "T")
    assert server.deleted


async def test_a_folder_that_somebody_uses_meanwhile_is_not_taken_back(make, wire):
    Server(wire)
    wire.on(*ASK, httpx2.Response(400, json={"detail": "Model not found"}))
    wire.on("GET", "/api/v1/folders/", [])
    wire.on("POST", "/api/v1/folders/", {"id": "new", "name": "New"})
    wire.on("GET", "/api/v1/chats/folder/new/list", [{"id": "theirs", "title": "X", "created_at": 1}])
    async with make() as client:
        with pytest.raises(NotFoundError):
            await client.chat("Hi", "T", folder_name="New")
    assert not [line for line in wire.lines if line.startswith("DELETE /api/v1/folders")]


async def test_an_upload_that_another_turn_uses_is_not_taken_back(make, wire, tmp_path):
    server = Server(wire)
    wire.on("POST", "/api/v1/files/", {"id": "file", "filename": "a.txt"})
    wire.on("GET", "/api/v1/files/file/process/status", {"status": "completed"})
    wire.on("GET", "/api/v1/files/file", {"id": "file", "filename": "a.txt"})
    wire.on("DELETE", "/api/v1/files/file", {"message": "deleted"})
    (tmp_path / "a.txt").write_text("text")
    async with make() as client:
        await client.chat("Hi", "T", rag_files=tmp_path / "a.txt")
        wire.on(*ASK, httpx2.Response(400, json={"detail": "Model not found"}))
        with pytest.raises(NotFoundError):
            await client.chat("Hi", "T", rag_files=tmp_path / "a.txt")
        assert "DELETE /api/v1/files/file" not in wire.lines
    assert server.messages


async def test_a_refused_question_takes_its_upload_back(make, wire, tmp_path):
    Server(wire)
    wire.on("POST", "/api/v1/files/", {"id": "file", "filename": "a.txt"})
    wire.on("GET", "/api/v1/files/file/process/status", {"status": "completed"})
    wire.on("GET", "/api/v1/files/file", {"id": "file", "filename": "a.txt"})
    wire.on("DELETE", "/api/v1/files/file", {"message": "deleted"})
    wire.on(*ASK, httpx2.Response(400, json={"detail": "Model not found"}))
    (tmp_path / "a.txt").write_text("text")
    async with make() as client:
        with pytest.raises(NotFoundError):
            await client.chat("Hi", "T", rag_files=tmp_path / "a.txt")
    assert wire.lines.count("DELETE /api/v1/files/file") == 1


async def test_a_chat_that_somebody_wrote_in_meanwhile_is_not_taken_back(make, wire):
    server = Server(wire)
    server.messages["theirs"] = {"id": "theirs", "role": "user", "content": "mine!"}
    wire.on(*ASK, httpx2.Response(400, json={"detail": "Model not found"}))
    async with make() as client:
        with pytest.raises(NotFoundError):
            await client.chat("Hi", "T")
    assert not server.deleted


LOST = [
    httpx2.ReadTimeout("slow"),
    httpx2.RemoteProtocolError("dropped"),
    httpx2.Response(504, html="<html>gateway</html>"),
    httpx2.Response(200, html="<html>proxy</html>"),
]


@pytest.mark.parametrize("lost", [0, 1, 2, 3])
async def test_a_question_whose_receipt_was_lost_is_followed_and_not_asked_again(make, wire, lost):
    server = Server(wire)

    def ask(request):
        server.ask(request)
        return LOST[lost] if lost < 2 else httpx2.Response(504 if lost == 2 else 200, html="<html></html>")

    wire.on(*ASK, ask)
    async with make(max_retries=2) as client:
        assert (await client.chat("Hi", "T")).response == "Hello"
    assert wire.lines.count("POST /api/chat/completions") == 1


@pytest.mark.parametrize("lost", [0, 1])
async def test_a_question_that_did_not_arrive_leaves_nothing(make, wire, lost):
    server = Server(wire)
    wire.on(*ASK, LOST[lost])
    async with make() as client:
        with pytest.raises(APIConnectionError):
            await client.chat("Hi", "T")
    assert server.deleted


async def test_a_server_error_before_anything_was_stored_leaves_nothing(make, wire):
    server = Server(wire)
    wire.on(*ASK, httpx2.Response(500, text="Internal Server Error"))
    async with make() as client:
        with pytest.raises(ServerError):
            await client.chat("Hi", "T")
    assert server.deleted


async def test_a_connection_lost_while_following_says_where_the_question_is(make, wire):
    server = Server(wire)
    wire.on(*TASKS, httpx2.ConnectError("Connection refused"))
    async with make() as client:
        with pytest.raises(TurnError, match="lost sight of") as caught:
            await client.chat("Hi", "T")
    assert caught.value.chat_id == "c1"
    assert caught.value.message_id == server.current
    assert not server.deleted


async def test_an_answer_that_the_server_gave_up_is_an_error_with_what_there_is(make, wire):
    server = Server(wire)

    def ask(request):
        answer = server.ask(request)
        server.messages[server.current].update(done=False, content="Hel")
        return answer

    wire.on(*ASK, ask)
    async with make() as client:
        with pytest.raises(TurnError, match="gave the answer up") as caught:
            await client.chat("Hi", "T")
    assert caught.value.partial == "Hel"
    assert "POST /api/tasks/chat/c1/stop" in wire.lines


async def test_leaving_a_stream_stops_the_server(make, wire):
    server = Server(wire)

    def ask(request):
        answer = server.ask(request)
        server.messages[server.current].update(done=False, content="Hel")
        return answer

    wire.on(*ASK, ask)
    wire.on(*TASKS, {"task_ids": ["t"]})
    async with make() as client, client.stream_chat("Hi", "T") as pieces:
        assert await anext(aiter(pieces)) == "Hel"
    assert wire.lines[-1] == "POST /api/tasks/chat/c1/stop"


async def test_a_chat_that_was_renamed_meanwhile_is_searched_for_again(make, wire):
    server = Server(wire)
    async with make() as client:
        await client.chat("one", "T")
        server.title = "Renamed"
        wire.requests.clear()
        await client.chat("two", "T")
    assert "POST /api/v1/chats/new" in wire.lines


async def test_a_folder_that_somebody_else_made_at_the_same_moment_is_used(make, wire):
    Server(wire)
    found = iter([[], [{"id": "f", "name": "F", "parent_id": None}]])
    wire.on("GET", "/api/v1/folders/", lambda _: next(found))
    wire.on("POST", "/api/v1/folders/", httpx2.Response(400, json={"detail": "Folder already exists"}))
    async with make() as client:
        await client.chat("Hi", "T", folder_name="F")
    created = next(json.loads(request.content) for request in wire.requests if request.url.path == NEW[1])
    assert created["folder_id"] == "f"
