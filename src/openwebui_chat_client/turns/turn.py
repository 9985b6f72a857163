"""One turn, in order: open, send, follow, read back."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

from .._dual import Async, Done, Dual, M, operation, streaming
from .._http import Http
from .._records import Record
from .._server import TURNS, Server
from .._socket import Socket
from ..errors import APIConnectionError, APIResponseError, APIStatusError, OpenWebUIError, ServerError, TurnError
from ..resources.chats import Chats
from ..resources.folders import Folders
from ..resources.tasks import Tasks
from .body import Ask, completion
from .events import Answer, TextDelta, Turn, TurnDone, TurnEvent
from .follow import FIRST_PAUSE, Followed, Follower, Polling, follower
from .place import CLEANUP, Place, Places, Titles
from .tree import messages

LATE = 10
"""How often it is looked for work that begins after an interruption, 50 ms apart."""


class Accepted(Record):
    """The server has stored the turn and works on it."""

    task_ids: tuple[str, ...] = ()


class Turns(Dual[M]):
    """Questions and answers."""

    def __init__(
        self,
        http: Http,
        server: Server[Async],
        chats: Chats[Async],
        folders: Folders[Async],
        tasks: Tasks[Async],
        *,
        titles: Titles,
        socket: Socket | None,
    ) -> None:
        self._http = http
        self._server = server
        self._chats = chats
        self._tasks = tasks
        self._socket = socket
        limit, model_id = http.config.answer_timeout, http.config.default_model_id
        self._places = Places(chats, folders, tasks, http.runtime, titles, limit, model_id)

    @operation
    async def ask(
        self, question: str, chat_title: str, *, model_id: str | None = None, folder_name: str | None = None
    ) -> Turn:
        """Ask, and wait for the answer. The chat of this title is continued, or made.

        Routes: those of `stream`.

        Raises:
            ValueError: The question or the title is empty; nothing was sent.
            NotFoundError: The model is unknown; nothing was stored.
            TurnError: The model failed; the chat holds the question and what there is of the answer.
        """
        events = self._run(question, chat_title, model_id=model_id, folder_name=folder_name, partial=False)
        async with aclosing(events):
            async for event in events:
                if isinstance(event, TurnDone):
                    return event.turn
        raise AssertionError("a turn ends with TurnDone or raises")

    @streaming(Turn)
    async def stream(
        self, question: str, chat_title: str, *, model_id: str | None = None, folder_name: str | None = None
    ) -> AsyncGenerator[TurnEvent | Done[Turn]]:
        """Ask, and yield what happens as typed events; the last is `TurnDone`. The chat is continued, or made.

        Leaving early stops the answer on the server; what has been written stays in the chat.

        Routes: POST /api/chat/completions; for the chat GET /api/v1/chats/search, POST /api/v1/chats/new,
        GET /api/v1/chats/{id}; without a live connection also GET /api/tasks/chat/{id}.

        Raises: as `ask`, while it is read.
        """
        events = self._run(question, chat_title, model_id=model_id, folder_name=folder_name, partial=True)
        async with aclosing(events):
            async for event in events:
                yield event
                if isinstance(event, TurnDone):
                    yield Done(event.turn)

    @streaming(Turn)
    async def text(
        self, question: str, chat_title: str, *, model_id: str | None = None, folder_name: str | None = None
    ) -> AsyncGenerator[str | Done[Turn]]:
        """Ask, and yield the answer's text as it comes; otherwise as `stream`."""
        events = self._run(question, chat_title, model_id=model_id, folder_name=folder_name, partial=True)
        async with aclosing(events):
            async for event in events:
                if isinstance(event, TextDelta):
                    yield event.text
                elif isinstance(event, TurnDone):
                    yield Done(event.turn)

    async def _run(
        self, question: str, title: str, *, model_id: str | None, folder_name: str | None, partial: bool
    ) -> AsyncGenerator[TurnEvent]:
        _check(question, title, model_id, folder_name)
        await self._server.require(TURNS)
        answer = Answer()
        ask = Ask(question, model_id or "")
        polling = Polling(self._chats, self._tasks, self._http.runtime, self._http.config.answer_timeout, partial)
        async with follower(self._socket, polling, ask.message_id) as following:
            async with self._http.runtime.hold(("title", title)):
                place = await self._places.prepare(title, model_id=model_id, folder_name=folder_name)
                ask = Ask(question, place.model_id, ask.question_id, ask.message_id)
                await self._send(ask, title, place, following.session_id)
            followed = Followed(place.chat_id, ask.message_id, answer)
            async with aclosing(self._follow(following, followed)) as events:
                async for event in events:
                    yield event
        turn = answer.turn(chat_id=place.chat_id, message_id=ask.message_id, model=ask.model_id)
        yield TurnDone(turn)

    async def _send(self, ask: Ask, title: str, place: Place, session_id: str) -> None:
        """Have the server take the question; else leave all as it was."""
        body = completion(ask, chat_id=place.chat_id, parent_id=place.parent_id, session_id=session_id, now=time.time())
        try:
            about = f"model {ask.model_id!r}"
            await self._http.call(Accepted, "POST", "/api/chat/completions", json=body, about=about)
        except BaseException as error:
            async with self._http.runtime.shield(CLEANUP):
                if _may_have_arrived(error) and await self._is_stored(ask, place):
                    return
                if not isinstance(error, OpenWebUIError):
                    await self._intercept(place.chat_id)
                await self._places.undo(title, place)
            raise

    async def _is_stored(self, ask: Ask, place: Place) -> bool:
        """Whether the server has the question, although its word on that did not reach us."""
        try:
            chat = await self._chats.get(place.chat_id)
        except OpenWebUIError:
            return False
        return ask.message_id in messages(chat.chat)

    async def _follow(self, following: Follower, followed: Followed) -> AsyncGenerator[TurnEvent]:
        """The answer's events; who leaves early stops the server."""
        try:
            async with aclosing(following.events(followed)) as events:
                async for event in events:
                    yield event
        except (APIConnectionError, APIStatusError, APIResponseError) as error:
            raise _failed(followed, f"the server was lost sight of while it answered: {error}") from error
        except BaseException:
            async with self._http.runtime.shield(CLEANUP):
                await self._stop(followed.chat_id)
            raise
        if followed.answer.error:
            raise _failed(followed, f"the model failed: {followed.answer.error}")
        if not followed.answer.done:
            await self._stop(followed.chat_id)
            raise _failed(followed, "the server gave the answer up: was it restarted?")

    async def _stop(self, chat_id: str) -> None:
        """End the server's work on this chat, as far as it can be reached.

        The first call ends the tasks; the second finds none and makes final what they had not even begun.
        """
        with suppress(OpenWebUIError):
            await self._tasks.stop(chat_id)
            await self._tasks.stop(chat_id)

    async def _intercept(self, chat_id: str) -> None:
        """End work that the server may only be about to begin: we were interrupted while it took the question."""
        with suppress(OpenWebUIError):
            for _ in range(LATE):
                if await self._tasks.running(chat_id):
                    break
                await self._http.runtime.sleep(FIRST_PAUSE)
        await self._stop(chat_id)


def _may_have_arrived(error: BaseException) -> bool:
    if isinstance(error, APIConnectionError):
        return error.arrived
    return isinstance(error, ServerError | APIResponseError)


def _check(question: str, title: str, model_id: str | None, folder_name: str | None) -> None:
    given = {"question": question, "chat_title": title, "model_id": model_id, "folder_name": folder_name}
    for name, value in given.items():
        if value is None and name in {"model_id", "folder_name"}:
            continue
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"{name} must be a text that is not empty, not {value!r}")


def _failed(followed: Followed, what: str) -> TurnError:
    where = f"the question is in chat {followed.chat_id}"
    return TurnError(
        f"{what} ({where})", partial=followed.answer.text, chat_id=followed.chat_id, message_id=followed.message_id
    )
