"""The server's pages: walked lazily, one request a page, and read in either form that servers send."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, TypeVar

from ._records import decode, mapping
from .errors import APIResponseError

T = TypeVar("T", bound=dict[str, Any])


async def walk(fetch: Callable[[int], Awaitable[list[T]]], *, size: int) -> AsyncGenerator[T]:
    """Every item once, in the server's order.

    `fetch` gets page numbers from 1; a page shorter than `size`, or without anything new, is the last.
    """
    seen: set[str] = set()
    number = 1
    while True:
        page = await fetch(number)
        fresh = [item for item in page if item["id"] not in seen]
        for item in fresh:
            yield item
        if len(page) < size or not fresh:
            return
        seen.update(item["id"] for item in fresh)
        number += 1


def numbered(page: int) -> int:
    """The number of a page, which must be one.

    Raises:
        ValueError: It is below 1.
    """
    if page < 1:
        raise ValueError(f"pages are counted from 1, not {page}")
    return page


def items(kind: type[list[T]], answer: object) -> list[T]:
    """The records of a page that came as `{items, total}`; or as a bare list, as older servers send some.

    Raises:
        APIResponseError: It is neither.
    """
    try:
        return decode(kind, answer if isinstance(answer, list) else mapping(answer).get("items"))
    except ValueError as error:
        raise APIResponseError(f"a page that cannot be read: {error}") from None
