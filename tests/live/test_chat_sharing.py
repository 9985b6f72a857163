import pytest

from openwebui_chat_client import NotFoundError, PermissionDeniedError
from openwebui_chat_client.turns.body import new_chat


@pytest.fixture
def reader(server):
    """Another user."""
    return server.create_user()


async def test_a_link_is_opened_by_those_it_is_shared_with_and_by_no_one_else(keyed, make, server, reader, title):
    turn = await keyed.chat("ping", title)
    access = {"read": {"user_ids": [reader.id]}}
    link = await keyed.chats.share(turn.chat_id, access)
    assert link.url == f"{server.url}/s/{link.share_id}"
    assert (await keyed.chats.get(turn.chat_id)).share_id == link.share_id
    [granted] = await keyed.chats.share_access(turn.chat_id)
    assert granted == {"principal_type": "user", "principal_id": reader.id, "permission": "read"}
    async with make(reader.token) as friend, make(server.create_user().token) as stranger:
        assert turn.message_id in (await friend.chats.get_shared(link.share_id)).chat["history"]["messages"]
        with pytest.raises(PermissionDeniedError):
            await stranger.chats.get_shared(link.share_id)
        copy = await friend.chats.clone_shared(link.share_id)
        assert (await friend.chats.get(copy.id)).title == f"Clone of {title}"


async def test_sharing_again_keeps_link_and_access_and_shows_the_chat_of_now(keyed, make, reader, title):
    turn = await keyed.chat("one", title)
    first = await keyed.chats.share(turn.chat_id, "public")
    later = await keyed.chat("two", title)
    async with make(reader.token) as friend:
        shown = (await friend.chats.get_shared(first.share_id)).chat["history"]["messages"]
        assert later.message_id not in shown
        again = await keyed.chats.share(turn.chat_id)
        assert again == first
        shown = (await friend.chats.get_shared(first.share_id)).chat["history"]["messages"]
        assert later.message_id in shown


async def test_unsharing_closes_the_link_and_forgets_the_access(keyed, make, reader, title):
    made = await keyed.chats.create(new_chat(title, "echo", 0))
    link = await keyed.chats.share(made.id, "public")
    assert [one.chat_id async for one in keyed.chats.shared() if one.title == title] == [made.id]
    for _ in range(2):
        await keyed.chats.unshare(made.id)
    assert (await keyed.chats.get(made.id)).share_id is None
    assert await keyed.chats.share_access(made.id) == []
    assert [one async for one in keyed.chats.shared() if one.title == title] == []
    async with make(reader.token) as friend:
        with pytest.raises(NotFoundError):
            await friend.chats.get_shared(link.share_id)


async def test_nobody_but_the_owner_opens_a_link_without_access(keyed, make, reader, title):
    made = await keyed.chats.create(new_chat(title, "echo", 0))
    link = await keyed.chats.share(made.id)
    async with make(reader.token) as friend:
        with pytest.raises(PermissionDeniedError):
            await friend.chats.get_shared(link.share_id)
        await keyed.chats.set_share_access(made.id, None)
        assert (await friend.chats.get_shared(link.share_id)).title == title


async def test_a_user_who_may_not_share_with_everybody_is_told_so_and_nothing_is_shared(make, reader, title):
    async with make(reader.token) as client:
        made = await client.chats.create(new_chat(title, "echo", 0))
        with pytest.raises(PermissionDeniedError):
            await client.chats.share(made.id, [{"principal_type": "anyone", "principal_id": "*", "permission": "read"}])
        assert (await client.chats.get(made.id)).share_id is None
