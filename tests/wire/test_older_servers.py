"""Turns on servers before 0.12, which keep less of them, or lose some."""

import json

import httpx2
import pytest

from openwebui_chat_client import NotFoundError, TurnError
from openwebui_chat_client._messages import branch

STREAM, JSON = {"content-type": "text/event-stream"}, {"content-type": "application/json"}


def chunks(*pieces, end=True):
    """An answer as the server streams it back."""
    lines = [{"choices": [{"delta": {"content": piece}}]} for piece in pieces]
    lines += [{"choices": [{"delta": {}, "finish_reason": "stop"}]}] if end else []
    text = "".join(f"data: {json.dumps(line)}\n\n" for line in lines) + ("data: [DONE]\n\n" if end else "")
    return httpx2.Response(200, headers=STREAM, content=text.encode())


class Server:
    """As much of an old server as a turn needs: it keeps what it is told to keep, and replaces whole trees."""

    def __init__(self, wire, version, answer=None):
        self.document, self.bodies, self.answer = None, [], answer or (lambda _: chunks("Hel", "lo"))
        wire.on("GET", "/api/version", {"version": version})
        wire.on("GET", "/api/v1/chats/search", [])
        wire.on("POST", "/api/v1/chats/new", self.write)
        wire.on("POST", "/api/v1/chats/c1", self.write)
        wire.on("GET", "/api/v1/chats/c1", lambda _: self.chat())
        wire.on("DELETE", "/api/v1/chats/c1", self.delete)
        wire.on("POST", "/api/chat/completions", self.ask)
        wire.on("POST", "/api/chat/completed", lambda request: json.loads(request.content))
        wire.on("GET", "/api/tasks/chat/c1", {"task_ids": []})
        wire.on("GET", "/api/models", {"data": [{"id": "m"}, {"id": "n"}]})

    def chat(self):
        return {"id": "c1", "title": "T", "folder_id": None, "chat": self.document}

    def write(self, request):
        self.document = {**(self.document or {}), **json.loads(request.content)["chat"]}
        return self.chat()

    def delete(self, _):
        self.document = None
        return True

    def ask(self, request):
        self.bodies.append(json.loads(request.content))
        return self.answer(self.bodies[-1])

    def said(self):
        return [(message["role"], message["content"], message.get("done")) for message in branch(self.document)]


@pytest.mark.parametrize("version", ["0.6.43", "0.8.12"])
async def test_a_server_before_0_9_streams_the_answer_and_the_client_keeps_the_turn(make, wire, version):
    server = Server(wire, version)
    async with make() as client:
        turn = await client.chat("Hi", "T")
    assert turn.response == "Hello"
    assert server.said() == [("user", "Hi", None), ("assistant", "Hello", True)]
    assert server.document["messages"] == branch(server.document)
    (body,) = server.bodies
    assert body["messages"] == [{"role": "user", "content": "Hi"}]
    assert not body.keys() & {"chat_id", "id", "session_id", "parent_id", "user_message"}
    assert wire.lines[3:] == [
        "POST /api/v1/chats/new",
        "POST /api/chat/completions",
        "GET /api/v1/chats/c1",
        "POST /api/chat/completed",
        "POST /api/v1/chats/c1",
    ]


async def test_the_conversation_goes_to_the_model_as_text_without_markup(make, wire):
    server = Server(wire, "0.7.2")
    async with make() as client:
        await client.chat("one", "T", system_prompt="Be brief")
        leaf = server.document["history"]["currentId"]
        server.document["history"]["messages"][leaf]["content"] = '<details type="reasoning">\nhm\n</details>\nHello'
        await client.chat("two", "T")
    assert server.bodies[1]["messages"] == [
        {"role": "system", "content": "Be brief"},
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "two"},
    ]
    assert [content for _, content, _ in server.said()][2:] == ["two", "Hello"]


async def test_a_question_that_is_not_taken_leaves_no_chat(make, wire):
    refusal = httpx2.Response(400, json={"detail": "Model not found"})
    server = Server(wire, "0.8.12", lambda _: refusal)
    async with make() as client:
        with pytest.raises(NotFoundError, match="Model not found"):
            await client.chat("Hi", "T")
    assert server.document is None


async def test_a_question_that_is_not_taken_leaves_the_chat_as_it_was(make, wire):
    server = Server(wire, "0.8.12")
    async with make() as client:
        await client.chat("one", "T")
        before = server.document["history"]
        server.answer = lambda _: httpx2.Response(400, json={"detail": "Model not found"})
        with pytest.raises(NotFoundError):
            await client.chat("two", "T", model_id="gone")
    assert server.document["history"] == before


@pytest.mark.parametrize(
    ("answer", "reason", "kept"),
    [
        (lambda: httpx2.Response(500, json={"error": {"message": "no more"}}), "no more", ""),
        (lambda: httpx2.Response(401, json={"error": {"message": "wrong key"}}), "wrong key", ""),
        (lambda: httpx2.Response(200, headers=JSON, content=b"null"), "came back without an answer", ""),
        (lambda: chunks("Half", end=False), "ended before the answer did", "Half"),
    ],
)
async def test_a_model_that_fails_keeps_the_question_and_says_why(make, wire, answer, reason, kept):
    server = Server(wire, "0.6.43", lambda _: answer())
    async with make() as client:
        with pytest.raises(TurnError, match=f"the model failed: .*{reason}") as caught:
            await client.chat("Hi", "T")
    assert caught.value.partial == kept
    assert server.said() == [("user", "Hi", None), ("assistant", kept, True)]
    assert reason in branch(server.document)[1]["error"]["content"]


async def test_a_key_streams_from_a_server_that_shows_nothing_of_an_answer_in_the_making(make, wire):
    server = Server(wire, "0.10.2")
    async with make() as client, client.stream_chat("Hi", "T") as pieces:
        assert [piece async for piece in pieces] == ["Hel", "lo"]
    assert server.bodies[0]["params"] == {"function_calling": "legacy"}
    assert server.said()[1] == ("assistant", "Hello", True)


async def test_an_outlet_filter_changes_what_is_stored_and_what_is_returned(make, wire):
    server = Server(wire, "0.8.12")

    def louder(request):
        body = json.loads(request.content)
        for message in body["messages"]:
            if message["id"] == body["id"]:
                message["content"] = message["content"].upper()
        return body

    wire.on("POST", "/api/chat/completed", louder)
    async with make() as client:
        assert (await client.chat("Hi", "T")).response == "HELLO"
    answer = branch(server.document)[1]
    assert (answer["content"], answer["originalContent"]) == ("HELLO", "Hello")


class Keeper(Server):
    """A server from 0.9 to 0.11: it keeps the turn itself, with the answer at once."""

    def ask(self, request):
        body = json.loads(request.content)
        self.bodies.append(body)
        tree = self.document["history"]
        known, question = tree["messages"], body["user_message"]
        known.setdefault(question["id"], question)
        reply = (body.get("message_ids") or [{"message_id": body.get("id")}])[0]["message_id"]
        answer = {"id": reply, "parentId": question["id"], "role": "assistant", "content": body["model"], "done": True}
        known[reply] = answer
        tree["currentId"] = reply
        return {"status": True, "task_ids": ["t"], "chat_id": "c1"}


@pytest.mark.parametrize(("version", "with_column"), [("0.9.6", False), ("0.10.2", False), ("0.11.4", True)])
async def test_models_answer_one_by_one_where_answers_that_end_together_get_lost(make, wire, version, with_column):
    server = Keeper(wire, version)
    async with make() as client:
        result = await client.parallel_chat("Hi", "T", ["m", "n"], enable_follow_up=True, enable_auto_tagging=True)
    assert result.responses == {"m": "m", "n": "n"}
    first, second = server.bodies
    assert (first["model"], second["model"]) == ("m", "n")
    assert first["user_message"]["models"] == second["user_message"]["models"] == ["m", "n"]
    assert first["background_tasks"] == {"follow_up_generation": True}
    assert second["background_tasks"] == {"follow_up_generation": True, "tags_generation": True}
    assert ("message_ids" in first, "id" in first) == (with_column, not with_column)
    answers = [server.document["history"]["messages"][message_id] for message_id in result.message_ids.values()]
    assert [answer["modelIdx"] for answer in answers] == [0, 1]
    assert server.document["models"] == ["m", "n"]


async def test_nothing_is_asked_side_by_side_where_one_model_is_unknown(make, wire):
    server = Keeper(wire, "0.11.4")
    async with make() as client:
        with pytest.raises(NotFoundError, match="'gone' is not among those of the server"):
            await client.parallel_chat("Hi", "T", ["m", "gone"])
    assert (server.bodies, server.document) == ([], None)
