"""Calls about knowledge bases themselves: find, make, change, delete."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, List

from .._arguments import KEEP, Keep, text
from .._dual import Async, Done, M, operation, streaming
from .._http import Http, segment
from .._pages import items, walk
from .._server import GRANTS, Server
from ..errors import AmbiguousNameError, APIResponseError
from ._access import Access, access_fields, granted
from ._base import Resource
from ._knowledge_records import Knowledge
from .files import Files

PAGE = 30


def knowledge_path(knowledge_id: str) -> str:
    """Where a knowledge base is on the server."""
    return f"/api/v1/knowledge/{segment(knowledge_id)}"


class KnowledgeCalls(Resource[M]):
    """Finds knowledge bases, and sends calls about one."""

    def __init__(self, http: Http, server: Server[Async], files: Files[Async]) -> None:
        super().__init__(http, server)
        self._files = files

    @operation
    async def list(self, page: int | None = None) -> List[Knowledge]:
        """List knowledge bases, the last changed first.

        Args:
            page: From 1, of 30 each; one beyond the last is empty. Left out: all of them.

        Route: GET /api/v1/knowledge/.
        """
        if page is None:
            async with self.iter() as found:
                return [knowledge async for knowledge in found]
        if page < 1:
            raise ValueError(f"pages are counted from 1, not {page}")
        return await self._page(page)

    @streaming(type(None))
    async def iter(self) -> AsyncGenerator[Knowledge | Done[None]]:
        """Every knowledge base, the last changed first, page by page. Route: GET /api/v1/knowledge/."""
        async with aclosing(walk(self._page, size=PAGE)) as found:
            async for knowledge in found:
                yield knowledge
        yield Done(None)

    async def _page(self, page: int) -> List[Knowledge]:
        answer = await self._http.call(object, "GET", "/api/v1/knowledge/", params={"page": page})
        return items(List[Knowledge], answer)

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

        async def fetch(page: int) -> List[Knowledge]:
            path = "/api/v1/knowledge/search"
            return items(List[Knowledge], await self._http.call(object, "GET", path, params={**query, "page": page}))

        async with aclosing(walk(fetch, size=PAGE)) as found:
            async for knowledge in found:
                yield knowledge
        yield Done(None)

    @operation
    async def find(self, name: str) -> Knowledge | None:
        """The knowledge base with exactly this name; None when there is none.

        Yours goes before those of others that you can read.

        Route: GET /api/v1/knowledge/search.

        Raises:
            AmbiguousNameError: Several of yours have that name, or none of yours and several of others.
        """
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
        async with self.search(piece if piece.strip() else "_", own=own) as found:
            return [knowledge async for knowledge in found if knowledge.name == name]

    @operation
    async def get(self, knowledge_id: str) -> Knowledge:
        """Fetch one knowledge base; `files` has what is in it. Route: GET /api/v1/knowledge/{id}.

        Raises:
            NotFoundError: There is no such knowledge base.
            PermissionDeniedError: It is not for you.
        """
        return await self._http.call(Knowledge, "GET", knowledge_path(knowledge_id))

    @operation
    async def create(self, name: str, description: str = "", *, access: Access = "private") -> Knowledge:
        """Make a knowledge base, for yourself alone unless `access` says who else. Names may occur twice.

        Route: POST /api/v1/knowledge/create.

        Raises:
            ValueError: The name is empty.
            PermissionDeniedError: You may not make any.
        """
        body = {"name": text(name, "a name"), "description": description, **await self._access(access)}
        return await self._http.call(Knowledge, "POST", "/api/v1/knowledge/create", json=body)

    @operation
    async def ensure(self, name: str) -> Knowledge:
        """The knowledge base with exactly this name, made if there is none; several calls at once make one.

        Routes: GET /api/v1/knowledge/search, POST /api/v1/knowledge/create.

        Raises:
            AmbiguousNameError: Several have that name.
            PermissionDeniedError: There is none, and you may not make any.
        """
        async with self._http.runtime.hold(("knowledge base", name)):
            return await self.find(name) or await self.create(name)

    @operation
    async def update(self, knowledge_id: str, *, name: str | None = None, description: str | None = None) -> Knowledge:
        """Change name or description; the rest stays.

        Routes: GET /api/v1/knowledge/{id}, POST /api/v1/knowledge/{id}/update.

        Raises:
            ValueError: There is nothing to change, or the name is empty.
            NotFoundError: There is no such knowledge base.
        """
        if name is None and description is None:
            raise ValueError("there is nothing to change: name or description is needed")
        if name is not None:
            text(name, "a name")
        return await self._rewrite(await self.get(knowledge_id), name=name, description=description)

    @operation
    async def set_access(self, knowledge_id: str, access: Access) -> Knowledge:
        """Say who besides you may read and write; what was said before is forgotten.

        Routes: POST /api/v1/knowledge/{id}/access/update; GET /api/v1/knowledge/{id} and
        POST /api/v1/knowledge/{id}/update on servers before 0.8.

        Raises:
            ValueError: It is no form of access.
            NotFoundError: There is no such knowledge base.
            PermissionDeniedError: You may not share with everybody.
        """
        path = f"{knowledge_path(knowledge_id)}/access/update"
        if not await self._server.has(GRANTS):
            return await self._rewrite(await self.get(knowledge_id), access=access)
        return await self._http.call(Knowledge, "POST", path, json=await self._access(access), repeatable=True)

    async def _rewrite(self, before: Knowledge, *, access: Access | Keep = KEEP, **changes: str | None) -> Knowledge:
        """The same knowledge base with some changes; servers before 0.8 open what comes without its access."""
        body: dict[str, Any] = {"name": before.name, "description": before.description}
        body |= {name: value for name, value in changes.items() if value is not None}
        if not await self._server.has(GRANTS):
            body |= await self._access(granted(before) if isinstance(access, Keep) else access)
        return await self._http.call(
            Knowledge, "POST", f"{knowledge_path(before.id)}/update", json=body, repeatable=True
        )

    async def _access(self, access: Access) -> dict[str, Any]:
        return access_fields(access, await self._server.has(GRANTS))

    @operation
    async def delete(self, knowledge_id: str) -> None:
        """Delete a knowledge base, for good; its files stay among your files.

        Route: DELETE /api/v1/knowledge/{id}/delete.

        Raises:
            NotFoundError: There is no such knowledge base.
        """
        if not await self._http.call(bool, "DELETE", f"{knowledge_path(knowledge_id)}/delete"):
            raise APIResponseError(f"the server says that it did not delete the knowledge base {knowledge_id}")

    @operation
    async def reset(self, knowledge_id: str) -> Knowledge:
        """Take everything out of a knowledge base; servers from 0.11 on delete your files in it, too.

        Route: POST /api/v1/knowledge/{id}/reset.

        Raises:
            NotFoundError: There is no such knowledge base.
        """
        return await self._http.call(Knowledge, "POST", f"{knowledge_path(knowledge_id)}/reset", repeatable=True)
