"""Pure: what an export shows of a chat's messages: those of old documents too, and answers side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._messages import Message, branch, messages
from .._records import mappings


def all_messages(document: Mapping[str, Any]) -> dict[str, Message]:
    """All messages by id; of a document without a tree, those of its list."""
    listed = {str(one.get("id", number)): one for number, one in enumerate(mappings(document.get("messages")))}
    return messages(document) or listed


def shown(document: Mapping[str, Any]) -> list[Message]:
    """The messages on show, from the first to the last."""
    return branch(document) if messages(document) else list(all_messages(document).values())


def columns(known: Mapping[str, Message], answer: Message) -> list[Message]:
    """The answers that stand side by side with this one, in the order of their models; often only itself."""
    question = known.get(str(answer.get("parentId")), {})
    if len(question.get("models") or ()) < 2:
        return [answer]
    siblings = [known[child] for child in question.get("childrenIds") or () if child in known]
    shown = {_column(one): one for one in [*siblings, answer] if one.get("role") == "assistant"}
    return [shown[number] for number in sorted(shown)]


def _column(answer: Mapping[str, Any]) -> int:
    number = answer.get("modelIdx")
    return number if isinstance(number, int) else 0
