"""Splits what comes in pieces into lines, as JSON in lines and event streams mean them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable


async def lines(chunks: AsyncIterable[bytes]) -> AsyncGenerator[bytes]:
    """The lines of what comes in chunks. Only a line feed ends one: JSON may hold the other separators of lines."""
    pieces: list[bytes] = []
    async for chunk in chunks:
        first, *more = chunk.split(b"\n")
        pieces.append(first)
        for piece in more:
            yield b"".join(pieces)
            pieces = [piece]
    yield b"".join(pieces)
