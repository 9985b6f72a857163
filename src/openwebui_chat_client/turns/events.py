"""What happens in a turn, as typed events, and the accumulator that turns it into an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .._records import Record, mapping, mappings
from ..errors import words

DETAILS = re.compile(r"<details\b[^>]*>(?:(?!<details\b).)*?</details>\s*", re.DOTALL | re.IGNORECASE)


class Turn(Record):
    """One question answered, as the server keeps it."""

    response: str
    """The answer's text; an empty one is an answer too."""
    chat_id: str
    message_id: str
    """The answer's message."""
    model: str
    sources: list[dict[str, Any]]
    """The documents that the answer rests on; empty without any."""
    follow_ups: list[str]
    """Suggested next questions; empty unless asked for."""
    usage: dict[str, Any] | None = None
    """The provider's count of tokens, when it gives one."""


class TurnEvent:
    """Something that happened in a turn."""


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
class SourcesFound(TurnEvent):
    """Documents that the answer will rest on."""

    sources: list[dict[str, Any]]


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
class TurnDone(TurnEvent):
    """The answer is complete."""

    turn: Turn


def text_of(message: dict[str, Any]) -> str:
    """The plain text of a stored answer, wherever the server's version keeps it, without its markup."""
    text = output_text(message.get("output"))
    if not text:
        content = message.get("content")
        text = content if isinstance(content, str) else words(content)
    return DETAILS.sub("", text) if "<details" in text else text


def output_text(output: Any) -> str:
    """The text in a list of output items: that of the messages, one line break between two of them."""
    texts = [_item_text(item) for item in mappings(output) if item.get("type") == "message"]
    return "\n".join(text for text in texts if text and not text.isspace())


def _item_text(item: dict[str, Any]) -> str:
    return "".join(str(part.get("text") or "") for part in mappings(item.get("content")))


@dataclass
class Answer:
    """What has come so far. Feed it the server's live events, or show it the stored message, in order."""

    sources: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    usage: dict[str, Any] | None = None
    error: str | None = None
    """The server's word on what failed."""
    done: bool = False
    _pieces: list[str] = field(default_factory=list[str])
    _item: int = -1
    """The number of the output item that text is coming for."""
    _held: str | None = ""
    """White space at the start of that item, which counts only once text follows; None when text has come."""

    @property
    def text(self) -> str:
        """The answer's text so far."""
        return "".join(self._pieces)

    def turn(self, *, chat_id: str, message_id: str, model: str) -> Turn:
        """The answer as a record."""
        made = Turn(
            response=self.text,
            chat_id=chat_id,
            message_id=message_id,
            model=model,
            sources=self.sources,
            follow_ups=[],
        )
        if self.usage:
            made["usage"] = self.usage
        return made

    def show(self, message: dict[str, Any]) -> Iterator[TurnEvent]:
        """Take in the message as it is stored, and yield what is new in it."""
        yield from self._sources(mappings(message.get("sources"))[len(self.sources) :])
        yield from self._whole(text_of(message))
        yield from self._usage(message.get("usage"))
        self._error(message.get("error"))
        self.done = bool(message.get("done"))

    def feed(self, event: dict[str, Any]) -> Iterator[TurnEvent]:
        """Take in one live event, and yield what it brings."""
        kind, data = event.get("type"), mapping(event.get("data"))
        if kind == "response:completion":
            yield from self._response(data)
        elif kind == "chat:completion":
            yield from self._completion(data)
        elif kind in {"source", "citation"} and data.get("type") is None:
            yield from self._sources([data])
        elif kind in {"message", "chat:message:delta"}:
            yield from self._more(self._item, str(data.get("content") or ""))
        elif kind in {"replace", "chat:message"}:
            yield from self._whole(text_of(data))
        elif kind == "status":
            yield StatusUpdate(str(data.get("description") or ""), done=bool(data.get("done")))
        elif kind == "chat:message:error":
            self._error(data.get("error"))
        elif kind == "chat:tasks:cancel":
            self.done = True

    def _response(self, data: dict[str, Any]) -> Iterator[TurnEvent]:
        kind, delta = data.get("type"), data.get("delta")
        if kind == "response.output_text.delta" and isinstance(delta, str):
            yield from self._more(int(data.get("output_index") or 0), delta)
        elif kind == "response.reasoning_text.delta" and isinstance(delta, str):
            yield ReasoningDelta(delta)

    def _completion(self, data: dict[str, Any]) -> Iterator[TurnEvent]:
        yield from self._sources(mappings(data.get("sources")))
        if "output" in data:
            yield from self._whole(output_text(data["output"]))
            self._resume_after(data["output"])
        elif "content" in data:
            yield from self._whole(text_of(data))
        yield from self._usage(data.get("usage"))
        self._error(data.get("error"))
        self.done = self.done or bool(data.get("done"))

    def _more(self, item: int, delta: str) -> Iterator[TurnEvent]:
        if item != self._item:
            self._item, self._held = item, ""
        if self._held is not None:
            self._held += delta
            if not self._held or self._held.isspace():
                return
            delta, self._held = ("\n" if self._pieces else "") + self._held, None
        self._pieces.append(delta)
        yield TextDelta(delta)

    def _whole(self, text: str) -> Iterator[TurnEvent]:
        known = self.text
        if text == known:
            return
        self._pieces = [text]
        yield TextDelta(text.removeprefix(known)) if text.startswith(known) else TextReplaced(text)

    def _resume_after(self, output: Any) -> None:
        """Further pieces continue the last message item of this snapshot."""
        for number, item in enumerate(mappings(output)):
            if item.get("type") == "message":
                text = _item_text(item)
                self._item, self._held = number, None if text and not text.isspace() else text

    def _sources(self, sources: list[dict[str, Any]]) -> Iterator[TurnEvent]:
        if sources:
            self.sources += sources
            yield SourcesFound(sources)

    def _usage(self, counted: Any) -> Iterator[TurnEvent]:
        usage = mapping(counted)
        if usage and usage != self.usage:
            self.usage = usage
            yield Usage(usage)

    def _error(self, error: Any) -> None:
        if error:
            self.error = words(error) or "it did not say why"
