import pytest

from openwebui_chat_client import NotFoundError, PermissionDeniedError
from openwebui_chat_client._server import EMPTY_NOTES, KEPT_NOTES, NOTE_CHATS, PINNED_NOTES

LONG = "word " * 400


@pytest.fixture
async def note(keyed, title):
    data = {"content": {"md": "# Hello", "html": "<h1>Hello</h1>", "json": None}, "mine": 1}
    made = await keyed.notes.create(title, data=data, meta={"source": "test"})
    yield made
    if made.id in [one.id for one in await keyed.notes.list()]:
        await keyed.notes.delete(made.id)


@pytest.fixture
async def alone(make, server):
    """A client of a user of its own, who has no notes yet."""
    async with make(server.create_user().token) as opened:
        yield opened


async def test_a_note_is_kept_as_it_was_given_and_is_private(keyed, title):
    made = await keyed.notes.create(title, "# Hello", meta={"source": "test"})
    found = await keyed.notes.get(made.id)
    assert (found.title, found.text, found.meta) == (title, "# Hello", {"source": "test"})
    assert (found.access_grants, found.is_pinned, found.write_access) == ([], False, True)
    assert found.created.year >= 2024
    assert found.updated_at >= found.created_at > 10**18


async def test_an_update_changes_what_is_given_and_nothing_else(keyed, note, title):
    await keyed.notes.set_access(note.id, "public")
    assert (await keyed.notes.update(note.id, title=f"{title} 2")).data == note.data
    assert (await keyed.notes.update(note.id, data={"more": 2})).data == {**note.data, "more": 2}
    await keyed.notes.update(note.id, meta={"other": 3})
    await keyed.notes.update(note.id, markdown="Bye")
    found = await keyed.notes.get(note.id)
    assert (found.title, found.text, found.meta) == (f"{title} 2", "Bye", {"source": "test", "other": 3})
    assert found.data == {"content": {"md": "Bye"}, "mine": 1, "more": 2}
    assert [grant["principal_id"] for grant in found.access_grants] == ["*"]


async def test_lists_hold_the_beginning_and_get_all_holds_everything(alone, title):
    made = [await alone.notes.create(f"{title} {number}", LONG, data={"files": []}) for number in range(3)]
    listed = await alone.notes.list()
    assert [note.id for note in listed] == [note.id for note in reversed(made)]
    assert {len(note.text) for note in listed} == {1000}
    whole = await alone.notes.get_all()
    assert [note.id for note in whole] == [note.id for note in listed]
    assert {(note.text, tuple(note.data)) for note in whole} == {(LONG, ("files", "content"))}
    assert whole[0]["user"] == listed[0]["user"] is not None


async def test_pages_hold_sixty_and_every_note_comes_once(alone, title):
    for number in range(61):
        await alone.notes.create(f"{title} {number}")
    ids = [note.id async for note in alone.notes.iter()]
    assert len(ids) == len(set(ids)) == len(await alone.notes.list()) == 61
    assert [len(await alone.notes.list(page=page)) for page in (1, 2, 3)] == [60, 1, 0]
    assert len([note async for note in alone.notes.search("test")]) == 61


async def test_a_search_finds_all_words_in_title_and_text(keyed, title):
    made = await keyed.notes.create(title, "The quick brown fox")
    for query, found in ((f"{title} FOX", True), (f"{title} cat", False), ("zzz" + title, False)):
        assert (made.id in [note.id async for note in keyed.notes.search(query)]) is found


async def test_a_search_looks_through_hyphens_and_to_the_end_of_a_long_text(alone, title):
    made = await alone.notes.create(title, f"{LONG} A to-do, and 100% Übung")
    await alone.notes.create(title, LONG)
    for query in ("todo", "TO-DO word", "übung".upper(), "do, 100% to"):
        found = [note async for note in alone.notes.search(query)]
        assert ([note.id for note in found], len(found[0].text)) == ([made.id], 1000)
    assert [note async for note in alone.notes.search("todo nothing")] == []


@pytest.mark.needs(EMPTY_NOTES)
async def test_a_note_that_has_no_meta_gets_some(keyed, title):
    body = {"title": title, "data": {"content": {"md": "Hello"}}, "meta": None}
    made = await keyed.request("POST", "/api/v1/notes/create", json=body)
    assert (await keyed.notes.update(made["id"], meta={"a": 1})).meta == {"a": 1}


async def test_a_note_made_of_a_title_alone_is_added_to(keyed, title):
    made = await keyed.notes.create(title)
    await keyed.notes.update(made.id, meta={"a": 1})
    await keyed.notes.update(made.id, markdown="Hello")
    found = await keyed.notes.get(made.id)
    assert (found.data, found.meta) == ({"content": {"md": "Hello"}}, {"a": 1})


async def test_who_has_access_stays_when_something_else_changes(keyed, title):
    group = await keyed.groups.create(title)
    access = {"read": {"group_ids": [group.id], "user_ids": ["u1"]}, "write": {"group_ids": [group.id]}}
    made = await keyed.notes.create(title, "text", access=access)
    await keyed.notes.update(made.id, title=f"{title} 2")
    await keyed.update_note_by_id(made.id, data={"more": 1})
    found = {(one["principal_id"], one["permission"]) for one in (await keyed.notes.get(made.id)).access_grants}
    assert found == {(group.id, "read"), (group.id, "write"), ("u1", "read")}


@pytest.mark.needs(PINNED_NOTES)
async def test_pinning_says_what_it_shall_be_and_is_for_oneself(keyed, make, server, note):
    for _ in range(2):
        assert (await keyed.notes.pin(note.id)).is_pinned is True
    assert note.id in [one.id for one in await keyed.notes.pinned()]
    await keyed.notes.set_access(note.id, "public")
    async with make(server.create_user().token) as other:
        assert (await other.notes.get(note.id)).is_pinned is False
    for _ in range(2):
        assert (await keyed.notes.unpin(note.id)).is_pinned is False
    assert note.id not in [one.id for one in await keyed.notes.pinned()]
    with pytest.raises(NotFoundError):
        await keyed.notes.pin("none")


async def test_a_note_is_gone_once_deleted(keyed, note):
    await keyed.notes.delete(note.id)
    for call in (keyed.notes.get, keyed.notes.delete):
        with pytest.raises(NotFoundError):
            await call(note.id)
    with pytest.raises(NotFoundError):
        await keyed.notes.update(note.id, title="x")
    with pytest.raises(NotFoundError):
        await keyed.notes.set_access(note.id, "public")


async def test_others_read_what_is_shared_and_change_what_they_may(keyed, make, server, note):
    user = server.create_user()
    async with make(user.token) as other:
        for call in (other.notes.get(note.id), other.notes.update(note.id, title="x"), other.notes.delete(note.id)):
            with pytest.raises(PermissionDeniedError):
                await call
        await keyed.notes.set_access(note.id, "public")
        assert (await other.notes.get(note.id)).write_access is False
        assert note.id in [one.id for one in await other.notes.list()]
        with pytest.raises(PermissionDeniedError):
            await other.notes.update(note.id, title="x")
        me = (await other.auths.me()).id
        await keyed.notes.set_access(note.id, {"read": {"user_ids": [me]}, "write": {"user_ids": [me]}})
        await other.notes.update(note.id, title="theirs")
    assert (await keyed.notes.get(note.id)).title == "theirs"


async def test_a_user_may_not_publish_without_the_right(alone, title):
    made = await alone.notes.create(title)
    with pytest.raises(PermissionDeniedError):
        await alone.notes.set_access(made.id, "public")
    assert (await alone.notes.get(made.id)).access_grants == []


@pytest.mark.newest("older servers let everybody publish what is new")
async def test_a_new_note_is_private_without_the_right_to_publish(alone, title):
    made = await alone.notes.create(title, access="public")
    assert (await alone.notes.get(made.id)).access_grants == []


@pytest.mark.needs(KEPT_NOTES)
async def test_a_change_takes_no_access_away_that_one_may_not_give(keyed, make, server, title):
    async with make(server.create_user().token) as owner:
        made = await owner.notes.create(title, "text")
        await keyed.notes.set_access(made.id, "public")
        try:
            await owner.notes.update(made.id, title=f"{title} 2")
            assert len((await owner.notes.get(made.id)).access_grants) == 1
        finally:
            assert len((await keyed.notes.get(made.id)).access_grants) == 1
            await keyed.notes.delete(made.id)


async def test_public_notes_may_be_changed_by_their_owner_and_administrators(keyed, make, server, title):
    async with make(server.create_user().token) as owner:
        made = await owner.notes.create(title)
        await keyed.notes.set_access(made.id, "public")
        assert (await owner.notes.get(made.id)).write_access is True
    assert (await keyed.notes.get(made.id)).write_access is True
    await keyed.notes.delete(made.id)


async def test_the_originals_names_work_as_they_did(alone, title):
    made = await alone.create_note(title, {"content": {"md": LONG}}, {"a": 1})
    assert (await alone.get_note_by_id(made["id"]))["data"]["content"]["md"] == LONG
    assert [
        (one["title"], one["data"]["content"]["md"]) for one in await alone.get_notes() if one["title"] == title
    ] == [(title, LONG)]
    listed = [one for one in await alone.get_notes_list() if one["title"] == title]
    assert listed == [{key: made[key] for key in ("id", "title", "created_at", "updated_at")}]
    changed = await alone.update_note_by_id(made["id"], data={"content": {"md": "new"}})
    assert (changed["title"], changed["data"], changed["meta"]) == (title, {"content": {"md": "new"}}, {"a": 1})
    assert await alone.delete_note_by_id(made["id"]) is True
    left = [*await alone.get_notes(), *await alone.get_notes_list()]
    assert title not in {one["title"] for one in left}
    with pytest.raises(NotFoundError):
        await alone.delete_note_by_id(made["id"])


async def test_the_originals_access_control_is_translated(keyed, title):
    private = await keyed.create_note(title)
    assert (await keyed.notes.get(private.id)).access_grants == []
    access = {"read": {"user_ids": ["u1"]}}
    made = await keyed.create_note(title, access_control=access)
    granted = [(grant["principal_id"], grant["permission"]) for grant in made.access_grants]
    assert granted == [("u1", "read")]
    changed = await keyed.update_note_by_id(private.id, f"{title} 2", access_control=access)
    assert (changed.title, [grant["principal_id"] for grant in changed.access_grants]) == (f"{title} 2", ["u1"])
    only = await keyed.update_note_by_id(private.id, access_control={})
    assert (only.title, only.access_grants) == (f"{title} 2", [])


async def test_flat_notes_have_the_same_keys_on_every_server(alone, title):
    made = await alone.create_note(title, {"content": {"md": "x"}}, {"a": 1})
    common = {"id", "title", "data", "meta", "user_id", "is_pinned", "access_grants", "created_at", "updated_at"}
    assert made.keys() == common
    assert (await alone.update_note_by_id(made["id"], "x", access_control={})).keys() == common
    assert (await alone.get_note_by_id(made["id"])).keys() == {*common, "write_access"}
    mine = next(note for note in await alone.get_notes() if note["id"] == made["id"])
    assert mine.keys() == {*common, "write_access", "user"}


@pytest.mark.needs(NOTE_CHATS)
async def test_a_note_has_chats_that_know_it_and_are_in_no_list(alone, keyed, title):
    note = await alone.notes.create(title, "# Hello")
    chat = await alone.notes.chat(note.id)
    assert (await alone.notes.chat(note.id)).id == chat.id
    assert note.id in chat.chat["params"]["system"]
    other = await alone.notes.new_chat(note.id)
    assert {one.id for one in await alone.notes.chats(note.id)} == {chat.id, other.id}
    assert [one async for one in alone.chats.iter()] == []
    talk = alone.conversation(chat_id=chat.id, model_id="echo")
    answer = await talk.ask("ping")
    asked = next(one for one in await alone.notes.chats(note.id) if one.id == chat.id)
    assert answer.message_id in asked.chat["history"]["messages"]
    theirs = await keyed.notes.create(title, "secret")
    for call in (alone.notes.chat, alone.notes.new_chat, alone.notes.chats):
        with pytest.raises(PermissionDeniedError):
            await call(theirs.id)
    await keyed.notes.delete(theirs.id)
    with pytest.raises(NotFoundError):
        await alone.notes.chat(theirs.id)
