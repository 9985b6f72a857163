"""The scripted models: one small pure function each, and the table of their ids.

| id | what it does |
|---|---|
| `echo`, `echo-2` | the text of the last user message, word by word |
| `slow` | the same after 200 ms |
| `transcript` | the conversation that it got: JSON `[{"role", "content"}]`, content as text |
| `count` | "count to 5 every 20 ms" (5 and 0 ms unless said): `1 2 3 4 5`, a number per piece |
| `reason` | thinks "Thinking about: …", then answers "Answer: …" |
| `tool` | calls the tool that the question names, or the first; then answers "Tool said: …" |
| `images` | JSON `{"count", "images": [{"message", "mime", "sha256"}]}`; of a link, its `url` |
| `context` | the line of the sources that shares most words with the question |
| `empty` | an empty answer |
| `fail-400`, `-401`, `-429`, `-500`, `-503` | refuses with that status |
| `error-frame` | two pieces, then an error inside the stream |
| `break` | drops the connection in the middle of the answer |
| `close` | closes the connection with no answer |
| `hang` | never answers |

Those of `agents.py` plan, work and decide.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import urllib.parse
from collections.abc import Iterator, Mapping
from functools import partial

from openwebui_chat_client.local.scripted.agents import AGENTS
from openwebui_chat_client.local.scripted.conversation import ChatRequest, parts_of, text_of
from openwebui_chat_client.local.scripted.embeddings import words
from openwebui_chat_client.local.scripted.steps import (
    Break,
    Close,
    ErrorFrame,
    Fail,
    Hang,
    Pause,
    Reasoning,
    Script,
    Step,
    Text,
)
from openwebui_chat_client.local.scripted.tools import choose, native_tools, tool_result

PIECE = re.compile(r"\S+\s*|\s+")
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n")
HIGHEST_COUNT, LONGEST_DELAY_MS = 5000, 10_000
# Shared by any two English texts: they say nothing about what a sentence is about.
COMMON = frozenset(
    words(
        "a an and are as at be but by can could did do does for from had has have how i if in is it its me my"
        " not of on or our say tell that the their there these they this those to was we were what when where"
        " which who why will with would you your"
    )
)


def pieces(text: str) -> Iterator[Text]:
    """A text word by word; joined again it is exactly that text."""
    return (Text(piece) for piece in PIECE.findall(text))


def _echo(request: ChatRequest) -> Iterator[Step]:
    return pieces(request.question)


def _slow(request: ChatRequest) -> Iterator[Step]:
    yield Pause(0.2)
    yield from pieces(request.question)


def _transcript(request: ChatRequest) -> Iterator[Step]:
    heard = [{"role": message.get("role"), "content": text_of(message)} for message in request.messages]
    return pieces(json.dumps(heard, ensure_ascii=False))


def _count(request: ChatRequest) -> Iterator[Step]:
    upto = re.search(r"count to (\d+)", request.question, re.IGNORECASE)
    every = re.search(r"every (\d+) ?ms", request.question, re.IGNORECASE)
    delay = min(int(every[1]), LONGEST_DELAY_MS) / 1000 if every else 0
    for number in range(1, (min(int(upto[1]), HIGHEST_COUNT) if upto else 5) + 1):
        if delay and number > 1:
            yield Pause(delay)
        yield Text(str(number) if number == 1 else f" {number}")


def _reason(request: ChatRequest) -> Iterator[Step]:
    for piece in pieces(f"Thinking about: {request.question}"):
        yield Reasoning(piece.text)
    yield from pieces(f"Answer: {request.question}")


def _tool(request: ChatRequest) -> Iterator[Step]:
    result = tool_result(request)
    if result is None and (tools := native_tools(request)):
        yield choose(tools, request.asked)
        return
    if result is None and request.passages:  # legacy calls come back as sources
        result = request.passages[-1]
    yield from pieces("No tools were offered." if result is None else f"Tool said: {result}")


def _images(request: ChatRequest) -> Iterator[Step]:
    found = [
        {"message": index, **_describe(part["image_url"])}
        for index, message in enumerate(request.messages)
        for part in parts_of(message)
        if part.get("type") == "image_url"
    ]
    return pieces(json.dumps({"count": len(found), "images": found}))


def _describe(image: dict[str, str] | str) -> dict[str, str]:
    url = image if isinstance(image, str) else image["url"]
    if not url.startswith("data:"):
        return {"url": url}
    kind, _, data = url.removeprefix("data:").partition(",")
    mime, _, coding = kind.partition(";")
    raw = urllib.parse.unquote_to_bytes(data)
    try:
        image_bytes = base64.b64decode(raw) if coding.endswith("base64") else raw
    except binascii.Error:
        return {"mime": mime, "error": "not base64"}
    return {"mime": mime, "sha256": hashlib.sha256(image_bytes).hexdigest()}


def _context(request: ChatRequest) -> Iterator[Step]:
    wanted = set(words(request.asked)) - COMMON
    lines = [line.strip() for passage in request.passages for line in SENTENCE_END.split(passage)]
    best = max(lines, key=lambda line: len(wanted.intersection(words(line))), default="")
    return pieces(best if wanted.intersection(words(best)) else "The context does not say.")


def _fail(status: int, _request: ChatRequest) -> Iterator[Step]:
    yield Fail(status, f"scripted failure {status}", {"Retry-After": "1"} if status == 429 else {})


def _break(_request: ChatRequest) -> Iterator[Step]:
    yield from pieces("This answer breaks")
    yield Break()


def _error_frame(_request: ChatRequest) -> Iterator[Step]:
    yield from pieces("Half an")
    yield ErrorFrame("scripted failure in mid-stream")


MODELS: Mapping[str, Script] = {
    "echo": _echo,
    "echo-2": _echo,
    "slow": _slow,
    "transcript": _transcript,
    "count": _count,
    "reason": _reason,
    "tool": _tool,
    "images": _images,
    "context": _context,
    "empty": lambda _request: (),
    **{f"fail-{status}": partial(_fail, status) for status in (400, 401, 429, 500, 503)},
    "error-frame": _error_frame,
    "break": _break,
    "close": lambda _request: (Close(),),
    "hang": lambda _request: (Hang(),),
    **AGENTS,
}
"""Every model that a ScriptedModel has from the start, by id."""
