"""Flat names for conversations that drive themselves: `continuous_chat`, `deep_research`, `process_task` and theirs."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, Unpack, cast

from .._dual import Done, Dual, M, alias, operation, streaming
from ..agents.events import AgentEvent
from ..agents.namespace import Agents
from ..agents.options import FurtherTalkOptions, TalkOptions
from ..agents.results import ContinuousChat, ContinuousParallelChat
from ..turns.options import Paths, Texts, TurnOptions


class AgentNames(Dual[M]):
    """`client.continuous_chat(…)` and its like."""

    agents: Agents[M]

    deep_research = alias(Agents.research)
    process_task = alias(Agents.task)
    stream_process_task = alias(Agents.stream_task)

    @operation
    async def continuous_chat(
        self,
        initial_question: str,
        num_questions: int,
        chat_title: str | None = None,
        model_id: str | None = None,
        folder_name: str | None = None,
        image_paths: Paths | None = None,
        tags: Texts | None = None,
        rag_files: Paths | None = None,
        rag_collections: Texts | None = None,
        tool_ids: Texts | None = None,
        enable_auto_tagging: bool = False,  # noqa: FBT001, FBT002 - the original's position
        enable_auto_titling: bool = False,  # noqa: FBT001, FBT002 - the original's position
        **further: Unpack[FurtherTalkOptions],
    ) -> ContinuousChat:
        """Ask, then ask on: each next question is one of those that the server suggests, or a general one.

        Parameters: as `chat`; `num_questions` is how many are asked, `seed` makes the choice repeatable.

        Returns:
            `conversation_history`, a list of {`round`, `question`, `response`, `message_id`, `chat_id`, `follow_ups`};
            `total_rounds`, `chat_id`, `chat_title`; and `error` if a round after the first failed.

        Raises: as `Agents.continuous`.
        """
        options = _options(locals(), further)
        return await self.agents.continuous(initial_question, num_questions, chat_title, **options)

    @streaming(ContinuousChat)
    async def continuous_stream_chat(
        self,
        initial_question: str,
        num_questions: int,
        chat_title: str | None = None,
        model_id: str | None = None,
        folder_name: str | None = None,
        image_paths: Paths | None = None,
        tags: Texts | None = None,
        rag_files: Paths | None = None,
        rag_collections: Texts | None = None,
        tool_ids: Texts | None = None,
        enable_auto_tagging: bool = False,  # noqa: FBT001, FBT002 - the original's position
        enable_auto_titling: bool = False,  # noqa: FBT001, FBT002 - the original's position
        **further: Unpack[FurtherTalkOptions],
    ) -> AsyncGenerator[AgentEvent | Done[ContinuousChat]]:
        """As `continuous_chat`, telling what happens; `.result` is at any time what there is so far.

        Events by `type`: `round_start`, `content`, `round_complete`, `round_error`, `error`, `conversation_complete`.

        Raises: as `Agents.continuous`, while it is read.
        """
        options = _options(locals(), further)
        stream = self.agents.stream_continuous(initial_question, num_questions, chat_title, **options)
        async with stream as events:
            async for event in events:
                yield Done(events.result)
                yield event

    @operation
    async def continuous_parallel_chat(
        self,
        initial_question: str,
        num_questions: int,
        chat_title: str | None = None,
        model_ids: Texts = (),
        folder_name: str | None = None,
        image_paths: Paths | None = None,
        tags: Texts | None = None,
        rag_files: Paths | None = None,
        rag_collections: Texts | None = None,
        tool_ids: Texts | None = None,
        enable_auto_tagging: bool = False,  # noqa: FBT001, FBT002 - the original's position
        enable_auto_titling: bool = False,  # noqa: FBT001, FBT002 - the original's position
        **further: Unpack[FurtherTalkOptions],
    ) -> ContinuousParallelChat:
        """As `continuous_chat`, with several models, each question to all of them.

        Returns: as `continuous_chat`, but each round has `responses` {model: text}, `message_ids` {model: id}, `failed`
        {model: reason} and the `follow_ups` of all models; and `model_ids`.

        Raises: as `Agents.continuous_parallel`.
        """
        options = _options(locals(), further)
        return await self.agents.continuous_parallel(
            initial_question, num_questions, chat_title, model_ids=model_ids, **options
        )


def _options(given: dict[str, Any], further: FurtherTalkOptions) -> TalkOptions:
    """Of a method's arguments those that are options of a turn, and the further ones."""
    named = {name: given[name] for name in TurnOptions.__annotations__ if name in given}
    return cast("TalkOptions", named | dict(further))
