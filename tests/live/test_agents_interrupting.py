import asyncio
import json
import signal
import subprocess
import sys
import uuid

import anyio
import pytest

from agent_tools import TASK, adder, plain
from openwebui_chat_client import AsyncOpenWebUIClient, TurnError
from openwebui_chat_client._messages import branch

SLOWLY = "count to 200 every 30 ms"


async def quiet(client, chat_id):
    """Wait until the server does nothing for this chat any more."""
    with anyio.fail_after(20):
        while await client.tasks.running(chat_id):
            await anyio.sleep(0.02)


async def stopped(client, chat_id):
    """The last answer of a chat, once the server is quiet: it was cut off, and is settled."""
    await quiet(client, chat_id)
    answer = plain((await client.chats.get(chat_id)).chat)[-1]
    assert answer["done"]
    assert "200" not in answer["content"]
    return answer


async def test_leaving_a_continuous_stream_early_stops_the_answer_and_keeps_what_there_is(client, title):
    async with client.continuous_stream_chat(SLOWLY, 3, title, "count") as events:
        async for event in events:
            if event["type"] == "content" and "3" in event["content"]:
                break
    state = events.result
    assert (state["total_rounds"], state["conversation_history"]) == (0, [])
    await stopped(client, state["chat_id"])
    assert (await client.chats.find(title)).id == state["chat_id"]


async def test_what_was_interrupted_in_a_later_round_goes_on_with_the_same_question(keyed, title):
    async with keyed.continuous_stream_chat("penguins", 3, title) as events:
        async for event in events:
            if event["type"] == "round_start" and event["round"] == 2:
                break
    assert events.result["total_rounds"] == 1
    whole = await keyed.continuous_chat("penguins", 3, chat_id=events.result["chat_id"])
    assert whole["total_rounds"] == 3
    assert whole["conversation_history"][0] == events.result["conversation_history"][0]


async def test_an_answer_that_was_cut_off_is_asked_for_again_when_the_run_goes_on(keyed, title):
    async with keyed.continuous_stream_chat(SLOWLY, 2, title, "count") as events:
        async for event in events:
            if event["type"] == "content":
                break
    chat_id = events.result["chat_id"]
    await stopped(keyed, chat_id)
    whole = await keyed.continuous_chat(SLOWLY, 1, chat_id=chat_id, model_id="echo")
    assert [one["response"] for one in whole["conversation_history"]] == [SLOWLY]
    asked = [message for message in branch((await keyed.chats.get(chat_id)).chat) if message["role"] == "user"]
    assert [message["content"] for message in asked] == [SLOWLY, SLOWLY]


async def test_leaving_a_task_early_stops_the_answer_and_names_its_chat(client, title):
    async with client.stream_process_task(f"{SLOWLY} {title}", "count", []) as events:
        async for event in events:
            assert event["type"] == "iteration_start"
            break
    assert events.result["chat_id"] == ""
    assert await client.chats.find(f"Task Processing: {SLOWLY} {title}"[:67]) is None


async def writes(client, chat_id):
    return any(one["role"] == "assistant" and one["content"] for one in plain((await client.chats.get(chat_id)).chat))


async def until_running(client, prefix):
    """Wait until there is text in the newest chat whose title begins so; its id."""
    with anyio.fail_after(20):
        while True:
            async with client.chats.iter() as chats:
                async for chat in chats:
                    if chat.title.startswith(prefix) and await writes(client, chat.id):
                        return chat.id
            await anyio.sleep(0.02)


@pytest.mark.newest("older servers have no task for an answer that is streamed to a key")
@pytest.mark.parametrize("credential", ["token", "jwt"])
@pytest.mark.parametrize("kind", ["task", "research", "continuous"])
async def test_cancelling_stops_the_answer_and_carries_what_there_is(server, credential, kind):
    mark = uuid.uuid4().hex
    async with AsyncOpenWebUIClient(server.url, getattr(server, credential), "count") as client:
        runs = {
            "task": lambda: client.process_task(f"{mark} {SLOWLY}", "count", []),
            "research": lambda: client.deep_research(f"{mark} {SLOWLY}"),
            "continuous": lambda: client.continuous_chat(SLOWLY, 2, f"Talk: {mark}"),
        }
        titles = {"task": "Task Processing: ", "research": "Deep Dive: ", "continuous": "Talk: "}
        running = asyncio.get_running_loop().create_task(runs[kind]())
        chat_id = await until_running(client, f"{titles[kind]}{mark}")
        running.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await running
        assert caught.value.state["chat_id"] == chat_id
        assert f"chat_id={chat_id!r}" in caught.value.__notes__[-1]
        await stopped(client, chat_id)
        assert (await client.chats.get(chat_id)).title.startswith(titles[kind] + mark)
        assert len((await client.chats.get(chat_id)).title) < 100


INTERRUPTED = """
import json, sys
from openwebui_chat_client import OpenWebUIClient
with OpenWebUIClient(sys.argv[1], sys.stdin.readline().strip(), "count") as client:
    print("ready", flush=True)
    try:
        client.process_task(sys.argv[2], "count", [])
    except KeyboardInterrupt as stop:
        print(json.dumps(stop.state), flush=True)
        raise
"""


@pytest.mark.newest("older servers have no task for an answer that is streamed to a key")
@pytest.mark.parametrize("credential", ["token", "jwt"])
def test_ctrl_c_stops_the_answer_and_says_where_the_run_is(server, credential):
    mark = uuid.uuid4().hex
    program = [sys.executable, "-c", INTERRUPTED, server.url, f"{mark} {SLOWLY}"]

    async def check(process):
        async with AsyncOpenWebUIClient(server.url, server.token) as client:
            chat_id = await until_running(client, f"Task Processing: {mark}")
            process.send_signal(signal.SIGINT)
            out, errors = process.communicate(timeout=20)
            state = json.loads(out.splitlines()[-1])
            assert (state["chat_id"], state["completed"]) == (chat_id, False)
            assert b"KeyboardInterrupt" in errors
            assert f"The run is in chat {chat_id}".encode() in errors
            await stopped(client, chat_id)
            assert (await client.chats.get(chat_id)).title == f"Task Processing: {mark} {SLOWLY}"[:67]

    pipe = subprocess.PIPE
    with subprocess.Popen(program, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        process.stdin.write(getattr(server, credential).encode() + b"\n")
        process.stdin.flush()
        assert process.stdout.readline() == b"ready\n"
        anyio.run(check, process)


@pytest.mark.newest("older servers have no task for an answer that is streamed to a key")
async def test_who_stops_an_answer_in_the_browser_ends_the_run(client, make, title):
    async with make() as another:
        events = client.continuous_stream_chat(SLOWLY, 3, title, "count")
        with pytest.raises(TurnError, match="somebody stopped the answer") as caught:
            await stop_at_first_piece(events, another)
    assert caught.value.state["total_rounds"] == 0
    assert caught.value.partial
    assert len(branch((await client.chats.get(caught.value.chat_id)).chat)) == 2


async def stop_at_first_piece(events, another):
    done = False
    async for event in events:
        if event["type"] == "content" and not done:
            done = True
            await another.tasks.stop(events.result["chat_id"])


@pytest.mark.newest("older servers have no task for an answer that is streamed to a key")
async def test_a_task_that_was_interrupted_goes_on_from_its_chat(keyed):
    tool, task = await adder(keyed), f"{TASK} for {uuid.uuid4().hex}"
    async with keyed.stream_process_task(task, "worker", tool) as events:
        async for event in events:
            if event["type"] == "thought":
                break
    state = events.result
    assert (state["completed"], state["key_findings"]) == (False, ["the sum is 42"])
    done = await keyed.process_task(task, "worker", tool, chat_id=state["chat_id"])
    assert (done["solution"], done["chat_id"], done["iterations"]) == ("the sum is 42", state["chat_id"], 2)
    assert len(branch((await keyed.chats.get(done["chat_id"])).chat)) == 4
