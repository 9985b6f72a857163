"""Tags of chats: which there are, and which a chat has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import List

from .._arguments import texts
from .._dual import M, operation
from .._http import segment
from .._server import SEEN_TAGS
from ..errors import NotFoundError, PermissionDeniedError
from ._chat_calls import ChatCalls
from ._chat_records import Tag

RESERVED = "none"
"""Searching `tag:none` means chats without tags."""


class ChatTags(ChatCalls[M]):
    """The tags of chats."""

    @operation
    async def all_tags(self) -> List[Tag]:
        """List the tags that any of your chats has. Route: GET /api/v1/chats/all/tags."""
        return await self._http.call(List[Tag], "GET", "/api/v1/chats/all/tags")

    @operation
    async def tags(self, chat_id: str) -> List[Tag]:
        """List the tags of a chat.

        Routes: GET /api/v1/chats/{id}/tags; before 0.11 also GET /api/v1/chats/share/{id}.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
            PermissionDeniedError: You are an administrator, it is another user's, and the server is older than 0.11.
        """
        path = f"/api/v1/chats/{segment(chat_id)}/tags"
        try:
            return await self._http.call(List[Tag], "GET", path)
        except NotFoundError as error:
            if await self._server.has(SEEN_TAGS) or await self._of_other(chat_id) is None:
                raise
            raise PermissionDeniedError(
                f"{error}. The chat is there, but it is another user's.",
                status_code=error.status_code,
                detail=error.detail,
                method="GET",
                path=path,
            ) from None

    @operation
    async def add_tag(self, chat_id: str, tag: str) -> List[Tag]:
        """Add one tag, in one request, and list all that the chat has then; one that it has already stays as it is.

        Route: POST /api/v1/chats/{id}/tags.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
            ValueError: The name is empty or `none`, which the server reserves.
        """
        (name,) = by_id(tag).values()
        return await self._on(List[Tag], "POST", chat_id, "/tags", json={"name": name}, repeatable=True)

    @operation
    async def add_tags(self, chat_id: str, tags: Iterable[str]) -> List[Tag]:
        """Add the tags that the chat does not have, and list all that it has then.

        Args:
            chat_id: The chat.
            tags: Names, or one name. None of them is nothing to do. Names that differ only in case, or in `_` for a
                blank, are one tag, which keeps the name that it had first.

        Routes: GET /api/v1/chats/{id}/tags, POST /api/v1/chats/{id}/tags.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
            ValueError: A name is empty or `none`, which the server reserves.
        """
        return await self._add(chat_id, by_id(tags))

    @operation
    async def remove_tags(self, chat_id: str, tags: Iterable[str]) -> List[Tag]:
        """Take these tags from the chat, and list those that it has then. What it does not have does not matter.

        Routes: DELETE /api/v1/chats/{id}/tags, GET /api/v1/chats/{id}/tags.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
        """
        found: List[Tag] | None = None
        for unwanted in {tag_id(name): None for name in texts(tags)}:
            body = {"name": unwanted}
            found = await self._on(List[Tag], "DELETE", chat_id, "/tags", json=body, repeatable=True)
        return await self.tags(chat_id) if found is None else found

    @operation
    async def set_tags(self, chat_id: str, tags: Iterable[str]) -> List[Tag]:
        """Give the chat exactly these tags, and list them; with none of them, take all away.

        Routes: GET /api/v1/chats/{id}/tags, POST /api/v1/chats/{id}/tags, DELETE /api/v1/chats/{id}/tags.

        Raises: as `add_tags`.
        """
        wanted = by_id(tags)
        found = await self._add(chat_id, wanted)
        surplus = [tag.id for tag in found if tag.id not in wanted]
        return await self.remove_tags(chat_id, surplus) if surplus else found

    async def _add(self, chat_id: str, wanted: dict[str, str]) -> List[Tag]:
        found = await self.tags(chat_id)
        has = {tag.id for tag in found}
        for tag_id, name in wanted.items():  # one after another: the server writes the whole list each time
            if tag_id not in has:
                found = await self._on(List[Tag], "POST", chat_id, "/tags", json={"name": name}, repeatable=True)
        return found


def tag_id(name: str) -> str:
    """The id that the server makes of a tag's name."""
    return name.replace(" ", "_").lower()


def by_id(tags: Iterable[str]) -> dict[str, str]:
    """The names by id, each once.

    Raises:
        ValueError: One cannot be a tag.
    """
    wanted: dict[str, str] = {}
    for name in texts(tags):
        wanted.setdefault(tag_id(name), name)
    if RESERVED in wanted:
        raise ValueError(f"{wanted[RESERVED]!r} cannot be a tag: the server means chats without tags by it")
    return wanted
