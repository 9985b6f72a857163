"""What happens in a turn, as typed events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .results import Source, ToolCall, Turn


class TurnEvent:
    """Something that happened in a turn."""


@dataclass(frozen=True)
class TurnStarted(TurnEvent):
    """The server has stored the question and works on the answer."""

    chat_id: str
    """"" for a temporary turn."""
    message_ids: tuple[str, ...]
    """Of the answers to be."""


@dataclass(frozen=True)
class TextDelta(TurnEvent):
    """More of the answer's text."""

    text: str


@dataclass(frozen=True)
class TextReplaced(TurnEvent):
    """The answer's text so far was replaced, by a filter on the server say; this is all of it."""

    text: str


@dataclass(frozen=True)
class ReasoningDelta(TurnEvent):
    """More of what the model thinks before it answers."""

    text: str


@dataclass(frozen=True)
class ToolCalled(TurnEvent):
    """The server ran a tool, and has its result."""

    call: ToolCall


@dataclass(frozen=True)
class SourcesFound(TurnEvent):
    """Documents that the answer will rest on."""

    sources: list[Source]


@dataclass(frozen=True)
class StatusUpdate(TurnEvent):
    """What the server is doing: searching, reading, calling a tool."""

    description: str
    done: bool


@dataclass(frozen=True)
class Usage(TurnEvent):
    """The provider's count of tokens."""

    usage: dict[str, Any]


@dataclass(frozen=True)
class FollowUpsSuggested(TurnEvent):
    """Next questions that the server suggests."""

    follow_ups: list[str]


@dataclass(frozen=True)
class TitleChanged(TurnEvent):
    """The server gave the chat a title."""

    title: str


@dataclass(frozen=True)
class TagsChanged(TurnEvent):
    """The server gave the chat tags."""

    tags: list[str]


@dataclass(frozen=True)
class TurnDone(TurnEvent):
    """The answer is complete, and so is all that was asked for beside it."""

    turn: Turn
