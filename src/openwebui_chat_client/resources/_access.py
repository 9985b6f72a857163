"""Pure: who may read and write a thing, in every form that people and servers have for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias, cast

from .._arguments import Keep, one_of, texts
from .._records import mapping, mappings, strings
from ..errors import UnsupportedError

Access: TypeAlias = "str | Mapping[str, Any] | Iterable[Mapping[str, Any]] | None"
"""Who may read and write a thing, besides its owner and administrators. One of:

* `"public"` or None: every user may read; `"private"` or `{}`: nobody else.
* `{"read": {"group_ids": […], "user_ids": […]}, "write": {…}}`, as servers before 0.8 have it.
* A list of grants `{"principal_type": "user" | "group", "principal_id": id or "*", "permission": "read" | "write"}`,
  as later servers have it, and as `grant()` makes them. Writing does not include reading: grant both.
"""
GRANT = ("principal_type", "principal_id", "permission")
PERMISSIONS = ("read", "write")
PRINCIPALS = {"user": "user_ids", "group": "group_ids"}
SHARE_MODES = ("continue",)
PERMISSION_TYPES = ("public", "private", "group")


def grant(principal_type: str, principal_id: str, permission: str = "read") -> dict[str, str]:
    """One grant, checked: the server drops what it does not understand without a word.

    Raises:
        ValueError: It names no principal, or a kind of principal or a permission that there is not.
    """
    if principal_type not in {*PRINCIPALS, "anyone"}:
        raise ValueError(f"a grant is for a user, a group or anyone, not for {principal_type!r}")
    if permission not in PERMISSIONS:
        raise ValueError(f"a grant is to read or to write, not {permission!r}")
    if not isinstance(principal_id, str) or not principal_id.strip():  # pyright: ignore[reportUnnecessaryIsInstance] - callers of untyped code pass None
        raise ValueError(f"a grant needs the id of a {principal_type}, not {principal_id!r}")
    if principal_type == "anyone" and (principal_id, permission) != ("*", "read"):
        raise ValueError("anyone is '*', and may only read")
    return {"principal_type": principal_type, "principal_id": principal_id, "permission": permission}


PUBLIC = grant("user", "*")


def grants(access: Access) -> list[dict[str, str]]:
    """Access in any form as a list of grants, each once, without the ids that the server adds.

    Raises:
        ValueError: It is none of the forms of `Access`.
    """
    if access is None or access == "public":
        return [dict(PUBLIC)]
    if access == "private":
        return []
    if isinstance(access, str):
        raise ValueError(f"access is 'public', 'private', a mapping or a list of grants, not {access!r}")
    if isinstance(access, Mapping):
        return _once(_of_old_form(cast("Mapping[str, Any]", access)))
    return _once([_checked(one) for one in access])


def granted(row: Mapping[str, Any]) -> list[dict[str, str]]:
    """The grants of a thing as a server of any version sent it."""
    if "access_grants" in row:
        return [{key: one.get(key, "") for key in GRANT} for one in mappings(row["access_grants"])]
    return _as_sent(row.get("access_control"))


def in_new_form(row: Mapping[str, Any]) -> dict[str, Any]:
    """A thing as servers from 0.8 on send it: with `access_grants`, also where it came with `access_control`."""
    if "access_control" not in row:
        return dict(row)
    return {**{key: row[key] for key in row if key != "access_control"}, "access_grants": granted(row)}


def unchanged(row: Mapping[str, Any], server_has_grants: bool) -> dict[str, Any]:  # noqa: FBT001 - what the server has
    """The part of a body that leaves a thing's access as it is: servers before 0.8 publish it when that is left out."""
    return {"access_grants": granted(row)} if server_has_grants else {"access_control": row.get("access_control")}


def access_fields(access: Access, server_has_grants: bool) -> dict[str, Any]:  # noqa: FBT001 - what the server has
    """The part of a body that gives this access: `access_grants`, or `access_control` for servers before 0.8.

    Say both when something is made: what is left out is public on servers before 0.8, and private later.

    Raises:
        ValueError: It is none of the forms of `Access`.
        UnsupportedError: Servers before 0.8 cannot say it.
    """
    wanted = grants(access)
    return {"access_grants": wanted} if server_has_grants else {"access_control": old_form(wanted)}


def mode_fields(share_mode: str | Keep | None) -> dict[str, Any]:
    """The part of a body that says whether others may continue what is shared; nothing when that stays as it is.

    Raises:
        ValueError: It is neither None nor `"continue"`.
    """
    if isinstance(share_mode, Keep):
        return {}
    return {"share_mode": None if share_mode is None else one_of(share_mode, SHARE_MODES, "a share mode")}


def old_form(wanted: Iterable[Mapping[str, str]]) -> dict[str, Any] | None:
    """Grants as servers before 0.8 have them: None is public, `{}` private.

    Raises:
        UnsupportedError: They give everybody and somebody different rights, or everybody more than reading.
    """
    listed = [_checked(one) for one in wanted]
    if not listed:
        return {}
    if PUBLIC in listed and all(one["permission"] == "read" and one["principal_type"] != "anyone" for one in listed):
        return None
    if any(one["principal_id"] == "*" for one in listed):
        raise UnsupportedError("access for everybody besides reading: needs Open WebUI 0.8.0", needs="0.8.0")
    return {
        permission: {
            field: [
                one["principal_id"]
                for one in listed
                if (one["principal_type"], one["permission"]) == (principal, permission)
            ]
            for principal, field in PRINCIPALS.items()
        }
        for permission in PERMISSIONS
    }


def shared_with(
    permission_type: str, group_ids: Iterable[str] | None = None, user_ids: Iterable[str] | None = None
) -> list[dict[str, str]]:
    """The original's words as grants: `public`; `private` and `user_ids`; `group` and `user_ids`. All may read.

    Raises:
        ValueError: There is no such word, or `group` comes without groups.
    """
    groups, users = texts(group_ids), texts(user_ids)
    if permission_type not in PERMISSION_TYPES:
        raise ValueError(f"a permission type is one of {', '.join(PERMISSION_TYPES)}, not {permission_type!r}")
    if permission_type == "group" and not groups:
        raise ValueError("the permission type 'group' needs groups")
    if permission_type == "public":
        return [dict(PUBLIC)]
    of_groups = [grant("group", one) for one in groups] if permission_type == "group" else []
    return _once([*of_groups, *(grant("user", one) for one in users)])


def _of_old_form(access: Mapping[str, Any]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for permission, principals in access.items():
        named = mapping(principals)
        if permission not in PERMISSIONS or not named.keys() <= set(PRINCIPALS.values()):
            raise ValueError(
                f"access has 'read' and 'write', each with 'group_ids' and 'user_ids', not {dict(access)!r}"
            )
        for principal, field in PRINCIPALS.items():
            found += [grant(principal, one, permission) for one in texts(named.get(field))]
    return found


def _as_sent(access: object) -> list[dict[str, str]]:
    """What a server before 0.8 has as `access_control`; of what nobody understands nothing is granted."""
    if access is None:
        return [dict(PUBLIC)]
    return [
        {"principal_type": principal, "principal_id": one, "permission": permission}
        for permission in PERMISSIONS
        for principal, field in PRINCIPALS.items()
        for one in strings(mapping(mapping(access).get(permission)).get(field))
    ]


def _checked(one: Mapping[str, Any]) -> dict[str, str]:
    if not isinstance(one, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - callers of untyped code pass ids
        raise ValueError(f"a list of grants has mappings in it, not {one!r}")
    return grant(one.get("principal_type", ""), one.get("principal_id", ""), one.get("permission", ""))


def _once(found: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    return [dict(one) for one in dict.fromkeys(tuple(grant.items()) for grant in found)]
