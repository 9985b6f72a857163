import pytest

from openwebui_chat_client import NotFoundError, PermissionDeniedError
from openwebui_chat_client._server import UNREAD, UNSHARE_ALL
from openwebui_chat_client.turns.body import new_chat

MISSING = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def user(server):
    """Somebody who has nothing yet and is no administrator."""
    return server.create_user()


@pytest.fixture
async def own(make, user):
    """A client of either colour, of that user."""
    async with make(user.token) as client:
        yield client


async def titles(client, **also):
    return sorted([one.title async for one in client.chats.iter(**also)])


async def read(client):
    """The chats in the list that are read, by title."""
    return {one.title: (one.last_read_at or 0) >= one.updated_at for one in await client.chats.list()}


@pytest.mark.needs(UNREAD)
async def test_a_chat_is_marked_as_unread_and_all_as_read(own):
    first, _ = [await own.chats.create(new_chat(title, "echo", 0)) for title in ("one", "two")]
    await own.chats.mark_unread(first.id)
    assert await read(own) == {"one": False, "two": True}
    assert await own.chats.mark_all_read() == 2
    assert await read(own) == {"one": True, "two": True}
    with pytest.raises(NotFoundError):
        await own.chats.mark_unread(MISSING)


@pytest.mark.needs(UNREAD)
async def test_another_users_chat_cannot_be_marked(own, keyed, title):
    theirs = await keyed.chats.create(new_chat(title, "echo", 0))
    with pytest.raises(NotFoundError):
        await own.chats.mark_unread(theirs.id)
    assert (await read(keyed))[title] is True


@pytest.mark.needs(UNREAD)
async def test_the_chats_of_a_folder_are_marked_as_read_with_those_further_down(own):
    inner = await own.folders.create_path("A/B")
    outer = await own.folders.find("A")
    made = [await own.chats.create(new_chat(folder.name, "echo", 0), folder_id=folder.id) for folder in (outer, inner)]
    for chat in made:
        await own.chats.mark_unread(chat.id)
    assert {folder.name: folder.unread_count for folder in await own.folders.list()} == {"A": 2, "B": 1}
    assert await own.folders.mark_read(outer.id) == 2
    assert {folder.name: folder.unread_count for folder in await own.folders.list()} == {"A": 0, "B": 0}
    with pytest.raises(NotFoundError):
        await own.folders.mark_read(MISSING)


async def test_all_chats_are_archived_and_brought_back_when_confirmed(own):
    folder = await own.folders.create("A")
    await own.chats.create(new_chat("foldered", "echo", 0), folder_id=folder.id)
    pinned = await own.chats.create(new_chat("pinned", "echo", 0))
    await own.chats.pin(pinned.id)
    for call in (own.chats.archive_all, own.chats.unarchive_all):
        with pytest.raises(ValueError, match="confirm=True"):
            await call(confirm=False)
    await own.chats.archive_all(confirm=True)
    assert (await titles(own), await titles(own, archived=True)) == ([], ["foldered", "pinned"])
    await own.chats.unarchive_all(confirm=True)
    assert (await titles(own), await titles(own, archived=True)) == (["foldered", "pinned"], [])
    assert [one async for one in own.chats.in_folder(folder.id)] == []
    assert (await own.chats.get(pinned.id)).pinned


@pytest.mark.needs(UNSHARE_ALL)
async def test_all_links_are_closed_when_confirmed(make, server):
    async with make(server.create_user(role="admin").token) as boss:  # who may share with all users
        made = [await boss.chats.create(new_chat(title, "echo", 0)) for title in ("one", "two")]
        for chat in made:
            await boss.chats.share(chat.id, "public")
        await boss.chats.unshare_all(confirm=True)
        assert [(await boss.chats.get(chat.id)).share_id for chat in made] == [None, None]
        assert [one async for one in boss.chats.shared()] == []


async def test_chats_are_found_by_their_tag_archived_ones_too(own):
    tagged, archived, _ = [await own.chats.create(new_chat(title, "echo", 0)) for title in ("one", "two", "three")]
    assert [tag.name for tag in await own.chats.add_tag(tagged.id, "Big One")] == ["Big One"]
    await own.chats.add_tag(archived.id, "big one")
    await own.chats.archive(archived.id)
    assert sorted([one.title async for one in own.chats.with_tag("BIG ONE")]) == ["one", "two"]
    assert [one async for one in own.chats.with_tag("small")] == []


async def test_an_administrator_lists_the_chats_of_a_user_and_nobody_else_does(own, keyed, user):
    made = await own.chats.create(new_chat("theirs", "echo", 0))
    await own.chats.archive(made.id)
    assert [one.id async for one in keyed.chats.of_user(user.id)] == [made.id]
    with pytest.raises(PermissionDeniedError):
        assert [one async for one in own.chats.of_user(user.id)]


async def test_chats_are_archived_by_age_and_a_dry_run_archives_none(own):
    folder = await own.folders.create("A")
    made = await own.chats.create(new_chat("old", "echo", 0), folder_id=folder.id)
    await own.chats.create(new_chat("elsewhere", "echo", 0))
    planned = await own.chats.archive_older_than(0, folder.id, dry_run=True)
    assert ([one.id for one in planned.archived_chats], await titles(own, archived=True)) == ([made.id], [])
    assert (await own.chats.archive_older_than(1, folder.id)).total_archived == 0
    assert (await own.chats.archive_older_than(0, folder.id)).total_archived == 1
    assert await titles(own, archived=True) == ["old"]
