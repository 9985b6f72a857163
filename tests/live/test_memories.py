import pytest

from openwebui_chat_client import BadRequestError, NotFoundError, PermissionDeniedError
from openwebui_chat_client._server import MEMORY_PATHS
from settings import permissions


@pytest.fixture
async def alone(make, server):
    """A client of a user of its own, who has no memories yet."""
    async with make(server.create_user().token) as opened:
        yield opened


async def test_a_memory_is_made_read_changed_and_deleted(alone):
    made = await alone.memories.create("I drink tea")
    assert made.content == "I drink tea"
    await alone.memories.update(made.id, "I drink coffee")
    found = await alone.memories.get(made.id)
    assert (found.content, found.user_id) == ("I drink coffee", (await alone.auths.me()).id)
    assert found.updated >= found.created
    await alone.memories.delete(made.id)
    assert await alone.memories.list() == []
    for call in (alone.memories.get, alone.memories.delete):
        with pytest.raises(NotFoundError):
            await call(made.id)
    with pytest.raises(NotFoundError):
        await alone.memories.update(made.id, "x")


@pytest.mark.needs(MEMORY_PATHS)
async def test_a_memory_has_a_type_and_is_filed_and_taken_out(alone):
    made = await alone.memories.create("I drink tea", type="context")
    assert (made.type, made.path) == ((await alone.memories.create("x")).type, None) == ("context", None)
    await alone.memories.update(made.id, type="user", path="/drinks/hot/")
    found = await alone.memories.get(made.id)
    assert (found.content, found.type, found.path) == ("I drink tea", "user", "drinks/hot")
    await alone.memories.update(made.id, path="")
    found = await alone.memories.get(made.id)
    assert (found.content, found.type, found.path) == ("I drink tea", "user", None)


async def test_a_query_gives_the_nearest_with_their_scores(alone):
    with pytest.raises(NotFoundError):
        await alone.memories.query("tea")
    made = [await alone.memories.create(text) for text in ("green tea", "red wine", "black coffee")]
    hits = await alone.memories.query("green tea", limit=2)
    assert (len(hits), hits[0].content) == (2, "green tea")
    assert 1.01 > hits[0].score >= hits[1].score >= 0
    assert {hit.id for hit in hits} <= {memory.id for memory in made}
    await alone.memories.reindex()
    assert len(await alone.memories.query("green tea")) == 3


@pytest.mark.needs(MEMORY_PATHS)
async def test_a_hit_names_the_path_of_the_memory(alone):
    await alone.memories.create("green tea", path="drinks")
    (hit,) = await alone.memories.query("green tea")
    assert (hit.content.splitlines(), hit.metadata["path"]) == (["drinks", "green tea"], "drinks")


async def test_all_of_ones_own_are_deleted_only_when_confirmed(alone, make, server):
    async with make(server.create_user().token) as other:
        theirs = await other.memories.create("mine")
        for _ in range(2):
            await alone.memories.create("x")
        with pytest.raises(ValueError, match="confirm=True"):
            await alone.memories.delete_all()
        assert len(await alone.memories.list()) == 2
        await alone.memories.delete_all(confirm=True)
        assert await alone.memories.list() == []
        assert [memory.id for memory in await other.memories.list()] == [theirs.id]
        with pytest.raises(NotFoundError):
            await alone.memories.delete(theirs.id)
        assert len(await other.memories.list()) == 1


@pytest.mark.needs(MEMORY_PATHS)
async def test_a_path_that_leads_out_is_refused_by_the_server(alone):
    with pytest.raises(BadRequestError, match="path"):
        await alone.memories.create("x", path="../y")


@pytest.mark.needs(MEMORY_PATHS)
async def test_memories_are_searched_by_words_type_and_path(alone):
    filed = [("green tea", "user", "drinks/hot"), ("red wine", "context", "drinks"), ("green grass", "context", None)]
    for content, kind, path in filed:
        await alone.memories.create(content, type=kind, path=path)
    for asked, found in (
        ({}, {"green tea", "red wine", "green grass"}),
        ({"words": "green"}, {"green tea", "green grass"}),
        ({"words": "green", "type": "context"}, {"green grass"}),
        ({"path": "drinks"}, {"green tea", "red wine"}),
        ({"words": "blue"}, set()),
    ):
        assert {memory.content for memory in await alone.memories.search(**asked)} == found
    assert len(await alone.memories.search(limit=1)) == 1
    paths = {place.path: place for place in await alone.memories.paths()}
    assert {path: (place.type, place.count, place.children) for path, place in paths.items()} == {
        "drinks": ("context", 1, ["drinks/hot"]),
        "drinks/hot": ("user", 1, []),
        None: ("context", 1, []),
    }


async def test_another_users_memory_is_not_found_and_stays_as_it_is(alone, keyed, title):
    theirs = await keyed.memories.create(title)
    for call in (
        alone.memories.get(theirs.id),
        alone.memories.update(theirs.id, "mine now"),
        alone.memories.delete(theirs.id),
    ):
        with pytest.raises(NotFoundError):
            await call
    assert theirs.id not in [memory.id for memory in await alone.memories.list()]
    assert (await keyed.memories.get(theirs.id)).content == title
    await keyed.memories.delete(theirs.id)


@pytest.mark.newest("the oldest servers have no such permission")
async def test_who_may_have_no_memories_is_told_so(alone, keyed):
    async with permissions(keyed, "features", memories=False):
        for call in (alone.memories.list(), alone.memories.create("x"), alone.memories.delete_all(confirm=True)):
            with pytest.raises(PermissionDeniedError, match="permission"):
                await call
    assert await alone.memories.list() == []
