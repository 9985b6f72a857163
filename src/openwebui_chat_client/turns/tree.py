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
    ends = [message_id for message_id, message in known.items() if not message.get("childrenIds")]
    return max(ends, key=lambda message_id: known[message_id].get("timestamp") or 0, default=None)


def branch(chat: Mapping[str, Any]) -> list[Message]:
    """The messages on show, from the first to the leaf."""
    known = messages(chat)
    path: dict[str, Message] = {}
    message_id = leaf(chat)
    while message_id in known and message_id not in path:
        path[message_id] = known[message_id]
        message_id = known[message_id].get("parentId")
    return list(reversed(path.values()))
