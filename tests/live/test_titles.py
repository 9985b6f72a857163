import pytest

from openwebui_chat_client.turns.body import new_chat

ODD = [
    "tag:x plain",
    "pinned:true",
    "archived:true folder:None",
    "ÜBUNG",
    "  padded  and   wide ",
    r"C:\new\%s_100%",
    "'quoted\" <b>&amp;",
    "日本語のタイトル",
    "🎉",
    "TITLE in CAPITALS",
]


@pytest.mark.parametrize("odd", ODD)
async def test_a_chat_is_found_again_whatever_its_title_looks_like(keyed, title, odd):
    name = f"{odd}{title.removeprefix('Test ')}" if odd != "pinned:true" else odd
    made = await keyed.chats.create(new_chat(name, "echo", 0))
    assert (await keyed.chats.find(name)).id == made.id
    await keyed.chats.delete(made.id)
    assert await keyed.chats.find(name) is None


async def test_a_title_is_found_only_when_it_is_exactly_the_same(keyed, title):
    await keyed.chats.create(new_chat(f"{title} and more", "echo", 0))
    await keyed.chats.create(new_chat(title.upper(), "echo", 0))
    assert await keyed.chats.find(title) is None


async def test_of_two_chats_with_one_title_the_newest_is_continued(keyed, title):
    old, new = [await keyed.chats.create(new_chat(title, "echo", 0)) for _ in range(2)]
    await keyed.chat("touch the older one", title)
    touched = (await keyed.chats.find(title)).id
    assert touched in {old.id, new.id}
    assert (await keyed.chat("and again", title)).chat_id == touched


async def test_pinned_and_foldered_chats_are_found(keyed, title):
    folder = await keyed.folders.create(f"Folder {title}")
    made = await keyed.chats.create(new_chat(title, "echo", 0), folder_id=folder.id)
    await keyed.request("POST", f"/api/v1/chats/{made.id}/pin")
    assert (await keyed.chats.find(title)).id == made.id


async def test_an_archived_chat_is_continued_when_there_is_no_other(keyed, title):
    made = await keyed.chats.create(new_chat(title, "echo", 0))
    await keyed.request("POST", f"/api/v1/chats/{made.id}/archive")
    assert (await keyed.chat("hello", title)).chat_id == made.id
    other = await keyed.chats.create(new_chat(title, "echo", 0))
    assert (await keyed.chats.find(title)).id == other.id


async def test_a_title_is_found_behind_more_than_a_page_of_newer_matches(keyed, title):
    wanted = await keyed.chats.create(new_chat(title, "echo", 0))
    chats = [{"chat": new_chat(f"{title} {number}", "echo", 0), "updated_at": 4_000_000_000} for number in range(125)]
    await keyed.request("POST", "/api/v1/chats/import", json={"chats": chats})
    assert (await keyed.chats.find(title)).id == wanted.id


async def test_every_chat_comes_once_and_pages_hold_sixty(keyed, title):
    chats = [{"chat": new_chat(f"{title} {number}", "echo", 0)} for number in range(61)]
    await keyed.request("POST", "/api/v1/chats/import", json={"chats": chats})
    ids = [chat.id async for chat in keyed.chats.iter()]
    assert len(ids) == len(set(ids)) >= 61
    assert len(await keyed.chats.list(page=1)) == 60
    assert await keyed.chats.list(page=10_000) == []
    assert isinstance(await keyed.chats.list(), list)


async def test_a_search_may_be_left_early(keyed, title):
    for number in range(3):
        await keyed.chats.create(new_chat(f"{title} {number}", "echo", 0))
    async with keyed.chats.search(title) as found:
        first = await anext(aiter(found))
    assert title in first.title


@pytest.mark.parametrize("page", [0, -1])
async def test_a_page_that_cannot_be_is_refused(keyed, page):
    with pytest.raises(ValueError, match="counted from 1"):
        await keyed.chats.list(page=page)


async def test_an_empty_search_is_refused(keyed):
    with pytest.raises(ValueError, match="needs a text"):
        async for _ in keyed.chats.search("  "):
            pass
