import html
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openwebui_chat_client._messages import text_of
from openwebui_chat_client.turns.details import calls_in, heard, reasoning_in, thought

CALL = (
    '<details type="tool_calls" done="true" id="c1" name="add" arguments="{arguments}"{result}>\n{body}</details>\n'
    "the sum"
)


def call(result, body="<summary>Tool Executed</summary>\n", arguments='{"a": 2}'):
    attribute = "" if result is None else f' result="{html.escape(json.dumps(result))}"'
    return CALL.format(arguments=html.escape(json.dumps(arguments)), result=attribute, body=body)


@pytest.mark.parametrize("line", ["plain", '<b> & "quotes"', "a\nb\n\nc", "> quoted", "x" * 10_000])
def test_a_thought_comes_back_as_it_was_and_is_no_text(line):
    content = thought(line) + "the answer"
    assert reasoning_in(content) == line
    assert text_of({"content": content}) == "the answer"


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1), min_size=1))
def test_any_thought_comes_back(lines):
    assert reasoning_in(thought("\n".join(lines))) == "\n".join(lines)


def test_no_thought_is_no_block():
    assert thought("") == ""
    assert reasoning_in("plain text with > a quote") == ""


@pytest.mark.parametrize(
    ("content", "result"),
    [
        (call("the sum is 42"), "the sum is 42"),
        (call([{"type": "input_text", "text": "the sum"}]), "the sum"),
        (call({"sum": 42}), '{"sum": 42}'),
        (call(None, body="<summary>Tool Executed</summary>\nthe sum is 42\n"), "the sum is 42"),
    ],
)
def test_a_tool_call_is_read_with_its_arguments_and_result(content, result):
    (found,) = calls_in(content)
    assert (found.id, found.name, found.arguments, found.result) == ("c1", "add", {"a": 2}, result)


def test_arguments_that_are_no_object_stay_a_text():
    assert calls_in(call("x", arguments="nonsense"))[0].arguments == html.unescape(json.dumps("nonsense"))


def test_a_call_that_still_runs_is_none():
    assert calls_in('<details type="tool_calls" done="false" id="c1" name="add">\n</details>') == []


@given(st.text())
def test_no_text_breaks_it(text):
    reasoning_in(f"<details{text}</details>")
    calls_in(f'<details type="tool_calls" done="true" {text}</details>')


def test_a_model_hears_what_its_tools_said_and_not_what_it_thought():
    assert heard(thought("hm") + call("the sum is 42")) == "the sum is 42\nthe sum"
    assert heard("  plain text\n") == "  plain text\n"
