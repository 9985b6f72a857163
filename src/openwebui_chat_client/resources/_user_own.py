"""What belongs to the account that asks: its settings, its variables, and what it has used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, List

from .._dual import M, operation
from .._records import Record, mapping
from .._server import PARTIAL_SETTINGS, USAGE_TOTALS, USER_VARIABLES
from ..errors import PermissionDeniedError
from ._base import Resource

LONGEST_USAGE = 732
SHORTEST_USAGE = 7


class AccountUsage(Record):
    """What you have used."""

    totals: dict[str, Any]
    """`lifetime_tokens`, `input_tokens`, `output_tokens`, `total_chats`, `messages`, `active_days`, and more."""
    heatmap: List[dict[str, Any]]
    """For each day with messages `date`, `messages`, `chats`, `tokens` and `models`."""
    top_models: List[dict[str, Any]]
    """Each with `model_id`, `messages` and tokens, most used first."""
    top_tools: List[dict[str, Any]] = ()  # type: ignore[assignment]  # a missing key reads as nothing
    period: dict[str, Any]
    """`start_date` and `end_date`, in seconds since 1970, and `days`."""


class OwnAccount(Resource[M]):
    """What users keep about themselves."""

    @operation
    async def settings(self) -> dict[str, Any]:
        """Your settings in the browser, under the server's names; `ui` holds most of them, such as `system`.

        Route: GET /api/v1/users/user/settings.
        """
        return mapping(await self._http.call(object, "GET", "/api/v1/users/user/settings"))

    @operation
    async def update_settings(self, ui: Mapping[str, Any]) -> dict[str, Any]:
        """Change these keys of `ui` in your settings, and leave the others; None removes one. All of it afterwards.

        Routes: GET /api/v1/users/user/settings, POST /api/v1/users/user/settings/update.

        Raises:
            ValueError: Nothing is given.
            PermissionDeniedError: You may not change your settings, or not one of these: then only the others changed.

        Example:
            >>> client.users.update_settings({"system": "Be brief."})
        """
        if not ui:
            raise ValueError("no settings to change")
        async with self._http.runtime.hold("settings"):
            wanted = dict(ui)
            if not await self._server.has(PARTIAL_SETTINGS):
                former = mapping((await self.settings()).get("ui"))
                wanted = {name: value for name, value in {**former, **ui}.items() if value is not None}
            path = "/api/v1/users/user/settings/update"
            await self._http.call(object, "POST", path, json={"ui": wanted}, repeatable=True)
            settings = await self.settings()
        kept = mapping(settings.get("ui"))
        if refused := sorted(name for name, value in ui.items() if value is not None and not _took(kept, name, value)):
            raise PermissionDeniedError(
                f"POST {path}: the server did not take your {', '.join(refused)}; you lack the permission for it",
                method="POST",
                path=path,
            )
        return settings

    @operation
    async def variables(self) -> dict[str, str]:
        """Your values for variables in system prompts, by name. Route: GET /api/v1/users/user/variables.

        Raises:
            UnsupportedError: The server is older than 0.11.
        """
        await self._server.require(USER_VARIABLES)
        return _values(await self._http.call(dict[str, Any], "GET", "/api/v1/users/user/variables"))

    @operation
    async def set_variables(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Keep these values for variables in system prompts, in place of all you had; names are in small letters.

        Route: POST /api/v1/users/user/variables/update.

        Raises:
            BadRequestError: A name or a value does not fit; the error says which.
            UnsupportedError: The server is older than 0.11.
        """
        await self._server.require(USER_VARIABLES)
        path, body = "/api/v1/users/user/variables/update", {"variables": dict(variables)}
        return _values(await self._http.call(dict[str, Any], "POST", path, json=body, repeatable=True))

    @operation
    async def usage(self, days: int | None = None) -> AccountUsage:
        """What you have used in the last days: tokens, chats, messages, models, tools.

        Args:
            days: From 7 to 732; left out, 730.

        Route: GET /api/v1/users/usage.

        Raises:
            ValueError: The number of days is not from 7 to 732.
            UnsupportedError: The server is older than 0.11.
        """
        if days is not None and not SHORTEST_USAGE <= days <= LONGEST_USAGE:
            raise ValueError(f"days are from {SHORTEST_USAGE} to {LONGEST_USAGE}, not {days}")
        await self._server.require(USAGE_TOTALS)
        return await self._http.call(AccountUsage, "GET", "/api/v1/users/usage", params={"days": days})


def _took(kept: Mapping[str, Any], name: str, value: object) -> bool:
    """Whether this setting is kept; the server may complete what is made of parts."""
    return name in kept and (isinstance(value, (dict, list)) or kept[name] == value)


def _values(found: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in mapping(found.get("variables")).items()}
