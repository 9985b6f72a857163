"""One turn as the body of the completion call, and a new chat as the document that it starts with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from .._arguments import texts

LEGACY = {"function_calling": "legacy"}
"""How tools, and the knowledge of a model, are used where the server streams the answer back: natively it would only
hand the calls on. Servers before 0.10 know no other way by default, and ignore the word."""


def new_id() -> str:
    """A message's id; unique, made here, so that a lost answer can be asked after."""
    return str(uuid4())


@dataclass(frozen=True)
class Reply:
    """One answer to be: of which model, under which id."""

    model_id: str
    message_id: str = field(default_factory=new_id)


@dataclass(frozen=True)
class Query:
    """A question, ready to be sent: its place in the tree, what goes with it, and the answers to be."""

    content: str
    replies: tuple[Reply, ...]
    question_id: str = field(default_factory=new_id)
    parent_id: str | None = None
    """The message that it follows; None for the first."""
    message_files: tuple[dict[str, Any], ...] = ()
    """What is shown with the question."""
    files: tuple[dict[str, Any], ...] = ()
    """What the answer may rest on, the chat's earlier files included."""
    tool_ids: tuple[str, ...] = ()
    system_prompt: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    features: Mapping[str, bool] = field(default_factory=dict[str, bool])
    tasks: Mapping[str, bool] = field(default_factory=dict[str, bool])
    """What the server does after the answer: title_generation, tags_generation, follow_up_generation."""
    column: int | None = None
    """Of the one answer that is wanted, when it is to stand in the place of another one side by side."""
    stored: Mapping[str, Any] | None = None
    """The question's message when the server has it already, and only another answer is wanted."""

    @property
    def models(self) -> list[str]:
        """The models that it goes to."""
        return [reply.model_id for reply in self.replies]

    @property
    def message_ids(self) -> list[str]:
        """The answers' messages."""
        return [reply.message_id for reply in self.replies]


def new_chat(title: str, models: str | Sequence[str], now: float, system_prompt: str | None = None) -> dict[str, Any]:
    """The document of an empty chat. `now` is in seconds since 1970; the document has milliseconds."""
    return {
        "title": title,
        "models": texts(models),
        "params": {"system": system_prompt} if system_prompt else {},
        "files": [],
        "tags": [],
        "history": {"messages": {}, "currentId": None},
        "messages": [],
        "timestamp": int(now * 1000),
    }


def completion(
    query: Query, *, chat_id: str | None, folder_id: str | None, session_id: str, now: float
) -> dict[str, Any]:
    """The body that makes a server from 0.9 on store the turn, run it in the background and finish the answers.

    Without a chat's id the server makes the chat, in that folder. `now` is in seconds since 1970.
    """
    body: dict[str, Any] = {
        "model": query.models[0],
        "stream": True,
        "session_id": session_id,
        "parent_id": query.parent_id,
        "user_message": query.stored or question_of(query, now),
        "background_tasks": dict(query.tasks),
    }
    if chat_id is None:
        body["folder_id"] = folder_id
    else:
        body["chat_id"] = chat_id
    if len(query.replies) == 1 and query.column is None:
        body["id"] = query.message_ids[0]
    else:
        body["message_ids"] = [
            {"model_id": reply.model_id, "message_id": reply.message_id, "modelIdx": number}
            for number, reply in enumerate(query.replies, query.column or 0)
        ]
    return body | extras_of(query)


def temporary(query: Query) -> dict[str, Any]:
    """The body of a completion that the server streams back and keeps nothing of."""
    images = [item["url"] for item in query.message_files if item["type"] == "image"]
    content: Any = query.content
    if images:
        pictures = [{"type": "image_url", "image_url": {"url": url}} for url in images]
        content = [{"type": "text", "text": query.content}, *pictures]
    system = [{"role": "system", "content": query.system_prompt}] if query.system_prompt else []
    params = LEGACY | dict(query.params)
    return extras_of(query) | {
        "model": query.models[0],
        "stream": True,
        "messages": [*system, {"role": "user", "content": content}],
        "params": params,
    }


def question_of(query: Query, now: float) -> dict[str, Any]:
    """The question's message."""
    message: dict[str, Any] = {
        "id": query.question_id,
        "parentId": query.parent_id,
        "childrenIds": [],
        "role": "user",
        "content": query.content,
        "timestamp": int(now),
        "models": query.models,
    }
    return message | ({"files": list(query.message_files)} if query.message_files else {})


def extras_of(query: Query) -> dict[str, Any]:
    """What a body has beside the question: each part if there is any."""
    parts: dict[str, Any] = {
        "files": list(query.files),
        "tool_ids": list(query.tool_ids),
        "features": dict(query.features),
        "params": dict(query.params),
        "messages": [{"role": "system", "content": query.system_prompt}] if query.system_prompt else [],
    }
    return {name: part for name, part in parts.items() if part}
