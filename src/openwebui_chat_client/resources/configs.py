"""Settings of the server, for administrators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, List

from .._arguments import one_of
from .._dual import M, operation
from .._records import Record
from ._base import Resource

SECTIONS = ("connections", "code_execution", "models", "subagents", "tool_servers", "terminal_servers")


class Banner(Record):
    """A message that the web page shows to everybody."""

    id: str
    type: str
    """`info`, `success`, `warning` or `error`."""
    title: str | None = None
    content: str
    """In Markdown or HTML."""
    dismissible: bool
    timestamp: int
    """Seconds since 1970."""


class Configs(Resource[M]):
    """Settings of the server. All but reading banners is for administrators."""

    @operation
    async def get(self, section: str) -> dict[str, Any]:
        """The settings of a section, under the server's names.

        Args:
            section: `connections`, `code_execution`, `models` (default models and their order), `subagents` (from
                Open WebUI 0.11 on), `tool_servers` or `terminal_servers` (from 0.8 on). The last two hold keys.

        Routes: GET /api/v1/configs/connections, GET /api/v1/configs/code_execution, GET /api/v1/configs/models,
        GET /api/v1/configs/subagents, GET /api/v1/configs/tool_servers, GET /api/v1/configs/terminal_servers.

        Raises:
            ValueError: There is no such section.
            PermissionDeniedError: You are no administrator.
        """
        return await self._http.call(dict[str, Any], "GET", _path(section))

    @operation
    async def update(self, section: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Change these settings of a section and leave the others. All of them afterwards.

        Args:
            section: As for `get`.
            changes: Settings under the server's names.

        Routes: POST /api/v1/configs/connections, POST /api/v1/configs/code_execution, POST /api/v1/configs/models,
        POST /api/v1/configs/subagents, POST /api/v1/configs/tool_servers, POST /api/v1/configs/terminal_servers;
        and GET of the same.

        Raises:
            ValueError: There is no such section, no change, or no such setting in it.
            UnprocessableError: A value does not fit.
            PermissionDeniedError: You are no administrator.
        """
        path = _path(section)
        if not changes:
            raise ValueError("no settings to change")
        current = await self.get(section)
        if unknown := set(changes) - set(current):
            raise ValueError(f"{section} has no setting {', '.join(sorted(unknown))}; it has {', '.join(current)}")
        return await self._http.call(dict[str, Any], "POST", path, json={**current, **changes}, repeatable=True)

    @operation
    async def get_banners(self) -> List[Banner]:
        """List the banners, for everybody. Route: GET /api/v1/configs/banners."""
        return await self._http.call(List[Banner], "GET", "/api/v1/configs/banners")

    @operation
    async def set_banners(self, banners: Iterable[Mapping[str, Any]]) -> List[Banner]:
        """Show these banners and no others. Route: POST /api/v1/configs/banners.

        Raises:
            UnprocessableError: One lacks `id`, `type`, `content`, `dismissible` or `timestamp`.
            PermissionDeniedError: You are no administrator.
        """
        said = {"banners": [dict(banner) for banner in banners]}
        return await self._http.call(List[Banner], "POST", "/api/v1/configs/banners", json=said, repeatable=True)

    @operation
    async def export(self) -> dict[str, Any]:
        """All settings of the server, for `import_`: passwords and keys are among them.

        Route: GET /api/v1/configs/export.

        Raises:
            PermissionDeniedError: You are no administrator.
        """
        return await self._http.call(dict[str, Any], "GET", "/api/v1/configs/export")

    @operation
    async def import_(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """Bring settings from `export`. Open WebUI 0.12 leaves those that are not among it; older ones may not.

        Returns:
            All settings afterwards.

        Route: POST /api/v1/configs/import.

        Raises:
            ValueError: There are none.
            PermissionDeniedError: You are no administrator; or a second factor's settings are among it, which from
                Open WebUI 0.12 on needs a session instead of an API key.
        """
        if not config:
            raise ValueError("no settings to import")
        said = {"config": dict(config)}
        return await self._http.call(dict[str, Any], "POST", "/api/v1/configs/import", json=said, repeatable=True)


def _path(section: str) -> str:
    return f"/api/v1/configs/{one_of(section, SECTIONS, 'a section')}"
