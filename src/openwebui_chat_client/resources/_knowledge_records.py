"""What knowledge bases are made of, and what is reported of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, List, NamedTuple, TypeVar

from .._bulk import BulkResult, Failure, Outcome
from .._times import Dated
from ._sources import Source
from .files import File

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
    """Who else may read and write; servers before 0.8 have `access_control` instead."""
    write_access: bool | None = None
    """Whether you may change it; not in every answer."""
    file_count: int | None = None
    """In lists of servers from 0.11 on."""


class KnowledgeFile(File):
    """A file in a knowledge base."""

    directory_id: str | None = None
    directory_path: str = ""
    """The directory in the knowledge base that it is in, as `docs/api`; empty at the top, and on older servers."""

    @property
    def full_name(self) -> str:
        """Its name, behind the directory it is in."""
        return f"{self.directory_path}/{self.filename}" if self.directory_path else self.filename


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
