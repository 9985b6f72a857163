"""Which knowledge bases there are: listed, searched, found by name, fetched."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, List

from .._arguments import text
from .._dual import Async, Done, M, operation, streaming
from .._http import Http, segment
from .._pages import items, numbered, walk
from .._records import mapping
from .._server import OWNER_SEARCH, Server
from ..errors import AmbiguousNameError, PermissionDeniedError
from ._base import Resource
from ._knowledge_records import Knowledge, tidy_base
from .files import Files

PAGE = 30


def knowledge_path(knowledge_id: str) -> str:
    """Where a knowledge base is on the server."""
    return f"/api/v1/knowledge/{segment(knowledge_id)}"


class KnowledgeLists(Resource[M]):
    """Finds knowledge bases."""

    def __init__(self, http: Http, server: Server[Async], files: Files[Async]) -> None:
        super().__init__(http, server)
        self._files = files

    @operation
    async def list(self, page: int | None = None) -> List[Knowledge]:
        """List knowledge bases, the last changed first.

        Args:
            page: From 1, of 30 each; one beyond the last is empty. Left out: all of them.

        Routes: GET /api/v1/knowledge/; on servers before 0.7 also GET /api/v1/auths/.
        """
        if page is None:
            async with self.iter() as found:
                return [knowledge async for knowledge in found]
        return await self._page("/api/v1/knowledge/", {"page": numbered(page)})

    @streaming(type(None))
    async def iter(self) -> AsyncGenerator[Knowledge | Done[None]]:
        """Every knowledge base, the last changed first, page by page; as `list`. Route: GET /api/v1/knowledge/."""
        async with aclosing(self._all("/api/v1/knowledge/")) as found:
            async for knowledge in found:
                yield knowledge
        yield Done(None)

    @streaming(type(None))
    async def search(self, words: str, *, own: bool = False) -> AsyncGenerator[Knowledge | Done[None]]:
        """Knowledge bases with these words in name, description or owner, in any case, the last changed first.

        Args:
            words: A piece of text, as it stands; the server reads `%` and `_` as any letters.
            own: Only those that you made.

        Route: GET /api/v1/knowledge/search.

        Raises:
            ValueError: The text is empty.
        """
        query = {"query": text(words, "a text to search for"), "view_option": "created" if own else None}
        sees_owners = await self._server.has(OWNER_SEARCH)
        async with aclosing(self._search(query) if sees_owners else self._search_with_owners(query)) as found:
            async for knowledge in found:
                yield knowledge
        yield Done(None)

    def _search(self, query: Mapping[str, Any]) -> AsyncGenerator[Knowledge]:
        return self._all("/api/v1/knowledge/search", query)

    async def _search_with_owners(self, query: dict[str, Any]) -> AsyncGenerator[Knowledge]:
        """For servers that do not search among the owners."""
        async with aclosing(self._search(query)) as matches:
            ids = {knowledge.id async for knowledge in matches}
        async with aclosing(self._search({**query, "query": None})) as found:
            async for knowledge in found:
                owner = mapping(knowledge.get("user"))
                names = f"{owner.get('name')}\n{owner.get('email')}".casefold()
                if knowledge.id in ids or query["query"].casefold() in names:
                    yield knowledge

    async def _all(self, path: str, query: Mapping[str, Any] | None = None) -> AsyncGenerator[Knowledge]:
        async def fetch(page: int) -> List[Knowledge]:
            return await self._page(path, {**(query or {}), "page": page})

        async with aclosing(walk(fetch, size=PAGE)) as found:
            async for knowledge in found:
                yield knowledge

    async def _page(self, path: str, query: dict[str, Any]) -> List[Knowledge]:
        answer = await self._http.call(object, "GET", path, params=query)
        return await self._truthful([tidy_base(row) for row in items(List[Knowledge], answer)])

    async def _truthful(self, bases: List[Knowledge]) -> List[Knowledge]:
        """The same, with what the server forgets: that administrators may change them."""
        if any(base.write_access is False for base in bases) and await self._files._is_unnoticed_administrator():
            for base in bases:
                base["write_access"] = True
        return bases

    @operation
    async def find(self, name: str) -> Knowledge | None:
        """The knowledge base with exactly this name; None when there is none.

        Yours goes before those of others that you can read.

        Routes: GET /api/v1/knowledge/search; on servers before 0.11 also GET /api/v1/knowledge/{id}/files.

        Raises:
            AmbiguousNameError: Several of yours have that name, or none of yours and several of others.
        """
        found = await self._find(name)
        if found is not None and "file_count" not in found:
            answer = await self._http.call(object, "GET", f"{knowledge_path(found.id)}/files", params={"page": 1})
            found["file_count"] = mapping(answer).get("total")
        return found

    async def _find(self, name: str) -> Knowledge | None:
        found = await self._named(name)
        own = await self._named(name, own=True) if len(found) > 1 else found
        matches = own or found
        if len(matches) > 1:
            raise AmbiguousNameError(
                f"{len(matches)} knowledge bases are named {name!r}", kind="knowledge base", name=name, matches=matches
            )
        return next(iter(matches), None)

    async def _named(self, name: str, *, own: bool = False) -> List[Knowledge]:
        piece = max(text(name, "a name").split("\\"), key=len)  # some databases take the backslash for an escape
        query = {"query": piece if piece.strip() else "_", "view_option": "created" if own else None}
        async with aclosing(self._search(query)) as found:
            return [knowledge async for knowledge in found if knowledge.name == name]

    @operation
    async def get(self, knowledge_id: str) -> Knowledge:
        """Fetch one knowledge base; what is in it, `files` says.

        Routes: GET /api/v1/knowledge/{id}; on servers before 0.7 also GET /api/v1/auths/.

        Raises:
            NotFoundError: There is no such knowledge base.
            PermissionDeniedError: It is not for you.
        """
        path = knowledge_path(knowledge_id)
        row = await self._http.call(object, "GET", path)
        if row is None:  # the word of servers before 0.7 for that
            raise PermissionDeniedError(f"GET {path}: it is not for you", status_code=200, method="GET", path=path)
        [base] = await self._truthful([tidy_base(mapping(row))])
        return base
