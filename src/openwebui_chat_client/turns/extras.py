"""What is done to a chat around a turn: tags, the title, the system prompt. None of it ever costs the answer."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from .._dual import Async
from .._messages import messages
from .._runtime import Runtime
from .._server import CHOSEN_MODELS, FINAL_STOPS, Server
from ..errors import OpenWebUIError
from ..resources._chat_tags import tag_id
from ..resources.chats import Chats
from .follow import UNTITLED, Followed
from .kept import with_answers
from .options import Wanted
from .place import Place
from .titles import Titles

log = logging.getLogger("openwebui_chat_client")


@dataclass(frozen=True)
class Extras:
    """Does what was asked for beside the answer."""

    chats: Chats[Async]
    server: Server[Async]
    titles: Titles
    runtime: Runtime

    async def finish(self, wanted: Wanted, place: Place, followed: Followed) -> dict[str, Any]:
        """The keys of the result that tell of it: `suggested_title`, `suggested_tags`, each if there is one."""
        made: dict[str, Any] = {}
        if title := await self._title(wanted, place, followed):
            made["suggested_title"] = title
        if tags := await self._tags(wanted, place, followed):
            made["suggested_tags"] = tags
        if wanted.title:
            known = place.chat.title if place.chat else wanted.title
            self.titles.remember(wanted.title, followed.chat_id, title or known)
        if any(answer.error or not answer.done for answer in followed.answers.values()):
            await self._finalise(followed)
        models = followed.query.models
        changed = followed.query.column is None and models != place.document.get("models")
        if place.chat and changed and not await self.server.has(CHOSEN_MODELS):
            await self._try("models", followed, self._set_models, models)
        if place.chat and wanted.system_prompt and wanted.system_prompt != place.params.get("system"):
            await self._try("system prompt", followed, self._set_system_prompt, wanted.system_prompt, place)
        return made

    async def abandon(self, wanted: Wanted, place: Place, followed: Followed) -> None:
        """Leave the chat of a turn that does not come to its end as one that did: titled as asked, nothing pending."""
        async with self.runtime.shield():
            if place.chat_id is None and wanted.title and followed.title is None:
                await self._try("title", followed, self._rename, wanted.title)
            await self._finalise(followed)

    async def _title(self, wanted: Wanted, place: Place, followed: Followed) -> str | None:
        if not followed.query.tasks.get("title_generation"):
            return None
        given = followed.title
        if given and given not in {UNTITLED, followed.query.content}:
            return given
        log.warning("the server proposed no title for chat %s", followed.chat_id)
        own = wanted.title or (place.chat.title if place.chat else None)
        if own:
            await self._try("title", followed, self._rename, own)
        return None

    async def _tags(self, wanted: Wanted, place: Place, followed: Followed) -> list[str]:
        """The tags that the server proposed. It puts them in the place of all others, so those are added again."""
        proposed = followed.tags or []
        if followed.query.tasks.get("tags_generation") and not proposed:
            log.warning("the server proposed no tags for chat %s", followed.chat_id)
        kept = {tag_id(tag) for tag in (proposed if followed.tags is not None else place.tags)}
        wished = [*wanted.tags, *(place.tags if followed.tags is not None else ())]
        for tag in dict.fromkeys(wished):
            if tag_id(tag) not in kept:
                await self._try("tag", followed, self._add_tag, tag)
        return proposed

    async def _try(self, what: str, followed: Followed, do: Any, *args: Any) -> None:
        try:
            await do(followed.chat_id, *args)
        except OpenWebUIError as error:
            log.warning("chat %s has its answer, but not its %s: %s", followed.chat_id, what, error)

    async def _add_tag(self, chat_id: str, tag: str) -> None:
        await self.chats.add_tag(chat_id, tag)

    async def _rename(self, chat_id: str, title: str) -> None:
        await self.chats.rename(chat_id, title)

    async def _finalise(self, followed: Followed) -> None:
        """Mark answers that failed or were stopped as complete where the server does not: pages would wait for them."""
        if not await self.server.has(FINAL_STOPS):
            await self._try("end", followed, self._end, followed)

    async def _end(self, chat_id: str, followed: Followed) -> None:
        document = (await self.chats.get(chat_id)).chat
        known = messages(document)
        followed.cut_off()
        ended = {
            message_id: {"done": True} | ({"stopped": True} if answer.stopped else {})
            for message_id, answer in followed.answers.items()
            if message_id in known and (answer.stopped or not known[message_id].get("done"))
        }
        if ended:
            await self.chats.update(chat_id, with_answers(document, ended, followed.query.message_ids[-1]))

    async def _set_models(self, chat_id: str, models: list[str]) -> None:
        await self.chats.update(chat_id, {"models": models})

    async def _set_system_prompt(self, chat_id: str, prompt: str, place: Place) -> None:
        await self.chats.update(chat_id, {"params": {**place.params, "system": prompt}})
