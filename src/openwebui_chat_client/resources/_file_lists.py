"""Which files there are: listed, searched, counted, fetched."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, List

from .._arguments import text
from .._dual import Done, M, operation, streaming
from .._http import segment
from .._pages import items, numbered, walk
from .._records import mapping
from .._server import FILE_COUNT, FILE_PATTERNS
from ..errors import NotFoundError
from ._base import Resource
from ._file_records import File, newest_first, tidy, without_text

PAGE = 50
FOUND = 100
"""How many a search gives at once."""


def file_path(file_id: str) -> str:
    """Where a file is on the server."""
    return f"/api/v1/files/{segment(file_id)}"


class FileLists(Resource[M]):
    """Finds files."""

    @operation
    async def list(self, page: int | None = None) -> List[File]:
        """List files, the last changed first, without their text.

        Args:
            page: From 1, of 50 each; one beyond the last is empty. Left out: all of them.

        Route: GET /api/v1/files/.
        """
        if page is None:
            async with self.iter() as files:
                return [file async for file in files]
        first = (numbered(page) - 1) * PAGE
        found, are_all = await self._listed(page)
        return found[first : first + PAGE] if are_all else found

    @streaming(type(None))
    async def iter(self) -> AsyncGenerator[File | Done[None]]:
        """Every file, the last changed first, page by page, without their text. Route: GET /api/v1/files/."""
        known: List[File] = []

        async def fetch(page: int) -> List[File]:
            if not known:
                files, are_all = await self._listed(page)
                if not are_all:
                    return files
                known.extend(files)
            return known[(page - 1) * PAGE : page * PAGE]

        async with aclosing(walk(fetch, size=PAGE)) as files:
            async for file in files:
                yield file
        yield Done(None)

    async def _listed(self, page: int) -> tuple[List[File], bool]:
        """A page; or all files, from servers before 0.8.11, which have no pages and no order."""
        query = {"page": page, "content": "false"}
        answer = await self._http.call(object, "GET", "/api/v1/files/", params=query)
        files = [without_text(file) for file in items(List[File], answer)]
        return (newest_first(files[::-1], "updated_at"), True) if isinstance(answer, list) else (files, False)

    @streaming(type(None))
    async def search(self, name: str) -> AsyncGenerator[File | Done[None]]:
        """Files of that name in any case, newest first, without their text; `*` and `?` stand for any letters.

        Route: GET /api/v1/files/search.

        Raises:
            ValueError: The name is empty.
        """
        pattern = text(name, "a name")
        if "[" in pattern and not await self._server.has(FILE_PATTERNS):
            pattern = pattern.replace("[", "[[]")

        async def fetch(page: int) -> List[File]:
            query = {"filename": pattern, "content": "false", "skip": (page - 1) * FOUND, "limit": FOUND}
            try:
                found = await self._http.call(List[File], "GET", "/api/v1/files/search", params=query)
            except NotFoundError:  # the server's word for an empty list
                return []
            return newest_first([without_text(file) for file in found], "created_at")

        async with aclosing(walk(fetch, size=FOUND)) as files:
            async for file in files:
                yield file
        yield Done(None)

    @operation
    async def get(self, file_id: str) -> File:
        """Fetch one file's record, with all its text. Route: GET /api/v1/files/{id}.

        Raises:
            NotFoundError: There is no such file, or it is not for you.
        """
        return tidy(await self._http.call(File, "GET", file_path(file_id)))

    @operation
    async def count(self) -> int:
        """How many files `list` has. Routes: GET /api/v1/files/count; GET /api/v1/files/ on servers before 0.10."""
        if await self._server.has(FILE_COUNT):
            return await self._http.call(int, "GET", "/api/v1/files/count")
        query = {"page": 1, "content": "false"}
        answer: Any = await self._http.call(object, "GET", "/api/v1/files/", params=query)
        return int(mapping(answer)["total"] if isinstance(answer, dict) else len(items(List[File], answer)))
