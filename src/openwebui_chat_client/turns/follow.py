"""How answers are followed: over the live connection, or by polling; both ways yield the same events."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from .._dual import Async
from .._messages import messages, text_of
from .._records import mapping, mappings, strings
from .._runtime import Runtime
from .._socket import DROPPED, Event, Inbox, Socket
from ..errors import APIConnectionError, ConfigError, TurnError
from ..resources.chats import Chat, Chats
from ..resources.tasks import Tasks
from .answer import Answer
from .body import Query, new_id
from .events import TagsChanged, TitleChanged, TurnEvent

log = logging.getLogger("openwebui_chat_client")
FIRST_PAUSE = 0.05
GROWING_PAUSE = 0.1
LONGEST_PAUSE = 1.0
SILENCE = 15.0
"""Seconds without news after which it is looked closer whether the server still works on the answer."""
LATE_TITLE = 15.0
"""Seconds to wait for the title of a new chat, which the server makes beside the answer."""
UNTITLED = "New Chat"


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


@dataclass
class Followed:
    """What is followed: the answers to one question in one chat, and what the server makes of the chat after them."""

    chat_id: str
    query: Query
    answers: dict[str, Answer]
    """By the id of their message."""
    tells_end: bool = True
    """Whether the server says when its work on the chat is over; else it is asked, once the answer is complete."""
    heeds_filters: bool = True
    """Whether a filter's word on an answer is taken for its text."""
    marks_end: bool = True
    """Whether the server marks answers that are complete; else they are when its work on the chat is over."""
    known_title: str | None = None
    """The chat's title before; None for a chat that the server makes, and titles beside the answer."""
    title: str | None = None
    """The chat's title, as the server has given it."""
    tags: list[str] | None = None
    """The chat's tags, as the server has given them."""
    given_up: bool = False
    """Whether an answer is not waited for any more, while others are there."""
    settled: bool = False
    """Whether the server has said that it does nothing more for this chat."""
    _late: float = field(default=0.0, repr=False)

    @property
    def answered(self) -> bool:
        """Whether every answer is complete, or has failed."""
        return all(answer.done or answer.error for answer in self.answers.values())

    @property
    def complete(self) -> bool:
        """Whether there is nothing more to wait for."""
        is_over = self.settled or not (self.tells_end or any(self.query.tasks.values()))
        return self.answered and is_over and not self.misses_title

    @property
    def misses_title(self) -> bool:
        """Whether a title is still to come."""
        if self.title is not None or self.known_title is not None or not self.query.tasks.get("title_generation"):
            return False
        return self._late < LATE_TITLE and not all(answer.error for answer in self.answers.values())

    def cut_off(self) -> None:
        """Nothing more comes: what is not complete was stopped."""
        for answer in self.answers.values():
            answer.stopped = answer.stopped or not (answer.done or answer.error)

    def waited(self, seconds: float) -> None:
        """Count the time that passed after the server had settled."""
        self._late += seconds if self.settled else 0.0

    def feed(self, event: Event) -> list[TurnEvent]:
        """Take in a live event, and give what it brings."""
        kind, data = event.get("type"), event.get("data")
        if kind == "chat:active" and self.tells_end:
            self.settled = not mapping(data).get("active", True)
        elif kind == "chat:title" and isinstance(data, str):
            self.title = data
            return [TitleChanged(data)]
        elif kind == "chat:tags":
            self.tags = strings(data)
            return [TagsChanged(self.tags)]
        elif kind == "chat:outlet" and self.heeds_filters:
            return [event for message in mappings(mapping(data).get("messages")) for event in self._filtered(message)]
        elif answer := self.answers.get(event.get("message_id") or ""):
            return list(answer.feed(event))
        return []

    def _filtered(self, message: dict[str, Any]) -> Iterator[TurnEvent]:
        """What a filter on the server has made of an answer's text."""
        answer, content = self.answers.get(str(message.get("id"))), message.get("content")
        if answer and isinstance(content, str) and content:
            yield from answer.replace(text_of({"content": content}))

    def show(self, chat: Chat) -> list[TurnEvent]:
        """Take in the stored chat, and give what is new in it."""
        known = messages(chat.chat)
        found = [
            event
            for message_id, answer in self.answers.items()
            if message_id in known
            for event in answer.show(known[message_id])
        ]
        if self.settled and not self.marks_end:
            for answer in self.answers.values():
                answer.done = answer.done or not answer.error
        if self.settled and self.answered:
            found += self._extras(chat)
        return found

    def _extras(self, chat: Chat) -> list[TurnEvent]:
        found: list[TurnEvent] = []
        is_given = chat.title not in {UNTITLED, self.known_title}
        if self.query.tasks.get("title_generation") and self.title is None and is_given:
            self.title = chat.title
            found.append(TitleChanged(chat.title))
        if self.query.tasks.get("tags_generation") and self.tags is None:
            self.tags = strings(mapping(chat.meta).get("tags"))
            found.append(TagsChanged(self.tags))
        return found


class Follower(Protocol):
    """A way to follow answers; made before the question is sent."""

    session_id: str
    """What the server is told to send the events to."""

    def events(self, followed: Followed) -> AsyncGenerator[TurnEvent]:
        """The events until all is complete.

        Raises:
            TurnError: The server is silent for too long.
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
    session_id: str = field(default_factory=new_id)

    async def events(self, followed: Followed) -> AsyncGenerator[TurnEvent]:
        """See `Follower`."""
        pace, looked = Pace(), 0.0
        while True:
            await self.runtime.sleep(pace.pause)
            followed.waited(pace.pause)
            news = False
            if (self.partial and not followed.answered) or pace.silent - looked >= SILENCE:
                looked = pace.silent
                for event in await self.look(followed):
                    news = True
                    yield event
            if followed.complete:
                return
            if not news:
                followed.settled = followed.settled or not await self.tasks.running(followed.chat_id)
            if followed.settled:
                for event in await self.look(followed):
                    yield event
                if not followed.misses_title:
                    return
            looked = 0.0 if news else looked
            pace.after(news=news)
            if pace.silent > self.limit:
                await self.look(followed)
                give_up(followed, self.limit)
                return

    async def look(self, followed: Followed) -> list[TurnEvent]:
        """What the stored chat has that we did not know."""
        return followed.show(await self.chats.get(followed.chat_id))


@dataclass
class Live:
    """Listens on the live connection; if that breaks, polling goes on from there."""

    session_id: str
    inbox: Inbox
    polling: Polling

    async def events(self, followed: Followed) -> AsyncGenerator[TurnEvent]:
        """See `Follower`."""
        silent = 0.0
        while not followed.complete:
            is_asked = followed.settled or (followed.answered and not followed.tells_end)
            patience = min(SILENCE, self.polling.limit, LONGEST_PAUSE if is_asked else LATE_TITLE)
            event = await self.inbox.get(patience)
            if event is None:
                silent += patience
                followed.waited(patience)
                if silent >= self.polling.limit:
                    give_up(followed, self.polling.limit)
                    return
                if followed.settled or await self.polling.tasks.running(followed.chat_id):
                    continue
                if followed.answered and not followed.tells_end:
                    followed.settled = True
                    continue
            if event is None or event is DROPPED:
                log.warning("nothing comes over the live connection; following chat %s by polling", followed.chat_id)
                async with aclosing(self.polling.events(followed)) as rest:
                    async for found in rest:
                        yield found
                return
            silent = 0.0
            for found in followed.feed(event):
                yield found


@contextmanager
def listening(socket: Socket, session_id: str, polling: Polling, message_ids: list[str]) -> Generator[Live]:
    """A follower that listens before the question is sent."""
    with socket.listen(*message_ids) as inbox:
        yield Live(session_id, inbox, polling)


async def session_of(socket: Socket | None) -> str | None:
    """The id of the live connection; None where there is none, or it cannot be had now."""
    if socket is None:
        return None
    try:
        return await socket.open()
    except ConfigError:
        return None
    except APIConnectionError as error:
        log.warning("%s; following by polling instead", error)
        return None


def give_up(followed: Followed, limit: float) -> None:
    """Nothing has come for too long: an answer that is there is enough without what was to come after it.

    Raises:
        TurnError: There is no answer.
    """
    told = f"nothing came from the model for {limit:g} s; answer_timeout=… sets that limit"
    if not any(answer.done for answer in followed.answers.values()):
        raise failed(followed, told)
    for answer in followed.answers.values():
        followed.given_up = followed.given_up or not (answer.done or answer.error)
        answer.error = answer.error or (None if answer.done else told)
    log.warning("chat %s has its answer, but not all that was to come after it", followed.chat_id)


def failed(followed: Followed, what: str) -> TurnError:
    """The error of a turn that the server had taken."""
    message_id, answer = next(iter(followed.answers.items()))
    return TurnError(
        f"{what} (the question is in chat {followed.chat_id})",
        partial=answer.text,
        chat_id=followed.chat_id,
        message_id=message_id,
    )


def answers_to(query: Query) -> dict[str, Answer]:
    """An empty answer for each reply."""
    return {message_id: Answer() for message_id in query.message_ids}
