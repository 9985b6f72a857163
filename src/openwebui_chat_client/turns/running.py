"""How a turn runs, in order: attach, open, send, follow, finish; each way the same for whoever asks."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

from .._dual import Async
from .._http import Http
from .._records import decode
from .._server import BLIND_FILTERS, CHECKED_PLACES, FINISHED_ANSWERS, PARTIAL_TEXT, SIDE_BY_SIDE, TURNS, Server
from .._socket import Socket
from ..errors import ConflictError
from ..resources.chats import Chat, Chats
from ..resources.tasks import Tasks
from .afterwards import Afterwards
from .attach import Attached, Attachments
from .background import Background
from .body import Query, Reply, new_id
from .direct import Direct
from .drafts import Drafts
from .events import TurnEvent, TurnStarted
from .extras import Extras
from .follow import Followed, Follower, Polling, answers_to, listening, session_of
from .one_by_one import OneByOne
from .options import Wanted
from .place import Place, Places
from .proposals import Proposals
from .sending import Sender
from .temporary import Temporary
from .work import Work


class Way(Protocol):
    """A way to have a question answered by servers of some versions."""

    async def send(self, query: Query, place: Place, session_id: str) -> str:
        """Have the server take the question; the id of the chat that holds it. What is not taken is not kept."""
        ...

    def follow(self, following: Follower, followed: Followed, /) -> AsyncGenerator[TurnEvent]:
        """The events of the answers, `TurnStarted` first; who leaves early stops the server."""
        ...


class Route(NamedTuple):
    """How one turn is sent and followed."""

    way: Way
    following: Follower


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


@dataclass(frozen=True)
class Asked:
    """A turn that is under way."""

    want: Wanted
    attached: Attached
    again: Query | None = None
    """A question that the chat has already and that wants another answer."""
    message_ids: list[str] = field(default_factory=list[str])
    """Of the answers to be."""

    def __post_init__(self) -> None:
        self.message_ids.extend(new_id() for _ in self.want.model_ids or ("the chat's",))

    @property
    def is_native(self) -> bool:
        """Whether the model is to call tools while it answers, which the server only runs in the background."""
        return self.want.params.get("function_calling") == "native"

    @property
    def is_side_by_side(self) -> bool:
        """Whether its answers have columns."""
        return len(self.message_ids) > 1 or (self.again is not None and self.again.column is not None)


@dataclass(frozen=True)
class Runner:
    """Runs turns."""

    http: Http
    server: Server[Async]
    chats: Chats[Async]
    tasks: Tasks[Async]
    attachments: Attachments
    places: Places
    extras: Extras
    socket: Socket | None

    async def temporary(self, want: Wanted) -> AsyncGenerator[TurnEvent | Finished]:
        """The events of a turn that nothing is kept of, and at last the turn itself."""
        place = Place(self.places.models(want, []))
        asked = Asked(want, await self.attachments.prepare(want))
        try:
            query = _query(asked, place)
            followed = Followed("", query, answers_to(query))
            answer = followed.answers[query.message_ids[0]]
            yield TurnStarted("", tuple(query.message_ids))
            events = Temporary(self.http, self.http.config.answer_timeout).events(query, answer)
            async with aclosing(events):
                async for event in events:
                    yield event
        finally:
            await self.attachments.undo(asked.attached)
        yield Finished(followed, {})

    async def run(
        self, want: Wanted, thread: Thread, *, partial: bool, again: Query | None = None
    ) -> AsyncGenerator[TurnEvent | Finished]:
        """The events of a turn, and at last the turn itself.

        Args:
            want: The turn.
            thread: Where the conversation stands; it is told where it stands then.
            partial: Whether the text in the making is wanted.
            again: A question that the chat has already and that wants another answer.
        """
        asked = Asked(want, await self.attachments.prepare(want), again)
        place: Place | None = None
        followed: Followed | None = None
        try:
            async with self._route(asked, partial=partial) as route:
                async with self.http.runtime.hold(want.key):
                    place, followed = await self._open(asked, thread, route)
                number = thread.questions
                self.attachments.keep(asked.attached)
                async with self.http.runtime.shield():
                    await self.places.settle(place)
                async with aclosing(route.way.follow(route.following, followed)) as events:
                    async for event in events:
                        yield event
        except BaseException:
            if place and followed:
                await self.extras.abandon(want, place, followed)
            else:
                await self.attachments.undo(asked.attached)
            raise
        if thread.questions == number:
            thread.place = _next(want, place, followed)
        yield Finished(followed, await self.extras.finish(want, place, followed))

    @asynccontextmanager
    async def _route(self, asked: Asked, *, partial: bool) -> AsyncGenerator[Route]:
        """The best way to have it answered that this server and this credential have."""
        limit = self.http.config.answer_timeout
        shows = await self.server.has(PARTIAL_TEXT)
        polling = Polling(self.chats, self.tasks, self.http.runtime, limit, partial and shows)
        session_id = await session_of(self.socket)
        async with AsyncExitStack() as stack:
            if self.socket is not None and session_id is not None:
                live = listening(self.socket, session_id, polling, asked.message_ids)
                yield Route(await self._way(asked), stack.enter_context(live))
            elif not shows and not asked.is_native and (partial or not await self.server.has(TURNS)):
                afterwards = Afterwards(self.chats, Proposals(self.http))
                direct = Direct(self.http, self._drafts, afterwards, limit)
                yield Route(await stack.enter_async_context(direct), polling)
            else:
                yield Route(await self._way(asked), polling)

    async def _way(self, asked: Asked) -> Way:
        work = Work(self.http.runtime, self.tasks)
        if not await self.server.has(TURNS):
            return Background(self.http, self._drafts, work)
        sender = Sender(self.http, self.server, self.chats, self.places, work)
        if asked.is_side_by_side and not await self.server.has(SIDE_BY_SIDE):
            return OneByOne(sender, self.chats)
        return sender

    @property
    def _drafts(self) -> Drafts:
        return Drafts(self.http, self.server, self.chats, self.places)

    async def _open(self, asked: Asked, thread: Thread, route: Route) -> tuple[Place, Followed]:
        """Have the server take the question, in its place; else leave all as it was."""
        want = asked.want
        known = thread.place if want.folder_name is None and await self.server.has(CHECKED_PLACES) else None
        if known and want.model_ids:
            known = replace(known, models=list(want.model_ids))
        place = known
        try:
            place = place or await self.places.prepare(want, thread.chat)
            query = _query(asked, place)
            before = place.chat.title if place.chat else place.title
            try:
                chat_id = await route.way.send(query, place, route.following.session_id)
            except ConflictError:
                if known is None:
                    raise
                thread.place = None  # somebody changed the chat: look where it stands now
                return await self._open(asked, thread, route)
        except BaseException:
            if place is not None:
                async with self.http.runtime.shield():
                    await self.places.undo(want, place)
            raise
        thread.place = None  # who asks meanwhile reads the chat, and waits for this answer
        thread.questions += 1
        if want.title and place.chat is None:
            self.places.titles.remember(want.title, chat_id, None if place.chat_id is None else want.title)
        known_title = None if place.chat_id is None else before
        followed = Followed(chat_id, query, answers_to(query), known_title=known_title)
        followed.tells_end = await self.server.has(TURNS)
        followed.heeds_filters = not await self.server.has(BLIND_FILTERS)
        followed.marks_end = await self.server.has(FINISHED_ANSWERS)
        return place, followed


def _query(asked: Asked, place: Place) -> Query:
    """The question as it is sent from this place."""
    want, attached, again = asked.want, asked.attached, asked.again
    params = {**place.params, **want.params}
    system_prompt = params.pop("system", None)
    tasks = (
        ("title_generation", want.auto_title and place.is_new),
        ("tags_generation", want.auto_tags),
        ("follow_up_generation", want.follow_ups),
    )
    return Query(
        content=again.content if again else want.question,
        replies=tuple(map(Reply, place.models, asked.message_ids)),
        question_id=again.question_id if again else new_id(),
        parent_id=again.parent_id if again else place.parent_id,
        message_files=tuple(attached.message_files),
        files=_once([*place.files, *attached.items]),
        tool_ids=want.tool_ids,
        system_prompt=want.system_prompt or system_prompt,
        params=params,
        features=want.features,
        tasks={name: True for name, wish in tasks if wish},
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
