"""What conversations that drive themselves come to; while they run, what they have come to so far."""

from __future__ import annotations

from typing import Any

from .._records import Record
from ..turns.results import Source


class Round(Record):
    """One question of a continuous chat, and its answer."""

    round: int
    """From 1."""
    question: str
    response: str
    message_id: str
    """The answer's message."""
    chat_id: str
    follow_ups: list[str]
    """What the server suggested to ask next."""


class ContinuousChat(Record):
    """A chat that went on by itself."""

    conversation_history: list[Round]
    total_rounds: int
    """How many were done."""
    chat_id: str
    """Empty until the first question is stored."""
    chat_title: str
    """As it was asked for; of a run that goes on by `chat_id`, the chat's."""
    suggested_title: str | None = None
    """The title that the server gave the chat; only if asked for."""
    suggested_tags: list[str] | None = None
    """The tags that the server gave the chat; only if asked for."""
    error: str | None = None
    """Why it ended before its last round; the key is there only then."""


class ParallelRound(Record):
    """One question of a continuous chat, and the answers of several models."""

    round: int
    question: str
    responses: dict[str, str]
    """The text by model, in the order of the models; those that failed are in `failed`."""
    message_ids: dict[str, str]
    failed: dict[str, str]
    """The models that failed, and why."""
    chat_id: str
    follow_ups: list[str]
    """What the server suggested after any of the answers, each once."""


class ContinuousParallelChat(Record):
    """A chat with several models that went on by itself."""

    conversation_history: list[ParallelRound]
    total_rounds: int
    chat_id: str
    chat_title: str
    model_ids: list[str]
    suggested_title: str | None = None
    suggested_tags: list[str] | None = None
    error: str | None = None
    """Why it ended before its last round; the key is there only then."""


class ResearchStep(Record):
    """One question of a research, and its answer."""

    question: str
    model: str
    """The model that answered."""
    answer: str
    message_id: str
    sources: list[Source]


class SkippedStep(Record):
    """A step that came to nothing."""

    step: int
    """From 1."""
    reason: str


class ReportSource(Record):
    """Something that the answers of a research rest on."""

    number: int
    """What the report names it by; from 1."""
    name: str
    url: str = ""
    """Where it is on the web; "" for a document of the server."""


class Research(Record):
    """A topic that was researched."""

    topic: str
    chat_id: str
    """Empty until the first question is stored."""
    chat_title: str
    research_log: list[str]
    """One text per step that was done: its question and its answer."""
    final_report: str
    """The report, and below it its sources if there are any; "" until it is written."""
    total_steps_completed: int
    steps: list[ResearchStep]
    skipped: list[SkippedStep]
    """The steps that came to nothing, and why."""
    sources: list[ReportSource]
    """What the answers rest on, each once."""


class Todo(Record):
    """Something to do for a task."""

    task: str
    status: str
    """`completed`, `in_progress` or `pending`."""


class Option(Record):
    """One of several ways to go on."""

    number: int
    label: str
    description: str
    """Empty without one."""


class TaskRun(Record):
    """A task that was worked on."""

    solution: str
    """The answer; what ended the run, if there is none."""
    completed: bool
    """Whether the model said that the task is solved."""
    conversation_history: list[dict[str, Any]] | str
    """`role` and `content` of each message, the system prompt first; one text with `summarize_history`."""
    todo_list: list[Todo]
    """As the model wrote it last."""
    key_findings: list[str]
    """Everything that the model noted as found, each once."""
    chat_id: str
    """Empty until the task is stored."""
    chat_title: str
    iterations: int
    """How many steps were taken."""
    tokens: int
    """What the run has used: the provider's count where it gives one, else an estimate."""
