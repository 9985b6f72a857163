"""A turn in the document of a chat that this client keeps itself, and the bodies that have it answered."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from .._messages import Message, messages, path, text_of
from .._records import mapping, mappings, strings
from .answer import Answer
from .body import LEGACY, Query, Reply, extras_of, question_of
from .details import heard, thought


def with_turn(document: Mapping[str, Any], query: Query, now: float) -> dict[str, Any]:
    """What changes in a chat's document when a question and its answers to be are added. `now` is in seconds."""
    known = {message_id: dict(message) for message_id, message in messages(document).items()}
    question = dict(known.get(query.question_id) or query.stored or question_of(query, now))
    _link(known, query.parent_id, [query.question_id])
    known[query.question_id] = question
    for column, reply in enumerate(query.replies, query.column or 0):
        known.setdefault(reply.message_id, _placeholder(query, reply, column, now))
    _link(known, query.question_id, query.message_ids)
    models = {"models": query.models} if query.column is None else {}
    return _shown(known, query.message_ids[-1]) | models | {"files": list(query.files)}


def without_turn(document: Mapping[str, Any], query: Query) -> dict[str, Any]:
    """What changes in a chat's document when a turn that was not taken is removed again."""
    gone = {*query.message_ids, *([] if query.stored else [query.question_id])}
    known = {
        message_id: {
            **message,
            "childrenIds": [child for child in _children(message) if child not in gone],
        }
        for message_id, message in messages(document).items()
        if message_id not in gone
    }
    return _shown(known, query.question_id if query.stored else query.parent_id)


def with_answers(document: Mapping[str, Any], changed: Mapping[str, Mapping[str, Any]], shown: str) -> dict[str, Any]:
    """What changes in a chat's document when these parts of its messages change; this message is on show."""
    known = {
        message_id: {**message, **changed.get(message_id, {})} for message_id, message in messages(document).items()
    }
    return _shown(known, shown)


def finished(answer: Answer, message: Mapping[str, Any], *, overwrite: bool) -> dict[str, Any]:
    """The parts of a stored message that an answer's end changes.

    The text is written over only where the server has not stored the answer itself.
    """
    made: dict[str, Any] = {"done": True}
    if overwrite or (answer.text and not text_of(dict(message))):
        made["content"] = thought(answer.reasoning) + answer.text
    if answer.stopped:
        made["stopped"] = True
    if answer.sources and not message.get("sources"):
        made["sources"] = answer.sources
    if answer.usage:
        made["usage"] = answer.usage
    if answer.follow_ups:
        made["followUps"] = answer.follow_ups
    if answer.error and not message.get("error"):
        made["error"] = {"content": answer.error}
    return made


def spoken(document: Mapping[str, Any], query: Query) -> list[dict[str, Any]]:
    """The conversation up to the question as the provider gets it, with the document that has the turn."""
    system = [{"role": "system", "content": query.system_prompt}] if query.system_prompt else []
    said = [
        {"role": message["role"], "content": _content(message)}
        for message in path(messages(document), query.question_id)
        if message.get("role") == "user" or _content(message)
    ]
    return [*system, *said]


def background(
    query: Query, reply: Reply, document: Mapping[str, Any], *, chat_id: str, session_id: str, with_tasks: bool
) -> dict[str, Any]:
    """The body that makes a server before 0.9 answer in the background, into the message that is there for it."""
    question = messages(document)[query.question_id]
    tasks = dict(query.tasks)
    if not with_tasks:
        tasks = {name: wish for name, wish in tasks.items() if name == "follow_up_generation"}
    return extras_of(query) | {
        "model": reply.model_id,
        "stream": True,
        "messages": spoken(document, query),
        "chat_id": chat_id,
        "id": reply.message_id,
        "session_id": session_id,
        "parent_id": query.question_id,
        "parent_message": question,
        "background_tasks": tasks,
    }


def direct(query: Query, reply: Reply, document: Mapping[str, Any]) -> dict[str, Any]:
    """The body that makes any server stream the answer back, and keep nothing."""
    body = {"model": reply.model_id, "stream": True, "messages": spoken(document, query)}
    return extras_of(query) | body | {"params": LEGACY | dict(query.params)}


def completed(reply: Reply, document: Mapping[str, Any], *, chat_id: str, session_id: str) -> dict[str, Any]:
    """The body that has the server's outlet filters look at an answer that is complete."""
    said = [
        {"id": message.get("id"), "role": message.get("role"), "content": message.get("content") or ""}
        for message in path(messages(document), reply.message_id)
    ]
    return {
        "model": reply.model_id,
        "messages": said,
        "chat_id": chat_id,
        "session_id": session_id,
        "id": reply.message_id,
    }


def filtered(answer: Any, message: Mapping[str, Any]) -> dict[str, Any]:
    """What the outlet filters made of a message: its new content, with the original beside it; empty if the same."""
    content = message.get("content") or ""
    for one in mappings(mapping(answer).get("messages")):
        if one.get("id") == message.get("id") and one.get("content", content) != content:
            return {"content": one["content"], "originalContent": content}
    return {}


def _placeholder(query: Query, reply: Reply, column: int, now: float) -> Message:
    return {
        "id": reply.message_id,
        "parentId": query.question_id,
        "childrenIds": [],
        "role": "assistant",
        "content": "",
        "model": reply.model_id,
        "modelName": reply.model_id,
        "modelIdx": column,
        "timestamp": int(now),
        "done": False,
    }


def _link(known: dict[str, Message], parent_id: str | None, children: Iterable[str]) -> None:
    if parent := known.get(parent_id or ""):
        known[str(parent_id)] = {**parent, "childrenIds": list(dict.fromkeys([*_children(parent), *children]))}


def _children(message: Message) -> list[str]:
    return strings(message.get("childrenIds"))


def _shown(known: Mapping[str, Message], leaf: str | None) -> dict[str, Any]:
    """A tree with this message on show, and the branch to it, which the search of these servers looks through."""
    return {"history": {"messages": known, "currentId": leaf}, "messages": path(known, leaf)}


def _content(message: Message) -> Any:
    if message.get("role") != "user":
        return text_of(message) if message.get("output") else heard(str(message.get("content") or ""))
    images: Collection[dict[str, Any]] = [
        file for file in mappings(message.get("files")) if file.get("type") == "image" and file.get("url")
    ]
    text = text_of(message)
    if not images:
        return text
    return [
        {"type": "text", "text": text},
        *({"type": "image_url", "image_url": {"url": image["url"]}} for image in images),
    ]
