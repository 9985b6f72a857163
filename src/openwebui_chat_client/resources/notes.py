"""Notes: what users write down in the workspace."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from datetime import datetime
from typing import Any, List

from .._arguments import text
from .._bulk import for_each
from .._dual import Done, M, operation, streaming
from .._http import segment
from .._pages import items, walk
from .._records import Record, decode, mapping
from .._server import CUT_NOTES, GRANTS, PARTIAL_NOTES, PINNED_NOTES
from .._times import nanoseconds
from ..errors import NotFoundError
from ._access import Access, access_fields, grants
from ._base import Resource
from ._switches import switch

PAGE = 60


class Note(Record):
    """A note."""

    id: str
    title: str = ""
    data: dict[str, Any] | None = None
    """`content` with `md`, `html` and `json`, and `files`. In lists, servers from 0.8.4 on hold only `content.md`,
    cut at 1,000 characters."""
    meta: dict[str, Any] | None = None
    user_id: str | None = None
    """Whose it is; None in lists, which have `user`."""
    user: dict[str, Any] | None = None
    is_pinned: bool | None = None
    """Whether you have pinned it; None before 0.9."""
    access_grants: List[dict[str, Any]] | None = None
    """Who else may read or change it; None in lists, and before 0.8."""
    write_access: bool | None = None
    """Whether you may change it; None where the server does not say."""
    created_at: int = 0
    """Nanoseconds since 1970; most other objects count seconds."""
    updated_at: int = 0
    """Nanoseconds since 1970."""

    @property
    def text(self) -> str:
        """The note's text, in Markdown."""
        return str(mapping(mapping(self.data).get("content")).get("md") or "")

    @property
    def created(self) -> datetime | None:
        """When it was made."""
        return nanoseconds(self.created_at)

    @property
    def updated(self) -> datetime | None:
        """When it was changed last."""
        return nanoseconds(self.updated_at)


class Notes(Resource[M]):
    """Notes that you may read: your own, and those shared with you.

    Every call is a PermissionDeniedError when notes are switched off, or you lack the right `features.notes`.
    """

    @operation
    async def list(self, page: int | None = None) -> List[Note]:
        """List notes, changed last first, with the first 1,000 characters of each.

        Args:
            page: From 1, of 60 each; one beyond the last is empty. Left out: all of them.

        Route: GET /api/v1/notes/.
        """
        if page is not None and page < 1:
            raise ValueError(f"pages are counted from 1, not {page}")
        return await self._http.call(List[Note], "GET", "/api/v1/notes/", params={"page": page})

    @operation
    async def get_all(self) -> List[Note]:
        """Every note in full, changed last first; one request for each where the server's list is cut.

        One that is deleted meanwhile is left out. Routes: GET /api/v1/notes/, GET /api/v1/notes/{id}.
        """
        listed = await self.list()
        if not await self._server.has(CUT_NOTES):
            return listed
        outcomes = await for_each(self._http.runtime, [note.id for note in listed], self.get)
        whole: List[Note] = []
        for note, outcome in zip(listed, outcomes, strict=True):
            if outcome.result is not None:
                whole.append(decode(Note, {**note, **outcome.result}))
            elif outcome.error is not None and not isinstance(outcome.error, NotFoundError):
                raise outcome.error
        return whole

    @streaming(type(None))
    async def iter(self) -> AsyncGenerator[Note | Done[None]]:
        """Every note as in lists, changed last first, page by page. Route: GET /api/v1/notes/."""
        async with aclosing(walk(self.list, size=PAGE)) as notes:
            async for note in notes:
                yield note
        yield Done(None)

    @streaming(type(None))
    async def search(self, query: str) -> AsyncGenerator[Note | Done[None]]:
        """Notes whose title or text has every one of these words, changed last first, page by page.

        Capitals count only in letters beyond ASCII; spaces and hyphens within the note do not count. An
        administrator finds the notes of all users. Texts are cut as in lists.

        Route: GET /api/v1/notes/search.

        Raises:
            ValueError: There is nothing to look for.
        """
        text(query, "a text to search for")

        async def fetch(page: int) -> List[Note]:
            also = {"query": query, "permission": "read", "page": page}
            return items(List[Note], await self._http.call(object, "GET", "/api/v1/notes/search", params=also))

        async with aclosing(walk(fetch, size=PAGE)) as notes:
            async for note in notes:
                yield note
        yield Done(None)

    @operation
    async def get(self, note_id: str) -> Note:
        """Fetch one note, in full. Route: GET /api/v1/notes/{id}.

        Raises:
            NotFoundError: There is no such note.
            PermissionDeniedError: It is somebody else's.
        """
        return await self._http.call(Note, "GET", f"/api/v1/notes/{segment(note_id)}")

    @operation
    async def create(
        self,
        title: str,
        markdown: str | None = None,
        *,
        data: Mapping[str, Any] | None = None,
        meta: Mapping[str, Any] | None = None,
        access: Access = "private",
    ) -> Note:
        """Make a note.

        Args:
            title: What it is called; titles need not differ.
            markdown: Its text; put into `data` as `content.md`.
            data: The rest of it, as the server has it.
            meta: What you like to keep with it.
            access: Who else may read or change it.

        Route: POST /api/v1/notes/create.

        Raises:
            ValueError: The title is empty.
        """
        said = {"title": text(title, "a title"), "data": _data(markdown, data), "meta": dict(meta) if meta else None}
        wanted = grants(access)
        also = access_fields(wanted, await self._server.has(GRANTS))
        return await self._http.call(Note, "POST", "/api/v1/notes/create", json={**said, **also})

    @operation
    async def update(
        self,
        note_id: str,
        *,
        title: str | None = None,
        markdown: str | None = None,
        data: Mapping[str, Any] | None = None,
        meta: Mapping[str, Any] | None = None,
    ) -> Note:
        """Change what is given.

        Args:
            note_id: Which.
            title: What it is called.
            markdown: Its text; the former text goes in every form that the server has of it.
            data: Keys of `data` to replace; the others stay.
            meta: Keys of `meta` to replace; the others stay.

        Routes: POST /api/v1/notes/{id}/update; before 0.12 also GET /api/v1/notes/{id}.

        Raises:
            ValueError: Nothing is given, or the title is empty.
            NotFoundError: There is no such note.
            PermissionDeniedError: You may not change it.
        """
        wanted = _data(markdown, data)
        if title is None and wanted is None and meta is None:
            raise ValueError("nothing to change: give title, markdown, data or meta")
        said: dict[str, Any] = {} if title is None else {"title": text(title, "a title")}
        said |= {} if wanted is None else {"data": wanted}
        said |= {} if meta is None else {"meta": dict(meta)}
        segment(note_id)
        if not await self._server.has(PARTIAL_NOTES):
            said = {**_kept(await self.get(note_id)), **said}
        return await self._save(note_id, said)

    async def _save(self, note_id: str, said: dict[str, Any]) -> Note:
        path = f"/api/v1/notes/{segment(note_id)}/update"
        return await self._http.call(Note, "POST", path, json=said, repeatable=True)

    @operation
    async def set_access(self, note_id: str, access: Access) -> Note:
        """Say who else may read or change it.

        Routes: POST /api/v1/notes/{id}/access/update; before 0.8 POST /api/v1/notes/{id}/update.

        Raises:
            NotFoundError: There is no such note.
            PermissionDeniedError: You may not change it.
        """
        path, wanted = f"/api/v1/notes/{segment(note_id)}/access/update", grants(access)
        fields = access_fields(wanted, await self._server.has(GRANTS))
        if "access_grants" not in fields:
            return await self._save(note_id, {**_kept(await self.get(note_id)), **fields})
        return await self._http.call(Note, "POST", path, json=fields, repeatable=True)

    @operation
    async def pinned(self) -> List[Note]:
        """List the notes that you have pinned, pinned last first, as in lists. Route: GET /api/v1/notes/pinned.

        Raises:
            UnsupportedError: The server has no pinned notes.
        """
        await self._server.require(PINNED_NOTES)
        return await self._http.call(List[Note], "GET", "/api/v1/notes/pinned")

    @operation
    async def pin(self, note_id: str) -> Note:
        """Pin it, for yourself; also if it is already.

        Routes: GET /api/v1/notes/{id}, POST /api/v1/notes/{id}/pin.

        Raises:
            NotFoundError: There is no such note.
            UnsupportedError: The server has no pinned notes.
        """
        return await self._pin(note_id, wanted=True)

    @operation
    async def unpin(self, note_id: str) -> Note:
        """Unpin it, for yourself; also if it is not pinned.

        Routes: GET /api/v1/notes/{id}, POST /api/v1/notes/{id}/pin.

        Raises: as `pin`.
        """
        return await self._pin(note_id, wanted=False)

    async def _pin(self, note_id: str, *, wanted: bool) -> Note:
        path = f"/api/v1/notes/{segment(note_id)}/pin"
        await self._server.require(PINNED_NOTES)

        async def toggle() -> Note:
            return await self._http.call(Note, "POST", path)

        return await switch(lambda: self.get(note_id), toggle, "is_pinned", wanted=wanted)

    @operation
    async def delete(self, note_id: str) -> None:
        """Delete a note, for good. Route: DELETE /api/v1/notes/{id}/delete.

        Raises:
            NotFoundError: There is no such note.
            PermissionDeniedError: You may not change it.
        """
        await self._http.call(bool, "DELETE", f"/api/v1/notes/{segment(note_id)}/delete")


def _data(markdown: str | None, data: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if markdown is None:
        return None if data is None else dict(data)
    if data is not None and "content" in data:
        raise ValueError("the text is given twice: as markdown, and as content in data")
    return {**(data or {}), "content": {"md": markdown}}


def _kept(note: Note) -> dict[str, Any]:
    """What servers that know no partial change need again: the title, and before 0.8 the access too."""
    return {name: note[name] for name in ("title", "access_control") if name in note}
