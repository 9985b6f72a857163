"""The object for one chat: ask, regenerate, edit, branch."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import Any, TypeVar, Unpack

from .._arguments import Keep, text, texts
from .._dual import Async, Done, Dual, M, operation, streaming
from .._messages import Message, branch, branches, leaf, messages, text_of
from .._records import mappings
from ..errors import NameNotFoundError
from ..resources.chats import Chat, Chats
from .body import Query
from .events import TurnDone, TurnEvent, TurnStarted
from .options import TurnOptions, Wanted, wanted
from .results import ParallelTurn, Turn
from .running import Thread
from .turn import Turns, parallel_of, turn_of

T = TypeVar("T")
ATTACHING = frozenset({"image_paths", "rag_files", "rag_collections", "files"})


class Conversation(Dual[M]):
    """One chat, continued turn by turn.

    It follows its own thread: what others add to the chat meanwhile is not lost, but only continued once this object
    has read the chat again, as every method but `ask` and `stream` makes it.
    """

    def __init__(
        self,
        turns: Turns[Async],
        chats: Chats[Async],
        *,
        title: str | None,
        chat_id: str | None,
        model_id: str | None,
    ) -> None:
        if (title is None) == (chat_id is None):
            raise ValueError("title or chat_id must say which chat, one of the two")
        self._turns = turns
        self._chats = chats
        self._state = _State(title, chat_id)
        self._model_id = model_id

    def __repr__(self) -> str:
        return f"Conversation(title={self._state.title!r}, chat_id={self._state.chat_id!r})"

    @property
    def chat_id(self) -> str | None:
        """The chat's id; None before the first turn of one that was asked for by title."""
        return self._state.chat_id

    @operation
    async def ask(self, question: str, **options: Unpack[TurnOptions]) -> Turn:
        """Ask, and wait for the answer. Routes, options and errors: as `Turns.ask`."""
        return await turn_of(self._events(self._wanted(question, options), partial=False))

    @streaming(Turn)
    async def stream(self, question: str, **options: Unpack[TurnOptions]) -> AsyncGenerator[TurnEvent | Done[Turn]]:
        """Ask, and yield what happens as typed events. Routes, options and errors: as `Turns.stream`."""
        async with aclosing(self._events(self._wanted(question, options), partial=True)) as events:
            async for event in events:
                yield event
                if isinstance(event, TurnDone):
                    yield Done(event.turn)

    @operation
    async def parallel(
        self, question: str, model_ids: str | Iterable[str], **options: Unpack[TurnOptions]
    ) -> ParallelTurn:
        """Ask several models at once, or one several times. Routes and errors: as `Turns.parallel`."""
        want = self._wanted(question, options, model_ids)
        return await parallel_of(self._watched(want, self._turns._runner.run(want, self._state.thread, partial=False)))

    @operation
    async def regenerate(self, message_id: str | None = None, *, model_id: str | None = None) -> Turn:
        """Another answer to the same question, beside the one there is; it is the one on show afterwards.

        Args:
            message_id: The answer to have another of; left out, the last one on show.
            model_id: The model; left out, the one that answered.

        Routes: GET /api/v1/chats/{id}, POST /api/chat/completions.

        Raises:
            NameNotFoundError: There is no such answer in the chat.
            TurnError: The model failed.
        """
        chat = self._state.thread.chat = await self._read()
        answer = _message(chat, message_id or leaf(chat.chat), "assistant")
        question = _message(chat, answer.get("parentId"), "user")
        options: TurnOptions = {"model_id": model_id or str(answer.get("model") or "") or None}
        content = str(question.get("content") or "")
        side_by_side = len(question.get("models") or ()) > 1
        again = Query(
            content,
            (),
            str(question["id"]),
            question.get("parentId"),
            column=answer.get("modelIdx") if side_by_side else None,
            stored=question,
        )
        want = self._wanted(content or "(what the message shows)", options)
        return await turn_of(self._events(want, partial=False, again=again))

    @operation
    async def edit(self, message_id: str, question: str, **options: Unpack[TurnOptions]) -> Turn:
        """Ask a question anew in other words: a new branch, beside the one of the old question.

        What was attached to the old question goes with the new one, unless something else is given.

        Routes: GET /api/v1/chats/{id}, POST /api/chat/completions.

        Raises:
            NameNotFoundError: There is no such question in the chat.
            TurnError: The model failed.
        """
        chat = self._state.thread.chat = await self._read()
        old = _message(chat, text(message_id, "message_id"), "user")
        options["parent_id"] = old.get("parentId")
        if not options.keys() & ATTACHING:
            options["files"] = mappings(old.get("files"))
        return await self.ask(question, **options)

    @operation
    async def messages(self) -> list[Message]:
        """The messages of the branch on show, the first one first; their `content` is plain text.

        Route: GET /api/v1/chats/{id}.
        """
        return _plain(branch((await self._read()).chat))

    @operation
    async def branches(self) -> list[list[Message]]:
        """Every branch, from the first message to its end, the oldest end first; their `content` is plain text.

        Route: GET /api/v1/chats/{id}.
        """
        return [_plain(one) for one in branches((await self._read()).chat)]

    @operation
    async def rename(self, title: str) -> None:
        """Give the chat another title. Route: POST /api/v1/chats/{id}."""
        chat = await self._read()
        await self._chats.rename(chat.id, text(title, "title"))
        self._state.chat_id, self._state.title = chat.id, title

    @operation
    async def tag(self, *tags: str) -> None:
        """Add tags to the chat; none is removed. Route: POST /api/v1/chats/{id}/tags."""
        chat = await self._read()
        await self._chats.add_tags(chat.id, texts(tags))

    @operation
    async def delete(self) -> None:
        """Delete the chat, for good. Route: DELETE /api/v1/chats/{id}."""
        chat = await self._read()
        await self._chats.delete(chat.id)
        self._state.chat_id = None

    def _wanted(self, question: str, options: TurnOptions, model_ids: str | Iterable[str] | None = None) -> Wanted:
        state = self._state
        if options.get("chat_id") not in {None, state.chat_id}:
            raise ValueError("a conversation has its own chat; it takes no other chat_id")
        chat_id = None if options.get("temporary") else state.chat_id
        told: TurnOptions = {"model_id": self._model_id, **options, "chat_id": chat_id}
        if told.get("model_id") is None:
            told["model_id"] = self._model_id
        title = None if state.chat_id or options.get("temporary") else state.title
        return wanted(question, title, told, model_ids=model_ids)

    async def _events(self, want: Wanted, *, partial: bool, again: Query | None = None) -> AsyncGenerator[TurnEvent]:
        if again is not None:
            self._state.thread.place = None
        events = self._turns._stream(want, self._state.thread, partial=partial, again=again)
        async with aclosing(self._watched(want, events)) as watched:
            async for event in watched:
                yield event

    async def _watched(self, want: Wanted, events: AsyncGenerator[T]) -> AsyncGenerator[T]:
        """The events, while this object learns from them where it stands."""
        if not isinstance(want.parent_id, Keep):
            self._state.thread.place = None
        try:
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, TurnStarted) and event.chat_id:
                        self._state.chat_id = event.chat_id
                    yield event
        finally:
            self._state.thread.chat = None

    async def _read(self) -> Chat:
        """The chat as it is now; the next turn starts from there."""
        self._state.thread.place = None
        if self._state.chat_id is None:
            found = await self._chats.find(self._state.title or "")
            if found is None:
                raise NameNotFoundError(
                    f"there is no chat {self._state.title!r} yet: ask something first",
                    kind="chat",
                    name=self._state.title or "",
                )
            self._state.chat_id = found.id
        return await self._chats.get(self._state.chat_id)


class _State:
    """What changes from turn to turn; shared by both faces of a conversation."""

    def __init__(self, title: str | None, chat_id: str | None) -> None:
        self.title, self.chat_id = title, chat_id
        self.thread = Thread()


def _plain(said: list[Message]) -> list[Message]:
    """Messages with their text in the one place where recent servers have it."""
    return [{**message, "content": text_of(message)} for message in said]


def _message(chat: Chat, message_id: Any, role: str) -> Message:
    found = messages(chat.chat).get(message_id or "")
    if found is None or found.get("role") != role:
        what = "answer" if role == "assistant" else "question"
        raise NameNotFoundError(f"chat {chat.id} has no {what} {message_id!r}", kind="message", name=str(message_id))
    return {**found, "id": str(message_id)}
