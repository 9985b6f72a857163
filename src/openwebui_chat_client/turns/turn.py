"""One turn, in order: attach, open, send, follow, finish."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Unpack

from .._dual import Async, Done, M, operation, streaming
from .._http import Http
from .._records import decode
from .._server import SIDE_BY_SIDE, TURNS, Server
from .._socket import Socket
from ..errors import ConflictError, TurnError
from ..resources.chats import Chat, Chats
from ..resources.files import Files
from ..resources.folders import Folders
from ..resources.knowledge import KnowledgeBases
from ..resources.notes import Notes
from ..resources.tasks import Tasks
from ..resources.tools import Tools
from .answer import Answer
from .attach import Attached, Attachments, Upload
from .body import Query, Reply
from .events import TextDelta, TurnDone, TurnEvent, TurnStarted
from .extras import Extras
from .follow import Followed, Polling, answers_to, failed, follower
from .metadata import Metadata
from .options import TurnOptions, Wanted, wanted
from .place import Place, Places
from .results import ParallelAnswer, ParallelTurn, Turn
from .sending import Sender
from .temporary import Temporary
from .titles import Titles


@dataclass
class Memory:
    """What a client knows from one turn to the next; none of it is a chat's state."""

    titles: Titles = field(default_factory=Titles)
    uploads: dict[tuple[str, bool], Upload] = field(default_factory=dict[tuple[str, bool], Upload])


@dataclass
class Thread:
    """Where a conversation stands, so that its next turn need not read the chat."""

    place: Place | None = None
    """Where the next question goes."""
    chat: Chat | None = None
    """Or the chat, just read."""
    questions: int = 0
    """How many were asked, to tell an answer that is no longer the last."""


@dataclass
class Finished:
    """A turn that has come to its end."""

    followed: Followed
    extras: dict[str, Any]


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
        limit, runtime = http.config.answer_timeout, http.runtime
        self._http = http
        self._server = server
        self._chats = chats
        self._folders = folders
        self._tasks = tasks
        self._socket = socket
        self._titles = memory.titles
        self._attachments = Attachments(files, knowledge, tools, notes, chats, runtime, memory.uploads)
        self._places = Places(chats, folders, tasks, runtime, memory.titles, limit, http.config.default_model_id)
        self._sender = Sender(http, chats, tasks)
        self._extras = Extras(chats, memory.titles, runtime)

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

        A model that fails does not cost the others: its answer has `error`. Servers before 0.12 lose answers that end
        at the same time; they are refused.

        Routes: POST /api/chat/completions, and the others of `stream`.

        Raises: as `ask`.
            UnsupportedError: The server is older than 0.12.
            TurnError: All of them failed.
        """
        want = wanted(question, chat_title, options, model_ids=model_ids)
        if want.temporary:
            raise ValueError("a temporary turn goes to one model, and not side by side")
        return await parallel_of(self._run(want, None, partial=False))

    async def _stream(
        self, want: Wanted, thread: Thread | None = None, *, partial: bool = True, again: Query | None = None
    ) -> AsyncGenerator[TurnEvent]:
        """The events of a turn with one answer."""
        source = self._temporary(want) if want.temporary else self._run(want, thread, partial=partial, again=again)
        async with aclosing(source) as events:
            async for event in events:
                yield event if isinstance(event, TurnEvent) else TurnDone(_turn(event))

    async def _temporary(self, want: Wanted) -> AsyncGenerator[TurnEvent | Finished]:
        place = Place(self._places.models(want, []))
        attached = await self._attachments.prepare(want)
        try:
            query = _query(want, place, attached)
            followed = Followed("", query, answers_to(query))
            answer = followed.answers[query.message_ids[0]]
            yield TurnStarted("", tuple(query.message_ids))
            events = Temporary(self._http, self._http.config.answer_timeout).events(query, answer)
            async with aclosing(events):
                async for event in events:
                    yield event
        finally:
            await self._attachments.undo(attached)
        yield Finished(followed, {})

    async def _run(
        self, want: Wanted, thread: Thread | None, *, partial: bool, again: Query | None = None
    ) -> AsyncGenerator[TurnEvent | Finished]:
        """The events of a turn, and at last the turn itself.

        `again` is a question that the chat has already and that wants another answer.
        """
        await self._server.require(SIDE_BY_SIDE if len(want.model_ids) > 1 else TURNS)
        attached = await self._attachments.prepare(want)
        replies = [Reply("") for _ in want.model_ids or ("",)]
        polling = Polling(self._chats, self._tasks, self._http.runtime, self._http.config.answer_timeout, partial)
        message_ids = [reply.message_id for reply in replies]
        place: Place | None = None
        followed: Followed | None = None
        try:
            async with follower(self._socket, polling, message_ids) as following:
                async with self._http.runtime.hold(want.key):
                    place, followed = await self._open(want, attached, replies, following.session_id, thread, again)
                number = thread.questions if thread else 0
                self._attachments.keep(attached)
                async with self._http.runtime.shield():
                    await self._places.settle(place)
                async with aclosing(self._sender.follow(following, followed)) as events:
                    async for event in events:
                        yield event
        except BaseException:
            if place and followed:
                await self._extras.abandon(want, place, followed)
            else:
                await self._attachments.undo(attached)
            raise
        if thread is not None and thread.questions == number:
            thread.place = _next(want, place, followed)
        yield Finished(followed, await self._extras.finish(want, place, followed))

    async def _open(
        self,
        want: Wanted,
        attached: Attached,
        replies: list[Reply],
        session_id: str,
        thread: Thread | None,
        again: Query | None,
    ) -> tuple[Place, Followed]:
        """Have the server take the question, in its place; else leave all as it was."""
        place = thread.place if thread and want.folder_name is None else None
        if place and want.model_ids:
            place = replace(place, models=list(want.model_ids))
        try:
            known, place = place, place or await self._places.prepare(want, thread.chat if thread else None)
            query = _query(want, place, attached, replies, again)
            try:
                chat_id = await self._sender.send(query, place.chat_id, place.folder_id, session_id)
            except ConflictError:
                if known is None or thread is None:
                    raise
                thread.place = None  # somebody changed the chat: look where it stands now
                return await self._open(want, attached, replies, session_id, thread, again)
        except BaseException:
            if place is not None:
                async with self._http.runtime.shield():
                    await self._places.undo(want, place)
            raise
        if thread is not None:
            thread.place = None  # who asks meanwhile reads the chat, and waits for this answer
            thread.questions += 1
        if want.title and place.chat is None:
            self._titles.remember(want.title, chat_id, None if place.chat_id is None else want.title)
        return place, Followed(chat_id, query, answers_to(query))


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


def _query(
    want: Wanted, place: Place, attached: Attached, replies: list[Reply] | None = None, again: Query | None = None
) -> Query:
    """The question as it is sent from this place."""
    params = {**place.params, **want.params}
    system_prompt = params.pop("system", None)
    asked = (
        ("title_generation", want.auto_title and place.is_new),
        ("tags_generation", want.auto_tags),
        ("follow_up_generation", want.follow_ups),
    )
    identities = [reply.message_id for reply in replies or [Reply("")]]
    return Query(
        content=again.content if again else want.question,
        replies=tuple(map(Reply, place.models, identities)),
        parent_id=again.parent_id if again else place.parent_id,
        message_files=tuple(attached.message_files),
        files=_once([*place.files, *attached.items]),
        tool_ids=want.tool_ids,
        system_prompt=want.system_prompt or system_prompt,
        params=params,
        features=want.features,
        tasks={name: True for name, wish in asked if wish},
        column=again.column if again else None,
        stored=again.stored if again else None,
    )


def _once(items: list[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Each attachment once: what has the same type and id is the same."""
    return tuple({(item.get("type"), item.get("id") or item.get("url") or str(item)): item for item in items}.values())


def _next(want: Wanted, place: Place, followed: Followed) -> Place | None:
    """Where the next turn of a conversation goes; None when the chat has to be read for that."""
    query = followed.query
    if len(query.replies) > 1 or want.tags or want.auto_tags or not followed.answered:
        return None
    params = {**place.params, **({"system": query.system_prompt} if query.system_prompt else {})}
    document = {**place.document, "params": params, "files": list(query.files), "models": query.models}
    chat = decode(Chat, {"title": want.title, **(place.chat or {}), "id": followed.chat_id, "chat": document})
    return Place(query.models, query.message_ids[0], followed.chat_id, chat=chat, tags=place.tags)


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
