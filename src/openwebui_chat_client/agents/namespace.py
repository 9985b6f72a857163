"""The namespace `client.agents`: conversations that drive themselves, each a chat like any other."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import Unpack

from .._dual import Async, Done, Dual, M, operation, streaming
from .._runtime import Runtime
from ..resources.chats import Chats
from ..turns.turn import Turns
from .events import AgentEvent
from .options import ResearchOptions, TalkOptions, TaskOptions
from .results import ContinuousChat, ContinuousParallelChat, Research, TaskRun
from .running import Runner, carried, result_of
from .starting import Starter


class Agents(Dual[M]):
    """Continuous chats, deep research, tasks.

    Whatever ends a run early, an interruption too, has what there is so far as `.state`.
    """

    def __init__(
        self, turns: Turns[Async], chats: Chats[Async], *, runtime: Runtime, default_model_id: str | None
    ) -> None:
        self._start = Starter(Runner(turns, chats, runtime), default_model_id)

    @operation
    async def continuous(
        self,
        initial_question: str,
        num_questions: int,
        chat_title: str | None = None,
        **options: Unpack[TalkOptions],
    ) -> ContinuousChat:
        """Ask, then ask on: each next question is one of those that the server suggests, or a general one.

        Images, files, knowledge bases, folder, tags and the system prompt hold for the whole chat; model, tools,
        parameters and features go with every question; title and tags are proposed once. A later round that fails
        ends the chat with what there is, and `error` says why.

        Args:
            initial_question: The first question.
            num_questions: How many are asked, the first one included.
            chat_title: The chat of this title goes on, or one is made.
            **options: Those of a turn; `seed` makes the choice repeatable, `prompts` holds templates of yours. With
                `chat_id` a run goes on where it stopped: what that chat holds from this question on counts.

        Routes: POST /api/chat/completions, GET /api/v1/chats/{id}.

        Raises:
            ValueError: No question is wanted, or an option is none; nothing was sent.
            TurnError: The first answer failed. Other errors of the first round: as `Turns.ask`.

        Example:
            >>> client.agents.continuous("What is a monad?", 3, "Monads").conversation_history[2].question
        """
        return await result_of(self._start.talk(initial_question, num_questions, chat_title, options, live=False))

    @streaming(ContinuousChat)
    async def stream_continuous(
        self,
        initial_question: str,
        num_questions: int,
        chat_title: str | None = None,
        **options: Unpack[TalkOptions],
    ) -> AsyncGenerator[AgentEvent | Done[ContinuousChat]]:
        """As `continuous`, telling what happens; `.result` is at any time what there is so far.

        Leaving early stops the answer on the server.

        Routes: POST /api/chat/completions, GET /api/v1/chats/{id}.

        Raises: as `continuous`, while it is read.
        """
        source = self._start.talk(initial_question, num_questions, chat_title, options, live=True)
        async with aclosing(carried(source)) as events:
            async for event in events:
                yield event

    @operation
    async def continuous_parallel(
        self,
        initial_question: str,
        num_questions: int,
        chat_title: str | None = None,
        *,
        model_ids: str | Iterable[str],
        **options: Unpack[TalkOptions],
    ) -> ContinuousParallelChat:
        """As `continuous`, with several models: each question goes to all; what is suggested after any may be next.

        A model that fails does not cost the others: it is in `failed` of its round.

        Routes: POST /api/chat/completions, GET /api/v1/chats/{id}.

        Raises: as `continuous`.
            ValueError: No model is named, or one twice.
            UnsupportedError: The server is too old for several models at once.
        """
        source = self._start.talk(initial_question, num_questions, chat_title, options, models=model_ids, live=False)
        return await result_of(source)

    @operation
    async def research(
        self,
        topic: str,
        chat_title: str | None = None,
        num_steps: int = 3,
        general_models: str | Iterable[str] | None = None,
        search_models: str | Iterable[str] | None = None,
        **options: Unpack[ResearchOptions],
    ) -> Research:
        """Research a topic: a planner names a question, a model answers it, again and again; then comes the report.

        All of it is in one new chat. A step whose plan cannot be read, not even when it is asked for once more, or
        whose answer fails, is in `skipped`.

        Args:
            topic: What is researched.
            chat_title: The chat's title; left out, `Deep Dive: ` and the topic.
            num_steps: How many questions are asked.
            general_models: The first one plans and writes the report; one of them answers. Left out, the client's
                default model.
            search_models: Models that look things up; the planner says which questions go to one of them.
            **options: See `ResearchOptions`: chat_id, folder_name, params, prompts, seed.

        Routes: POST /api/chat/completions, GET /api/v1/chats/{id}, POST /api/v1/chats/{id}.

        Raises:
            ValueError: There is no topic, or no step is wanted; nothing was sent.
            ConfigError: No model is named, and the client has no default.
            TurnError: The planner or the report failed; `.state` is what was found.

        Example:
            >>> print(client.agents.research("Tides", num_steps=2).final_report)
        """
        asked = (topic, chat_title, num_steps, general_models, search_models)
        return await result_of(self._start.research(*asked, options, live=False))

    @streaming(Research)
    async def stream_research(
        self,
        topic: str,
        chat_title: str | None = None,
        num_steps: int = 3,
        general_models: str | Iterable[str] | None = None,
        search_models: str | Iterable[str] | None = None,
        **options: Unpack[ResearchOptions],
    ) -> AsyncGenerator[AgentEvent | Done[Research]]:
        """As `research`, telling what happens; `.result` is at any time what there is so far.

        Leaving early stops the answer on the server.

        Routes: POST /api/chat/completions, GET /api/v1/chats/{id}, POST /api/v1/chats/{id}.

        Raises: as `research`, while it is read.
        """
        asked = (topic, chat_title, num_steps, general_models, search_models)
        async with aclosing(carried(self._start.research(*asked, options, live=True))) as events:
            async for event in events:
                yield event

    @operation
    async def task(
        self,
        question: str,
        model_id: str,
        tool_server_ids: str | Iterable[str],
        knowledge_base_name: str | None = None,
        max_iterations: int = 25,
        summarize_history: bool = False,  # noqa: FBT001, FBT002 - the original's position
        decision_model_id: str | None = None,
        **options: Unpack[TaskOptions],
    ) -> TaskRun:
        """Have a model work on a task: it thinks and calls tools, which the server runs, until it has the answer.

        The chat is a new one. What tools said is what the next step sees. An answer in none of the sections that the
        system prompt asks for is asked for once more; if it has none again, it is the solution.

        Args:
            question: The task.
            model_id: The model that works on it. It must be one that calls tools by itself.
            tool_server_ids: One tool or tool server, or several; an empty list for none.
            knowledge_base_name: A knowledge base that its answers may rest on.
            max_iterations: How many steps there are at most.
            summarize_history: Have the model sum up its work and begin anew from there when the history gets too
                long; `conversation_history` is then one text. In the page, what was summed up is another branch.
            decision_model_id: The model that chooses where several options are offered; left out, nobody does, and
                the first model is told to go on.
            **options: See `TaskOptions`: chat_id, folder_name, params, prompts, token_budget, context_tokens.

        Routes: POST /api/chat/completions, GET /api/v1/chats/{id}, POST /api/v1/chats/{id}.

        Returns:
            `solution`, `completed`, `conversation_history`, `todo_list`, `key_findings`, `chat_id`, `chat_title`,
            `iterations`, `tokens`. At a limit, `solution` is `Max iterations reached.` or `Token budget reached.`

        Raises:
            ValueError: There is no question or model, or a limit is less than 1; nothing was sent.
            NameNotFoundError: There is no such tool or knowledge base; nothing was stored.
            TurnError: A model failed; `.state` is what there is so far.

        Example:
            >>> client.agents.task("What is 2 plus 40?", "gpt-5", "adder").solution
        """
        asked = (question, model_id, tool_server_ids, knowledge_base_name, max_iterations, decision_model_id)
        return await result_of(self._start.task(*asked, options, summarize=summarize_history, live=False))

    @streaming(TaskRun)
    async def stream_task(
        self,
        question: str,
        model_id: str,
        tool_server_ids: str | Iterable[str],
        knowledge_base_name: str | None = None,
        max_iterations: int = 25,
        summarize_history: bool = False,  # noqa: FBT001, FBT002 - the original's position
        decision_model_id: str | None = None,
        **options: Unpack[TaskOptions],
    ) -> AsyncGenerator[AgentEvent | Done[TaskRun]]:
        """As `task`, telling what happens; `.result` is at any time what there is so far.

        Tools are told as the server runs them, and the thought that belongs to them once it is complete. Leaving
        early stops the answer on the server.

        Routes: POST /api/chat/completions, GET /api/v1/chats/{id}, POST /api/v1/chats/{id}.

        Raises: as `task`, while it is read.
        """
        asked = (question, model_id, tool_server_ids, knowledge_base_name, max_iterations, decision_model_id)
        source = self._start.task(*asked, options, summarize=summarize_history, live=True)
        async with aclosing(carried(source)) as events:
            async for event in events:
                yield event
