"""The only place with two colours: how a request is sent, and how one waits, in threads and in tasks."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Hashable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import httpx2

from ._dual import run

if TYPE_CHECKING:
    import anyio

    from ._socket import Socket

CLEANUP = 10.0
"""Seconds that cleaning up after an interruption may take."""
L = TypeVar("L")
T = TypeVar("T")


class Runtime(Protocol):
    """What differs between the two clients; nothing else does."""

    @property
    def closed(self) -> bool:
        """Whether the connections have been released."""
        ...

    def build(self, method: str, url: str, **parts: Any) -> httpx2.Request:
        """A request with the client's own headers."""
        ...

    async def send(self, request: httpx2.Request, *, stream: bool = False) -> httpx2.Response:
        """Send, and read the answer in full; or only its head, when the rest is to be streamed."""
        ...

    def chunks(self, response: httpx2.Response) -> AsyncGenerator[bytes]:
        """The body of a streamed answer, as it comes."""
        ...

    async def load(self, response: httpx2.Response) -> None:
        """Read the body of a streamed answer after all."""
        ...

    async def release(self, response: httpx2.Response) -> None:
        """Give back the connection of a streamed answer; twice is harmless."""
        ...

    async def gather(self, jobs: Sequence[Callable[[], Coroutine[Any, Any, T]]], *, limit: int) -> list[T]:
        """The results of all jobs, in their order, at most `limit` of them running at once.

        The first exception ends the others and is raised: a job that may fail alone catches its own.
        """
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def hold(self, key: Hashable) -> AbstractAsyncContextManager[None]:
        """Be the only one inside for this key."""
        ...

    def shield(self, seconds: float = CLEANUP) -> AbstractAsyncContextManager[None]:
        """Let what is inside finish although the caller was cancelled, but no longer than this."""
        ...

    def socket(self, connect: Callable[[], Awaitable[Mapping[str, Any]]]) -> Socket:
        """A connection for live events, not opened yet."""
        ...

    async def close(self) -> None:
        """Release the connections; twice is harmless."""
        ...


@dataclass
class _Entry(Generic[L]):
    lock: L
    users: int = 0


@dataclass
class SyncRuntime:
    """Blocks the calling thread. Right from many threads at once, and inside a running event loop."""

    http: httpx2.Client
    _locks: dict[Hashable, _Entry[threading.Lock]] = field(default_factory=dict[Hashable, _Entry[threading.Lock]])
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @property
    def closed(self) -> bool:
        return self.http.is_closed

    def build(self, method: str, url: str, **parts: Any) -> httpx2.Request:
        return self.http.build_request(method, url, **parts)

    async def send(self, request: httpx2.Request, *, stream: bool = False) -> httpx2.Response:
        return self.http.send(request, stream=stream)

    async def chunks(self, response: httpx2.Response) -> AsyncGenerator[bytes]:
        for chunk in response.iter_bytes():
            yield chunk

    async def load(self, response: httpx2.Response) -> None:
        response.read()

    async def release(self, response: httpx2.Response) -> None:
        response.close()

    async def gather(self, jobs: Sequence[Callable[[], Coroutine[Any, Any, T]]], *, limit: int) -> list[T]:
        from concurrent.futures import ThreadPoolExecutor

        def work(job: Callable[[], Coroutine[Any, Any, T]]) -> T:
            return run(job())

        with ThreadPoolExecutor(max_workers=max(1, min(limit, len(jobs)))) as pool:
            return list(pool.map(work, jobs))

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    @asynccontextmanager
    async def hold(self, key: Hashable) -> AsyncGenerator[None]:
        with self._guard:
            entry = self._locks.setdefault(key, _Entry(threading.Lock()))
            entry.users += 1
        try:
            with entry.lock:
                yield
        finally:
            with self._guard:
                entry.users -= 1
                if not entry.users:
                    del self._locks[key]

    @asynccontextmanager
    async def shield(self, seconds: float = CLEANUP) -> AsyncGenerator[None]:  # noqa: ARG002 - nobody cancels a thread
        yield

    def socket(self, connect: Callable[[], Awaitable[Mapping[str, Any]]]) -> Socket:
        from ._socketio import SyncSocket

        return SyncSocket(connect)

    async def close(self) -> None:
        self.http.close()


@dataclass
class _Aside(httpx2.AsyncByteStream):
    """The body of a request, read in a thread: a slow disk stops no other task."""

    body: Any

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        import anyio

        pieces = iter(self.body)
        while (piece := await anyio.to_thread.run_sync(next, pieces, None)) is not None:
            yield piece


@dataclass
class AsyncRuntime:
    """Suspends the calling task, on asyncio and on trio."""

    http: httpx2.AsyncClient
    _locks: dict[Hashable, _Entry[anyio.Lock]] = field(default_factory=dict[Hashable, "_Entry[anyio.Lock]"])

    @property
    def closed(self) -> bool:
        return self.http.is_closed

    def build(self, method: str, url: str, **parts: Any) -> httpx2.Request:
        request = self.http.build_request(method, url, **parts)
        if parts.get("files"):
            request.stream = _Aside(request.stream)
        return request

    async def send(self, request: httpx2.Request, *, stream: bool = False) -> httpx2.Response:
        return await self.http.send(request, stream=stream)

    async def chunks(self, response: httpx2.Response) -> AsyncGenerator[bytes]:
        async for chunk in response.aiter_bytes():
            yield chunk

    async def load(self, response: httpx2.Response) -> None:
        await response.aread()

    async def release(self, response: httpx2.Response) -> None:
        await response.aclose()

    async def gather(self, jobs: Sequence[Callable[[], Coroutine[Any, Any, T]]], *, limit: int) -> list[T]:
        import anyio

        results: dict[int, T] = {}
        limiter = anyio.CapacityLimiter(max(1, limit))

        async def work(number: int) -> None:
            async with limiter:
                results[number] = await jobs[number]()

        try:
            async with anyio.create_task_group() as group:
                for number in range(len(jobs)):
                    group.start_soon(work, number)
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return [results[number] for number in range(len(jobs))]

    async def sleep(self, seconds: float) -> None:
        import anyio

        await anyio.sleep(seconds)

    @asynccontextmanager
    async def hold(self, key: Hashable) -> AsyncGenerator[None]:
        import anyio

        entry = self._locks.setdefault(key, _Entry(anyio.Lock()))
        entry.users += 1
        try:
            async with entry.lock:
                yield
        finally:
            entry.users -= 1
            if not entry.users:
                del self._locks[key]

    @asynccontextmanager
    async def shield(self, seconds: float = CLEANUP) -> AsyncGenerator[None]:
        import anyio

        with anyio.move_on_after(seconds, shield=True):
            yield

    def socket(self, connect: Callable[[], Awaitable[Mapping[str, Any]]]) -> Socket:
        from ._socketio import AsyncSocket

        return AsyncSocket(connect)

    async def close(self) -> None:
        await self.http.aclose()
