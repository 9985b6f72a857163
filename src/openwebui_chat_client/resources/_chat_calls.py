"""Calls about one chat, and what the server means when it refuses one."""

from __future__ import annotations

from typing import Any, List, NoReturn, TypeVar

from .._dual import M, operation
from .._http import segment
from .._server import CHECKED_FOLDERS, SEEN_CHATS, SEEN_TAGS, Feature
from ..errors import APIResponseError, APIStatusError, AuthenticationError, NotFoundError, PermissionDeniedError
from ._base import Resource
from ._chat_records import Chat, Tag

T = TypeVar("T")


class ChatCalls(Resource[M]):
    """Reads one chat, and sends calls about one."""

    @operation
    async def get(self, chat_id: str) -> Chat:
        """Fetch one chat, in full; administrators, where the server lets them, those of others too.

        Routes: GET /api/v1/chats/{id}; before 0.9 also GET /api/v1/chats/share/{id}.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
        """
        try:
            return await self._http.call(Chat, "GET", f"/api/v1/chats/{segment(chat_id)}")
        except NotFoundError:
            found = None if await self._server.has(SEEN_CHATS) else await self._of_other(chat_id)
            if found is None:
                raise
            return found

    async def _on(
        self,
        kind: type[T],
        method: str,
        chat_id: str,
        action: str = "",
        *,
        json: Any = None,
        repeatable: bool | None = None,
    ) -> T:
        """Send a call about one chat; `action` is the end of its path.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
            PermissionDeniedError: The chat is there, and you may not do this to it.
        """
        path = f"/api/v1/chats/{segment(chat_id)}{action}"
        try:
            return await self._http.call(kind, method, path, json=json, repeatable=repeatable)
        except (AuthenticationError, PermissionDeniedError) as error:
            await self._explain(error, chat_id)

    async def _find_folder(self, folder_id: str) -> None:
        """Nothing, if there is such a folder: servers before 0.9 put chats into one that there is not, out of sight.

        Raises:
            NotFoundError: There is no such folder.
        """
        path = f"/api/v1/folders/{segment(folder_id)}"
        if not await self._server.has(CHECKED_FOLDERS):
            await self._http.call(dict[str, Any], "GET", path)

    async def _to_all(self, method: str, path: str, deed: str, *, confirm: bool, needs: Feature | None = None) -> None:
        """Send a call about all chats; `deed` says what it does, `needs` what the server must have for it.

        Raises:
            ValueError: `confirm` is not True.
            UnsupportedError: The server lacks it.
            APIResponseError: The server says that it could not do it.
        """
        if confirm is not True:
            raise ValueError(f"this {deed}: say confirm=True if you mean it")
        if needs is not None:
            await self._server.require(needs)
        if not await self._http.call(bool, method, path):
            raise APIResponseError(f"{method} {path}: the server says that it could not do it")

    async def _is_there(self, chat_id: str) -> bool:
        """Whether there is such a chat of yours, or, for administrators, of another user."""
        try:
            await self._http.call(List[Tag], "GET", f"/api/v1/chats/{segment(chat_id)}/tags")
        except NotFoundError:
            return not await self._server.has(SEEN_TAGS) and await self._of_other(chat_id) is not None
        return True

    async def _of_other(self, chat_id: str) -> Chat | None:
        """Another user's chat, as older servers show it to administrators: under the route of links, by its own id."""
        try:
            found = await self._http.call(Chat, "GET", f"/api/v1/chats/share/{segment(chat_id)}")
        except NotFoundError:
            return None
        return None if found.user_id.startswith("shared-") else found

    async def _explain(self, error: APIStatusError, chat_id: str) -> NoReturn:
        """Find out what a refusal means: most routes say 401 and some other words when there is no such chat."""
        if error.status_code != 401:
            raise error
        known: dict[str, Any] = {
            "status_code": error.status_code,
            "detail": error.detail,
            "method": error.method,
            "path": error.path,
        }
        asked = f"{error.method} {error.path}: {error.status_code} {error.detail}".rstrip(".")
        if not await self._is_there(chat_id):
            raise NotFoundError(f"{asked}. There is no such chat, or it is not yours.", **known)
        if isinstance(error, PermissionDeniedError):
            raise error
        raise PermissionDeniedError(f"{asked}. The chat is there, but it is another user's.", **known) from None
