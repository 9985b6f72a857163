"""The scripted models that plan, work, decide: each as a pure function."""

import json

import pytest

from openwebui_chat_client.agents.plans import plan
from openwebui_chat_client.agents.prompts import DEFAULT
from openwebui_chat_client.agents.thoughts import thought
from openwebui_chat_client.local.scripted import MODELS, ChatRequest, Fail, Text, ToolCall
from openwebui_chat_client.local.scripted.agents import AGENTS, NONSENSE

TOOLS = [{"type": "function", "function": {"name": name, "parameters": {}}} for name in ("time", "add")]
TASK = 'add {"a": 1}'


def steps(model, *spoken, tools=()):
    """What it does after this, user and assistant in turn; a tuple is a tool's result."""
    messages, role = [], "user"
    for text in spoken:
        if isinstance(text, tuple):
            messages.append({"role": "tool", "content": text[0]})
            continue
        messages.append({"role": role, "content": text})
        role = "assistant" if role == "user" else "user"
    return list(MODELS[model](ChatRequest({"messages": messages, "tools": list(tools)})))


def said(*given, **options):
    return "".join(step.text for step in steps(*given, **options) if isinstance(step, Text))


def test_the_planner_names_questions_in_turn_for_both_kinds_of_models():
    first = plan(said("planner", DEFAULT.research_plan))
    second = plan(said("planner", DEFAULT.research_plan, "{}", "Question 1?", "It is.", DEFAULT.research_plan))
    assert (first.question, first.searches) == ("Question 1?", False)
    assert (second.question, second.searches) == ("Question 2?", True)


def test_the_planner_answers_and_reports_what_was_answered():
    assert said("planner", "Question 1?") == "The answer to Question 1?"
    planned = json.dumps({"next_question": "Question 1?"})
    told = said("planner", DEFAULT.research_plan, planned, "Question 1?", "It is.", DEFAULT.research_report)
    assert told == "Report: It is."


def test_the_worker_calls_the_tool_notes_its_result_and_answers_in_the_next_step():
    text, call = steps("worker", TASK, tools=TOOLS)
    assert (len(thought(text.text).todo_list), call) == (2, ToolCall("add", {"a": 1}))
    assert thought(said("worker", TASK, ("2",), tools=TOOLS)).findings == ["2"]
    assert thought(said("worker", TASK, ("2",), "**Key Findings:**\n- 2", "Go on.", tools=TOOLS)).final_answer == "2"
    assert thought(said("worker", TASK)).final_answer == "There are no tools."


def test_the_undecided_one_offers_options_and_takes_what_is_chosen():
    offered = thought(said("undecided", "Where?")).options
    assert [option.label for option in offered] == ["By ship", "By train", "On foot"]
    assert thought(said("undecided", "Option 2 is chosen: By train. Go on")).final_answer == "By train, as number 2"


def test_the_decider_takes_the_highest_number():
    assert said("decider", "Which?\n1. a\n2. b\n10. c") == "I take number 10."
    assert said("decider", "Which?") == "I take number 1."


@pytest.mark.parametrize("model", ["planner", "worker"])
def test_a_clumsy_one_is_the_same_after_it_has_talked_nonsense_once(model):
    question = DEFAULT.research_plan if model == "planner" else TASK
    assert said(f"clumsy-{model}", question) == NONSENSE
    spoken = (question, NONSENSE, question)
    assert steps(f"clumsy-{model}", *spoken, tools=TOOLS) == steps(model, *spoken, tools=TOOLS)


def test_the_babbler_never_says_anything_that_can_be_read():
    assert said("babbler", TASK, NONSENSE, "again") == NONSENSE
    assert not thought(NONSENSE).readable
    assert plan(NONSENSE) is None


def test_the_endless_one_calls_a_tool_in_each_step_and_never_answers():
    assert steps("endless", TASK, tools=TOOLS) == [ToolCall("add", {"a": 1})]
    assert steps("endless", TASK, "text", "Go on.", tools=TOOLS) == [ToolCall("add", {"a": 1})]
    found = thought(said("endless", TASK, ("2",), tools=TOOLS))
    assert (found.final_answer, len(found.todo_list)) == ("", 1)


def test_the_one_that_answers_once_refuses_every_other_question():
    assert steps("once", "why?") == [Text("why?")]
    assert steps("once", "why?", "why?", "and?") == [Fail(500, "scripted failure 500")]


def test_no_model_is_missing_here():
    tested = {"planner", "worker", "undecided", "decider", "babbler", "endless", "once"}
    tested |= {"clumsy-planner", "clumsy-worker"}
    assert tested == set(AGENTS)
