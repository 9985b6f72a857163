import pytest

from openwebui_chat_client import NotFoundError
from openwebui_chat_client._messages import text_of
from openwebui_chat_client._server import CHAT_VARIABLES, COMPACTION, DELETED_MESSAGES
from openwebui_chat_client.turns.body import new_chat

MISSING = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
async def own(make, server):
    """A client of either colour, of a user who has nothing yet and is no administrator."""
    async with make(server.create_user().token) as client:
        yield client


async def talked(client, title):
    """A chat with two questions and their answers, in one line."""
    document = new_chat(title, "echo", 0)
    line = ["q1", "a1", "q2", "a2"]
    document["history"] = {
        "currentId": line[-1],
        "messages": {
            name: {
                "id": name,
                "parentId": line[number - 1] if number else None,
                "childrenIds": line[number + 1 : number + 2],
                "role": "user" if name[0] == "q" else "assistant",
                "content": f"text of {name}",
                "model": "echo",
                "models": ["echo"],
                "timestamp": number,
                "done": True,
            }
            for number, name in enumerate(line)
        },
    }
    return await client.chats.create(document)


async def held(client, chat_id):
    """The texts of the chat's messages, as the server holds them."""
    history = (await client.chats.get(chat_id)).chat["history"]
    return {name: message["content"] for name, message in history["messages"].items()}


async def test_a_message_is_written_anew_in_place_and_nothing_else_changes(own, title):
    made = await talked(own, title)
    before = await held(own, made.id)
    await own.chats.edit_message(made.id, "a1", "something else")
    assert await held(own, made.id) == {**before, "a1": "something else"}


async def test_an_answer_is_written_anew_wherever_readers_look_for_it(client, title):
    turn = await client.chat("one", title, model_id="reason")
    last = await client.chat("two", title, model_id="echo")
    await client.chats.edit_message(turn.chat_id, turn.message_id, "something else")
    stored = (await client.chats.get(turn.chat_id)).chat
    assert stored["history"]["currentId"] == last.message_id
    answer = stored["history"]["messages"][turn.message_id]
    assert (text_of(answer), answer["role"], answer["model"]) == ("something else", "assistant", "reason")
    text = await client.chats.markdown(turn.chat_id)
    assert "something else" in text
    assert turn.response not in text


async def test_a_message_that_is_not_there_is_not_made(own, title):
    made = await talked(own, title)
    before = await held(own, made.id)
    with pytest.raises(NotFoundError, match="no message 'nobody'"):
        await own.chats.edit_message(made.id, "nobody", "x")
    with pytest.raises(NotFoundError):
        await own.chats.edit_message(MISSING, "a1", "x")
    assert await held(own, made.id) == before


@pytest.mark.needs(DELETED_MESSAGES)
async def test_a_question_is_deleted_with_its_answer_and_the_rest_moves_up(own, title):
    made = await talked(own, title)
    await own.chats.delete_message(made.id, "q1")
    history = (await own.chats.get(made.id)).chat["history"]
    assert sorted(history["messages"]) == ["a2", "q2"]
    assert history["messages"]["q2"]["parentId"] is None
    assert history["currentId"] == "a2"
    with pytest.raises(NotFoundError):
        await own.chats.delete_message(made.id, "q1")


async def test_parameters_are_set_key_by_key_and_the_messages_stay(own, title):
    made = await talked(own, title)
    await own.chats.set_params(made.id, {"system": "Be brief.", "temperature": 1})
    changed = await own.chats.set_params(made.id, {"temperature": 0})
    assert changed.chat["params"] == {"system": "Be brief.", "temperature": 0}
    stored = await own.chats.get(made.id)
    assert (stored.chat["params"], stored.title) == (changed.chat["params"], title)
    assert len(stored.chat["history"]["messages"]) == 4
    with pytest.raises(NotFoundError):
        await own.chats.set_params(MISSING, {"system": "x"})


async def test_top_level_keys_of_the_document_are_replaced_and_the_others_stay(own, title):
    made = await talked(own, title)
    await own.chats.update(made.id, {"models": ["count"]})
    stored = await own.chats.get(made.id)
    assert (stored.chat["models"], stored.title) == (["count"], title)
    assert len(stored.chat["history"]["messages"]) == 4


async def test_messages_are_put_beside_those_that_the_chat_has_and_linked(own, title):
    made = await talked(own, title)
    other = {
        "id": "b1",
        "parentId": "q1",
        "role": "assistant",
        "content": "text of b1",
        "childrenIds": [],
        "done": True,
    }
    await own.chats.put_messages(made.id, {"b1": other}, current_id="b1")
    history = (await own.chats.get(made.id)).chat["history"]
    assert (sorted(history["messages"]), history["currentId"]) == (["a1", "a2", "b1", "q1", "q2"], "b1")
    assert history["messages"]["q1"]["childrenIds"] == ["a1", "b1"]


@pytest.mark.needs(CHAT_VARIABLES)
async def test_variables_of_a_chat_are_replaced_as_a_whole(own, title):
    made = await talked(own, title)
    await own.chats.set_variables(made.id, {"place": "here", "time": "now"})
    await own.chats.set_variables(made.id, {"place": "there"})
    stored = await own.chats.get(made.id)
    assert (stored["variables"], stored.title) == ({"place": "there"}, title)
    with pytest.raises(NotFoundError):
        await own.chats.set_variables(MISSING, {})


@pytest.mark.needs(COMPACTION)
async def test_the_earlier_messages_are_summed_up_once_the_administrator_allows_it(keyed, title):
    made = await talked(keyed, title)
    refused = await keyed.chats.compact(made.id)
    assert (refused.compacted, refused.reason) == (False, "disabled")
    await keyed.configs.update("chats", {"ENABLE_CONTEXT_COMPACTION": True})
    try:
        done = await keyed.chats.compact(made.id, "echo")
    finally:
        await keyed.configs.update("chats", {"ENABLE_CONTEXT_COMPACTION": False})
    assert (done.compacted, done.dropped_messages, done.kept_messages) == (True, 3, 1)
    last = (await keyed.chats.get(made.id)).chat["history"]["messages"]["a2"]
    assert len(last["contextSummary"]) == done.summary_chars
    assert (await held(keyed, made.id))["a1"] == "text of a1"
    with pytest.raises(NotFoundError):
        await keyed.chats.compact(MISSING)
