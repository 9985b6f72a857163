"""What the server makes of a chat after an answer, where it has to be asked for it: follow-ups, a title, tags."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from .._dual import Async
from .._records import strings
from ..errors import OpenWebUIError
from ..resources.chats import Chats
from .answer import Answer
from .events import FollowUpsSuggested, TagsChanged, TitleChanged, TurnEvent
from .follow import Followed
from .proposals import Proposals, usable_tags

log = logging.getLogger("openwebui_chat_client")


@dataclass(frozen=True)
class Afterwards:
    """Asks for it. None of it ever costs the answer."""

    chats: Chats[Async]
    proposals: Proposals

    async def follow_ups(self, followed: Followed) -> AsyncGenerator[TurnEvent]:
        """Have next questions proposed for each answer that came."""
        if not followed.query.tasks.get("follow_up_generation"):
            return
        for reply in followed.query.replies:
            answer = followed.answers[reply.message_id]
            if not answer.error:
                answer.follow_ups = strings(await self._proposed("follow_up", "follow_ups", followed, answer))
                yield FollowUpsSuggested(answer.follow_ups)

    async def title_and_tags(self, followed: Followed) -> AsyncGenerator[TurnEvent]:
        """Have a title and tags proposed, and give them to the chat."""
        tasks = followed.query.tasks
        answer = next((answer for answer in followed.answers.values() if not answer.error), None)
        if answer is None:
            return
        if tasks.get("title_generation"):
            followed.title = str(await self._proposed("title", "title", followed, answer) or "").strip() or None
            if followed.title and await self._done("title", followed, self.chats.rename, followed.title):
                yield TitleChanged(followed.title)
        if tasks.get("tags_generation"):
            followed.tags = usable_tags(await self._proposed("tags", "tags", followed, answer))
            if followed.tags and await self._done("tags", followed, self.chats.add_tags, followed.tags):
                yield TagsChanged(followed.tags)

    async def _done(self, what: str, followed: Followed, do: Any, value: Any) -> bool:
        try:
            await do(followed.chat_id, value)
        except OpenWebUIError as error:
            log.warning("chat %s has its answer, but not its %s: %s", followed.chat_id, what, error)
            return False
        return True

    async def _proposed(self, what: str, key: str, followed: Followed, answer: Answer) -> Any:
        query = followed.query
        said = [{"role": "user", "content": query.content}, {"role": "assistant", "content": answer.text}]
        try:
            return await self.proposals.propose(what, key, query.models[0], said, followed.chat_id)
        except OpenWebUIError as error:
            log.warning("chat %s has its answer, but not its %s: %s", followed.chat_id, key, error)
            return None
