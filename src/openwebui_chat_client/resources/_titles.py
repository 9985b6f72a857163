"""How a title is looked for with the server's search, which has operators, words and letters of its own."""

from __future__ import annotations

import re

FOLDER = "folder:"
OPERATORS = ("tag:", FOLDER, "pinned:", "archived:", "shared:")


def search_text(title: str) -> str | None:
    """A text that the server's search finds this title by, among others; None when nothing in it can be searched.

    The whole title when the search takes it as it stands, else its longest harmless piece. Harmful are the first
    letters of words that the search reads as operators, letters that its database does not fold to lower case (it
    folds ASCII only), the backslash, which some databases take for an escape, and white space other than single
    blanks.
    """
    words = title.split()
    pieces = [_no_operator(piece) for word in words for piece in _harmless(word)]
    if pieces == words and title == " ".join(words):
        return title
    return max(pieces, key=len, default=None)


def folders_named(text: str) -> set[str]:
    """The folders that a search with this text is for, each as `folder_key` gives it."""
    words = text.lower().split()
    return {folder_key(word.replace(FOLDER, "")) for word in words if word.startswith(FOLDER)}


def folder_key(name: str) -> str:
    """A folder's name as the search compares it."""
    return re.sub(r"[\s_]+", " ", name).strip().lower()


def _no_operator(word: str) -> str:
    """The word, without its first letter if the search would read it as an operator."""
    return word[1:] if word.lower().startswith(OPERATORS) else word


def _harmless(word: str) -> list[str]:
    """The word without its harmful letters, in pieces."""
    return "".join(letter if letter != "\\" and _folds(letter) else " " for letter in word).split()


def _folds(letter: str) -> bool:
    return letter.isascii() or letter.lower() == letter
