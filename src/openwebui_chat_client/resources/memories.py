"""Memories: what models are told about the user in every chat."""

from __future__ import annotations

import itertools
from typing import Any, List

from .._arguments import one_of, text
from .._dual import M, operation
from .._http import segment
from .._records import Record, decode, mapping
from .._server import MEMORY_PATHS
from .._times import Dated
from ..errors import NotFoundError
from ._base import Resource

KINDS = ("user", "context")
LONGEST_SEARCH = 100
MOST_PATHS = 500


class Memory(Dated):
    """A memory of yours."""

    id: str
    content: str = ""
    user_id: str = ""
    type: str | None = None
    """`user`: about you; `context`: about something else. None before 0.10."""
    path: str | None = None
    """Where it is filed, such as `work/projects`."""
    meta: dict[str, Any] | None = None


class MemoryHit(Record):
    """A memory that is near in meaning to what was asked."""

    id: str
    content: str
    """With its path in a line before it, if it has one."""
    score: float | None = None
    """How near, from 0 to 1."""
    metadata: dict[str, Any]


class MemoryPath(Record):
    """A place where memories of one type are filed."""

    path: str | None = None
    """Such as `work/projects`; None for those that are filed nowhere."""
    type: str
    count: int
    """How many are there, none below it."""
    children: List[str]
    """The places directly below it."""
    updated_at: int = 0
    """Seconds since 1970."""


class Memories(Resource[M]):
    """Your own memories. A NotFoundError on every call says that the server has them switched off."""

    @operation
    async def list(self) -> List[Memory]:
        """List all your memories. Route: GET /api/v1/memories/.

        Raises:
            PermissionDeniedError: You may not have memories.
        """
        return await self._http.call(List[Memory], "GET", "/api/v1/memories/")

    @operation
    async def get(self, memory_id: str) -> Memory:
        """One memory of yours, out of the list of all. Route: GET /api/v1/memories/.

        Raises:
            NotFoundError: You have none of that id.
        """
        segment(memory_id)
        found = next((memory for memory in await self.list() if memory.id == memory_id), None)
        if found is None:
            raise NotFoundError(f"you have no memory {memory_id!r}")
        return found

    @operation
    async def query(self, question: str, *, limit: int = 5) -> List[MemoryHit]:
        """The memories nearest in meaning, nearest first. Route: POST /api/v1/memories/query.

        Raises:
            ValueError: The question is empty, or the limit is below 1.
            NotFoundError: You have no memories at all.
        """
        if limit < 1:
            raise ValueError(f"limit is at least 1, not {limit}")
        said = {"content": text(question, "a question"), "k": limit}
        found = await self._http.call(object, "POST", "/api/v1/memories/query", json=said, repeatable=True)
        return _hits(mapping(found))

    @operation
    async def search(
        self,
        words: str | None = None,
        *,
        type: str | None = None,  # noqa: A002 - the server's word
        path: str | None = None,
        limit: int = 20,
    ) -> List[Memory]:
        """The memories with these words in content or path, changed last first; `query` finds them by meaning.

        Args:
            words: What to look for; left out, all.
            type: Only `user`, or only `context`.
            path: Only those filed there, above or below it, or that name it; the nearest come first.
            limit: How many at most, up to 100.

        Route: POST /api/v1/memories/search.

        Raises:
            ValueError: The limit is not from 1 to 100, or there is no such type.
            UnsupportedError: The server's memories have no types and paths.
        """
        if not 1 <= limit <= LONGEST_SEARCH:
            raise ValueError(f"limit is from 1 to {LONGEST_SEARCH}, not {limit}")
        kind = "all" if type is None else one_of(type, KINDS, "a memory's type")
        said = {"query": words, "type": kind, "path": path, "limit": limit}
        await self._server.require(MEMORY_PATHS)
        return await self._http.call(List[Memory], "POST", "/api/v1/memories/search", json=said, repeatable=True)

    @operation
    async def paths(self) -> List[MemoryPath]:
        """List where your memories are filed, changed last first, 500 at most. Route: POST /api/v1/memories/paths.

        Raises:
            UnsupportedError: The server's memories have no types and paths.
        """
        await self._server.require(MEMORY_PATHS)
        body = {"limit": MOST_PATHS}
        found = await self._http.call(dict[str, Any], "POST", "/api/v1/memories/paths", json=body, repeatable=True)
        return decode(List[MemoryPath], found.get("paths"))

    @operation
    async def create(self, content: str, *, type: str | None = None, path: str | None = None) -> Memory:  # noqa: A002 - the server's word
        """Make a memory.

        Args:
            content: What to remember.
            type: `user` or `context`, the default; from Open WebUI 0.10 on.
            path: Where to file it, such as `work/projects`; from Open WebUI 0.10 on.

        Route: POST /api/v1/memories/add.

        Raises:
            ValueError: There is nothing to remember, or no such type.
            UnsupportedError: The server's memories have no types and paths.
        """
        said = {"content": text(content, "something to remember"), **await self._filed(type, path)}
        return await self._http.call(Memory, "POST", "/api/v1/memories/add", json=said)

    @operation
    async def update(
        self,
        memory_id: str,
        content: str | None = None,
        *,
        type: str | None = None,  # noqa: A002 - the server's word
        path: str | None = None,
    ) -> Memory:
        """Change what is given; an empty path takes it out of where it is filed.

        Route: POST /api/v1/memories/{id}/update.

        Raises:
            ValueError: Nothing is given, or the content is empty.
            NotFoundError: You have none of that id.
            UnsupportedError: The server's memories have no types and paths.
        """
        route = f"{_path(memory_id)}/update"
        if content is None and type is None and path is None:
            raise ValueError("nothing to change: give content, type or path")
        said = {} if content is None else {"content": text(content, "something to remember")}
        said |= await self._filed(type, path)
        return await self._http.call(Memory, "POST", route, json=said, repeatable=True)

    async def _filed(self, kind: str | None, path: str | None) -> dict[str, str]:
        said = {} if kind is None else {"type": one_of(kind, KINDS, "a memory's type")}
        said |= {} if path is None else {"path": path}
        if said:
            await self._server.require(MEMORY_PATHS)
        return said

    @operation
    async def delete(self, memory_id: str) -> None:
        """Delete a memory, for good. Route: DELETE /api/v1/memories/{id}.

        Raises:
            NotFoundError: You have none of that id.
        """
        if not await self._http.call(bool, "DELETE", _path(memory_id)):
            raise NotFoundError(f"you have no memory {memory_id!r}")

    @operation
    async def delete_all(self, *, confirm: bool = False) -> None:
        """Delete all your memories, for good. Route: DELETE /api/v1/memories/delete/user.

        Raises:
            ValueError: `confirm` is not True.
        """
        if confirm is not True:
            raise ValueError("this deletes all your memories: say confirm=True")
        await self._http.call(bool, "DELETE", "/api/v1/memories/delete/user")

    @operation
    async def reindex(self) -> None:
        """Compute anew what `query` compares, as after a change of the embedding model.

        Route: POST /api/v1/memories/reset.
        """
        await self._http.call(bool, "POST", "/api/v1/memories/reset")


def _path(memory_id: str) -> str:
    if "/" in memory_id:  # the server reads %2F as a slash, and delete/user as the route that deletes all
        raise ValueError(f"a memory's id has no '/': {memory_id!r}")
    return f"/api/v1/memories/{segment(memory_id)}"


def _hits(found: dict[str, Any]) -> List[MemoryHit]:
    """The server's columns as rows."""
    columns = [_first(found.get(name)) for name in ("ids", "documents", "distances", "metadatas")]
    return [
        MemoryHit(id=memory_id, content=content, score=score, metadata=mapping(metadata))
        for memory_id, content, score, metadata in itertools.zip_longest(*columns)
    ]


def _first(column: Any) -> List[Any]:
    """The part of a column that answers the first, and only, question."""
    return column[0] or [] if column else []
