"""Tools: functions in Python that models call while they answer."""

from __future__ import annotations

from typing import Any, List

from .._dual import M, operation
from .._server import GRANTS
from ._access import Access, access_fields, grants
from ._plugins import Plugin, Plugins
from ._scripts import body, checked_content, checked_id


class Tool(Plugin):
    """A tool, or in lists also a tool server, whose id begins with `server:`."""

    specs: List[dict[str, Any]] | None = None
    """Its functions as models see them: `name`, `description`, `parameters`; None in lists."""
    access_grants: List[dict[str, Any]] | None = None
    """Who may use or change it, besides who made it; None before 0.8."""
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
        return await self._http.call(List[Tool], "GET", "/api/v1/tools/")

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

    @operation
    async def set_access(self, tool_id: str, access: Access) -> Tool:
        """Say who may use and change it, besides who made it and administrators.

        Routes: POST /api/v1/tools/id/{id}/access/update; before 0.8 POST /api/v1/tools/id/{id}/update.

        Raises:
            NotFoundError: There is no such tool.
        """
        path, wanted = self._of(tool_id, "/access/update"), grants(access)
        fields = access_fields(wanted, await self._server.has(GRANTS))
        if "access_grants" in fields:
            return await self._http.call(Tool, "POST", path, json=fields, repeatable=True)
        said = {**body(tool_id, None, current=await self.get(tool_id)), **fields}
        return await self._http.call(Tool, "POST", self._of(tool_id, "/update"), json=said, repeatable=True)

    @operation
    async def export(self) -> List[Tool]:
        """All tools that you may change, with their sources, for `import_`. Valves are not among it.

        Route: GET /api/v1/tools/export.

        Raises:
            PermissionDeniedError: You may not export tools.
        """
        return await self._http.call(List[Tool], "GET", "/api/v1/tools/export")
