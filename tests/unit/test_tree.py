import pytest

from openwebui_chat_client._messages import branch, leaf, messages


def message(parent=None, children=(), at=0):
    return {"parentId": parent, "childrenIds": list(children), "timestamp": at}


TREE = {
    "q1": message(None, ["a1", "a2"], 1),
    "a1": message("q1", [], 2),
    "a2": message("q1", ["q2"], 3),
    "q2": message("a2", [], 4),
}


def chat(current, known=TREE):
    return {"history": {"currentId": current, "messages": {key: {"id": key, **value} for key, value in known.items()}}}


@pytest.mark.parametrize(("current", "end"), [("a1", "a1"), ("q2", "q2"), (None, "q2"), ("gone", "q2")])
def test_the_leaf_is_the_current_message_else_the_newest_end(current, end):
    assert leaf(chat(current)) == end


@pytest.mark.parametrize("empty", [{}, {"history": None}, {"history": {"messages": None}}, chat(None, {})])
def test_an_empty_chat_has_no_leaf_and_no_branch(empty):
    assert (messages(empty), leaf(empty), branch(empty)) == ({}, None, [])


def test_the_branch_runs_from_the_first_message_to_the_leaf():
    assert [found["id"] for found in branch(chat("q2"))] == ["q1", "a2", "q2"]
    assert [found["id"] for found in branch(chat("a1"))] == ["q1", "a1"]


def test_a_tree_that_bites_its_tail_ends():
    loop = {"a": message("b"), "b": message("a")}
    assert {found["id"] for found in branch(chat("a", loop))} == {"a", "b"}
