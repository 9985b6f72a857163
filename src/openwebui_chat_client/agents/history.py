"""What a task's model has before it: how long that is in tokens, what of it is kept, and what the run has used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._records import mapping
from ..turns.results import Turn

NEAR = 0.6
"""The part of the context that the history may fill before it is summed up: the summary and the answer need room."""
FULL = 0.85
"""The part beyond which not even a summary can be asked for."""
LONGEST_RESULT = 2000
"""Signs of a tool's result in a summary that no model wrote."""
WIDE = re.compile(r"[\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef]")
"""Signs of scripts in which about each one is a token."""
FRAME = 4
"""Tokens around each message."""


def tokens(text: str) -> int:
    """About how many tokens a text has: four letters make one, and each Chinese, Japanese or Korean sign."""
    wide = len(WIDE.findall(text))
    return wide + (len(text) - wide + 3) // 4


def as_text(messages: Iterable[Mapping[str, Any]]) -> str:
    """Messages as one text."""
    return "\n\n".join(f"{message['role']}: {message['content']}" for message in messages)


def notes(findings: Iterable[str], todo_list: Iterable[Mapping[str, Any]], results: Iterable[str]) -> str:
    """What is known without a model's summary: findings, the to-do list, and the last results of tools, cut short."""
    lines = [f"- {finding}" for finding in findings]
    lines += [f"- [{_box(todo)}] {todo.get('task')}" for todo in todo_list]
    lines += [f"- {_cut(result)}" for result in results]
    return "\n".join(lines) or "-"


def _box(todo: Mapping[str, Any]) -> str:
    return {"completed": "x", "in_progress": "@"}.get(str(todo.get("status")), " ")


def _cut(result: str) -> str:
    return result if len(result) <= LONGEST_RESULT else f"{result[:LONGEST_RESULT]} …"


@dataclass
class Meter:
    """Counts tokens: those before the model now, and those that the run has used."""

    context: int
    """What the model can have before it."""
    budget: int | None = None
    """What the run may use; None for no limit."""
    system: str = ""
    """The system prompt, which is always before the model."""
    before: int = field(init=False, default=0)
    """About what is before the model, without its next question."""
    used: int = 0
    longest: int = field(init=False, default=0)
    """What the longest answer so far came to."""
    calls: int = field(init=False, default=0)
    """The most calls of tools in one answer so far; for each the server sends the prompt again."""

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """The history is gone."""
        self.before = tokens(self.system) + FRAME

    def hear(self, *texts: str) -> None:
        """These messages are before the model from now on."""
        self.before += sum(tokens(text) + FRAME for text in texts)

    def count(self, question: str, turn: Turn) -> None:
        """Take in a turn. Where the provider counts, its word goes: the last prompt, and the sum with all tools."""
        self.hear(question, *[str(call.result or "") for call in turn.tool_calls])
        asked = self.before
        self.hear(turn.response)
        usage = mapping(turn.usage)
        said = _number(usage, "completion_tokens", "output_tokens", "eval_count") or tokens(turn.response)
        prompt = _number(usage, "prompt_tokens", "input_tokens", "prompt_eval_count")
        self.before = max(self.before, prompt + said if prompt else 0)
        guess = asked * (1 + len(turn.tool_calls)) + said
        self.used += _number(usage, "total_tokens") or guess
        self.longest, self.calls = max(self.longest, said), max(self.calls, len(turn.tool_calls))

    def allows(self, question: str) -> bool:
        """Whether the budget has room for this question, and for an answer like the longest so far."""
        needed = (self.before + tokens(question) + FRAME) * (1 + self.calls) + self.longest
        return self.budget is None or self.used + needed <= self.budget

    @property
    def is_near(self) -> bool:
        """Whether it is time for a summary."""
        return self.before > NEAR * self.context

    @property
    def is_full(self) -> bool:
        """Whether it is too late to ask for one."""
        return self.before > FULL * self.context


def _number(usage: Mapping[str, Any], *names: str) -> int:
    return next((value for name in names if isinstance(value := usage.get(name), int)), 0)
