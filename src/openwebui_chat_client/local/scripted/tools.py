"""Which tool the model `tool` calls, and with what: from `tools`, or from Open WebUI's legacy prompt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from openwebui_chat_client.local.scripted.conversation import ChatRequest, list_in, own_words, text_of
from openwebui_chat_client.local.scripted.steps import ToolCall

SAMPLES: dict[str, Any] = {
    "string": "text",
    "integer": 1,
    "number": 1.5,
    "boolean": True,
    "array": [],
    "object": {},
}


def native_tools(request: ChatRequest) -> list[dict[str, Any]]:
    """The functions that a request offers: name, description, parameters."""
    return [tool["function"] for tool in list_in(request.body.get("tools")) if "function" in tool]


def legacy_tools(request: ChatRequest) -> list[dict[str, Any]] | None:
    """The functions listed in Open WebUI's prompt for models without tools; None for any other request."""
    system = next((text_of(each) for each in request.messages if each.get("role") == "system"), "")
    before, marker, listed = system.partition("Available Tools:")
    if before.strip() or not marker or '"tool_calls"' not in listed:
        return None
    return list_in(next(_json_values(listed, "["), None))


def legacy_answer(request: ChatRequest, tools: list[dict[str, Any]]) -> str:
    """The JSON that Open WebUI's prompt asks for. Only the model `tool` chooses a tool."""
    chosen = tools if request.model == "tool" else []
    question = request.question.rpartition("Query: ")[2]
    calls = [choose(chosen, question)] if chosen else []
    return json.dumps({"tool_calls": [{"name": call.name, "parameters": call.arguments} for call in calls]})


def tool_result(request: ChatRequest) -> str | None:
    """What a tool answered since the user last spoke, or None."""
    for message in reversed(request.messages):
        if message.get("role") == "tool":
            return text_of(message)
        if message.get("role") == "user" and own_words(text_of(message)):
            break
    return None


def choose(tools: list[dict[str, Any]], question: str) -> ToolCall:
    """Call the tool that the question names, else the first; of several names the longest counts."""
    named = [tool for tool in tools if tool["name"] in question]
    tool = max(named, key=lambda each: len(each["name"])) if named else tools[0]
    given = next(_json_values(question, "{"), None)
    return ToolCall(tool["name"], _samples(tool.get("parameters") or {}) if given is None else given)


def _json_values(text: str, opening: str) -> Iterator[Any]:
    """Every JSON value in a text that begins with this bracket."""
    decoder = json.JSONDecoder()
    start = text.find(opening)
    while start >= 0:
        try:
            value, start = decoder.raw_decode(text, start)
            yield value
        except ValueError:
            start += 1
        start = text.find(opening, start)


def _samples(schema: dict[str, Any]) -> dict[str, Any]:
    properties: dict[str, Any] = schema.get("properties") or {}
    return {name: _sample(properties.get(name) or {}) for name in list_in(schema.get("required"))}


def _sample(schema: dict[str, Any]) -> Any:
    if schema.get("enum"):
        return schema["enum"][0]
    if "default" in schema:
        return schema["default"]
    kinds = [schema, *list_in(schema.get("anyOf"))]
    return next((SAMPLES[kind["type"]] for kind in kinds if kind.get("type") in SAMPLES), "text")
