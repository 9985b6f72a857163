"""Settings of the server, for administrators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, List

from .._arguments import one_of
from .._dual import M, operation
from .._records import Record, decode, mapping
from .._server import COMPACTION, PARTIAL_CONFIGS, SUBAGENTS, TERMINAL_SERVERS
from ._base import Resource

SECTIONS = ("connections", "code_execution", "models", "subagents", "tool_servers", "terminal_servers")
PATHS = {
    **{section: (f"/api/v1/configs/{section}", f"/api/v1/configs/{section}") for section in SECTIONS},
    "tasks": ("/api/v1/tasks/config", "/api/v1/tasks/config/update"),
    "chats": ("/api/v1/chats/config", "/api/v1/chats/config"),
}
"""The sections, each with where it is read and where it is written."""
NEEDS = {"subagents": SUBAGENTS, "terminal_servers": TERMINAL_SERVERS, "chats": COMPACTION}


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


class Suggestion(Record):
    """A question that an empty chat proposes."""

    title: List[str]
    """Two lines: what stands large, and what stands small."""
    content: str
    """What is asked."""


class Configs(Resource[M]):
    """Settings of the server. All but reading banners and `tasks` is for administrators."""

    @operation
    async def get(self, section: str) -> dict[str, Any]:
        """The settings of a section, under the server's names.

        Args:
            section: `connections`, `code_execution`, `models` (default models and their order), `subagents` (from
                Open WebUI 0.11 on), `tool_servers` or `terminal_servers` (from 0.8 on), which hold keys; `tasks`
                (the model and the prompts for titles, tags and the like); or `chats` (context compaction and the
                like, from 0.10 on).

        Routes: GET /api/v1/configs/connections, GET /api/v1/configs/code_execution, GET /api/v1/configs/models,
        GET /api/v1/configs/subagents, GET /api/v1/configs/tool_servers, GET /api/v1/configs/terminal_servers,
        GET /api/v1/tasks/config, GET /api/v1/chats/config.

        Raises:
            ValueError: There is no such section.
            PermissionDeniedError: You are no administrator; everybody may read `tasks`.
            UnsupportedError: The server is too old for the section.
        """
        path, _ = _paths(section)
        if section in NEEDS:
            await self._server.require(NEEDS[section])
        return await self._http.call(dict[str, Any], "GET", path)

    @operation
    async def update(self, section: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Change these settings of a section and leave the others. All of them afterwards.

        Args:
            section: As for `get`.
            changes: Settings under the server's names.

        Routes: POST /api/v1/configs/connections, POST /api/v1/configs/code_execution, POST /api/v1/configs/models,
        POST /api/v1/configs/subagents, POST /api/v1/configs/tool_servers, POST /api/v1/configs/terminal_servers,
        POST /api/v1/tasks/config/update, POST /api/v1/chats/config; and GET of the same.

        Raises:
            ValueError: There is no such section, no change, or no such setting in it.
            UnprocessableError: A value does not fit.
            PermissionDeniedError: You are no administrator.
            UnsupportedError: The server is too old for the section.
        """
        _, path = _paths(section)
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
    async def set_suggestions(self, suggestions: Iterable[Mapping[str, Any]]) -> List[Suggestion]:
        """Propose these questions in the browser's empty chats, and no others. All of them afterwards.

        Route: POST /api/v1/configs/suggestions.

        Raises:
            UnprocessableError: One lacks `title` or `content`.
            PermissionDeniedError: You are no administrator.
        """
        body = {"suggestions": [dict(one) for one in suggestions]}
        found = await self._http.call(object, "POST", "/api/v1/configs/suggestions", json=body, repeatable=True)
        return decode(List[Suggestion], found if isinstance(found, list) else mapping(found).get("suggestions"))

    @operation
    async def export(self) -> dict[str, Any]:
        """The settings of the server that were ever changed, for `import_`: passwords and keys are among them.

        Their names have dots, as in `ui.banners`. Servers before 0.10 have nested objects instead, as in
        `{"ui": {"banners": []}}`, and some other names: bring what one server exported to servers of its time.

        Route: GET /api/v1/configs/export.

        Raises:
            PermissionDeniedError: You are no administrator.
        """
        return await self._http.call(dict[str, Any], "GET", "/api/v1/configs/export")

    @operation
    async def import_(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """Bring settings from `export`; those that are not among it stay as they are.

        Args:
            config: Settings by name. Servers before 0.10 take nested objects too, key by key.

        Returns:
            All settings afterwards, as `export` gives them.

        Routes: POST /api/v1/configs/import, before that on servers before 0.10 GET /api/v1/configs/export.

        Raises:
            ValueError: There are none.
            PermissionDeniedError: You are no administrator; or a second factor's settings are among it, which from
                Open WebUI 0.12 on needs a session instead of an API key.
        """
        if not config:
            raise ValueError("no settings to import")
        async with self._http.runtime.hold("settings of the server"):
            wanted = dict(config)
            if not await self._server.has(PARTIAL_CONFIGS):
                wanted = merged(await self.export(), nested(config))
            said = {"config": wanted}
            return await self._http.call(dict[str, Any], "POST", "/api/v1/configs/import", json=said, repeatable=True)


def nested(config: Mapping[str, Any]) -> dict[str, Any]:
    """Settings whose names have dots, as objects in objects: the form of servers before 0.10."""
    found: dict[str, Any] = {}
    for name, value in config.items():
        section, _, rest = name.partition(".")
        found = merged(found, {section: nested({rest: value}) if rest else value})
    return found


def merged(former: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """One object over the other, key by key at every depth."""
    both = {
        name: merged(mapping(former[name]), mapping(value))
        for name, value in changes.items()
        if isinstance(value, dict) and isinstance(former.get(name), dict)
    }
    return {**former, **changes, **both}


def _paths(section: str) -> tuple[str, str]:
    return PATHS[one_of(section, PATHS, "a section")]
