"""Several answers to one question, on servers that lose those which end at the same time: one after the other."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

from .._dual import Async
from .._messages import messages
from ..errors import APIConnectionError, APIStatusError, NotFoundError, TurnError
from ..resources.chats import Chats
from . import kept
from .body import Query, question_of
from .events import TurnEvent, TurnStarted
from .follow import Followed, Follower
from .place import Place
from .sending import Sender

WITH_FIRST, AFTER_EACH, WITH_LAST = "title_generation", "follow_up_generation", "tags_generation"


@dataclass(frozen=True)
class OneByOne:
    """Sends a question once for each answer, and puts the answers side by side."""

    sender: Sender
    chats: Chats[Async]

    async def send(self, query: Query, place: Place, session_id: str) -> str:
        """Have the server take the question for the first answer; the id of the chat that holds it.

        Raises:
            NotFoundError: The server does not know one of the models.
        """
        await self._require_models(query)
        first = next(_parts(query))
        question = query.stored or question_of(query, time.time())
        return await self.sender.send(replace(first, stored=question), place, session_id)

    async def follow(self, following: Follower, followed: Followed) -> AsyncGenerator[TurnEvent]:
        """The events of all answers; a model that is refused does not cost the others."""
        query = followed.query
        yield TurnStarted(followed.chat_id, tuple(followed.answers))
        for part in _parts(query):
            answer = followed.answers[part.message_ids[0]]
            if part.message_ids[0] != query.message_ids[0]:
                try:
                    await self._send(part, followed.chat_id, following.session_id)
                except (APIStatusError, APIConnectionError) as error:
                    answer.error = str(error)
                    continue
            try:
                async with aclosing(self._one(following, followed, part)) as events:
                    async for event in events:
                        yield event
            except TurnError as error:
                answer.error = str(error)
        await self._place_side_by_side(followed)

    async def _one(self, following: Follower, followed: Followed, part: Query) -> AsyncGenerator[TurnEvent]:
        message_id = part.message_ids[0]
        answers = {message_id: followed.answers[message_id]}
        one = replace(followed, query=part, answers=answers, title=None, tags=None, settled=False)
        async with aclosing(self.sender.follow(following, one)) as events:
            async for event in events:
                if not isinstance(event, TurnStarted):
                    yield event
        followed.title, followed.tags = one.title or followed.title, one.tags or followed.tags

    async def _send(self, part: Query, chat_id: str, session_id: str) -> None:
        chat = await self.chats.get(chat_id)
        place = Place(part.models, part.parent_id, chat_id, chat=chat)
        stored = messages(chat.chat)[part.question_id]
        await self.sender.send(replace(part, stored={**stored, "id": part.question_id}), place, session_id)

    async def _place_side_by_side(self, followed: Followed) -> None:
        """Give each answer its column, and the chat all models, which the server set to the last one."""
        query = followed.query
        models = (query.stored or {}).get("models") or query.models
        chat = await self.chats.get(followed.chat_id)
        columns: dict[str, dict[str, Any]] = {
            message_id: {"modelIdx": column} for column, message_id in enumerate(query.message_ids, query.column or 0)
        }
        columns[query.question_id] = {"models": models}
        changed = kept.with_answers(chat.chat, columns, query.message_ids[-1])
        await self.chats.update(followed.chat_id, changed | {"models": models})

    async def _require_models(self, query: Query) -> None:
        """So that nothing is stored for a question that not all models can get."""
        listed = await self.sender.http.call(dict[str, Any], "GET", "/api/models")
        known = {str(model.get("id")) for model in listed.get("data") or ()}
        for model_id in query.models:
            if model_id not in known:
                raise NotFoundError(
                    f"model {model_id!r} is not among those of the server",
                    status_code=404,
                    detail="Model not found",
                    method="GET",
                    path="/api/models",
                )


def _parts(query: Query) -> Iterator[Query]:
    """The question for each of its answers: the title with the first one, the tags with the last."""
    first, last = query.replies[0], query.replies[-1]
    for column, reply in enumerate(query.replies, query.column or 0):
        wanted = [AFTER_EACH, *([WITH_FIRST] if reply is first else []), *([WITH_LAST] if reply is last else [])]
        tasks = {name: wish for name, wish in query.tasks.items() if name in wanted}
        yield replace(query, replies=(reply,), tasks=tasks, column=column)
