"""Calls about one chat, and what the server means when it refuses one."""

from __future__ import annotations

from typing import Any, List, NoReturn, TypeVar

from .._dual import M, operation
from .._http import segment
from ..errors import APIStatusError, AuthenticationError, NotFoundError, PermissionDeniedError
from ._base import Resource
from ._chat_records import Chat, Tag

T = TypeVar("T")


class ChatCalls(Resource[M]):
    """Reads one chat, and sends calls about one."""

    @operation
    async def get(self, chat_id: str) -> Chat:
        """Fetch one chat, in full. Route: GET /api/v1/chats/{id}.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
        """
        return await self._http.call(Chat, "GET", f"/api/v1/chats/{segment(chat_id)}")

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
        try:
            await self._http.call(List[Tag], "GET", f"/api/v1/chats/{segment(chat_id)}/tags")
        except NotFoundError:
            raise NotFoundError(f"{asked}. There is no such chat, or it is not yours.", **known) from None
        if isinstance(error, PermissionDeniedError):
            raise error
        raise PermissionDeniedError(f"{asked}. The chat is there, but it is another user's.", **known) from None
