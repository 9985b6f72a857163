"""Chats: the documents that hold the conversations."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, List

from .._arguments import text
from .._dual import Done, M, operation, streaming
from .._http import segment
from .._records import Record, decode
from .._server import FORKS, KNOWN_DELETIONS, TIDY_TAGS
from ..errors import APIResponseError, NotFoundError
from ._chat_contents import ChatContents, Compacted
from ._chat_export import ChatExport
from ._chat_records import (
    ArchiveReport,
    Chat,
    ChatSummary,
    ChatUsage,
    ExportedChat,
    ExportReport,
    ImportReport,
    Share,
    SharedChat,
    Tag,
)
from ._chat_sharing import ChatSharing

__all__ = [
    "ArchiveReport",
    "Chat",
    "ChatSummary",
    "ChatUsage",
    "Chats",
    "Compacted",
    "ExportReport",
    "ExportedChat",
    "ImportReport",
    "Share",
    "SharedChat",
    "Tag",
]
USAGE_PAGE = 50


class Chats(ChatExport[M], ChatSharing[M], ChatContents[M]):
    """Chats of the current user."""

    @operation
    async def create(self, chat: dict[str, Any], *, folder_id: str | None = None) -> Chat:
        """Make a chat of this document.

        Routes: POST /api/v1/chats/new, GET /api/v1/folders/{id}.

        Raises:
            NotFoundError: There is no such folder.
        """
        body = {"chat": chat, "folder_id": folder_id}
        if folder_id is not None:
            await self._find_folder(folder_id)
        return await self._http.call(Chat, "POST", "/api/v1/chats/new", json=body)

    @operation
    async def rename(self, chat_id: str, title: str) -> Chat:
        """Give a chat another title, and change nothing else. Route: POST /api/v1/chats/{id}.

        Servers before 0.11 renew `updated_at`.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
        """
        body = {"chat": {"title": text(title, "a title")}}
        return await self._on(Chat, "POST", chat_id, json=body, repeatable=True)

    @operation
    async def move(self, chat_id: str, folder_id: str | None) -> Chat:
        """Put a chat into a folder, or with None out of any.

        The chat is unpinned, comes out of the archive when it goes into a folder, and its `updated_at` is renewed.

        Routes: POST /api/v1/chats/{id}/folder, GET /api/v1/folders/{id}, GET /api/v1/chats/{id},
            POST /api/v1/chats/{id}/archive.

        Raises:
            NotFoundError: There is no such chat, or no such folder.
        """
        segment(chat_id)
        if folder_id is not None:
            await self._find_folder(folder_id)
        moved = await self._put(chat_id, folder_id)
        if folder_id is None or not moved.archived:
            return moved
        await self.unarchive(chat_id)  # servers before 0.11 leave that to us, and take it out of the folder then
        return await self._put(chat_id, folder_id)

    @operation
    async def clone(self, chat_id: str, title: str | None = None) -> Chat:
        """Copy a chat, with all its branches, folder, pin and tags. Route: POST /api/v1/chats/{id}/clone.

        Args:
            chat_id: The chat.
            title: The copy's title; left out, `Clone of …`.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
            PermissionDeniedError: You may not import chats.
        """
        return await self._on(Chat, "POST", chat_id, "/clone", json={"title": title})

    @operation
    async def fork(self, chat_id: str, message_id: str | None = None) -> Chat:
        """Make a chat of one branch of another. Route: POST /api/v1/chats/{id}/fork.

        Args:
            chat_id: The chat, or the id of a link to one.
            message_id: The last message to take; left out, the last on show.

        Raises:
            NotFoundError: There is no such chat, or no such message.
            ConflictError: An answer is being written.
            PermissionDeniedError: You may not import chats.
            UnsupportedError: The server is older than 0.11.
        """
        segment(chat_id)
        await self._server.require(FORKS)
        return await self._on(Chat, "POST", chat_id, "/fork", json={"message_id": message_id})

    @operation
    async def delete(self, chat_id: str) -> None:
        """Delete a chat, for good. Administrators delete those of others too.

        Routes: DELETE /api/v1/chats/{id}; before 0.8 also GET /api/v1/chats/{id}/tags, GET /api/v1/chats/share/{id}.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
            PermissionDeniedError: You may not delete chats.
        """
        path = f"/api/v1/chats/{segment(chat_id)}"
        if not (await self._server.has(KNOWN_DELETIONS) or await self._is_there(chat_id)):
            raise NotFoundError(f"there is no chat {chat_id!r}, or it is not yours")
        if not await self._http.call(bool, "DELETE", path):
            raise APIResponseError(f"DELETE {path}: the server says that it could not do it")

    @operation
    async def delete_all(self, *, confirm: bool) -> None:
        """Delete all your chats, archived ones too, for good, and with them their tags.

        Routes: DELETE /api/v1/chats/; before 0.12 also GET /api/v1/chats/all/tags, POST /api/v1/chats/tags.

        Args:
            confirm: Must be True.

        Raises:
            ValueError: It is not.
            PermissionDeniedError: You may not delete chats.
        """
        await self._to_all("DELETE", "/api/v1/chats/", "deletes all chats, for good", confirm=confirm)
        if not await self._server.has(TIDY_TAGS):
            for tag in await self.all_tags():  # the server deletes a tag when it is asked for its chats and finds none
                body = {"name": tag.name}
                await self._http.call(List[Any], "POST", "/api/v1/chats/tags", json=body, repeatable=True)

    @streaming(type(None))
    async def usage(self) -> AsyncGenerator[ChatUsage | Done[None]]:
        """How each of your chats was used, archived ones too; none that are empty. Newest first, 50 a request.

        Route: GET /api/v1/chats/stats/usage.

        Raises:
            BadRequestError: On servers before 0.9, one message that the server cannot read spoils it all.
        """
        page, total = 1, 1
        while (page - 1) * USAGE_PAGE < total:
            query = {"page": page, "items_per_page": USAGE_PAGE}
            found = await self._http.call(_UsagePage, "GET", "/api/v1/chats/stats/usage", params=query)
            for chat in decode(List[ChatUsage], found["items"]):
                yield chat
            page, total = page + 1, found.total
        yield Done(None)

    async def _put(self, chat_id: str, folder_id: str | None) -> Chat:
        return await self._on(Chat, "POST", chat_id, "/folder", json={"folder_id": folder_id}, repeatable=True)


class _UsagePage(Record):
    """A page of usage; shorter where it has chats that are empty."""

    total: int = 0
