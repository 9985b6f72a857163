import pytest
from hypothesis import given
from hypothesis import strategies as st

from openwebui_chat_client.resources._titles import OPERATORS, folder_key, folders_named, search_text


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Plain title", "Plain title"),
        ("100 % sure_thing", "100 % sure_thing"),
        ("tag:work notes", "ag:work"),
        ("Archived:true and Folder:x", "rchived:true"),
        ("Übung macht Meister", "Meister"),
        ("übung", "übung"),
        ("two  spaces here", "spaces"),
        (" padded", "padded"),
        (r"C:\new folder", "folder"),
        ("İstanbul", "stanbul"),
        ("Ütag:x", "ag:x"),
        ("Ü", None),
        ("tag:a folder:b", "older:b"),
        ("日本語", "日本語"),
    ],
)
def test_a_title_is_searched_by_what_the_search_takes_as_it_stands(title, text):
    assert search_text(title) == text


@given(st.text(min_size=1))
def test_what_is_searched_for_is_in_the_title_and_holds_no_operator(title):
    text = search_text(title)
    if text is None:
        return
    assert text in title
    assert not any(word.lower().startswith(OPERATORS) for word in text.split())
    assert all(letter.isascii() or letter.lower() == letter for letter in text)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("plain folders", set()),
        ("folder:Work x", {"work"}),
        ("FOLDER:my_Own  folder:b", {"my own", "b"}),
        ("x-folder:a", set()),
    ],
)
def test_the_folders_that_a_search_is_for_are_compared_as_the_server_does(text, named):
    assert folders_named(text) == named
    assert folder_key(" My__own  ") == "my own"
