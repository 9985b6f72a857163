"""How a question is sent to a server before 0.9, which answers into messages that are there for it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any

from .._http import Http
from ..errors import APIConnectionError, OpenWebUIError
from . import kept
from .body import Query
from .drafts import Drafts
from .events import TurnEvent
from .follow import Followed, Follower
from .place import Place
from .work import Work


@dataclass(frozen=True)
class Background:
    """Writes the turn into the chat, has each answer made in the background, and stores what the server does not."""

    http: Http
    drafts: Drafts
    work: Work

    async def send(self, query: Query, place: Place, session_id: str) -> str:
        """Have the server begin all answers; the id of the chat that holds them. It begins all, or none is kept.

        One that may have begun although its receipt was lost is followed like any other.
        """
        chat_id, document = await self.drafts.write(query, place)
        try:
            for reply in query.replies:
                body = kept.background(
                    query,
                    reply,
                    document,
                    chat_id=chat_id,
                    session_id=session_id,
                    with_tasks=reply is query.replies[-1],
                )
                await self._begin(body, chat_id)
        except BaseException:
            async with self.http.runtime.shield():
                await self.work.intercept(chat_id)
                await self.drafts.withdraw(query, place)
            raise
        return chat_id

    async def follow(self, following: Follower, followed: Followed) -> AsyncGenerator[TurnEvent]:
        """The events of the answers; at their end, or where it is left, the chat holds all that there is."""
        try:
            async with aclosing(self.work.watch(following, followed)) as events:
                async for event in events:
                    yield event
        except BaseException:
            followed.cut_off()
            async with self.http.runtime.shield():
                with suppress(OpenWebUIError):
                    await self.drafts.finish(followed, following.session_id, overwrite=False)
            raise
        await self.drafts.finish(followed, following.session_id, overwrite=False)

    async def _begin(self, body: dict[str, Any], chat_id: str) -> None:
        try:
            about = f"model {body['model']!r}"
            await self.http.call(dict[str, Any], "POST", "/api/chat/completions", json=body, about=about)
        except APIConnectionError as error:
            if not (error.arrived and await self.work.tasks.running(chat_id)):
                raise
