import uuid

import anyio
import httpx2
import pytest

from openwebui_chat_client import APIResponseError, NameNotFoundError, NotFoundError, OpenWebUIClient, TurnError
from openwebui_chat_client._server import DELETED_MESSAGES
from openwebui_chat_client.turns.events import TurnDone, TurnStarted


def texts(thread):
    return [message["content"] for message in thread]


async def test_a_conversation_goes_on_turn_by_turn(client, title):
    talk = client.conversation(title, model_id="echo")
    assert talk.chat_id is None
    for question in ("one", "two", "three"):
        assert (await talk.ask(question)).response == question
    assert texts(await talk.messages()) == ["one", "one", "two", "two", "three", "three"]
    assert (await client.chats.get(talk.chat_id)).title == title


async def test_a_conversation_takes_up_a_chat_by_title_or_id(client, title):
    first = await client.chat("one", title)
    for talk in (client.conversation(title), client.conversation(chat_id=first.chat_id)):
        assert (await talk.ask("more")).chat_id == first.chat_id
    assert len(await client.conversation(title).messages()) == 6


async def test_regenerating_gives_another_answer_to_the_same_question(client, title):
    talk = client.conversation(title, model_id="echo")
    first = await talk.ask("why?")
    second = await talk.regenerate(model_id="reason")
    assert second.response == "Answer: why?"
    assert texts(await talk.messages()) == ["why?", "Answer: why?"]
    assert sorted(texts(thread)[-1] for thread in await talk.branches()) == ["Answer: why?", "why?"]
    third = await talk.regenerate(first.message_id)
    assert len({first.message_id, second.message_id, third.message_id}) == 3
    assert (await talk.ask("go on")).response == "go on"
    assert texts(await talk.messages()) == ["why?", "why?", "go on", "go on"]


async def test_editing_a_question_makes_a_new_branch(client, title):
    talk = client.conversation(title, model_id="echo")
    await talk.ask("one")
    await talk.ask("two")
    question = (await talk.messages())[2]
    assert (await talk.edit(question["id"], "TWO")).response == "TWO"
    assert texts(await talk.messages()) == ["one", "one", "TWO", "TWO"]
    assert [texts(thread) for thread in await talk.branches()] == [
        ["one", "one", "two", "two"],
        ["one", "one", "TWO", "TWO"],
    ]
    with pytest.raises(NameNotFoundError):
        await talk.edit("nope", "x")


async def test_several_models_in_a_conversation_and_then_one(client, title):
    talk = client.conversation(title, model_id="echo")
    turn = await talk.parallel("both", ["echo", "echo"])
    assert [answer.content for answer in turn.answers] == ["both", "both"]
    assert (await talk.ask("one")).response == "one"


async def test_a_conversation_streams_events(client, title):
    talk = client.conversation(title, model_id="echo")
    async with talk.stream("hello there") as stream:
        events = [event async for event in stream]
    assert (type(events[0]), type(events[-1])) == (TurnStarted, TurnDone)
    assert events[0].chat_id == talk.chat_id == stream.result.chat_id


async def test_a_conversation_is_renamed_tagged_and_deleted(client, title):
    talk = client.conversation(title, model_id="echo")
    turn = await talk.ask("one")
    await talk.rename(f"{title} renamed")
    await talk.tag("a", "B b")
    assert (await client.chats.get(turn.chat_id)).title == f"{title} renamed"
    assert {tag.name for tag in await client.chats.tags(turn.chat_id)} == {"a", "B b"}
    assert (await talk.ask("two")).chat_id == turn.chat_id
    await talk.delete()
    with pytest.raises(NotFoundError):
        await client.chats.get(turn.chat_id)


async def test_what_is_not_there_yet_is_said_to_be_so(client, title):
    talk = client.conversation(title, model_id="echo")
    with pytest.raises(NameNotFoundError, match="ask something first"):
        await talk.messages()


async def test_a_title_or_an_id_must_say_which_chat(client):
    with pytest.raises(ValueError, match="one of the two"):
        client.conversation()
    with pytest.raises(ValueError, match="one of the two"):
        client.conversation("T", chat_id="c")


@pytest.mark.needs(DELETED_MESSAGES)
async def test_a_conversation_that_somebody_deleted_a_message_from_finds_its_place_again(client, title):
    talk = client.conversation(title, model_id="echo")
    await talk.ask("one")
    second = await talk.ask("two")
    await client.chats.delete_message(talk.chat_id, second.message_id)
    assert (await talk.ask("three")).response == "three"


async def test_two_questions_at_once_come_one_after_the_other(client, title):
    talk = client.conversation(title, model_id="echo")
    await talk.ask("first")
    async with anyio.create_task_group() as tasks:
        for number in range(3):
            tasks.start_soon(talk.ask, f"question {number}")
    said = texts(await talk.messages())
    assert len(said) == 8
    assert said[::2] == said[1::2]


async def test_a_conversation_goes_on_after_a_failed_turn(client, title):
    talk = client.conversation(title, model_id="echo")
    await talk.ask("one")
    with pytest.raises(TurnError):
        await talk.ask("two", model_id="fail-500")
    assert (await talk.ask("three", model_id="echo")).response == "three"


async def test_the_title_and_tags_are_proposed_or_given_and_all_of_it_is_done(client, title):
    turn = await client.chat("penguins in the south", title)
    proposed = await client.update_chat_metadata(turn.chat_id, regenerate_tags=True, regenerate_title=True)
    assert proposed.suggested_title == "About penguins in the south"
    assert proposed.suggested_tags
    assert "updated" not in proposed
    given = await client.update_chat_metadata(
        turn.chat_id, title=f"{title} given", tags=["x", "y"], folder_name=f"Folder {title}"
    )
    assert given.updated is True
    chat = await client.chats.get(turn.chat_id)
    assert chat.title == f"{title} given"
    assert chat.folder_id == (await client.folders.find(f"Folder {title}")).id
    assert {tag.name for tag in await client.chats.tags(turn.chat_id)} == {"x", "y", *proposed.suggested_tags}
    with pytest.raises(ValueError, match="nothing to update"):
        await client.update_chat_metadata(turn.chat_id)
    with pytest.raises(NotFoundError):
        await client.update_chat_metadata(str(uuid.uuid4()), title="x")


async def test_proposals_that_are_switched_off_say_so(make, server, title):
    async with make(server.jwt) as admin:
        turn = await admin.chat("hello", title)
        config = await admin.request("GET", "/api/v1/tasks/config")
        try:
            off = {**config, "ENABLE_TITLE_GENERATION": False}
            await admin.request("POST", "/api/v1/tasks/config/update", json=off)
            with pytest.raises(APIResponseError, match="Title generation is disabled"):
                await admin.update_chat_metadata(turn.chat_id, regenerate_title=True)
        finally:
            await admin.request("POST", "/api/v1/tasks/config/update", json=config)


class Counting(httpx2.HTTPTransport):
    """The network, with a list of what went over it."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def handle_request(self, request):
        self.lines.append((request.method, request.url.path, len(request.read())))
        return super().handle_request(request)

    def count(self):
        """The requests, but for those that only look whether the answer is there."""
        return len([path for _, path, _ in self.lines if not path.startswith("/api/tasks/")])


@pytest.mark.newest("older servers need more requests")
@pytest.mark.parametrize(("credential", "new", "known", "talking"), [("token", 7, 3, 2), ("jwt", 6, 2, 1)])
async def test_a_turn_costs_no_more_requests_than_promised(server, title, credential, new, known, talking):
    network = Counting()
    with OpenWebUIClient(server.url, getattr(server, credential), "echo", transport=network) as client:
        client.server.version()
        client.folders.create(title)
        options = {"folder_name": title, "tags": ["a", "b"]}
        extras = dict.fromkeys(("enable_follow_up", "enable_auto_tagging", "enable_auto_titling"), True)
        counts = []
        talk = client.conversation(f"{title} talk")
        talk.ask("begin")
        for ask in (
            lambda: client.chat("hello", title, **options, **extras),
            lambda: client.chat("hello again", title),
            lambda: talk.ask("go on"),
        ):
            network.lines.clear()
            ask()
            counts.append(network.count())
    assert counts == [new, known, talking]


@pytest.mark.newest("older servers need more requests")
async def test_parallel_models_cost_no_more_requests_than_one_and_a_long_chat_no_more_bytes(server, title):
    network = Counting()
    with OpenWebUIClient(server.url, server.jwt, "echo", transport=network) as client:
        client.server.version()
        costs = []
        for number, models in enumerate((["echo"], ["echo", "echo-2", "reason", "slow"])):
            network.lines.clear()
            client.parallel_chat("hi", f"{title} {number}", models)
            costs.append(network.count())
        sizes = []
        for _ in range(6):
            network.lines.clear()
            client.chat("the same question", title)
            sizes.append(sum(size for _, _, size in network.lines))
    assert costs[0] == costs[1]
    assert len(set(sizes[1:])) == 1
