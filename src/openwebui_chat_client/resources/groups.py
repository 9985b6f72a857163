"""Groups: users who may do the same things and share the same models, documents and tools."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, List

from .._arguments import text, texts
from .._dual import M, operation
from .._http import segment
from .._records import Record, decode, mapping
from .._server import ACCESS_PREVIEWS
from .._times import Dated
from ..errors import AmbiguousNameError, NameNotFoundError
from ._base import Resource
from ._permissions import check_permissions
from ._reach import Reach, reach


class Group(Dated):
    """A group of users."""

    id: str
    name: str = ""
    description: str = ""
    user_id: str = ""
    """Who made it."""
    permissions: dict[str, Any] | None = None
    """What its members may do beyond what all users may, by section; None when it allows nothing more."""
    data: dict[str, Any] | None = None
    """Such as `config`, with `share`: who may share with the group."""
    member_count: int | None = None
    """Not in every answer."""
    parent_group_id: str | None = None
    """The group it is in; None on servers before 0.12."""


class Member(Record):
    """A user, as a member of a group."""

    id: str
    name: str = ""
    email: str = ""
    role: str = ""


class Groups(Resource[M]):
    """Groups. Users see those they are in; all else is for administrators."""

    @operation
    async def list(self) -> List[Group]:
        """List all groups; who is no administrator sees those he is in. Route: GET /api/v1/groups/."""
        return [whole_group(row) for row in await self._http.call(List[dict[str, Any]], "GET", "/api/v1/groups/")]

    @operation
    async def find(self, name: str) -> Group | None:
        """The group of exactly that name; None when there is none. Route: GET /api/v1/groups/.

        Raises:
            AmbiguousNameError: There are several; the server allows that.
        """
        wanted = text(name, "a name")
        return _named(await self.list(), wanted)

    @operation
    async def resolve(self, identifiers: str | Iterable[str]) -> List[str]:
        """The ids of groups that are given by id or by name, in that order. Route: GET /api/v1/groups/.

        Raises:
            NameNotFoundError: One is neither.
            AmbiguousNameError: Several groups have that name.
        """
        wanted, found = texts(identifiers), await self.list()
        return [_identified(found, identifier).id for identifier in wanted]

    @operation
    async def get(self, group_id: str) -> Group:
        """Fetch one group. Route: GET /api/v1/groups/id/{id}.

        Raises:
            NotFoundError: There is no such group.
            PermissionDeniedError: You are no administrator.
        """
        return await self._group("GET", f"/api/v1/groups/id/{segment(group_id)}")

    @operation
    async def access(self, group_id: str) -> Reach:
        """What is shared with a group: models, knowledge bases and tools. Route: GET /api/v1/groups/id/{id}/preview.

        Raises:
            NotFoundError: There is no such group.
            PermissionDeniedError: You are no administrator.
            UnsupportedError: The server is older than 0.9.
        """
        path = f"/api/v1/groups/id/{segment(group_id)}/preview"
        await self._server.require(ACCESS_PREVIEWS)
        return reach(await self._http.call(dict[str, Any], "GET", path, about="a group"))

    @operation
    async def create(
        self, name: str, description: str = "", *, permissions: Mapping[str, Mapping[str, bool]] | None = None
    ) -> Group:
        """Make a group. The server takes a second one of the same name without a word.

        Args:
            name: Its name.
            description: What it is for.
            permissions: What its members may do beyond what all users may, such as `{"features": {"api_keys": True}}`.

        Routes: POST /api/v1/groups/create, and with permissions GET /api/v1/users/default/permissions.

        Raises:
            ValueError: The name is empty, or the server has no such permission; nothing is made then.
            PermissionDeniedError: You are no administrator.
        """
        body = {"name": text(name, "a name"), "description": description, "permissions": permissions}
        await self._check(permissions)
        return whole_group(await self._http.call(dict[str, Any], "POST", "/api/v1/groups/create", json=body))

    @operation
    async def update(
        self,
        group_id: str,
        *,
        name: str | None = None,
        description: str | None = None,
        permissions: Mapping[str, Mapping[str, bool]] | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> Group:
        """Change what is given about a group, and nothing else; `permissions` and `data` are merged key by key.

        Routes: GET /api/v1/groups/id/{id}, POST /api/v1/groups/id/{id}/update, and with permissions
        GET /api/v1/users/default/permissions.

        Raises:
            ValueError: Nothing is given, the name is empty, or the server has no such permission.
            NotFoundError: There is no such group.
            PermissionDeniedError: You are no administrator.
        """
        path = f"/api/v1/groups/id/{segment(group_id)}/update"
        if name is None and description is None and permissions is None and data is None:
            raise ValueError(f"nothing to change about group {group_id!r}")
        await self._check(permissions)
        async with self._http.runtime.hold(("group", group_id)):
            former = await self.get(group_id)
            body: dict[str, Any] = {
                "name": former.name if name is None else text(name, "a name"),
                "description": former.description if description is None else description,
            }
            if permissions is not None:
                body["permissions"] = _merged(former.permissions, permissions)
            if data is not None:
                body["data"] = _merged(former.data, data)
            return await self._group("POST", path, json=body)

    @operation
    async def delete(self, group_id: str) -> None:
        """Delete a group; its members stay users, and lose what it let them do.

        It is looked up first, as servers say yes to any id.

        Routes: GET /api/v1/groups/id/{id}, DELETE /api/v1/groups/id/{id}/delete.

        Raises:
            NotFoundError: There is no such group.
            PermissionDeniedError: You are no administrator.
        """
        path = f"/api/v1/groups/id/{segment(group_id)}/delete"
        await self.get(group_id)
        await self._http.call(bool, "DELETE", path, about="a group")

    @operation
    async def members(self, group_id: str) -> List[Member]:
        """List the members of a group, which is looked up first: the server lists nobody for any id.

        Routes: GET /api/v1/groups/id/{id}, POST /api/v1/groups/id/{id}/users.

        Raises:
            NotFoundError: There is no such group.
            PermissionDeniedError: You are no administrator.
        """
        path = f"/api/v1/groups/id/{segment(group_id)}/users"
        await self.get(group_id)
        return await self._http.call(List[Member], "POST", path, repeatable=True)

    @operation
    async def add_members(self, group_id: str, user_ids: str | Iterable[str]) -> Group:
        """Take users into a group; those who are in it already stay.

        They and the group are looked up first: the server leaves out ids that nobody has without a word.

        Routes: GET /api/v1/users/all, GET /api/v1/groups/id/{id}, POST /api/v1/groups/id/{id}/users/add.

        Raises:
            ValueError: No user is named.
            NameNotFoundError: There is no user of that id; nobody was taken in.
            NotFoundError: There is no such group.
            PermissionDeniedError: You are no administrator.
        """
        path, wanted = f"/api/v1/groups/id/{segment(group_id)}/users/add", _named_users(user_ids)
        answer = await self._http.call(dict[str, Any], "GET", "/api/v1/users/all")
        known = {user.get("id") for user in answer.get("users", [])}
        for user_id in wanted:
            if user_id not in known:
                raise NameNotFoundError(f"there is no user {user_id!r}", kind="user", name=user_id)
        await self.get(group_id)
        return await self._group("POST", path, json={"user_ids": wanted})

    @operation
    async def remove_members(self, group_id: str, user_ids: str | Iterable[str]) -> Group:
        """Take users out of a group, which is looked up first; who is not in it stays out.

        Routes: GET /api/v1/groups/id/{id}, POST /api/v1/groups/id/{id}/users/remove.

        Raises:
            ValueError: No user is named.
            NotFoundError: There is no such group.
            PermissionDeniedError: You are no administrator.
        """
        path, wanted = f"/api/v1/groups/id/{segment(group_id)}/users/remove", _named_users(user_ids)
        await self.get(group_id)
        return await self._group("POST", path, json={"user_ids": wanted})

    async def _group(self, method: str, path: str, json: Any = None) -> Group:
        return whole_group(
            await self._http.call(dict[str, Any], method, path, json=json, repeatable=True, about="a group")
        )

    async def _check(self, permissions: Mapping[str, Mapping[str, bool]] | None) -> None:
        """Nothing, when the server has these permissions: it keeps others too, and they mean nothing.

        Raises:
            ValueError: It has not.
        """
        if permissions:
            known = await self._http.call(dict[str, Any], "GET", "/api/v1/users/default/permissions")
            check_permissions(permissions, known)


def whole_group(row: Mapping[str, Any]) -> Group:
    """A group with the keys that it has on every version of the server."""
    return decode(Group, {"parent_group_id": None, **row, "data": mapping(row.get("data"))})


def _named(groups: Iterable[Group], name: str) -> Group | None:
    found = [group for group in groups if group.name == name]
    if len(found) > 1:
        raise AmbiguousNameError(f"{len(found)} groups are named {name!r}", kind="group", name=name, matches=found)
    return next(iter(found), None)


def _identified(groups: Iterable[Group], identifier: str) -> Group:
    listed = list(groups)
    found = next((group for group in listed if group.id == identifier), None) or _named(listed, identifier)
    if found is None:
        raise NameNotFoundError(f"there is no group {identifier!r}", kind="group", name=identifier)
    return found


def _named_users(user_ids: str | Iterable[str]) -> list[str]:
    wanted = texts(user_ids)
    if not wanted:
        raise ValueError("no user is named")
    return wanted


def _merged(former: Mapping[str, Any] | None, changes: Mapping[str, Any]) -> dict[str, Any]:
    """One object over the other, two levels deep."""
    merged = {**(former or {}), **changes}
    both = {key for key in changes if isinstance(merged[key], Mapping)}
    return merged | {key: {**mapping((former or {}).get(key)), **changes[key]} for key in both}
