"""Pure: a skill, its files, and what is sent for them."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any, List

from .._arguments import texts
from .._records import Record, decode, mapping, mappings
from .._times import Dated
from ..errors import BadRequestError, ConflictError

MAIN = "SKILL.md"
OWN = ("name", "description", "meta", "is_active")
"""What of a skill is its own, besides its content and files."""
FAILED = ("Error creating skill", "Error updating skill")
Files = Mapping[str, "str | bytes"]
"""What a skill has besides its content: paths such as `data/table.csv`, and what is in them."""


class Skill(Dated):
    """A skill."""

    id: str
    name: str = ""
    description: str | None = None
    """When it is of use: models see it before they read the content."""
    content: str | None = None
    """The instructions, in Markdown; None in lists and searches."""
    meta: dict[str, Any] | None = None
    """`tags`, and translations."""
    user_id: str = ""
    user: dict[str, Any] | None = None
    """Whose it is; None where the server does not say."""
    is_active: bool = True
    version_id: str | None = None
    """The saved version that is current; None before 0.12."""
    access_grants: List[dict[str, Any]] | None = None
    """Who else may use or change it."""
    write_access: bool | None = None
    """Whether you may change it; None where the server does not say."""

    @property
    def tags(self) -> List[str]:
        """The words to find it by."""
        return texts(mapping(self.meta).get("tags"))


class SkillFile(Record):
    """A file of a skill, without what is in it."""

    path: str
    size: int
    """Bytes."""
    encoding: str | None = None
    """`base64` for what is no text."""


class SkillFiles(Record):
    """The files of a skill in one of its versions."""

    files: List[SkillFile]


def checked_id(skill_id: str) -> str:
    if not isinstance(skill_id, str) or not re.fullmatch("[a-z0-9_-]+", skill_id):  # pyright: ignore[reportUnnecessaryIsInstance] - callers of untyped code pass None
        raise ValueError(f"a skill's id has small letters, digits, '-' and '_', not {skill_id!r}")
    return skill_id


def content_fields(content: str, files: Files | None, *, always: bool = False) -> dict[str, Any]:
    if not files and not always:
        return {"content": content}
    if MAIN in (files or {}):
        raise ValueError(f"{MAIN} is the content, and not among the files")
    return {"files": [_file(MAIN, content), *(_file(path, inside) for path, inside in (files or {}).items())]}


def _file(path: str, inside: str | bytes) -> dict[str, str]:
    if isinstance(inside, str):
        return {"path": path, "content": inside}
    return {"path": path, "content": base64.b64encode(inside).decode(), "encoding": "base64"}


def as_listed(row: Mapping[str, Any]) -> Skill:
    """A skill as servers of every version list it, but for its content, which some send along."""
    return decode(Skill, {key: value for key, value in row.items() if key != "content"})


def as_exported(row: Mapping[str, Any]) -> dict[str, Any]:
    """An exported skill as servers from 0.12 on have it: not its owner, times and version; the content as a file."""
    own = {key: row[key] for key in ("id", *OWN, "files") if row.get(key) is not None}
    files = own.pop("files", None) or [_file(MAIN, str(row.get("content") or ""))]
    return {**own, "files": files}


def plain_content(files: Any) -> str | None:
    """The content of a skill that has no other file; None when there is more, which servers before 0.12 cannot have."""
    listed = mappings(files)
    if len(listed) != 1 or listed[0].get("path") != MAIN or listed[0].get("encoding"):
        return None
    return str(listed[0].get("content") or "")


def taken(error: BadRequestError) -> BadRequestError | ConflictError:
    """The conflict that it is when the server only says that it failed: a name that is taken it does not look for."""
    if not any(words in error.detail for words in FAILED):
        return error
    where = {"detail": error.detail, "method": error.method, "path": error.path}
    return ConflictError(f"{error}. Probably its name is taken.", status_code=error.status_code, **where)
