"""The scripted models as pure functions: a question in, steps out."""

import base64
import hashlib
import json

import pytest

from openwebui_chat_client.local.scripted import (
    MODELS,
    Break,
    ChatRequest,
    Close,
    ErrorFrame,
    Fail,
    Hang,
    Pause,
    Reasoning,
    Text,
)
from openwebui_chat_client.local.scripted.agents import AGENTS

PIXEL = b"\x89PNG pixel"
RAG = """### Task:
Use the context, with citations **only when the <source> tag includes an id** (e.g., <source id="1">).
<context>
<source id="1" name="animals.txt">Cats purr. Dogs bark loudly.
The tower is 300 m high.</source>
<source id="2" name="empty.txt"></source>
</context>

"""


def ask(question, **body):
    return ChatRequest({"messages": [{"role": "user", "content": question}], **body})


def said(model, request):
    return "".join(step.text for step in MODELS[model](request) if isinstance(step, Text))


ANSWERS = [  # model, question, answer
    ("echo", "  two  words\n", "  two  words\n"),
    ("echo-2", "ping", "ping"),
    ("slow", "ping", "ping"),
    ("empty", "ping", ""),
    ("count", "please COUNT TO 3", "1 2 3"),
    ("count", "go", "1 2 3 4 5"),
    ("count", "count to 0", ""),
    ("reason", "why?", "Answer: why?"),
    ("transcript", "ü", '[{"role": "user", "content": "ü"}]'),
    ("tool", "call it", "No tools were offered."),
    ("images", "none", '{"count": 0, "images": []}'),
    ("context", "What do dogs do?", "The context does not say."),
    ("context", RAG + "What do dogs do?", "Dogs bark loudly."),
    ("context", RAG + "How high is the tower?", "The tower is 300 m high."),
    ("context", RAG + "Who is the king?", "The context does not say."),
    ("context", "<context>Ice is cold.</context>\n<user_query>Is ice warm?</user_query>", "Ice is cold."),
    ("break", "ping", "This answer breaks"),
]


@pytest.mark.parametrize(("model", "question", "answer"), ANSWERS)
def test_each_model_gives_its_answer(model, question, answer):
    assert said(model, ask(question)) == answer


FAULTS = [  # model, its last step
    *((f"fail-{status}", Fail(status, f"scripted failure {status}")) for status in (400, 401, 500, 503)),
    ("fail-429", Fail(429, "scripted failure 429", {"Retry-After": "1"})),
    ("error-frame", ErrorFrame("scripted failure in mid-stream")),
    ("break", Break()),
    ("close", Close()),
    ("hang", Hang()),
]


@pytest.mark.parametrize(("model", "fault"), FAULTS)
def test_each_failing_model_ends_in_its_fault(model, fault):
    assert list(MODELS[model](ask("ping")))[-1] == fault


def test_no_model_is_missing_from_these_tables():
    assert {row[0] for row in [*ANSWERS, *FAULTS]} == set(MODELS) - set(AGENTS)


def test_echo_streams_word_by_word():
    assert list(MODELS["echo"](ask("one two three"))) == [Text("one "), Text("two "), Text("three")]


def test_echo_joins_the_text_parts_of_a_question_with_images():
    parts = [
        {"type": "text", "text": "a"},
        {"type": "image_url", "image_url": {"url": "x"}},
        {"type": "text", "text": "b"},
    ]
    assert said("echo", ask(parts)) == "a\nb"


def test_count_pauses_between_numbers_only():
    assert list(MODELS["count"](ask("count to 2 every 20 ms"))) == [Text("1"), Pause(0.02), Text(" 2")]


def test_count_has_bounds():
    steps = list(MODELS["count"](ask("count to 999999 every 999999 ms")))
    assert (steps[-1], steps[-2]) == (Text(" 5000"), Pause(10))


def test_reason_thinks_before_it_answers():
    steps = list(MODELS["reason"](ask("why?")))
    thought = [step.text for step in steps if isinstance(step, Reasoning)]
    assert "".join(thought) == "Thinking about: why?"
    assert all(isinstance(step, Text) for step in steps[len(thought) :])


def test_images_are_told_by_message_type_and_hash():
    inline = f"data:image/png;base64,{base64.b64encode(PIXEL).decode()}"
    urls = [inline, "https://example.org/cat.png", "data:image/gif;base64,abc"]
    parts = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    messages = [{"role": "system", "content": "s"}, {"role": "user", "content": parts}]
    assert json.loads(said("images", ChatRequest({"messages": messages}))) == {
        "count": 3,
        "images": [
            {"message": 1, "mime": "image/png", "sha256": hashlib.sha256(PIXEL).hexdigest()},
            {"message": 1, "url": "https://example.org/cat.png"},
            {"message": 1, "mime": "image/gif", "error": "not base64"},
        ],
    }


def test_context_may_stand_in_the_system_message():
    messages = [{"role": "system", "content": RAG}, {"role": "user", "content": "Do cats purr?"}]
    assert said("context", ChatRequest({"messages": messages})) == "Cats purr."
