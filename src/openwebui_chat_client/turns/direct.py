"""A turn that is streamed back to this client, which writes it into the chat as it comes.

For those who listen without a live connection on servers that tell nothing, or too little, of an answer in the making.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import dataclass, field
from typing import Any, Self

import httpx2

from .._http import Http, segment
from ..errors import (
    APIResponseError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    NotFoundError,
    OpenWebUIError,
    PermissionDeniedError,
    TurnError,
)
from . import kept
from .afterwards import Afterwards
from .answer import Answer
from .body import Query, new_id
from .drafts import Drafts
from .events import TextDelta, TextReplaced, TurnEvent, TurnStarted
from .follow import Followed, Follower
from .place import Place
from .stream import completion_stream, silence, streamed

BATCH = 0.5
"""Seconds of text that are shown to open pages at once."""
REFUSED = (AuthenticationError, PermissionDeniedError, NotFoundError)
"""The server has not let the question through to the model; any other status is the model's own failure."""


@dataclass
class Direct:
    """One such turn; a context manager, which hangs up. Several answers come side by side, and are told at the end."""

    http: Http
    drafts: Drafts
    afterwards: Afterwards
    limit: float
    """Seconds that nothing may come."""
    session_id: str = field(default_factory=new_id)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _begun: dict[str, httpx2.Response | str] = field(default_factory=dict[str, "httpx2.Response | str"])
    """What answers each message: the stream, or the model's word on why there is none."""
    _is_stored: bool = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def send(self, query: Query, place: Place, session_id: str) -> str:  # noqa: ARG002 - there is no session
        """Have the server take the question; the id of the chat that holds it. It is taken, or not kept."""
        chat_id, document = await self.drafts.write(query, place)
        try:
            for reply in query.replies:
                self._begun[reply.message_id] = await self._begin(kept.direct(query, reply, document))
        except BaseException:
            async with self.http.runtime.shield():
                await self._stack.aclose()
                await self.drafts.withdraw(query, place)
            raise
        return chat_id

    async def follow(self, _: Follower, followed: Followed, /) -> AsyncGenerator[TurnEvent]:
        """The events of the answers; at their end, or where it is left, the chat holds all that there is.

        Raises:
            TurnError: What was answered could not be stored.
        """
        try:
            yield TurnStarted(followed.chat_id, tuple(followed.answers))
            async with aclosing(self._answers(followed)) as events:
                async for event in events:
                    yield event
            await self.drafts.finish(followed, self.session_id, overwrite=True)
            self._is_stored = True
        except BaseException:
            followed.cut_off()
            async with self.http.runtime.shield():
                await self._stack.aclose()
                if not self._is_stored:
                    with suppress(OpenWebUIError):
                        await self.drafts.finish(followed, self.session_id, overwrite=True)
            raise
        async with aclosing(self._after(followed)) as events:
            async for event in events:
                yield event

    async def _begin(self, body: dict[str, Any]) -> httpx2.Response | str:
        try:
            return await self._stack.enter_async_context(completion_stream(self.http, self.limit, body))
        except REFUSED:
            raise
        except APIStatusError as error:
            return error.detail or str(error)
        except APITimeoutError as error:
            if not error.arrived:
                raise
            return silence(self.limit)

    async def _answers(self, followed: Followed) -> AsyncGenerator[TurnEvent]:
        for message_id, begun in self._begun.items():
            if isinstance(begun, str):
                followed.answers[message_id].error = begun
        streams = {message_id: begun for message_id, begun in self._begun.items() if not isinstance(begun, str)}
        if len(self._begun) > 1:
            jobs = [_job(self._collect, stream, followed.answers[one]) for one, stream in streams.items()]
            await self.http.runtime.gather(jobs, limit=len(jobs))
            return
        for message_id, stream in streams.items():
            answer = followed.answers[message_id]
            try:
                async with aclosing(self._shown(followed.chat_id, message_id, stream, answer)) as events:
                    async for event in events:
                        yield event
            except (TurnError, APIResponseError) as error:
                answer.error = str(error)

    async def _collect(self, stream: httpx2.Response, answer: Answer) -> None:
        try:
            async with aclosing(streamed(self.http, stream, answer, self.limit)) as events:
                async for _ in events:
                    pass
        except (TurnError, APIResponseError) as error:
            answer.error = str(error)

    async def _shown(
        self, chat_id: str, message_id: str, stream: httpx2.Response, answer: Answer
    ) -> AsyncGenerator[TurnEvent]:
        """The events, while open pages of the chat get what has come every now and then."""
        path = f"/api/v1/chats/{segment(chat_id)}/messages/{segment(message_id)}/event"
        shown_at = time.monotonic()
        async with aclosing(streamed(self.http, stream, answer, self.limit)) as events:
            async for event in events:
                yield event
                if isinstance(event, TextDelta | TextReplaced) and time.monotonic() - shown_at >= BATCH:
                    with suppress(OpenWebUIError):  # a page that sees it later loses nothing
                        replaced = {"type": "replace", "data": {"content": answer.text}}
                        await self.http.call(bool, "POST", path, json=replaced)
                    shown_at = time.monotonic()

    async def _after(self, followed: Followed) -> AsyncGenerator[TurnEvent]:
        async with aclosing(self.afterwards.follow_ups(followed)) as events:
            async for event in events:
                yield event
        if any(answer.follow_ups for answer in followed.answers.values()):
            await self.drafts.suggest(followed)
        async with aclosing(self.afterwards.title_and_tags(followed)) as events:
            async for event in events:
                yield event
        followed.settled = True


def _job(
    collect: Callable[[httpx2.Response, Answer], Coroutine[Any, Any, None]], stream: httpx2.Response, answer: Answer
) -> Callable[[], Coroutine[Any, Any, None]]:
    return lambda: collect(stream, answer)
