"""Plays the steps of a model on a connection, as a stream or as one answer."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from openwebui_chat_client.local.scripted.answer import Answer, error_body
from openwebui_chat_client.local.scripted.connection import Connection
from openwebui_chat_client.local.scripted.conversation import ChatRequest
from openwebui_chat_client.local.scripted.steps import (
    Break,
    ErrorFrame,
    Fail,
    Hang,
    Pause,
    Reasoning,
    Step,
    Text,
    ToolCall,
)

LONGEST_HANG = 600.0


def play(connection: Connection, request: ChatRequest, steps: Iterable[Step]) -> None:
    """Answer a request with these steps, in the way that it asked for."""
    (_play_stream if request.streams else _play_whole)(connection, Answer(request), steps)


def refuse(connection: Connection, failure: Fail) -> None:
    """Answer with an error."""
    connection.send_json(failure.status, error_body(failure.status, failure.message), failure.headers)


def _play_whole(connection: Connection, answer: Answer, steps: Iterable[Step]) -> None:
    for step in steps:
        match step:
            case Text() | Reasoning() | ToolCall():
                answer.feed(step)
            case Fail():
                return refuse(connection, step)
            case ErrorFrame(message):
                return refuse(connection, Fail(500, message))
            case Break():
                connection.send_half(answer.completion())
            case _:
                _idle(connection, step)
    return connection.send_json(200, answer.completion())


def _play_stream(connection: Connection, answer: Answer, steps: Iterable[Step]) -> None:
    stream = _Stream(connection, answer)
    for step in steps:
        match step:
            case Text() | Reasoning() | ToolCall():
                stream.send(*answer.feed(step))
            case Fail() if not stream.begun:
                return refuse(connection, step)
            case Fail(message=message) | ErrorFrame(message=message):
                return stream.end({"error": {"message": message}})
            case Break():
                stream.begin()
                connection.drop()
            case _:
                _idle(connection, step)
    usage = [answer.usage_chunk()] if answer.request.wants_usage else []
    return stream.end(answer.chunk({}, answer.finish_reason), *usage)


def _idle(connection: Connection, step: Step) -> None:
    """Take the steps that say nothing: wait, or end the connection."""
    if isinstance(step, Pause):
        connection.wait(step.seconds)
        return
    if isinstance(step, Hang):
        connection.wait(LONGEST_HANG)
    connection.drop()


class _Stream:
    """A stream that begins with its first frame: until then a model may still refuse."""

    def __init__(self, connection: Connection, answer: Answer) -> None:
        self.connection, self.answer = connection, answer
        self.begun = False

    def begin(self) -> None:
        """Send the headers and OpenAI's first frame, which only says who speaks."""
        if not self.begun:
            self.begun = True
            self.connection.open_events()
            self.send(self.answer.chunk({"role": "assistant", "content": ""}))

    def send(self, *frames: dict[str, Any]) -> None:
        self.begin()
        for frame in frames:
            self.connection.send_event(json.dumps(frame, ensure_ascii=False).encode())

    def end(self, *frames: dict[str, Any]) -> None:
        self.send(*frames)
        self.connection.close_events()
