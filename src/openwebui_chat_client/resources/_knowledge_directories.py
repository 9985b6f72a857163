"""The directories in a knowledge base: list, make, rename, move, delete, and which file is in which."""

from __future__ import annotations

from typing import Any, List

from .._arguments import text
from .._dual import M, operation
from .._http import segment
from .._server import KNOWLEDGE_DIRECTORIES, SPARING_CLEANUP
from ._knowledge_files import KnowledgeFiles
from ._knowledge_lists import knowledge_path
from ._knowledge_records import Directory


class KnowledgeDirectories(KnowledgeFiles[M]):
    """Puts the files of a knowledge base into directories. Servers have them from 0.9.6 on."""

    @operation
    async def directories(self, knowledge_id: str, parent_id: str | None = None) -> List[Directory]:
        """List the directories in a directory, by name; not those below them.

        Args:
            knowledge_id: The knowledge base.
            parent_id: The directory; in one that is not there is nothing. Left out: the top.

        Route: GET /api/v1/knowledge/{id}/files.

        Raises:
            NotFoundError: There is no such knowledge base.
            PermissionDeniedError: It is not for you.
            UnsupportedError: The server is older than 0.9.6.
        """
        knowledge_path(knowledge_id)
        where = "" if parent_id is None else segment(parent_id)
        await self._server.require(KNOWLEDGE_DIRECTORIES)
        return await self._directories(knowledge_id, where)

    @operation
    async def create_directory(self, knowledge_id: str, name: str, *, parent_id: str | None = None) -> Directory:
        """Make a directory, at the top or in another one. At the top, the server takes a name twice.

        Routes: POST /api/v1/knowledge/{id}/dirs/create; GET /api/v1/knowledge/{id}/files on servers before 0.11.4.

        Raises:
            ValueError: The name is empty, or has a slash in it.
            NotFoundError: There is no such knowledge base, or no such directory to make it in.
            BadRequestError: There is one of that name.
            PermissionDeniedError: You may not change the knowledge base.
            UnsupportedError: The server is older than 0.9.6.
        """
        knowledge_path(knowledge_id)
        plain = _plain(name)
        await self._check_directory(knowledge_id, parent_id)
        await self._server.require(KNOWLEDGE_DIRECTORIES)
        return await self._make_directory(knowledge_id, plain, parent_id)

    async def _make_directory(self, knowledge_id: str, name: str, parent_id: str | None) -> Directory:
        path, body = f"{knowledge_path(knowledge_id)}/dirs/create", {"name": name, "parent_id": parent_id}
        return await self._http.call(Directory, "POST", path, json=body)

    @operation
    async def rename_directory(self, knowledge_id: str, directory_id: str, name: str) -> Directory:
        """Give a directory another name. Route: POST /api/v1/knowledge/{id}/dirs/{dir_id}/update.

        Raises:
            ValueError: The name is empty, or has a slash in it.
            NotFoundError: There is no such knowledge base, or no such directory in it.
            BadRequestError: There is one of that name.
            PermissionDeniedError: You may not change the knowledge base.
            UnsupportedError: The server is older than 0.9.6.
        """
        return await self._update_directory(knowledge_id, directory_id, {"name": _plain(name)})

    @operation
    async def move_directory(self, knowledge_id: str, directory_id: str, parent_id: str | None) -> Directory:
        """Put a directory with all that is in it into another one; None is the top.

        Routes: POST /api/v1/knowledge/{id}/dirs/{dir_id}/update; GET /api/v1/knowledge/{id}/files on servers before
        0.11.4.

        Raises:
            NotFoundError: There is no such knowledge base, or one of the directories is not in it.
            BadRequestError: There is one of that name, or it would be in itself.
            PermissionDeniedError: You may not change the knowledge base.
            UnsupportedError: The server is older than 0.9.6.
        """
        _directory_path(knowledge_id, directory_id)
        await self._check_directory(knowledge_id, parent_id)
        return await self._update_directory(knowledge_id, directory_id, {"parent_id": parent_id})

    async def _update_directory(self, knowledge_id: str, directory_id: str, body: dict[str, Any]) -> Directory:
        path = f"{_directory_path(knowledge_id, directory_id)}/update"
        await self._server.require(KNOWLEDGE_DIRECTORIES)
        return await self._http.call(Directory, "POST", path, json=body, repeatable=True)

    @operation
    async def delete_directory(self, knowledge_id: str, directory_id: str, *, with_files: bool) -> None:
        """Delete a directory and those below it.

        Args:
            knowledge_id: The knowledge base.
            directory_id: The directory.
            with_files: If True, the files in them go too, and are deleted on the server unless another knowledge base
                holds them. If False, they move to where the directory was.

        Routes: DELETE /api/v1/knowledge/{id}/dirs/{dir_id}/delete; with files on servers before 0.11.4 also
        GET /api/v1/knowledge/{id}/files, POST /api/v1/knowledge/{id}/file/remove,
        GET /api/v1/knowledge/search/files, DELETE /api/v1/files/{id}.

        Raises:
            NotFoundError: There is no such knowledge base, or no such directory in it.
            PermissionDeniedError: You may not change the knowledge base.
            UnsupportedError: The server is older than 0.9.6.
        """
        path = f"{_directory_path(knowledge_id, directory_id)}/delete"
        await self._server.require(KNOWLEDGE_DIRECTORIES)
        if with_files and not await self._server.has(SPARING_CLEANUP):
            await self._check_directory(knowledge_id, directory_id)
            await self._discard_below(knowledge_id, directory_id)
        query = {"move_files": str(not with_files).lower()}
        await self._http.call(object, "DELETE", path, params=query)

    async def _discard_below(self, knowledge_id: str, directory_id: str) -> None:
        """Servers before 0.11.4 forget where such files are, and leave them to be found."""
        for directory in await self.directories(knowledge_id, directory_id):
            await self._discard_below(knowledge_id, directory.id)
        for file in await self.files(knowledge_id, directory_id=directory_id):
            await self._discard(knowledge_id, file.id, file.filename)

    @operation
    async def move(self, knowledge_id: str, file_id: str, directory_id: str | None) -> None:
        """Put a file in a knowledge base into a directory of it; None is the top.

        Route: POST /api/v1/knowledge/{id}/file/move.

        Raises:
            NotFoundError: There is no such knowledge base, or the file or the directory is not in it.
            PermissionDeniedError: You may not change the knowledge base.
            UnsupportedError: The server is older than 0.9.6.
        """
        path = f"{knowledge_path(knowledge_id)}/file/move"
        where = None if directory_id is None else text(directory_id, "the id of a directory")
        body = {"file_id": text(file_id, "the id of a file"), "directory_id": where}
        await self._server.require(KNOWLEDGE_DIRECTORIES)
        await self._http.call(object, "POST", path, json=body, repeatable=True)


def _directory_path(knowledge_id: str, directory_id: str) -> str:
    return f"{knowledge_path(knowledge_id)}/dirs/{segment(directory_id)}"


def _plain(name: str) -> str:
    if "/" in text(name, "a name"):
        raise ValueError(f"a directory needs a name without slashes, not {name!r}")
    return name
