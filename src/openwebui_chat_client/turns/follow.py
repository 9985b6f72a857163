"""How an answer is followed: over the live connection, or by polling; all ways yield the same events."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from .._dual import Async
from .._runtime import Runtime
from .._socket import DROPPED, Inbox, Socket
from ..errors import APIConnectionError, ConfigError, TurnError
from ..resources.chats import Chats
from ..resources.tasks import Tasks
from .body import new_id
from .events import Answer, TurnEvent
from .tree import messages

log = logging.getLogger("openwebui_chat_client")
FIRST_PAUSE = 0.05
GROWING_PAUSE = 0.1
LONGEST_PAUSE = 1.0
SILENCE = 15.0
"""Seconds without news after which it is looked closer whether the server still works on the answer."""


@dataclass
class Pace:
    """When to look again: soon while something comes, ever later while nothing does. In seconds."""

    pause: float = FIRST_PAUSE
    silent: float = 0.0
    """How long nothing has come."""

    def after(self, *, news: bool) -> None:
        """Choose the next pause."""
        self.silent = 0.0 if news else self.silent + self.pause
        self.pause = GROWING_PAUSE if news else min(LONGEST_PAUSE, self.pause * 1.5)


@dataclass(frozen=True)
class Followed:
    """What is followed: one answer in one chat."""

    chat_id: str
    message_id: str
    answer: Answer


class Follower(Protocol):
    """A way to follow an answer; made before the question is sent."""

    session_id: str
    """What the server is told to send the events to."""

    def events(self, followed: Followed) -> AsyncGenerator[TurnEvent]:
        """The answer's events until it is done.

        Raises:
            TurnError: The server gave the answer up without a word, or is silent for too long.
        """
        ...


@dataclass
class Polling:
    """Reads the chat again and again: right with any credential."""

    chats: Chats[Async]
    tasks: Tasks[Async]
    runtime: Runtime
    limit: float
    """Seconds that nothing may come."""
    partial: bool
    """Whether the text in the making is wanted; without, the server's tasks are watched, which is cheaper, and the
    text only now and then, to tell a model that writes from one that is silent."""
    session_id: str = ""

    def __post_init__(self) -> None:
        self.session_id = new_id()

    async def events(self, followed: Followed) -> AsyncGenerator[TurnEvent]:
        """See `Follower`."""
        pace = Pace()
        while True:
            await self.runtime.sleep(pace.pause)
            news, running = False, True
            if self.partial or pace.silent >= SILENCE:
                for event in await self.look(followed):
                    news = True
                    yield event
            if followed.answer.done:
                return
            if not news:
                running = bool(await self.tasks.running(followed.chat_id))
            if not running:
                for event in await self.look(followed):
                    yield event
                return
            pace.after(news=news)
            if pace.silent > self.limit:
                raise stalled(followed, self.limit)

    async def look(self, followed: Followed) -> list[TurnEvent]:
        """What the stored message has that we did not know."""
        chat = await self.chats.get(followed.chat_id)
        message = messages(chat.chat).get(followed.message_id)
        return list(followed.answer.show(message)) if message else []


@dataclass
class Live:
    """Listens on the live connection; if that breaks, polling goes on from there."""

    session_id: str
    inbox: Inbox
    polling: Polling

    async def events(self, followed: Followed) -> AsyncGenerator[TurnEvent]:
        """See `Follower`."""
        silent, patience = 0.0, min(SILENCE, self.polling.limit)
        while not (followed.answer.done or followed.answer.error):
            event = await self.inbox.get(patience)
            if event is None:
                silent += patience
                if silent >= self.polling.limit:
                    raise stalled(followed, self.polling.limit)
                if await self.polling.tasks.running(followed.chat_id):
                    continue
            if event is None or event is DROPPED:
                log.warning("the live connection broke; following chat %s by polling", followed.chat_id)
                async with aclosing(self.polling.events(followed)) as rest:
                    async for found in rest:
                        yield found
                return
            silent = 0.0
            for found in followed.answer.feed(event):
                yield found


@asynccontextmanager
async def follower(socket: Socket | None, polling: Polling, message_id: str) -> AsyncGenerator[Follower]:
    """The best way to follow that there is, listening before the question is sent."""
    session_id = await _session(socket)
    if socket is None or session_id is None:
        yield polling
        return
    with socket.listen(message_id) as inbox:
        yield Live(session_id, inbox, polling)


async def _session(socket: Socket | None) -> str | None:
    if socket is None:
        return None
    try:
        return await socket.open()
    except ConfigError:
        return None
    except APIConnectionError as error:
        log.warning("%s; following by polling instead", error)
        return None


def stalled(followed: Followed, limit: float) -> TurnError:
    """The error for a model that has not said a thing for too long."""
    return TurnError(
        f"nothing came from the model for {limit:g} s; answer_timeout=… sets that limit",
        partial=followed.answer.text,
        chat_id=followed.chat_id,
        message_id=followed.message_id,
    )
