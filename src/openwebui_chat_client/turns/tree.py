"""The message tree of a chat: parents, children, the branch that is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._records import mapping

Message = dict[str, Any]


def messages(chat: Mapping[str, Any]) -> dict[str, Message]:
    """All messages of a chat's document by id; empty when it has none."""
    return mapping(mapping(chat.get("history")).get("messages"))


def leaf(chat: Mapping[str, Any]) -> str | None:
    """The id of the message that the branch on show ends with; None when the chat is empty.

    Where the document points nowhere, it is the newest message without children.
    """
    known = messages(chat)
    current = mapping(chat.get("history")).get("currentId")
    if current in known:
        return str(current)
    ends = [message_id for message_id, message in known.items() if not _children(message, known)]
    return max(ends, key=lambda message_id: known[message_id].get("timestamp") or 0, default=None)


def branch(chat: Mapping[str, Any]) -> list[Message]:
    """The messages on show, from the first to the leaf."""
    return path(messages(chat), leaf(chat))


def branches(chat: Mapping[str, Any]) -> list[list[Message]]:
    """Every branch, from its first message to its end, the oldest end first."""
    known = messages(chat)
    ends = [message_id for message_id, message in known.items() if not _children(message, known)]
    ends.sort(key=lambda message_id: known[message_id].get("timestamp") or 0)
    return [path(known, end) for end in ends]


def path(known: Mapping[str, Message], end: str | None) -> list[Message]:
    """The messages from the first one to this one."""
    found: dict[str, Message] = {}
    while end is not None and end in known and end not in found:
        found[end] = known[end]
        end = known[end].get("parentId")
    return list(reversed(found.values()))


def _children(message: Message, known: Mapping[str, Message]) -> list[str]:
    return [child for child in message.get("childrenIds") or () if child in known]
