"""How each kind of run starts: what it is told is checked, its chat is found or made, what it holds is taken up."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from .._arguments import text, texts
from .._dual import Done
from ..errors import ConfigError
from ..turns.options import TurnOptions
from . import research, task
from .continuous import ParallelRounds, Rounds, SingleRounds
from .events import AgentEvent
from .history import Meter
from .options import ResearchOptions, TalkOptions, TaskOptions, at_least_one, known
from .past import all_asked, on_show, since
from .prompts import DEFAULT
from .results import Research, TaskRun
from .running import Runner, chooser

CONTEXT = 8192
LONGEST_NAME = 50
"""How many signs of a task its chat is named by."""


@dataclass(frozen=True)
class Starter:
    """Starts runs. Nothing happens before their events are read."""

    runner: Runner
    default_model_id: str | None

    async def talk(
        self,
        question: str,
        num_questions: int,
        title: str | None,
        options: TalkOptions,
        *,
        models: Iterable[str] | None = None,
        live: bool,
    ) -> AsyncGenerator[AgentEvent | Done[Any]]:
        """A continuous chat, with one model or with these."""
        at_least_one(num_questions, "num_questions")
        listed = None if models is None else _each_once(models)
        if options.get("temporary"):
            raise ValueError("a continuous chat goes on in what is kept of it: it cannot be temporary")
        chat_id = options.get("chat_id")
        if (title is None) == (chat_id is None):
            raise ValueError("chat_title or chat_id must say which chat, one of the two")
        if chat_id is None:
            run, name, past = self.runner.titled(text(title or "", "chat_title"), live=live), title or "", []
        else:
            run, chat = await self.runner.known(chat_id, live=live)
            name, past = chat.title, since(question, on_show(chat.chat))[:num_questions]
        rounds: Rounds = SingleRounds(run, question, num_questions, options)
        if listed is not None:
            rounds = ParallelRounds(run, question, num_questions, options, listed)
        async with aclosing(rounds.events(past, name)) as events:
            async for event in events:
                yield event

    async def research(
        self,
        topic: str,
        title: str | None,
        num_steps: int,
        general_models: str | Iterable[str] | None,
        search_models: str | Iterable[str] | None,
        options: ResearchOptions,
        *,
        live: bool,
    ) -> AsyncGenerator[AgentEvent | Done[Research]]:
        """A deep research."""
        known(options, ResearchOptions)
        general = texts(general_models) or texts(self.default_model_id)
        if not general:
            raise ConfigError("no model: give general_models, or default_model_id for the client")
        name = f"Deep Dive: {text(topic, 'topic')}" if title is None else text(title, "chat_title")
        at_least_one(num_steps, "num_steps")
        run, asked, chat_id = self.runner.own(name, live=live), [], options.get("chat_id")
        first: TurnOptions = {"folder_name": options.get("folder_name")}
        if chat_id is not None:
            run, chat = await self.runner.known(chat_id, live=live)
            name, asked = chat.title, on_show(chat.chat)
        researcher = research.Researcher(
            run,
            topic,
            num_steps,
            general,
            texts(search_models),
            options.get("prompts") or DEFAULT,
            chooser(options.get("seed")),
            first,
            options.get("params"),
            research.begun(topic, name, run.chat_id),
        )
        async with aclosing(researcher.events(asked)) as events:
            async for event in events:
                yield event

    async def task(
        self,
        question: str,
        model_id: str,
        tool_ids: str | Iterable[str],
        knowledge_base: str | None,
        max_iterations: int,
        decision_model_id: str | None,
        options: TaskOptions,
        *,
        summarize: bool,
        live: bool,
    ) -> AsyncGenerator[AgentEvent | Done[TaskRun]]:
        """A task."""
        known(options, TaskOptions)
        prompts = options.get("prompts") or DEFAULT
        name = f"Task Processing: {text(question, 'question')[:LONGEST_NAME]}"
        first: TurnOptions = {
            "system_prompt": prompts.task_system,
            "folder_name": options.get("folder_name"),
            "rag_collections": texts(knowledge_base),
        }
        worker = task.Worker(
            run=self.runner.own(name, live=live, system_prompt=prompts.task_system),
            question=question,
            model_id=text(model_id, "model_id"),
            tool_ids=texts(tool_ids),
            max_iterations=at_least_one(max_iterations, "max_iterations"),
            summarize=summarize,
            decision_model_id=None if decision_model_id is None else text(decision_model_id, "decision_model_id"),
            prompts=prompts,
            params=task.NATIVE | dict(options.get("params") or {}),
            first=first,
            meter=_meter(options, prompts.task_system),
            told=[{"role": "system", "content": prompts.task_system}],
            state=task.begun(name),
        )
        asked, before, chat_id = [], [], options.get("chat_id")
        if chat_id is not None:
            worker.run, chat = await self.runner.known(chat_id, live=live)
            worker.state.update(chat_id=chat.id, chat_title=chat.title)
            asked, before = since(question, all_asked(chat.chat)), on_show(chat.chat)
        async with aclosing(worker.events(asked, before)) as events:
            async for event in events:
                yield event


def _meter(options: TaskOptions, system_prompt: str) -> Meter:
    context = at_least_one(options.get("context_tokens", CONTEXT), "context_tokens")
    budget = options.get("token_budget")
    return Meter(context, None if budget is None else at_least_one(budget, "token_budget"), system_prompt)


def _each_once(models: Iterable[str]) -> list[str]:
    listed = texts(models)
    if not listed or len(set(listed)) < len(listed):
        raise ValueError(f"model_ids names each model once, and one at least; not {listed!r}")
    return listed
