"""Pure: a note in one form, whatever the server's version, and what is sent to change one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, List

from .._records import Record, decode, mapping
from .._times import nanoseconds
from ._access import in_new_form

CUT = 1000
"""Characters that lists hold of a note's text."""
SMALL = {capital: capital + 32 for capital in range(ord("A"), ord("Z") + 1)}
PARTS = ("data", "meta")


class Note(Record):
    """A note."""

    id: str
    title: str = ""
    data: dict[str, Any] | None = None
    """`content` with `md`, `html` and `json`, and `files`. In lists only `content.md`, cut at 1,000 characters."""
    meta: dict[str, Any] | None = None
    user_id: str | None = None
    """Whose it is; None in lists, which have `user`."""
    user: dict[str, Any] | None = None
    is_pinned: bool = False
    """Whether you have pinned it; never before 0.9."""
    access_grants: List[dict[str, Any]] | None = None
    """Who else may read or change it; None in lists."""
    write_access: bool | None = None
    """Whether you may change it; None where the server does not say."""
    created_at: int = 0
    """Nanoseconds since 1970; most other objects count seconds."""
    updated_at: int = 0
    """Nanoseconds since 1970."""

    @property
    def text(self) -> str:
        """The note's text, in Markdown."""
        return str(mapping(mapping(self.data).get("content")).get("md") or "")

    @property
    def created(self) -> datetime | None:
        """When it was made."""
        return nanoseconds(self.created_at)

    @property
    def updated(self) -> datetime | None:
        """When it was changed last."""
        return nanoseconds(self.updated_at)


def as_note(row: Mapping[str, Any]) -> Note:
    """A note as servers of any version send it, in one form."""
    return decode(Note, {"is_pinned": False, **in_new_form(row)})


def as_listed(note: Note) -> Note:
    """A note as lists from 0.8.4 on have it; before, they held all of it."""
    cut = {"content": {"md": note.text[:CUT]}} if note.data else note.data
    return decode(Note, {**note, "data": cut})


def data_of(markdown: str | None, data: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What is said of a note's text and the rest of its data.

    Raises:
        ValueError: The text is given twice.
    """
    if markdown is None:
        return None if data is None else dict(data)
    if data is not None and "content" in data:
        raise ValueError("the text is given twice: as markdown, and as content in data")
    return {**(data or {}), "content": {"md": markdown}}


def has_words(query: str, title: str, text: str) -> bool:
    """Whether title or text has every word, as servers from 0.9 on search: spaces and hyphens within do not count."""
    places = [_searched(title), _searched(text)]
    words = [_searched(word) for word in query.split()]
    return all(any(word in place for place in places) for word in words)


def _searched(text: str) -> str:
    return text.replace("-", "").replace(" ", "").translate(SMALL)
