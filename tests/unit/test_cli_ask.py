import pytest

from openwebui_chat_client.cli.ask import LONGEST_TITLE, title_of

CASES = [  # question, title
    ("What is a monad?", "What is a monad?"),
    ("  two\n lines\t here ", "two lines here"),
    ("x" * 50, "x" * 50),
    ("x" * 51, "x" * 50 + "…"),
    ("word " * 20, ("word " * 10).strip() + "…"),
    ("a " + "x" * 80, "a " + "x" * 48 + "…"),
    ("什么是单子" * 12, "什么是单子" * 10 + "…"),
]


@pytest.mark.parametrize(("question", "title"), CASES)
def test_a_chat_without_a_title_is_named_after_the_beginning_of_its_question(question, title):
    assert title_of(question) == title
    assert len(title) <= LONGEST_TITLE + 1
