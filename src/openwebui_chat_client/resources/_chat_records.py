"""What the server says of chats: as they stand in lists, in full, their tags, their use, and what became of many."""

from __future__ import annotations

from datetime import datetime
from typing import Any, List

from .._records import Record, mapping
from .._times import Dated, seconds


class ChatSummary(Dated):
    """A chat as it stands in lists."""

    id: str
    title: str
    last_read_at: int | None = None
    """Seconds since 1970, from servers since 0.9."""
    snippet: str | None = None
    """In a search, the text around what was found, from servers since 0.10."""


class Chat(Dated):
    """A chat in full."""

    id: str
    title: str = ""
    user_id: str = ""
    chat: dict[str, Any]
    """The document itself: `models`, `history` (the message tree: `messages`, `currentId`), and more.

    Its `timestamp` is in milliseconds since 1970; those of its messages are in seconds.
    """
    folder_id: str | None = None
    archived: bool = False
    pinned: bool | None = False
    share_id: str | None = None
    meta: dict[str, Any] | None = None
    """Among others `tags`, the ids of its tags."""

    @property
    def tag_ids(self) -> List[str]:
        """The ids of its tags: their names in lower case, with `_` for blanks."""
        return [str(tag) for tag in mapping(self.meta).get("tags") or ()]


class ExportedChat(Chat):
    """A chat as it is exported: as the server has it, and what another server needs to make the same of it."""

    folder_path: List[str] | None = None
    """The names of the folders it is in, from the top level on; None in no folder."""
    tag_names: List[str] = ()  # type: ignore[assignment]  # a missing key reads as nothing
    """The names of its tags, as written."""


class Tag(Record):
    """A tag of chats."""

    id: str
    """The name in lower case, with `_` for blanks; two names with one id are one tag."""
    name: str


class ChatUsage(Dated):
    """How a chat was used; the `history_…` numbers count every branch, the others the branch on show."""

    id: str
    message_count: int = 0
    models: dict[str, int] | None = None
    """How many answers each model gave."""
    history_message_count: int = 0
    history_user_message_count: int = 0
    history_assistant_message_count: int = 0
    history_models: dict[str, int] | None = None
    average_response_time: float = 0.0
    """Seconds."""
    average_user_message_content_length: float = 0.0
    """Characters."""
    average_assistant_message_content_length: float = 0.0
    """Characters; 0 from servers of 0.10, which do not count them."""
    last_message_at: int = 0
    """Seconds since 1970."""

    @property
    def last_message(self) -> datetime | None:
        """When the last message on show was written, in UTC."""
        return seconds(self.last_message_at)


class Share(Record):
    """A chat that was given out as a link."""

    chat_id: str
    share_id: str
    url: str
    """What to give to the others; who may open it, `share_access` says."""


class SharedChat(Dated):
    """A link that you gave out."""

    share_id: str | None = None
    chat_id: str | None = None
    title: str = ""
    """The chat's title when it was shared."""


class ArchivedChat(Record):
    """A chat that was archived by its age."""

    id: str
    title: str
    updated_at: int
    """Seconds since 1970, before it was archived."""


class UnarchivedChat(Record):
    """A chat that was old enough and could not be archived."""

    id: str
    title: str
    error: str


class ArchiveReport(Record):
    """What became of the chats that were looked at for their age."""

    total_checked: int
    total_archived: int
    total_failed: int
    archived_chats: List[ArchivedChat]
    """Those that were archived; in a dry run, those that would be."""
    failed_chats: List[UnarchivedChat]
    errors: List[str]
    """One line for each that failed."""
    dry_run: bool


class ExportReport(Record):
    """A file of exported chats."""

    path: str
    total: int
    """How many chats are in it."""


class ImportedChat(Record):
    """A chat that was made of an exported one."""

    id: str
    title: str
    former_id: str | None = None
    """The id that it had where it was exported."""


class UnimportedChat(Record):
    """An exported chat of which none could be made."""

    item: str
    """Its title."""
    former_id: str | None = None
    error: str


class ImportReport(Record):
    """What became of exported chats: each is in exactly one of the two, in the order given."""

    imported: List[ImportedChat]
    failed: List[UnimportedChat]
