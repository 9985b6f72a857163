"""What knowledge bases are made of, and what is reported of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, List, NamedTuple, TypeVar

from .._bulk import BulkResult, Failure, Outcome
from .._records import decode, mapping
from .._times import Dated
from ._access import granted
from ._file_records import File, tidy
from ._sources import Source

KEPT_PATH = "client_upload_path"
"""What we put with the metadata of a synced file for servers that have no directories."""
UNLISTED = ("data", "path", "access_control")
"""What older servers say of a file in a knowledge base, and later ones do not."""

T = TypeVar("T")
R = TypeVar("R")


class Knowledge(Dated):
    """A knowledge base."""

    id: str
    name: str = ""
    description: str = ""
    user_id: str = ""
    """Its owner."""
    meta: dict[str, Any] | None = None
    access_grants: List[dict[str, Any]] | None = None
    """Who else may read and write."""
    write_access: bool | None = None
    """Whether you may change it; not in every answer."""
    file_count: int | None = None
    """What `find` gives has it, and the lists of servers from 0.11 on."""


class Directory(Dated):
    """A directory in a knowledge base."""

    id: str
    name: str = ""
    parent_id: str | None = None
    """The directory that it is in; None at the top."""
    knowledge_id: str = ""
    user_id: str = ""
    """Who made it."""


class KnowledgeFile(File):
    """A file in a knowledge base."""

    directory_id: str | None = None
    """The directory that it is in; None at the top, and on servers before 0.9.6, which have none."""
    directory_path: str = ""
    """The directory as a path, as `docs/api`; empty at the top. On servers before 0.9.6 that which `sync` has kept."""

    @property
    def full_name(self) -> str:
        """Its name, behind the directory it is in."""
        return f"{self.directory_path}/{self.filename}" if self.directory_path else self.filename


def tidy_base(row: Mapping[str, Any]) -> Knowledge:
    """A knowledge base as servers send it from 0.8 on."""
    base = decode(Knowledge, {name: value for name, value in row.items() if name != "access_control"})
    if "access_control" in row:
        base["access_grants"] = granted(row)
    return base


def tidy_entry(row: Mapping[str, Any]) -> KnowledgeFile:
    """A file in a knowledge base as the newest servers send it, but for its place where the server does not say."""
    said = {name: value for name, value in tidy(row).items() if name not in UNLISTED}
    entry = decode(KnowledgeFile, {**said, "data": None})
    if isinstance(entry.get("collection"), dict):
        entry["collection"] = tidy_base(entry["collection"])
    return entry


def kept_place(entry: KnowledgeFile) -> tuple[None, str]:
    """Where a file is that has been synced to a server without directories."""
    path = mapping(mapping(entry.meta).get("data")).get(KEPT_PATH)
    return None, path.rpartition("/")[0] if isinstance(path, str) else ""


class Uploads(BulkResult):
    """What became of the files for a knowledge base, in the order given."""

    succeeded: List[File]


class Deletions(BulkResult):
    """What became of the knowledge bases that were to be deleted; a failure's `item` is the name."""

    succeeded: List[Knowledge]


class Creations(BulkResult):
    """What became of the knowledge bases that were to be made; a failure's `item` is the name."""

    succeeded: List[Knowledge]


class NewKnowledge(NamedTuple):
    """A knowledge base to be made, and the files for it."""

    name: str
    description: str
    files: List[Source]


def succeeded(outcomes: Iterable[Outcome[T, R]]) -> List[R]:
    """What came of those that went well."""
    return [outcome.result for outcome in outcomes if outcome.result is not None]


def failed(outcomes: Iterable[Outcome[T, R]], call: Callable[[T], str]) -> List[Failure]:
    """What went wrong with the others, each called as `call` says."""
    return [Failure(item=call(outcome.item), error=str(outcome.error)) for outcome in outcomes if outcome.error]
