"""Pinned and archived: the server has switches that turn over what is; here one says what shall be."""

from __future__ import annotations

import time
from typing import List, NamedTuple

from .._bulk import LIMIT, Progress, for_each
from .._dual import M, operation
from ..errors import APIConnectionError, ConflictError, OpenWebUIError, ServerError
from ._chat_lists import ChatLists
from ._chat_records import ArchivedChat, ArchiveReport, Chat, ChatSummary, UnarchivedChat

DAY = 24 * 60 * 60
TRIES = 3
SERVER_FAILED = 500
"""Of Open WebUI itself, often as its database was locked; what a proxy says, it says while work may go on."""


class Switch(NamedTuple):
    """A switch of the server, and the field that says how it stands."""

    action: str
    field: str

    def is_on(self, chat: Chat) -> bool:
        return bool(chat.get(self.field))


PIN = Switch("/pin", "pinned")
ARCHIVE = Switch("/archive", "archived")


class ChatStates(ChatLists[M]):
    """Pinning and archiving chats."""

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

        The server takes the chat out of its folder, stops an answer that is being written, and renews `updated_at`.

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

        async def archive(chat: ChatSummary) -> Chat:
            return await self._press(ARCHIVE, chat.id, on=True)

        outcomes = await for_each(self._http.runtime, old, archive, limit=limit, progress=progress)
        done = [outcome.item for outcome in outcomes if outcome.error is None]
        failed = [(outcome.item, outcome.error) for outcome in outcomes if outcome.error is not None]
        return _report(len(chats), done, failed, dry_run=False)

    async def _unpinned(self, folder_id: str | None) -> List[ChatSummary]:
        if folder_id is None:
            return await self.list()
        async with self.in_folder(folder_id) as chats:
            return [chat async for chat in chats]

    async def _turn(self, switch: Switch, chat_id: str, *, on: bool) -> Chat:
        chat = await self.get(chat_id)
        return chat if switch.is_on(chat) is on else await self._press(switch, chat_id, on=on)

    async def _press(self, switch: Switch, chat_id: str, *, on: bool) -> Chat:
        """Turn the switch, which stands the other way, and make sure of it: never again without knowing how it stands.

        It is turned again when somebody turned it back at the same time, or when the server failed and is through.
        """
        failure: OpenWebUIError = ConflictError(f"others keep turning over whether chat {chat_id} is {switch.field}")
        for _ in range(TRIES):
            try:
                chat = await self._on(Chat, "POST", chat_id, switch.action, repeatable=False)
            except (APIConnectionError, ServerError) as error:
                if isinstance(error, APIConnectionError) and not error.arrived:
                    raise
                chat, failure = await self.get(chat_id), error  # it may have been turned before the answer was lost
                is_through = isinstance(error, ServerError) and error.status_code == SERVER_FAILED
                if switch.is_on(chat) is not on and not is_through:
                    raise
            if switch.is_on(chat) is on:
                return chat
        raise failure


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
