import json

import pytest

from openwebui_chat_client import PermissionDeniedError, UnprocessableError
from openwebui_chat_client._server import parse
from openwebui_chat_client.turns.body import new_chat

LINES = 'line\u2028separator, \x85 next line, \u2029 paragraph, 日本語 🎉 \\ " and\nbreak'


@pytest.fixture
async def own(make, server):
    """A client of either colour, of a user who has nothing yet and is no administrator."""
    async with make(server.create_user().token) as client:
        yield client


@pytest.fixture
async def other(make, server):
    """A second user's client."""
    async with make(server.create_user().token) as client:
        yield client


async def every(client):
    """All chats in full, by title."""
    found = [one.id async for one in client.chats.iter()] + [one.id async for one in client.chats.iter(archived=True)]
    chats = [await client.chats.get(chat_id) for chat_id in found]
    return {chat.title: chat for chat in chats}


async def placed(client, chat):
    """The names of the folders above a chat."""
    folders = {folder.id: folder for folder in await client.folders.list()}
    names, folder_id = [], chat.folder_id
    while folder_id:
        names.append(folders[folder_id].name)
        folder_id = folders[folder_id].parent_id
    return names[::-1]


async def portrait(client, chat):
    """All that must survive, without what belongs to an account."""
    history = {
        message_id: {key: value for key, value in message.items() if key not in {"user", "user_id"}}
        for message_id, message in chat.chat["history"]["messages"].items()
    }
    return {
        "title": chat.title,
        "messages": history,
        "current": chat.chat["history"]["currentId"],
        "models": chat.chat["models"],
        "ms": chat.chat["timestamp"],
        "place": await placed(client, chat),
        "tags": sorted(tag.name for tag in await client.chats.tags(chat.id)),
        "flags": (chat.pinned, chat.archived),
        "times": (chat.created_at, chat.updated_at),
    }


async def fill(client):
    """An account with everything that a chat can have."""
    home = await client.folders.create_path(["Work", "a/b"])
    turn = await client.chat(LINES, "talked")
    await client.chats.add_tags(turn.chat_id, ["Red Wine", "plain"])
    await client.chats.move(turn.chat_id, home.id)
    await client.chats.pin(turn.chat_id)
    gone = await client.chats.create(new_chat("archived", "echo", 1_700_000_000))
    await client.chats.add_tags(gone.id, ["Red Wine"])
    await client.chats.archive(gone.id)
    old = {"chat": new_chat("old", "echo", 0), "created_at": 1_500_000_000, "updated_at": 1_600_000_000}
    await client.chats.import_chat(old)


async def portraits(client, server):
    """What must survive of every chat."""
    found = {title: await portrait(client, chat) for title, chat in (await every(client)).items()}
    if parse(server.version) < (0, 11):  # the server does not import into the archive, and archiving renews the time
        found["archived"]["times"] = found["archived"]["times"][:1]
    return found


async def test_all_chats_go_to_a_file_and_come_back_the_same(own, server, tmp_path):
    await fill(own)
    before = await portraits(own, server)
    file = tmp_path / "chats.ndjson"
    report = await own.chats.export_all(file)
    assert (report.path, report.total) == (str(file), 3)
    assert [path.name for path in tmp_path.iterdir()] == ["chats.ndjson"]
    assert len(file.read_bytes().splitlines()) >= 3
    assert file.read_bytes().count(b"\n") == 3
    await own.chats.delete_all(confirm=True)
    assert await own.chats.all_tags() == []
    back = await own.chats.import_all(file)
    assert (len(back.imported), back.failed) == (3, [])
    assert await portraits(own, server) == before
    assert before["talked"]["place"] == ["Work", "a/b"]
    assert before["talked"]["tags"] == ["Red Wine", "plain"]
    assert before["talked"]["flags"] == (True, False)
    assert before["archived"]["flags"] == (False, True)
    assert before["old"]["times"] == (1_500_000_000, 1_600_000_000)


async def test_another_account_gets_the_same_with_folders_and_tags_made(own, other, server, tmp_path):
    await fill(own)
    await other.folders.create("work")  # the server takes it for the same name
    await own.chats.export_all(tmp_path / "chats.ndjson")
    report = await other.chats.import_all(str(tmp_path / "chats.ndjson"))
    assert report.failed == []
    expected, found = await portraits(own, server), await portraits(other, server)
    assert found["talked"].pop("place") == ["work", "a/b"]
    assert expected["talked"].pop("place") == ["Work", "a/b"]
    assert found == expected
    former = {one.former_id for one in report.imported}
    assert former == {chat.id for chat in (await every(own)).values()}


async def test_one_chat_is_exported_and_imported(own, other):
    await fill(own)
    chat = (await every(own))["talked"]
    exported = json.loads(json.dumps(await own.chats.export(chat.id)))
    assert (exported["folder_path"], sorted(exported["tag_names"])) == (["Work", "a/b"], ["Red Wine", "plain"])
    made = await other.chats.import_chat(exported)
    assert made.id != chat.id
    assert await portrait(other, await other.chats.get(made.id)) == await portrait(own, chat)


async def test_an_export_in_the_browsers_form_is_read_too(own, tmp_path):
    row = {"id": "x", "title": "listed", "chat": new_chat("listed", "echo", 0), "meta": {"tags": ["one"]}}
    (tmp_path / "list.json").write_text(json.dumps([row, new_chat("bare", "echo", 0)], indent=1))
    (tmp_path / "one.json").write_text(json.dumps({**row, "title": "renamed"}, indent=1))
    await own.chats.import_all(tmp_path / "list.json")
    await own.chats.import_all(tmp_path / "one.json")
    assert sorted(await every(own)) == ["bare", "listed", "renamed"]
    assert [tag.name for tag in await own.chats.all_tags()] == ["one"]


async def test_a_chat_that_the_server_refuses_does_not_stop_the_others(own):
    bad = {"id": "b", "title": "bad", "chat": new_chat("bad", "echo", 0), "pinned": "perhaps"}
    chats = [{"title": f"{number}", "chat": new_chat(f"{number}", "echo", 0)} for number in range(7)]
    report = await own.chats.import_all([*chats[:3], bad, *chats[3:]])
    assert [one.title for one in report.imported] == [str(number) for number in range(7)]
    assert [(one.item, one.former_id) for one in report.failed] == [("bad", "b")]
    assert "422" in report.failed[0].error
    assert sorted(await every(own)) == [str(number) for number in range(7)]
    with pytest.raises(UnprocessableError):
        await own.chats.import_chat(bad)


async def test_more_chats_than_one_request_takes_are_imported_in_order(own, tmp_path):
    chats = [{"chat": new_chat(f"{number}", "echo", 0)} for number in range(120)]
    seen = []
    report = await own.chats.import_all(chats, progress=lambda done, total: seen.append((done, total)))
    assert [one.title for one in report.imported] == [str(number) for number in range(120)]
    assert seen == [(50, 120), (100, 120), (120, 120)]
    assert (await own.chats.export_all(tmp_path / "x.ndjson")).total == 120


async def test_a_user_who_may_neither_import_nor_delete_is_told_so(own, keyed, server, tmp_path):
    folder = await own.folders.create("kept")
    kept = await own.chats.create(new_chat("kept", "echo", 0), folder_id=folder.id)
    permissions = await keyed.request("GET", "/api/v1/users/default/permissions")
    denied = {**permissions, "chat": {**permissions["chat"], "import": False, "delete": False}}
    await keyed.request("POST", "/api/v1/users/default/permissions", json=denied)
    calls = [
        lambda: own.chats.delete(kept.id),
        lambda: own.chats.delete_all(confirm=True),
        own.delete_all_chats,
        lambda: own.folders.delete(folder.id, with_chats=True),
    ]
    if parse(server.version) >= (0, 10):  # before, only the browser asks whether a user may import
        calls += [
            lambda: own.chats.import_chat({"chat": new_chat("x", "echo", 0)}),
            lambda: own.chats.import_all([{"chat": new_chat("x", "echo", 0)}]),
            lambda: own.chats.clone(kept.id),
        ]
    try:
        for call in calls:
            with pytest.raises(PermissionDeniedError):
                await call()
    finally:
        await keyed.request("POST", "/api/v1/users/default/permissions", json=permissions)
    assert [chat.id for chat in (await every(own)).values()] == [kept.id]
    assert (await own.chats.export_all(tmp_path / "one.ndjson")).total == 1


async def test_a_chat_can_be_read_as_markdown(keyed, title):
    await keyed.chat("What is *this*?", title)
    turn = await keyed.chat("And that?", title, model_id="count")
    text = await keyed.chats.markdown(turn.chat_id)
    assert text.startswith(f"# {title}\n\nCreated 20")
    assert text.index("## User · ") < text.index("What is *this*?") < text.index("## echo · ") < text.index("## count")
    assert turn.response.strip() in text


async def test_neither_markup_nor_reasoning_of_an_answer_gets_into_the_markdown(client, title):
    turn = await client.chat("Why?", title, model_id="reason")
    text = await client.chats.markdown(turn.chat_id)
    assert text.rstrip().endswith(turn.response.strip())
    assert "<details" not in text


async def test_answers_side_by_side_are_all_in_the_markdown(client, title):
    turn = await client.parallel_chat("Why?", title, ["echo", "echo-2"])
    text = await client.chats.markdown(turn.chat_id)
    assert text.index("## echo ·") < text.index("## echo-2 ·")
    assert text.count("Why?") == 3
