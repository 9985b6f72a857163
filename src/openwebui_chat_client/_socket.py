"""What a live connection for events is; both colours of it are in `_socketio`, which costs more to import."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol

Event = dict[str, Any]
DROPPED: Event = {"type": "dropped", "data": None}
"""What every waiting turn is told when the connection breaks."""


class Inbox(Protocol):
    """The events of one turn, in order."""

    def put(self, event: Event) -> None:
        """Add one; never waits."""
        ...

    async def get(self, seconds: float) -> Event | None:
        """The next one, or None when that long nothing came."""
        ...


class Socket(Protocol):
    """A connection for live events."""

    async def open(self) -> str:
        """The session's id, of a connection that stands and has been accepted.

        Raises:
            APIConnectionError: It cannot be had; polling can take its place.
            ConfigError: It is not to be had here: the extra `realtime` is not installed, the loop is not asyncio's,
                or it was refused a moment ago.
        """
        ...

    def listen(self, *message_ids: str) -> AbstractContextManager[Inbox]:
        """A context in which the events of these messages go to the `Inbox` that it gives."""
        ...

    async def close(self) -> None:
        """Hang up; twice is harmless."""
        ...
