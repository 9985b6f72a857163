"""The chat of a run: found or made, and asked in; and how whatever ends a run early carries what there is so far."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeVar, Unpack, cast

from .._arguments import text
from .._dual import Async, Done
from .._records import Record
from .._runtime import Runtime
from ..errors import TurnError
from ..resources.chats import Chat, Chats
from ..turns.conversation import Conversation
from ..turns.events import ToolCalled, TurnDone, TurnEvent
from ..turns.options import TurnOptions, wanted
from ..turns.results import ParallelTurn
from ..turns.turn import Turns
from .events import AgentEvent
from .opening import Blank

R = TypeVar("R", bound=Record)


class StoppedError(TurnError):
    """Somebody stopped an answer, in the browser say, and with it the run."""


def whole(event: TurnEvent) -> TurnEvent:
    """The event, unless it ends a turn that somebody stopped.

    Raises:
        StoppedError: It does.
    """
    if isinstance(event, TurnDone) and event.turn.stopped:
        turn = event.turn
        told = f"somebody stopped the answer in chat {turn.chat_id}"
        raise StoppedError(told, partial=turn.response, chat_id=turn.chat_id, message_id=turn.message_id)
    return event


@dataclass
class Run:
    """The chat that a run goes on in."""

    turns: Turns[Async]
    chats: Chats[Async]
    live: bool
    """Whether what happens in a turn is wanted while it happens."""
    talk: Conversation[Async] | None = None
    blank: Blank | None = None
    """The chat that is to be made with the first question."""

    @property
    def chat_id(self) -> str:
        """The chat's id; empty before its first question is stored."""
        return (self.talk and self.talk.chat_id) or ""

    async def ask(self, question: str, **options: Unpack[TurnOptions]) -> AsyncGenerator[TurnEvent]:
        """The events of a turn, `TurnDone` the last; who leaves early stops the server.

        Raises:
            StoppedError: Somebody else stopped the answer: nobody wants the run to go on.
        """
        talk = await self._opened(question, options)
        try:
            if self.live:
                async with talk.stream(question, **options) as events:
                    async for event in events:
                        yield whole(event)
                return
            turn = await talk.ask(question, **options)
            for call in turn.tool_calls:
                yield ToolCalled(call)
            yield whole(TurnDone(turn))
        except BaseException:
            if self.blank and await self.blank.remove(self.chat_id):
                self.talk = None
            raise
        finally:
            self.blank = None

    async def ask_all(self, question: str, model_ids: list[str], options: TurnOptions) -> ParallelTurn:
        """The answers of several models."""
        return await (await self._opened(question, options)).parallel(question, model_ids, **options)

    async def _opened(self, question: str, options: TurnOptions) -> Conversation[Async]:
        """The chat's conversation; the chat is made if it is still to be."""
        if self.talk is None:
            if self.blank is None:
                raise AssertionError("a run has a chat, or is to make one")
            wanted(question, self.blank.title, options)  # refuses what is wrong before there is a chat
            chat_id = await self.blank.create(options.get("model_id") or "")
            self.talk = self._talk(chat_id=chat_id)
        return self.talk

    def _talk(self, *, title: str | None = None, chat_id: str | None = None) -> Conversation[Async]:
        return Conversation[Async](self.turns, self.chats, title=title, chat_id=chat_id, model_id=None)


@dataclass(frozen=True)
class Runner:
    """Finds or makes the chats of runs."""

    turns: Turns[Async]
    chats: Chats[Async]
    runtime: Runtime

    def own(self, title: str, *, live: bool, system_prompt: str | None = None) -> Run:
        """A new chat for this run alone, even if there is one of this title."""
        return Run(self.turns, self.chats, live, blank=Blank(self.chats, self.runtime, title, system_prompt))

    def titled(self, title: str, *, live: bool) -> Run:
        """The chat of this title, or a new one."""
        run = Run(self.turns, self.chats, live)
        run.talk = run._talk(title=title)
        return run

    async def known(self, chat_id: str, *, live: bool) -> tuple[Run, Chat]:
        """The chat with this id, and what is in it.

        Raises:
            NotFoundError: There is no such chat.
        """
        chat = await self.chats.get(text(chat_id, "chat_id"))
        run = Run(self.turns, self.chats, live)
        run.talk = run._talk(chat_id=chat.id)
        return run, chat


async def carried(source: AsyncGenerator[AgentEvent | Done[R]]) -> AsyncGenerator[AgentEvent | Done[R]]:
    """The events of a run. Whatever ends it early, an interruption too, has what there is so far as `.state`."""
    state: R | None = None
    try:
        async with aclosing(source):
            async for event in source:
                if isinstance(event, Done):
                    state = event.result
                yield event
    except BaseException as error:
        if state is not None:
            vars(error)["state"] = state
            if chat_id := state.get("chat_id"):
                error.add_note(f"The run is in chat {chat_id}, and goes on from there with chat_id={chat_id!r}.")
        raise


async def result_of(source: AsyncGenerator[AgentEvent | Done[R]]) -> R:
    """What a run comes to."""
    state: R | None = None
    async with aclosing(carried(source)) as events:
        async for event in events:
            if isinstance(event, Done):
                state = event.result
    if state is None:
        raise AssertionError("a run says at its start where its result is to be")
    return state


def chooser(seed: int | None) -> Callable[[list[str]], str]:
    """Picks one of several at random; the same ones with the same seed."""
    dice: Any = random.Random(seed)  # noqa: S311 - what is asked next is no secret
    return cast("Callable[[list[str]], str]", dice.choice)
