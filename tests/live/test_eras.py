"""Turns where servers of different times go about it differently: each test holds on all of them."""

import json

import anyio
import pytest

from openwebui_chat_client import NotFoundError, _server
from openwebui_chat_client._messages import branch, messages, text_of
from openwebui_chat_client.types import FollowUpsSuggested

KEPT = ("history", "models", "files", "params")
LOUDER = """
class Filter:
    def outlet(self, body):
        for message in body["messages"]:
            if message["role"] == "assistant":
                message["content"] = message["content"].upper() + "!"
        return body
"""


async def document(client, title):
    return (await client.chats.get((await client.chats.find(title)).id)).chat


async def test_a_key_sees_the_text_grow_in_the_chat_as_an_open_page_does(keyed, title):
    async with keyed.stream_chat("count to 40 every 60 ms", title, model_id="count") as pieces:
        seen = [text_of(branch(await document(keyed, title))[-1]) async for _ in pieces]
    assert len(set(seen)) > 2
    assert all(pieces.result.response.startswith(text) for text in seen)
    assert text_of(branch(await document(keyed, title))[-1]) == pieces.result.response
    assert len(pieces.result.response.split()) == 40


async def test_the_chat_is_whole_after_every_turn(client, title):
    for question in ("one", "two", "three"):
        await client.chat(question, title)
    chat = await document(client, title)
    known = messages(chat)
    assert len(known) == 6
    for message_id, message in known.items():
        assert message["id"] == message_id
        assert all(known[child]["parentId"] == message_id for child in message["childrenIds"])
        assert message["parentId"] is None or message_id in known[message["parentId"]]["childrenIds"]
    assert [message["role"] for message in branch(chat)] == ["user", "assistant"] * 3
    assert all(message["done"] for message in known.values() if message["role"] == "assistant")
    assert chat["models"] == ["echo"]


async def test_the_chat_keeps_what_another_client_wrote_while_an_answer_came(client, make, title):
    first = await client.chat("one", title)
    async with make() as another:
        async with client.stream_chat("count to 20 every 50 ms", title, model_id="count") as pieces:
            await anext(aiter(pieces))
            await another.chats.add_tags(first.chat_id, ["kept"])
            async for _ in pieces:
                pass
        assert [tag.name for tag in await another.chats.tags(first.chat_id)] == ["kept"]
    assert pieces.result.response.endswith("20")
    assert len(messages((await client.chats.get(first.chat_id)).chat)) == 4


async def test_an_outlet_filter_runs_once_whoever_keeps_the_turn(make, server, title):
    is_blind = _server.BLIND_FILTERS.is_in(_server.parse(server.version))
    async with make() as admin:
        await admin.functions.create("louder", LOUDER, name="Louder")
        await admin.functions.enable("louder")
        await admin.functions.set_global("louder", is_global=True)
        try:
            for token in (server.token, server.jwt):
                async with make(token) as client:
                    turn = await client.chat("hi", f"{title} {token[:3]}")
                    stored = branch((await client.chats.get(turn.chat_id)).chat)[-1]
                    assert turn.response == text_of(stored) == ("hi" if is_blind else "HI!")
        finally:
            await admin.functions.delete("louder")


@pytest.mark.parametrize("column", [0, 1])
async def test_another_answer_side_by_side_takes_the_column_of_the_first(client, title, column):
    talk = client.conversation(title)
    turn = await talk.parallel("hi", ["echo", "echo-2"])
    again = await talk.regenerate(turn.answers[column].message_id)
    known = messages((await client.chats.get(turn.chat_id)).chat)
    assert known[again.message_id]["modelIdx"] == column
    question = known[turn.question_id]
    assert question["models"] == ["echo", "echo-2"]
    assert set(question["childrenIds"]) == {*[answer.message_id for answer in turn.answers], again.message_id}


async def test_a_side_by_side_chat_goes_on_from_the_last_answer(client, title):
    await client.parallel_chat("hi", title, ["reason", "echo"])
    turn = await client.chat("what was said?", title, model_id="transcript")
    assert json.loads(turn.response) == [
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "hi"},
        {"role": "user", "content": "what was said?"},
    ]


async def test_many_turns_of_one_chat_at_once_lose_none(client, title):
    await client.chat("begin", title)
    async with anyio.create_task_group() as tasks:
        for number in range(4):
            tasks.start_soon(client.chat, f"question {number}", title)
    said = [text_of(message) for message in branch(await document(client, title))]
    assert len(said) == 10
    assert said[2::2] == said[3::2]


async def test_an_answer_stays_whole_when_the_turn_is_left_after_its_last_word(client, title):
    async with client.turns.stream("hello", title, enable_follow_up=True) as events:
        async for event in events:
            if isinstance(event, FollowUpsSuggested):
                break
    assert text_of(branch(await document(client, title))[-1]) == "hello"


async def test_a_chat_that_the_server_titled_stays_known_under_its_first_title(client, title):
    first = await client.chat("penguins", title, enable_auto_titling=True)
    assert {(await client.chat(f"question {number}", title)).chat_id for number in range(3)} == {first.chat_id}


async def test_a_question_that_is_refused_changes_nothing_of_a_chat(client, title):
    await client.chat("one", title)
    before = await document(client, title)
    with pytest.raises(NotFoundError):
        async for _ in client.stream_chat("two", title, model_id="nope"):
            pass
    after = await document(client, title)
    assert [after.get(key) for key in KEPT] == [before.get(key) for key in KEPT]
    assert (await client.chat("three", title)).response == "three"


async def test_a_model_that_hangs_does_not_cost_the_answer_of_another(client, title):
    result = await client.with_options(answer_timeout=3).parallel_chat("hi", title, ["hang", "echo"])
    assert (list(result.failed), result.responses) == (["hang"], {"echo": "hi"})
