"""Chats as lists: page by page, in a folder, found by what is in them or by their title."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Any, List

from .._arguments import text as text_needed
from .._dual import Done, M, operation, streaming
from .._http import segment
from .._messages import text_of
from .._pages import numbered, walk
from .._server import WHOLE_SEARCH
from ._chat_calls import ChatCalls
from ._chat_messages import all_messages
from ._chat_records import Chat, ChatSummary
from ._titles import folder_key, folders_named, search_text

PAGE = 60
FOLDER_PAGE = 10
TAG_PAGE = 50
EVERYWHERE = {"include_pinned": "true", "include_folders": "true"}
"""What the list takes in besides the chats that the side bar shows under no heading."""


class ChatLists(ChatCalls[M]):
    """The lists of chats."""

    @operation
    async def list(self, page: int | None = None) -> List[ChatSummary]:
        """List chats, newest first, as the side bar does: none that are archived, pinned or in a folder.

        Args:
            page: From 1, of 60 each; one beyond the last is empty. Left out: all of them.

        Route: GET /api/v1/chats/.
        """
        asked = None if page is None else {"page": numbered(page)}
        return await self._http.call(List[ChatSummary], "GET", "/api/v1/chats/", params=asked)

    @streaming(type(None))
    async def iter(self, *, archived: bool = False) -> AsyncGenerator[ChatSummary | Done[None]]:
        """Every chat, pinned and foldered ones too, newest first, page by page; or every archived one.

        Routes: GET /api/v1/chats/, GET /api/v1/chats/archived.
        """
        path, also = ("/api/v1/chats/archived", {}) if archived else ("/api/v1/chats/", EVERYWHERE)
        async with aclosing(self._walk(path, also)) as chats:
            async for chat in chats:
                yield chat
        yield Done(None)

    @operation
    async def pinned(self) -> List[ChatSummary]:
        """List the pinned chats, in folders too. Route: GET /api/v1/chats/pinned."""
        return await self._http.call(List[ChatSummary], "GET", "/api/v1/chats/pinned")

    @streaming(type(None))
    async def in_folder(self, folder_id: str) -> AsyncGenerator[ChatSummary | Done[None]]:
        """The chats of a folder, newest first, ten a request: none of its sub-folders, none that are pinned.

        Routes: GET /api/v1/chats/folder/{id}/list, GET /api/v1/folders/{id}, GET /api/v1/chats/.

        Raises:
            NotFoundError: There is no such folder.
        """
        made: dict[str, int] = {}
        async with aclosing(self._in_folder(folder_id)) as chats:
            async for chat in chats:
                if "created_at" not in chat:  # servers before 0.11 say that elsewhere
                    made = made or await self._dates()
                    chat["created_at"] = made.get(chat.id, 0)
                yield chat
        yield Done(None)

    @operation
    async def all_in_folder(self, folder_id: str) -> List[Chat]:
        """Fetch all chats of a folder and of its sub-folders, in full, in one request; none that are pinned.

        Routes: GET /api/v1/chats/folder/{id}, GET /api/v1/folders/{id}.

        Raises:
            NotFoundError: There is no such folder.
        """
        quoted = segment(folder_id)
        chats = await self._http.call(List[Chat], "GET", f"/api/v1/chats/folder/{quoted}")
        if not chats:  # of a folder that does not exist, too
            await self._http.call(dict[str, Any], "GET", f"/api/v1/folders/{quoted}")
        return chats

    @streaming(type(None))
    async def search(self, text: str) -> AsyncGenerator[ChatSummary | Done[None]]:
        """Chats whose title or text matches, page by page; none that are archived.

        The server reads words that begin with `tag:`, `folder:`, `pinned:`, `archived:` and `shared:` as operators;
        `search_literal` takes them as they stand. Letters beyond ASCII are found in the same case only. The best come
        first; from servers before 0.11 the newest, which have all the words in one place, in the title or in what the
        document lists as `messages`.

        Routes: GET /api/v1/chats/search, GET /api/v1/folders/.

        Raises:
            ValueError: The text is empty.
        """
        _refuse_empty(text)
        if not await self._in_no_folder(text):
            async with aclosing(self._walk("/api/v1/chats/search", {"text": text})) as chats:
                async for chat in chats:
                    yield chat
        yield Done(None)

    @streaming(type(None))
    async def search_literal(self, text: str) -> AsyncGenerator[ChatSummary | Done[None]]:
        """Chats in whose title or messages this text stands, though it holds operators; none that are archived.

        Capital letters and the kind of white space do not matter. The server searches for a piece of the text; a
        chat that comes up is read when its title and its snippet do not show the whole of it. All chats are read when
        no piece can be searched for, as with a text of backslashes only, and on servers before 0.11, whose search does
        not look at every message.

        Routes: GET /api/v1/chats/search, GET /api/v1/chats/{id}, GET /api/v1/chats/.

        Raises:
            ValueError: The text is empty.
        """
        _refuse_empty(text)
        holds = _holding(text)
        piece = search_text(text) if await self._server.has(WHOLE_SEARCH) else None
        async with self.iter() if piece is None else self.search(piece) as chats:
            async for chat in chats:
                if holds(chat.title) or holds(chat.snippet or "") or await self._says(chat.id, holds):
                    yield chat
        yield Done(None)

    @streaming(type(None))
    async def with_tag(self, tag: str) -> AsyncGenerator[ChatSummary | Done[None]]:
        """The chats that have this tag, in any case, 50 a request; archived ones too.

        Route: POST /api/v1/chats/tags.

        Raises:
            ValueError: The tag is empty.
        """
        name = text_needed(tag, "a tag")

        async def fetch(page: int) -> List[ChatSummary]:
            body = {"name": name, "skip": (page - 1) * TAG_PAGE, "limit": TAG_PAGE}
            return await self._http.call(List[ChatSummary], "POST", "/api/v1/chats/tags", json=body, repeatable=True)

        async with aclosing(walk(fetch, size=TAG_PAGE)) as chats:
            async for chat in chats:
                yield chat
        yield Done(None)

    @streaming(type(None))
    async def of_user(self, user_id: str) -> AsyncGenerator[ChatSummary | Done[None]]:
        """Every chat of a user, archived ones too, newest first, page by page; for administrators.

        Route: GET /api/v1/chats/list/user/{id}.

        Raises:
            PermissionDeniedError: You are no administrator, or they may not see chats on this server.
        """
        path = f"/api/v1/chats/list/user/{segment(user_id)}"
        async with aclosing(self._walk(path, {})) as chats:
            async for chat in chats:
                yield chat
        yield Done(None)

    @operation
    async def find(self, title: str) -> ChatSummary | None:
        """The newest chat with exactly this title, in folders too, else the newest archived one; None without any.

        The lists are gone through when nothing in the title can be searched for.

        Routes: GET /api/v1/chats/search, GET /api/v1/chats/, GET /api/v1/chats/archived.
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

    async def _walk(self, path: str, params: Mapping[str, Any], *, size: int = PAGE) -> AsyncGenerator[ChatSummary]:
        async def fetch(page: int) -> List[ChatSummary]:
            return await self._http.call(List[ChatSummary], "GET", path, params={**params, "page": page})

        async with aclosing(walk(fetch, size=size)) as chats:
            async for chat in chats:
                yield chat

    async def _in_folder(self, folder_id: str) -> AsyncGenerator[ChatSummary]:
        """The chats of a folder as the server lists them."""
        quoted, empty = segment(folder_id), True
        also = {"sort_by": "updated_at"}
        async with aclosing(self._walk(f"/api/v1/chats/folder/{quoted}/list", also, size=FOLDER_PAGE)) as chats:
            async for chat in chats:
                empty = False
                yield chat
        if empty:  # the list of a folder that does not exist is empty too
            await self._http.call(dict[str, Any], "GET", f"/api/v1/folders/{quoted}")

    async def _dates(self) -> dict[str, int]:
        """When each chat was made."""
        everywhere = await self._http.call(List[ChatSummary], "GET", "/api/v1/chats/", params=EVERYWHERE)
        return {chat.id: chat.created_at for chat in everywhere}

    async def _in_no_folder(self, text: str) -> bool:
        """Whether a search is for folders that there are not: servers before 0.11 find every chat then."""
        wanted = folders_named(text)
        if not wanted or await self._server.has(WHOLE_SEARCH):
            return False
        folders = await self._http.call(List[dict[str, Any]], "GET", "/api/v1/folders/")
        return wanted.isdisjoint(folder_key(str(folder.get("name"))) for folder in folders)

    async def _says(self, chat_id: str, holds: Callable[[str], bool]) -> bool:
        chat = await self.get(chat_id)
        return any(holds(text_of(message)) for message in all_messages(chat.chat).values())


def _refuse_empty(text: str) -> None:
    if not text.strip():
        raise ValueError("a search needs a text")


def _holding(wanted: str) -> Callable[[str], bool]:
    """Whether a text holds this one, whatever the case and the white space."""
    folded = _folded(wanted)
    return lambda found: folded in _folded(found)


def _folded(text: str) -> str:
    return " ".join(text.lower().split())
