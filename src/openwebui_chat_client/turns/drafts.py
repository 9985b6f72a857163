"""Turns that this client keeps itself: written into the chat before they are answered, and again once they are."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from .._dual import Async
from .._http import Http
from .._messages import messages
from .._server import DELETED_MESSAGES, Server
from ..errors import APIConnectionError, APIResponseError, APIStatusError, OpenWebUIError
from ..resources.chats import Chats
from . import kept
from .body import Query, Reply, new_chat
from .follow import Followed, failed
from .place import Place, Places

log = logging.getLogger("openwebui_chat_client")


@dataclass(frozen=True)
class Drafts:
    """Writes turns into chats."""

    http: Http
    server: Server[Async]
    chats: Chats[Async]
    places: Places

    async def write(self, query: Query, place: Place) -> tuple[str, dict[str, Any]]:
        """Add the question and its answers to be to the chat, which is made if it is a new one.

        The chat's id, and its document as it is then.
        """
        now = time.time()
        if place.chat_id is None:
            document = new_chat(place.title, place.models, now, query.system_prompt)
            document |= kept.with_turn(document, query, now)
            place.chat_id = await self.places.create(place, document)
            return place.chat_id, document
        try:
            async with self.http.runtime.hold(("document", place.chat_id)):
                document = (await self.chats.get(place.chat_id)).chat
                changed = kept.with_turn(document, query, now)
                await self.chats.update(place.chat_id, changed)
        except BaseException:
            async with self.http.runtime.shield():
                await self.withdraw(query, place)
            raise
        return place.chat_id, {**document, **changed}

    async def withdraw(self, query: Query, place: Place) -> None:
        """Remove a turn that was not taken: from the chat, or with the chat that was made for it. Never raises."""
        if place.chat_id is None:
            return
        try:
            if place.chat is None:
                await self.chats.delete(place.chat_id)
                place.chat_id = None
                return
            chat = await self.chats.get(place.chat_id)
            stored = messages(chat.chat).keys() & set(query.message_ids)
            if stored and await self.server.has(DELETED_MESSAGES):
                for message_id in stored if query.stored else {query.question_id}:
                    await self.chats.delete_message(place.chat_id, message_id)
                await self.chats.update(place.chat_id, _settings(place))
            elif stored:
                await self._remove(query, place.chat_id, _settings(place))
        except OpenWebUIError as error:
            log.warning("chat %s may keep a question that was not asked: %s", place.chat_id, error)

    async def finish(self, followed: Followed, session_id: str, *, overwrite: bool) -> None:
        """Have the outlet filters see the answers, and store what the server has not stored of them.

        Args:
            followed: The turn, as far as it came.
            session_id: What the filters are told that it came from.
            overwrite: Whether the text is stored by us; else only where the server has lost it.

        Raises:
            TurnError: The answers could not be stored.
        """
        try:
            async with self.http.runtime.hold(("document", followed.chat_id)):
                await self._finish(followed, session_id, overwrite=overwrite)
        except (APIConnectionError, APIStatusError, APIResponseError) as error:
            raise failed(followed, f"the chat was lost sight of, and has not all that was answered: {error}") from error

    async def _finish(self, followed: Followed, session_id: str, *, overwrite: bool) -> None:
        query = followed.query
        chat = await self.chats.get(followed.chat_id)
        if not set(query.message_ids) <= messages(chat.chat).keys():  # somebody wrote the chat as it was before
            chat.chat.update(kept.with_turn(chat.chat, query, time.time()))
        known = messages(chat.chat)
        changed = {
            message_id: kept.finished(answer, known.get(message_id, {}), overwrite=overwrite)
            for message_id, answer in followed.answers.items()
        }
        document = {**chat.chat, **kept.with_answers(chat.chat, changed, query.message_ids[-1])}
        for reply in query.replies:
            answer = followed.answers[reply.message_id]
            if not answer.error and not answer.stopped:
                changed[reply.message_id] |= await self._filtered(followed, reply, document, session_id)
                if "content" in changed[reply.message_id]:
                    list(answer.show({**known.get(reply.message_id, {}), **changed[reply.message_id]}))
        await self.chats.update(followed.chat_id, kept.with_answers(chat.chat, changed, query.message_ids[-1]))

    async def suggest(self, followed: Followed) -> None:
        """Store the next questions that were proposed after the answers."""
        async with self.http.runtime.hold(("document", followed.chat_id)):
            document = (await self.chats.get(followed.chat_id)).chat
            made = {message_id: {"followUps": answer.follow_ups} for message_id, answer in followed.answers.items()}
            await self.chats.update(followed.chat_id, kept.with_answers(document, made, followed.query.message_ids[-1]))

    async def _remove(self, query: Query, chat_id: str, settings: dict[str, Any]) -> None:
        async with self.http.runtime.hold(("document", chat_id)):
            document = (await self.chats.get(chat_id)).chat
            await self.chats.update(chat_id, kept.without_turn(document, query) | settings)

    async def _filtered(
        self, followed: Followed, reply: Reply, document: Mapping[str, Any], session_id: str
    ) -> dict[str, Any]:
        body = kept.completed(reply, document, chat_id=followed.chat_id, session_id=session_id)
        with suppress(OpenWebUIError):  # a filter that fails costs its own work, and not the answer
            answer = await self.http.call(dict[str, Any], "POST", "/api/chat/completed", json=body)
            return kept.filtered(answer, messages(document)[reply.message_id])
        return {}


def _settings(place: Place) -> dict[str, Any]:
    """What a question changes of a chat besides its messages, as it was."""
    return {name: place.document.get(name) or [] for name in ("models", "files")}
