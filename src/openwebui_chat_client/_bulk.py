"""The same thing done to many: side by side, each with its own report, none stopping the rest."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from ._records import Record
from ._runtime import Runtime
from .errors import OpenWebUIError

T = TypeVar("T")
R = TypeVar("R")
LIMIT = 8
"""How many run at once unless told otherwise."""
Progress = Callable[[int, int], None]
"""Called after each item with how many are through, and how many there are; on the sync client from several threads."""


class Failure(Record):
    """What could not be done, and why."""

    item: str
    """Its id, name or path."""
    error: str


class BulkResult(Record):
    """What became of many: every item is in exactly one of the two, in the order given."""

    succeeded: list[Any]
    failed: list[Failure]


class Outcome(NamedTuple, Generic[T, R]):
    """What became of one item: its result, or the error that stopped it."""

    item: T
    result: R | None
    error: Exception | None


async def for_each(
    runtime: Runtime,
    items: Sequence[T],
    do: Callable[[T], Awaitable[R]],
    *,
    limit: int = LIMIT,
    progress: Progress | None = None,
) -> list[Outcome[T, R]]:
    """Do it to every item, at most `limit` at once; outcomes in the order of the items.

    Errors of the server and of files are outcomes; anything else is a bug, ends the others and is raised.
    """
    through = itertools.count(1)

    async def one(item: T) -> Outcome[T, R]:
        try:
            outcome = Outcome[T, R](item, await do(item), None)
        except (OpenWebUIError, OSError) as error:
            outcome = Outcome[T, R](item, None, error)
        number = next(through)
        if progress is not None:
            progress(number, len(items))
        return outcome

    return await runtime.gather([_job(one, item) for item in items], limit=limit)


def _job(one: Callable[[T], Any], item: T) -> Callable[[], Any]:
    return lambda: one(item)
