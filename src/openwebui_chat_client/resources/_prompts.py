"""Pure: a prompt, and what is sent for one, in the forms of all versions of the server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, List

from .._arguments import text, texts
from .._records import Record, decode, mapping
from .._times import seconds
from ._access import in_new_form

OLD_KEYS = ("title", "timestamp")
BEFORE_IDS: dict[str, Any] = {"is_active": True, "version_id": None, "created_at": None}
"""What servers before 0.8 do not say of a prompt, as later ones say it of one that was just made."""


class Prompt(Record):
    """A prompt."""

    id: str
    """Before 0.8, where prompts have none, the command."""
    command: str
    """Without the `/` before it."""
    name: str = ""
    """What people see."""
    content: str = ""
    user_id: str = ""
    user: dict[str, Any] | None = None
    """Whose it is; only where a search found it."""
    tags: List[str] | None = None
    data: dict[str, Any] | None = None
    meta: dict[str, Any] | None = None
    is_active: bool | None = True
    """Whether it is offered; `list` has only those that are."""
    version_id: str | None = None
    """The saved version that is current; None before 0.8."""
    access_grants: List[dict[str, Any]] | None = None
    """Who else may read or change it."""
    write_access: bool | None = None
    """Whether you may change it; None where the server does not say."""
    created_at: int | None = None
    """Seconds since 1970; None before 0.8, where nobody knows."""
    updated_at: int | None = None
    """Seconds since 1970."""

    @property
    def created(self) -> datetime | None:
        """When it was made."""
        return seconds(self.created_at)

    @property
    def updated(self) -> datetime | None:
        """When it was changed last."""
        return seconds(self.updated_at)


def bare(command: str) -> str:
    """A command without the `/` before it.

    Raises:
        ValueError: There is nothing in it.
    """
    return text(text(command, "a command").strip().removeprefix("/"), "a command")


def as_prompt(row: Mapping[str, Any]) -> Prompt:
    """A prompt as servers of any version send it, in one form."""
    command = str(row.get("command") or "").removeprefix("/")
    if "id" in row:
        return decode(Prompt, {**row, "command": command})
    return decode(
        Prompt,
        {**BEFORE_IDS, "tags": [], "data": {}, "meta": {}, **_of_old_form(row), "id": command, "command": command},
    )


def _of_old_form(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in in_new_form(row).items() if key not in OLD_KEYS}
    return {**kept, "name": row.get("title") or "", "updated_at": row.get("timestamp")}


def body(command: str, name: str, content: str, tags: Iterable[str] | None, message: str | None) -> dict[str, Any]:
    """What servers of every version understand: before 0.8 they called the name a title."""
    said: dict[str, Any] = {
        "command": bare(command),
        "name": text(name, "a name"),
        "title": name,
        "content": text(content, "a content"),
    }
    if tags is not None:
        said["tags"] = texts(tags)
    return {**said, "commit_message": message} if message else said


def refuse_empty(command: str | None, name: str | None, content: str | None) -> None:
    if command is not None:
        bare(command)
    for what, value in (("a name", name), ("a content", content)):
        if value is not None:
            text(value, what)


def matches(prompt: Prompt, query: str) -> bool:
    """Whether it is in the command, name or text, or in the owner's name or address."""
    owner = mapping(prompt.user)
    places = (prompt.command, prompt.name, prompt.content, owner.get("name"), owner.get("email"))
    return any(query.casefold() in str(place or "").casefold() for place in places)
