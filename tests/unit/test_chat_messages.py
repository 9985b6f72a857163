import pytest
from hypothesis import given
from hypothesis import strategies as st

from openwebui_chat_client._messages import text_of
from openwebui_chat_client.resources._chat_messages import columns, merged, rewritten

REASONING = {"type": "reasoning", "content": [{"text": "hm"}]}
DETAILS = '<details type="reasoning" done="true">\n<summary>x</summary>\n> hm\n</details>\n'
STORED = [  # as each era keeps an answer
    {"content": f"{DETAILS}old"},
    {"content": f"{DETAILS}old", "output": [REASONING, {"type": "message", "content": [{"text": "old"}]}]},
    {"content": "", "output": [REASONING, {"type": "message", "content": [{"text": "old"}]}]},
    {"content": "old", "output": [{"type": "message", "content": [{"text": "o"}]}, REASONING, {"type": "message"}]},
    {"content": "", "output": [REASONING]},
    {"content": [{"type": "text", "text": "old"}]},
    {"content": "old"},
    {},
]


def document(*stored, current=None, **more):
    return {"history": {"currentId": current, "messages": {one["id"]: one for one in stored}}, **more}


@pytest.mark.parametrize("stored", STORED)
def test_a_message_says_its_new_text_wherever_the_version_keeps_it(stored):
    answer = {"id": "a", "role": "assistant", "model": "m", **stored}
    changes = rewritten(document(answer, messages=[answer, {"id": "b", "content": "kept"}]), "a", "new")
    [changed] = changes["history"]["messages"].values()
    assert (text_of(changed), changed["model"]) == ("new", "m")
    assert [text_of(one) for one in changes["messages"]] == ["new", "kept"]
    assert [item for item in changed.get("output", []) if item == REASONING] == (
        [REASONING] if "output" in stored else []
    )
    assert (DETAILS in changed["content"]) is (DETAILS in str(stored.get("content")))


def test_a_message_of_a_document_without_a_tree_is_rewritten_in_its_list():
    assert rewritten({"messages": [{"content": "a"}, {"content": "b"}]}, "1", "new") == {
        "messages": [{"content": "a"}, {"content": "new"}]
    }


def test_what_a_user_wrote_is_no_markup():
    question = {"id": "q", "role": "user", "content": f"{DETAILS}what is that?"}
    assert rewritten(document(question), "q", "new")["history"]["messages"]["q"]["content"] == "new"


def test_merged_trees_have_the_messages_of_both_and_the_new_ones_win():
    before = document({"id": "q", "x": 1}, {"id": "a", "parentId": "q"}, current="a")
    after = merged(before, document({"id": "q", "x": 2}, {"id": "b", "parentId": "q"}, current="gone"))
    assert (after["messages"]["q"], after["currentId"]) == ({"id": "q", "x": 2, "childrenIds": ["a", "b"]}, "a")
    assert merged(before, {"history": {"currentId": "q"}})["currentId"] == "q"
    assert merged({}, {"history": {}}) == {"messages": {}, "currentId": None}


@given(st.dictionaries(st.sampled_from("abcde"), st.sampled_from(["a", "b", "c", None]), max_size=5))
def test_in_a_merged_tree_each_link_is_there_in_both_directions(parents):
    tree = merged({}, document(*({"id": name, "parentId": parent} for name, parent in parents.items())))["messages"]
    down = {(name, child) for name, one in tree.items() for child in one["childrenIds"]}
    up = {(one["parentId"], name) for name, one in tree.items() if one["parentId"] in tree}
    assert down == up


def test_answers_without_a_column_stand_in_that_of_their_model():
    question = {"id": "q", "models": ["x", "y"], "childrenIds": ["1", "2", "3"]}
    answers = [
        {"id": name, "parentId": "q", "role": "assistant", "model": model}
        for name, model in zip("123", "yxx", strict=True)
    ]
    known = {one["id"]: one for one in (question, *answers)}
    assert [one["id"] for one in columns(known, answers[0])] == ["3", "1"]
