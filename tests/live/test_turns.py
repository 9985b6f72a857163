import json

import anyio
import httpx2
import pytest

from glasses import Glasses
from openwebui_chat_client import AsyncOpenWebUIClient, OpenWebUIClient
from openwebui_chat_client._messages import branch, messages, text_of
from openwebui_chat_client.turns.events import ReasoningDelta, TextDelta, TurnDone


async def stored(client, chat_id):
    return (await client.chats.get(chat_id)).chat


async def test_a_turn_leaves_exactly_one_question_and_one_answer(client, title):
    turn = await client.chat("ping", title)
    chat = await stored(client, turn.chat_id)
    assert [(message["role"], text_of(message)) for message in branch(chat)] == [
        ("user", "ping"),
        ("assistant", "ping"),
    ]
    assert len(messages(chat)) == 2
    answer = messages(chat)[turn.message_id]
    assert (answer["done"], answer["model"], chat["models"], chat["title"]) == (True, "echo", ["echo"], title)


async def test_the_result_is_a_real_dict_with_the_promised_keys(client, title):
    turn = await client.chat("ping", title)
    assert isinstance(turn, dict)
    assert json.loads(json.dumps(turn)) == turn
    assert turn["response"] == turn.response == "ping"
    assert {"response", "chat_id", "message_id", "sources", "follow_ups", "model"} <= turn.keys()
    assert (turn.sources, turn.follow_ups) == ([], [])


async def test_the_same_title_continues_the_chat_and_the_model_sees_what_was_said(client, make, title):
    first = await client.chat("my name is Ada", title)
    second = await client.chat("what is my name?", title, model_id="transcript")
    assert second.chat_id == first.chat_id
    heard = [(said["role"], said["content"]) for said in json.loads(second.response)]
    assert heard == [("user", "my name is Ada"), ("assistant", "my name is Ada"), ("user", "what is my name?")]
    async with make() as another:
        third = await another.chat("and now?", title)
    assert third.chat_id == first.chat_id
    assert len(branch(await stored(client, first.chat_id))) == 6


async def test_a_chat_keeps_the_model_that_was_last_chosen(client, title):
    await client.chat("one", title)
    await client.chat("two", title, model_id="transcript")
    turn = await client.chat("three", title)
    assert turn.model == "transcript"
    assert (await stored(client, turn.chat_id))["models"] == ["transcript"]


async def test_a_stream_gives_the_text_as_it_comes_and_the_same_result(client, title):
    async with client.stream_chat("count to 12 every 60 ms", title, model_id="count") as pieces:
        got = [piece async for piece in pieces]
    assert "".join(got) == pieces.result.response == "1 2 3 4 5 6 7 8 9 10 11 12"
    assert len(got) > 2
    answer = messages(await stored(client, pieces.result.chat_id))[pieces.result.message_id]
    assert text_of(answer) == pieces.result.response


async def test_typed_events_come_in_order_and_end_with_the_turn(client, title):
    events = [event async for event in client.turns.stream("why?", title, model_id="reason")]
    kinds = [type(event) for event in events]
    assert kinds[-1] is TurnDone
    assert events[-1].turn.response == "Answer: why?"
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "Answer: why?"
    if ReasoningDelta in kinds:
        assert kinds.index(ReasoningDelta) < kinds.index(TextDelta)


async def test_a_live_connection_brings_every_piece_and_the_reasoning(make, server, title):
    async with make(server.jwt) as client:
        counted = [piece async for piece in client.stream_chat("count to 30 every 5 ms", title, model_id="count")]
        events = [event async for event in client.turns.stream("why?", title + "2", model_id="reason")]
    assert len(counted) == 30
    assert "".join(event.text for event in events if isinstance(event, ReasoningDelta)) == "Thinking about: why?"


async def test_reasoning_is_no_part_of_the_answer(client, title):
    assert (await client.chat("why?", title, model_id="reason")).response == "Answer: why?"


async def test_an_empty_answer_is_an_answer(client, title):
    assert (await client.chat("say nothing", title, model_id="empty")).response == ""


@pytest.mark.parametrize(
    "question", ["ünï 日本 🎉 \u200b", "line\nline\n\n  indented", "<details>x</details> & </b>", "a" * 20_000]
)
async def test_any_text_arrives_as_it_was_sent(client, title, question):
    turn = await client.chat(question, title)
    assert next(iter(branch(await stored(client, turn.chat_id))))["content"] == question


async def test_a_folder_is_made_at_the_top_level_and_used_again(client, title):
    folder = f"Folder {title}"
    first = await client.chat("one", title, folder_name=folder)
    found = await client.folders.find(folder)
    assert found.parent_id is None
    second = await client.chat("two", f"{title} b", folder_name=folder)
    chats = [await client.chats.get(turn.chat_id) for turn in (first, second)]
    assert [chat.folder_id for chat in chats] == [found.id, found.id]
    assert [entry.name for entry in await client.folders.list()].count(folder) == 1


async def test_a_chat_elsewhere_is_moved_to_the_folder_and_found_there_again(client, make, title):
    first = await client.chat("one", title)
    second = await client.chat("two", title, folder_name=f"Folder {title}")
    async with make() as another:
        third = await another.chat("three", title)
    assert first.chat_id == second.chat_id == third.chat_id
    chat = await client.chats.get(first.chat_id)
    assert chat.folder_id == (await client.folders.find(f"Folder {title}")).id
    assert len(branch(chat.chat)) == 6


async def test_two_clients_on_one_chat_lose_nothing_of_each_other(client, make, title):
    async with make() as another:
        for number in range(3):
            await client.chat(f"mine {number}", title)
            await another.chat(f"theirs {number}", title)
    chat = await stored(client, (await client.chats.find(title)).id)
    asked = [message["content"] for message in branch(chat) if message["role"] == "user"]
    assert asked == ["mine 0", "theirs 0", "mine 1", "theirs 1", "mine 2", "theirs 2"]


async def test_a_question_waits_for_the_answer_that_another_client_is_getting(client, make, title):
    async with make() as another:
        await another.chat("begin", title)

        async def slow():
            await another.chat("count to 10 every 80 ms", title, model_id="count")

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(slow)
            found = await client.chats.find(title)
            with anyio.fail_after(20):
                while len(messages(await stored(client, found.id))) < 4:
                    await anyio.sleep(0.02)
            turn = await client.chat("what was said?", title, model_id="transcript")
    assert json.loads(turn.response)[-2:] == [
        {"role": "assistant", "content": "1 2 3 4 5 6 7 8 9 10"},
        {"role": "user", "content": "what was said?"},
    ]


async def test_concurrent_questions_in_one_new_title_make_one_chat_without_branches(client, title):
    turns = {}

    async def ask(number):
        turns[number] = await client.chat(f"question {number}", title)

    async with anyio.create_task_group() as tasks:
        for number in range(4):
            tasks.start_soon(ask, number)
    assert len({turn.chat_id for turn in turns.values()}) == 1
    said = [text_of(message) for message in branch(await stored(client, turns[0].chat_id))]
    assert sorted(said[::2]) == [f"question {number}" for number in range(4)]
    assert said[::2] == said[1::2]


@pytest.mark.parametrize("credential", ["token", "jwt"])
async def test_eight_threads_on_one_client_get_each_its_own_answer(server, title, credential):
    with OpenWebUIClient(server.url, getattr(server, credential), "echo") as blocking:
        await ask_at_once(Glasses(blocking), title, 8)


@pytest.mark.parametrize("credential", ["token", "jwt"])
async def test_fifty_tasks_on_one_client_get_each_their_own_answer(server, title, credential):
    async with AsyncOpenWebUIClient(server.url, getattr(server, credential), "echo") as client:
        await ask_at_once(client, title, 50)


async def ask_at_once(client, title, how_many):
    turns = {}

    async def ask(number):
        turns[number] = await client.chat(f"question {number}", f"{title} {number}")

    async with anyio.create_task_group() as tasks:
        for number in range(how_many):
            tasks.start_soon(ask, number)
    assert {number: turn.response for number, turn in turns.items()} == {n: f"question {n}" for n in range(how_many)}
    assert len({turn.chat_id for turn in turns.values()}) == how_many
    for number, turn in turns.items():
        chat = await client.chats.get(turn.chat_id)
        assert chat.title == f"{title} {number}"
        assert [text_of(message) for message in branch(chat.chat)] == [f"question {number}"] * 2


class Counting(httpx2.HTTPTransport):
    """The network, with a list of what went over it."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def handle_request(self, request):
        self.lines.append(f"{request.method} {request.url.path.split('/c/')[0]}")
        return super().handle_request(request)


@pytest.mark.newest("older servers need more requests")
async def test_a_turn_over_the_live_connection_needs_no_request_to_follow_it(server, title):
    network = Counting()
    with OpenWebUIClient(server.url, server.jwt, "echo", transport=network) as client:
        chat_id = client.chat("one", title).chat_id
        first = list(network.lines)
        network.lines.clear()
        client.chat("two", title)
    search = "GET /api/v1/chats/search"
    assert first == ["GET /api/version", search, search, "POST /api/v1/chats/new", "POST /api/chat/completions"]
    assert network.lines == [f"GET /api/v1/chats/{chat_id}", "POST /api/chat/completions"]


def test_it_works_inside_a_running_loop_as_in_a_notebook(server, title):
    async def cell():
        with OpenWebUIClient(server.url, server.jwt, "echo") as client:
            return client.chat("ping", title).response

    assert anyio.run(cell) == "ping"


@pytest.mark.parametrize("credential", ["token", "jwt"])
def test_the_async_client_works_on_trio_by_polling(server, title, credential):
    async def main():
        async with AsyncOpenWebUIClient(server.url, getattr(server, credential), "echo") as client:
            return await client.chat("ping", title)

    assert anyio.run(main, backend="trio").response == "ping"


async def test_every_way_to_follow_an_answer_tells_the_same_story(make, server, title):
    extras = dict.fromkeys(("enable_follow_up", "enable_auto_tagging", "enable_auto_titling"), True)
    stories = {}
    for way, token, options in (
        ("polling", server.token, {"chat_title": f"{title} polled", **extras}),
        ("live", server.jwt, {"chat_title": f"{title} heard", **extras}),
        ("temporary", server.token, {"temporary": True}),
    ):
        async with make(token) as client:
            events = [event async for event in client.turns.stream("why not?", model_id="reason", **options)]
        kinds = [type(event).__name__ for event in events]
        assert ("TitleChanged" in kinds) is (way != "temporary")  # live as soon as there is one, else at the end
        order = [kind for number, kind in enumerate(kinds) if kind not in {*kinds[:number], "TitleChanged"}]
        turn = {key: value for key, value in events[-1].turn.items() if key not in {"chat_id", "message_id"}}
        texts = [
            "".join(event.text for event in events if isinstance(event, kind)) for kind in (ReasoningDelta, TextDelta)
        ]
        stories[way] = (order, texts, turn)
    assert stories["polling"] == stories["live"]
    order, texts, turn = stories["temporary"]
    assert order == ["TurnStarted", "ReasoningDelta", "TextDelta", "TurnDone"]
    assert stories["live"][0] == [*order[:-1], "FollowUpsSuggested", "TagsChanged", "TurnDone"]
    assert texts == stories["live"][1]
    assert turn.items() <= {**stories["live"][2], "follow_ups": []}.items()
