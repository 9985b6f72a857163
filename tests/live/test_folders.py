import pytest

from openwebui_chat_client import (
    AmbiguousNameError,
    ConflictError,
    NameNotFoundError,
    NotFoundError,
    PermissionDeniedError,
)
from openwebui_chat_client._server import parse
from openwebui_chat_client.turns.body import new_chat
from settings import permissions

MISSING = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
async def own(make, server):
    """A client of either colour, of a user who has nothing yet and is no administrator."""
    async with make(server.create_user().token) as client:
        yield client


async def tree(client):
    """Each folder's name, with its parent's."""
    folders = {folder.id: folder for folder in await client.folders.list()}
    return {folder.name: folders[folder.parent_id].name if folder.parent_id else None for folder in folders.values()}


async def test_folders_are_made_in_folders(own):
    outer = await own.folders.create("outer")
    inner = await own.folders.create("inner", outer.id)
    assert (await own.folders.get(inner.id)).parent_id == outer.id
    assert await tree(own) == {"outer": None, "inner": "outer"}
    assert outer.created.timestamp() == outer.created_at


async def test_a_name_that_is_taken_is_a_conflict_whatever_its_case(own):
    outer = await own.folders.create("outer")
    await own.folders.create("outer", outer.id)
    for taken in (own.folders.create("OUTER"), own.create_folder("outer"), own.create_folder(name="outer")):
        with pytest.raises(ConflictError):
            await taken


async def test_names_that_differ_in_a_letter_are_two_names_to_servers_that_compare_letters(own, server):
    await own.folders.create("axb")
    if parse(server.version) >= (0, 11):
        await own.folders.create("a_b")
        assert await tree(own) == {"axb": None, "a_b": None}
    else:  # the server takes the new name for a pattern
        for call in (own.folders.create("a_b"), own.folders.create_path("a%")):
            with pytest.raises(ConflictError):
                await call
        assert await tree(own) == {"axb": None}


async def test_a_folder_in_a_folder_that_is_not_there_is_refused_and_not_made(own):
    with pytest.raises(NotFoundError):
        await own.folders.create("lost", MISSING)
    assert await own.folders.list() == []


async def test_a_path_is_made_once_and_found(own):
    made = await own.folders.create_path("A/B/C")
    assert await tree(own) == {"A": None, "B": "A", "C": "B"}
    assert (await own.folders.create_path(["A", "B", "C"])).id == made.id
    assert (await own.folders.create_path("a/b/c")).id == made.id
    assert (await own.folders.find_path("/A/B/C/")).id == made.id
    assert await own.folders.find_path("B/C") is None
    assert await own.folders.find_path("A/B/C/D") is None
    slashed = await own.folders.create_path(["A", "x/y"])
    assert (await own.folders.find_path(["A", "x/y"])).id == slashed.id
    assert await own.folders.find_path("A/x/y") is None


async def test_a_name_is_found_at_the_top_level_first(own):
    await own.folders.create_path("A/same")
    assert (await own.folders.find("same")).parent_id is not None
    await own.folders.create_path("B/same")
    with pytest.raises(AmbiguousNameError) as caught:
        await own.get_folder_id_by_name("same")
    assert len(caught.value.matches) == 2
    top = await own.folders.create("same")
    assert await own.get_folder_id_by_name("same") == top.id
    assert await own.get_folder_id_by_name("Same") is None


async def test_a_folder_is_renamed_and_moved_with_what_is_in_it(own):
    inner = await own.folders.create_path("A/B")
    outer, other = await own.folders.find("A"), await own.folders.create("C")
    assert (await own.folders.rename(outer.id, "A 2")).name == "A 2"
    assert (await own.folders.move(outer.id, other.id)).parent_id == other.id
    assert await tree(own) == {"C": None, "A 2": "C", "B": "A 2"}
    assert (await own.folders.move(inner.id, None)).parent_id is None
    assert await tree(own) == {"C": None, "A 2": "C", "B": None}


async def test_a_folder_cannot_be_put_where_it_would_vanish(own):
    inner = await own.folders.create_path("A/B/C")
    outer = await own.folders.find("A")
    for folder_id, parent_id in ((outer.id, inner.id), (outer.id, outer.id)):
        with pytest.raises(ValueError, match="which is itself or in it"):
            await own.folders.move(folder_id, parent_id)
    for folder_id, parent_id in ((outer.id, MISSING), (MISSING, outer.id), (MISSING, None)):
        with pytest.raises(NotFoundError):
            await own.folders.move(folder_id, parent_id)
    await own.folders.create("B")
    with pytest.raises(ConflictError):
        await own.folders.move((await own.folders.find_path("A/B")).id, None)
    assert await tree(own) == {"A": None, "B": None, "C": "B"}


async def test_what_holds_for_a_folders_chats_is_changed_key_by_key(own):
    made = await own.folders.create("A")
    await own.folders.update(made.id, data={"system_prompt": "Be brief."}, meta={"icon": "x"})
    await own.folders.update(made.id, data={"files": []})
    stored = await own.folders.get(made.id)
    assert (stored.name, stored.data, stored.meta) == ("A", {"system_prompt": "Be brief.", "files": []}, {"icon": "x"})


async def test_deleting_a_folder_takes_its_chats_only_when_told(own):
    for with_chats, left in ((False, ["inner", "outer"]), (True, [])):
        inner = await own.folders.create_path("A/B")
        outer = await own.folders.find("A")
        await own.chats.create(new_chat("outer", "echo", 0), folder_id=outer.id)
        await own.chats.create(new_chat("inner", "echo", 0), folder_id=inner.id)
        await own.folders.delete(outer.id, with_chats=with_chats)
        assert await own.folders.list() == []
        assert sorted(one.title for one in await own.chats.list()) == left
        await own.chats.delete_all(confirm=True)
    with pytest.raises(TypeError):
        await own.folders.delete(outer.id)
    with pytest.raises(NotFoundError):
        await own.folders.delete(outer.id, with_chats=False)


async def test_a_folder_that_is_not_there_is_not_found(own):
    for call in (own.folders.get(MISSING), own.folders.rename(MISSING, "x"), own.folders.update(MISSING, data={})):
        with pytest.raises(NotFoundError):
            await call
    with pytest.raises(NameNotFoundError) as caught:
        await own.archive_chats_by_age(folder_name="nobody made it")
    assert (caught.value.kind, caught.value.name) == ("folder", "nobody made it")


async def test_another_users_folder_cannot_be_read_changed_or_deleted(own, keyed, title):
    theirs = await keyed.folders.create(title)
    inside = await keyed.chats.create(new_chat(title, "echo", 0), folder_id=theirs.id)
    mine = await own.folders.create("mine")
    for call in (
        own.folders.get(theirs.id),
        own.folders.rename(theirs.id, "x"),
        own.folders.update(theirs.id, data={"system_prompt": "x"}),
        own.folders.create("x", theirs.id),
        own.folders.move(theirs.id, None),
        own.folders.move(mine.id, theirs.id),
    ):
        with pytest.raises(NotFoundError):
            await call
    with pytest.raises((NotFoundError, PermissionDeniedError)) as refusal:
        await own.folders.delete(theirs.id, with_chats=True)
    assert refusal.value.detail
    stored = await keyed.folders.get(theirs.id)
    assert (stored.name, stored.data or {}) == (title, {})
    assert [one.id async for one in keyed.chats.in_folder(theirs.id)] == [inside.id]
    assert [one.id for one in await own.folders.list()] == [mine.id]
    await keyed.folders.delete(theirs.id, with_chats=True)


@pytest.mark.newest("the oldest servers have no such permission")
async def test_who_may_have_no_folders_is_told_so(own, keyed):
    made = await own.folders.create("A")
    async with permissions(keyed, "features", folders=False):
        for call in (own.folders.list(), own.folders.create("B"), own.folders.delete(made.id, with_chats=True)):
            with pytest.raises(PermissionDeniedError, match="permission"):
                await call
    assert [one.id for one in await own.folders.list()] == [made.id]
