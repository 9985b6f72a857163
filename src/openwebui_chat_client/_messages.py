"""The messages of a chat: the tree they stand in, the branch that is shown, and what they say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ._records import mapping, mappings

Message = dict[str, Any]
DETAILS = re.compile(r"<details\b[^>]*>(?:(?!<details\b).)*?</details>\s*", re.DOTALL | re.IGNORECASE)


def messages(chat: Mapping[str, Any]) -> dict[str, Message]:
    """All messages of a chat's document by id; empty when it has none."""
    return mapping(mapping(chat.get("history")).get("messages"))


def leaf(chat: Mapping[str, Any]) -> str | None:
    """The id of the message that the branch on show ends with; None when the chat is empty.

    Where the document points nowhere, it is the newest message without children. Where it points to a question that was
    answered, as it does on servers before 0.9 once somebody has edited one, it is the end of its newest branch.
    """
    known = messages(chat)
    current = mapping(chat.get("history")).get("currentId")
    if current in known:
        return _end(str(current), known)
    ends = [message_id for message_id, message in known.items() if not _children(message, known)]
    return max(ends, key=lambda message_id: known[message_id].get("timestamp") or 0, default=None)


def _end(message_id: str, known: Mapping[str, Message]) -> str:
    seen = {message_id}
    while known[message_id].get("role") == "user" or len(seen) > 1:
        below = [child for child in _children(known[message_id], known) if child not in seen]
        if not below:
            break
        message_id = below[-1]
        seen.add(message_id)
    return message_id


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


def text_of(message: dict[str, Any]) -> str:
    """The plain text of a stored message, wherever the server's version keeps it, without its markup.

    Where a filter on the server has changed it, the original stands beside it, and its output items are as before.
    """
    text = "" if message.get("originalContent") else output_text(message.get("output"))
    if not text:
        content = message.get("content")
        text = content if isinstance(content, str) else item_text(message)
    return DETAILS.sub("", text) if "<details" in text else text


def is_cut_off(message: Mapping[str, Any]) -> bool:
    """Whether a stored answer was stopped before its end: so the server marks it from 0.11 on, or this client did."""
    marked = any(item.get("status") == "incomplete" for item in mappings(message.get("output")))
    return marked or message.get("stopped") is True


def output_text(output: Any) -> str:
    """The text in a list of output items: that of the messages, one line break between two of them."""
    texts = [item_text(item) for item in mappings(output) if item.get("type") == "message"]
    return "\n".join(text for text in texts if text and not text.isspace())


def item_text(item: dict[str, Any]) -> str:
    """The text of one output item."""
    return "".join(str(part.get("text") or "") for part in mappings(item.get("content")))
