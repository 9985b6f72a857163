"""Folders as the server sends them, and folders that several users share."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, List, Literal

from .._arguments import KEEP, Keep
from .._dual import Done, M, operation, streaming
from .._http import segment
from .._pages import walk
from .._records import decode
from .._server import SHARE_MODES, SHARED_FOLDERS, UNREAD
from .._times import Dated
from ..errors import PermissionDeniedError
from ._access import Access, granted, grants, mode_fields
from ._base import Resource
from ._chat_records import ChatSummary

PAGE = 10


class Folder(Dated):
    """A folder of chats."""

    id: str
    name: str
    parent_id: str | None = None
    """The folder it is in; None at the top level."""
    user_id: str | None = None
    """Whose it is; None in lists."""
    data: dict[str, Any] | None = None
    """What holds for its chats, `system_prompt` and `files`; not in lists."""
    meta: dict[str, Any] | None = None
    """Its `icon`, and the like."""
    is_expanded: bool = False
    """Whether the side bar shows what is in it."""
    unread_count: int | None = None
    """How many of its chats you have not read, those of its sub-folders too; in lists, from servers since 0.11."""
    access_grants: List[dict[str, Any]] | None = None
    """Who else may see it; from `get` and `set_access`, from servers since 0.10."""
    write_access: bool | None = None
    """Whether you may change it; from `get`, from servers since 0.11."""


class SharedFolder(Folder):
    """A folder that several users share."""

    owner_name: str = ""
    permission: str = ""
    """What you may do with it: `read` or `write`."""


class FolderChat(ChatSummary):
    """A chat in a folder, of you or of another user."""

    user_id: str = ""
    owner_name: str = ""
    readonly: bool = False
    """Whether it is another user's."""


class FolderSharing(Resource[M]):
    """Sharing folders."""

    @operation
    async def shared(self) -> List[SharedFolder]:
        """List the folders that others share with you, and those directly in them; from 0.12 on also yours.

        Route: GET /api/v1/folders/shared.

        Raises:
            UnsupportedError: The server is older than 0.10.
        """
        await self._server.require(SHARED_FOLDERS)
        return await self._http.call(List[SharedFolder], "GET", "/api/v1/folders/shared")

    @operation
    async def set_access(
        self, folder_id: str, access: Access, *, share_mode: Literal["continue"] | Keep | None = KEEP
    ) -> Folder:
        """Say who else may see a folder with its chats (read), and put chats into it and change it (write).

        Args:
            folder_id: The folder.
            access: Who, in place of those who might before.
            share_mode: `"continue"`: they may ask on in its chats; None: they only look. Left out: as it was.

        Route: POST /api/v1/folders/{id}/access/update.

        Raises:
            NotFoundError: There is no such folder.
            PermissionDeniedError: It is not yours, or you may not share with these.
            UnsupportedError: The server is older than 0.10, or than 0.12 for `share_mode`.
        """
        path, mode = f"/api/v1/folders/{segment(folder_id)}/access/update", mode_fields(share_mode)
        wanted = grants(access)
        await self._server.require(SHARE_MODES if mode else SHARED_FOLDERS)
        body = {"access_grants": wanted, **mode}
        folder = await self._http.call(Folder, "POST", path, json=body, repeatable=True)
        if any(one not in granted(folder) for one in wanted):  # servers before 0.12 drop what they refuse
            raise PermissionDeniedError(f"POST {path}: the server lets you share only with these: {granted(folder)}")
        return folder

    @streaming(type(None))
    async def chats(self, folder_id: str) -> AsyncGenerator[FolderChat | Done[None]]:
        """The chats of a folder that you may see, of every user, page by page; none of its sub-folders.

        Route: GET /api/v1/folders/{id}/shared/chats.

        Raises:
            NotFoundError: There is no such folder.
            PermissionDeniedError: It is another user's, who does not share it with you.
            UnsupportedError: The server is older than 0.10; `chats.in_folder` lists your own.
        """
        path = f"/api/v1/folders/{segment(folder_id)}/shared/chats"
        await self._server.require(SHARED_FOLDERS)

        async def fetch(page: int) -> List[FolderChat]:
            found = await self._http.call(dict[str, Any], "GET", path, params={"page": page})
            return decode(List[FolderChat], found.get("chats"))

        async with aclosing(walk(fetch, size=PAGE)) as chats:
            async for chat in chats:
                yield chat
        yield Done(None)

    @operation
    async def mark_read(self, folder_id: str) -> int:
        """Mark your chats in a folder, and in its sub-folders, as read. How many there are.

        Route: POST /api/v1/folders/{id}/read.

        Raises:
            NotFoundError: There is no such folder.
            PermissionDeniedError: It is another user's, who does not share it with you.
            UnsupportedError: The server is older than 0.11.
        """
        path = f"/api/v1/folders/{segment(folder_id)}/read"
        await self._server.require(UNREAD)
        marked = await self._http.call(dict[str, Any], "POST", path, repeatable=True)
        return int(marked.get("updated_count") or 0)
