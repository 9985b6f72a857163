"""Chats: the documents that hold the conversations."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any, List

from .._arguments import text
from .._dual import Done, M, operation, streaming
from .._http import segment
from .._records import Record, decode
from .._server import FORKS
from ..errors import APIResponseError
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
    "ExportReport",
    "ExportedChat",
    "ImportReport",
    "Share",
    "SharedChat",
    "Tag",
]
USAGE_PAGE = 50


class Chats(ChatExport[M], ChatSharing[M]):
    """Chats of the current user."""

    @operation
    async def create(self, chat: dict[str, Any], *, folder_id: str | None = None) -> Chat:
        """Make a chat of this document. Route: POST /api/v1/chats/new.

        Raises:
            NotFoundError: There is no such folder.
        """
        body = {"chat": chat, "folder_id": folder_id}
        return await self._http.call(Chat, "POST", "/api/v1/chats/new", json=body)

    @operation
    async def update(self, chat_id: str, fields: Mapping[str, Any]) -> Chat:
        """Replace top-level keys of the chat's document; the others stay. Route: POST /api/v1/chats/{id}.

        Raises:
            ValueError: Nothing is to be changed.
            NotFoundError: There is no such chat, or it is not yours.
        """
        if not fields:
            raise ValueError("nothing to change")
        return await self._on(Chat, "POST", chat_id, json={"chat": dict(fields)}, repeatable=True)

    @operation
    async def rename(self, chat_id: str, title: str) -> Chat:
        """Give a chat another title, and change nothing else. Route: POST /api/v1/chats/{id}.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
        """
        body = {"chat": {"title": text(title, "a title")}}
        return await self._on(Chat, "POST", chat_id, json=body, repeatable=True)

    @operation
    async def move(self, chat_id: str, folder_id: str | None) -> Chat:
        """Put a chat into a folder, or with None out of any. Route: POST /api/v1/chats/{id}/folder.

        The server unpins the chat, takes it out of the archive when it goes into a folder, and renews `updated_at`.

        Raises:
            NotFoundError: There is no such chat, or no such folder.
        """
        if folder_id is not None:
            segment(folder_id)
        return await self._on(Chat, "POST", chat_id, "/folder", json={"folder_id": folder_id}, repeatable=True)

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
        """Delete a chat, for good. Route: DELETE /api/v1/chats/{id}.

        Raises:
            NotFoundError: There is no such chat.
            PermissionDeniedError: You may not delete chats.
        """
        path = f"/api/v1/chats/{segment(chat_id)}"
        _sure("DELETE", path, done=await self._http.call(bool, "DELETE", path))

    @operation
    async def delete_all(self, *, confirm: bool) -> None:
        """Delete all your chats, archived ones too, for good. Route: DELETE /api/v1/chats/.

        Args:
            confirm: Must be True.

        Raises:
            ValueError: It is not.
            PermissionDeniedError: You may not delete chats.
        """
        if confirm is not True:
            raise ValueError("this deletes all chats, for good: say confirm=True if you mean it")
        _sure("DELETE", "/api/v1/chats/", done=await self._http.call(bool, "DELETE", "/api/v1/chats/"))

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


class _UsagePage(Record):
    """A page of usage; shorter where it has chats that are empty."""

    total: int = 0


def _sure(method: str, path: str, *, done: bool) -> None:
    if not done:
        raise APIResponseError(f"{method} {path}: the server says that it could not do it")
