"""The accumulator that turns events of the server, or the message it stored, into an answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .._messages import is_cut_off, item_text, output_text, text_of
from .._records import decode, mapping, mappings, strings
from ..errors import words
from .details import calls_in, reasoning_in
from .events import (
    FollowUpsSuggested,
    ReasoningDelta,
    SourcesFound,
    StatusUpdate,
    TextDelta,
    TextReplaced,
    ToolCalled,
    TurnEvent,
    Usage,
)
from .results import Source, ToolCall

TOOL_ITEMS = frozenset({"function_call", "function_call_output"})


def reasoning_of(output: Any) -> str:
    """What the model thought, from a list of output items."""
    thoughts = [item for item in mappings(output) if item.get("type") == "reasoning"]
    texts = [item_text(item) or item_text({"content": item.get("summary")}) for item in thoughts]
    return "\n".join(filter(None, texts))


def tool_calls_of(output: Any) -> list[ToolCall]:
    """The tools that ran, with their results, from a list of output items."""
    items = mappings(output)
    results = {item.get("call_id"): item for item in items if item.get("type") == "function_call_output"}
    return [
        ToolCall(
            id=str(item.get("call_id") or ""),
            name=str(item.get("name") or ""),
            arguments=_arguments(item.get("arguments")),
            result=item_text({"content": results[item.get("call_id")].get("output")})
            if item.get("call_id") in results
            else None,
        )
        for item in items
        if item.get("type") == "function_call"
    ]


def tool_calls_in(sources: list[Source]) -> list[ToolCall]:
    """The tools that ran in the server's legacy mode, which puts their results among the sources."""
    return [
        ToolCall(
            id="",
            name=passage.file.removeprefix("TOOL:"),
            arguments=mapping(passage.metadata["parameters"]),
            result=passage.text,
        )
        for source in sources
        for passage in source.passages
        if "parameters" in passage.metadata
    ]


def _arguments(text: Any) -> dict[str, Any] | str:
    try:
        return mapping(json.loads(text))
    except (TypeError, ValueError):
        return str(text or "")


@dataclass
class Answer:
    """What has come so far. Feed it the server's live events, or show it the stored message, in order."""

    sources: list[Source] = field(default_factory=list[Source])
    follow_ups: list[str] = field(default_factory=list[str])
    tool_calls: list[ToolCall] = field(default_factory=list[ToolCall])
    usage: dict[str, Any] | None = None
    error: str | None = None
    """The server's word on what failed."""
    done: bool = False
    stopped: bool = False
    """Whether somebody stopped it before its end."""
    _reasoning: list[str] = field(default_factory=list[str])
    _tools: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """The live output items of tools, by their id."""
    _pieces: list[str] = field(default_factory=list[str])
    _item: int = -1
    """The number of the output item that text is coming for."""
    _held: str | None = ""
    """White space at the start of that item, which counts only once text follows; None when text has come."""

    @property
    def text(self) -> str:
        """The answer's text so far."""
        return "".join(self._pieces)

    @property
    def reasoning(self) -> str:
        """What the model thought so far."""
        return "".join(self._reasoning)

    def parts(self) -> dict[str, Any]:
        """The answer's keys in a record: its lists always, the rest if there is any."""
        made: dict[str, Any] = {key: getattr(self, key) for key in ("sources", "follow_ups", "tool_calls")}
        return made | {key: value for key in ("reasoning", "usage", "stopped") if (value := getattr(self, key))}

    def show(self, message: dict[str, Any]) -> Iterator[TurnEvent]:
        """Take in the message as it is stored, and yield what is new in it."""
        yield from self._more_sources(mappings(message.get("sources"))[len(self.sources) :])
        yield from self._output(message.get("output"))
        yield from self._markup(message)
        yield from self.replace(text_of(message))
        yield from self._counted(message.get("usage"))
        yield from self._suggested(message.get("followUps"))
        self._failed(message.get("error"))
        self.done = bool(message.get("done"))
        self.stopped = self.stopped or (self.done and is_cut_off(message))

    def feed(self, event: dict[str, Any]) -> Iterator[TurnEvent]:
        """Take in one live event, and yield what it brings."""
        kind, data = event.get("type"), mapping(event.get("data"))
        if kind == "response:completion":
            yield from self._response(data)
        elif kind == "chat:completion":
            yield from self._completion(data)
        elif kind in {"source", "citation"} and data.get("type") is None:
            yield from self._more_sources([data])
        elif kind in {"message", "chat:message:delta"}:
            yield from self._more(self._item, str(data.get("content") or ""))
        elif kind in {"replace", "chat:message"}:
            yield from self.replace(text_of(data))
        elif kind == "status":
            yield StatusUpdate(str(data.get("description") or ""), done=bool(data.get("done")))
        elif kind == "chat:message:follow_ups":
            yield from self._suggested(data.get("follow_ups"))
        elif kind == "chat:message:error":
            self._failed(data.get("error"))
        elif kind == "chat:tasks:cancel":
            self.done = self.stopped = True

    def chunk(self, chunk: dict[str, Any]) -> Iterator[TurnEvent]:
        """Take in one chunk of a plain completion stream, and yield what it brings."""
        yield from self._more_sources(mappings(chunk.get("sources")))
        yield from self._counted(chunk.get("usage"))
        self._failed(chunk.get("error"))
        for choice in mappings(chunk.get("choices")):
            delta = mapping(choice.get("delta"))
            if thought := delta.get("reasoning_content"):
                yield from self._thought(str(thought))
            yield from self._more(0, str(delta.get("content") or ""))
            self.done = self.done or choice.get("finish_reason") is not None

    def _response(self, data: dict[str, Any]) -> Iterator[TurnEvent]:
        kind, delta = data.get("type"), data.get("delta")
        if kind == "response.output_text.delta" and isinstance(delta, str):
            yield from self._more(int(data.get("output_index") or 0), delta)
        elif kind == "response.reasoning_text.delta" and isinstance(delta, str):
            yield from self._thought(delta)
        elif kind == "response.output_item.done" and mapping(data.get("item")).get("type") in TOOL_ITEMS:
            self._tools[str(mapping(data["item"]).get("id"))] = mapping(data["item"])
            yield from self._output(list(self._tools.values()))

    def _completion(self, data: dict[str, Any]) -> Iterator[TurnEvent]:
        yield from self._more_sources(mappings(data.get("sources")))
        if "output" in data:
            yield from self._output(data["output"])
            yield from self.replace(output_text(data["output"]))
            self._resume_after(data["output"])
        elif "content" in data:
            yield from self._markup(data)
            yield from self.replace(text_of(data))
        yield from self._counted(data.get("usage"))
        self._failed(data.get("error"))
        self.done = self.done or bool(data.get("done"))

    def _output(self, output: Any) -> Iterator[TurnEvent]:
        """Take in what a snapshot of the output items has beside the text."""
        yield from self._beside(reasoning_of(output), tool_calls_of(output))

    def _markup(self, message: dict[str, Any]) -> Iterator[TurnEvent]:
        """Take in what older servers put into the text that is none."""
        content = message.get("content")
        if isinstance(content, str) and not message.get("output"):
            yield from self._beside(reasoning_in(content), calls_in(content))

    def _beside(self, thought: str, calls: list[ToolCall]) -> Iterator[TurnEvent]:
        known = self.reasoning
        if thought.startswith(known) and thought != known:
            yield from self._thought(thought.removeprefix(known))
        for call in calls:
            if call.result is not None and all(call.id != earlier.id for earlier in self.tool_calls):
                self.tool_calls.append(call)
                yield ToolCalled(call)

    def _thought(self, delta: str) -> Iterator[TurnEvent]:
        self._reasoning.append(delta)
        yield ReasoningDelta(delta)

    def _more(self, item: int, delta: str) -> Iterator[TurnEvent]:
        if item != self._item:
            self._item, self._held = item, ""
        if self._held is not None:
            self._held += delta
            if not self._held or self._held.isspace():
                return
            delta, self._held = ("\n" if self._pieces else "") + self._held, None
        if delta:
            self._pieces.append(delta)
            yield TextDelta(delta)

    def replace(self, text: str) -> Iterator[TurnEvent]:
        """Take in the whole text, and yield what is new in it."""
        known = self.text
        if text == known:
            return
        self._pieces = [text]
        yield TextDelta(text.removeprefix(known)) if text.startswith(known) else TextReplaced(text)

    def _resume_after(self, output: Any) -> None:
        """Further pieces continue the last message item of this snapshot."""
        for number, item in enumerate(mappings(output)):
            if item.get("type") == "message":
                text = item_text(item)
                self._item, self._held = number, None if text and not text.isspace() else text

    def _more_sources(self, sources: list[dict[str, Any]]) -> Iterator[TurnEvent]:
        if sources:
            found = decode(list[Source], sources)
            self.sources += found
            yield SourcesFound(found)
            for call in tool_calls_in(found):
                self.tool_calls.append(call)
                yield ToolCalled(call)

    def _suggested(self, follow_ups: Any) -> Iterator[TurnEvent]:
        if (suggested := strings(follow_ups)) and not self.follow_ups:
            self.follow_ups = suggested
            yield FollowUpsSuggested(self.follow_ups)

    def _counted(self, counted: Any) -> Iterator[TurnEvent]:
        usage = mapping(counted)
        if usage and usage != self.usage:
            self.usage = usage
            yield Usage(usage)

    def _failed(self, error: Any) -> None:
        if error:
            self.error = words(error) or "it did not say why"
