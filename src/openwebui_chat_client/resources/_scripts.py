"""Pure: a script's source, and what its front matter says of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

from .._records import mapping

IMPORTS = {f"from {old}": f"from open_webui.{old}" for old in ("utils", "apps", "main", "config")}
"""What the server replaces in every source before it stores it."""


class Source(NamedTuple):
    """A script in a file."""

    script_id: str
    content: str


def front_matter(content: str) -> dict[str, str]:
    '''The `key: value` lines of a docstring whose `"""` is the whole first line, as the server reads them.'''
    lines = content.splitlines()
    found: dict[str, str] = {}
    if not lines or lines[0].strip() != '"""':
        return found
    for line in lines[1:]:
        if '"""' in line:
            break
        if pair := re.match(r"\s*([A-Za-z_]+):\s*(.*?)\s*$", line):
            found[pair[1]] = pair[2]
    return found


def read_source(path: str | PathLike[str], script_id: str | None) -> Source:
    """The script in a file. Its id is the one given, else `id` in its front matter, else the file's name.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is empty or no text in UTF-8, or the id is none.
    """
    file = Path(path)
    if not file.is_file():
        raise FileNotFoundError(f"there is no file {str(file)!r}")
    try:
        content = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{str(file)!r} is no text in UTF-8") from None
    named = script_id or front_matter(content).get("id") or re.sub(r"\W+", "_", file.stem).strip("_")
    return Source(checked_id(named), checked_content(content))


def checked_id(script_id: str) -> str:
    """The id as the server will have it: in small letters.

    Raises:
        ValueError: It has anything but letters, digits and underscores, or begins with a digit.
    """
    if not isinstance(script_id, str) or not script_id.isidentifier():  # pyright: ignore[reportUnnecessaryIsInstance] - callers of untyped code pass None
        raise ValueError(f"a script's id has letters, digits and underscores, and no digit first; not {script_id!r}")
    return script_id.lower()


def checked_content(content: str) -> str:
    """The source, which must be there.

    Raises:
        ValueError: It is empty.
    """
    if not isinstance(content, str) or not content.strip():  # pyright: ignore[reportUnnecessaryIsInstance] - callers of untyped code pass bytes
        raise ValueError("a script needs a source")
    return content


def same_source(content: str, stored: object) -> bool:
    """Whether the server, given this source, would store what it has."""
    for old, new in IMPORTS.items():
        content = content.replace(old, new)
    return content == stored


def body(
    script_id: str,
    content: str | None,
    *,
    name: str | None = None,
    description: str | None = None,
    message: str | None = None,
    current: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What is sent to create or update a script.

    What is not said comes from the front matter of a new source, else stays as it is in `current`.
    """
    stored: Mapping[str, Any] = current or {}
    meta = mapping(stored.get("meta"))
    front = front_matter(content) if content is not None else {}
    said: dict[str, Any] = {
        "id": script_id,
        "name": name or front.get("title") or stored.get("name") or script_id,
        "content": stored.get("content") or "" if content is None else content,
        "meta": {**meta, "description": _first(description, front.get("description"), meta.get("description"))},
    }
    return {**said, "commit_message": message} if message else said


def _first(*texts: str | None) -> str:
    return next((text for text in texts if text is not None), "")
