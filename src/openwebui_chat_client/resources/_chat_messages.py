"""Pure: the messages in a chat's document, the branch that is on show, and what they say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .._records import mapping, mappings

Message = dict[str, Any]
DETAILS = re.compile(r"<details\b[^>]*>(?:(?!<details\b).)*?</details>\s*", re.DOTALL | re.IGNORECASE)


def messages(document: Mapping[str, Any]) -> dict[str, Message]:
    """All messages by id, in the order stored; of a document without a tree, those of its list."""
    stored = mapping(mapping(document.get("history")).get("messages"))
    if not stored:
        stored = {str(one.get("id", number)): one for number, one in enumerate(mappings(document.get("messages")))}
    return {message_id: mapping(message) for message_id, message in stored.items()}


def branch(document: Mapping[str, Any]) -> list[Message]:
    """The messages on show, from the first to the last."""
    known = messages(document)
    current = mapping(document.get("history")).get("currentId")
    if current not in known:
        return list(known.values()) if not mapping(document.get("history")).get("messages") else _newest(known)
    return _up_from(str(current), known)


def columns(known: Mapping[str, Message], answer: Message) -> list[Message]:
    """The answers that stand side by side with this one, in the order of their models; often only itself."""
    question = known.get(str(answer.get("parentId")), {})
    if len(question.get("models") or ()) < 2:
        return [answer]
    siblings = [known[child] for child in question.get("childrenIds") or () if child in known]
    shown = {_column(one): one for one in [*siblings, answer] if one.get("role") == "assistant"}
    return [shown[number] for number in sorted(shown)]


def words(message: Mapping[str, Any]) -> str:
    """The plain text of a message, wherever the server's version keeps it: no reasoning, no tool calls."""
    output = [item for item in mappings(message.get("output")) if item.get("type") == "message"]
    text = "\n".join(filter(str.strip, (_parts(item.get("content")) for item in output))) or _parts(
        message.get("content")
    )
    return DETAILS.sub("", text) if "<details" in text else text


def _parts(content: object) -> str:
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text") or "") for part in mappings(content))


def _newest(known: dict[str, Message]) -> list[Message]:
    ends = [message_id for message_id, message in known.items() if not message.get("childrenIds")]
    newest = max(ends, key=lambda message_id: known[message_id].get("timestamp") or 0, default=None)
    return _up_from(newest, known)


def _up_from(message_id: str | None, known: dict[str, Message]) -> list[Message]:
    path: dict[str, Message] = {}
    while message_id in known and message_id not in path:
        path[message_id] = known[message_id]
        message_id = known[message_id].get("parentId")
    return list(reversed(path.values()))


def _column(answer: Mapping[str, Any]) -> int:
    number = answer.get("modelIdx")
    return number if isinstance(number, int) else 0
