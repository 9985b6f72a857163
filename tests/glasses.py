"""Glasses through which a sync client looks like an async one, so that one test text runs on both."""

from __future__ import annotations

import inspect
from typing import Any, Self

import anyio.to_thread

from openwebui_chat_client._dual import Dual, Stream


class Glasses:
    """Awaits what blocks: each call runs in a thread of its own, as a program with threads would do it."""

    def __init__(self, seen: Any) -> None:
        self._seen = seen

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._seen, name)
        if isinstance(value, Dual):
            return Glasses(value)
        return _call(value) if inspect.isroutine(value) else value

    async def __aenter__(self) -> Self:
        self._seen.__enter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        await _in_thread(self._seen.__exit__, *error)


class StreamGlasses:
    """A blocking stream, read in a thread."""

    def __init__(self, seen: Stream[Any, Any]) -> None:
        self._seen = seen

    @property
    def result(self) -> Any:
        return self._seen.result

    def __aiter__(self) -> StreamGlasses:
        return self

    async def __anext__(self) -> Any:
        piece = await _in_thread(next, self._seen, END)
        if piece is END:
            raise StopAsyncIteration
        return piece

    async def aclose(self) -> None:
        await _in_thread(self._seen.close)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


END = object()


async def _in_thread(call: Any, *args: Any, **named: Any) -> Any:
    limiter = anyio.CapacityLimiter(1)
    return await anyio.to_thread.run_sync(lambda: call(*args, **named), limiter=limiter)


def _call(method: Any) -> Any:
    def called(*args: Any, **named: Any) -> Any:
        if is_stream(method):
            return StreamGlasses(method(*args, **named))
        if method.__name__ in {"with_options", "conversation"}:
            return Glasses(method(*args, **named))
        return _in_thread(method, *args, **named)

    return called


def is_stream(method: Any) -> bool:
    """Whether a client's method gives a stream: its one source is then an async generator."""
    return inspect.isasyncgenfunction(inspect.unwrap(method))
