"""Pure: a step of a task as its model wrote it down, read with patience: sections, to-do list, options, answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from .._records import mappings, strings
from .plans import objects
from .results import Option, Todo

SECTIONS = {
    "thought": r"thoughts?|reasoning",
    "findings": r"key[ _-]*findings?|findings",
    "todo": r"to[ _-]?do(?:[ _-]*list)?s?",
    "options": r"options",
    "final": r"final[ _-]*answer",
}
NAMES = "|".join(f"(?P<{name}>{pattern})" for name, pattern in SECTIONS.items())
HEADING = re.compile(
    rf"^[#>\d.\s]*[*_]*\s*(?:{NAMES})\b\s*(?P<end>[*_]*\s*[:：]\s*[*_]*|[*_]+|)\s*(?P<rest>.*)$",
    re.IGNORECASE,
)
"""A section's name, marked or not; the words after it tell whether it is a heading."""
BULLET = re.compile(r"^\s*(?:[-*+•]|\d+[.)])\s+(?P<text>.+)$")
BOX = re.compile(r"^\s*(?:[-*+•]|\d+[.)])?\s*\[(?P<mark>[^\]]{0,2})\]\s*(?P<text>.+)$")
AFTER_NUMBER = r"(?P<number>\d+)[*_]*\s*[.):：][*_]*\s*(?P<text>.+)$"
OPTION = re.compile(rf"^\s*(?:[-*+•]\s*)?[*_]*(?:option\s*)?{AFTER_NUMBER}", re.IGNORECASE)
NAMED_OPTION = re.compile(rf"^\s*(?:[-*+•#]+\s*)?[*_]*option\s*{AFTER_NUMBER}", re.IGNORECASE)
LABEL = re.compile(r"^(?P<label>.+?)(?:[*_]*\s*[:：]\s*[*_]*|\s+[-–—]\s+)(?P<description>\S.*)$")
DONE, DOING = "completed", "in_progress"
STATUS = {"x": DONE, "✓": DONE, "✔": DONE, "@": DOING, "~": DOING, "/": DOING, "-": DOING, ">": DOING}
WORDS = re.compile(r"\s*[(\[](?P<word>completed|done|in[ _-]progress|pending|open)[)\]]\s*$", re.IGNORECASE)
JSON_KEYS = frozenset({"thought", "reasoning", "key_findings", "todo_list", "options", "final_answer"})


@dataclass
class Thought:
    """What is in a step."""

    findings: list[str] = field(default_factory=list[str])
    todo_list: list[Todo] = field(default_factory=list[Todo])
    """The last one in it."""
    options: list[Option] = field(default_factory=list[Option])
    """None unless there are two at least."""
    final_answer: str = ""
    readable: bool = False
    """Whether it has any of the sections."""


def thought(text: str) -> Thought:
    """The sections of a step. Where one comes twice the later one counts; findings are added up."""
    made = Thought()
    for found in objects(text):
        if JSON_KEYS & found.keys():
            _take_json(made, found)
    for name, body in _sections(text):
        made.readable = made.readable or name != ""
        _take(made, name, body)
    if not made.options:
        made.options = _options(text.splitlines(), NAMED_OPTION)
        made.readable = made.readable or bool(made.options)
    if made.final_answer:
        made.options = []
    made.findings = list(dict.fromkeys(made.findings))
    return made


def _take(made: Thought, name: str, body: str) -> None:
    lines = body.splitlines()
    if name == "findings":
        made.findings += _bullets(lines)
    elif name == "todo":
        made.todo_list = list(_todos(lines)) or made.todo_list
    elif name == "options":
        made.options = _options(lines, OPTION) or made.options
    elif name == "final" and body.strip():
        made.final_answer = body.strip()


def _take_json(made: Thought, found: dict[str, Any]) -> None:
    made.readable = True
    made.findings += [one for one in strings(found.get("key_findings")) if one.strip()]
    todos = [
        Todo(task=str(one.get("task") or ""), status=_status(str(one.get("status") or "")))
        for one in mappings(found.get("todo_list"))
    ]
    made.todo_list = [todo for todo in todos if todo.task] or made.todo_list
    options = [
        Option(number=number, label=str(one.get("label") or ""), description=str(one.get("description") or ""))
        for number, one in enumerate(mappings(found.get("options")), 1)
    ]
    made.options = options if len(options) > 1 else made.options
    made.final_answer = str(found.get("final_answer") or "").strip() or made.final_answer


def _sections(text: str) -> Iterator[tuple[str, str]]:
    """The text in pieces, each with the section it belongs to; "" for what stands before the first."""
    name, lines = "", list[str]()
    for line in text.splitlines():
        now, rest = _heading(line)
        if now and not (name == "final" and now in {"thought", "options"}):
            yield name, "\n".join(lines)
            name, lines = now, [rest]
        else:
            lines.append(line)
    yield name, "\n".join(lines)


def _heading(line: str) -> tuple[str, str]:
    """The section that this line begins, and what else it says; two empty texts for any other line."""
    found = HEADING.match(line)
    if not found or not (found["end"] or not found["rest"]):
        return "", ""
    return next(name for name in SECTIONS if found[name]), found["rest"]


def _bullets(lines: Iterable[str]) -> list[str]:
    """The entries of a list; a line that begins none goes on with the one before."""
    found: list[str] = []
    for line in filter(str.strip, lines):
        if bullet := BULLET.match(line):
            found.append(bullet["text"].strip())
        elif found:
            found[-1] += f" {line.strip()}"
        else:
            found.append(line.strip())
    return found


def _todos(lines: Iterable[str]) -> Iterator[Todo]:
    for line in lines:
        if box := BOX.match(line):
            mark = box["mark"].strip().lower()
            yield Todo(task=box["text"].strip(), status=STATUS.get(mark, "pending"))
        elif bullet := BULLET.match(line):
            word = WORDS.search(bullet["text"])
            status = _status(word["word"]) if word else "pending"
            yield Todo(task=WORDS.sub("", bullet["text"]).strip(), status=status)


def _status(word: str) -> str:
    plain = re.sub(r"[ _-]+", "_", word.strip().lower())
    if plain in {"completed", "complete", "done"}:
        return "completed"
    return "in_progress" if plain in {"in_progress", "doing", "started"} else "pending"


def _options(lines: Iterable[str], pattern: re.Pattern[str]) -> list[Option]:
    """The numbered options in these lines; none unless there are two at least, of different numbers."""
    found: dict[int, Option] = {}
    for line in lines:
        if option := pattern.match(line):
            number = int(option["number"])
            found.setdefault(number, _option(number, option["text"].strip()))
    return list(found.values()) if len(found) > 1 else []


def _option(number: int, text: str) -> Option:
    parts = LABEL.match(text)
    label, description = (parts["label"], parts["description"]) if parts else (text, "")
    return Option(number=number, label=label.strip(" *_"), description=description.strip(" *_"))
