"""What the original did wrong in runs that drive themselves: each test fails for a client that still does it."""

import json
import uuid

import anyio
import pytest

from agent_tools import TASK, adder
from openwebui_chat_client._messages import branch, messages, text_of
from openwebui_chat_client.types import AgentPrompts


@pytest.fixture
def task():
    return f"{TASK} for {uuid.uuid4().hex}"


@pytest.fixture
def document(tmp_path):
    path = tmp_path / "facts.txt"
    path.write_text(f"The capital of Peru is Lima.\nThe zebra lives in Kenya.\n{uuid.uuid4()}\n")
    return path


def texts_heard(server, word):
    """The messages that models were sent in the turns about this, turn by turn."""
    bodies = [one.body for one in server.model.requests if not one.task and "messages" in one.body]
    heard = [[str(message.get("content")) for message in body["messages"]] for body in bodies]
    return [texts for texts in heard if any(word in text for text in texts)]


async def test_a_task_leaves_what_stands_in_a_chat_and_adds_to_it(client, title, task):
    first = await client.chat("hello", title)
    before = messages((await client.chats.get(first.chat_id)).chat)
    await client.process_task(task, "worker", [], chat_id=first.chat_id)
    after = messages((await client.chats.get(first.chat_id)).chat)
    assert before.keys() < after.keys()
    assert [text_of(after[one]) for one in before] == ["hello", "hello"]


async def test_a_task_does_not_go_into_a_chat_that_has_its_title(client, task):
    name = f"Task Processing: {task[:50]}"
    other = await client.chat("hello", name)
    done = await client.process_task(task, "worker", [])
    assert done["chat_id"] != other.chat_id
    assert len(messages((await client.chats.get(other.chat_id)).chat)) == 2


async def test_two_tasks_that_begin_alike_have_a_chat_each_even_at_once(client, task):
    done = {}

    async def work(number):
        done[number] = await client.process_task(f"{task} {'the same ' * 6} {number}", "worker", [])

    async with anyio.create_task_group() as tasks:
        for number in (1, 2):
            tasks.start_soon(work, number)
    assert done[1]["chat_title"] == done[2]["chat_title"]
    assert done[1]["chat_id"] != done[2]["chat_id"]
    for number in (1, 2):
        asked = branch((await client.chats.get(done[number]["chat_id"])).chat)[0]
        assert asked["content"].endswith(f" {number}")


async def test_the_log_of_a_research_has_the_answers_and_the_next_plan_knows_them(client, server):
    topic = f"Tides {uuid.uuid4().hex}"
    found = await client.deep_research(topic, num_steps=2, general_models="planner")
    assert ["The answer to Question 1?" in entry for entry in found["research_log"]] == [True, False]
    second_plan = next(texts for texts in texts_heard(server, topic) if "step 2 of 2" in texts[-1])
    assert "The answer to Question 1?" in second_plan
    report = texts_heard(server, topic)[-1]
    assert {"The answer to Question 1?", "The answer to Question 2?"} <= set(report)


async def test_one_plan_that_cannot_be_read_does_not_end_a_research(client):
    found = await client.deep_research(f"Tides {uuid.uuid4().hex}", num_steps=2, general_models="clumsy-planner")
    assert (found["total_steps_completed"], found["skipped"]) == (2, [])
    assert found["final_report"].startswith("Report: ")


async def test_a_tool_is_run_and_its_result_is_in_what_the_model_hears_next(client, server, task):
    done = await client.process_task(task, "worker", await adder(client))
    last = texts_heard(server, task)[-1]
    assert any("the sum is 42" in text for text in last)
    assert done["solution"] == "the sum is 42"


async def test_the_todo_list_that_the_prompt_asks_for_is_read_and_told_once_per_thought(client, task):
    async with client.stream_process_task(task, "worker", await adder(client)) as events:
        told = [event["type"] async for event in events]
    assert told.count("todo_list_update") == 1
    assert [todo["status"] for todo in events.result["todo_list"]] == ["completed", "pending"]
    assert "**Todo List:**" in AgentPrompts().task_system


async def test_a_task_with_a_knowledge_base_is_answered_from_it(client, document):
    base = await client.create_knowledge_base(f"Facts {uuid.uuid4().hex}")
    await client.add_file_to_knowledge_base(base.id, document)
    done = await client.process_task("What is the capital of Peru?", "context", [], knowledge_base_name=base.name)
    assert "Lima" in done["solution"]


@pytest.mark.parametrize("streamed", [False, True])
async def test_every_round_of_a_continuous_chat_keeps_its_documents_and_they_are_uploaded_once(
    keyed, title, document, streamed
):
    before = [file.id async for file in keyed.files.iter()]
    given = ("What is the capital of Peru?", 3, title, "context", f"Folder {title}")
    talk = await run(keyed, streamed, *given, rag_files=document, seed=1)
    assert "Lima" in talk["conversation_history"][0]["response"]
    answers = branch((await keyed.chats.get(talk["chat_id"])).chat)[1::2]
    assert [answer["sources"][0]["source"]["name"] for answer in answers] == [document.name] * 3
    after = [file.id async for file in keyed.files.iter()]
    assert len(after) == len(before) + 1
    chat = await keyed.chats.get(talk["chat_id"])
    assert chat.folder_id == await keyed.get_folder_id_by_name(f"Folder {title}")


@pytest.mark.parametrize("streamed", [False, True])
async def test_every_round_of_a_continuous_chat_keeps_its_tools_and_its_model(keyed, title, streamed):
    tool = await adder(keyed)
    talk = await run(keyed, streamed, TASK, 3, title, "tool", tool_ids=[tool])
    assert [one["response"].startswith("Tool said: the sum is") for one in talk["conversation_history"]] == [True] * 3
    answers = branch((await keyed.chats.get(talk["chat_id"])).chat)[1::2]
    assert [answer["model"] for answer in answers] == ["tool"] * 3


async def test_every_round_sees_the_image_of_the_first(keyed, title, tmp_path):
    path = tmp_path / "square.png"
    path.write_bytes(bytes.fromhex(PNG))
    talk = await keyed.continuous_chat("What is this?", 2, title, "images", image_paths=path)
    assert [json.loads(one["response"])["count"] for one in talk["conversation_history"]] == [1, 1]


PNG = (
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415478da63f8cfc0000003010100f70341430000000049454e44ae426082"
)


async def test_a_continuous_stream_obeys_the_model_and_both_switches(client, title):
    options = {"enable_auto_tagging": True, "enable_auto_titling": True}
    async with client.continuous_stream_chat("penguins", 2, title, "reason", **options) as events:
        assert [event async for event in events]
    done = events.result
    assert done["conversation_history"][0]["response"] == "Answer: penguins"
    chat = await client.chats.get(done["chat_id"])
    assert (chat.title, done["suggested_title"]) == ("About penguins", "About penguins")
    assert set(done["suggested_tags"]) <= set(chat.tag_ids)
    assert done["suggested_tags"]


async def run(client, streamed, *given, **options):
    if not streamed:
        return await client.continuous_chat(*given, **options)
    async with client.continuous_stream_chat(*given, **options) as events:
        assert [event async for event in events]
    return events.result
