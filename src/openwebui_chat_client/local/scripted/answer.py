"""The shapes of OpenAI's answers: chunks and completions made from steps, errors, lists."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from openwebui_chat_client.local.scripted.conversation import ChatRequest, text_of
from openwebui_chat_client.local.scripted.embeddings import embed
from openwebui_chat_client.local.scripted.steps import Reasoning, Text, ToolCall

CREATED = 1_700_000_000  # a fixed time: the same request gets the same bytes
ERRORS = {
    400: ("invalid_request_error", "invalid_request"),
    401: ("authentication_error", "invalid_api_key"),
    404: ("invalid_request_error", "not_found"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
    503: ("server_error", "overloaded"),
}


@dataclass
class Answer:
    """What has been said so far. Feed it the steps that say something, in order."""

    request: ChatRequest
    text: str = ""
    reasoning: str = ""
    calls: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def __post_init__(self) -> None:
        asked = json.dumps(self.request.body, sort_keys=True).encode()
        self.id = hashlib.blake2b(asked, digest_size=8).hexdigest()

    def feed(self, step: Text | Reasoning | ToolCall) -> list[dict[str, Any]]:
        """Take in one step; gives the chunks that tell it to a caller who streams."""
        if isinstance(step, Text):
            self.text += step.text
            return [self.chunk({"content": step.text})]
        if isinstance(step, Reasoning):
            self.reasoning += step.text
            return [self.chunk({"reasoning_content": step.text})]
        index, arguments = len(self.calls), json.dumps(step.arguments, ensure_ascii=False)
        call = {"id": f"call_{self.id}_{index}", "type": "function"}
        self.calls.append({**call, "function": {"name": step.name, "arguments": arguments}})
        half = len(arguments) // 2
        deltas = [
            {"index": index, **call, "function": {"name": step.name, "arguments": ""}},
            {"index": index, "function": {"arguments": arguments[:half]}},
            {"index": index, "function": {"arguments": arguments[half:]}},
        ]
        return [self.chunk({"tool_calls": [delta]}) for delta in deltas]

    def chunk(self, delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        """One frame of the stream."""
        choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
        return {**self._head("chat.completion.chunk"), "choices": [choice]}

    def usage_chunk(self) -> dict[str, Any]:
        """The frame that `stream_options.include_usage` asks for."""
        return {**self._head("chat.completion.chunk"), "choices": [], "usage": self.usage}

    def completion(self) -> dict[str, Any]:
        """The whole answer in one object, for a caller who does not stream."""
        message: dict[str, Any] = {"role": "assistant", "content": None if self.calls else self.text}
        if self.reasoning:
            message["reasoning_content"] = self.reasoning
        if self.calls:
            message["tool_calls"] = self.calls
        choice = {"index": 0, "message": message, "finish_reason": self.finish_reason}
        return {**self._head("chat.completion"), "choices": [choice], "usage": self.usage}

    @property
    def finish_reason(self) -> str:
        """Why the answer ends here: `tool_calls` or `stop`."""
        return "tool_calls" if self.calls else "stop"

    @property
    def usage(self) -> dict[str, int]:
        """Words, where OpenAI counts tokens; reasoning counts as part of the answer."""
        prompt = sum(len(text_of(message).split()) for message in self.request.messages)
        said = len(self.text.split()) + len(self.reasoning.split())
        return _usage(prompt, said)

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": f"chatcmpl-{self.id}", "object": kind, "created": CREATED, "model": self.request.model}


def error_body(status: int, message: str) -> dict[str, Any]:
    """The JSON of a refusal."""
    kind, code = ERRORS.get(status, ("server_error", "server_error"))
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def model_list(ids: Iterable[str]) -> dict[str, Any]:
    """The answer of `GET /v1/models`."""
    data = [{"id": id_, "object": "model", "created": CREATED, "owned_by": "scripted"} for id_ in ids]
    return {"object": "list", "data": data}


def embedding_list(model: str, texts: list[str]) -> dict[str, Any]:
    """The answer of `POST /v1/embeddings`, as numbers; any model's name will do."""
    data = [{"object": "embedding", "index": index, "embedding": embed(text)} for index, text in enumerate(texts)]
    usage = _usage(sum(len(text.split()) for text in texts), 0)
    return {"object": "list", "data": data, "model": model, "usage": usage}


def _usage(prompt: int, said: int) -> dict[str, int]:
    return {"prompt_tokens": prompt, "completion_tokens": said, "total_tokens": prompt + said}
