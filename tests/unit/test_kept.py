import pytest

from openwebui_chat_client._messages import branch, messages
from openwebui_chat_client.turns import kept
from openwebui_chat_client.turns.answer import Answer
from openwebui_chat_client.turns.body import Query, Reply

EMPTY = {"history": {"messages": {}, "currentId": None}}


def query(*models, **fields):
    replies = tuple(Reply(model, f"a{number}") for number, model in enumerate(models))
    return Query("Hi", replies, question_id="q", **fields)


def answered(document, asked, text="Hello"):
    changed = {one: {"content": text, "done": True} for one in asked.message_ids}
    return {**document, **kept.with_answers(document, changed, asked.message_ids[0])}


def test_a_turn_is_linked_both_ways_and_on_show():
    made = kept.with_turn(EMPTY, query("m", "n"), 1.5)
    known = messages(made)
    assert known["q"]["childrenIds"] == ["a0", "a1"]
    assert [(known[one]["parentId"], known[one]["modelIdx"], known[one]["done"]) for one in ("a0", "a1")] == [
        ("q", 0, False),
        ("q", 1, False),
    ]
    assert made["history"]["currentId"] == "a1"
    assert made["messages"] == branch(made)
    assert made["models"] == ["m", "n"]


def test_a_second_turn_follows_the_first_which_stays_as_it_was():
    first = answered(kept.with_turn(EMPTY, query("m"), 1), query("m"))
    second = Query("and?", (Reply("m", "b0"),), question_id="r", parent_id="a0")
    known = messages(kept.with_turn(first, second, 2))
    assert known["a0"] == {**messages(first)["a0"], "childrenIds": ["r"]}
    assert messages(first)["a0"]["childrenIds"] == []


@pytest.mark.parametrize("again", [False, True])
def test_a_turn_that_is_withdrawn_leaves_the_chat_as_it_was(again):
    before = answered(kept.with_turn(EMPTY, query("m"), 1), query("m"))
    stored = messages(before)["q"] if again else None
    asked = Query("x", (Reply("m", "b0"),), "q" if again else "r", None if again else "a0", stored=stored)
    after = kept.without_turn(kept.with_turn(before, asked, 2), asked)
    assert messages(after) == messages(before)


def test_another_answer_stands_beside_the_first_below_the_same_question():
    before = answered(kept.with_turn(EMPTY, query("m"), 1), query("m"))
    again = Query("Hi", (Reply("m", "b0"),), "q", stored=messages(before)["q"], column=1)
    known = messages(kept.with_turn(before, again, 2))
    assert known["q"]["childrenIds"] == ["a0", "b0"]
    assert known["b0"]["modelIdx"] == 1


def test_images_go_to_the_model_in_every_later_turn():
    picture = {"type": "image", "id": "f1", "url": "f1"}
    asked = query("m", message_files=(picture, {"type": "file", "id": "f2"}), system_prompt="Be brief")
    first = answered(kept.with_turn(EMPTY, asked, 1), asked)
    later = Query("and?", (Reply("m", "b0"),), "r", "a0")
    assert kept.spoken(kept.with_turn(first, later, 2), later) == [
        {
            "role": "user",
            "content": [{"type": "text", "text": "Hi"}, {"type": "image_url", "image_url": {"url": "f1"}}],
        },
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "and?"},
    ]


def test_an_answer_that_never_came_is_not_said_to_the_model():
    first = kept.with_turn(EMPTY, query("m"), 1)
    later = Query("and?", (Reply("m", "b0"),), "r", "a0")
    said = kept.spoken(kept.with_turn(first, later, 2), later)
    assert [message["role"] for message in said] == ["user", "user"]


def test_the_servers_text_is_not_written_over_unless_it_was_lost():
    answer = Answer()
    list(answer.chunk({"choices": [{"delta": {"content": "Hello"}}]}))
    assert kept.finished(answer, {"content": "Hello!"}, overwrite=False) == {"done": True}
    assert kept.finished(answer, {"content": ""}, overwrite=False) == {"done": True, "content": "Hello"}
    assert kept.finished(answer, {"content": "Hel"}, overwrite=True) == {"done": True, "content": "Hello"}


def test_a_filters_word_is_taken_with_the_original_beside_it():
    message = {"id": "a0", "content": "Hello"}
    assert kept.filtered({"messages": [{"id": "a0", "content": "HELLO"}]}, message) == {
        "content": "HELLO",
        "originalContent": "Hello",
    }
    assert kept.filtered({"messages": [{"id": "a0", "content": "Hello"}]}, message) == {}
    assert kept.filtered(None, message) == {}
