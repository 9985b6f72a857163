"""How a question is sent and its answers are followed to their end, whatever happens on the way."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass

from .._dual import Async
from .._http import Http
from .._messages import messages
from .._records import Record
from ..errors import (
    APIConnectionError,
    APIResponseError,
    APIStatusError,
    OpenWebUIError,
    ServerError,
)
from ..resources.chats import Chats
from ..resources.tasks import Tasks
from .body import Query, completion
from .events import TurnEvent, TurnStarted
from .follow import FIRST_PAUSE, Followed, Follower, failed

LATE = 10
"""How often it is looked for work that begins after an interruption, 50 ms apart."""
NEWEST = 5
"""How many of the newest chats are looked through for one whose id was lost on the way."""


class Accepted(Record):
    """The server has stored the turn and works on it."""

    chat_id: str


@dataclass(frozen=True)
class Sender:
    """Sends questions to a server that keeps the chat itself."""

    http: Http
    chats: Chats[Async]
    tasks: Tasks[Async]

    async def send(self, query: Query, chat_id: str | None, folder_id: str | None, session_id: str) -> str:
        """Have the server take the question; the id of the chat that holds it.

        A question whose receipt was lost is looked for, and not asked again. Whoever calls undoes what was prepared
        when this raises.
        """
        body = completion(query, chat_id=chat_id, folder_id=folder_id, session_id=session_id, now=time.time())
        try:
            about = f"model {', '.join(map(repr, query.models))}"
            accepted = await self.http.call(Accepted, "POST", "/api/chat/completions", json=body, about=about)
        except BaseException as error:
            async with self.http.runtime.shield():
                if _may_have_arrived(error) and (found := await self._stored(query, chat_id)):
                    return found
                if not isinstance(error, OpenWebUIError) and (found := chat_id or await self._stored(query, None)):
                    await self._intercept(found)
            raise
        return str(accepted.get("chat_id") or chat_id or "")

    async def follow(self, following: Follower, followed: Followed) -> AsyncGenerator[TurnEvent]:
        """The events of the answers, `TurnStarted` first; who leaves early stops the server.

        Raises:
            TurnError: The server was lost sight of.
        """
        try:
            yield TurnStarted(followed.chat_id, tuple(followed.answers))
            async with aclosing(following.events(followed)) as events:
                async for event in events:
                    yield event
        except (APIConnectionError, APIStatusError, APIResponseError) as error:
            raise failed(followed, f"the server was lost sight of while it answered: {error}") from error
        except BaseException:
            async with self.http.runtime.shield():
                await self.stop(followed.chat_id)
            raise
        if not followed.answered:
            await self.stop(followed.chat_id)

    async def stop(self, chat_id: str) -> None:
        """End the server's work on this chat, as far as it can be reached.

        The first call ends the tasks; the second finds none and makes final what they had not even begun.
        """
        with suppress(OpenWebUIError):
            await self.tasks.stop(chat_id)
            await self.tasks.stop(chat_id)

    async def _stored(self, query: Query, chat_id: str | None) -> str | None:
        """The chat that has the question, although the server's word on that did not reach us."""
        with suppress(OpenWebUIError):
            for candidate in [chat_id] if chat_id else await self._newest():
                if query.message_ids[0] in messages((await self.chats.get(candidate)).chat):
                    return candidate
        return None

    async def _newest(self) -> list[str]:
        """The newest chats, in folders too."""
        found: list[str] = []
        async with self.chats.iter() as chats:
            async for chat in chats:
                found.append(chat.id)
                if len(found) == NEWEST:
                    break
        return found

    async def _intercept(self, chat_id: str) -> None:
        """End work that the server may only be about to begin: we were interrupted while it took the question."""
        with suppress(OpenWebUIError):
            for _ in range(LATE):
                if await self.tasks.running(chat_id):
                    break
                await self.http.runtime.sleep(FIRST_PAUSE)
        await self.stop(chat_id)


def _may_have_arrived(error: BaseException) -> bool:
    if isinstance(error, APIConnectionError):
        return error.arrived
    return isinstance(error, ServerError | APIResponseError)
