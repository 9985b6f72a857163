"""Tasks: a model thinks, the server runs the tools that it calls, until it has the answer or a limit is reached."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from .._dual import Done
from ..errors import OpenWebUIError, TurnError
from ..turns.events import ToolCalled, TurnDone
from ..turns.options import TurnOptions
from ..turns.results import ToolCall, Turn
from .events import (
    ActionEvent,
    AgentEvent,
    DecisionEvent,
    FinalAnswerEvent,
    IterationStart,
    ObservationEvent,
    TaskError,
    ThoughtEvent,
    TodoListUpdate,
    ToolCallEvent,
)
from .history import Meter, as_text, notes
from .past import Asked
from .plans import choice
from .prompts import AgentPrompts, fill
from .results import Option, TaskRun
from .running import Run, StoppedError
from .thoughts import Thought, thought

log = logging.getLogger("openwebui_chat_client")
NO_MORE_STEPS = "Max iterations reached."
NO_MORE_TOKENS = "Token budget reached."
NATIVE = {"function_calling": "native"}
"""The server runs the tools that the model calls, as often as it calls them, and keeps their results in the history."""


@dataclass
class Worker:
    """One run: its chat, what it was told, and what there is so far."""

    run: Run
    question: str
    model_id: str
    tool_ids: list[str]
    max_iterations: int
    summarize: bool
    decision_model_id: str | None
    prompts: AgentPrompts
    params: Mapping[str, Any]
    first: TurnOptions
    """Options of the first turn; the chat keeps them."""
    meter: Meter
    state: TaskRun
    told: list[dict[str, Any]]
    """The messages that are before the model, the system prompt first."""
    reminded: bool = False
    """Whether the model was just told how to write its answers."""
    following: str = ""
    """The question after this step."""
    results: list[str] = field(default_factory=list[str])
    """What tools said in the last step."""

    async def events(self, past: list[Asked], before: list[Asked]) -> AsyncGenerator[AgentEvent | Done[TaskRun]]:
        """What happens, from the first step that is not in `past`; `before` is what of it the model has before it."""
        question = self._take_up(past, before)
        yield Done(self.state)
        try:
            while not self.state.completed:
                if end := self._limit(question):
                    self.state["solution"] = end
                    yield TaskError(iteration=self.state.iterations, content=end)
                    return
                async with aclosing(self._step(question)) as events:
                    async for event in events:
                        yield event
                question = self.following
        except OpenWebUIError as error:
            yield TaskError(iteration=self.state.iterations, content=str(error))
            raise
        yield FinalAnswerEvent(iteration=self.state.iterations, content=self.state.solution)

    async def _step(self, question: str) -> AsyncGenerator[AgentEvent]:
        """One step: what the model thinks, what the server does for it, and which way is taken then."""
        self.state["iterations"] += 1
        number = self.state.iterations
        fresh = await self._shorten(question)
        yield IterationStart(iteration=number, content=fresh or question)
        found = Thought()
        async with aclosing(self._think(fresh or question, anew=bool(fresh))) as events:
            async for event in events:
                if isinstance(event, Thought):
                    found = event
                else:
                    yield event
        self.following = self.prompts.task_continue
        if self.reminded:
            self.following = fill(self.prompts.task_again, question=self.question)
        if self.decision_model_id and found.options and (chosen := await self._decide(found.options)):
            self.following = fill(self.prompts.task_decided, **chosen)
            yield DecisionEvent(
                iteration=number, content=chosen.label, selected_option=chosen.number, options=found.options
            )

    async def _think(self, question: str, *, anew: bool) -> AsyncGenerator[AgentEvent | Thought]:
        """One answer of the model, and the tools that the server ran for it; last, what is in it."""
        number, turn = self.state.iterations, None
        options: TurnOptions = {"model_id": self.model_id, "tool_ids": self.tool_ids}
        if anew:
            options["parent_id"] = None
        async with aclosing(self._ask(question, options)) as events:
            async for event in events:
                if isinstance(event, ToolCall):
                    action = {"tool": event.name, "args": event.arguments}
                    yield ActionEvent(iteration=number, content=action)
                    yield ToolCallEvent(
                        iteration=number, content=action, tool_name=event.name, tool_input=event.arguments
                    )
                    yield ObservationEvent(iteration=number, content=event.result or "")
                else:
                    turn = event
        if turn is None:
            raise AssertionError("a turn ends with TurnDone or raises")
        found = thought(turn.response)
        self._take(found, turn.response, called=bool(turn.tool_calls))
        yield ThoughtEvent(iteration=number, content=turn.response)
        if found.todo_list:
            yield TodoListUpdate(iteration=number, content=found.todo_list, todo_list=found.todo_list)
        yield found

    async def _ask(self, question: str, options: TurnOptions) -> AsyncGenerator[ToolCall | Turn]:
        """Ask, and keep account of it."""
        options = {"params": self.params, **options, **self.first}
        self.first = {}
        try:
            async with aclosing(self.run.ask(question, **options)) as events:
                async for event in events:
                    self.state["chat_id"] = self.run.chat_id
                    if isinstance(event, ToolCalled):
                        yield event.call
                    elif isinstance(event, TurnDone):
                        self._hear(question, event.turn)
                        yield event.turn
        finally:
            self.state["chat_id"] = self.run.chat_id

    async def _decide(self, options: list[Option]) -> Option | None:
        """The option that the deciding model chooses; it is asked twice at most."""
        listed = "\n".join(
            f"{one.number}. {one.label}" + f": {one.description}" * bool(one.description) for one in options
        )
        numbers = ", ".join(str(one.number) for one in options)
        values = {"question": self.question, "options": listed, "numbers": numbers}
        for template in (self.prompts.task_decision, self.prompts.task_decision_again):
            question = fill(template, **values)
            if not self.meter.allows(question):
                return None
            if chosen := choice(await self._said(question, {"model_id": self.decision_model_id}), options):
                return chosen
        return None

    async def _shorten(self, question: str) -> str | None:
        """The question that begins anew with a summary, if the history has become too long for the model."""
        if not self.summarize or not self.meter.is_near:
            return None
        summary = notes(self.state.key_findings, self.state.todo_list, self.results)
        if not self.meter.is_full and self.meter.allows(self.prompts.task_summary):
            try:
                summary = await self._said(self.prompts.task_summary, {"model_id": self.model_id}) or summary
            except StoppedError:
                raise
            except TurnError as error:
                log.warning("no summary in chat %s, going on with notes: %s", self.run.chat_id, error)
        self.meter.restart()
        self.told[1:] = []
        return fill(self.prompts.task_from_summary, question=self.question, summary=summary, next=question)

    async def _said(self, question: str, options: TurnOptions) -> str:
        async with aclosing(self._ask(question, options)) as events:
            async for event in events:
                if isinstance(event, Turn):
                    return event.response
        return ""

    def _take_up(self, past: list[Asked], before: list[Asked]) -> str:
        """Take in the steps that the chat holds already; the question that comes next."""
        for asked in past:
            answer = asked.answer
            if answer and answer.model == self.model_id and asked.question != self.prompts.task_summary:
                self.state["iterations"] += 1
                self._take(thought(answer.text), answer.text, called=True)
        for asked in before if past else ():
            answers = [answer.text for answer in asked.answers[-1:]]
            self.meter.hear(asked.question, *answers)
            self.told.append({"role": "user", "content": asked.question})
            self.told += [{"role": "assistant", "content": answer} for answer in answers]
        self._show()
        if not past:
            return self.question
        return self.prompts.task_continue if past[-1].answer else past[-1].question

    def _take(self, found: Thought, text: str, *, called: bool) -> None:
        """Keep what a step brings."""
        state = self.state
        state["key_findings"] = list(dict.fromkeys([*state.key_findings, *found.findings]))
        state["todo_list"] = found.todo_list or state.todo_list
        given_up = self.reminded and not called and not found.readable
        answer = found.final_answer or (text.strip() if given_up else "")
        if answer:
            state.update(solution=answer, completed=True)
        self.reminded = not called and not found.readable

    def _hear(self, question: str, turn: Turn) -> None:
        self.results = [call.result or "" for call in turn.tool_calls]
        self.told.append({"role": "user", "content": question})
        self.told += [{"role": "tool", "content": result} for result in self.results]
        self.told.append({"role": "assistant", "content": turn.response})
        self.meter.count(question, turn)
        self.state["tokens"] = self.meter.used
        self._show()

    def _show(self) -> None:
        self.state["conversation_history"] = as_text(self.told) if self.summarize else list(self.told)

    def _limit(self, question: str) -> str | None:
        if self.state.iterations >= self.max_iterations:
            return NO_MORE_STEPS
        return None if self.meter.allows(question) else NO_MORE_TOKENS


def begun(title: str) -> TaskRun:
    """A task before its first step."""
    return TaskRun(
        solution="",
        completed=False,
        conversation_history=[],
        todo_list=[],
        key_findings=[],
        chat_id="",
        chat_title=title,
        iterations=0,
        tokens=0,
    )
