"""The live connection (Socket.IO): one per client, opened when first wanted, its events sorted by message."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, Generic, TypeVar, cast

from ._socket import DROPPED, Event, Inbox
from .errors import APIConnectionError, ConfigError

Q = TypeVar("Q", bound=Inbox)
HEARTBEAT = 30.0
"""Seconds; the server forgets a session that is silent for two minutes."""
JOIN_TIMEOUT = 10.0
REST = 60.0
"""Seconds before a connection that was refused is tried again; until then turns are followed by polling."""


class _Switchboard(Generic[Q]):
    """Which message's events go to which inbox."""

    def __init__(self, inbox: Callable[[], Q], connect: Callable[[], Awaitable[Mapping[str, Any]]]) -> None:
        self._new_inbox = inbox
        self._connect = connect
        self._inboxes: dict[str, Q] = {}
        self._resting_until = 0.0

    def refused(self, error: BaseException) -> APIConnectionError:
        """What to raise for a connection that cannot be had; it is not tried again for a while."""
        self._resting_until = time.monotonic() + REST
        return APIConnectionError(f"no live connection ({type(error).__name__}: {error})", arrived=False)

    def is_resting(self) -> bool:
        """Whether the last try failed so recently that another would only cost time."""
        return time.monotonic() < self._resting_until

    @contextmanager
    def listen(self, *message_ids: str) -> Generator[Q]:
        inbox = self._new_inbox()
        self._inboxes.update(dict.fromkeys(message_ids, inbox))
        try:
            yield inbox
        finally:
            for message_id in message_ids:
                self._inboxes.pop(message_id, None)

    def sort(self, message: Any) -> None:
        """Give an event of the server to whoever waits for it; others, of the browser say, are dropped."""
        if isinstance(message, dict):
            event = cast("Event", message)
            if inbox := self._inboxes.get(event.get("message_id") or ""):
                inbox.put({**(event.get("data") or {}), "message_id": event["message_id"]})

    def drop(self, *_: object) -> None:
        """Tell all who wait that nothing more will come."""
        for inbox in list(self._inboxes.values()):
            inbox.put(DROPPED)


class _ThreadInbox:
    def __init__(self) -> None:
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def put(self, event: Event) -> None:
        self._events.put(event)

    async def get(self, seconds: float) -> Event | None:
        try:
            return self._events.get(timeout=seconds)
        except queue.Empty:
            return None


class _TaskInbox:
    def __init__(self) -> None:
        self._events: asyncio.Queue[Event] = asyncio.Queue()

    def put(self, event: Event) -> None:
        self._events.put_nowait(event)

    async def get(self, seconds: float) -> Event | None:
        try:
            async with asyncio.timeout(seconds):
                return await self._events.get()
        except TimeoutError:
            return None


class SyncSocket(_Switchboard[_ThreadInbox]):
    """The connection in a thread of its own."""

    def __init__(self, connect: Callable[[], Awaitable[Mapping[str, Any]]]) -> None:
        super().__init__(_ThreadInbox, connect)
        self._opening = threading.Lock()
        self._client: Any = None
        self._closed = threading.Event()

    async def open(self) -> str:
        with self._opening:
            if self._client is None or not self._client.connected:
                if self.is_resting():
                    raise ConfigError("the live connection was refused a moment ago")
                self._client = self._dial(dict(await self._connect()))
            return str(self._client.get_sid())

    def _dial(self, options: dict[str, Any]) -> Any:
        socketio = _library()
        token = options["auth"]["token"]
        client = socketio.Client(reconnection=False, handle_sigint=False, ssl_verify=options.pop("ssl_verify"))
        client.on("events", self.sort)
        client.on("disconnect", self.drop)
        try:
            client.connect(**options)
            joined = client.call("user-join", {"auth": {"token": token}}, timeout=JOIN_TIMEOUT)
            _accepted(joined)
        except BaseException as error:
            client.disconnect()
            if isinstance(error, socketio.exceptions.SocketIOError | APIConnectionError):
                raise self.refused(error) from None
            raise
        client.start_background_task(self._beat, client)
        return client

    def _beat(self, client: Any) -> None:
        while not self._closed.wait(HEARTBEAT) and client.connected:
            client.emit("heartbeat", {})

    async def close(self) -> None:
        self._closed.set()
        with self._opening:
            if self._client is not None:
                self._client.disconnect()


class AsyncSocket(_Switchboard[_TaskInbox]):
    """The connection as tasks of the running asyncio loop."""

    def __init__(self, connect: Callable[[], Awaitable[Mapping[str, Any]]]) -> None:
        super().__init__(_TaskInbox, connect)
        self._opening = asyncio.Lock()
        self._client: Any = None
        self._beating: asyncio.Task[None] | None = None

    async def open(self) -> str:
        _require_asyncio()
        async with self._opening:
            if self._client is None or not self._client.connected:
                if self.is_resting():
                    raise ConfigError("the live connection was refused a moment ago")
                self._client = await self._dial(dict(await self._connect()))
            return str(self._client.get_sid())

    async def _dial(self, options: dict[str, Any]) -> Any:
        socketio = _library()
        token = options["auth"]["token"]
        client = socketio.AsyncClient(reconnection=False, handle_sigint=False, ssl_verify=options.pop("ssl_verify"))
        client.on("events", self.sort)
        client.on("disconnect", self.drop)
        try:
            await client.connect(**options)
            joined = await client.call("user-join", {"auth": {"token": token}}, timeout=JOIN_TIMEOUT)
            _accepted(joined)
        except BaseException as error:
            await asyncio.shield(client.disconnect())
            if isinstance(error, socketio.exceptions.SocketIOError | APIConnectionError):
                raise self.refused(error) from None
            raise
        self._beating = asyncio.create_task(self._beat(client))
        return client

    async def _beat(self, client: Any) -> None:
        while client.connected:
            await asyncio.sleep(HEARTBEAT)
            await client.emit("heartbeat", {})

    async def close(self) -> None:
        if self._beating is not None:
            self._beating.cancel()
        if self._client is not None:
            await self._client.disconnect()


def _library() -> Any:
    try:
        import socketio
    except ImportError:
        raise ConfigError("live events need an extra: pip install 'openwebui-chat-client[realtime]'") from None
    return socketio


def _require_asyncio() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigError("live events need asyncio; on other loops turns are followed by polling") from None


def _accepted(joined: Any) -> None:
    if not joined:
        raise APIConnectionError("the server did not accept the token for live events")
