"""Tools: functions in Python that models call while they answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, List

from .._dual import M, operation
from .._records import decode, mapping
from .._server import GRANTS, TOOL_META, TRANSLATIONS
from ..errors import PermissionDeniedError
from ._access import Access, access_fields, granted, grants, in_new_form
from ._plugins import Plugin, Plugins
from ._scripts import body, checked_content, checked_id
from ._sharing import Grants, share

META = ("description", "manifest", "has_user_valves", "i18n")
"""The keys of a tool's `meta` that the server itself knows."""


class Tool(Plugin):
    """A tool, or in lists also a tool server, whose id begins with `server:`."""

    specs: List[dict[str, Any]] | None = None
    """Its functions as models see them: `name`, `description`, `parameters`; None where the server does not say."""
    access_grants: List[dict[str, Any]] | None = None
    """Who may use or change it, besides who made it."""
    write_access: bool | None = None
    """Whether you may change it; None where the server does not say."""


class Tools(Plugins[M, Tool]):
    """Tools that you may use. What needs a right: `workspace.tools`, as their code runs in the server."""

    _area = "tools"
    _record = Tool

    @operation
    async def list(self) -> List[Tool]:
        """List the tools that you may use, those of tool servers too, without their sources.

        Their ids are what a chat takes as `tool_ids`. Route: GET /api/v1/tools/.
        """
        rows = await self._http.call(List[dict[str, Any]], "GET", "/api/v1/tools/")
        return [decode(Tool, {**in_new_form(row), "content": None}) for row in rows]

    @operation
    async def get(self, script_id: str) -> Tool:
        """Fetch one, with its source if you may change it.

        Routes: GET /api/v1/tools/id/{id}; before 0.7 also GET /api/v1/tools/list.

        Raises:
            NotFoundError: There is none of that id.
            PermissionDeniedError: It is not for you.
        """
        row = mapping(await self._http.call(object, "GET", self._of(script_id)))
        if not row:
            raise PermissionDeniedError(f"the tool {script_id!r} is not for you")
        if "write_access" not in row:
            changeable = await self._http.call(List[dict[str, Any]], "GET", "/api/v1/tools/list")
            row = {**row, "user": None, "write_access": row["id"] in [one["id"] for one in changeable]}
        if not row.get("write_access"):
            row = {**row, "content": None}
        return decode(Tool, in_new_form(row))

    @operation
    async def create(
        self,
        tool_id: str,
        content: str,
        *,
        name: str | None = None,
        description: str | None = None,
        access: Access = "private",
    ) -> Tool:
        """Make a tool of a source that has a `class Tools`. The server runs it once to look at it.

        Args:
            tool_id: Letters, digits and underscores; the server makes them small.
            content: The source.
            name: What people see; left out, `title` in the front matter, else the id.
            description: What it is for; left out, `description` in the front matter.
            access: Who may use and change it, besides you and administrators.

        Route: POST /api/v1/tools/create.

        Raises:
            ValueError: The id is none, or the source is empty.
            ConflictError: The id is taken.
            BadRequestError: The source does not run; the server's log says why.
        """
        checked_id(tool_id)
        checked_content(content)
        wanted = grants(access)
        also = access_fields(wanted, await self._server.has(GRANTS))
        return await self._create(tool_id, content, name, description, **also)

    async def _fresh(self) -> dict[str, Any]:
        return access_fields("private", await self._server.has(GRANTS))

    async def _kept(self, current: Tool) -> dict[str, Any]:
        if await self._server.has(GRANTS):
            return {}
        return access_fields(granted(current), server_has_grants=False)  # public where it is left out

    async def _refuse_lost(self, meta: Mapping[str, Any]) -> None:
        if meta.get("i18n"):
            await self._server.require(TRANSLATIONS)
        if any(value is not None for key, value in meta.items() if key not in META):
            await self._server.require(TOOL_META)

    @operation
    async def set_access(self, tool_id: str, access: Access) -> Tool:
        """Say who may use and change it, besides who made it and administrators.

        Routes: POST /api/v1/tools/id/{id}/access/update; before 0.12.4 also GET /api/v1/tools/id/{id}; before 0.8
        POST /api/v1/tools/id/{id}/update.

        Raises:
            NotFoundError: There is no such tool.
            PermissionDeniedError: You may not change it, or not give that access.
        """
        path, wanted = self._of(tool_id, "/access/update"), grants(access)
        has_grants = await self._server.has(GRANTS)
        access_fields(wanted, has_grants)

        async def give(given: Grants) -> Tool:
            fields = access_fields(given, has_grants)
            if has_grants:
                return await self._http.call(Tool, "POST", path, json=fields, repeatable=True)
            said = {**body(tool_id, None, current=await self.get(tool_id)), **fields}
            return await self._plugin("POST", self._of(tool_id, "/update"), json=said, repeatable=True)

        return await share(self._server, wanted, lambda: self.get(tool_id), give)

    @operation
    async def export(self) -> List[Tool]:
        """All tools that you may change, with their sources, for `import_`. Valves are not among it.

        Route: GET /api/v1/tools/export.

        Raises:
            PermissionDeniedError: You may not export tools.
        """
        rows = await self._http.call(List[dict[str, Any]], "GET", "/api/v1/tools/export")
        return [decode(Tool, in_new_form(row)) for row in rows]
