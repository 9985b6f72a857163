"""Which tool the scripted model calls, with what, and when it has its answer."""

import json

import pytest

from openwebui_chat_client.local.scripted import MODELS, ChatRequest, Text, ToolCall
from openwebui_chat_client.local.scripted.tasks import task_answer

WEATHER = {
    "name": "weather",
    "parameters": {
        "properties": {
            "city": {"type": "string"},
            "days": {"type": "integer"},
            "unit": {"enum": ["C", "F"]},
            "lang": {"type": "string", "default": "en"},
            "wind": {"anyOf": [{"type": "null"}, {"type": "boolean"}]},
            "note": {"type": "string"},
        },
        "required": ["city", "days", "unit", "lang", "wind"],
    },
}
TIME, TIMER = {"name": "time"}, {"name": "timer", "parameters": None}
SAMPLES = {"city": "text", "days": 1, "unit": "C", "lang": "en", "wind": True}
LEGACY = f"""Available Tools: {json.dumps([WEATHER, TIME])}

Your task is to choose and return the correct tool(s) from the list of available tools based on the query.
- If no tools match the query, return an empty array:
   {{
     "tool_calls": []
   }}"""

CHOICES = [  # question, call
    ("go", ToolCall("weather", SAMPLES)),
    ("call time please", ToolCall("time", {})),
    ("set the timer", ToolCall("timer", {})),
    ('weather for {"city": "Rome", "days": 2}', ToolCall("weather", {"city": "Rome", "days": 2})),
    ("weather {not json}", ToolCall("weather", SAMPLES)),
    ('time {broken {"zone": {}}', ToolCall("time", {"zone": {}})),
    ('<context>timer {"a": 1}</context>\ntime', ToolCall("time", {})),
]


def user(text):
    return {"role": "user", "content": text}


def steps(*messages, tools=(WEATHER, TIME, TIMER)):
    offered = [{"type": "function", "function": tool} for tool in tools]
    return list(MODELS["tool"](ChatRequest({"messages": list(messages), "tools": offered})))


def said(*messages, **options):
    return "".join(step.text for step in steps(*messages, **options) if isinstance(step, Text))


@pytest.mark.parametrize(("question", "call"), CHOICES)
def test_the_tool_named_in_the_question_is_called_with_the_json_in_it(question, call):
    assert steps(user(question)) == [call]


def test_a_result_after_the_question_is_the_answer():
    assert said(user("time"), {"role": "tool", "content": "12:00"}) == "Tool said: 12:00"


def test_a_result_of_an_earlier_turn_is_not_the_answer():
    earlier = [user("time"), {"role": "tool", "content": "12:00"}, {"role": "assistant", "content": "noon"}]
    assert steps(*earlier, user("weather"))[0] == ToolCall("weather", SAMPLES)


def test_citations_that_the_server_adds_after_a_result_are_no_new_question():
    citations = user('<context>\n<source id="1" name="time"></source>\n</context>\n')
    assert said(user("time"), {"role": "tool", "content": "12:00"}, citations) == "Tool said: 12:00"


def test_the_result_of_a_legacy_call_comes_as_a_source():
    question = user('<context>\n<source id="1" name="time">12:00</source>\n</context>\n\nwhat time is it?')
    assert said(question, tools=()) == "Tool said: 12:00"


LEGACY_CHOICES = [  # model, question, calls
    ("tool", "go", [{"name": "weather", "parameters": SAMPLES}]),
    ("tool", 'time {"zone": 1}', [{"name": "time", "parameters": {"zone": 1}}]),
    ("echo", "time", []),
]


@pytest.mark.parametrize(("model", "question", "calls"), LEGACY_CHOICES)
def test_the_legacy_prompt_gets_the_json_that_it_asks_for(model, question, calls):
    messages = [{"role": "system", "content": LEGACY}, user(f'History:\nUSER: """weather"""\nQuery: {question}')]
    answer = task_answer(ChatRequest({"model": model, "messages": messages}))
    assert json.loads(answer) == {"tool_calls": calls}


def test_the_legacy_prompt_without_tools_gets_no_calls():
    system = 'Available Tools: none\n{"tool_calls": []}'
    request = ChatRequest({"model": "tool", "messages": [{"role": "system", "content": system}, user("Query: x")]})
    assert json.loads(task_answer(request)) == {"tool_calls": []}
