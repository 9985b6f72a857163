"""Pure: a chat's messages, those of old documents too: which are on show, and how some of them are changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._messages import DETAILS, Message, branch, messages
from .._records import mapping, mappings


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
    models = list(question["models"])
    shown = {_column(one, models): one for one in [*siblings, answer] if one.get("role") == "assistant"}
    return [shown[number] for number in sorted(shown)]


def merged(document: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The tree of a document with that of the changes in it, as servers since 0.10 merge them."""
    former, new = mapping(document.get("history")), mapping(changes.get("history"))
    known = {**messages(document), **messages(changes)}
    children: dict[str, list[str]] = {name: [] for name in known}
    for name, one in known.items():
        children.get(str(one.get("parentId")), []).append(name)
    tree = {name: {**one, "childrenIds": children[name]} for name, one in known.items()}
    leaf = next((one for one in (new.get("currentId"), former.get("currentId")) if one in tree), None)
    return {**former, **new, "messages": tree, "currentId": leaf}


def rewritten(document: Mapping[str, Any], message_id: str, text: str) -> dict[str, Any]:
    """The keys of a document that change when this message has another text: its tree has only that message then."""
    changes: dict[str, Any] = {}
    if message_id in messages(document):
        changes["history"] = {"messages": {message_id: _with_text(messages(document)[message_id], text)}}
    listed = mappings(document.get("messages"))
    if listed:
        names = [str(one.get("id", number)) for number, one in enumerate(listed)]
        changes["messages"] = [
            _with_text(one, text) if name == message_id else one for name, one in zip(names, listed, strict=True)
        ]
    return changes


def _with_text(message: Message, text: str) -> Message:
    """The message with another text wherever the server's version keeps it; an answer's reasoning and tools stay."""
    content, output = message.get("content"), mappings(message.get("output"))
    markup = DETAILS.findall(content) if isinstance(content, str) and message.get("role") == "assistant" else []
    changed = {**message, "content": "".join([*markup, text])}
    if output:
        said = [item for item in output if item.get("type") == "message"] or [{"type": "message", "role": "assistant"}]
        last = {**said[-1], "content": [{"type": "output_text", "text": text}]}
        changed["output"] = [*(item for item in output if item not in said), last]
    return changed


def _column(answer: Mapping[str, Any], models: list[Any]) -> int:
    """Which of the models answered; servers before 0.11 do not say it of the answers that they keep."""
    number, model = answer.get("modelIdx"), answer.get("model")
    return number if isinstance(number, int) else models.index(model) if model in models else 0
