"""Giving access all of it or nothing, and what an account may do, on servers that do not say so themselves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from .._dual import Async
from .._http import Http
from .._records import Record, mapping
from .._server import CHECKED_GRANTS, Server
from ..errors import PermissionDeniedError
from ._access import granted

R = TypeVar("R", bound=Record)
Grants = list[dict[str, str]]


async def share(
    server: Server[Async], wanted: Grants, read: Callable[[], Awaitable[R]], give: Callable[[Grants], Awaitable[R]]
) -> R:
    """The thing with this access. Servers before 0.12.4 leave out without a word what you may not grant.

    Raises:
        PermissionDeniedError: You may not grant all of it; who had access has it again.
    """
    if await server.has(CHECKED_GRANTS):
        return await give(wanted)
    before = granted(await read())
    shared = await give(wanted)
    found = granted(shared)
    missing = [one for one in wanted if one not in found]
    if missing:
        await give(before)
        raise PermissionDeniedError(f"you may not give this access: {missing}")
    return shared


async def own_account(http: Http) -> dict[str, Any]:
    """Who you are: `id` and `role`."""
    return await http.call(dict[str, Any], "GET", "/api/v1/auths/")


async def may_give(http: Http, given: Grants, public_right: str) -> bool:
    """Whether you may share with these users, or with all of them, which needs this right of `sharing`."""
    if not given or (await own_account(http))["role"] == "admin":
        return True
    rights = await http.call(dict[str, Any], "GET", "/api/v1/users/permissions")
    needed = [
        ("sharing", public_right) if one["principal_id"] == "*" else ("access_grants", "allow_users") for one in given
    ]
    return all(mapping(rights.get(section)).get(right) for section, right in needed)
