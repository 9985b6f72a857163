import pytest

from openwebui_chat_client.resources._model_entries import changed, new_entry, settled

ENTRY = {
    "id": "m",
    "user_id": "u",
    "name": "M",
    "base_model_id": "b",
    "params": {"system": "Arr.", "temperature": 0.5},
    "meta": {"capabilities": {"vision": True, "usage": False}, "tags": [{"name": "old"}], "knowledge": [{"id": "k"}]},
    "is_active": False,
    "write_access": True,
}
FORM = {key: ENTRY[key] for key in ("id", "name", "base_model_id", "params", "meta", "is_active")}
CHANGES = [  # what is said, what becomes of params, what becomes of meta
    ({}, {}, {}),
    ({"system_prompt": "Ahoy."}, {"system": "Ahoy."}, {}),
    ({"params": {"system_prompt": "Ahoy.", "top_p": 1}}, {"system": "Ahoy.", "top_p": 1}, {}),
    ({"other_params": {"top_k": 3}, "stream_response": False}, {"top_k": 3, "stream_response": False}, {}),
    ({"temperature": None}, {"temperature": None}, {}),
    ({"tags": "one"}, {}, {"tags": [{"name": "one"}]}),
    ({"tags": iter(["a", "b"])}, {}, {"tags": [{"name": "a"}, {"name": "b"}]}),
    ({"capabilities": {"vision": None, "ocr": True}}, {}, {"capabilities": {"usage": False, "ocr": True}}),
    ({"description": "D", "profile_image_url": "/x.png"}, {}, {"description": "D", "profile_image_url": "/x.png"}),
    ({"suggestion_prompts": "Hi"}, {}, {"suggestion_prompts": [{"content": "Hi"}]}),
    ({"suggestion_prompts": [{"content": "Hi", "title": ["a", "b"]}]}, {}, None),
    ({"meta": {"toolIds": ["t"], "knowledge": None}}, {}, {"toolIds": ["t"], "knowledge": None}),
]


@pytest.mark.parametrize(("said", "params", "meta"), CHANGES)
def test_a_change_leaves_everything_else_as_it_is(said, params, meta):
    meta = said if meta is None else meta
    expected = {
        **FORM,
        "params": {key: value for key, value in {**ENTRY["params"], **params}.items() if value is not None},
        "meta": {key: value for key, value in {**ENTRY["meta"], **meta}.items() if value is not None},
    }
    assert changed(ENTRY, said) == expected


def test_name_base_and_switch_are_changed():
    said = {"name": "N", "base_model_id": None, "is_active": True}
    assert changed(ENTRY, said) == {**FORM, **said}


@pytest.mark.parametrize(
    "said", [{"params": "x"}, {"capabilities": ["vision"]}, {"name": " "}, {"tags": [""]}, {"suggestion_prompts": [""]}]
)
def test_what_is_not_as_it_should_be_is_refused(said):
    with pytest.raises(ValueError):
        changed(ENTRY, said)


def test_a_word_that_is_not_known_is_refused():
    with pytest.raises(TypeError, match="sytem_prompt"):
        changed(ENTRY, {"sytem_prompt": "x"})


def test_an_entry_is_made_of_an_id_or_of_the_servers_keys():
    blank = {"id": "m", "name": "m", "base_model_id": None, "params": {}, "is_active": True}
    assert new_entry("m", {}) == {**blank, "meta": {"capabilities": {}}}
    made = new_entry({"id": "m", "meta": {"x": 1}, "params": None, "commit_message": "c"}, {"name": "N"})
    assert made == {**blank, "name": "N", "meta": {"capabilities": {}, "x": 1}, "commit_message": "c"}


def test_the_originals_words_inside_the_servers_keys_are_understood():
    made = new_entry({"id": "m", "params": {"system_prompt": "Arr."}, "meta": {"tags": ["a", {"name": "b"}]}}, {})
    assert made["params"] == {"system": "Arr."}
    assert made["meta"] == {"capabilities": {}, "tags": [{"name": "a"}, {"name": "b"}]}


@pytest.mark.parametrize("bad", ["", " ", "a b", {}, {"id": None}, {"id": 7}])
def test_an_id_is_a_text_without_white_space(bad):
    with pytest.raises(ValueError, match="model id"):
        new_entry(bad, {})


def test_what_can_be_walked_only_once_is_kept():
    fields = settled({"tags": iter(["a"]), "suggestion_prompts": iter(["b"])})
    assert changed(ENTRY, fields) == changed(ENTRY, fields)


def test_a_model_that_stands_behind_itself_has_nothing_behind_it():
    assert changed(ENTRY, {"base_model_id": "m"})["base_model_id"] is None
    assert new_entry({"id": "m", "base_model_id": "m"}, {})["base_model_id"] is None
    assert changed(ENTRY, {})["base_model_id"] == "b"


def test_what_servers_keep_when_it_is_left_out_is_removed_by_a_word():
    held = {**ENTRY, "meta": {"profile_image_url": "/x.png", "own": 1}, "params": {"model_controls": {"a": 1}}}
    said = {"meta": {"profile_image_url": None, "voice_avatar": None, "own": None}, "params": {"model_controls": None}}
    body = changed(held, said)
    assert (body["meta"], body["params"]) == ({"profile_image_url": None}, {"model_controls": {}})
