"""Embeddings made of words: near when words are shared."""

import math

import pytest

from openwebui_chat_client.local.scripted.embeddings import DIMENSIONS, embed, words

WORDS = [  # text, words
    ("The Cats' hats!", ["the", "cat", "hat"]),
    ("glass is as it was", ["glass", "is", "as", "it", "was"]),
    ("Über_Größe 42", ["über", "größe", "42"]),
    ("我爱Python", ["我", "爱", "python"]),
    ("", []),
]


@pytest.mark.parametrize(("text", "expected"), WORDS)
def test_words_are_lower_case_and_singular(text, expected):
    assert words(text) == expected


def likeness(one, other):
    return sum(a * b for a, b in zip(embed(one), embed(other), strict=True))


NEARER = [  # text, one that shares words, one that does not
    ("How high is the tower?", "The tower is 300 m high.", "Cats purr when happy"),
    ("dogs", "my dog barks", "a tree grows"),
    ("蛇有多长", "这条蛇很长", "今天下雨"),
]


@pytest.mark.parametrize(("text", "near", "far"), NEARER)
def test_texts_that_share_words_are_nearer_than_those_that_share_none(text, near, far):
    assert likeness(text, near) > likeness(text, far)


@pytest.mark.parametrize("text", ["", "...", "one", "many words in one text"])
def test_every_vector_has_length_one(text):
    assert math.isclose(likeness(text, text), 1)
    assert len(embed(text)) == DIMENSIONS


def test_a_text_without_words_is_the_first_axis():
    assert embed(" ?! ")[0] == 1


def test_order_and_repetition_of_words_do_not_count():
    assert embed("ping pong ping") == pytest.approx(embed("pong ping"))
