"""Chats: the documents that hold the conversations."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, List

from .._dual import Done, M, operation, streaming
from .._http import segment
from .._pages import walk
from .._records import Record
from ._base import Resource
from ._titles import search_text

PAGE = 60


class ChatSummary(Record):
    """A chat as it stands in lists."""

    id: str
    title: str
    created_at: int = 0
    """Seconds since 1970."""
    updated_at: int = 0
    """Seconds since 1970."""


class Chat(Record):
    """A chat in full."""

    id: str
    title: str = ""
    user_id: str = ""
    chat: dict[str, Any]
    """The document itself: `models`, `history` (the message tree: `messages`, `currentId`), and more."""
    folder_id: str | None = None
    archived: bool = False
    pinned: bool | None = False
    share_id: str | None = None
    meta: dict[str, Any] | None = None
    created_at: int = 0
    """Seconds since 1970."""
    updated_at: int = 0
    """Seconds since 1970."""


class Chats(Resource[M]):
    """Chats of the current user."""

    @operation
    async def list(self, page: int | None = None) -> List[ChatSummary]:
        """List chats, newest first, as the side bar does: none that are archived, pinned or in a folder.

        Args:
            page: From 1, of 60 each; one beyond the last is empty. Left out: all of them.

        Route: GET /api/v1/chats/.
        """
        if page is not None and page < 1:
            raise ValueError(f"pages are counted from 1, not {page}")
        return await self._http.call(List[ChatSummary], "GET", "/api/v1/chats/", params={"page": page})

    @streaming(type(None))
    async def iter(self, *, archived: bool = False) -> AsyncGenerator[ChatSummary | Done[None]]:
        """Every chat, pinned and foldered ones too, newest first, page by page; or every archived one.

        Routes: GET /api/v1/chats/, GET /api/v1/chats/archived.
        """
        path = "/api/v1/chats/archived" if archived else "/api/v1/chats/"
        also = {} if archived else {"include_pinned": "true", "include_folders": "true"}

        async def fetch(page: int) -> List[ChatSummary]:
            return await self._http.call(List[ChatSummary], "GET", path, params={**also, "page": page})

        async with aclosing(walk(fetch, size=PAGE)) as chats:
            async for chat in chats:
                yield chat
        yield Done(None)

    @streaming(type(None))
    async def search(self, text: str) -> AsyncGenerator[ChatSummary | Done[None]]:
        """Chats whose title or text matches, best first, page by page.

        The server reads `tag:`, `folder:`, `pinned:`, `archived:` and `shared:` as operators.

        Route: GET /api/v1/chats/search.

        Raises:
            ValueError: The text is empty.
        """
        if not text.strip():
            raise ValueError("a search needs a text")

        async def fetch(page: int) -> List[ChatSummary]:
            query = {"text": text, "page": page}
            return await self._http.call(List[ChatSummary], "GET", "/api/v1/chats/search", params=query)

        async with aclosing(walk(fetch, size=PAGE)) as chats:
            async for chat in chats:
                yield chat
        yield Done(None)

    @operation
    async def find(self, title: str) -> ChatSummary | None:
        """The newest chat with exactly this title, in folders too, else the newest archived one; None without any.

        Routes: GET /api/v1/chats/search; the lists when nothing in the title can be searched for.
        """
        text = search_text(title)
        for archived in (False, True):
            if text is None:
                candidates = self.iter(archived=archived)
            else:
                candidates = self.search(f"archived:true {text}" if archived else text)
            async with candidates as chats:
                async for chat in chats:
                    if chat.title == title:
                        return chat
        return None

    @operation
    async def get(self, chat_id: str) -> Chat:
        """Fetch one chat, in full. Route: GET /api/v1/chats/{id}.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
        """
        return await self._http.call(Chat, "GET", f"/api/v1/chats/{segment(chat_id)}")

    @operation
    async def create(self, chat: dict[str, Any], *, folder_id: str | None = None) -> Chat:
        """Make a chat of this document. Route: POST /api/v1/chats/new."""
        body = {"chat": chat, "folder_id": folder_id}
        return await self._http.call(Chat, "POST", "/api/v1/chats/new", json=body)

    @operation
    async def move(self, chat_id: str, folder_id: str | None) -> Chat:
        """Put a chat into a folder, or with None out of any. Route: POST /api/v1/chats/{id}/folder.

        Raises:
            NotFoundError: There is no such chat, or no such folder.
        """
        path = f"/api/v1/chats/{segment(chat_id)}/folder"
        return await self._http.call(Chat, "POST", path, json={"folder_id": folder_id}, repeatable=True)

    @operation
    async def delete(self, chat_id: str) -> None:
        """Delete a chat, for good. Route: DELETE /api/v1/chats/{id}.

        Raises:
            NotFoundError: There is no such chat.
        """
        await self._http.call(bool, "DELETE", f"/api/v1/chats/{segment(chat_id)}")
