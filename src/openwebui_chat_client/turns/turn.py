"""One turn, in order: attach, open, send, follow, finish."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Unpack

from .._dual import Async, Done, M, operation, streaming
from .._http import Http
from .._server import Server
from .._socket import Socket
from ..errors import TurnError
from ..resources.chats import Chats
from ..resources.files import Files
from ..resources.folders import Folders
from ..resources.knowledge import KnowledgeBases
from ..resources.notes import Notes
from ..resources.tasks import Tasks
from ..resources.tools import Tools
from .answer import Answer
from .attach import Attachments, Upload
from .body import Query
from .events import TextDelta, TurnDone, TurnEvent
from .extras import Extras
from .follow import Followed, failed
from .metadata import Metadata
from .options import TurnOptions, Wanted, wanted
from .place import Places
from .results import ParallelAnswer, ParallelTurn, Turn
from .running import Finished, Runner, Thread
from .titles import Titles


@dataclass
class Memory:
    """What a client knows from one turn to the next; none of it is a chat's state."""

    titles: Titles = field(default_factory=Titles)
    uploads: dict[tuple[str, bool], Upload] = field(default_factory=dict[tuple[str, bool], Upload])


class Turns(Metadata[M]):
    """Questions and answers."""

    def __init__(
        self,
        http: Http,
        server: Server[Async],
        chats: Chats[Async],
        folders: Folders[Async],
        tasks: Tasks[Async],
        files: Files[Async],
        knowledge: KnowledgeBases[Async],
        tools: Tools[Async],
        notes: Notes[Async],
        *,
        memory: Memory,
        socket: Socket | None,
    ) -> None:
        self._http = http
        self._chats = chats
        self._folders = folders
        limit, runtime = http.config.answer_timeout, http.runtime
        self._runner = Runner(
            http,
            server,
            chats,
            tasks,
            Attachments(files, knowledge, tools, notes, chats, runtime, memory.uploads),
            Places(chats, folders, tasks, runtime, memory.titles, server, limit, http.config.default_model_id),
            Extras(chats, server, memory.titles, runtime),
            socket,
        )

    @operation
    async def ask(self, question: str, chat_title: str | None = None, **options: Unpack[TurnOptions]) -> Turn:
        """Ask, and wait for the answer. The chat of this title, or with `chat_id`, is continued; else one is made.

        Routes: POST /api/chat/completions, and the others of `stream`.

        Raises:
            ValueError: The question, the title or an option is empty or none; nothing was sent.
            FileNotFoundError: There is no such image or file; nothing was sent.
            NameNotFoundError: There is no such knowledge base or tool; nothing was stored.
            NotFoundError: The model, or the chat with `chat_id`, is unknown; nothing was stored.
            TurnError: The model failed; the chat holds the question and what there is of the answer.

        Example:
            >>> client.turns.ask("What is on it?", "Pictures", image_paths="cat.png").response
        """
        return await turn_of(self._stream(wanted(question, chat_title, options), partial=False))

    @streaming(Turn)
    async def stream(
        self, question: str, chat_title: str | None = None, **options: Unpack[TurnOptions]
    ) -> AsyncGenerator[TurnEvent | Done[Turn]]:
        """Ask, and yield what happens as typed events, from `TurnStarted` to `TurnDone`; otherwise as `ask`.

        Leaving early stops the answer on the server; what has been written stays in the chat.

        Routes: POST /api/chat/completions, GET /api/v1/chats/search, POST /api/v1/chats/new, GET /api/v1/chats/{id},
        GET /api/tasks/chat/{id}.

        Raises: as `ask`, while it is read.
        """
        async with aclosing(self._stream(wanted(question, chat_title, options))) as events:
            async for event in events:
                yield event
                if isinstance(event, TurnDone):
                    yield Done(event.turn)

    @streaming(Turn)
    async def text(
        self, question: str, chat_title: str | None = None, **options: Unpack[TurnOptions]
    ) -> AsyncGenerator[str | Done[Turn]]:
        """Ask, and yield the answer's text as it comes; otherwise as `stream`.

        Routes: POST /api/chat/completions, and the others of `stream`.
        """
        async with aclosing(self._stream(wanted(question, chat_title, options))) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    yield event.text
                elif isinstance(event, TurnDone):
                    yield Done(event.turn)

    @operation
    async def parallel(
        self,
        question: str,
        chat_title: str | None = None,
        *,
        model_ids: str | Iterable[str],
        **options: Unpack[TurnOptions],
    ) -> ParallelTurn:
        """Ask several models at once, or one several times; their answers stand side by side below one question.

        A model that fails does not cost the others: its answer has `error`. Servers from 0.9 to 0.11 lose answers that
        end at the same time: there the models are asked one after the other.

        Routes: POST /api/chat/completions, and the others of `stream`.

        Raises: as `ask`.
            TurnError: All of them failed.
        """
        want = wanted(question, chat_title, options, model_ids=model_ids)
        if want.temporary:
            raise ValueError("a temporary turn goes to one model, and not side by side")
        return await parallel_of(self._runner.run(want, Thread(), partial=False))

    async def _stream(
        self, want: Wanted, thread: Thread | None = None, *, partial: bool = True, again: Query | None = None
    ) -> AsyncGenerator[TurnEvent]:
        """The events of a turn with one answer."""
        if want.temporary:
            source = self._runner.temporary(want)
        else:
            source = self._runner.run(want, thread or Thread(), partial=partial, again=again)
        async with aclosing(source) as events:
            async for event in events:
                yield event if isinstance(event, TurnEvent) else TurnDone(_turn(event))


async def turn_of(events: AsyncGenerator[TurnEvent]) -> Turn:
    """What a turn comes to, once all its events are through."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, TurnDone):
                return event.turn
    raise AssertionError("a turn ends with TurnDone or raises")


async def parallel_of(events: AsyncGenerator[TurnEvent | Finished]) -> ParallelTurn:
    """What a turn of several models comes to, once all its events are through."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Finished):
                return _parallel_turn(event)
    raise AssertionError("a turn ends with Finished or raises")


def _turn(finished: Finished) -> Turn:
    followed = finished.followed
    message_id, answer = next(iter(followed.answers.items()))
    _check(followed, answer)
    return Turn(
        response=answer.text,
        chat_id=followed.chat_id,
        message_id=message_id,
        model=followed.query.models[0],
        **answer.parts(),
        **finished.extras,
    )


def _parallel_turn(finished: Finished) -> ParallelTurn:
    followed, query = finished.followed, finished.followed.query
    answers = [
        ParallelAnswer(
            model=reply.model_id,
            message_id=reply.message_id,
            content=followed.answers[reply.message_id].text,
            **followed.answers[reply.message_id].parts(),
            **_error(followed.answers[reply.message_id]),
        )
        for reply in query.replies
    ]
    if all("error" in answer for answer in answers):
        reasons = "; ".join(f"{answer.model}: {answer.error}" for answer in answers)
        raise failed(followed, f"all models failed: {reasons}")
    return ParallelTurn(chat_id=followed.chat_id, question_id=query.question_id, answers=answers, **finished.extras)


def _error(answer: Answer) -> dict[str, Any]:
    if answer.error:
        return {"error": answer.error}
    return {} if answer.done else {"error": "the server gave the answer up"}


def _check(followed: Followed, answer: Answer) -> None:
    if answer.error and not followed.chat_id:
        raise TurnError(f"the model failed: {answer.error}", partial=answer.text)
    if answer.error:
        raise failed(followed, f"the model failed: {answer.error}")
    if not answer.done:
        raise failed(followed, "the server gave the answer up: was it restarted?")
