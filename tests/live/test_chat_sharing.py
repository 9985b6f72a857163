import pytest

from openwebui_chat_client import NotFoundError, PermissionDeniedError
from openwebui_chat_client._server import OPEN_LINKS, SHARE_GRANTS, SHARE_LIST, SHARE_MODES
from openwebui_chat_client.turns.body import new_chat


@pytest.fixture
def reader(server):
    """Another user."""
    return server.create_user()


@pytest.mark.needs(SHARE_GRANTS)
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


@pytest.mark.needs(SHARE_MODES)
async def test_those_who_may_continue_a_shared_chat_ask_on_in_it_until_they_may_only_look(keyed, make, reader, title):
    chat = await keyed.chats.create(new_chat(title, "echo", 0))
    access = {"read": {"user_ids": [reader.id]}}
    link = await keyed.chats.share(chat.id, access, share_mode="continue")
    async with make(reader.token) as friend:
        more = await friend.chat("two", chat_id=chat.id)
        assert more.message_id in (await keyed.chats.get(chat.id)).chat["history"]["messages"]
        assert more.message_id in (await friend.chats.get_shared(link.share_id)).chat["history"]["messages"]
        await keyed.chats.set_share_access(chat.id, access, share_mode=None)
        with pytest.raises((NotFoundError, PermissionDeniedError)):
            await friend.chat("three", chat_id=chat.id)
        assert more.message_id in (await friend.chats.get_shared(link.share_id)).chat["history"]["messages"]


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


async def test_a_link_that_is_closed_opens_nothing_any_more(keyed, make, reader, title):
    made = await keyed.chats.create(new_chat(title, "echo", 0))
    link = await keyed.chats.share(made.id, "public")
    async with make(reader.token) as friend:
        assert (await friend.chats.get_shared(link.share_id)).title == title
        for _ in range(2):
            await keyed.chats.unshare(made.id)
        assert (await keyed.chats.get(made.id)).share_id is None
        for call in (friend.chats.get_shared(link.share_id), friend.chats.clone_shared(link.share_id)):
            with pytest.raises(NotFoundError):
                await call


async def test_what_a_link_shows_is_copied_into_no_folder_and_is_not_pinned(keyed, make, reader, title):
    folder = await keyed.folders.create(title)
    turn = await keyed.chat("ping", title)
    await keyed.chats.move(turn.chat_id, folder.id)
    await keyed.chats.pin(turn.chat_id)
    link = await keyed.chats.share(turn.chat_id, "public")
    async with make(reader.token) as friend:
        copy = await friend.chats.clone_shared(link.share_id)
        stored = await friend.chats.get(copy.id)
        assert [one.id for one in await friend.chats.list()] == [copy.id]
    assert (stored.title, stored.folder_id, stored.pinned) == (f"Clone of {title}", None, False)
    assert turn.message_id in stored.chat["history"]["messages"]
    await keyed.folders.delete(folder.id, with_chats=True)


@pytest.mark.needs(SHARE_LIST)
async def test_the_links_that_were_given_out_are_listed_with_their_chats(keyed, title):
    made = await keyed.chats.create(new_chat(title, "echo", 0))
    link = await keyed.chats.share(made.id, "public")
    [listed] = [one async for one in keyed.chats.shared() if one.title == title]
    assert (listed.chat_id, listed.share_id, listed["id"]) == (made.id, link.share_id, link.share_id)
    await keyed.chats.unshare(made.id)
    assert [one async for one in keyed.chats.shared() if one.title == title] == []


@pytest.mark.needs(SHARE_GRANTS)
async def test_access_that_was_given_before_there_was_a_link_is_forgotten_too(keyed, title):
    made = await keyed.chats.create(new_chat(title, "echo", 0))
    await keyed.chats.set_share_access(made.id, "public")
    await keyed.chats.unshare(made.id)
    assert await keyed.chats.share_access(made.id) == []


@pytest.mark.needs(SHARE_GRANTS)
async def test_unsharing_closes_the_link_and_forgets_the_access(keyed, make, reader, title):
    made = await keyed.chats.create(new_chat(title, "echo", 0))
    link = await keyed.chats.share(made.id, "public")
    for _ in range(2):
        await keyed.chats.unshare(made.id)
    assert (await keyed.chats.get(made.id)).share_id is None
    assert await keyed.chats.share_access(made.id) == []
    async with make(reader.token) as friend:
        with pytest.raises(NotFoundError):
            await friend.chats.get_shared(link.share_id)


@pytest.mark.needs(SHARE_GRANTS)
async def test_nobody_but_the_owner_opens_a_link_without_access(keyed, make, reader, title):
    made = await keyed.chats.create(new_chat(title, "echo", 0))
    link = await keyed.chats.share(made.id)
    async with make(reader.token) as friend:
        with pytest.raises(PermissionDeniedError):
            await friend.chats.get_shared(link.share_id)
        await keyed.chats.set_share_access(made.id, None)
        assert (await friend.chats.get_shared(link.share_id)).title == title


@pytest.mark.needs(SHARE_GRANTS)
async def test_access_that_a_user_may_not_give_is_refused_as_a_whole_and_the_former_stays(make, server, title):
    other, reader = server.create_user(), server.create_user()
    async with make(other.token) as client:
        made = await client.chats.create(new_chat(title, "echo", 0))
        await client.chats.share(made.id, {"read": {"user_ids": [reader.id]}})
        before = await client.chats.share_access(made.id)
        with pytest.raises(PermissionDeniedError):
            await client.chats.set_share_access(made.id, "public")
        assert [one["principal_id"] for one in await client.chats.share_access(made.id)] == [reader.id]
        assert await client.chats.share_access(made.id) == before


@pytest.mark.needs(OPEN_LINKS)
async def test_a_user_who_may_not_share_with_everybody_is_told_so_and_nothing_is_shared(make, reader, title):
    async with make(reader.token) as client:
        made = await client.chats.create(new_chat(title, "echo", 0))
        with pytest.raises(PermissionDeniedError):
            await client.chats.share(made.id, [{"principal_type": "anyone", "principal_id": "*", "permission": "read"}])
        assert (await client.chats.get(made.id)).share_id is None
