import signal
import subprocess
import sys

import anyio
import pytest

import versions
from openwebui_chat_client import AsyncOpenWebUIClient, NotFoundError, TurnError
from openwebui_chat_client._messages import branch, messages, text_of

FAILING = {  # model: the server's word
    "fail-400": "scripted failure 400",
    "fail-401": "scripted failure 401",
    "fail-429": "scripted failure 429",
    "fail-500": "scripted failure 500",
    "fail-503": "scripted failure 503",
    "error-frame": "scripted failure in mid-stream",
    "break": "",
    "close": "",
}


async def quiet(client, chat_id):
    """Wait until the server does nothing for this chat any more."""
    with anyio.fail_after(20):
        while await client.tasks.running(chat_id):
            await anyio.sleep(0.02)


@pytest.mark.parametrize("model", FAILING)
async def test_a_failing_model_raises_with_the_servers_word_and_the_question_stays(client, title, model):
    with pytest.raises(TurnError, match=f"the model failed: {FAILING[model]}") as caught:
        await client.chat("why?", title, model_id=model)
    failure = caught.value
    await quiet(client, failure.chat_id)
    said = branch((await client.chats.get(failure.chat_id)).chat)
    assert [message["role"] for message in said] == ["user", "assistant"]
    assert said[0]["content"] == "why?"
    assert (said[1]["id"], said[1]["done"]) == (failure.message_id, True)
    assert text_of(said[1]) == failure.partial


async def test_the_text_that_came_before_a_failure_is_in_the_error(client, title):
    with pytest.raises(TurnError) as caught:
        async for _ in client.stream_chat("why?", title, model_id="error-frame"):
            pass
    assert caught.value.partial == "Half an"


async def test_a_chat_goes_on_after_a_failed_turn(client, title):
    with pytest.raises(TurnError) as caught:
        await client.chat("why?", title, model_id="fail-500")
    turn = await client.chat("again", title, model_id="echo")
    assert (turn.chat_id, turn.response) == (caught.value.chat_id, "again")


async def test_an_unknown_model_leaves_neither_chat_nor_folder(client, title):
    with pytest.raises(NotFoundError, match=r"model 'nope'.*models\.list"):
        await client.chat("why?", title, model_id="nope", folder_name=f"Folder {title}")
    assert await client.chats.find(title) is None
    assert await client.folders.find(f"Folder {title}") is None


async def test_an_unknown_model_leaves_an_old_chat_as_it_was(client, title):
    await client.chat("one", title)
    before = await client.chats.get((await client.chats.find(title)).id)
    with pytest.raises(NotFoundError):
        await client.chat("two", title, model_id="nope", folder_name=f"Folder {title}")
    after = await client.chats.get(before.id)
    assert (after.chat["history"], after.folder_id) == (before.chat["history"], None)


async def test_leaving_a_stream_early_stops_the_answer_and_keeps_what_came(client, title):
    async with client.stream_chat("count to 200 every 30 ms", title, model_id="count") as pieces:
        async for piece in pieces:
            if "3" in piece:
                break
    await stopped(client, title)


async def answering(client, chat_id):
    said = messages((await client.chats.get(chat_id)).chat).values()
    return await client.tasks.running(chat_id) or any(one["role"] == "assistant" and text_of(one) for one in said)


async def test_cancelling_the_task_stops_the_answer(server, title):
    for token in (server.token, server.jwt):
        name = f"{title} {token[:3]}"
        async with AsyncOpenWebUIClient(server.url, token, "count") as client:
            with anyio.move_on_after(20) as scope:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(client.chat, "count to 200 every 30 ms", name)
                    while not (found := await client.chats.find(name)) or not await answering(client, found.id):
                        await anyio.sleep(0.02)
                    tasks.cancel_scope.cancel()
            assert not scope.cancelled_caught
            await stopped(client, name)


INTERRUPTED = """
import sys
from openwebui_chat_client import OpenWebUIClient
with OpenWebUIClient(sys.argv[1], sys.stdin.readline().strip(), "count") as client:
    for piece in client.stream_chat("count to 200 every 30 ms", sys.argv[2]):
        print(piece, flush=True)
"""


@pytest.mark.parametrize("credential", ["token", "jwt"])
def test_ctrl_c_stops_the_answer(server, title, credential):
    program = [sys.executable, "-c", INTERRUPTED, server.url, title]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdin.write(getattr(server, credential).encode() + b"\n")
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
    assert b"KeyboardInterrupt" in errors

    async def check():
        async with AsyncOpenWebUIClient(server.url, server.token) as client:
            await stopped(client, title)

    anyio.run(check)


async def stopped(client, title):
    found = await client.chats.find(title)
    await quiet(client, found.id)
    answer = branch((await client.chats.get(found.id)).chat)[-1]
    assert answer["done"]
    said = text_of(answer)
    assert said.startswith("1 2") or said in {"", "1"}
    assert "200" not in said


async def test_an_answer_that_somebody_else_stops_is_marked_as_such(server, client, make, title):
    version = versions.parse(server.version)
    if not client._socket and version < (0, 11):
        pytest.skip("on this server a turn by key is streamed to its client, who alone can stop it")
    async with client.stream_chat("count to 200 every 30 ms", title, model_id="count") as pieces, make() as another:
        await anext(aiter(pieces))
        await another.tasks.stop((await another.chats.find(title)).id)
        rest = [piece async for piece in pieces]
    assert pieces.result.stopped is True
    assert "200" not in pieces.result.response
    assert pieces.result.response.endswith("".join(rest))
    assert "stopped" not in await client.chat("and now?", title, model_id="echo")


async def test_a_model_that_says_nothing_is_given_up_and_stopped(client, title):
    with pytest.raises(TurnError, match=r"nothing came from the model for 1\.5 s") as caught:
        await client.with_options(answer_timeout=1.5).chat("hello?", title, model_id="hang")
    await quiet(client, caught.value.chat_id)


async def test_a_live_connection_that_breaks_is_followed_on_by_polling(server, title):
    async with AsyncOpenWebUIClient(server.url, server.jwt, "count") as client:
        got = []
        async with client.stream_chat("count to 60 every 20 ms", title) as pieces:
            async for piece in pieces:
                got.append(piece)
                if len(got) == 5:
                    await client._socket._client.disconnect()
        assert "".join(got) == pieces.result.response == " ".join(map(str, range(1, 61)))
        assert (await client.chat("count to 2", title)).response == "1 2"


async def test_deleting_the_chat_meanwhile_ends_the_turn_with_an_error(keyed, title):
    pieces = keyed.stream_chat("count to 100 every 30 ms", title, model_id="count")
    await anext(aiter(pieces))
    await keyed.chats.delete((await keyed.chats.find(title)).id)
    with pytest.raises(TurnError, match="lost sight of"):
        [piece async for piece in pieces]


async def test_no_turn_leaves_messages_without_text_behind(client, title):
    for number in range(3):
        async for _ in client.stream_chat(f"question {number}", title):
            pass
    chat = (await client.chats.get((await client.chats.find(title)).id)).chat
    assert len(messages(chat)) == 6
    assert all(text_of(message) for message in messages(chat).values())
