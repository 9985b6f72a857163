"""Flat names for managing chats and folders: `rename_chat`, `archive_chats_by_age` and the like."""

from __future__ import annotations

from collections.abc import Iterable

from .._arguments import text
from .._dual import Dual, M, operation
from ..errors import NameNotFoundError
from ..resources.chats import ArchiveReport, Chat, Chats, ChatSummary
from ..resources.folders import Folders


class ChatNames(Dual[M]):
    """`client.rename_chat(…)` and its like."""

    chats: Chats[M]
    folders: Folders[M]

    @operation
    async def rename_chat(self, chat_id: str, new_title: str) -> bool:
        """Give a chat another title, and change nothing else. Always True: failure raises.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
        """
        await self.chats.rename(chat_id, new_title)
        return True

    @operation
    async def set_chat_tags(self, chat_id: str, tags: Iterable[str]) -> list[str]:
        """Add the tags that the chat does not have; none is taken away. The names of all that it has then.

        Raises: as `chats.add_tags`.
        """
        return [tag.name for tag in await self.chats.add_tags(chat_id, tags)]

    @operation
    async def list_chats(self, page: int | None = None) -> list[ChatSummary]:
        """List chats, newest first: none that are archived, pinned or in a folder.

        Args:
            page: From 1, of 60 each; one beyond the last is empty. Left out: all of them.
        """
        return await self.chats.list(page)

    @operation
    async def get_chats_by_folder(self, folder_id: str) -> list[Chat]:
        """Fetch all chats of a folder and its sub-folders in full; none that are archived or pinned.

        Raises:
            NotFoundError: There is no such folder.
        """
        return await self.chats.all_in_folder(folder_id)

    @operation
    async def archive_chat(self, chat_id: str) -> bool:
        """Archive a chat; afterwards it is archived, also if it was before. Always True: failure raises.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
        """
        await self.chats.archive(chat_id)
        return True

    @operation
    async def archive_chats_by_age(
        self,
        days_since_update: float = 30,
        folder_name: str | None = None,
        dry_run: bool = False,  # noqa: FBT001, FBT002 - the original's signature
    ) -> ArchiveReport:
        """Archive the chats that nobody wrote to for so many days; pinned ones are left alone.

        Args:
            days_since_update: The age from which on a chat is archived.
            folder_name: Only chats in this folder, not in its sub-folders. Left out: only chats in no folder.
            dry_run: Say what would be archived, and archive nothing.

        Returns:
            `total_checked`, `total_archived`, `total_failed`, `archived_chats`, `failed_chats`, `errors`, `dry_run`.

        Raises:
            ValueError: The number of days is negative.
            NameNotFoundError: There is no such folder.
        """
        folder_id = None
        if folder_name is not None:
            folder_id = await self.get_folder_id_by_name(folder_name)
            if folder_id is None:
                raise NameNotFoundError(f"there is no folder {folder_name!r}", kind="folder", name=folder_name)
        return await self.chats.archive_older_than(days_since_update, folder_id, dry_run=dry_run)

    @operation
    async def create_folder(self, folder_name: str | None = None, *, name: str | None = None) -> str:
        """Make a folder at the top level, and give its id.

        Args:
            folder_name: Its name.
            name: The same, as later versions of the original have it.

        Raises:
            ConflictError: There is one of that name.
            TypeError: It was given both ways, or neither.
        """
        if (folder_name is None) is (name is None):
            raise TypeError("create_folder() needs either folder_name or name")
        return (await self.folders.create(folder_name or name or "")).id

    @operation
    async def get_folder_id_by_name(self, name: str, suppress_log: bool = False) -> str | None:  # noqa: ARG002, FBT001, FBT002 - the original's signature
        """The id of the folder of that name: at the top level, else the only one further down; None without any.

        Args:
            name: The exact name.
            suppress_log: Does nothing any more.

        Raises:
            AmbiguousNameError: None at the top level, several further down.
        """
        found = await self.folders.find(text(name, "a name of a folder"))
        return found.id if found else None

    @operation
    async def move_chat_to_folder(self, chat_id: str, folder_id: str | None) -> bool:
        """Put a chat into a folder, or with None out of any. Always True: failure raises.

        Raises:
            NotFoundError: There is no such chat, or no such folder.
        """
        await self.chats.move(chat_id, folder_id)
        return True

    @operation
    async def delete_all_chats(self) -> bool:
        """Delete all your chats, archived ones too, for good and without a question. Always True: failure raises.

        Raises:
            PermissionDeniedError: You may not delete chats.
        """
        await self.chats.delete_all(confirm=True)
        return True
