import json
import uuid

import pytest

from agent_tools import plain
from openwebui_chat_client import TurnError
from openwebui_chat_client._messages import branches
from openwebui_chat_client.types import AgentPrompts, Research


@pytest.fixture
def topic():
    return f"Tides {uuid.uuid4().hex}"


async def said(client, chat_id):
    chat = (await client.chats.get(chat_id)).chat
    assert len(branches(chat)) == 1
    return plain(chat)


async def test_each_step_is_a_plan_a_question_and_an_answer_and_then_comes_the_report(client, topic):
    found = await client.deep_research(topic, general_models="planner", search_models="echo")
    assert isinstance(found, Research)
    assert [(step["question"], step["model"], step["answer"]) for step in found["steps"]] == [
        ("Question 1?", "planner", "The answer to Question 1?"),
        ("Question 2?", "echo", "Question 2?"),
        ("Question 3?", "planner", "The answer to Question 3?"),
    ]
    assert found["final_report"] == "Report: The answer to Question 1? Question 2? The answer to Question 3?"
    assert (found["total_steps_completed"], found["skipped"], found["sources"]) == (3, [], [])
    assert found["research_log"][0] == "Q: Question 1?\nA: The answer to Question 1?"
    assert (found["topic"], found["chat_title"]) == (topic, f"Deep Dive: {topic}")
    chat = await client.chats.get(found["chat_id"])
    assert chat.title == f"Deep Dive: {topic}"
    told = await said(client, found["chat_id"])
    assert [message["role"] for message in told] == ["user", "assistant"] * 7
    assert told[-1]["content"] == found["final_report"]
    assert {message["id"] for message in told} >= {step["message_id"] for step in found["steps"]}


async def test_planner_and_report_are_given_the_answers_and_not_only_the_questions(keyed, topic):
    found = await keyed.deep_research(topic, num_steps=2, general_models=["planner", "planner"])
    prompts = AgentPrompts(research_report="What did you hear of {topic}?")
    heard = await keyed.deep_research(
        topic, num_steps=2, general_models="transcript", chat_id=found["chat_id"], prompts=prompts
    )
    told = json.loads(heard["final_report"])
    texts = [message["content"] for message in told]
    assert "The answer to Question 1?" in texts
    assert "The answer to Question 2?" in texts
    second_plan = next(number for number, text in enumerate(texts) if "step 2 of 2" in text)
    assert "The answer to Question 1?" in texts[:second_plan]
    assert texts[-1] == f"What did you hear of {topic}?"


async def test_without_models_that_search_there_is_no_choice(keyed, topic):
    found = await keyed.deep_research(topic, num_steps=2, general_models="planner")
    assert [step["model"] for step in found["steps"]] == ["planner", "planner"]
    told = await said(keyed, found["chat_id"])
    assert "says who is to answer" not in told[0]["content"]
    both = await keyed.deep_research(topic, num_steps=1, general_models="planner", search_models="echo")
    assert "says who is to answer" in (await said(keyed, both["chat_id"]))[0]["content"]


async def test_one_of_the_models_of_a_kind_is_picked_and_the_same_with_the_same_seed(keyed, topic):
    picked = {}
    for seed in (1, 1, 2, 3, 4, 5):
        found = await keyed.deep_research(topic, num_steps=3, general_models=["planner", "echo", "echo-2"], seed=seed)
        models = tuple(step["model"] for step in found["steps"])
        assert picked.setdefault(seed, models) == models
        assert set(models) <= {"planner", "echo", "echo-2"}
    assert len(set(picked.values())) > 1


async def test_a_plan_that_cannot_be_read_is_asked_for_once_more(client, topic):
    found = await client.deep_research(topic, num_steps=1, general_models="clumsy-planner")
    assert (found["total_steps_completed"], found["skipped"]) == (1, [])
    texts = [message["content"] for message in await said(client, found["chat_id"])]
    assert (texts[1], "could not be read" in texts[2], texts[4]) == ("Well, that depends.", True, "Question 1?")


async def test_a_planner_that_never_answers_to_the_point_costs_the_steps_and_not_the_report(client, topic):
    found = await client.deep_research(topic, num_steps=2, general_models="babbler")
    assert (found["total_steps_completed"], found["steps"]) == (0, [])
    assert [skipped["step"] for skipped in found["skipped"]] == [1, 2]
    assert "once more" in found["skipped"][0]["reason"]
    assert found["final_report"] == "Well, that depends."
    assert len(await said(client, found["chat_id"])) == 10


async def test_an_answer_that_fails_costs_its_step_only(keyed, topic):
    found = await keyed.deep_research(topic, num_steps=3, general_models="planner", search_models="fail-500")
    assert [step["question"] for step in found["steps"]] == ["Question 1?", "Question 3?"]
    (skipped,) = found["skipped"]
    assert (skipped["step"], "scripted failure 500" in skipped["reason"]) == (2, True)
    assert found["final_report"].startswith("Report: ")


async def test_a_planner_that_fails_raises_with_what_was_found(keyed, topic):
    with pytest.raises(TurnError, match="scripted failure 500") as caught:
        await keyed.deep_research(topic, general_models="fail-500")
    state = caught.value.state
    assert (state["steps"], state["final_report"]) == ([], "")
    assert (await keyed.chats.get(state["chat_id"])).title == f"Deep Dive: {topic}"


async def test_the_sources_of_the_answers_are_numbered_in_the_report(keyed, topic, tmp_path):
    name = f"Facts {uuid.uuid4().hex}"
    base = await keyed.create_knowledge_base(name)
    path = tmp_path / "facts.txt"
    path.write_text(f"Question 1 is about the moon. {uuid.uuid4()}\n")
    await keyed.add_file_to_knowledge_base(base.id, path)
    model = f"reader-{uuid.uuid4().hex}"
    meta = {"knowledge": [{"type": "collection", "id": base.id, "name": name}]}
    await keyed.models.create(model, base_model_id="context", params={"function_calling": "legacy"}, meta=meta)
    report = await keyed.deep_research(topic, num_steps=2, general_models=["planner"], search_models=[model])
    assert report["steps"][1]["sources"]
    assert [(one["number"], one["name"]) for one in report["sources"]] == [(1, "facts.txt")]
    assert report["final_report"].endswith("\n\n---\n\n[1] facts.txt")
    told = await said(keyed, report["chat_id"])
    assert "[1] facts.txt" in told[-2]["content"]


async def test_two_researches_of_one_topic_have_a_chat_each_under_the_same_title(keyed, topic):
    first = await keyed.deep_research(topic, topic, 1, "planner")
    second = await keyed.deep_research(topic, topic, 1, "planner")
    assert first["chat_id"] != second["chat_id"]
    assert {(await keyed.chats.get(one["chat_id"])).title for one in (first, second)} == {topic}
    assert [len(await said(keyed, one["chat_id"])) for one in (first, second)] == [6, 6]


async def test_an_interrupted_research_goes_on_from_its_chat(keyed, topic):
    async with keyed.agents.stream_research(topic, num_steps=3, general_models="planner") as events:
        async for event in events:
            if event["type"] == "step_complete":
                break
    state = events.result
    assert (state["total_steps_completed"], state["final_report"]) == (1, "")
    whole = await keyed.deep_research(topic, num_steps=2, general_models="planner", chat_id=state["chat_id"])
    assert whole["chat_id"] == state["chat_id"]
    assert [step["question"] for step in whole["steps"]] == ["Question 1?", "Question 2?"]
    assert whole["steps"][0] == state["steps"][0]
    assert whole["final_report"] == "Report: The answer to Question 1? The answer to Question 2?"
    assert len(await said(keyed, whole["chat_id"])) == 10


async def test_a_stream_tells_each_step_and_the_report(client, topic):
    async with client.agents.stream_research(topic, None, 2, ["planner"], ["fail-500"]) as events:
        told = [event async for event in events]
    assert [event["type"] for event in told] == [
        "step_planned",
        "step_complete",
        "step_planned",
        "step_skipped",
        "report_complete",
    ]
    assert told[1]["answer"] == "The answer to Question 1?"
    assert told[-1]["content"] == events.result["final_report"]


async def test_templates_of_ours_are_what_the_planner_is_asked(keyed, topic):
    prompts = AgentPrompts(research_plan='Frage {step} zu {topic}, als {"next_question": "…"}')
    found = await keyed.deep_research(topic, num_steps=1, general_models="planner", prompts=prompts)
    told = await said(keyed, found["chat_id"])
    assert told[0]["content"] == f'Frage 1 zu {topic}, als {{"next_question": "…"}}'
    assert found["total_steps_completed"] == 1


async def test_a_folder_is_kept_to(keyed, topic):
    found = await keyed.deep_research(topic, num_steps=1, general_models="planner", folder_name=topic)
    assert (await keyed.chats.get(found["chat_id"])).folder_id == await keyed.get_folder_id_by_name(topic)
