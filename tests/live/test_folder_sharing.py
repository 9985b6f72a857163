import pytest

from openwebui_chat_client import NotFoundError, PermissionDeniedError
from openwebui_chat_client._server import SHARE_MODES, SHARED_FOLDERS
from openwebui_chat_client.turns.body import new_chat


@pytest.fixture
def reader(server):
    """Another user."""
    return server.create_user()


@pytest.fixture
async def friend(make, reader):
    """A client of either colour, of that user."""
    async with make(reader.token) as client:
        yield client


@pytest.fixture
async def folder(keyed, title):
    made = await keyed.folders.create(title)
    yield made
    await keyed.folders.delete(made.id, with_chats=True)


@pytest.mark.needs(SHARED_FOLDERS)
async def test_a_shared_folder_shows_its_chats_to_those_it_is_shared_with(keyed, friend, folder, reader, title):
    chats = [
        await keyed.chats.create(new_chat(f"chat {number}", "echo", 0), folder_id=folder.id) for number in range(12)
    ]
    with pytest.raises(PermissionDeniedError):
        assert [one async for one in friend.folders.chats(folder.id)]
    await keyed.folders.set_access(folder.id, {"read": {"user_ids": [reader.id]}})
    stored = await keyed.folders.get(folder.id)
    assert [(one["principal_id"], one["permission"]) for one in stored.access_grants] == [(reader.id, "read")]
    [shared] = await friend.folders.shared()
    assert (shared.id, shared.name, shared.permission) == (folder.id, title, "read")
    seen = [one async for one in friend.folders.chats(folder.id)]
    assert {one.id for one in seen} == {one.id for one in chats}
    assert (len(seen), {one.readonly for one in seen}) == (12, {True})
    assert not (await friend.folders.get(folder.id)).write_access
    with pytest.raises(NotFoundError):
        await friend.folders.rename(folder.id, "mine now")
    with pytest.raises(PermissionDeniedError):
        await friend.folders.set_access(folder.id, "private")
    await keyed.folders.set_access(folder.id, "private")
    assert await friend.folders.shared() == []
    assert (await keyed.folders.get(folder.id)).name == title


@pytest.mark.needs(SHARE_MODES)
async def test_those_who_may_continue_ask_on_in_a_chat_of_the_folder(keyed, friend, folder, reader, title):
    chat = await keyed.chats.create(new_chat(title, "echo", 0), folder_id=folder.id)
    shared = await keyed.folders.set_access(folder.id, {"read": {"user_ids": [reader.id]}}, share_mode="continue")
    assert shared.data["share_mode"] == "continue"
    more = await friend.chat("two", chat_id=chat.id)
    assert more.message_id in (await keyed.chats.get(chat.id)).chat["history"]["messages"]


async def test_what_holds_for_a_folders_chats_is_said_when_it_is_made(keyed, title):
    data, meta = {"system_prompt": "Be brief."}, {"icon": "x"}
    made = await keyed.folders.create(title, data=data, meta=meta)
    inner = await keyed.folders.create(f"{title} 2", made.id, data=data)
    stored = [await keyed.folders.get(one.id) for one in (made, inner)]
    await keyed.folders.delete(made.id, with_chats=True)
    assert [(one.data, one.meta, one.parent_id) for one in stored] == [(data, meta, None), (data, None, made.id)]
