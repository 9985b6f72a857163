import pytest

from openwebui_chat_client import TurnError
from openwebui_chat_client._messages import messages


async def test_several_models_answer_side_by_side_in_the_order_asked(client, title):
    result = await client.parallel_chat("why?", title, ["reason", "echo", "echo-2"])
    assert list(result.responses.items()) == [("reason", "Answer: why?"), ("echo", "why?"), ("echo-2", "why?")]
    assert list(result.message_ids) == ["reason", "echo", "echo-2"]
    assert result.failed == {}
    chat = (await client.chats.get(result.chat_id)).chat
    question = next(message for message in messages(chat).values() if message["role"] == "user")
    answers = [messages(chat)[message_id] for message_id in question["childrenIds"]]
    assert question["models"] == chat["models"] == ["reason", "echo", "echo-2"]
    assert [(answer["model"], answer["modelIdx"], answer["done"]) for answer in answers] == [
        ("reason", 0, True),
        ("echo", 1, True),
        ("echo-2", 2, True),
    ]


async def test_a_model_that_fails_does_not_cost_the_others(client, title):
    result = await client.parallel_chat("why?", title, ["fail-500", "echo", "fail-429"])
    assert result.responses == {"echo": "why?"}
    assert result.failed == {"fail-500": "scripted failure 500", "fail-429": "scripted failure 429"}
    assert result.answers["echo"]["message_id"] == result.message_ids["echo"]


async def test_all_models_failing_is_an_error_that_names_each(client, title):
    with pytest.raises(TurnError, match=r"fail-500: scripted failure 500; fail-503: scripted failure 503"):
        await client.parallel_chat("why?", title, ["fail-500", "fail-503"])


async def test_one_model_twice_has_two_columns(client, title):
    turn = await client.turns.parallel("hi", title, model_ids=["echo", "echo"])
    assert [answer.content for answer in turn.answers] == ["hi", "hi"]
    known = messages((await client.chats.get(turn.chat_id)).chat)
    assert [known[answer.message_id]["modelIdx"] for answer in turn.answers] == [0, 1]
    with pytest.raises(ValueError, match="each model once"):
        await client.parallel_chat("hi", title, ["echo", "echo"])


@pytest.mark.parametrize("none", [[], None])
async def test_no_model_is_refused(client, title, none):
    with pytest.raises(ValueError, match="at least one model"):
        await client.parallel_chat("hi", title, none)


async def test_ten_parallel_turns_lose_no_answer(client, title):
    for number in range(10):
        result = await client.parallel_chat(f"question {number}", title, ["echo", "echo-2"])
        assert result.responses == {"echo": f"question {number}", "echo-2": f"question {number}"}
    assert len(messages((await client.chats.get(result.chat_id)).chat)) == 30


async def test_a_side_by_side_chat_is_titled_tagged_and_has_follow_ups(client, title):
    result = await client.parallel_chat(
        "penguins", title, ["echo", "echo-2"], enable_follow_up=True, enable_auto_tagging=True, enable_auto_titling=True
    )
    assert result.suggested_title == "About penguins"
    assert result.suggested_tags
    assert all(len(answer["follow_ups"]) == 3 for answer in result.answers.values())
    assert (await client.chats.get(result.chat_id)).title == "About penguins"


async def test_after_a_switch_of_models_the_next_turn_uses_the_new_one(client, title):
    first = await client.chat("one", title)
    assert await client.switch_chat_model(first.chat_id, "reason") is True
    assert (await client.chat("two", title)).response == "Answer: two"
    assert await client.switch_chat_model(first.chat_id, model_ids=["echo", "echo-2"]) is True
    chat = await client.chats.get(first.chat_id)
    assert chat.chat["models"] == ["echo", "echo-2"]
    assert len(messages(chat.chat)) == 4
    with pytest.raises(ValueError, match="a model is needed"):
        await client.switch_chat_model(first.chat_id, [])
    with pytest.raises(TypeError):
        await client.switch_chat_model(first.chat_id, "a", model_ids="b")
