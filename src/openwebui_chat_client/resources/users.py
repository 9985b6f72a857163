"""Users: the accounts of a server, as administrators see and change them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from datetime import datetime
from typing import Any, List, TypedDict, Unpack, cast

from .._arguments import one_of, text
from .._dual import Done, M, operation, streaming
from .._http import segment
from .._pages import numbered, walk
from .._records import Record
from .._server import ACCESS_PREVIEWS, PARTIAL_USERS, PRIVATE_USERS, REVOKED_SESSIONS
from .._times import Dated, seconds
from ._permissions import check_permissions
from ._reach import Reach, reach
from ._user_own import OwnAccount
from .groups import Group, whole_group

PAGE = 30
ROLES = ("admin", "user", "pending")


class User(Dated):
    """An account."""

    id: str
    name: str = ""
    email: str = ""
    role: str = ""
    """`admin`, `user`, or `pending` until an administrator lets the account in."""
    group_ids: List[str] | None = None
    """The groups that it is a member of itself; only in lists for administrators."""
    groups: List[dict[str, Any]] | None = None
    """Those groups, each with `id` and `name`; only from `get`."""
    is_active: bool | None = None
    """Whether it was seen in the last few minutes; not in every answer."""
    last_active_at: int | None = None
    """Seconds since 1970."""

    @property
    def last_active(self) -> datetime | None:
        """When it was last seen."""
        return seconds(self.last_active_at)


class UserFields(TypedDict, total=False):
    """What an administrator may change about an account; all that is left out stays as it is."""

    name: str
    email: str
    role: str
    password: str
    profile_image_url: str


class UserPage(Record):
    """A page of the server's list."""

    users: List[User]
    total: int = 0


class Users(OwnAccount[M]):
    """The accounts of a server. All but `search`, and what is about your own account, is for administrators."""

    @operation
    async def list(self, page: int | None = None) -> List[User]:
        """List the accounts, with the ids of their groups.

        Args:
            page: From 1, of 30 each; one beyond the last is empty. Left out: all of them.

        Route: GET /api/v1/users/.
        """
        if page is not None:
            return await self._page("/api/v1/users/", page)
        async with self.iter() as users:
            return [user async for user in users]

    @streaming(type(None))
    async def iter(self) -> AsyncGenerator[User | Done[None]]:
        """Every account, page by page. Route: GET /api/v1/users/."""

        async def fetch(page: int) -> List[User]:
            return await self._page("/api/v1/users/", page)

        async with aclosing(walk(fetch, size=PAGE)) as users:
            async for user in users:
                yield user
        yield Done(None)

    @streaming(type(None))
    async def search(self, keyword: str) -> AsyncGenerator[User | Done[None]]:
        """The accounts with this in their name or e-mail address, in any case, page by page; for every user.

        Route: GET /api/v1/users/search.

        Raises:
            ValueError: The keyword is empty.
        """
        query = text(keyword, "a keyword")

        async def fetch(page: int) -> List[User]:
            return await self._page("/api/v1/users/search", page, query)

        async with aclosing(walk(fetch, size=PAGE)) as users:
            async for user in users:
                yield user
        yield Done(None)

    @operation
    async def find(self, email: str) -> User | None:
        """The account with this e-mail address, in any case; None when there is none.

        Route: GET /api/v1/users/search.
        """
        wanted = text(email, "an e-mail address").strip().lower()
        async with self.search(wanted) as users:
            async for user in users:
                if user.email.lower() == wanted:
                    return user
        return None

    @operation
    async def get(self, user_id: str) -> User:
        """Fetch one account, with the names of its groups.

        Routes: GET /api/v1/users/{id}, before that on servers before 0.8 GET /api/v1/users/{id}/groups.

        Raises:
            NotFoundError: There is no such user.
            PermissionDeniedError: You are no administrator.
        """
        segment(user_id)
        if not await self._server.has(PRIVATE_USERS):
            await self.groups(user_id)  # for administrators on every server
        return await self._http.call(User, "GET", f"/api/v1/users/{segment(user_id)}", about="a user")

    @operation
    async def create(self, name: str, email: str, password: str, role: str = "user") -> User:
        """Make an account for somebody. Routes: POST /api/v1/auths/add, GET /api/v1/users/{id}.

        Raises:
            ValueError: A text is empty, or there is no such role.
            ConflictError: The e-mail address has an account.
            PermissionDeniedError: You are no administrator.
        """
        body = {
            "name": text(name, "a name"),
            "email": text(email, "an e-mail address"),
            "password": text(password, "a password"),
            "role": one_of(role, ROLES, "a role"),
        }
        made = await self._http.call(User, "POST", "/api/v1/auths/add", json=body)
        return await self.get(made.id)

    @operation
    async def set_role(self, user_id: str, role: str) -> User:
        """Make somebody `admin`, `user` or `pending`. Route: POST /api/v1/users/{id}/update.

        Raises:
            ValueError: There is no such role.
            NotFoundError: There is no such user.
            PermissionDeniedError: You are no administrator; or it is the first one of the server, who stays it.
        """
        return await self.update(user_id, role=role)

    @operation
    async def update(self, user_id: str, **fields: Unpack[UserFields]) -> User:
        """Change what is given about an account, and nothing else. A new password ends its sessions.

        Route: POST /api/v1/users/{id}/update.

        Raises:
            ValueError: Nothing is given, a text is empty, or there is no such role.
            NotFoundError: There is no such user.
            ConflictError: The e-mail address has an account.
            PermissionDeniedError: You are no administrator; or it is the first one, whom only himself may change.
        """
        body = _checked(fields)
        path = f"/api/v1/users/{segment(user_id)}/update"
        if not await self._server.has(PARTIAL_USERS):
            user = await self.get(user_id)
            body = {key: user.get(key) for key in ("role", "name", "email", "profile_image_url")} | body
        return await self._http.call(User, "POST", path, json=body, repeatable=True, about="a user")

    @operation
    async def delete(self, user_id: str) -> None:
        """Delete an account, with its chats. Nobody can delete himself, nor the first administrator.

        It is looked up first, as the server says yes to any id.

        Routes: GET /api/v1/users/{id}, DELETE /api/v1/users/{id}.

        Raises:
            NotFoundError: There is no such user.
            PermissionDeniedError: You are no administrator; or it is you, or the first one of the server.
        """
        path = f"/api/v1/users/{segment(user_id)}"
        await self.get(user_id)
        await self._http.call(bool, "DELETE", path, about="a user")

    @operation
    async def groups(self, user_id: str) -> List[Group]:
        """List the groups that somebody is a member of; none for an id that nobody has.

        Route: GET /api/v1/users/{id}/groups.

        Raises:
            PermissionDeniedError: You are no administrator.
        """
        path = f"/api/v1/users/{segment(user_id)}/groups"
        return [whole_group(row) for row in await self._http.call(List[dict[str, Any]], "GET", path)]

    @operation
    async def access(self, user_id: str) -> Reach:
        """What somebody may use: models, knowledge bases and tools, his own and what is shared with him.

        Route: GET /api/v1/users/{id}/preview.

        Raises:
            NotFoundError: There is no such user.
            UnsupportedError: The server is older than 0.9.
        """
        path = f"/api/v1/users/{segment(user_id)}/preview"
        await self._server.require(ACCESS_PREVIEWS)
        return reach(await self._http.call(dict[str, Any], "GET", path, about="a user"))

    @operation
    async def revoke_sessions(self, user_id: str) -> None:
        """End all sessions of an account; its API key goes on. Route: POST /api/v1/users/{id}/sessions/revoke.

        Raises:
            UnsupportedError: The server is older than 0.12.
            NotFoundError: There is no such user.
        """
        path = f"/api/v1/users/{segment(user_id)}/sessions/revoke"
        await self._server.require(REVOKED_SESSIONS)
        await self._http.call(bool, "POST", path, repeatable=True)

    @operation
    async def default_permissions(self) -> dict[str, dict[str, Any]]:
        """What users may do whom no group allows more, by section (`workspace`, `chat`, `features`, …).

        Route: GET /api/v1/users/default/permissions.
        """
        return await self._http.call(dict[str, Any], "GET", "/api/v1/users/default/permissions")

    @operation
    async def set_default_permissions(self, changes: Mapping[str, Mapping[str, bool]]) -> dict[str, dict[str, Any]]:
        """Change what users may do whom no group allows more; what is not named stays. All of it afterwards.

        Routes: GET /api/v1/users/default/permissions, POST /api/v1/users/default/permissions.

        Raises:
            ValueError: Nothing is given, or the server has no such section or permission; nothing is changed then.

        Example:
            >>> client.users.set_default_permissions({"features": {"api_keys": True}})
        """
        path = "/api/v1/users/default/permissions"
        if not changes:
            raise ValueError("no permission is named")
        async with self._http.runtime.hold("default permissions"):
            former = await self.default_permissions()
            check_permissions(changes, former)
            body = {section: {**names, **changes.get(section, {})} for section, names in former.items()}
            return await self._http.call(dict[str, Any], "POST", path, json=body, repeatable=True)

    async def _page(self, path: str, page: int, query: str | None = None) -> List[User]:
        asked = {"page": numbered(page), "query": query}
        return (await self._http.call(UserPage, "GET", path, params=asked)).users


def _checked(fields: UserFields) -> dict[str, Any]:
    given = cast("dict[str, Any]", fields)
    if unknown := given.keys() - UserFields.__annotations__.keys():
        raise TypeError(f"there is nothing of that name to change about a user: {min(unknown)}")
    if not given:
        raise ValueError("nothing to change about the user")
    if "role" in given:
        one_of(given["role"], ROLES, "a role")
    return {name: text(value, f"a {name}") for name, value in given.items()}
