"""Flat names for notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypedDict

from .._dual import Dual, M, alias, operation
from ..resources._access import Access, grants
from ..resources._notes import Note
from ..resources.notes import Notes


class NoteTitle(TypedDict):
    """A note without its text. Times are nanoseconds since 1970."""

    id: str
    title: str
    created_at: int
    updated_at: int


class NoteNames(Dual[M]):
    """`client.create_note(…)` and its like."""

    notes: Notes[M]

    get_notes = alias(Notes.get_all)
    get_note_by_id = alias(Notes.get)

    @operation
    async def get_notes_list(self) -> list[NoteTitle]:
        """List `id`, `title`, `created_at` and `updated_at` of every note that you may read."""
        return [
            NoteTitle(id=note.id, title=note.title, created_at=note.created_at, updated_at=note.updated_at)
            for note in await self.notes.list()
        ]

    @operation
    async def create_note(
        self,
        title: str,
        data: Mapping[str, Any] | None = None,
        meta: Mapping[str, Any] | None = None,
        access_control: Access = None,
    ) -> Note:
        """Make a note. The browser shows `data["content"]["md"]`.

        Args:
            title: What it is called.
            data: Its content, as the server has it.
            meta: What you like to keep with it.
            access_control: Who else may read or change it, in any form of `Access`; left out, nobody.

        Raises:
            ValueError: The title is empty.
        """
        access = "private" if access_control is None else access_control
        return await self.notes.create(title, data=data, meta=meta, access=access)

    @operation
    async def update_note_by_id(
        self,
        note_id: str,
        title: str | None = None,
        data: Mapping[str, Any] | None = None,
        meta: Mapping[str, Any] | None = None,
        access_control: Access = None,
    ) -> Note:
        """Change what is given, and nothing else. The note afterwards.

        Raises:
            ValueError: Nothing is given, or the title is empty.
            NotFoundError: There is no such note.
        """
        if access_control is None:
            return await self.notes.update(note_id, title=title, data=data, meta=meta)
        wanted = grants(access_control)
        if title is not None or data is not None or meta is not None:
            await self.notes.update(note_id, title=title, data=data, meta=meta)
        return await self.notes.set_access(note_id, wanted)

    @operation
    async def delete_note_by_id(self, note_id: str) -> bool:
        """Delete a note, for good. Always True: failure raises.

        Raises:
            NotFoundError: There is no such note.
        """
        await self.notes.delete(note_id)
        return True
