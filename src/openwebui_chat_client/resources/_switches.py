"""What the server only toggles, made to say what it shall be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from .._records import Record
from ..errors import ConflictError

T = TypeVar("T", bound=Record)
TRIES = 3


async def switch(
    read: Callable[[], Awaitable[T]], toggle: Callable[[], Awaitable[T]], field: str, *, wanted: bool
) -> T:
    """The record with this field as wanted: toggled only if it is not, and made sure of.

    Raises:
        ConflictError: Somebody else toggles it back all the time.
    """
    record = await read()
    for _ in range(TRIES):
        if bool(record.get(field)) is wanted:
            return record
        record = await toggle()
    if bool(record.get(field)) is not wanted:
        raise ConflictError(f"{field} of {record.get('id')!r} does not stay {wanted}: somebody else toggles it too")
    return record
