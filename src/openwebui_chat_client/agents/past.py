"""Pure: a chat that a run left, read back as the questions that were asked and what was answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._messages import Message, branch, is_cut_off, messages, text_of
from .._records import decode, mappings, strings
from ..errors import words
from ..turns.results import Source


@dataclass(frozen=True)
class Answered:
    """One answer, as the chat keeps it."""

    message_id: str
    model: str
    text: str
    follow_ups: list[str]
    sources: list[Source]
    error: str
    """Why it failed; empty if it did not."""
    complete: bool
    """Whether it came to its end."""


@dataclass(frozen=True)
class Asked:
    """One question, and its answers."""

    question: str
    answers: tuple[Answered, ...]

    @property
    def answer(self) -> Answered | None:
        """The answer that came to its end; the last one of several."""
        return next((answer for answer in reversed(self.answers) if answer.complete), None)


def on_show(chat: Mapping[str, Any]) -> list[Asked]:
    """The questions of the branch on show, the first one first."""
    known = messages(chat)
    return [_asked(message, known) for message in branch(chat) if message.get("role") == "user"]


def all_asked(chat: Mapping[str, Any]) -> list[Asked]:
    """The questions of every branch, the oldest first."""
    known = messages(chat)
    questions = [message for message in known.values() if message.get("role") == "user"]
    questions.sort(key=lambda message: message.get("timestamp") or 0)
    return [_asked(message, known) for message in questions]


def since(question: str, asked: list[Asked]) -> list[Asked]:
    """What was asked from this question on, when it was asked last; empty when it never was."""
    starts = [number for number, one in enumerate(asked) if one.question == question]
    return asked[starts[-1] :] if starts else []


def _asked(message: Message, known: Mapping[str, Message]) -> Asked:
    children = [known[child] for child in strings(message.get("childrenIds")) if child in known]
    answers = [child for child in children if child.get("role") == "assistant"]
    answers.sort(key=lambda answer: answer.get("modelIdx") or 0)
    return Asked(text_of(message), tuple(map(_answered, answers)))


def _answered(message: Message) -> Answered:
    text, error = text_of(message), message.get("error")
    return Answered(
        message_id=str(message.get("id") or ""),
        model=str(message.get("model") or ""),
        text=text,
        follow_ups=strings(message.get("followUps")),
        sources=decode(list[Source], mappings(message.get("sources"))),
        error=(words(error) or "it did not say why") if error else "",
        complete=bool(message.get("done")) and not error and not is_cut_off(message),
    )
