"""Pure: a prompt, and what is sent for one, in the forms of all versions of the server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, List

from .._arguments import text, texts
from .._records import Record, decode
from .._times import seconds


class Prompt(Record):
    """A prompt."""

    id: str
    """Before 0.8, where prompts have none, the command."""
    command: str
    """Without the `/` before it."""
    name: str = ""
    """What people see; the server called it `title` before 0.8."""
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
    """Who else may read or change it; None before 0.8."""
    write_access: bool | None = None
    """Whether you may change it; None where the server does not say."""
    created_at: int | None = None
    """Seconds since 1970."""
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
    name = row.get("name") or row.get("title") or ""
    old = {"id": command, "updated_at": row.get("timestamp")} if "id" not in row else {}
    return decode(Prompt, {**row, **old, "command": command, "name": name})


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
    return any(query.casefold() in part.casefold() for part in (prompt.command, prompt.name, prompt.content))
