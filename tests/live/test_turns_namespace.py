import pytest

from openwebui_chat_client import NotFoundError
from openwebui_chat_client._messages import text_of


async def held(client, chat_id):
    """The text of the chat's messages by their role, as the server holds them."""
    messages = (await client.chats.get(chat_id)).chat["history"]["messages"].values()
    return sorted((message["role"], text_of(message)) for message in messages)


async def test_a_turn_is_asked_and_stored_under_its_title(keyed, title):
    turn = await keyed.turns.ask("ping", title)
    assert (await keyed.chats.get(turn.chat_id)).title == title
    assert await held(keyed, turn.chat_id) == [("assistant", turn.response), ("user", "ping")]


async def test_the_text_that_comes_is_the_text_that_is_stored(keyed, title):
    async with keyed.turns.text("ping", title) as pieces:
        text = "".join([piece async for piece in pieces])
    assert text == pieces.result.response
    assert await held(keyed, pieces.result.chat_id) == [("assistant", text), ("user", "ping")]


async def test_title_tags_and_folder_are_given_in_one_call(keyed, title):
    turn = await keyed.turns.ask("ping", title)
    made = await keyed.turns.update_metadata(turn.chat_id, title=f"{title} 2", tags=["one"], folder_name=f"{title} 3")
    assert made["updated"] is True
    stored = await keyed.chats.get(turn.chat_id)
    assert (stored.title, stored.tag_ids) == (f"{title} 2", ["one"])
    assert (await keyed.folders.get(stored.folder_id)).name == f"{title} 3"
    await keyed.folders.delete(stored.folder_id, with_chats=True)


async def test_a_chat_answers_with_its_new_model(keyed, title):
    turn = await keyed.turns.ask("ping", title)
    await keyed.turns.switch_model(turn.chat_id, "count")
    assert (await keyed.chats.get(turn.chat_id)).chat["models"] == ["count"]


async def test_work_that_has_ended_is_stopped_in_peace_and_that_of_no_chat_not_at_all(keyed, title):
    turn = await keyed.turns.ask("ping", title)
    await keyed.tasks.stop(turn.chat_id)
    assert await keyed.tasks.running(turn.chat_id) == await keyed.tasks.running("no-such-chat") == []
    with pytest.raises(NotFoundError):
        await keyed.tasks.stop("no-such-chat")
    assert await held(keyed, turn.chat_id) == [("assistant", "ping"), ("user", "ping")]
