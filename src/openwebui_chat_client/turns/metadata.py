"""What a chat is called, tagged and answered by: changed without a turn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .._arguments import text, texts
from .._dual import Async, Dual, M, operation
from .._http import Http
from .._messages import branch
from .._records import Record
from ..errors import APIResponseError, ConfigError
from ..resources._chat_tags import by_id
from ..resources.chats import Chat, Chats
from ..resources.folders import Folders
from .place import folder_of
from .proposals import Proposals, usable_tags


class Suggested(Record):
    """What the server proposed for a chat, each key only if it was asked for."""

    suggested_title: str | None = None
    suggested_tags: list[str] | None = None
    updated: bool = False
    """There and true when values were given, not proposed."""


class Metadata(Dual[M]):
    """Changes of a chat's metadata."""

    _http: Http
    _chats: Chats[Async]
    _folders: Folders[Async]

    @operation
    async def switch_model(self, chat_id: str, model_ids: str | Iterable[str]) -> Chat:
        """Have the chat's next turn use this model, or these; no message is sent. Route: POST /api/v1/chats/{id}.

        Raises:
            ValueError: No model is named.
            NotFoundError: There is no such chat.
        """
        models = texts(model_ids)
        if not models:
            raise ValueError("a model is needed, and none is named")
        return await self._chats.update(chat_id, {"models": models})

    @operation
    async def update_metadata(
        self,
        chat_id: str,
        *,
        regenerate_tags: bool = False,
        regenerate_title: bool = False,
        title: str | None = None,
        tags: str | Iterable[str] | None = None,
        folder_name: str | None = None,
    ) -> Suggested:
        """Rename, tag, move a chat; with words of yours, with those that the server proposes, or with both.

        Routes: GET /api/v1/chats/{id}, POST /api/v1/tasks/title/completions, POST /api/v1/tasks/tags/completions,
        POST /api/v1/chats/{id}, POST /api/v1/chats/{id}/tags, POST /api/v1/chats/{id}/folder.

        Args:
            chat_id: The chat.
            regenerate_tags: Have the server propose tags, and add them.
            regenerate_title: Have the server propose a title, and rename the chat.
            title: Rename it to this; a proposed title is then only told.
            tags: Add these; none is removed.
            folder_name: Move it to this folder; made at the top level if there is none of that name.

        Raises:
            ValueError: Nothing is asked for.
            NotFoundError: There is no such chat.
            APIResponseError: The administrator has switched the proposals off, or the model wrote none.
        """
        names = texts(tags)
        if not (regenerate_tags or regenerate_title or title is not None or names or folder_name is not None):
            raise ValueError("nothing to update: ask for a title, tags or a folder")
        title = None if title is None else text(title, "a title")
        folder_name = None if folder_name is None else text(folder_name, "a folder's name")
        by_id(names)
        chat = await self._chats.get(chat_id)
        made = Suggested()
        if regenerate_title:
            made["suggested_title"] = await self._proposed_title(chat)
        if regenerate_tags:
            made["suggested_tags"] = await self._proposed_tags(chat)
        if title is not None or made.suggested_title:
            await self._chats.rename(chat_id, title or made.suggested_title or "")
        if names or made.suggested_tags:
            await self._chats.add_tags(chat_id, [*names, *(made.suggested_tags or ())])
        if folder_name is not None:
            folder_id, _ = await folder_of(self._folders, self._http.runtime, folder_name)
            await self._chats.move(chat_id, folder_id)
        if title is not None or names or folder_name is not None:
            made["updated"] = True
        return made

    async def _proposed_title(self, chat: Chat) -> str:
        title = str(await self._propose("title", chat) or "").strip()
        if not title:
            raise APIResponseError("the model proposed an empty title")
        return title

    async def _proposed_tags(self, chat: Chat) -> list[str]:
        tags = usable_tags(await self._propose("tags", chat))
        if not tags:
            raise APIResponseError("the model proposed no tags")
        return tags

    async def _propose(self, what: str, chat: Chat) -> Any:
        """What the server's model proposes under the key of that name."""
        models = chat.chat.get("models") or [self._http.config.default_model_id]
        model_id = models[0]
        if not model_id:
            raise ConfigError("the chat names no model, and the client has no default")
        return await Proposals(self._http).propose(what, what, model_id, branch(chat.chat), chat.id)
