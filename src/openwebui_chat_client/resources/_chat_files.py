"""Pure: exported chats as files and as bodies: lines of JSON, the lists that the browser exports, single chats."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from os import PathLike, fspath
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, cast

from .._records import decode, mapping
from ._chat_records import Chat, ExportedChat

Exported: TypeAlias = "str | PathLike[str] | Mapping[str, Any] | Iterable[Mapping[str, Any]]"
"""Exported chats: a file's path, one chat, or several."""
MOST_CHATS = 50
MOST_BYTES = 8 * 1024 * 1024
KEPT = ("meta", "variables", "pinned", "archived", "current_message_id", "created_at", "updated_at")
"""What the server's import takes besides the document and the folder."""


class Sized(NamedTuple):
    """An exported chat, and about how many bytes it has."""

    row: ExportedChat
    size: int


def line(row: Mapping[str, Any]) -> bytes:
    """A chat as one line of a file."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def exported(chat: Chat, folder_path: list[str] | None, tag_names: list[str]) -> ExportedChat:
    """The chat with what another server needs, and without what a reading of it adds."""
    row = decode(ExportedChat, {**chat, "folder_path": folder_path or None, "tag_names": tag_names})
    row["chat"] = {key: value for key, value in chat.chat.items() if key != "share_mode"}
    row.pop("context_usage", None)
    return row


def form(row: ExportedChat, folder_id: str | None, without_tags: Iterable[str] = ()) -> dict[str, Any]:
    """The body that imports a chat."""
    body: dict[str, Any] = {key: row[key] for key in KEPT if row.get(key) is not None}
    body["chat"] = {**row.chat, "title": row.title} if row.title else dict(row.chat)
    body["chat"].pop("share_mode", None)
    body["folder_id"] = folder_id
    left = set(without_tags)
    if left:
        body["meta"] = {**mapping(row.meta), "tags": [tag for tag in row.tag_ids if tag not in left]}
    return body


def repeatable(source: Exported) -> Exported:
    """The same source as one that can be gone through twice."""
    if isinstance(source, str | PathLike):
        return source
    return cast("Mapping[str, Any]", source) if isinstance(source, Mapping) else list(source)


def rows(source: Exported) -> Iterator[Sized]:
    """The chats of a source, one by one; a file of lines is never held in memory whole.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: Something in it is no exported chat; the text says which.
    """
    if isinstance(source, str | PathLike):
        yield from _of_file(Path(source))
    elif isinstance(source, Mapping):
        yield _checked(cast("Mapping[str, Any]", source), "the chat")
    else:
        for number, one in enumerate(source, 1):
            yield _checked(one, f"chat {number}")


def batches(found: Iterable[Sized]) -> Iterator[list[ExportedChat]]:
    """The chats in lists that are small enough for one request each."""
    batch: list[ExportedChat] = []
    total = 0
    for row, size in found:
        if batch and (len(batch) == MOST_CHATS or total + size > MOST_BYTES):
            yield batch
            batch, total = [], 0
        batch.append(row)
        total += size
    if batch:
        yield batch


def _of_file(path: Path) -> Iterator[Sized]:
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {fspath(path)!r}")
    with closing(_by_line(path)) as by_line:
        first = next(by_line, None)
        if first is not None and mapping(_parsed(first[1])):
            yield _checked(_parsed(first[1]), first[0])
            for place, text in by_line:
                yield _checked(_parsed(text), place)
            return
    yield from _of_list(path)


def _of_list(path: Path) -> Iterator[Sized]:
    """The chats of a file that holds one list, or one chat over several lines."""
    try:
        content = json.loads(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{fspath(path)!r} holds no exported chats: {error}") from None
    listed = decode(list[Any], content) if isinstance(content, list) else [content]
    for number, one in enumerate(listed, 1):
        yield _checked(one, f"chat {number} in {fspath(path)!r}")


def _by_line(path: Path) -> Generator[tuple[str, bytes]]:
    with path.open("rb") as file:
        for number, text in enumerate(file, 1):
            if text.strip():
                yield f"line {number} of {fspath(path)!r}", text


def _parsed(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _checked(one: object, what: str) -> Sized:
    """An exported chat; a bare document, as old exports have it, counts as one."""
    row = mapping(one)
    if "chat" not in row and ("history" in row or "messages" in row):
        row = {"title": row.get("title"), "chat": row}
    if not isinstance(row.get("chat"), dict):
        raise ValueError(f"{what} is no exported chat: it has no 'chat' with the document in it")
    return Sized(decode(ExportedChat, row), len(json.dumps(row)))
