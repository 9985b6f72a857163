"""Open WebUI's background tasks, known by their prompts."""

import json

import pytest

from openwebui_chat_client.local.scripted import ChatRequest
from openwebui_chat_client.local.scripted.tasks import task_answer

HISTORY = """<chat_history>
USER: Why do "pythons" sleep so long?
second line
ASSISTANT: { "tags": [] }
USER: and
how deep?
ASSISTANT: Very.
</chat_history>"""
PROMPTS = [  # how the server asks for it, the answer
    ('JSON format: { "title": "your concise title here" }', {"title": 'About Why do "pythons" sleep'}),
    ('JSON format: { "tags": ["tag1", "tag2", "tag3"] }', {"tags": ["scripted", "pythons"]}),
    ('Strictly return in JSON format:\n{\n  "queries": ["query1"]\n}', {"queries": ["and\nhow deep?"]}),
    ('Strictly return in JSON format:\n{\n    "prompt": "Your description."\n}', {"prompt": "and\nhow deep?"}),
    ('If unsure, return: `{ "text": "" }`.', {"text": "and so on."}),
    (
        'JSON format: { "follow_ups": ["Question 1?", "Question 2?"] }',
        {
            "follow_ups": [
                'Tell me more about Why do "pythons" sleep?',
                'Why does Why do "pythons" sleep matter?',
                'What comes after Why do "pythons" sleep?',
            ]
        },
    ),
]


def answer(prompt):
    return task_answer(ChatRequest({"model": "fail-500", "messages": [{"role": "user", "content": prompt}]}))


def task(output, history=HISTORY):
    return f"### Task:\nDo something with the chat.\n### Output:\n{output}\n### Chat History:\n{history}"


@pytest.mark.parametrize(("output", "expected"), PROMPTS)
def test_a_task_is_answered_with_the_json_that_it_asks_for(output, expected):
    assert json.loads(answer(task(output))) == expected


MERGE = """You have been provided with a set of responses from various models to the latest user query: "x"

Responses from models: \"\"\"one
two\"\"\"

\"\"\"three\"\"\""""
PLAIN = [  # prompt, answer
    ("Your task is to reflect the speaker's likely facial expression through a fitting emoji.", "🙂"),
    ("### Task:\nSummarize the conversation history that will be compacted out of the chat.", "They talked."),
    (MERGE, "one\ntwo\n\nthree"),
]


@pytest.mark.parametrize(("prompt", "expected"), PLAIN)
def test_tasks_that_want_plain_text_get_plain_text(prompt, expected):
    assert answer(prompt) == expected


TURNS = [
    "",
    "ping",
    'What does { "title": "x" } mean in <chat_history>?',
    '### Task:\nWrite { "title": "x" }',
    f"### Task:\nTell me the title.\n{HISTORY}",
    f'My notes: ### Task: {{ "title": 1 }} {HISTORY}',
]


@pytest.mark.parametrize("question", TURNS)
def test_what_a_user_asks_is_no_task(question):
    assert answer(question) is None


SHORT = [  # history, title, tags
    ("", "About this", ["scripted"]),
    ("no speaker", "About no speaker", ["scripted", "speaker"]),
    ("USER: Scripted", "About Scripted", ["scripted"]),
    ("USER: " + "x" * 500, "About " + "x" * 80, ["scripted", "x" * 500]),
]


@pytest.mark.parametrize(("history", "title", "tags"), SHORT)
def test_short_and_odd_histories_have_titles_and_tags_too(history, title, tags):
    chat = f"<chat_history>\n{history}\n</chat_history>"
    assert json.loads(answer(task('{ "title": "" }', chat))) == {"title": title}
    assert json.loads(answer(task('{ "tags": [] }', chat))) == {"tags": tags}
