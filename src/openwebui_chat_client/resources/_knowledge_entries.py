"""Which files are in a knowledge base, and where: listed and searched."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import Any, List

from .._arguments import text
from .._dual import Done, M, operation, streaming
from .._pages import items, numbered, walk
from .._records import mapping
from .._server import KNOWLEDGE_DIRECTORIES
from ._file_holders import Holders
from ._knowledge_calls import KnowledgeCalls
from ._knowledge_lists import PAGE, knowledge_path
from ._knowledge_records import Directory, KnowledgeFile, kept_place, tidy_base, tidy_entry

Places = dict[str, tuple[str, str]]
"""The ids of files that are not at the top, each with the id and the path of its directory."""


class KnowledgeEntries(KnowledgeCalls[M]):
    """Lists what is in knowledge bases."""

    @operation
    async def files(
        self, knowledge_id: str, page: int | None = None, *, directory_id: str | None = None
    ) -> List[KnowledgeFile]:
        """List the files in a knowledge base, the last changed first, without their text.

        Args:
            knowledge_id: Its id.
            page: From 1, of 30 each; one beyond the last is empty. Left out: all of them.
            directory_id: Only those in this directory, not below it; an empty text is the top. Left out: all.

        Route: GET /api/v1/knowledge/{id}/files. Servers from 0.9.6 to 0.11 are asked once for each directory, too:
        they do not say where a file is.

        Raises:
            NotFoundError: There is no such knowledge base.
            UnsupportedError: The server is older than 0.9.6, and has no directories.
        """
        if page is None:
            async with self.iter_files(knowledge_id, directory_id=directory_id) as files:
                return [file async for file in files]
        knowledge_path(knowledge_id)
        query = {"page": numbered(page), "directory_id": directory_id}
        await self._require_directories(directory_id)
        return await self._placed(await self._entries(knowledge_id, query), {}, knowledge_id)

    @streaming(type(None))
    async def iter_files(
        self, knowledge_id: str, *, directory_id: str | None = None
    ) -> AsyncGenerator[KnowledgeFile | Done[None]]:
        """Every file in a knowledge base, the last changed first, page by page; as `files`.

        Route: GET /api/v1/knowledge/{id}/files.
        """
        knowledge_path(knowledge_id)
        await self._require_directories(directory_id)
        known: dict[str, Places] = {}

        async def fetch(page: int) -> List[KnowledgeFile]:
            entries = await self._entries(knowledge_id, {"page": page, "directory_id": directory_id})
            return await self._placed(entries, known, knowledge_id)

        async with aclosing(walk(fetch, size=PAGE)) as files:
            async for file in files:
                yield file
        yield Done(None)

    @streaming(type(None))
    async def search_files(self, name: str) -> AsyncGenerator[KnowledgeFile | Done[None]]:
        """Files with this in their names, in any of your knowledge bases, the last changed first, page by page.

        The key `collection` of each is the knowledge base that it is in; one in two comes once.

        Routes: GET /api/v1/knowledge/search/files, GET /api/v1/knowledge/{id}/files; on the oldest servers also
        GET /api/v1/knowledge/.

        Raises:
            ValueError: The text is empty.
        """
        known: dict[str, Places] = {}
        holders: Holders = {}
        async with aclosing(self._entries_named(text(name, "a part of a name"))) as entries:
            async for entry in entries:
                if "collection" not in entry:
                    holders = holders or await self._files._holders(name)
                    entry["collection"] = _collection(holders.get(entry.id, []))
                [placed] = await self._placed([entry], known, str(mapping(entry["collection"]).get("id")))
                yield placed
        yield Done(None)

    async def _entries_named(self, name: str) -> AsyncGenerator[KnowledgeFile]:
        """The same without their places, as the server gives them."""

        async def fetch(page: int) -> List[KnowledgeFile]:
            query = {"query": name, "page": page}
            answer = await self._http.call(object, "GET", "/api/v1/knowledge/search/files", params=query)
            rows = items(List[KnowledgeFile], answer)
            for row in rows:  # here, even the newest servers say the top, wherever it is
                row.pop("directory_id", None)
                row.pop("directory_path", None)
            return [tidy_entry(row) for row in rows]

        async with aclosing(walk(fetch, size=PAGE)) as files:
            async for file in files:
                yield file

    async def _entries(self, knowledge_id: str, query: dict[str, Any]) -> List[KnowledgeFile]:
        answer = await self._http.call(object, "GET", f"{knowledge_path(knowledge_id)}/files", params=query)
        return [tidy_entry(row) for row in items(List[KnowledgeFile], answer)]

    async def _placed(
        self, entries: Iterable[KnowledgeFile], known: dict[str, Places], knowledge_id: str
    ) -> List[KnowledgeFile]:
        """The same with their places, where the server does not say; `known` are those of whole knowledge bases."""
        listed = [*entries]
        if all("directory_path" in entry for entry in listed):
            return listed
        has_directories = await self._server.has(KNOWLEDGE_DIRECTORIES)
        if has_directories and knowledge_id not in known:
            known[knowledge_id] = await self._places(knowledge_id)
        for entry in listed:
            place = known[knowledge_id].get(entry.id, (None, "")) if has_directories else kept_place(entry)
            entry["directory_id"], entry["directory_path"] = place
        return listed

    async def _places(self, knowledge_id: str) -> Places:
        """Where the files of a knowledge base are, asked for directory by directory."""
        found: Places = {}
        to_do = [(one, one.name) for one in await self._directories(knowledge_id, "")]
        while to_do:
            directory, path = to_do.pop()
            rows = await self._files._all(f"{knowledge_path(knowledge_id)}/files", {"directory_id": directory.id})
            found |= {row["id"]: (directory.id, path) for row in rows}
            to_do += [(one, f"{path}/{one.name}") for one in await self._directories(knowledge_id, directory.id)]
        return found

    async def _directories(self, knowledge_id: str, directory_id: str) -> List[Directory]:
        """The directories in a directory; an empty id is the top."""
        query = {"page": 1, "limit": 1, "directory_id": directory_id}
        answer = await self._http.call(object, "GET", f"{knowledge_path(knowledge_id)}/files", params=query)
        return items(List[Directory], mapping(answer).get("directories"))

    async def _require_directories(self, directory_id: str | None) -> None:
        if directory_id is not None:
            await self._server.require(KNOWLEDGE_DIRECTORIES)


def _collection(bases: List[dict[str, Any]]) -> dict[str, Any] | None:
    """The first of them, as servers from 0.8 on send it with a file; None when it has just been deleted."""
    for base in bases:
        return {name: value for name, value in tidy_base(base).items() if name not in {"user", "write_access"}}
    return None
