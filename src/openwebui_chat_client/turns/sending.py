"""How a question is sent to a server that keeps the chat itself."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass, replace

from .._dual import Async
from .._http import Http
from .._messages import messages
from .._records import Record
from .._server import COLUMNS, SIDE_BY_SIDE, Server
from ..errors import APIConnectionError, APIResponseError, OpenWebUIError, ServerError
from ..resources.chats import Chats
from .body import Query, completion, new_chat
from .events import TurnEvent
from .follow import Followed, Follower
from .place import Place, Places
from .work import Work

NEWEST = 5
"""How many of the newest chats are looked through for one whose id was lost on the way."""


class Accepted(Record):
    """The server has stored the turn and works on it."""

    chat_id: str


@dataclass(frozen=True)
class Sender:
    """Sends one question for all its answers, which the server stores."""

    http: Http
    server: Server[Async]
    chats: Chats[Async]
    places: Places
    work: Work

    async def send(self, query: Query, place: Place, session_id: str) -> str:
        """Have the server take the question; the id of the chat that holds it.

        A question whose receipt was lost is looked for, and not asked again. Whoever calls undoes what was prepared
        when this raises. A new chat that the server is to title it also makes.
        """
        if place.chat_id is None and not await self._titles_beside(query):
            document = new_chat(place.title, place.models, time.time(), query.system_prompt)
            place.chat_id = await self.places.create(place, document)
        chat_id = place.chat_id
        if not await self.server.has(COLUMNS):
            query = replace(query, column=None)
        body = completion(query, chat_id=chat_id, folder_id=place.folder_id, session_id=session_id, now=time.time())
        try:
            about = f"model {', '.join(map(repr, query.models))}"
            accepted = await self.http.call(Accepted, "POST", "/api/chat/completions", json=body, about=about)
        except BaseException as error:
            async with self.http.runtime.shield():
                if _may_have_arrived(error) and (found := await self._stored(query, chat_id)):
                    return found
                if not isinstance(error, OpenWebUIError) and (found := chat_id or await self._stored(query, None)):
                    await self.work.intercept(found)
            raise
        return str(accepted.get("chat_id") or chat_id or "")

    async def _titles_beside(self, query: Query) -> bool:
        """Whether the server is to make the chat and title it beside the answer: before 0.12 one of them gets lost."""
        wanted = query.tasks.get("title_generation") and not query.system_prompt
        return bool(wanted) and await self.server.has(SIDE_BY_SIDE)

    def follow(self, following: Follower, followed: Followed) -> AsyncGenerator[TurnEvent]:
        """The events of the answers, as `Work.watch`."""
        return self.work.watch(following, followed)

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


def _may_have_arrived(error: BaseException) -> bool:
    if isinstance(error, APIConnectionError):
        return error.arrived
    return isinstance(error, ServerError | APIResponseError)
