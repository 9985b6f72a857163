import pytest

from openwebui_chat_client import BadRequestError, NotFoundError


@pytest.fixture
async def alone(make, server):
    """A client of a user of its own, who has no memories yet."""
    async with make(server.create_user().token) as opened:
        yield opened


async def test_a_memory_is_made_read_changed_and_deleted(alone):
    made = await alone.memories.create("I drink tea")
    assert (made.content, made.type, made.path) == ("I drink tea", "context", None)
    await alone.memories.update(made.id, "I drink coffee", type="user", path="/drinks/hot/")
    found = await alone.memories.get(made.id)
    assert (found.content, found.type, found.path) == ("I drink coffee", "user", "drinks/hot")
    assert found.updated >= found.created
    await alone.memories.update(made.id, path="")
    found = await alone.memories.get(made.id)
    assert (found.content, found.type, found.path) == ("I drink coffee", "user", None)
    await alone.memories.delete(made.id)
    assert await alone.memories.list() == []
    for call in (alone.memories.get, alone.memories.delete):
        with pytest.raises(NotFoundError):
            await call(made.id)
    with pytest.raises(NotFoundError):
        await alone.memories.update(made.id, "x")


async def test_a_query_gives_the_nearest_with_their_scores(alone):
    with pytest.raises(NotFoundError):
        await alone.memories.query("tea")
    made = [await alone.memories.create(text, path="drinks") for text in ("green tea", "red wine", "black coffee")]
    hits = await alone.memories.query("green tea", limit=2)
    assert len(hits) == 2
    assert hits[0].score >= hits[1].score
    assert {hit.id for hit in hits} <= {memory.id for memory in made}
    assert hits[0].content.startswith("drinks\n")
    assert hits[0].metadata["path"] == "drinks"
    await alone.memories.reindex()
    assert len(await alone.memories.query("green tea")) == 3


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


async def test_a_path_that_leads_out_is_refused_by_the_server(alone):
    with pytest.raises(BadRequestError, match="path"):
        await alone.memories.create("x", path="../y")
