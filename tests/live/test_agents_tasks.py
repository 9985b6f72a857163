import uuid

import pytest

from agent_tools import TASK, adder, plain
from openwebui_chat_client import NameNotFoundError, TurnError
from openwebui_chat_client._messages import branch, branches, messages, text_of
from openwebui_chat_client.turns.answer import tool_calls_of
from openwebui_chat_client.turns.details import calls_in
from openwebui_chat_client.types import AgentPrompts, TaskRun

USAGE = {"stream_options": {"include_usage": True}}


@pytest.fixture
async def tool(keyed):
    return await adder(keyed)


@pytest.fixture
def task():
    """A task that nobody has set, for which a scripted model calls the tool."""
    return f"{TASK} for {uuid.uuid4().hex}"


async def said(client, chat_id):
    chat = (await client.chats.get(chat_id)).chat
    assert len(branches(chat)) == 1
    return plain(chat)


async def read(events, told):
    async for event in events:
        told.append(event)


async def test_the_server_runs_the_tool_and_the_next_step_sees_what_it_said(client, tool, task):
    done = await client.process_task(task, "worker", tool)
    assert isinstance(done, TaskRun)
    assert (done["solution"], done["completed"], done["iterations"]) == ("the sum is 42", True, 2)
    assert done["key_findings"] == ["the sum is 42"]
    assert done["todo_list"] == [
        {"task": "ask the tool", "status": "completed"},
        {"task": "answer", "status": "pending"},
    ]
    roles = [message["role"] for message in done["conversation_history"]]
    assert roles == ["system", "user", "tool", "assistant", "user", "assistant"]
    assert done["conversation_history"][1]["content"] == task
    told = await said(client, done["chat_id"])
    assert [message["role"] for message in told] == ["user", "assistant"] * 2
    assert told[0]["content"] == task
    stored = branch((await client.chats.get(done["chat_id"])).chat)[1]
    (call,) = tool_calls_of(stored.get("output")) or calls_in(stored["content"])
    assert (call.name, call.result) == ("add_numbers", "the sum is 42")


async def test_each_run_is_a_chat_of_its_own_titled_and_with_the_prompt_that_made_it(keyed, tool, task):
    task = f"{task} {'long ' * 20}"
    runs = [await keyed.process_task(task, "worker", tool) for _ in range(2)]
    name = f"Task Processing: {task[:50]}"
    chats = [await keyed.chats.get(run["chat_id"]) for run in runs]
    assert chats[0].id != chats[1].id
    assert [chat.title for chat in chats] == [name, name]
    assert {run["chat_title"] for run in runs} == {name}
    for chat in chats:
        assert len(messages(chat.chat)) == 4
        assert chat.chat["params"]["system"] == AgentPrompts().task_system


async def test_events_carry_what_is_documented(client, tool, task):
    async with client.stream_process_task(task, "worker", [tool]) as events:
        told = [event async for event in events]
    first = [event for event in told if event["iteration"] == 1]
    kinds = [event["type"] for event in first]
    assert kinds == ["iteration_start", "action", "tool_call", "observation", "thought", "todo_list_update"]
    assert [event["type"] for event in told[6:]] == ["iteration_start", "thought", "final_answer"]
    by_kind = {event["type"]: event for event in first}
    called = {"tool": "add_numbers", "args": {"a": 2, "b": 40}}
    assert by_kind["iteration_start"]["content"] == task
    assert by_kind["action"]["content"] == by_kind["tool_call"]["content"] == called
    assert (by_kind["tool_call"]["tool_name"], by_kind["tool_call"]["tool_input"]) == (called["tool"], called["args"])
    assert by_kind["observation"]["content"] == "the sum is 42"
    assert by_kind["todo_list_update"]["content"] == by_kind["todo_list_update"]["todo_list"]
    assert by_kind["todo_list_update"].todo_list[0].status == "completed"
    assert told[-1] == {"type": "final_answer", "iteration": 2, "content": "the sum is 42"}
    assert events.result["solution"] == "the sum is 42"


async def test_options_are_decided_by_the_model_that_is_named_for_it(client, task):
    async with client.stream_process_task(task, "undecided", [], decision_model_id="decider") as events:
        told = [event async for event in events]
    (decision,) = [event for event in told if event["type"] == "decision"]
    assert (decision["selected_option"], decision["content"], decision["iteration"]) == (3, "On foot", 1)
    assert decision["options"][0] == {"number": 1, "label": "By ship", "description": "slow"}
    assert events.result["solution"] == "On foot, as number 3"
    chat = await said(client, events.result["chat_id"])
    assert [message["model"] for message in chat if message["role"] == "assistant"] == [
        "undecided",
        "decider",
        "undecided",
    ]
    assert "Option 3 is chosen: On foot" in chat[-2]["content"]


async def test_a_model_that_decides_nothing_is_asked_twice_and_the_run_goes_on_without(keyed, task):
    async with keyed.stream_process_task(task, "undecided", [], None, 2, decision_model_id="babbler") as events:
        told = [event["type"] async for event in events]
    assert "decision" not in told
    chat = await said(keyed, events.result["chat_id"])
    assert [message["model"] for message in chat if message["role"] == "assistant"] == [
        "undecided",
        "babbler",
        "babbler",
        "undecided",
        "babbler",
        "babbler",
    ]
    assert (told[-1], events.result["completed"]) == ("error", False)


async def test_without_a_model_that_decides_nobody_does(keyed, task):
    done = await keyed.process_task(task, "undecided", [], max_iterations=2)
    assert (done["solution"], done["iterations"]) == ("Max iterations reached.", 2)


async def test_an_answer_that_cannot_be_read_is_asked_for_once_more(client, tool, task):
    done = await client.process_task(task, "clumsy-worker", tool)
    assert (done["solution"], done["completed"], done["iterations"]) == ("the sum is 42", True, 3)
    told = await said(client, done["chat_id"])
    assert told[1]["content"] == "Well, that depends."
    assert "none of the sections" in told[2]["content"]


async def test_what_a_model_says_that_never_keeps_to_the_sections_is_its_answer(client, task):
    done = await client.process_task(task, "babbler", [])
    assert (done["solution"], done["completed"], done["iterations"]) == ("Well, that depends.", True, 2)


async def test_a_model_that_says_nothing_at_all_ends_at_the_limit(keyed, task):
    done = await keyed.process_task(task, "empty", [], max_iterations=3)
    assert (done["solution"], done["completed"], done["iterations"]) == ("Max iterations reached.", False, 3)


async def test_a_run_that_never_finishes_ends_at_max_iterations(client, tool, task):
    async with client.stream_process_task(task, "endless", tool, max_iterations=3) as events:
        told = [event async for event in events]
    assert told[-1] == {"type": "error", "iteration": 3, "content": "Max iterations reached."}
    done = events.result
    assert (done["solution"], done["completed"], done["iterations"]) == ("Max iterations reached.", False, 3)
    assert done["todo_list"] == [{"task": "go on", "status": "in_progress"}]
    assert len(await said(client, done["chat_id"])) == 6


@pytest.mark.parametrize("params", [{}, USAGE])
async def test_a_run_that_never_finishes_ends_at_its_token_budget(keyed, tool, task, params):
    done = await keyed.process_task(task, "endless", tool, token_budget=2500, params=params)
    assert (done["solution"], done["completed"]) == ("Token budget reached.", False)
    assert 0 < done["iterations"] < 25
    assert done["tokens"] <= 2500


@pytest.mark.newest("servers before 0.8 do not keep what the provider counts")
async def test_tokens_are_what_the_provider_counts_where_it_counts(keyed, task):
    done = await keyed.process_task(task, "worker", [], params=USAGE)
    answers = [message for message in await said(keyed, done["chat_id"]) if message["role"] == "assistant"]
    assert done["tokens"] == sum(answer["usage"]["total_tokens"] for answer in answers)


def prompts_of(server, model, word):
    """How long the prompts about this were, in signs, as the model got them."""
    asked = [one.body for one in server.model.requests if one.model == model and "messages" in one.body]
    heard = [[str(message.get("content") or "") for message in body["messages"]] for body in asked]
    return [sum(map(len, texts)) for texts in heard if any(word in text for text in texts)]


async def test_a_summary_keeps_the_prompt_below_the_models_context(keyed, server, tool, task):
    word = task.split()[-1]
    done = await keyed.process_task(task, "endless", tool, None, 20, True, context_tokens=700)
    assert done["iterations"] == 20
    assert max(prompts_of(server, "endless", word)) < 4 * 700
    assert isinstance(done["conversation_history"], str)
    without = await keyed.process_task(f"{task} at length", "endless", tool, None, 20, context_tokens=700)
    assert max(prompts_of(server, "endless", f"{word} at length")) > 4 * 700
    assert len(without["conversation_history"]) == 61


async def test_after_a_summary_the_chat_is_whole_and_the_run_goes_on_in_a_branch_that_begins_with_it(keyed, tool, task):
    prompts = AgentPrompts(task_summary="Sum it up.")
    done = await keyed.process_task(
        task, "endless", tool, summarize_history=True, context_tokens=700, max_iterations=8, prompts=prompts
    )
    chat = (await keyed.chats.get(done["chat_id"])).chat
    first, second = ([{**one, "content": text_of(one)} for one in found] for found in branches(chat))
    assert (first[0]["content"], first[-2]["content"]) == (task, "Sum it up.")
    assert second[0]["content"].startswith(task)
    assert first[-1]["content"].strip() in second[0]["content"]
    assert plain(chat) == second
    assert len(messages(chat)) == len(first) + len(second) == 2 * (8 + 1)


async def test_a_result_too_long_for_any_summary_is_cut_short(keyed, tool):
    task = f'long_story {{"words": 9000}} {uuid.uuid4().hex}'
    done = await keyed.process_task(task, "endless", tool, None, 2, summarize_history=True, context_tokens=4000)
    chat = (await keyed.chats.get(done["chat_id"])).chat
    _, second = branches(chat)
    assert "word word" in second[0]["content"]
    assert len(second[0]["content"]) < 4000
    assert done["iterations"] == 2


async def test_with_summaries_asked_for_the_history_is_one_text(keyed, task):
    done = await keyed.process_task(task, "worker", [], summarize_history=True)
    assert done["conversation_history"].startswith("system: ")
    assert f"user: {task}" in done["conversation_history"]


async def test_a_knowledge_base_is_what_the_answer_rests_on(client, tmp_path):
    name = f"Facts {uuid.uuid4().hex}"
    base = await client.create_knowledge_base(name)
    path = tmp_path / "facts.txt"
    path.write_text(f"The zebra lives in Kenya. {uuid.uuid4()}\n")
    await client.add_file_to_knowledge_base(base.id, path)
    done = await client.process_task("Where does the zebra live?", "context", [], name)
    assert "Kenya" in done["solution"]
    told = await said(client, done["chat_id"])
    assert all(message["sources"] for message in told if message["role"] == "assistant")


async def test_an_unknown_knowledge_base_or_tool_fails_before_anything_is_stored(client, task):
    for options in ({"knowledge_base_name": "nope"}, {"tool_server_ids": ["nope"]}):
        with pytest.raises(NameNotFoundError, match="nope") as caught:
            await client.process_task(**{"question": task, "model_id": "worker", "tool_server_ids": [], **options})
        assert caught.value.state["chat_id"] == ""
    assert await client.chats.find(f"Task Processing: {task[:50]}") is None


async def test_a_model_that_fails_raises_with_what_there_is_after_it_was_told(client, task):
    told = []
    with pytest.raises(TurnError, match="scripted failure 500") as caught:
        await read(client.stream_process_task(task, "once", [], max_iterations=5), told)
    assert [event["type"] for event in told] == ["iteration_start", "thought", "iteration_start", "error"]
    state = caught.value.state
    assert (state["solution"], state["completed"], state["iterations"]) == ("", False, 2)
    assert (await client.chats.get(state["chat_id"])).title == f"Task Processing: {task[:50]}"


async def test_a_run_goes_on_from_its_chat_with_what_was_found(keyed, tool, task):
    before = await keyed.process_task(task, "worker", tool, max_iterations=1)
    assert before["completed"] is False
    done = await keyed.process_task(task, "worker", tool, chat_id=before["chat_id"])
    assert (done["solution"], done["completed"], done["iterations"]) == ("the sum is 42", True, 2)
    assert (done["key_findings"], done["chat_title"]) == (before["key_findings"], before["chat_title"])
    assert len(await said(keyed, done["chat_id"])) == 4
    again = await keyed.process_task(task, "worker", tool, chat_id=before["chat_id"])
    assert (again["solution"], again["completed"]) == ("the sum is 42", True)
    assert len(await said(keyed, done["chat_id"])) == 4


async def test_a_task_that_a_chat_has_not_seen_is_added_to_it(keyed, title, tool, task):
    first = await keyed.chat("hello", title)
    done = await keyed.process_task(task, "worker", tool, chat_id=first.chat_id)
    told = await said(keyed, first.chat_id)
    assert [message["content"] for message in told][:3] == ["hello", "hello", task]
    assert (done["chat_id"], done["completed"]) == (first.chat_id, True)
    assert (await keyed.chats.get(first.chat_id)).title == title


async def test_the_model_is_told_by_templates_of_ours_and_asked_with_our_parameters(keyed, server, task):
    prompts = AgentPrompts(task_system="Du bist fleißig.")
    await keyed.process_task(task, "worker", [], prompts=prompts, params={"temperature": 0.25}, folder_name=task)
    bodies = [
        request.body
        for request in server.model.requests
        if any(message["content"] == task for message in request.body.get("messages", ()))
    ]
    assert bodies
    for body in bodies:
        assert body["messages"][0] == {"role": "system", "content": "Du bist fleißig."}
        assert body["temperature"] == 0.25
    found = await keyed.chats.find(f"Task Processing: {task[:50]}")
    assert (await keyed.chats.get(found.id)).folder_id == await keyed.get_folder_id_by_name(task)
