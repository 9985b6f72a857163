from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openwebui_chat_client._messages import output_text, text_of
from openwebui_chat_client.turns.answer import Answer
from openwebui_chat_client.turns.events import (
    FollowUpsSuggested,
    ReasoningDelta,
    SourcesFound,
    StatusUpdate,
    TextDelta,
    TextReplaced,
    ToolCalled,
    Usage,
)
from openwebui_chat_client.turns.results import Source, ToolCall


def item(text, kind="message"):
    return {"type": kind, "content": [{"type": "output_text", "text": text}]}


def delta(text, index=0):
    data = {"type": "response.output_text.delta", "output_index": index, "delta": text}
    return {"type": "response:completion", "data": data}


def completion(**data):
    return {"type": "chat:completion", "data": data}


def fed(*frames):
    answer = Answer()
    return answer, [event for frame in frames for event in answer.feed(frame)]


DETAILS = '<details type="reasoning" done="true">\n<summary>Thought</summary>\n&gt; hm\n</details>\n'


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"content": "plain"}, "plain"),
        ({"content": "", "output": [item("only there")]}, "only there"),
        ({"content": "old", "output": [item("new")]}, "new"),
        ({"content": DETAILS + "answer"}, "answer"),
        ({"content": f"a {DETAILS}b {DETAILS}c"}, "a b c"),
        ({"content": "<details open>nested <details>x</details> y</details>z"}, "<details open>nested y</details>z"),
        ({"content": [{"type": "text", "text": "part"}, {"type": "image_url"}]}, "part"),
        ({"content": None}, ""),
        ({}, ""),
    ],
)
def test_the_text_is_found_where_the_servers_version_keeps_it(message, text):
    assert text_of(message) == text


def test_only_message_items_make_the_text_and_blank_ones_do_not_count():
    output = [item("why", "reasoning"), item("one"), item("  \n"), item("call", "function_call"), item("two")]
    assert output_text(output) == "one\ntwo"


@pytest.mark.parametrize("output", [None, "text", [None], [{}], [{"type": "message", "content": None}]])
def test_output_of_another_shape_is_no_text(output):
    assert output_text(output) == ""


def test_pieces_become_text():
    answer, events = fed(delta("Hel"), delta("lo"), completion(done=True, output=[item("Hello")]))
    assert events == [TextDelta("Hel"), TextDelta("lo")]
    assert (answer.text, answer.done) == ("Hello", True)


def test_blank_pieces_count_only_once_text_follows():
    assert fed(delta("\n"), delta(" a"))[1] == [TextDelta("\n a")]
    assert fed(delta("a"), delta(" \n", 2), delta("b", 3))[0].text == "a\nb"


def test_snapshots_give_what_is_new_in_them():
    _, events = fed(completion(content="Hel"), completion(content="Hello"), completion(content="Hello", done=True))
    assert events == [TextDelta("Hel"), TextDelta("lo")]


def test_pieces_go_on_after_a_snapshot():
    answer, _ = fed(delta("a"), completion(output=[item("a"), item("", "function_call"), item("")]), delta("b", 2))
    assert answer.text == "a\nb"


def test_a_text_that_was_changed_is_given_whole():
    assert fed(delta("bad word"), {"type": "replace", "data": {"content": "***"}})[1][-1] == TextReplaced("***")


def test_reasoning_sources_status_and_usage_have_events_of_their_own():
    source = {"source": {"name": "a.txt"}, "document": ["x"]}
    answer, events = fed(
        {"type": "response:completion", "data": {"type": "response.reasoning_text.delta", "delta": "hm"}},
        {"type": "status", "data": {"description": "Searching", "done": False}},
        completion(sources=[source]),
        {"type": "source", "data": source},
        {"type": "source", "data": {"type": "code_execution"}},
        completion(usage={"total_tokens": 3}),
        completion(usage={"total_tokens": 3}),
    )
    assert events == [
        ReasoningDelta("hm"),
        StatusUpdate("Searching", done=False),
        SourcesFound([source]),
        SourcesFound([source]),
        Usage({"total_tokens": 3}),
    ]
    parts = answer.parts()
    assert (parts["sources"], parts["usage"]) == ([source, source], {"total_tokens": 3})
    assert parts["reasoning"] == "hm"


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        ({"type": "chat:message:error", "data": {"error": {"content": "quota"}}}, "quota"),
        (completion(error={"message": "bad"}), "bad"),
        (completion(error="plain"), "plain"),
        (completion(error={"code": 1}), "it did not say why"),
    ],
)
def test_an_error_is_kept_in_the_servers_words(frame, error):
    assert fed(frame)[0].error == error


def test_a_stopped_answer_is_done():
    answer, _ = fed({"type": "chat:tasks:cancel", "data": None})
    assert answer.done
    assert answer.parts()["stopped"] is True
    stored = Answer()
    list(stored.show({"output": [{**item("half"), "status": "incomplete"}], "done": True}))
    assert stored.stopped


@pytest.mark.parametrize("frame", [{}, {"type": "chat:title", "data": "t"}, {"type": "chat:completion", "data": None}])
def test_other_events_change_nothing(frame):
    answer, events = fed(frame)
    assert (events, answer.text, answer.done, answer.error) == ([], "", False, None)


def test_a_stored_message_shown_twice_brings_its_news_once():
    answer = Answer()
    message = {"content": "Hello", "sources": [{"source": {}}], "usage": {"n": 1}, "done": True}
    assert [type(event) for event in answer.show(message)] == [SourcesFound, TextDelta, Usage]
    assert list(answer.show(message)) == []
    assert answer.done


def test_an_answer_always_has_its_lists_and_the_rest_only_if_there_is_any():
    assert Answer().parts() == {"sources": [], "follow_ups": [], "tool_calls": []}


CALL = {"type": "function_call", "id": "i", "call_id": "c", "name": "add", "arguments": '{"a": 1}'}
RESULT = {"type": "function_call_output", "id": "o", "call_id": "c", "output": [{"type": "input_text", "text": "2"}]}
ADDED = ToolCall(id="c", name="add", arguments={"a": 1}, result="2")


def item_done(done):
    return {"type": "response:completion", "data": {"type": "response.output_item.done", "item": done}}


def test_a_tools_call_is_told_once_when_its_result_is_there():
    answer, events = fed(
        item_done(CALL), item_done(RESULT), delta("two", 2), completion(output=[CALL, RESULT, item("two")])
    )
    assert events == [ToolCalled(ADDED), TextDelta("two")]
    assert answer.parts()["tool_calls"] == [ADDED]


def test_arguments_that_are_no_json_stay_as_they_came():
    answer, _ = fed(completion(output=[{**CALL, "arguments": "a=1"}, RESULT]))
    assert answer.tool_calls[0].arguments == "a=1"


def test_tools_of_the_legacy_mode_are_found_among_the_sources():
    source = {"source": {"name": "kit/add"}, "document": ["2"], "metadata": [{"parameters": {"a": 1}}]}
    answer, _ = fed({"type": "source", "data": source})
    assert answer.parts()["tool_calls"] == [ToolCall(id="", name="kit/add", arguments={"a": 1}, result="2")]


def test_follow_ups_are_told_once_whichever_way_they_come():
    answer, events = fed({"type": "chat:message:follow_ups", "data": {"follow_ups": ["Why?"]}})
    assert [*events, *answer.show({"followUps": ["Why?"]})] == [FollowUpsSuggested(["Why?"])]


def test_reasoning_is_read_from_the_stored_output_too():
    answer = Answer()
    thought = {"type": "reasoning", "content": [{"text": "hm"}]}
    assert list(answer.show({"output": [thought, item("so")], "done": True})) == [ReasoningDelta("hm"), TextDelta("so")]


def test_chunks_of_a_plain_stream_make_the_same_answer():
    answer = Answer()
    chunks = [
        {"sources": [{"source": {"name": "a"}}]},
        {"choices": [{"delta": {"reasoning_content": "hm"}}]},
        {"choices": [{"delta": {"content": "Hel"}}]},
        {"choices": [{"delta": {"content": "lo"}, "finish_reason": "stop"}]},
        {"usage": {"n": 1}, "choices": []},
    ]
    events = [event for chunk in chunks for event in answer.chunk(chunk)]
    assert [type(event) for event in events] == [SourcesFound, ReasoningDelta, TextDelta, TextDelta, Usage]
    assert (answer.text, answer.reasoning, answer.done) == ("Hello", "hm", True)


def test_passages_have_what_belongs_to_them():
    source = Source(
        {"source": {"name": "a.txt"}, "document": ["x", "y"], "metadata": [{"name": "b.txt"}], "distances": [0.5]}
    )
    assert [tuple(passage) for passage in source.passages] == [
        ("x", {"name": "b.txt"}, 0.5, "b.txt"),
        ("y", {}, None, "a.txt"),
    ]


@given(st.lists(st.tuples(st.integers(0, 3), st.text(alphabet=" \nab", max_size=4)), max_size=12))
def test_live_pieces_and_the_stored_output_give_the_same_text(pieces):
    pieces = sorted(pieces, key=lambda piece: piece[0])
    answer, events = fed(*[delta(text, index) for index, text in pieces])
    stored = output_text([item("".join(text for number, text in pieces if number == index)) for index in range(4)])
    assert answer.text == stored
    assert "".join(event.text for event in events) == stored
