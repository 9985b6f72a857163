"""Walks the server's pages lazily, one request a page."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, TypeVar

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
