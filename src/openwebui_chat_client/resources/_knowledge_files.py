"""The files in a knowledge base: list, upload, put in, take out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing, suppress
from typing import Any, List

from .._arguments import text
from .._bulk import Progress, for_each
from .._dual import Done, M, operation, streaming
from .._pages import items, walk
from .._records import mappings
from ..errors import OpenWebUIError
from ._knowledge_calls import PAGE, KnowledgeCalls, knowledge_path
from ._knowledge_records import Knowledge, KnowledgeFile, Uploads, failed, succeeded
from ._sources import Source, label, named, sources
from .files import File

UPLOADS_AT_ONCE = 4
"""A server works at each for a while after it has answered, and its own database takes one writer at a time."""


class KnowledgeFiles(KnowledgeCalls[M]):
    """Gets files into knowledge bases, and out again."""

    @operation
    async def files(self, knowledge_id: str, page: int | None = None) -> List[KnowledgeFile]:
        """List the files in a knowledge base, the last changed first, without their text.

        Args:
            knowledge_id: Its id.
            page: From 1, of 30 each; one beyond the last is empty. Left out: all of them.

        Route: GET /api/v1/knowledge/{id}/files.

        Raises:
            NotFoundError: There is no such knowledge base.
        """
        if page is None:
            async with self.iter_files(knowledge_id) as files:
                return [file async for file in files]
        if page < 1:
            raise ValueError(f"pages are counted from 1, not {page}")
        return await self._files_page(f"{knowledge_path(knowledge_id)}/files", {"page": page})

    @streaming(type(None))
    async def iter_files(self, knowledge_id: str) -> AsyncGenerator[KnowledgeFile | Done[None]]:
        """Every file in a knowledge base, the last changed first, page by page.

        Route: GET /api/v1/knowledge/{id}/files.
        """
        path = f"{knowledge_path(knowledge_id)}/files"

        async def fetch(page: int) -> List[KnowledgeFile]:
            return await self._files_page(path, {"page": page})

        async with aclosing(walk(fetch, size=PAGE)) as files:
            async for file in files:
                yield file
        yield Done(None)

    @streaming(type(None))
    async def search_files(self, name: str) -> AsyncGenerator[KnowledgeFile | Done[None]]:
        """Files with this in their names, in any of your knowledge bases, the last changed first, page by page.

        On recent servers, the key `collection` of each is the knowledge base that it is in; one in two comes once.

        Route: GET /api/v1/knowledge/search/files.

        Raises:
            ValueError: The text is empty.
        """
        text(name, "a part of a name")

        async def fetch(page: int) -> List[KnowledgeFile]:
            return await self._files_page("/api/v1/knowledge/search/files", {"query": name, "page": page})

        async with aclosing(walk(fetch, size=PAGE)) as files:
            async for file in files:
                yield file
        yield Done(None)

    async def _files_page(self, path: str, query: dict[str, Any]) -> List[KnowledgeFile]:
        return items(List[KnowledgeFile], await self._http.call(object, "GET", path, params=query))

    @operation
    async def add(self, knowledge_id: str, file_id: str) -> Knowledge:
        """Put an uploaded, processed file into a knowledge base. Route: POST /api/v1/knowledge/{id}/file/add.

        Raises:
            NotFoundError: There is no such knowledge base, or no such file.
            BadRequestError: The file is not processed yet, or the same text is in the knowledge base already.
        """
        if not file_id.strip():
            raise ValueError(f"the id of a file is needed, not {file_id!r}")
        return await self._add(knowledge_id, file_id, None)

    async def _add(self, knowledge_id: str, file_id: str, directory_id: str | None) -> Knowledge:
        body = {"file_id": file_id, **({"directory_id": directory_id} if directory_id else {})}
        return await self._http.call(Knowledge, "POST", f"{knowledge_path(knowledge_id)}/file/add", json=body)

    @operation
    async def remove(self, knowledge_id: str, file_id: str, *, delete_file: bool = False) -> Knowledge:
        """Take a file out of a knowledge base; with `delete_file` it is deleted for good.

        Route: POST /api/v1/knowledge/{id}/file/remove.

        Raises:
            NotFoundError: There is no such knowledge base, or the file is not in it.
        """
        body, query = {"file_id": text(file_id, "the id of a file")}, {"delete_file": str(delete_file).lower()}
        return await self._http.call(
            Knowledge, "POST", f"{knowledge_path(knowledge_id)}/file/remove", params=query, json=body
        )

    @operation
    async def upload(self, knowledge_id: str, file: Source, *, name: str | None = None) -> File:
        """Upload a file, wait until it is processed, and put it into a knowledge base; a failure leaves nothing.

        Routes: GET /api/v1/knowledge/{id}, POST /api/v1/files/, GET /api/v1/files/{id}/process/status,
        POST /api/v1/knowledge/{id}/file/add.

        Raises:
            FileNotFoundError: There is nothing at the path; nothing was sent.
            NotFoundError: There is no such knowledge base; nothing was uploaded.
            BadRequestError: The server cannot read the file, or has the same text in there; `detail` is its reason.
        """
        called = named(file, name)
        await self.get(knowledge_id)
        return await self._enter(knowledge_id, await self._ready(file, called))

    @operation
    async def upload_all(
        self,
        knowledge_id: str,
        files: Source | Iterable[Source],
        *,
        limit: int = UPLOADS_AT_ONCE,
        progress: Progress | None = None,
    ) -> Uploads:
        """Upload many files into a knowledge base, side by side, and report on each; as `upload` for one.

        Args:
            knowledge_id: Its id.
            files: Paths, or open files that have a name.
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
        await self.get(knowledge_id)

        async def put(one: tuple[Source, str]) -> File:
            return await self._enter(knowledge_id, await self._ready(*one))

        outcomes = await for_each(self._http.runtime, listed, put, limit=limit, progress=progress)
        return Uploads(succeeded=succeeded(outcomes), failed=failed(outcomes, lambda one: label(one[0])))

    async def _ready(self, file: Source, name: str, metadata: Mapping[str, str] | None = None) -> File:
        """Uploaded and processed."""
        made = await self._files._upload(file, name, metadata=metadata)
        await self._files._processed(made.id)
        return made

    async def _enter(self, knowledge_id: str, file: File, directory_id: str | None = None) -> File:
        """Into the knowledge base with a file of ours, or away with it."""
        try:
            answer = await self._add(knowledge_id, file.id, directory_id)
        except BaseException:
            async with self._http.runtime.shield():
                with suppress(OpenWebUIError):
                    await self._files.delete(file.id)
            raise
        entries = {row.get("id"): row for row in mappings(answer.get("files"))}
        known = {name: value for name, value in file.items() if name != "data"}
        return File(**{**known, **entries.get(file.id, {})})
