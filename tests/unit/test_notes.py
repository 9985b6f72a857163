import pytest

from openwebui_chat_client.resources._notes import as_listed, as_note, has_words

CASES = [  # what is looked for, title, text, is it found?
    ("fox", "Title", "The quick brown FOX", True),
    ("quick title", "Title", "The quick brown fox", True),
    ("quick cat", "Title", "The quick brown fox", False),
    ("todo", "A to-do", "", True),
    ("to-do", "", "todo", True),
    ("brownfox", "", "brown fox", True),
    ("BÄR", "bÄr", "", True),
    ("bär", "BÄR", "", False),
    ("100%", "100 percent", "", False),
    ("-", "anything", "", True),
]


@pytest.mark.parametrize(("query", "title", "text", "is_found"), CASES)
def test_a_note_is_found_by_every_word_as_later_servers_find_it(query, title, text, is_found):
    assert has_words(query, title, text) is is_found


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (None, None),
        ({}, {}),
        ({"files": []}, {"content": {"md": ""}}),
        ({"content": {"md": "x" * 1001, "html": "y"}}, {"content": {"md": "x" * 1000}}),
        ({"content": {"md": "short"}}, {"content": {"md": "short"}}),
    ],
)
def test_a_note_in_a_list_has_the_beginning_of_its_text_only(data, expected):
    assert as_listed(as_note({"id": "n", "data": data})).data == expected


def test_a_note_is_pinned_where_the_server_says_so():
    assert as_note({"id": "n"}) == {"id": "n", "is_pinned": False}
    assert as_note({"id": "n", "is_pinned": True})["is_pinned"] is True
