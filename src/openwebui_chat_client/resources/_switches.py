"""What the server only turns over, made to say what it shall be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from .._records import Record
from ..errors import APIConnectionError, ConflictError, OpenWebUIError, ServerError

T = TypeVar("T", bound=Record)
TRIES = 3
SERVER_FAILED = 500
"""Of Open WebUI itself, often as its database was locked; what a proxy says, it says while work may go on."""


async def switch(
    read: Callable[[], Awaitable[T]], toggle: Callable[[], Awaitable[T]], field: str, *, wanted: bool
) -> T:
    """The record with this field as wanted: toggled only if it is not, and made sure of.

    Raises:
        ConflictError: Somebody else toggles it back all the time.
    """
    record = await read()
    return record if _is(record, field, wanted) else await toggled(read, toggle, field, wanted=wanted)


async def toggled(
    read: Callable[[], Awaitable[T]], toggle: Callable[[], Awaitable[T]], field: str, *, wanted: bool
) -> T:
    """The record, which stands the other way, toggled and made sure of: never again without knowing how it stands.

    It is toggled again when somebody toggled it back at the same time, or when the server failed and is through.

    Raises:
        ConflictError: Somebody else toggles it back all the time.
    """
    failure: OpenWebUIError | None = None
    record: T | None = None
    for _ in range(TRIES):
        try:
            record = await toggle()
        except (APIConnectionError, ServerError) as error:
            if isinstance(error, APIConnectionError) and not error.arrived:
                raise
            record, failure = await read(), error  # it may have been toggled before the answer was lost
            is_through = isinstance(error, ServerError) and error.status_code == SERVER_FAILED
            if not _is(record, field, wanted) and not is_through:
                raise
        if _is(record, field, wanted):
            return record
    thing = record.get("id") if record else None
    raise failure or ConflictError(f"{field} of {thing!r} does not stay {wanted}: somebody else toggles it too")


def _is(record: Record, field: str, wanted: bool) -> bool:  # noqa: FBT001 - what the field shall say
    return bool(record.get(field)) is wanted
