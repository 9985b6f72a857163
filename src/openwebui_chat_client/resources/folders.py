"""Folders: where chats are kept in the side bar."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any, List

from .._arguments import text, texts
from .._dual import M, operation
from .._http import segment
from .._server import NESTED_FOLDERS
from ..errors import AmbiguousNameError, ConflictError, NotFoundError, OpenWebUIError
from ._folder_sharing import Folder, FolderChat, FolderSharing, SharedFolder

__all__ = ["Folder", "FolderChat", "Folders", "SharedFolder"]


class Folders(FolderSharing[M]):
    """Folders of the current user. A path is names from the top level on: `"A/B/C"`, or `["A", "B/C"]`."""

    @operation
    async def list(self) -> List[Folder]:
        """List all folders, of every level. Route: GET /api/v1/folders/.

        Raises:
            PermissionDeniedError: Folders are switched off, or not for you.
        """
        return await self._http.call(List[Folder], "GET", "/api/v1/folders/")

    @operation
    async def get(self, folder_id: str) -> Folder:
        """Fetch one folder, with its `data`. Route: GET /api/v1/folders/{id}.

        Raises:
            NotFoundError: There is no such folder, or it is not for you.
        """
        return await self._http.call(Folder, "GET", f"/api/v1/folders/{segment(folder_id)}")

    @operation
    async def find(self, name: str) -> Folder | None:
        """The folder of that name: at the top level, else the only one further down; None when there is none.

        Route: GET /api/v1/folders/.

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
    async def find_path(self, path: str | Iterable[str]) -> Folder | None:
        """The folder at that path, such as `"A/B/C"`; None when there is none. Route: GET /api/v1/folders/.

        Raises:
            ValueError: The path is empty, or a name in it is.
        """
        names = path_names(path)
        return _descend(await self.list(), names)[-1]

    @operation
    async def create(
        self,
        name: str,
        parent_id: str | None = None,
        *,
        data: dict[str, Any] | None = None,
        meta: dict[str, Any] | None = None,
    ) -> Folder:
        """Make a folder at the top level, or in another folder.

        Args:
            name: Its name.
            parent_id: The folder that it shall be in.
            data: What holds for its chats, as for `update`.
            meta: Its `icon`, and the like.

        Routes: POST /api/v1/folders/, GET /api/v1/folders/{id}; before 0.8 in a folder GET /api/v1/folders/,
            POST /api/v1/folders/{id}/update/parent, POST /api/v1/folders/{id}/update, DELETE /api/v1/folders/{id}.

        Raises:
            ConflictError: There is one of that name, whatever the case; servers before 0.11 take `_` for any letter and
                `%` for any letters in it.
            NotFoundError: There is no such folder to make it in.
        """
        text(name, "a name for the folder")
        given = {"name": name, "parent_id": parent_id, "data": data, "meta": meta}
        body = {key: value for key, value in given.items() if value is not None}
        if parent_id is None:
            return await self._http.call(Folder, "POST", "/api/v1/folders/", json=body)
        await self.get(parent_id)  # the server would take any parent, and put the folder to the top level later
        if not await self._server.has(NESTED_FOLDERS):
            return await self._made_inside(parent_id, body)
        return await self._http.call(Folder, "POST", "/api/v1/folders/", json=body)

    @operation
    async def create_path(self, path: str | Iterable[str]) -> Folder:
        """The folder at that path; what is missing of it is made.

        Routes: GET /api/v1/folders/, POST /api/v1/folders/.

        Raises:
            ValueError: The path is empty, or a name in it is.
        """
        names = path_names(path)
        there = _descend(await self.list(), names)
        found = there[0] or await self._made(names[0], None)
        for folder, name in zip(there[1:], names[1:], strict=True):
            found = folder or await self._made(name, found.id)
        return found

    @operation
    async def rename(self, folder_id: str, name: str) -> Folder:
        """Give a folder another name. Route: POST /api/v1/folders/{id}/update.

        Raises:
            NotFoundError: There is no such folder.
            ConflictError: There is one of that name beside it, whatever the case.
        """
        return await self.update(folder_id, name=text(name, "a name for the folder"))

    @operation
    async def update(
        self,
        folder_id: str,
        *,
        name: str | None = None,
        data: dict[str, Any] | None = None,
        meta: dict[str, Any] | None = None,
    ) -> Folder:
        """Change what is given of a folder. Route: POST /api/v1/folders/{id}/update.

        Args:
            folder_id: The folder.
            name: Its name.
            data: What holds for its chats: `system_prompt`, and `files`, each such as `{"type": "collection", "id": …}`
                for a knowledge base or `{"type": "file", "id": …}`. Keys that are left out stay.
            meta: Its `icon`, and the like. Keys that are left out stay.

        Raises:
            NotFoundError: There is no such folder.
            ConflictError: There is one of that name beside it, whatever the case.
            ValueError: Nothing is given.
        """
        given = {"name": name, "data": data, "meta": meta}
        body = {key: value for key, value in given.items() if value is not None}
        if not body:
            raise ValueError("nothing to change: give a name, data or meta")
        path = f"/api/v1/folders/{segment(folder_id)}/update"
        return await self._http.call(Folder, "POST", path, json=body, repeatable=True)

    @operation
    async def move(self, folder_id: str, parent_id: str | None) -> Folder:
        """Put a folder, with all that is in it, into another one, or with None to the top level.

        Routes: GET /api/v1/folders/, POST /api/v1/folders/{id}/update/parent.

        Raises:
            NotFoundError: There is no such folder, or none to put it into.
            ConflictError: There is one of that name, whatever the case.
            ValueError: It would be in itself, which hides both.
        """
        segment(folder_id)
        if parent_id is not None:
            segment(parent_id)
            parents = {folder.id: folder.parent_id for folder in await self.list()}
            if parent_id not in parents:
                raise NotFoundError(f"there is no folder {parent_id!r} to put a folder into")
            if folder_id in _line_up(parent_id, parents):
                raise ValueError(f"folder {folder_id!r} cannot be put into {parent_id!r}, which is itself or in it")
        return await self._put(folder_id, parent_id)

    @operation
    async def delete(self, folder_id: str, *, with_chats: bool) -> None:
        """Delete a folder and its sub-folders; their chats go with them, or move out of any folder.

        Route: DELETE /api/v1/folders/{id}.

        Raises:
            NotFoundError: There is no such folder.
            PermissionDeniedError: You may not delete chats.
        """
        path, query = f"/api/v1/folders/{segment(folder_id)}", {"delete_contents": "true" if with_chats else "false"}
        await self._http.call(bool, "DELETE", path, params=query)

    async def _put(self, folder_id: str, parent_id: str | None) -> Folder:
        path = f"/api/v1/folders/{segment(folder_id)}/update/parent"
        return await self._http.call(Folder, "POST", path, json={"parent_id": parent_id}, repeatable=True)

    async def _made_inside(self, parent_id: str, body: dict[str, Any]) -> Folder:
        """A folder in another one, from a server that makes them at the top level, where the name may be taken."""
        name = str(body["name"])
        if any((one.parent_id, one.name.lower()) == (parent_id, name.lower()) for one in await self.list()):
            raise ConflictError(f"there is a folder {name!r} in folder {parent_id!r} already")
        at_first = {**body, "name": f"{name} {uuid.uuid4()}"}
        made = await self._http.call(Folder, "POST", "/api/v1/folders/", json=at_first)
        try:
            await self._put(made.id, parent_id)
            return await self.rename(made.id, name)
        except OpenWebUIError:
            await self.delete(made.id, with_chats=False)
            raise

    async def _made(self, name: str, parent_id: str | None) -> Folder:
        """A new folder; when there is one that the server takes for the same, or somebody was faster, that one."""
        try:
            return await self.create(name, parent_id)
        except ConflictError:
            beside = [folder for folder in await self.list() if folder.parent_id == parent_id]
            same = [folder for folder in beside if folder.name.lower() == name.lower()]
            if not same:
                raise
            return same[0]


def path_names(path: str | Iterable[str]) -> List[str]:
    """The names in a path.

    Raises:
        ValueError: It is empty, or a name in it is.
    """
    names = texts(path.strip("/").split("/") if isinstance(path, str) else path)
    if not names:
        raise ValueError(f"a path of folders is needed, not {path!r}")
    return names


def path_of(folder_id: str, folders: Iterable[Folder]) -> List[str]:
    """The names of the folders that lead to this one, from the top level on; none if it is not among them."""
    known = {folder.id: folder for folder in folders}
    line = _line_up(folder_id, {folder.id: folder.parent_id for folder in known.values()})
    return [known[one].name for one in reversed(line)]


def _line_up(folder_id: str | None, parents: dict[str, str | None]) -> List[str]:
    """The folder, the one it is in, and so on up to the top level."""
    line: dict[str, None] = {}
    while folder_id in parents and folder_id not in line:
        line[folder_id] = None
        folder_id = parents[folder_id]
    return list(line)


def _descend(folders: Iterable[Folder], names: Sequence[str]) -> List[Folder | None]:
    """The folder for each name of a path; None from the first on that is missing."""
    by_place = {(folder.parent_id, folder.name): folder for folder in folders}
    found: List[Folder | None] = []
    for number, name in enumerate(names):
        above = found[-1] if found else None
        found.append(by_place.get((above.id if above else None, name)) if above or number == 0 else None)
    return found
