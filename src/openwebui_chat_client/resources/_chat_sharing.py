"""Chats given out as links: what is shared, with whom, and reading what others share."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, List, Literal

from .._arguments import KEEP, Keep
from .._dual import Done, M, operation, streaming
from .._http import segment
from .._pages import walk
from .._records import decode
from .._server import OPEN_LINKS, REFUSED_GRANTS, SHARE_GRANTS, SHARE_LIST, SHARE_MODES, UNSHARE_ALL, Feature
from ..errors import AuthenticationError, PermissionDeniedError
from ._access import PUBLIC, Access, granted, grants, mode_fields
from ._chat_calls import ChatCalls
from ._chat_records import Chat, Share, SharedChat

PAGE = 60


class ChatSharing(ChatCalls[M]):
    """Sharing chats."""

    @operation
    async def share(
        self, chat_id: str, access: Access | Keep = KEEP, *, share_mode: Literal["continue"] | Keep | None = KEEP
    ) -> Share:
        """Share the chat as it stands now, under a link; shared before, the link stays and shows the chat of now.

        Args:
            chat_id: The chat.
            access: Who may open the link. Left out: those who may already, at first nobody but you. Servers before 0.9
                can let every user open it and nothing else: say `"public"` there.
            share_mode: `"continue"`: they may ask on in the chat itself, and see it as it is now; None: they only
                look. Left out: as it was, at first None.

        Routes: POST /api/v1/chats/{id}/share, POST /api/v1/chats/shared/{id}/access/update, GET /api/v1/chats/{id}.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
            PermissionDeniedError: You may not share chats, or not with these.
            UnsupportedError: The server is older than 0.9 and not every user shall open the link; than 0.11 for
                `anyone`; or than 0.12 for `share_mode`.
        """
        segment(chat_id)
        body, wanted = mode_fields(share_mode), None if isinstance(access, Keep) else grants(access)
        if body:
            await self._server.require(SHARE_MODES)
        own = await self._server.has(SHARE_GRANTS)
        if not own:
            await self._open_to_all(chat_id, wanted)
        elif wanted is not None:
            await self.set_share_access(chat_id, wanted)
        shared = await self._on(Chat, "POST", chat_id, "/share", json=body or None, repeatable=True)
        share_id = str(shared.share_id if own else shared.id)
        return Share(chat_id=chat_id, share_id=share_id, url=f"{self._http.config.base_url}/s/{share_id}")

    @operation
    async def unshare(self, chat_id: str) -> None:
        """Make the chat's link open nothing any more, and forget who might; harmless when it is not shared.

        Routes: DELETE /api/v1/chats/{id}/share, POST /api/v1/chats/shared/{id}/access/update.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
        """
        was_shared = await self._on(object, "DELETE", chat_id, "/share", repeatable=True)
        if not was_shared and await self._server.has(SHARE_GRANTS):  # servers before 0.10 keep who might, then
            await self.set_share_access(chat_id, "private")

    @operation
    async def unshare_all(self, *, confirm: bool) -> None:
        """Make all the links that you gave out open nothing any more. Route: DELETE /api/v1/chats/share/all.

        Args:
            confirm: Must be True.

        Raises:
            ValueError: It is not.
            UnsupportedError: The server is older than 0.10.
        """
        path, deed = "/api/v1/chats/share/all", "closes the links of all chats"
        await self._to_all("DELETE", path, deed, confirm=confirm, needs=UNSHARE_ALL)

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
    async def set_share_access(
        self, chat_id: str, access: Access, *, share_mode: Literal["continue"] | Keep | None = KEEP
    ) -> None:
        """Say who may open the chat's link, in place of those who might before.

        Args:
            chat_id: The chat.
            access: Who may open the link.
            share_mode: As for `share`; nothing is kept of it for a chat that is not shared.

        Routes: POST /api/v1/chats/shared/{id}/access/update; before 0.12 also GET /api/v1/chats/shared/{id}/access.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
            PermissionDeniedError: You may not share with these; it is as it was.
            UnsupportedError: The server is older than 0.9, than 0.11 for `anyone`, or than 0.12 for `share_mode`.
        """
        path, mode = f"/api/v1/chats/shared/{segment(chat_id)}/access/update", mode_fields(share_mode)
        wanted = grants(access)
        await self._server.require(SHARE_MODES if mode else _needed(wanted))
        known = [] if not wanted or await self._server.has(REFUSED_GRANTS) else wanted
        former = await self.share_access(chat_id) if known else []
        await self._http.call(Chat, "POST", path, json={"access_grants": wanted, **mode}, repeatable=True)
        now = await self.share_access(chat_id) if known else []
        if any(one not in now for one in known):
            await self._http.call(Chat, "POST", path, json={"access_grants": former}, repeatable=True)
            raise PermissionDeniedError(f"POST {path}: the server does not let you share with all of these: {wanted}")

    @streaming(type(None))
    async def shared(self) -> AsyncGenerator[SharedChat | Done[None]]:
        """The links that you gave out, newest first, page by page. Route: GET /api/v1/chats/shared.

        On servers before 0.9 the title and the times are those of the chat, as it is now.

        Raises:
            UnsupportedError: The server is older than 0.8.
        """
        await self._server.require(SHARE_LIST)

        async def fetch(page: int) -> List[SharedChat]:
            links = await self._http.call(List[SharedChat], "GET", "/api/v1/chats/shared", params={"page": page})
            return [_of_chat(link) for link in links]

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
        """Make a chat of your own of what a link shows, neither pinned nor in a folder.

        Routes: POST /api/v1/chats/{id}/clone/shared, POST /api/v1/chats/{id}/folder, GET /api/v1/chats/share/{id}.

        Raises: as `get_shared`.
        """
        try:
            made = await self._http.call(Chat, "POST", f"/api/v1/chats/{segment(share_id)}/clone/shared")
        except AuthenticationError:
            await self.get_shared(share_id)  # servers before 0.9 say here only that something went wrong
            raise
        if made.folder_id is None and not made.pinned:
            return made
        return await self._on(Chat, "POST", made.id, "/folder", json={"folder_id": None}, repeatable=True)

    async def _open_to_all(self, chat_id: str, wanted: List[dict[str, str]] | None) -> None:
        """Nothing, if all users may open the chat's link, or may already: servers before 0.9 know nothing else.

        Raises:
            UnsupportedError: They may not.
        """
        if wanted == [PUBLIC] or (wanted is None and (await self.get(chat_id)).share_id):
            return
        await self._server.require(_needed(wanted or []))


def _needed(access: List[dict[str, str]]) -> Feature:
    """What a server must have to let just these open a link; it drops grants that it does not know."""
    return OPEN_LINKS if any(one["principal_type"] == "anyone" for one in access) else SHARE_GRANTS


def _of_chat(link: SharedChat) -> SharedChat:
    """A link under its own id: many servers list it under that of its chat."""
    return decode(SharedChat, {**link, "id": link.share_id, "chat_id": link.chat_id or link["id"]})
