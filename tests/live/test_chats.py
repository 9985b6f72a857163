import time
import uuid

import pytest

from openwebui_chat_client import AuthenticationError, NotFoundError, PermissionDeniedError
from openwebui_chat_client._server import FORKS, SHARE_GRANTS, parse
from openwebui_chat_client.turns.body import new_chat

DAY = 24 * 60 * 60
MISSING = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
async def own(make, server):
    """A client of either colour, of a user who has nothing yet and is no administrator."""
    async with make(server.create_user().token) as client:
        yield client


async def chat(client, title, **more):
    return await client.chats.create(new_chat(title, "echo", 0), **more)


async def held(client, **also):
    """The titles of what the server lists."""
    return sorted(one.title for one in [one async for one in client.chats.iter(**also)])


async def test_renaming_sets_the_title_and_nothing_else(keyed, server, title):
    turn = await keyed.chat("ping", title)
    before = await keyed.chats.get(turn.chat_id)
    assert (await keyed.chats.rename(turn.chat_id, f"{title} 2")).title == f"{title} 2"
    after = await keyed.chats.get(turn.chat_id)
    assert after.chat["title"] == after.title == f"{title} 2"
    assert after.chat["history"] == before.chat["history"]
    if parse(server.version) >= (0, 11):  # before, the server renews it
        assert after.updated_at == before.updated_at


async def test_a_chat_has_aware_times(keyed, title):
    made = await chat(keyed, title)
    assert made.created.timestamp() == made.created_at
    assert made.updated.utcoffset().total_seconds() == 0
    [summary] = [one for one in await keyed.chats.list() if one.id == made.id]
    assert summary.updated.timestamp() == made.updated_at


async def test_pinning_twice_pins_and_unpinning_twice_unpins(keyed, title):
    made = await chat(keyed, title)
    for _ in range(2):
        assert (await keyed.chats.pin(made.id)).pinned
        assert made.id in {one.id for one in await keyed.chats.pinned()}
    for _ in range(2):
        assert not (await keyed.chats.unpin(made.id)).pinned
        assert made.id not in {one.id for one in await keyed.chats.pinned()}


async def test_archiving_twice_archives_and_unarchiving_twice_brings_back(own, title):
    made = await chat(own, title)
    for _ in range(2):
        assert (await own.chats.archive(made.id)).archived
        assert (await held(own, archived=True), await held(own)) == ([title], [])
    for _ in range(2):
        assert not (await own.chats.unarchive(made.id)).archived
        assert (await held(own, archived=True), await held(own)) == ([], [title])


@pytest.mark.newest("older servers do not import a chat into the archive and a folder at once")
async def test_an_archived_chat_that_is_archived_again_stays_untouched(own, title):
    folder = await own.folders.create(title)
    stored = {"chat": new_chat(title, "echo", 0), "archived": True, "folder_id": folder.id, "updated_at": 1_700_000_000}
    made = await own.chats.import_chat(stored)
    await own.chats.archive(made.id)
    after = await own.chats.get(made.id)
    assert (after.archived, after.folder_id, after.updated_at) == (True, folder.id, 1_700_000_000)


async def test_tags_are_added_removed_and_set(own, title):
    made = await chat(own, title)
    names = {tag.name for tag in await own.chats.add_tags(made.id, ["Red Wine", "red_wine", "white"])}
    assert names == {"Red Wine", "white"}
    assert {tag.id for tag in await own.chats.tags(made.id)} == {"red_wine", "white"}
    assert set((await own.chats.get(made.id)).tag_ids) == {"red_wine", "white"}
    assert {tag.name for tag in await own.chats.set_tags(made.id, ["WHITE", "rosé"])} == {"white", "rosé"}
    assert {tag.name for tag in await own.chats.remove_tags(made.id, "white")} == {"rosé"}
    assert {tag.name for tag in await own.chats.remove_tags(made.id, ["never there"])} == {"rosé"}
    assert {tag.name for tag in await own.chats.all_tags()} == {"rosé"}
    assert await own.chats.set_tags(made.id, []) == []
    assert await own.chats.all_tags() == []


async def test_a_clone_has_everything_and_another_id(keyed, title):
    turn = await keyed.chat("ping", title)
    await keyed.chats.add_tags(turn.chat_id, ["copied"])
    clone = await keyed.chats.clone(turn.chat_id)
    named = await keyed.chats.clone(turn.chat_id, f"{title} 2")
    assert (clone.title, named.title) == (f"Clone of {title}", f"{title} 2")
    assert len({clone.id, named.id, turn.chat_id}) == 3
    stored = await keyed.chats.get(named.id)
    assert turn.message_id in stored.chat["history"]["messages"]
    assert stored.tag_ids == ["copied"]


@pytest.mark.needs(FORKS)
async def test_a_fork_ends_with_the_message_that_was_named(keyed, title):
    first = await keyed.chat("one", title)
    second = await keyed.chat("two", title)
    whole = await keyed.chats.fork(first.chat_id)
    begun = await keyed.chats.fork(first.chat_id, first.message_id)
    assert second.message_id in (await keyed.chats.get(whole.id)).chat["history"]["messages"]
    kept = (await keyed.chats.get(begun.id)).chat["history"]
    assert (kept["currentId"], len(kept["messages"])) == (first.message_id, 2)
    with pytest.raises(NotFoundError):
        await keyed.chats.fork(first.chat_id, MISSING)


async def test_moving_goes_into_a_folder_and_out_again(keyed, title):
    folder = await keyed.folders.create(title)
    made = await chat(keyed, title)
    assert (await keyed.chats.move(made.id, folder.id)).folder_id == folder.id
    assert [one.id async for one in keyed.chats.in_folder(folder.id)] == [made.id]
    assert (await keyed.chats.move(made.id, None)).folder_id is None
    assert [one async for one in keyed.chats.in_folder(folder.id)] == []
    for call in (keyed.chats.move(made.id, MISSING), keyed.chats.create({}, folder_id=MISSING)):
        with pytest.raises(NotFoundError):
            await call
    assert (await keyed.chats.get(made.id)).folder_id is None


async def test_a_chat_comes_out_of_the_archive_when_it_goes_into_a_folder(own, title):
    folder = await own.folders.create(title)
    made = await chat(own, title)
    await own.chats.archive(made.id)
    moved = await own.chats.move(made.id, folder.id)
    assert (moved.archived, moved.folder_id) == (False, folder.id)
    stored = await own.chats.get(made.id)
    assert (stored.archived, stored.folder_id) == (False, folder.id)


async def test_a_chat_in_a_folders_list_has_its_times(own, title):
    folder = await own.folders.create(title)
    times = {"created_at": 1_500_000_000, "updated_at": 1_600_000_000}
    await own.chats.import_chat({"chat": new_chat(title, "echo", 0), "folder_id": folder.id, **times})
    [found] = [one async for one in own.chats.in_folder(folder.id)]
    assert {name: found[name] for name in times} == times


async def test_a_folder_with_more_than_a_page_is_walked(own, title):
    outer = await own.folders.create(title)
    inner = await own.folders.create("inner", outer.id)
    await own.chats.import_all(
        [
            *({"chat": new_chat(f"{number}", "echo", 0), "folder_id": outer.id} for number in range(23)),
            {"chat": new_chat("inside", "echo", 0), "folder_id": inner.id},
            {"chat": new_chat("pinned", "echo", 0), "folder_id": outer.id, "pinned": True},
        ]
    )
    titles = {one.title async for one in own.chats.in_folder(outer.id)}
    assert titles == {str(number) for number in range(23)}
    assert {one.title for one in await own.chats.all_in_folder(outer.id)} == titles | {"inside"}
    assert {one.title for one in await own.get_chats_by_folder(outer.id)} == titles | {"inside"}


async def test_deleting_all_deletes_the_archived_ones_too(own, title):
    await chat(own, title)
    await own.chats.archive((await chat(own, f"{title} 2")).id)
    with pytest.raises(ValueError, match="confirm=True"):
        await own.chats.delete_all(confirm=False)
    assert len(await held(own)) + len(await held(own, archived=True)) == 2
    await own.chats.delete_all(confirm=True)
    assert await held(own) + await held(own, archived=True) == []
    await chat(own, title)
    assert await own.delete_all_chats() is True
    assert await held(own) == []


async def test_a_search_reads_operators_and_a_literal_search_does_not(own, title):
    said = await own.chat("about tag:wine and  archived:true things", title)
    tagged = await chat(own, f"{title} 2")
    await own.chats.add_tags(tagged.id, ["wine"])
    await chat(own, f"{title} things about nothing")
    assert [one.id async for one in own.chats.search("tag:wine")] == [tagged.id]
    for text in ("tag:wine", "TAG:wine and archived:true", "t tag:wine", "archived:true"):
        assert [one.id async for one in own.chats.search_literal(text)] == [said.chat_id], text
    assert len([one async for one in own.chats.search_literal(title.removeprefix("Test "))]) == 3
    assert [one async for one in own.chats.search_literal("folder:nothing")] == []
    assert [one async for one in own.chats.search("folder:nothing")] == []


async def test_a_text_is_found_in_every_branch_whoever_wrote_it(own, title):
    first = await own.chat("about walruses", title)
    await own.chat("about otters", chat_id=first.chat_id, parent_id=None)
    for text in ("ABOUT  walruses", "about otters"):
        assert [one.id async for one in own.chats.search_literal(text)] == [first.chat_id], text


async def test_a_chat_that_was_imported_or_cloned_is_found_by_its_text(own, title):
    said = {"id": "q", "parentId": None, "childrenIds": [], "role": "user", "content": "about walruses"}
    document = {**new_chat(title, "echo", 0), "messages": [said]}
    document["history"] = {"currentId": "q", "messages": {"q": said}}
    made = await own.chats.import_chat(await own.chats.export((await own.chats.create(document)).id))
    clone = await own.chats.clone(made.id)
    found = [one.id async for one in own.chats.search("walruses")]
    assert ({made.id, clone.id} <= set(found), len(found)) == (True, 3)


async def test_a_literal_search_works_where_nothing_can_be_searched_for(own):
    made = await chat(own, "Ü")
    await chat(own, "other")
    assert [one.id async for one in own.chats.search_literal("Ü")] == [made.id]


async def test_usage_counts_messages_and_models(own, title):
    await own.chat("one", title)
    turn = await own.chat("two", title)
    await chat(own, "empty")
    [usage] = [one async for one in own.chats.usage()]
    assert (usage.id, usage.message_count, usage.models) == (turn.chat_id, 4, {"echo": 2})
    assert usage.last_message.timestamp() == usage.last_message_at


async def test_usage_goes_on_behind_a_page_of_empty_chats(own, title):
    turn = await own.chat("one", title)
    empty = {"chat": new_chat("empty", "echo", 0), "updated_at": 4_000_000_000}
    await own.chats.import_all([empty] * 60)
    assert [one.id async for one in own.chats.usage()] == [turn.chat_id]


async def test_of_a_thousand_chats_the_old_ones_are_archived_and_the_pinned_ones_left(own):
    folder = await own.folders.create("Kept")
    now = int(time.time())

    def stored(title, age, **more):
        return {"chat": new_chat(title, "echo", 0), "created_at": 1, "updated_at": now - age * DAY, **more}

    chats = [stored(f"old {number}", 40) for number in range(500)] + [stored(f"new {n}", 20) for n in range(480)]
    chats += [stored(f"pinned {number}", 40, pinned=True) for number in range(10)]
    chats += [stored(f"foldered {number}", 40, folder_id=folder.id) for number in range(10)]
    await own.request("POST", "/api/v1/chats/import", json={"chats": chats})
    old = {f"old {number}" for number in range(500)}

    planned = await own.archive_chats_by_age(dry_run=True)
    assert (planned.total_checked, planned.total_archived, planned.dry_run) == (980, 500, True)
    assert await held(own, archived=True) == []

    report = await own.archive_chats_by_age(30)
    assert (report.total_checked, report.total_archived, report.total_failed, report.dry_run) == (980, 500, 0, False)
    assert (report.failed_chats, report.errors) == ([], [])
    assert {one.title for one in report.archived_chats} == old
    assert report.archived_chats == planned.archived_chats
    assert all(one.updated_at == now - 40 * DAY for one in report.archived_chats)
    assert set(await held(own, archived=True)) == old
    assert len(await held(own)) == 500

    again = await own.archive_chats_by_age(30)
    assert (again.total_checked, again.total_archived) == (480, 0)


async def test_only_the_chats_of_the_named_folder_are_archived_by_age(own):
    outer = await own.folders.create("outer")
    inner = await own.folders.create("inner", outer.id)
    places = [("loose", None), ("outside", outer.id), ("inside", inner.id)]
    await own.chats.import_all(
        [{"chat": new_chat(name, "echo", 0), "folder_id": home, "updated_at": 1_000_000} for name, home in places]
    )
    report = await own.archive_chats_by_age(1, "outer")
    assert [one.title for one in report.archived_chats] == ["outside"]
    assert await held(own, archived=True) == ["outside"]
    assert await held(own) == ["inside", "loose"]
    assert (await own.archive_chats_by_age(0, "outer")).total_checked == 0


async def test_the_flat_names_do_what_they_say(own, title):
    folder_id = await own.create_folder(title)
    assert await own.get_folder_id_by_name(title) == folder_id
    assert await own.get_folder_id_by_name("nobody made it", suppress_log=True) is None
    made = await chat(own, title)
    assert await own.rename_chat(made.id, f"{title} 2") is True
    assert [one.title for one in await own.list_chats()] == [f"{title} 2"]
    assert (await own.list_chats(page=1), await own.list_chats(2)) == (await own.list_chats(), [])
    assert sorted(await own.set_chat_tags(made.id, ["Ä B", "c"])) == ["c", "Ä B"]
    assert sorted(await own.set_chat_tags(made.id, [])) == ["c", "Ä B"]
    assert await own.move_chat_to_folder(made.id, folder_id) is True
    assert [one.id for one in await own.get_chats_by_folder(folder_id)] == [made.id]
    assert await own.list_chats() == []
    assert await own.move_chat_to_folder(made.id, None) is True
    assert await own.archive_chat(made.id) is True
    assert await own.archive_chat(made.id) is True
    assert (await own.chats.get(made.id)).archived


async def test_a_chat_that_is_not_there_is_not_found_whatever_the_server_says(own):
    chats = own.chats
    for call in (
        chats.get(MISSING),
        chats.rename(MISSING, "x"),
        chats.pin(MISSING),
        chats.unpin(MISSING),
        chats.archive(MISSING),
        chats.unarchive(MISSING),
        chats.clone(MISSING),
        chats.move(MISSING, None),
        chats.delete(MISSING),
        chats.tags(MISSING),
        chats.add_tags(MISSING, ["x"]),
        chats.remove_tags(MISSING, ["x"]),
        chats.export(MISSING),
        chats.markdown(MISSING),
        chats.share(MISSING),
        chats.share(MISSING, "public"),
        chats.unshare(MISSING),
        chats.get_shared(MISSING),
        chats.clone_shared(MISSING),
        chats.all_in_folder(MISSING),
        chats.archive_older_than(1, MISSING),
        own.rename_chat(MISSING, "x"),
        own.archive_chat(MISSING),
        own.move_chat_to_folder(MISSING, None),
    ):
        with pytest.raises(NotFoundError):
            await call
    with pytest.raises(NotFoundError):
        _ = [one async for one in chats.in_folder(MISSING)]


@pytest.mark.needs(SHARE_GRANTS)
async def test_nobody_may_open_a_chat_that_is_not_there(own):
    with pytest.raises(NotFoundError):
        await own.chats.share_access(MISSING)


async def test_another_users_chat_is_not_found_and_stays_as_it_is(own, keyed, title):
    made = await chat(keyed, title)
    for call in (
        own.chats.get(made.id),
        own.chats.rename(made.id, "stolen"),
        own.chats.archive(made.id),
        own.chats.add_tags(made.id, ["x"]),
        own.chats.share(made.id),
        own.chats.delete(made.id),
    ):
        with pytest.raises(NotFoundError):
            await call
    assert (await keyed.chats.get(made.id)).title == title


async def test_an_administrator_is_told_that_a_chat_is_another_users(own, keyed, title):
    made = await chat(own, title)
    for call in (keyed.chats.rename(made.id, "x"), keyed.chats.archive(made.id), keyed.chats.add_tags(made.id, ["x"])):
        with pytest.raises(PermissionDeniedError):
            await call
    assert (await own.chats.get(made.id)).title == title


async def test_an_administrator_deletes_another_users_chat(own, keyed, title):
    made = await chat(own, title)
    await keyed.chats.delete(made.id)
    for client in (own, keyed):
        with pytest.raises(NotFoundError):
            await client.chats.delete(made.id)


SUMMARY = {"id": str, "title": str, "created_at": int, "updated_at": int}
WHOLE = {**SUMMARY, "user_id": str, "chat": dict, "folder_id": str, "archived": bool, "pinned": bool, "meta": dict}
REPORT = {"total_checked": int, "total_archived": int, "total_failed": int, "archived_chats": list}
REPORT |= {"failed_chats": list, "errors": list, "dry_run": bool}


async def test_the_flat_names_give_the_same_keys_and_types_on_every_server(own, title):
    folder_id = await own.create_folder(title)
    made = [await chat(own, f"{title} {number}") for number in range(2)]
    await own.move_chat_to_folder(made[0].id, folder_id)
    [summary], [whole] = await own.list_chats(), await own.get_chats_by_folder(folder_id)
    report = await own.archive_chats_by_age(0, title, dry_run=True)
    for found, keys in ((summary, SUMMARY), (whole, WHOLE), (report, REPORT)):
        assert {name: type(found[name]) for name in keys} == keys
    assert report.keys() == REPORT.keys()
    assert {name: type(value) for name, value in report.archived_chats[0].items()} == {
        "id": str,
        "title": str,
        "updated_at": int,
    }
    assert (type(folder_id), await own.set_chat_tags(made[0].id, "Ä B")) == (str, ["Ä B"])


async def test_a_wrong_token_is_not_taken_for_a_missing_chat(make):
    async with make(f"sk-{uuid.uuid4().hex}") as client:
        with pytest.raises(AuthenticationError):
            await client.chats.rename(MISSING, "x")
