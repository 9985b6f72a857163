"""Deep research: plan, question, answer, again and again; then a report. All of it in one chat."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from .._dual import Done
from .._records import mapping
from ..errors import TurnError
from ..turns.events import TurnDone
from ..turns.options import TurnOptions
from ..turns.results import Source, Turn
from .events import AgentEvent, ReportComplete, StepComplete, StepPlanned, StepSkipped
from .past import Asked
from .plans import Plan, plan
from .prompts import AgentPrompts, fill
from .results import ReportSource, Research, ResearchStep, SkippedStep
from .running import Run, StoppedError


@dataclass
class Researcher:
    """One run: its chat, its models, and what there is so far."""

    run: Run
    topic: str
    num_steps: int
    general_models: list[str]
    search_models: list[str]
    prompts: AgentPrompts
    choose: Callable[[list[str]], str]
    options: TurnOptions
    """Of the first turn; the chat keeps them."""
    params: Mapping[str, Any] | None
    state: Research

    async def events(self, past: list[Asked]) -> AsyncGenerator[AgentEvent | Done[Research]]:
        """What happens, from the first step that is not in `past`."""
        self._take_up(past)
        yield Done(self.state)
        first = len(self.state.steps) + 1
        for number in range(first, self.num_steps + 1):
            async with aclosing(self._step(number)) as events:
                async for event in events:
                    yield event
        report = await self._report()
        yield ReportComplete(content=report)

    async def _step(self, number: int) -> AsyncGenerator[AgentEvent]:
        planned = await self._plan(number)
        if planned is None:
            yield self._skip(number, "the planner named no question that can be read, and none when asked once more")
            return
        kind = self.search_models if planned.searches and self.search_models else self.general_models
        model = self.choose(kind)
        yield StepPlanned(step=number, question=planned.question, model=model)
        try:
            turn = await self._ask(planned.question, model)
        except StoppedError:
            raise
        except TurnError as error:
            yield self._skip(number, f"{model}: {error}")
            return
        self._add(planned.question, turn.model, turn.response, turn.message_id, turn.sources)
        yield StepComplete(step=number, question=planned.question, model=turn.model, answer=turn.response)

    async def _plan(self, number: int) -> Plan | None:
        """The planner's next question; it is asked twice at most."""
        about = {"topic": self.topic, "step": number, "steps": self.num_steps}
        kinds = self.prompts.research_kinds if self.search_models else ""
        for template in (self.prompts.research_plan, self.prompts.research_plan_again):
            turn = await self._ask(fill(template, **about, kinds=kinds), self.general_models[0])
            if planned := plan(turn.response):
                return planned
        return None

    async def _report(self) -> str:
        listed = "\n".join(_line(source) for source in self.state.sources)
        sources = fill(self.prompts.research_sources, sources=listed) if listed else ""
        question = fill(self.prompts.research_report, topic=self.topic, sources=sources).rstrip()
        turn = await self._ask(question, self.general_models[0])
        self.state["final_report"] = f"{turn.response}\n\n---\n\n{listed}" if listed else turn.response
        return self.state.final_report

    async def _ask(self, question: str, model: str) -> Turn:
        options: TurnOptions = {"model_id": model, "params": self.params, **self.options}
        self.options = {}
        try:
            async with aclosing(self.run.ask(question, **options)) as events:
                async for event in events:
                    if isinstance(event, TurnDone):
                        return event.turn
        finally:
            self.state["chat_id"] = self.run.chat_id
        raise AssertionError("a turn ends with TurnDone or raises")

    def _add(self, question: str, model: str, answer: str, message_id: str, sources: list[Source]) -> None:
        state = self.state
        step = ResearchStep(question=question, model=model, answer=answer, message_id=message_id, sources=sources)
        state.steps.append(step)
        state["total_steps_completed"] = len(state.steps)
        state.research_log.append(f"Q: {question}\nA: {answer}")
        for name, url in (place for source in sources for place in _places(source)):
            if all((name, url) != (known.name, known.url) for known in state.sources):
                state.sources.append(ReportSource(number=len(state.sources) + 1, name=name, url=url))

    def _skip(self, number: int, reason: str) -> StepSkipped:
        self.state.skipped.append(SkippedStep(step=number, reason=reason))
        return StepSkipped(step=number, reason=reason)

    def _take_up(self, past: list[Asked]) -> None:
        """Count the steps that the chat holds already: a plan, and the answer to its question."""
        for before, asked in pairwise(past):
            planned = plan(before.answer.text) if before.answer else None
            if planned and planned.question == asked.question and (answer := asked.answer):
                self._add(asked.question, answer.model, answer.text, answer.message_id, answer.sources)


def begun(topic: str, title: str, chat_id: str) -> Research:
    """A research before its first step."""
    return Research(
        topic=topic,
        chat_id=chat_id,
        chat_title=title,
        research_log=[],
        final_report="",
        total_steps_completed=0,
        steps=[],
        skipped=[],
        sources=[],
    )


def _places(source: Source) -> list[tuple[str, str]]:
    """Name and address of what a source is: of each page of a search, or of the document."""
    about = mapping(source.source)
    found = [
        (str(passage.metadata.get("title") or passage.file or passage.metadata.get("source") or ""), _url(passage))
        for passage in source.passages
    ]
    found = found or [(str(about.get("name") or about.get("url") or ""), str(about.get("url") or ""))]
    return [(name or url, url) for name, url in dict.fromkeys(found) if name or url]


def _url(passage: Any) -> str:
    address = str(passage.metadata.get("source") or "")
    return address if address.startswith(("http://", "https://")) else ""


def _line(source: ReportSource) -> str:
    return f"[{source.number}] {source.name}" + (f" <{source.url}>" if source.url and source.url != source.name else "")
