"""How files get into a knowledge base: upload, put in, take out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import aclosing, suppress

from .._arguments import text
from .._bulk import Progress, for_each
from .._dual import M, operation
from .._records import mapping, mappings
from .._server import CHECKED_DIRECTORIES, CHECKED_ENTRIES, KNOWLEDGE_DIRECTORIES, REPEATED_ENTRIES
from ..errors import BadRequestError, NotFoundError, OpenWebUIError
from ._knowledge_entries import KnowledgeEntries
from ._knowledge_lists import knowledge_path
from ._knowledge_records import Knowledge, Uploads, failed, succeeded, tidy_base
from ._sources import Source, label, named, sources
from .files import File, may_have_arrived

UPLOADS_AT_ONCE = 4
"""A server works at each for a while after it has answered, and its own database takes one writer at a time."""


class KnowledgeFiles(KnowledgeEntries[M]):
    """Gets files into knowledge bases, and out again."""

    @operation
    async def add(self, knowledge_id: str, file_id: str, *, directory_id: str | None = None) -> Knowledge:
        """Put an uploaded, processed file into a knowledge base, at the top or in a directory; twice does no harm.

        Routes: POST /api/v1/knowledge/{id}/file/add; GET /api/v1/knowledge/{id}/files for a directory on servers
        before 0.11.4; for a file that is in it already, on servers before 0.8 also
        POST /api/v1/knowledge/{id}/file/update.

        Raises:
            NotFoundError: There is no such knowledge base, no such file, or no such directory.
            BadRequestError: The file is not processed yet, or another one with the same text is in the knowledge base.
            UnsupportedError: The server is older than 0.9.6, and has no directories.
        """
        knowledge_path(knowledge_id)
        text(file_id, "the id of a file")
        await self._check_directory(knowledge_id, directory_id)
        return await self._add(knowledge_id, file_id, directory_id)

    async def _add(self, knowledge_id: str, file_id: str, directory_id: str | None) -> Knowledge:
        path, body = f"{knowledge_path(knowledge_id)}/file/add", {"file_id": file_id}
        if directory_id:
            body["directory_id"] = directory_id
        try:
            return tidy_base(await self._http.call(Knowledge, "POST", path, json=body))
        except BadRequestError:
            if await self._server.has(REPEATED_ENTRIES) or not await self._is_in(knowledge_id, file_id):
                raise
        return await self._refresh(knowledge_id, file_id)

    async def _add_or_not(self, knowledge_id: str, file_id: str, directory_id: str | None) -> Knowledge:
        """As `_add`, but what fails is not in, even if only the answer was lost."""
        try:
            return await self._add(knowledge_id, file_id, directory_id)
        except BaseException as error:
            if may_have_arrived(error):
                async with self._http.runtime.shield():
                    with suppress(OpenWebUIError):
                        await self._exclude(knowledge_id, file_id)
            raise

    async def _check_directory(self, knowledge_id: str, directory_id: str | None) -> None:
        """Nothing, if the directory is in the knowledge base; older servers lose what is put where none is."""
        if directory_id is None:
            return
        query = {"page": 1, "directory_id": text(directory_id, "the id of a directory")}
        await self._server.require(KNOWLEDGE_DIRECTORIES)
        if await self._server.has(CHECKED_DIRECTORIES):
            return
        answer = await self._http.call(object, "GET", f"{knowledge_path(knowledge_id)}/files", params=query)
        way = mappings(mapping(answer).get("breadcrumbs"))
        if not way or any(step.get("knowledge_id") != knowledge_id for step in way):
            raise NotFoundError(f"there is no directory {directory_id!r} in the knowledge base {knowledge_id}")

    @operation
    async def refresh(self, knowledge_id: str, file_id: str) -> Knowledge:
        """Have a file in a knowledge base indexed again, as after `files.rename`: until then, hits have its old name.

        If that fails, the file is listed and not found; call it again.

        Routes: POST /api/v1/knowledge/{id}/file/update; on servers before 0.8.12 first
        GET /api/v1/knowledge/{id}/files.

        Raises:
            NotFoundError: There is no such knowledge base, or the file is not in it.
            BadRequestError: The server cannot index it; `detail` is its reason.
        """
        knowledge_path(knowledge_id)
        text(file_id, "the id of a file")
        await self._check_entry(knowledge_id, file_id)
        return await self._refresh(knowledge_id, file_id)

    async def _refresh(self, knowledge_id: str, file_id: str) -> Knowledge:
        path, body = f"{knowledge_path(knowledge_id)}/file/update", {"file_id": file_id}
        return tidy_base(await self._http.call(Knowledge, "POST", path, json=body, repeatable=True))

    @operation
    async def remove(self, knowledge_id: str, file_id: str, *, delete_file: bool = False) -> Knowledge:
        """Take a file out of a knowledge base; with `delete_file` it is deleted for good, unless it is not yours.

        A deleted file is gone from all knowledge bases, as with `files.delete`. An administrator deletes those of
        others, too.

        Routes: POST /api/v1/knowledge/{id}/file/remove; to delete it also GET /api/v1/files/{id},
        GET /api/v1/files/search, DELETE /api/v1/files/{id}; on servers before 0.8.12 first
        GET /api/v1/knowledge/{id}/files.

        Raises:
            NotFoundError: There is no such knowledge base, or the file is not in it.
        """
        knowledge_path(knowledge_id)
        text(file_id, "the id of a file")
        await self._check_entry(knowledge_id, file_id)
        name = (await self._files.get(file_id)).filename if delete_file else ""
        base = await self._exclude(knowledge_id, file_id)
        if delete_file and await self._files._is_own(file_id, name):
            await self._files.delete(file_id)
        return base

    async def _check_entry(self, knowledge_id: str, file_id: str) -> None:
        """Nothing, where the file is in the knowledge base; older servers do it with any file."""
        if await self._server.has(CHECKED_ENTRIES):
            return
        if not await self._is_in(knowledge_id, file_id):
            raise NotFoundError(f"the file {file_id} is not in the knowledge base {knowledge_id}")

    async def _is_in(self, knowledge_id: str, file_id: str) -> bool:
        return any(row["id"] == file_id for row in await self._files._all(f"{knowledge_path(knowledge_id)}/files"))

    @operation
    async def upload(
        self, knowledge_id: str, file: Source, *, name: str | None = None, directory_id: str | None = None
    ) -> File:
        """Upload a file, wait until it is processed, and put it into a knowledge base; a failure leaves nothing.

        Args:
            knowledge_id: Its id.
            file: A path, bytes, or a file opened for reading bytes.
            name: What it is called on the server; needed for what has no path.
            directory_id: The directory that it goes into. Left out: the top.

        Routes: GET /api/v1/knowledge/{id}, POST /api/v1/files/, GET /api/v1/files/{id}/process/status,
        POST /api/v1/knowledge/{id}/file/add.

        Raises:
            FileNotFoundError: There is nothing at the path; nothing was sent.
            NotFoundError: There is no such knowledge base or directory; nothing was uploaded.
            BadRequestError: The server cannot read the file, or has the same text in there; `detail` is its reason.
        """
        called = named(file, name)
        await self._check_directory(knowledge_id, directory_id)
        await self.get(knowledge_id)
        return await self._enter(knowledge_id, await self._ready(file, called), directory_id)

    @operation
    async def upload_all(
        self,
        knowledge_id: str,
        files: Source | Iterable[Source],
        *,
        directory_id: str | None = None,
        limit: int = UPLOADS_AT_ONCE,
        progress: Progress | None = None,
    ) -> Uploads:
        """Upload many files into a knowledge base, side by side, and report on each; as `upload` for one.

        Args:
            knowledge_id: Its id.
            files: Paths, or open files that have a name.
            directory_id: The directory that they go into. Left out: the top.
            limit: How many at once.
            progress: Called after each one.

        Routes: GET /api/v1/knowledge/{id}, POST /api/v1/files/, GET /api/v1/files/{id}/process/status,
        POST /api/v1/knowledge/{id}/file/add.

        Raises:
            FileNotFoundError: A path is not there; nothing was sent.
            NotFoundError: There is no such knowledge base; nothing was uploaded.
            ValueError: There are no files.
        """
        listed = [(source, named(source)) for source in sources(files)]
        if not listed:
            raise ValueError("there are no files to upload")
        await self._check_directory(knowledge_id, directory_id)
        await self.get(knowledge_id)

        async def put(one: tuple[Source, str]) -> File:
            return await self._enter(knowledge_id, await self._ready(*one), directory_id)

        outcomes = await for_each(self._http.runtime, listed, put, limit=limit, progress=progress)
        return Uploads(succeeded=succeeded(outcomes), failed=failed(outcomes, lambda one: label(one[0])))

    async def _ready(self, file: Source, name: str, metadata: Mapping[str, str] | None = None) -> File:
        """Uploaded and processed."""
        made = await self._files._upload(file, name, metadata=metadata)
        await self._files._processed(made.id)
        return made

    async def _enter(self, knowledge_id: str, file: File, directory_id: str | None) -> File:
        """Into the knowledge base with a file of ours, or away with it."""
        try:
            answer = await self._add_or_not(knowledge_id, file.id, directory_id)
        except BaseException:
            await self._files._give_up(file.id)
            raise
        entries = {row.get("id"): row for row in mappings(answer.get("files"))}
        known = {name: value for name, value in file.items() if name != "data"}
        return File(**{**known, **entries.get(file.id, {})})

    async def _discard(self, knowledge_id: str, file_id: str, name: str) -> None:
        """Out of the knowledge base, and deleted if nothing else holds it."""
        await self._exclude(knowledge_id, file_id)
        await self._let_go(file_id, name)

    async def _let_go(self, file_id: str, name: str) -> None:
        """Delete a file that is in none of the knowledge bases that you can read, unless it is somebody else's."""
        async with aclosing(self._entries_named(name)) as found:
            if any([file.id == file_id async for file in found]):
                return
        if await self._files._is_own(file_id, name):
            with suppress(NotFoundError):
                await self._files._delete(file_id)
