"""Chats given out as links: what is shared, with whom, and reading what others share."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, List

from .._arguments import KEEP, Keep
from .._dual import Done, M, operation, streaming
from .._http import segment
from .._pages import walk
from .._server import SHARE_GRANTS, SHARE_LIST
from ._access import Access, granted, grants
from ._chat_calls import ChatCalls
from ._chat_records import Chat, Share, SharedChat

PAGE = 60


class ChatSharing(ChatCalls[M]):
    """Sharing chats."""

    @operation
    async def share(self, chat_id: str, access: Access | Keep = KEEP) -> Share:
        """Share the chat as it stands now, under a link; shared before, the link stays and shows the chat of now.

        Args:
            chat_id: The chat.
            access: Who may open the link. Left out: those who may already, at first nobody but you; on servers
                before 0.9 every user who has the link, and it cannot be said.

        Routes: POST /api/v1/chats/{id}/share, POST /api/v1/chats/shared/{id}/access/update.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
            PermissionDeniedError: You may not share chats, or not with these.
            UnsupportedError: The server is too old for `access`.
        """
        segment(chat_id)
        if not isinstance(access, Keep):
            await self.set_share_access(chat_id, access)
        shared = await self._on(Chat, "POST", chat_id, "/share", repeatable=True)
        own = await self._server.has(SHARE_GRANTS)
        share_id = str(shared.share_id if own else shared.id)
        return Share(chat_id=chat_id, share_id=share_id, url=f"{self._http.config.base_url}/s/{share_id}")

    @operation
    async def unshare(self, chat_id: str) -> None:
        """Make the chat's link open nothing any more, and forget who might; harmless when it is not shared.

        Route: DELETE /api/v1/chats/{id}/share.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
        """
        await self._on(object, "DELETE", chat_id, "/share", repeatable=True)

    @operation
    async def share_access(self, chat_id: str) -> List[dict[str, str]]:
        """List the grants that say who may open the chat's link. Route: GET /api/v1/chats/shared/{id}/access.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
            UnsupportedError: The server is older than 0.9.
        """
        path = f"/api/v1/chats/shared/{segment(chat_id)}/access"
        await self._server.require(SHARE_GRANTS)
        return granted({"access_grants": await self._http.call(List[Any], "GET", path)})

    @operation
    async def set_share_access(self, chat_id: str, access: Access) -> None:
        """Say who may open the chat's link, in place of those who might before.

        Route: POST /api/v1/chats/shared/{id}/access/update.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
            PermissionDeniedError: You may not share with these.
            UnsupportedError: The server is older than 0.9.
        """
        path, body = f"/api/v1/chats/shared/{segment(chat_id)}/access/update", {"access_grants": grants(access)}
        await self._server.require(SHARE_GRANTS)
        await self._http.call(Chat, "POST", path, json=body, repeatable=True)

    @streaming(type(None))
    async def shared(self) -> AsyncGenerator[SharedChat | Done[None]]:
        """The links that you gave out, newest first, page by page. Route: GET /api/v1/chats/shared.

        Raises:
            UnsupportedError: The server is older than 0.8.
        """
        await self._server.require(SHARE_LIST)

        async def fetch(page: int) -> List[SharedChat]:
            return await self._http.call(List[SharedChat], "GET", "/api/v1/chats/shared", params={"page": page})

        async with aclosing(walk(fetch, size=PAGE)) as links:
            async for link in links:
                yield link
        yield Done(None)

    @operation
    async def get_shared(self, share_id: str) -> Chat:
        """Fetch what a link shows, also of another user's chat. Route: GET /api/v1/chats/share/{id}.

        Raises:
            NotFoundError: There is no such link.
            PermissionDeniedError: It is not for you.
        """
        return await self._http.call(Chat, "GET", f"/api/v1/chats/share/{segment(share_id)}")

    @operation
    async def clone_shared(self, share_id: str) -> Chat:
        """Make a chat of your own of what a link shows. Route: POST /api/v1/chats/{id}/clone/shared.

        Raises: as `get_shared`.
        """
        return await self._http.call(Chat, "POST", f"/api/v1/chats/{segment(share_id)}/clone/shared")
