"""The markup in which older servers keep thoughts and tool calls inside an answer's text."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

from .._records import mapping, mappings
from .results import ToolCall

BLOCK = re.compile(
    r"<details\b(?P<attributes>[^>]*)>(?P<body>(?:(?!<details\b).)*?)</details>", re.DOTALL | re.IGNORECASE
)
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
SUMMARY = re.compile(r"<summary>.*?</summary>", re.DOTALL | re.IGNORECASE)
QUOTE = re.compile(r"^\s*(?:&gt;|>) ?", re.MULTILINE)


def reasoning_in(content: str) -> str:
    """What the model thought, from the `reasoning` blocks of a text."""
    bodies = [SUMMARY.sub("", body) for kind, _, body in _blocks(content) if kind == "reasoning"]
    return "\n".join(html.unescape(QUOTE.sub("", body.strip())) for body in bodies)


def calls_in(content: str) -> list[ToolCall]:
    """The tools that ran, from the `tool_calls` blocks of a text."""
    return [
        ToolCall(
            id=attributes.get("id", ""),
            name=attributes.get("name", ""),
            arguments=_arguments(attributes.get("arguments", "")),
            result=_result(attributes["result"] if "result" in attributes else SUMMARY.sub("", body).strip()),
        )
        for kind, attributes, body in _blocks(content)
        if kind == "tool_calls" and attributes.get("done") == "true"
    ]


def heard(content: str) -> str:
    """A text as the model is to hear it again: with the results of its tools, and without its thoughts."""
    if "<details" not in content:
        return content

    def results(block: re.Match[str]) -> str:
        return "\n".join(call.result or "" for call in calls_in(block[0]))

    return BLOCK.sub(results, content).strip()


def thought(text: str) -> str:
    """A thought as such a block; "" for none."""
    if not text:
        return ""
    quoted = "\n".join(f"> {line}" for line in html.escape(text, quote=False).splitlines())
    return f'<details type="reasoning" done="true" duration="0">\n<summary>Thought</summary>\n{quoted}\n</details>\n'


def _blocks(content: str) -> Iterator[tuple[str, dict[str, str], str]]:
    if "<details" not in content:
        return
    for found in BLOCK.finditer(content):
        attributes = {name: html.unescape(value) for name, value in ATTRIBUTE.findall(found["attributes"])}
        yield attributes.get("type", ""), attributes, found["body"]


def _arguments(text: str) -> dict[str, Any] | str:
    """The arguments, which older servers wrap in JSON once or twice."""
    value: Any = text
    for _ in range(2):
        try:
            value = json.loads(value)
        except (TypeError, ValueError):
            break
    return mapping(value) if isinstance(value, dict) else text


def _result(text: str) -> str:
    """A tool's result, which is JSON of a text, of a list of parts, or of anything else."""
    try:
        value: Any = json.loads(html.unescape(text))
    except ValueError:
        return html.unescape(text)
    if isinstance(value, list):
        return "".join(str(part.get("text") or "") for part in mappings(value)) or text
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
