"""Clients of servers of different times, side by side in one process: none takes the other's for its own."""

import anyio
import pytest

from glasses import Glasses
from openwebui_chat_client import AsyncOpenWebUIClient, OpenWebUIClient, UnsupportedError
from openwebui_chat_client.local import LocalServer
from versions import NEWEST, OLDEST

pytestmark = pytest.mark.newest("it starts the oldest one beside the newest")


@pytest.fixture(scope="module")
def older():
    """A server of the oldest version."""
    with LocalServer(version=OLDEST, model="scripted") as running:
        yield running


@pytest.fixture(params=["sync", "async"])
async def both(request, server, older):
    """A client of the newest server and one of the oldest, of either colour."""
    kind = AsyncOpenWebUIClient if request.param == "async" else lambda *named: Glasses(OpenWebUIClient(*named))
    async with kind(server.url, server.token, "echo") as new, kind(older.url, older.token, "echo") as old:
        yield new, old


async def at_once(*calls):
    """What these calls give, made side by side."""
    results = [None] * len(calls)

    async def keep(place, call):
        results[place] = await call

    async with anyio.create_task_group() as tasks:
        for place, call in enumerate(calls):
            tasks.start_soon(keep, place, call)
    return results


async def test_each_client_knows_its_own_server(both):
    versions = await at_once(*(client.server.version() for client in both))
    assert [str(version) for version in versions] == [NEWEST, OLDEST]
    with pytest.raises(UnsupportedError) as refusal:
        await both[1].users.revoke_sessions("nobody")
    assert (refusal.value.needs, refusal.value.has) == ("0.12.0", OLDEST)


async def test_chats_side_by_side_are_each_kept_on_their_own_server(both, title):
    firsts = await at_once(*(client.chat("ping", title) for client in both))
    seconds = await at_once(*(client.chat("count to 5", title, model_id="count") for client in both))
    assert [turn.response for turn in firsts + seconds] == ["ping", "ping", "1 2 3 4 5", "1 2 3 4 5"]
    assert firsts[0].chat_id != firsts[1].chat_id
    for client, other, first, second in zip(both, both[::-1], firsts, seconds, strict=True):
        assert second.chat_id == first.chat_id
        assert len((await client.chats.get(first.chat_id)).chat["history"]["messages"]) == 4
        with pytest.raises(Exception, match="could not find"):
            await other.chats.get(first.chat_id)


async def test_streams_that_are_open_at_once_do_not_mix(both, title):
    texts = ["", ""]
    first, second = (client.stream_chat("count to 9", title, model_id="count") for client in both)
    async with first, second:
        for place, stream in enumerate((first, second)):
            async for piece in stream:
                texts[place] += piece
    assert texts == ["1 2 3 4 5 6 7 8 9"] * 2
    for client, stream in zip(both, (first, second), strict=True):
        assert (await client.chats.get(stream.result.chat_id)).title == title


async def test_models_are_shared_in_the_words_of_each_server(both, title):
    model_id = f"both-{title.split()[-1]}"
    await at_once(*(client.create_model(model_id, "N", "echo", access_control="private") for client in both))
    changed = await at_once(*(client.update_model(model_id, "public") for client in both))
    new, old = changed
    assert ("access_control" in new, "access_control" in old) == (False, True)
    assert [[one["principal_id"] for one in entry.access_grants] for entry in changed] == [["*"], ["*"]]
    turns = await at_once(*(client.chat("ping", title, model_id=model_id) for client in both))
    assert [turn.response for turn in turns] == ["ping", "ping"]
    await at_once(*(client.delete_model(model_id) for client in both))


async def test_files_are_uploaded_read_and_deleted_on_each_server(both, title):
    files = await at_once(*(client.files.upload(title.encode(), name=f"{title}.txt") for client in both))
    for client, other, file in zip(both, both[::-1], files, strict=True):
        assert (await client.files.get(file.id)).filename == f"{title}.txt"
        with pytest.raises(Exception, match="could not find"):
            await other.files.get(file.id)
    await at_once(*(client.files.delete(file.id) for client, file in zip(both, files, strict=True)))
