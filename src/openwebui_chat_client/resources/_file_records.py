"""What a file is, in the same form from every server."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, List

from .._records import Record, decode, mapping
from .._times import seconds

MARK = "client_upload_id"
"""What we put with a file's metadata, to know it again when the answer to its upload is lost."""
CHECKSUM = "client_upload_sha256"
"""What we put there for servers that do not compute it."""
ENDED = frozenset({"completed", "failed"})


class File(Record):
    """An uploaded file. What was read out of it is `Files.text`, its bytes are `Files.content`."""

    id: str
    filename: str = ""
    user_id: str = ""
    hash: str | None = None
    """Of the text (SHA-256), once it is processed; that of the bytes is `meta["file_hash"]`."""
    meta: dict[str, Any] | None = None
    """`name`, `content_type`, `size` in bytes, `file_hash`, and `data`: what was given as metadata, and
    `client_upload_id`, the mark of an upload by this client. On servers before 0.9.6, `file_hash` is None for what
    others than this client have uploaded."""
    data: dict[str, Any] | None = None
    """`status`, and `error` when processing failed; `get` has the text as `content` too."""
    created_at: int = 0
    """Seconds since 1970."""
    updated_at: int | None = None
    """Seconds since 1970."""

    @property
    def created(self) -> datetime | None:
        """When it was uploaded."""
        return seconds(self.created_at)

    @property
    def updated(self) -> datetime | None:
        """When it was last changed."""
        return seconds(self.updated_at)


def tidy(file: Mapping[str, Any]) -> File:
    """A file as the newest servers send it: the checksum of its bytes in its place, and a word on errors."""
    row = decode(File, {name: value for name, value in file.items() if name != "access_control"})
    if isinstance(row.meta, dict):
        row["meta"] = _with_checksum(row.meta)
    if isinstance(row.data, dict) and row.data.get("status") in ENDED:
        row["data"] = {"error": None, **row.data}
    return row


def without_text(file: Mapping[str, Any]) -> File:
    """A file as lists have it: older servers forget to leave out the text, where a file has not yet one of its own."""
    row = tidy(file)
    if isinstance(row.data, dict):
        row["data"] = {name: value for name, value in row.data.items() if name != "content"}
    return row


def newest_first(files: List[File], key: str) -> List[File]:
    """Files in the order in which later servers send them."""
    return sorted(files, key=lambda file: file.get(key) or 0, reverse=True)


def _with_checksum(meta: dict[str, Any]) -> dict[str, Any]:
    kept = mapping(meta.get("data"))
    known = meta.get("file_hash") or kept.get(CHECKSUM)
    data = {name: value for name, value in kept.items() if name != CHECKSUM}
    return {**meta, "file_hash": known, **({"data": data} if CHECKSUM in kept else {})}
