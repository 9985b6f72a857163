"""Folders: where chats are kept in the side bar."""

from __future__ import annotations

from typing import List

from .._dual import M, operation
from .._http import segment
from .._records import Record
from ..errors import AmbiguousNameError
from ._base import Resource


class Folder(Record):
    """A folder of chats."""

    id: str
    name: str
    parent_id: str | None = None
    """The folder it is in; None at the top level."""
    created_at: int = 0
    """Seconds since 1970."""
    updated_at: int = 0
    """Seconds since 1970."""


class Folders(Resource[M]):
    """Folders of the current user."""

    @operation
    async def list(self) -> List[Folder]:
        """List all folders, of every level. Route: GET /api/v1/folders/."""
        return await self._http.call(List[Folder], "GET", "/api/v1/folders/")

    @operation
    async def find(self, name: str) -> Folder | None:
        """The folder of that name: at the top level, else the only one further down; None when there is none.

        Raises:
            AmbiguousNameError: None at the top level, several further down.
        """
        found = [folder for folder in await self.list() if folder.name == name]
        top = [folder for folder in found if folder.parent_id is None]
        if not top and len(found) > 1:
            raise AmbiguousNameError(
                f"{len(found)} folders are named {name!r}, none at the top level",
                kind="folder",
                name=name,
                matches=found,
            )
        return next(iter(top or found), None)

    @operation
    async def create(self, name: str) -> Folder:
        """Make a folder at the top level. Route: POST /api/v1/folders/.

        Raises:
            ConflictError: There is one of that name.
        """
        if not name.strip():
            raise ValueError(f"a folder needs a name, not {name!r}")
        return await self._http.call(Folder, "POST", "/api/v1/folders/", json={"name": name})

    @operation
    async def delete(self, folder_id: str, *, with_chats: bool) -> None:
        """Delete a folder; its chats go with it, or move out of it. Route: DELETE /api/v1/folders/{id}.

        Raises:
            NotFoundError: There is no such folder.
        """
        path, query = f"/api/v1/folders/{segment(folder_id)}", {"delete_contents": str(with_chats).lower()}
        await self._http.call(bool, "DELETE", path, params=query)
