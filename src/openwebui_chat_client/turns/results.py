"""What a turn comes to: the answer, its sources, the tools that were called."""

from __future__ import annotations

from typing import Any, NamedTuple

from .._records import Record, mapping, mappings


class Passage(NamedTuple):
    """A piece of a document that an answer rests on."""

    text: str
    metadata: dict[str, Any]
    distance: float | None
    """How near it is to the question, from 0 to 1, 1 the nearest; None for documents that were given whole."""
    file: str
    """The name of the document."""


class Source(Record):
    """A document, or several passages of one, that an answer rests on.

    `document`, `metadata` and `distances` run parallel; `passages` has them together.
    """

    source: dict[str, Any] | None = None
    """What was attached: its `type`, `id`, `name`."""
    document: list[str] | None = None
    metadata: list[dict[str, Any]] | None = None
    distances: list[float] | None = None

    @property
    def passages(self) -> list[Passage]:
        """The passages, each with what belongs to it."""
        texts, about, near = self.document or [], mappings(self.metadata), self.distances or []
        name = str(mapping(self.source).get("name") or "")
        return [
            Passage(
                text,
                data := about[number] if number < len(about) else {},
                near[number] if number < len(near) else None,
                str(data.get("name") or name),
            )
            for number, text in enumerate(texts)
        ]


class ToolCall(Record):
    """A tool that the server ran for an answer."""

    id: str = ""
    name: str
    arguments: dict[str, Any] | str
    """What it was called with; the text as it came when the model wrote no JSON."""
    result: str | None = None
    """What it gave back; None while, or if, it did not."""


class Turn(Record):
    """One question answered, as the server keeps it."""

    response: str
    """The answer's text; an empty one is an answer too."""
    chat_id: str
    """The chat that keeps it; "" when it was temporary."""
    message_id: str
    """The answer's message."""
    model: str
    sources: list[Source]
    """The documents that the answer rests on; empty without any."""
    follow_ups: list[str]
    """Suggested next questions; empty unless asked for."""
    tool_calls: list[ToolCall]
    """The tools that the server ran; empty without any."""
    reasoning: str = ""
    """What the model thought before it answered; the key is there only if it did."""
    usage: dict[str, Any] | None = None
    """The provider's count of tokens, when it gives one."""
    stopped: bool = False
    """Whether somebody stopped the answer before its end, in the browser say; the key is there only then. Servers
    before 0.11 tell it over the live connection only."""
    suggested_title: str | None = None
    """The title that the server gave the chat; only if asked for."""
    suggested_tags: list[str] | None = None
    """The tags that the server gave the chat; only if asked for."""


class ParallelAnswer(Record):
    """What one of several models answered."""

    model: str
    message_id: str
    content: str
    """Its text; what had come by then, if it failed."""
    sources: list[Source]
    follow_ups: list[str]
    tool_calls: list[ToolCall]
    reasoning: str = ""
    usage: dict[str, Any] | None = None
    stopped: bool = False
    """Whether somebody stopped it before its end; the key is there only then."""
    error: str | None = None
    """Why it failed; the key is there only if it did."""


class ParallelTurn(Record):
    """One question answered by several models, side by side."""

    chat_id: str
    question_id: str
    answers: list[ParallelAnswer]
    """In the order of the models, those that failed too."""
    suggested_title: str | None = None
    suggested_tags: list[str] | None = None
