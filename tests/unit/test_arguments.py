from datetime import UTC, datetime

import pytest

from openwebui_chat_client._arguments import KEEP, one_of, text, texts
from openwebui_chat_client._times import milliseconds, nanoseconds, seconds


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, []), ("ab", ["ab"]), (["a", "b"], ["a", "b"]), (iter("ab"), ["a", "b"]), ({"a": 1}, ["a"]), ((), [])],
)
def test_a_list_of_texts_may_be_any_iterable_and_one_text_is_a_list_of_one(value, expected):
    assert texts(value) == expected


@pytest.mark.parametrize("value", ["", " ", ["a", ""], [None], [1]])
def test_no_text_in_a_list_is_empty(value):
    with pytest.raises(ValueError, match="not"):
        texts(value)


@pytest.mark.parametrize("value", ["", "\n", None, 3])
def test_a_text_says_something(value):
    with pytest.raises(ValueError, match="a name is needed"):
        text(value, "a name")
    assert text(" x ", "a name") == " x "


def test_a_word_is_one_of_a_few():
    assert one_of("a", ("a", "b"), "a letter") == "a"
    with pytest.raises(ValueError, match="a letter is one of a, b, not 'c'"):
        one_of("c", ("a", "b"), "a letter")


def test_keep_says_what_it_is():
    assert repr(KEEP) == "KEEP"


def test_the_servers_numbers_are_points_in_time():
    moment = datetime(2026, 1, 31, 12, 0, 0, 500_000, tzinfo=UTC)
    assert (
        seconds(1_769_860_800.5) == milliseconds(1_769_860_800_500) == nanoseconds(1_769_860_800_500_000_000) == moment
    )
    assert seconds(0) is milliseconds(None) is nanoseconds(0) is None
