"""Functions: filters, pipes and actions in Python that change how the server works; for administrators."""

from __future__ import annotations

from typing import List

from .._dual import M, operation
from ._plugins import Plugin, Plugins
from ._switches import switch


class Function(Plugin):
    """A function."""

    type: str = ""
    """`filter`, `pipe`, `action` or `event`: which class its source has."""
    is_active: bool = False
    """Whether it works at all; a new one does not."""
    is_global: bool = False
    """Whether a filter or action works with every model, and not only with those that name it."""


class Functions(Plugins[M, Function]):
    """Functions of the server; only administrators see more than their names."""

    _area = "functions"
    _record = Function

    @operation
    async def list(self) -> List[Function]:
        """List all functions, without their sources. Route: GET /api/v1/functions/."""
        return await self._http.call(List[Function], "GET", "/api/v1/functions/")

    @operation
    async def create(
        self, function_id: str, content: str, *, name: str | None = None, description: str | None = None
    ) -> Function:
        """Make a function of a source that has a `class Filter`, `Pipe`, `Action` or `Event`; it is not active yet.

        Args:
            function_id: Letters, digits and underscores; the server makes them small.
            content: The source. The server runs it once to look at it.
            name: What people see; left out, `title` in the front matter, else the id.
            description: What it is for; left out, `description` in the front matter.

        Route: POST /api/v1/functions/create.

        Raises:
            ValueError: The id is none, or the source is empty.
            ConflictError: The id is taken.
            BadRequestError: The source does not run; the server's log says why.
            PermissionDeniedError: You are no administrator.
        """
        return await self._create(function_id, content, name, description)

    @operation
    async def delete(self, script_id: str) -> None:
        """Delete one, with its valves and versions, for good.

        Routes: GET /api/v1/functions/id/{id}, DELETE /api/v1/functions/id/{id}/delete.

        Raises:
            NotFoundError: There is none of that id.
        """
        await self.get(script_id)  # the server itself says yes also for what is not there
        await self._http.call(bool, "DELETE", self._of(script_id, "/delete"))

    @operation
    async def enable(self, function_id: str) -> Function:
        """Let it work; also if it does already.

        Routes: GET /api/v1/functions/id/{id}, POST /api/v1/functions/id/{id}/toggle.

        Raises:
            NotFoundError: There is no such function.
        """
        return await self._switch(function_id, "/toggle", "is_active", wanted=True)

    @operation
    async def disable(self, function_id: str) -> Function:
        """Let it rest; also if it does already.

        Routes: GET /api/v1/functions/id/{id}, POST /api/v1/functions/id/{id}/toggle.

        Raises:
            NotFoundError: There is no such function.
        """
        return await self._switch(function_id, "/toggle", "is_active", wanted=False)

    @operation
    async def set_global(self, function_id: str, *, is_global: bool) -> Function:
        """Let a filter or action work with every model, or only with those that name it.

        Routes: GET /api/v1/functions/id/{id}, POST /api/v1/functions/id/{id}/toggle/global.

        Raises:
            NotFoundError: There is no such function.
        """
        return await self._switch(function_id, "/toggle/global", "is_global", wanted=is_global)

    async def _switch(self, function_id: str, rest: str, field: str, *, wanted: bool) -> Function:
        path = self._of(function_id, rest)

        async def toggle() -> Function:
            return await self._http.call(Function, "POST", path)

        return await switch(lambda: self.get(function_id), toggle, field, wanted=wanted)

    @operation
    async def export(self, *, include_valves: bool = False) -> List[Function]:
        """All functions with their sources, for `import_`.

        Args:
            include_valves: Whether what is set of their valves is there as `valves`: it may hold secrets.

        Route: GET /api/v1/functions/export.

        Raises:
            PermissionDeniedError: You are no administrator.
        """
        query = {"include_valves": str(include_valves).lower()}
        return await self._http.call(List[Function], "GET", "/api/v1/functions/export", params=query)
