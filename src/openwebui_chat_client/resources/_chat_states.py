"""Pinned, archived and read: the server's switches turn over what is; here one says what shall be."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any, List, NamedTuple

from .._bulk import LIMIT, Outcome, Progress, for_each
from .._dual import M, operation
from .._http import segment
from .._server import EMPTIED_FOLDERS, UNREAD
from ._chat_lists import EVERYWHERE, ChatLists
from ._chat_records import ArchivedChat, ArchiveReport, Chat, ChatSummary, UnarchivedChat
from ._switches import switch, toggled

DAY = 24 * 60 * 60


class Switch(NamedTuple):
    """A switch of the server, and the field that says how it stands."""

    action: str
    field: str


PIN = Switch("/pin", "pinned")
ARCHIVE = Switch("/archive", "archived")


class ChatStates(ChatLists[M]):
    """Pinning and archiving chats, and marking them as read."""

    @operation
    async def pin(self, chat_id: str) -> Chat:
        """Pin a chat; one that is pinned stays untouched. Pinning makes the server renew `updated_at`.

        Routes: GET /api/v1/chats/{id}, POST /api/v1/chats/{id}/pin.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
        """
        return await self._turn(PIN, chat_id, on=True)

    @operation
    async def unpin(self, chat_id: str) -> Chat:
        """Undo `pin`; a chat that is not pinned stays untouched.

        Routes: GET /api/v1/chats/{id}, POST /api/v1/chats/{id}/pin.

        Raises: as `pin`.
        """
        return await self._turn(PIN, chat_id, on=False)

    @operation
    async def archive(self, chat_id: str) -> Chat:
        """Archive a chat; one that is archived stays untouched.

        The server takes the chat out of its folder, stops an answer that is being written (from 0.9 on), and renews
        `updated_at`.

        Routes: GET /api/v1/chats/{id}, POST /api/v1/chats/{id}/archive.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
        """
        return await self._turn(ARCHIVE, chat_id, on=True)

    @operation
    async def unarchive(self, chat_id: str) -> Chat:
        """Bring a chat back from the archive, into no folder; one that is not archived stays untouched.

        Routes: GET /api/v1/chats/{id}, POST /api/v1/chats/{id}/archive.

        Raises: as `archive`.
        """
        return await self._turn(ARCHIVE, chat_id, on=False)

    @operation
    async def archive_all(self, *, confirm: bool) -> None:
        """Archive all your chats, pinned ones too; those in folders leave them.

        Servers before 0.12 archive all at once only what is in no folder: the others are archived one by one, which
        renews their `updated_at`.

        Args:
            confirm: Must be True.

        Routes: POST /api/v1/chats/archive/all, GET /api/v1/chats/, POST /api/v1/chats/{id}/archive.

        Raises:
            ValueError: It is not.
        """
        if confirm is True and not await self._server.has(EMPTIED_FOLDERS):
            await self._archive_foldered()
        await self._to_all("POST", "/api/v1/chats/archive/all", "archives all chats", confirm=confirm)

    @operation
    async def unarchive_all(self, *, confirm: bool) -> None:
        """Bring all your chats back from the archive at once. Route: POST /api/v1/chats/unarchive/all.

        Args:
            confirm: Must be True.

        Raises:
            ValueError: It is not.
        """
        await self._to_all("POST", "/api/v1/chats/unarchive/all", "brings back all archived chats", confirm=confirm)

    @operation
    async def mark_unread(self, chat_id: str) -> None:
        """Mark a chat as unread, until it is opened or marked as read. Route: POST /api/v1/chats/{id}/unread.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
            UnsupportedError: The server is older than 0.11.
        """
        segment(chat_id)
        await self._server.require(UNREAD)
        await self._on(dict[str, Any], "POST", chat_id, "/unread", repeatable=True)

    @operation
    async def mark_all_read(self) -> int:
        """Mark all your chats as read but those in the archive. How many there are. Route: POST /api/v1/chats/read.

        `folders.mark_read` does it for those of a folder.

        Raises:
            UnsupportedError: The server is older than 0.11.
        """
        await self._server.require(UNREAD)
        marked = await self._http.call(dict[str, Any], "POST", "/api/v1/chats/read", repeatable=True)
        return int(marked.get("updated_count") or 0)

    @operation
    async def archive_older_than(
        self,
        days: float,
        folder_id: str | None = None,
        *,
        dry_run: bool = False,
        limit: int = LIMIT,
        progress: Progress | None = None,
    ) -> ArchiveReport:
        """Archive the chats that nobody wrote to for so many days; pinned ones are left alone.

        Args:
            days: The age from which on a chat is archived; 0 means all.
            folder_id: Only chats in this folder, not in its sub-folders. Left out: only chats in no folder.
            dry_run: Say what would be archived, and archive nothing.
            limit: How many are archived at once.
            progress: Called after each chat that was archived, or could not be.

        Routes: GET /api/v1/chats/, GET /api/v1/chats/folder/{id}/list, POST /api/v1/chats/{id}/archive.

        Raises:
            ValueError: The number of days is negative.
            NotFoundError: There is no such folder. What befalls single chats is in `failed_chats`.
        """
        if not days >= 0:
            raise ValueError(f"the number of days cannot be {days}")
        chats = await self._unpinned(folder_id)
        last = time.time() - days * DAY
        old = [chat for chat in chats if chat.updated_at <= last]
        if dry_run:
            return _report(len(chats), old, [], dry_run=True)

        outcomes = await self._archive_each(old, limit=limit, progress=progress)
        done = [outcome.item for outcome in outcomes if outcome.error is None]
        failed = [(outcome.item, outcome.error) for outcome in outcomes if outcome.error is not None]
        return _report(len(chats), done, failed, dry_run=False)

    async def _unpinned(self, folder_id: str | None) -> List[ChatSummary]:
        if folder_id is None:
            return await self.list()
        async with aclosing(self._in_folder(folder_id)) as chats:
            return [chat async for chat in chats]

    async def _archive_foldered(self) -> None:
        """Archive, out of their folders, the chats that are in some; and pinned ones, which lists do not tell apart."""
        everywhere = await self._http.call(List[ChatSummary], "GET", "/api/v1/chats/", params=EVERYWHERE)
        loose = {chat.id for chat in await self.list()}
        for outcome in await self._archive_each([chat for chat in everywhere if chat.id not in loose]):
            if outcome.error is not None:
                raise outcome.error

    async def _archive_each(
        self, chats: List[ChatSummary], *, limit: int = LIMIT, progress: Progress | None = None
    ) -> List[Outcome[ChatSummary, Chat]]:
        async def archive(chat: ChatSummary) -> Chat:
            return await self._archive(chat.id)

        return await for_each(self._http.runtime, chats, archive, limit=limit, progress=progress)

    async def _archive(self, chat_id: str) -> Chat:
        """Archive a chat that is known not to be archived."""
        return await toggled(lambda: self.get(chat_id), self._press(ARCHIVE, chat_id), ARCHIVE.field, wanted=True)

    async def _turn(self, wanted: Switch, chat_id: str, *, on: bool) -> Chat:
        return await switch(lambda: self.get(chat_id), self._press(wanted, chat_id), wanted.field, wanted=on)

    def _press(self, wanted: Switch, chat_id: str) -> Callable[[], Awaitable[Chat]]:
        return lambda: self._on(Chat, "POST", chat_id, wanted.action, repeatable=False)


def _report(
    checked: int, done: List[ChatSummary], failed: List[tuple[ChatSummary, Exception]], *, dry_run: bool
) -> ArchiveReport:
    return ArchiveReport(
        total_checked=checked,
        total_archived=len(done),
        total_failed=len(failed),
        archived_chats=[ArchivedChat(id=chat.id, title=chat.title, updated_at=chat.updated_at) for chat in done],
        failed_chats=[UnarchivedChat(id=chat.id, title=chat.title, error=str(error)) for chat, error in failed],
        errors=[f"{chat.title}: {error}" for chat, error in failed],
        dry_run=dry_run,
    )
