"""What happens while a conversation drives itself, as typed events that are dictionaries too."""

from __future__ import annotations

from typing import Any

from .._records import Record
from .results import ContinuousChat, Option, Todo


class AgentEvent(Record):
    """Something that happened; `type` says what."""

    type: str = ""

    def __init__(self, *given: Any, **values: Any) -> None:
        super().__init__({"type": vars(type(self))["type"].default})
        self.update(*given, **values)


class RoundStart(AgentEvent):
    """A question of a continuous chat is about to be asked."""

    type: str = "round_start"
    round: int
    """From 1."""
    question: str
    total_rounds: int
    """How many there are to be."""


class RoundContent(AgentEvent):
    """More of an answer's text."""

    type: str = "content"
    round: int
    content: str


class RoundComplete(AgentEvent):
    """An answer is complete."""

    type: str = "round_complete"
    round: int
    response: str
    follow_ups: list[str]


class RoundError(AgentEvent):
    """A later round failed; what was done before it counts."""

    type: str = "round_error"
    round: int
    error: str


class FirstRoundError(AgentEvent):
    """No answer came at all; the exception follows."""

    type: str = "error"
    round: int
    error: str


class ConversationComplete(AgentEvent):
    """The last event of a continuous chat."""

    type: str = "conversation_complete"
    summary: ContinuousChat


class StepPlanned(AgentEvent):
    """The planner has named a question of a research."""

    type: str = "step_planned"
    step: int
    """From 1."""
    question: str
    model: str
    """The model that is to answer it."""


class StepComplete(AgentEvent):
    """A question of a research is answered."""

    type: str = "step_complete"
    step: int
    question: str
    model: str
    answer: str


class StepSkipped(AgentEvent):
    """A step of a research came to nothing; the next one follows."""

    type: str = "step_skipped"
    step: int
    reason: str


class ReportComplete(AgentEvent):
    """The report of a research is written."""

    type: str = "report_complete"
    content: str


class TaskEvent(AgentEvent):
    """Something that happened in a task."""

    iteration: int
    """The step it happened in, from 1."""
    content: Any


class IterationStart(TaskEvent):
    """A step begins."""

    type: str = "iteration_start"
    content: str
    """What the model is told in it."""


class ThoughtEvent(TaskEvent):
    """The model has answered."""

    type: str = "thought"
    content: str
    """The whole answer."""


class TodoListUpdate(TaskEvent):
    """The model has written its to-do list; at most once per thought."""

    type: str = "todo_list_update"
    content: list[Todo]
    todo_list: list[Todo]
    """The same."""


class ActionEvent(TaskEvent):
    """The model has called a tool."""

    type: str = "action"
    content: dict[str, Any]
    """`tool` and `args`."""


class ToolCallEvent(TaskEvent):
    """The server has run that tool."""

    type: str = "tool_call"
    content: dict[str, Any]
    tool_name: str
    tool_input: dict[str, Any] | str
    """The text as it came when the model wrote no JSON."""


class ObservationEvent(TaskEvent):
    """What the tool said."""

    type: str = "observation"
    content: str


class DecisionEvent(TaskEvent):
    """The deciding model has chosen one of several ways to go on."""

    type: str = "decision"
    content: str
    """The label of what was chosen."""
    selected_option: int
    """Its number."""
    options: list[Option]


class FinalAnswerEvent(TaskEvent):
    """The task is solved."""

    type: str = "final_answer"
    content: str


class TaskError(TaskEvent):
    """The run ends without an answer: a limit is reached, or the exception follows."""

    type: str = "error"
    content: str
