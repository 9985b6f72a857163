"""Continuous chats: each next question is one of those that the server suggests."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, cast

from .._dual import Done
from ..errors import OpenWebUIError
from ..turns.events import TextDelta, TurnDone
from ..turns.options import TurnOptions
from ..turns.results import ParallelTurn, Turn
from .events import (
    AgentEvent,
    ConversationComplete,
    FirstRoundError,
    RoundComplete,
    RoundContent,
    RoundError,
    RoundStart,
)
from .options import ONCE, OWN, TalkOptions
from .past import Asked
from .prompts import DEFAULT, AgentPrompts
from .results import ContinuousChat, ContinuousParallelChat, ParallelRound, Round
from .running import Run, StoppedError, chooser


@dataclass
class Rounds:
    """One run: its chat, its questions, and what there is so far. A subclass knows how one question is asked."""

    run: Run
    question: str
    num_questions: int
    options: TalkOptions
    state: Any = field(init=False)
    choose: Callable[[list[str]], str] = field(init=False)
    prompts: AgentPrompts = field(init=False)

    def __post_init__(self) -> None:
        self.choose = chooser(self.options.get("seed"))
        self.prompts = self.options.get("prompts") or DEFAULT

    async def events(self, past: list[Asked], title: str) -> AsyncGenerator[AgentEvent | Done[Any]]:
        """What happens, from the first round that is not in `past`."""
        self.state = self.begin(title)
        self.state["chat_id"] = self.run.chat_id
        question, fresh = self.question, not past
        for asked in past:
            question = self._take_up(asked)
        yield Done(self.state)
        while self.state["total_rounds"] < self.num_questions:
            number = self.state["total_rounds"] + 1
            yield RoundStart(round=number, question=question, total_rounds=self.num_questions)
            try:
                async with aclosing(self.ask(number, question, self._turn_options(first=fresh))) as events:
                    async for event in events:
                        yield event
            except OpenWebUIError as error:
                if number == 1:
                    yield FirstRoundError(round=1, error=str(error))
                    raise
                self.state["error"] = f"round {number}: {error}"
                yield RoundError(round=number, error=str(error))
                break
            finally:
                self.state["chat_id"] = self.run.chat_id
            question, fresh = self._next(), False
        yield ConversationComplete(summary=self.state)

    def begin(self, title: str) -> Any:
        """The result before the first round."""
        raise NotImplementedError

    def ask(self, number: int, question: str, options: TurnOptions) -> AsyncGenerator[AgentEvent]:
        """Ask one question, and add its round to the result."""
        raise NotImplementedError

    def remember(self, number: int, asked: Asked) -> bool:
        """Add a round that the chat holds already to the result; False if it was not finished."""
        raise NotImplementedError

    def add(self, made: Any, turn: Turn | ParallelTurn | None = None) -> None:
        """A round is done."""
        self.state["conversation_history"].append(made)
        self.state["total_rounds"] += 1
        if turn is not None:
            self.state.update({key: turn[key] for key in ("suggested_title", "suggested_tags") if key in turn})

    def _take_up(self, asked: Asked) -> str:
        """Count a round of the past; the question that comes after it, or once more its own."""
        if self.remember(self.state["total_rounds"] + 1, asked):
            return self._next()
        return asked.question

    def _next(self) -> str:
        """One of the suggestions that was not asked yet, else a general question."""
        rounds = self.state["conversation_history"]
        known = {one["question"] for one in rounds}
        open_ones = [one for one in dict.fromkeys(rounds[-1]["follow_ups"]) if one.strip() and one not in known]
        return self.choose(open_ones or list(self.prompts.general_questions))

    def _turn_options(self, *, first: bool) -> TurnOptions:
        passed = {
            name: value
            for name, value in self.options.items()
            if name not in OWN and value is not None and (first or name not in ONCE)
        }
        return cast("TurnOptions", passed | {"enable_follow_up": True})


class SingleRounds(Rounds):
    """A continuous chat with one model."""

    def begin(self, title: str) -> ContinuousChat:
        """See `Rounds`."""
        return ContinuousChat(conversation_history=[], total_rounds=0, chat_id="", chat_title=title)

    async def ask(self, number: int, question: str, options: TurnOptions) -> AsyncGenerator[AgentEvent]:
        """See `Rounds`."""
        turn: Turn | None = None
        async with aclosing(self.run.ask(question, **options)) as events:
            async for event in events:
                self.state["chat_id"] = self.run.chat_id
                if isinstance(event, TextDelta):
                    yield RoundContent(round=number, content=event.text)
                elif isinstance(event, TurnDone):
                    turn = event.turn
        if turn is None:
            raise AssertionError("a turn ends with TurnDone or raises")
        self.add(
            Round(
                round=number,
                question=question,
                response=turn.response,
                message_id=turn.message_id,
                chat_id=turn.chat_id,
                follow_ups=turn.follow_ups,
            ),
            turn,
        )
        yield RoundComplete(round=number, response=turn.response, follow_ups=turn.follow_ups)

    def remember(self, number: int, asked: Asked) -> bool:
        """See `Rounds`."""
        answer = asked.answer
        if answer is None:
            return False
        self.add(
            Round(
                round=number,
                question=asked.question,
                response=answer.text,
                message_id=answer.message_id,
                chat_id=self.state["chat_id"],
                follow_ups=answer.follow_ups,
            )
        )
        return True


@dataclass
class ParallelRounds(Rounds):
    """A continuous chat with several models."""

    model_ids: list[str]

    def begin(self, title: str) -> ContinuousParallelChat:
        """See `Rounds`."""
        return ContinuousParallelChat(
            conversation_history=[], total_rounds=0, chat_id="", chat_title=title, model_ids=self.model_ids
        )

    async def ask(self, number: int, question: str, options: TurnOptions) -> AsyncGenerator[AgentEvent]:
        """See `Rounds`."""
        turn = await self.run.ask_all(question, self.model_ids, options)
        answered = [answer for answer in turn.answers if answer.error is None]
        made = ParallelRound(
            round=number,
            question=question,
            responses={answer.model: answer.content for answer in answered},
            message_ids={answer.model: answer.message_id for answer in answered},
            failed={answer.model: answer.error for answer in turn.answers if answer.error is not None},
            chat_id=turn.chat_id,
            follow_ups=_each_once(answer.follow_ups for answer in answered),
        )
        self.add(made, turn)
        if any(answer.stopped for answer in turn.answers):
            raise StoppedError(f"somebody stopped the answers in chat {turn.chat_id}", chat_id=turn.chat_id)
        yield RoundComplete(round=number, response="\n\n".join(made.responses.values()), follow_ups=made.follow_ups)

    def remember(self, number: int, asked: Asked) -> bool:
        """See `Rounds`."""
        done = [answer for answer in asked.answers if answer.complete]
        if not done:
            return False
        self.add(
            ParallelRound(
                round=number,
                question=asked.question,
                responses={answer.model: answer.text for answer in done},
                message_ids={answer.model: answer.message_id for answer in done},
                failed={answer.model: answer.error for answer in asked.answers if not answer.complete},
                chat_id=self.state["chat_id"],
                follow_ups=_each_once(answer.follow_ups for answer in done),
            )
        )
        return True


def _each_once(lists: Iterable[list[str]]) -> list[str]:
    return list(dict.fromkeys(one for listed in lists for one in listed))
