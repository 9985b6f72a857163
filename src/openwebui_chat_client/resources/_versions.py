"""What keeps its former versions has in common: prompts, tools, functions, skills."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, List, TypeVar

from .._arguments import text
from .._dual import M, operation
from .._http import segment
from .._pages import numbered
from .._records import Record, decode, mapping, mappings, strings
from .._server import VERSION_DIFFS, Feature
from .._times import seconds
from ._base import Resource

R = TypeVar("R")


class SavedVersion(Record):
    """A version as the server keeps it."""

    id: str
    parent_id: str | None = None
    """The version before it."""
    user_id: str = ""
    """Who saved it."""
    commit_message: str | None = None
    snapshot: dict[str, Any] | None = None
    """What was saved; lists of tools and functions come without it."""
    created_at: int = 0
    """Seconds since 1970."""

    @property
    def created(self) -> datetime | None:
        """When it was saved."""
        return seconds(self.created_at)


class VersionDiff(Record):
    """What one version has other than another."""

    metadata: dict[str, Any]
    """What differs besides the text, by field: `before` and `after`."""
    content_diff: str
    """What differs in the text, as a unified diff; empty for skills, which have `files`."""
    files: List[dict[str, Any]]
    """Of skills: each file that differs, with `path`, `status` (`added`, `deleted`, `modified`) and `binary`."""


class Versioned(Resource[M], Generic[M, R]):
    """Things of one area that the server keeps all versions of. In the routes, `{area}` is that area."""

    _area: str
    _record: type[R]
    _keeps: Feature
    """What the server needs for it."""
    _first_page = 1
    """The number of the server's first page of versions."""

    def _of(self, thing_id: str, rest: str = "") -> str:
        """The path of a thing, or of something below it."""
        return f"/api/v1/{self._area}/id/{segment(thing_id)}{rest}"

    def _as_record(self, row: dict[str, Any]) -> R:
        return decode(self._record, row)

    @operation
    async def history(self, thing_id: str, page: int = 1) -> List[SavedVersion]:
        """List saved versions, newest first; those of one second in any order.

        Args:
            thing_id: Whose.
            page: From 1, of 20 each; one beyond the last is empty.

        Route: GET /api/v1/{area}/id/{id}/history.

        Raises:
            NotFoundError: There is no such thing.
            UnsupportedError: The server keeps no versions of it.
        """
        path, query = self._of(thing_id, "/history"), {"page": numbered(page) - 1 + self._first_page}
        await self._server.require(self._keeps)
        return await self._http.call(List[SavedVersion], "GET", path, params=query)

    @operation
    async def get_version(self, thing_id: str, version_id: str) -> SavedVersion:
        """Fetch one saved version, with what was saved.

        Route: GET /api/v1/{area}/id/{id}/history/{history_id}.

        Raises:
            NotFoundError: There is no such version of it.
        """
        path = self._of(thing_id, f"/history/{segment(version_id)}")
        await self._server.require(self._keeps)
        return await self._http.call(SavedVersion, "GET", path)

    @operation
    async def diff(self, thing_id: str, from_id: str, to_id: str) -> VersionDiff:
        """What the saved version `to_id` has other than `from_id`.

        Route: GET /api/v1/{area}/id/{id}/history/diff.

        Raises:
            NotFoundError: There is no such thing, or no such version of it.
            UnsupportedError: The server is older than 0.12.
        """
        path = self._of(thing_id, "/history/diff")
        query = {"from_id": text(from_id, "a version's id"), "to_id": text(to_id, "a version's id")}
        await self._server.require(VERSION_DIFFS)
        return difference(await self._http.call(dict[str, Any], "GET", path, params=query))

    @operation
    async def restore(self, thing_id: str, version_id: str) -> R:
        """Make a saved version the current one; those saved after it stay.

        Route: POST /api/v1/{area}/id/{id}/update/version.

        Raises:
            NotFoundError: There is no such thing, or no such version of it; of prompts a BadRequestError.
        """
        path = self._of(thing_id, "/update/version")
        await self._server.require(self._keeps)
        said = {"version_id": version_id}
        return self._as_record(await self._http.call(dict[str, Any], "POST", path, json=said, repeatable=True))

    @operation
    async def delete_version(self, thing_id: str, version_id: str) -> None:
        """Forget a saved version, for good. The current one cannot be.

        Route: DELETE /api/v1/{area}/id/{id}/history/{history_id}.

        Raises:
            NotFoundError: There is no such version of it.
            BadRequestError: It is the current one.
        """
        path = self._of(thing_id, f"/history/{segment(version_id)}")
        await self._server.require(self._keeps)
        await self._http.call(bool, "DELETE", path)


def difference(found: dict[str, Any]) -> VersionDiff:
    """A difference in one form; of prompts the server sends both versions whole."""
    before, after = mapping(found.get("from_snapshot")), mapping(found.get("to_snapshot"))
    fields = {**before, **after}.keys() - {"content"}
    changed = {
        field: {"before": before.get(field), "after": after.get(field)}
        for field in sorted(fields)
        if before.get(field) != after.get(field)
    }
    lines = found.get("content_diff") or ""
    return VersionDiff(
        metadata=mapping(found.get("metadata")) or changed,
        content_diff=lines if isinstance(lines, str) else "\n".join(line.rstrip("\n") for line in strings(lines)),
        files=mappings(found.get("files")),
    )
