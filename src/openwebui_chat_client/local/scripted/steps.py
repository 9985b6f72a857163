"""The steps a scripted model may take, and the type of a model: a function from a request to steps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from openwebui_chat_client.local.scripted.conversation import ChatRequest


@dataclass(frozen=True)
class Text:
    """One piece of the answer: one delta of a stream."""

    text: str


@dataclass(frozen=True)
class Reasoning:
    """One piece of `reasoning_content`, which reasoning models send before they answer."""

    text: str


@dataclass(frozen=True)
class ToolCall:
    """A call of a tool; the answer then ends with finish_reason `tool_calls`."""

    name: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Pause:
    """Wait so many seconds; cut short when the client leaves."""

    seconds: float


@dataclass(frozen=True)
class Fail:
    """Refuse with this status. Once a stream has begun there is no status: it is an ErrorFrame then."""

    status: int
    message: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Break:
    """Drop the connection in the middle of the answer."""


@dataclass(frozen=True)
class ErrorFrame:
    """End the stream with an error in it; a caller that does not stream gets status 500."""

    message: str


@dataclass(frozen=True)
class Hang:
    """Stay silent until the client leaves or the server closes, at most 600 seconds."""


@dataclass(frozen=True)
class Close:
    """Close the connection at once, with nothing more said."""


Step: TypeAlias = Text | Reasoning | ToolCall | Pause | Fail | Break | ErrorFrame | Hang | Close


class Script(Protocol):
    """A scripted model. It must be pure: the same request, the same steps."""

    def __call__(self, request: ChatRequest, /) -> Iterable[Step]:
        """Give the steps of the answer, in order."""
        ...
