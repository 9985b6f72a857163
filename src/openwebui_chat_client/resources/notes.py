"""Notes: what users write down in the workspace."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, List

from .._arguments import text
from .._bulk import for_each
from .._dual import Done, M, operation, streaming
from .._http import segment
from .._pages import items, numbered, walk
from .._server import EMPTY_NOTES, GRANTS, KEPT_NOTES, NOTE_CHATS, NOTE_WORDS, PARTIAL_NOTES, PINNED_NOTES
from ..errors import NotFoundError
from ._access import PUBLIC, Access, access_fields, granted, grants
from ._base import Resource
from ._chat_records import Chat
from ._notes import CUT, PARTS, Note, as_listed, as_note, data_of, has_words
from ._sharing import Grants, may_give, own_account, share
from ._switches import switch

PAGE = 60


class Notes(Resource[M]):
    """Notes that you may read: your own, and those shared with you.

    Before 0.8, lists and searches leave out what is shared with you by name, and not with a group of yours.
    Every call is a PermissionDeniedError when notes are switched off, or you lack the right `features.notes`.
    """

    @operation
    async def list(self, page: int | None = None) -> List[Note]:
        """List notes, changed last first, with the first 1,000 characters of each.

        Args:
            page: From 1, of 60 each; one beyond the last is empty. Left out: all of them.

        Route: GET /api/v1/notes/.
        """
        asked = None if page is None else {"page": numbered(page)}
        return await self._listed("/api/v1/notes/", asked)

    async def _listed(self, path: str, asked: dict[str, Any] | None = None) -> List[Note]:
        rows = await self._http.call(List[dict[str, Any]], "GET", path, params=asked)
        return [as_listed(as_note(row)) for row in rows]

    async def _one(self, method: str, path: str, **said: Any) -> Note:
        return as_note(await self._http.call(dict[str, Any], method, path, **said))

    @operation
    async def get_all(self) -> List[Note]:
        """Every note in full, changed last first; one request for each.

        One that is deleted meanwhile is left out. Routes: GET /api/v1/notes/, GET /api/v1/notes/{id}.
        """
        listed = await self.list()
        outcomes = await for_each(self._http.runtime, [note.id for note in listed], self.get)
        whole: List[Note] = []
        for note, outcome in zip(listed, outcomes, strict=True):
            if outcome.result is not None:
                whole.append(as_note({**note, **outcome.result}))
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

        Routes: GET /api/v1/notes/search; before 0.9 also GET /api/v1/notes/{id} for texts that came cut.

        Raises:
            ValueError: There is nothing to look for.
        """
        text(query, "a text to search for")
        by_words = await self._server.has(NOTE_WORDS)

        async def fetch(page: int) -> List[Note]:
            also = {"query": query if by_words else None, "permission": "read", "page": page}
            found = await self._http.call(object, "GET", "/api/v1/notes/search", params=also)
            return [as_note(row) for row in items(List[dict[str, Any]], found)]

        async with aclosing(walk(fetch, size=PAGE)) as notes:
            async for note in notes:
                if by_words or await self._has_words(note, query):
                    yield as_listed(note)
        yield Done(None)

    async def _has_words(self, note: Note, query: str) -> bool:
        if has_words(query, note.title, note.text) or len(note.text) < CUT:
            return has_words(query, note.title, note.text)
        try:
            return has_words(query, note.title, (await self.get(note.id)).text)
        except NotFoundError:  # deleted meanwhile
            return False

    @operation
    async def get(self, note_id: str) -> Note:
        """Fetch one note, in full. Routes: GET /api/v1/notes/{id}; before 0.8 also GET /api/v1/auths/.

        Raises:
            NotFoundError: There is no such note.
            PermissionDeniedError: It is somebody else's.
        """
        row = await self._http.call(dict[str, Any], "GET", f"/api/v1/notes/{segment(note_id)}")
        note = as_note(row)
        if "access_control" in row and PUBLIC in granted(note):  # everybody may change it, such servers say
            you = await own_account(self._http)
            note["write_access"] = you["role"] == "admin" or you["id"] == note.user_id
        return note

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
        said = {"title": text(title, "a title"), "data": data_of(markdown, data) or {}, "meta": dict(meta or {})}
        wanted = grants(access)
        also = access_fields(wanted, await self._server.has(GRANTS))
        return await self._one("POST", "/api/v1/notes/create", json={**said, **also})

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

        Routes: POST /api/v1/notes/{id}/update; before 0.12.4 also GET /api/v1/notes/{id}, and before 0.11.4, for a note
        that is shared, GET /api/v1/auths/, GET /api/v1/users/permissions.

        Raises:
            ValueError: Nothing is given, or the title is empty.
            NotFoundError: There is no such note.
            PermissionDeniedError: You may not change it.
            UnsupportedError: Before 0.11.4: the note has no data, or no meta, that could be changed; or it is shared
                with somebody with whom you may not share, who would lose it.
        """
        wanted = data_of(markdown, data)
        if title is None and wanted is None and meta is None:
            raise ValueError("nothing to change: give title, markdown, data or meta")
        said: dict[str, Any] = {} if title is None else {"title": text(title, "a title")}
        said |= {} if wanted is None else {"data": wanted}
        said |= {} if meta is None else {"meta": dict(meta)}
        segment(note_id)
        if not await self._server.has(PARTIAL_NOTES):
            said = {**await self._kept(await self.get(note_id), said), **said}
        return await self._save(note_id, said)

    async def _kept(self, note: Note, said: Mapping[str, Any]) -> dict[str, Any]:
        """What servers that know no partial change need again, lest it be lost."""
        if any(part in said and note.get(part) is None for part in PARTS):
            await self._server.require(EMPTY_NOTES)
        kept: dict[str, Any] = {"title": note.title}
        if not await self._server.has(KEPT_NOTES):
            has_grants = await self._server.has(GRANTS)
            kept |= access_fields(granted(note), has_grants)
            lost = [one for one in granted(note) if one == PUBLIC or (has_grants and one["principal_type"] == "user")]
            if note.write_access and not await may_give(self._http, lost, "public_notes"):
                await self._server.require(KEPT_NOTES)
        return kept

    async def _save(self, note_id: str, said: dict[str, Any]) -> Note:
        return await self._one("POST", f"/api/v1/notes/{segment(note_id)}/update", json=said, repeatable=True)

    @operation
    async def set_access(self, note_id: str, access: Access) -> Note:
        """Say who else may read or change it.

        Routes: POST /api/v1/notes/{id}/access/update; before 0.12.4 also GET /api/v1/notes/{id}; before 0.8 POST
        /api/v1/notes/{id}/update.

        Raises:
            NotFoundError: There is no such note.
            PermissionDeniedError: You may not change it, or not give that access.
        """
        path, wanted = f"/api/v1/notes/{segment(note_id)}/access/update", grants(access)
        has_grants = await self._server.has(GRANTS)
        access_fields(wanted, has_grants)

        async def give(given: Grants) -> Note:
            fields = access_fields(given, has_grants)
            if has_grants:
                return await self._one("POST", path, json=fields, repeatable=True)
            return await self._save(note_id, {"title": (await self.get(note_id)).title, **fields})

        return await share(self._server, wanted, lambda: self.get(note_id), give)

    @operation
    async def pinned(self) -> List[Note]:
        """List the notes that you have pinned, pinned last first, as in lists. Route: GET /api/v1/notes/pinned.

        Raises:
            UnsupportedError: The server has no pinned notes.
        """
        await self._server.require(PINNED_NOTES)
        return await self._listed("/api/v1/notes/pinned")

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
            return await self._one("POST", path)

        return await switch(lambda: self.get(note_id), toggle, "is_pinned", wanted=wanted)

    @operation
    async def chat(self, note_id: str) -> Chat:
        """Your latest chat about a note, which knows the note and may change it; made if there is none yet.

        Ask in it with `client.conversation(chat_id=…, model_id=…)`. It is in no list of chats.

        Route: GET /api/v1/notes/{id}/chat.

        Raises:
            NotFoundError: There is no such note.
            PermissionDeniedError: It is somebody else's.
            UnsupportedError: The server is older than 0.11.
        """
        return await self._http.call(Chat, "GET", await self._chat_path(note_id, "/chat"))

    @operation
    async def new_chat(self, note_id: str) -> Chat:
        """A new chat about a note; those there were stay. Route: POST /api/v1/notes/{id}/chat.

        Raises: as `chat`.
        """
        return await self._http.call(Chat, "POST", await self._chat_path(note_id, "/chat"))

    @operation
    async def chats(self, note_id: str) -> List[Chat]:
        """List your chats about a note, in full. Route: GET /api/v1/notes/{id}/chats.

        Raises: as `chat`.
        """
        return await self._http.call(List[Chat], "GET", await self._chat_path(note_id, "/chats"))

    async def _chat_path(self, note_id: str, rest: str) -> str:
        path = f"/api/v1/notes/{segment(note_id)}{rest}"
        await self._server.require(NOTE_CHATS)
        return path

    @operation
    async def delete(self, note_id: str) -> None:
        """Delete a note, for good. Route: DELETE /api/v1/notes/{id}/delete.

        Raises:
            NotFoundError: There is no such note.
            PermissionDeniedError: You may not change it.
        """
        await self._http.call(bool, "DELETE", f"/api/v1/notes/{segment(note_id)}/delete")
