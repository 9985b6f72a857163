"""What models write while they work on a task, or plan a research, and what is read out of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openwebui_chat_client.agents.plans import Plan, choice, plan
from openwebui_chat_client.agents.prompts import DEFAULT
from openwebui_chat_client.agents.results import Option
from openwebui_chat_client.agents.thoughts import thought

TODO = [("one", "completed"), ("two", "in_progress"), ("three", "pending")]
TODO_LISTS = [
    "**Todo List:**\n- [x] one\n- [@] two\n- [ ] three",
    "**To-Do List:**\n* [X] one\n* [~] two\n* [] three",
    "### To-Do List\n\n1. [✓] one\n2. [-] two\n3. [ ] three",
    "Todo list:\n- one (done)\n- two (in progress)\n- three (pending)",
    "**TODO**: \n- one (completed)\n- two (in-progress)\n- three",
    '{"todo_list": [{"task": "one", "status": "done"}, {"task": "two", "status": "in progress"}, {"task": "three"}]}',
    "**Todo List:**\n- [ ] an old one\n\n**Thought:** more\n\n**Todo List:**\n- [x] one\n- [@] two\n- [ ] three",
]


@pytest.mark.parametrize("text", TODO_LISTS)
def test_a_todo_list_is_read_however_it_is_written(text):
    found = thought(text)
    assert [(todo.task, todo.status) for todo in found.todo_list] == TODO
    assert found.readable


FINDINGS = [
    ("**Key Findings:**\n- one\n- two\n  goes on", ["one", "two goes on"]),
    ("## Key findings\none", ["one"]),
    ("**Key Findings:** one", ["one"]),
    ("**Key Findings:**\n- one\n\n**Thought:** x\n\n**Key Findings:**\n- two\n- one", ["one", "two"]),
    ('```json\n{"key_findings": ["one", "two"]}\n```', ["one", "two"]),
    ("**Key Findings:**\n- 潮汐由月球引起", ["潮汐由月球引起"]),
]


@pytest.mark.parametrize(("text", "findings"), FINDINGS)
def test_key_findings_are_added_up(text, findings):
    assert thought(text).findings == findings


FINAL = [
    ("**Final Answer:** 42", "42"),
    ("**Final Answer**\n\n42", "42"),
    ("# Final Answer:\n42\n\n1. because\n2. of", "42\n\n1. because\n2. of"),
    ("Thought: x\nFinal Answer: 42\n\n**Options:** none", "42\n\n**Options:** none"),
    ("Final Answer: 42\n\n**Todo List:**\n- [x] all", "42"),
    ('{"final_answer": "42"}', "42"),
    ("**Final Answer:**", ""),
    ("The final answer is near.", ""),
    ("**Thought:** no answer yet", ""),
]


@pytest.mark.parametrize(("text", "answer"), FINAL)
def test_the_final_answer_is_what_stands_under_its_heading(text, answer):
    assert thought(text).final_answer == answer


OPTIONS = [
    (
        "**Options:**\n1. **Fast**: by train\n2. Slow - by ship\n3) Never",
        [("Fast", "by train"), ("Slow", "by ship"), ("Never", "")],
    ),
    ("Option 1: Fast\nOption 2: Slow", [("Fast", ""), ("Slow", "")]),
    ("**Option 1:** Fast\n\n**Option 2:** Slow: by ship", [("Fast", ""), ("Slow", "by ship")]),
    (
        '{"options": [{"label": "Fast"}, {"label": "Slow", "description": "by ship"}]}',
        [("Fast", ""), ("Slow", "by ship")],
    ),
    ("**Options:**\n1. the only one", []),
    ("**Thought:** I will\n1. look\n2. answer", []),
    ("Option 1: Fast\nOption 2: Slow\n\n**Final Answer:** 42", []),
]


@pytest.mark.parametrize(("text", "options"), OPTIONS)
def test_two_numbered_options_or_more_are_a_choice(text, options):
    found = thought(text).options
    assert [(option.label, option.description) for option in found] == options
    assert [option.number for option in found] == list(range(1, len(options) + 1))


@pytest.mark.parametrize("text", ["", "I see.", "1. Options are few", "**Thoughtful** words", '{"answer": 42}', "{"])
def test_what_has_no_section_is_not_readable(text):
    assert not thought(text).readable


def test_the_headings_that_the_system_prompt_asks_for_are_those_that_are_read():
    found = thought(DEFAULT.task_system.partition("**Thought:**")[2].join(["**Thought:**", ""]))
    assert [todo.status for todo in found.todo_list] == ["completed", "in_progress", "pending"]
    assert (len(found.findings), found.final_answer) == (1, "the whole answer")


PLANS = [
    ('{"next_question": "Why?", "chosen_model_type": "General"}', Plan("Why?", searches=False)),
    (
        'Sure:\n```json\n{"next_question": "Why?", "chosen_model_type": "Search-Capable"}\n```',
        Plan("Why?", searches=True),
    ),
    ('{"question": " Why? ", "model_type": "search"}', Plan("Why?", searches=True)),
    ('{} {"next_question": "潮汐为什么有两次?"}', Plan("潮汐为什么有两次?", searches=False)),
    ('**Next question:** "Why?"\n**Model type:** Search-Capable', Plan("Why?", searches=True)),
    ("next_question: Why?", Plan("Why?", searches=False)),
    ('{"next_question": "…"}', None),
    ('{"next_question": ""}', None),
    ('{"next_question": "Why?"', None),
    ('["next_question"]', None),
    ("Why?", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "planned"), PLANS)
def test_a_plan_is_found_in_what_is_around_it(text, planned):
    assert plan(text) == planned


def test_an_example_that_a_template_gives_is_no_plan():
    assert plan(DEFAULT.research_plan) is None


CHOICES = [
    ("2", 2),
    ("I take option 2.", 2),
    ("**2**", 2),
    ("There are 3 of them.\n2.", 2),
    ('{"selected_option": 2}', 2),
    ("Option 2, because 1 is too slow", 2),
    ("2 is best", 2),
    ("7", None),
    ("neither", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "number"), CHOICES)
def test_a_choice_is_the_number_that_is_named_and_offered(text, number):
    offered = [Option(number=one, label=f"label {one}", description="") for one in (1, 2, 3)]
    chosen = choice(text, offered)
    assert (chosen and chosen.number) == number


def test_what_is_nested_too_deep_to_be_meant_is_no_error():
    deep = '{"a":' * 100_000
    assert (plan(deep), thought(deep).readable, choice(deep, [])) == (None, False, None)


SIGNS = st.text(
    alphabet=st.sampled_from('*_#-[]{}():：x@ 12.\n"Option Final Answer Todo List Key Findings Thought潮'), max_size=300
)


@given(st.one_of(st.text(max_size=300), SIGNS))
def test_whatever_a_model_writes_is_read_without_an_error(text):
    found = thought(text)
    assert len(found.options) != 1
    assert all(todo.status in {"completed", "in_progress", "pending"} for todo in found.todo_list)
    planned = plan(text)
    assert planned is None or planned.question in text
    assert choice(text, found.options) in [None, *found.options]
