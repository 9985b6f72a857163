"""One turn as the body of the completion call, and a new chat as the document that it starts with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4


def new_id() -> str:
    """A message's id; unique, made here, so that a lost answer can be asked after."""
    return str(uuid4())


@dataclass(frozen=True)
class Ask:
    """One question to one model."""

    question: str
    model_id: str
    question_id: str = field(default_factory=new_id)
    message_id: str = field(default_factory=new_id)
    """The answer's."""


def new_chat(title: str, model_id: str, now: float) -> dict[str, Any]:
    """The document of an empty chat. `now` is in seconds since 1970; the document has milliseconds."""
    return {
        "title": title,
        "models": [model_id],
        "params": {},
        "files": [],
        "tags": [],
        "history": {"messages": {}, "currentId": None},
        "messages": [],
        "timestamp": int(now * 1000),
    }


def completion(ask: Ask, *, chat_id: str, parent_id: str | None, session_id: str, now: float) -> dict[str, Any]:
    """The body that makes a server from 0.9 on store the turn, run it in the background and finish the answer.

    `parent_id` is the message that the question follows, None for the first.
    """
    return {
        "model": ask.model_id,
        "stream": True,
        "chat_id": chat_id,
        "session_id": session_id,
        "id": ask.message_id,
        "parent_id": parent_id,
        "user_message": {
            "id": ask.question_id,
            "parentId": parent_id,
            "childrenIds": [],
            "role": "user",
            "content": ask.question,
            "timestamp": int(now),
            "models": [ask.model_id],
        },
        "background_tasks": {},
    }
