import uuid
from itertools import pairwise

import pytest

from agent_tools import plain
from openwebui_chat_client import TurnError
from openwebui_chat_client._messages import branch, messages
from openwebui_chat_client.types import AgentPrompts, ContinuousChat

SHAPE = {"round", "question", "response", "message_id", "chat_id", "follow_ups"}


@pytest.fixture
def document(tmp_path):
    path = tmp_path / "facts.txt"
    path.write_text(f"The zebra lives in Kenya.\nThe capital of Peru is Lima.\n{uuid.uuid4()}\n")
    return path


async def said(client, chat_id):
    """The branch on show of what the server holds, as role and content."""
    return [(message["role"], message["content"]) for message in plain((await client.chats.get(chat_id)).chat)]


async def test_each_round_asks_what_the_server_suggested_and_all_are_in_one_chat(client, title):
    talk = await client.continuous_chat("penguins", 3, title)
    assert isinstance(talk, ContinuousChat)
    assert (talk["total_rounds"], talk["chat_title"], "error" in talk) == (3, title, False)
    rounds = talk["conversation_history"]
    assert [set(one) for one in rounds] == [SHAPE] * 3
    assert [one["round"] for one in rounds] == [1, 2, 3]
    assert {one["chat_id"] for one in rounds} == {talk["chat_id"]}
    for before, after in pairwise(rounds):
        assert after["question"] in before["follow_ups"]
    asked = [one["question"] for one in rounds]
    assert len(set(asked)) == 3
    assert await said(client, talk["chat_id"]) == [(role, text) for text in asked for role in ("user", "assistant")]
    assert (await client.chats.find(title)).id == talk["chat_id"]


async def test_the_same_seed_asks_the_same_and_another_one_something_else(keyed, title):
    asked = {}
    for seed in (1, 1, 2, 3, 4, 5):
        talk = await keyed.continuous_chat("penguins", 3, f"{title} {uuid.uuid4()}", seed=seed)
        questions = tuple(one["question"] for one in talk["conversation_history"])
        assert asked.setdefault(seed, questions) == questions
    assert len(set(asked.values())) > 1


async def test_without_suggestions_a_general_question_goes_on(make, server, title):
    prompts = AgentPrompts(general_questions=("And then?",))
    async with make(server.jwt) as client:
        config = await client.request("GET", "/api/v1/tasks/config")
        off = {**config, "ENABLE_FOLLOW_UP_GENERATION": False}
        try:
            await client.request("POST", "/api/v1/tasks/config/update", json=off)
            talk = await client.continuous_chat("penguins", 3, title, prompts=prompts)
        finally:
            await client.request("POST", "/api/v1/tasks/config/update", json=config)
    assert [one["question"] for one in talk["conversation_history"]] == ["penguins", "And then?", "And then?"]


async def test_an_old_chat_of_that_title_goes_on(keyed, title):
    first = await keyed.chat("hello", title)
    talk = await keyed.continuous_chat("penguins", 2, title)
    assert talk["chat_id"] == first.chat_id
    assert len(await said(keyed, first.chat_id)) == 6


async def test_a_stream_tells_every_round_and_ends_with_the_whole(client, title):
    async with client.continuous_stream_chat("penguins", 2, title) as events:
        told = [event async for event in events]
    kinds = [event["type"] for event in told]
    assert (kinds[0], kinds[-1], kinds.count("round_start"), kinds.count("round_complete")) == (
        "round_start",
        "conversation_complete",
        2,
        2,
    )
    assert told[0] == {"type": "round_start", "round": 1, "question": "penguins", "total_rounds": 2}
    for number, one in enumerate(events.result["conversation_history"], 1):
        pieces = [event["content"] for event in told if event["type"] == "content" and event["round"] == number]
        assert "".join(pieces) == one["response"]
        (complete,) = [event for event in told if event["type"] == "round_complete" and event["round"] == number]
        assert (complete["response"], complete["follow_ups"]) == (one["response"], one["follow_ups"])
    assert told[-1]["summary"] == events.result
    assert len(await said(client, events.result["chat_id"])) == 4


async def test_several_models_answer_each_question_and_any_suggestion_may_be_next(client, title):
    talk = await client.continuous_parallel_chat("penguins", 2, title, ["echo", "echo-2"])
    first, second = talk["conversation_history"]
    assert list(first["responses"].items()) == [("echo", "penguins"), ("echo-2", "penguins")]
    assert second["question"] in first["follow_ups"]
    assert len(set(first["follow_ups"])) == len(first["follow_ups"])
    assert (talk["model_ids"], talk["total_rounds"]) == (["echo", "echo-2"], 2)
    known = messages((await client.chats.get(talk["chat_id"])).chat)
    assert len(known) == 6
    for one in talk["conversation_history"]:
        assert {known[message_id]["model"] for message_id in one["message_ids"].values()} == {"echo", "echo-2"}


async def test_one_of_several_models_that_fails_does_not_cost_the_round(keyed, title):
    talk = await keyed.continuous_parallel_chat("penguins", 2, title, ["echo", "fail-500"])
    assert talk["total_rounds"] == 2
    for one in talk["conversation_history"]:
        assert (list(one["responses"]), list(one["failed"])) == (["echo"], ["fail-500"])


async def test_a_parallel_run_goes_on_from_its_chat(keyed, title):
    first = await keyed.continuous_parallel_chat("penguins", 1, title, ["echo", "echo-2"])
    whole = await keyed.continuous_parallel_chat("penguins", 2, chat_id=first["chat_id"], model_ids=["echo", "echo-2"])
    assert whole["total_rounds"] == 2
    assert whole["conversation_history"][0]["responses"] == first["conversation_history"][0]["responses"]
    assert len(messages((await keyed.chats.get(first["chat_id"])).chat)) == 6


async def test_the_first_round_raises_and_says_what_there_is(client, title):
    with pytest.raises(TurnError, match="scripted failure 500") as caught:
        await client.continuous_chat("penguins", 3, title, "fail-500")
    state = caught.value.state
    assert (state["total_rounds"], state["conversation_history"]) == (0, [])
    assert await said(client, state["chat_id"]) == [("user", "penguins"), ("assistant", "")]


async def test_a_stream_whose_first_round_fails_says_so_before_it_raises(client, title):
    told = []
    events = client.continuous_stream_chat("penguins", 3, title, "fail-500")
    with pytest.raises(TurnError):
        await read(events, told)
    assert [event["type"] for event in told] == ["round_start", "error"]
    assert "scripted failure 500" in told[-1]["error"]


async def read(events, told):
    async for event in events:
        told.append(event)


async def test_a_later_round_that_fails_ends_the_run_with_what_there_is_and_the_reason(keyed, title):
    talk = await keyed.continuous_chat("penguins", 3, title, "once")
    assert (talk["total_rounds"], talk["conversation_history"][0]["response"]) == (1, "penguins")
    assert "round 2" in talk["error"]
    assert "scripted failure 500" in talk["error"]
    assert [role for role, _ in await said(keyed, talk["chat_id"])] == ["user", "assistant"] * 2


async def test_a_stream_tells_that_a_later_round_failed_and_ends_with_the_whole(keyed, title):
    async with keyed.continuous_stream_chat("penguins", 3, title, "once") as events:
        told = [event async for event in events]
    assert [event["type"] for event in told][-2:] == ["round_error", "conversation_complete"]
    assert (told[-2]["round"], "scripted failure 500" in told[-2]["error"]) == (2, True)
    assert told[-1]["summary"]["error"] == events.result["error"]


async def test_a_run_that_failed_goes_on_from_its_chat_with_the_question_that_failed(keyed, title):
    broken = await keyed.continuous_chat("penguins", 3, title, "once")
    whole = await keyed.continuous_chat("penguins", 3, chat_id=broken["chat_id"], model_id="echo")
    assert (whole["total_rounds"], whole["chat_title"], "error" in whole) == (3, title, False)
    assert whole["conversation_history"][0]["response"] == "penguins"
    texts = [text for role, text in await said(keyed, broken["chat_id"]) if role == "user"]
    assert texts[1] == texts[2] == whole["conversation_history"][1]["question"]
    assert len(texts) == 4


async def test_a_finished_run_asks_nothing_more(keyed, title):
    done = await keyed.continuous_chat("penguins", 2, title)
    again = await keyed.continuous_chat("penguins", 2, chat_id=done["chat_id"])
    assert again["conversation_history"] == done["conversation_history"]
    assert len(await said(keyed, done["chat_id"])) == 4


async def test_what_the_first_round_sets_holds_for_the_whole_chat(keyed, title, document):
    name = f"Folder {title}"
    talk = await keyed.continuous_chat(
        "What is the capital of Peru?",
        2,
        title,
        model_id="context",
        folder_name=name,
        tags=["talk"],
        rag_files=document,
        prompts=AgentPrompts(general_questions=("What is the capital of Peru?",)),
        enable_auto_titling=True,
    )
    chat = await keyed.chats.get(talk["chat_id"])
    assert chat.folder_id == await keyed.get_folder_id_by_name(name)
    assert chat.tag_ids == ["talk"]
    assert chat.title == talk["suggested_title"]
    assert [message["model"] for message in branch(chat.chat) if message["role"] == "assistant"] == ["context"] * 2
    assert len(chat.chat["files"]) == 1


async def test_the_namespace_goes_on_by_keyword_and_tells_as_much(keyed, title):
    one = await keyed.agents.continuous("penguins", 2, f"{title} one", seed=3)
    async with keyed.agents.stream_continuous("penguins", 2, f"{title} told", seed=3) as events:
        kinds = [event.type async for event in events]
    assert kinds[-1] == "conversation_complete"
    several = await keyed.agents.continuous_parallel("penguins", 2, f"{title} two", model_ids=["echo", "echo-2"])
    asked = [made.question for made in one.conversation_history]
    assert [made.question for made in events.result.conversation_history] == asked
    assert [set(made.responses) for made in several.conversation_history] == [{"echo", "echo-2"}] * 2
