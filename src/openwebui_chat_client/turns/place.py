"""Where a turn goes: the chat of that title, or a new one, in the folder of that name; and the way back."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from .._dual import Async
from .._runtime import Runtime
from ..errors import ConfigError, ConflictError, NotFoundError, OpenWebUIError
from ..resources.chats import Chat, Chats
from ..resources.folders import Folders
from ..resources.tasks import Tasks
from .body import new_chat
from .follow import Pace
from .tree import leaf, messages

log = logging.getLogger("openwebui_chat_client")
MOST_TITLES = 10_000
CLEANUP = 10.0
"""Seconds that cleaning up after an interruption may take."""


class Titles:
    """The chats that this client used, by the title they were asked for: so they are found again in one request."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}

    def get(self, title: str) -> str | None:
        """The chat's id."""
        return self._ids.get(title)

    def remember(self, title: str, chat_id: str) -> None:
        """Know it from now on; beyond 10,000 titles the oldest is forgotten."""
        self._ids[title] = chat_id
        if len(self._ids) > MOST_TITLES:
            self.forget(next(iter(self._ids)))

    def forget(self, title: str) -> None:
        """Search for it next time."""
        self._ids.pop(title, None)


@dataclass
class Place:
    """A chat that is ready for a question, and what was done to make it so."""

    chat_id: str
    parent_id: str | None
    model_id: str
    made_chat: bool = False
    made_folder: str | None = None
    moved_from: tuple[str | None] | None = None
    """The folder that the chat was moved out of."""


@dataclass
class Places:
    """Finds or makes places."""

    chats: Chats[Async]
    folders: Folders[Async]
    tasks: Tasks[Async]
    runtime: Runtime
    titles: Titles
    limit: float
    """Seconds to wait for an answer that is still being made in the chat."""
    default_model_id: str | None = None

    async def prepare(self, title: str, *, model_id: str | None, folder_name: str | None) -> Place:
        """The chat of this title, else a new one, in that folder. Undo it when the question is not taken."""
        chat = await self._find(title)
        folder_id, made_folder = await self._folder(folder_name)
        try:
            if chat is None:
                place = await self._new(title, model_id or self.default_model_id, folder_id)
            else:
                place = await self._old(chat, model_id, folder_id)
        except BaseException:
            async with self.runtime.shield(CLEANUP):
                await self._remove_folder(made_folder)
            raise
        place.made_folder = made_folder
        self.titles.remember(title, place.chat_id)
        return place

    async def undo(self, title: str, place: Place) -> None:
        """Take back what was done for a question that the server did not take. Never raises: it is tried once."""
        try:
            if place.made_chat:
                self.titles.forget(title)
                if not messages((await self.chats.get(place.chat_id)).chat):
                    await self.chats.delete(place.chat_id)
            if place.moved_from:
                await self.chats.move(place.chat_id, place.moved_from[0])
            await self._remove_folder(place.made_folder)
        except OpenWebUIError as error:
            log.warning("chat %s may be left without messages: %s", place.chat_id, error)

    async def _find(self, title: str) -> Chat | None:
        known = self.titles.get(title)
        if known:
            try:
                chat = await self.chats.get(known)
            except NotFoundError:
                self.titles.forget(title)
            else:
                if chat.title == title:
                    return chat
        found = await self.chats.find(title)
        return await self.chats.get(found.id) if found else None

    async def _new(self, title: str, model_id: str | None, folder_id: str | None) -> Place:
        model_id = _chosen(model_id)
        chat = await self.chats.create(new_chat(title, model_id, time.time()), folder_id=folder_id)
        return Place(chat.id, None, model_id, made_chat=True)

    async def _old(self, chat: Chat, model_id: str | None, folder_id: str | None) -> Place:
        chat = await self._finished(chat)
        models = chat.chat.get("models") or [self.default_model_id]
        place = Place(chat.id, leaf(chat.chat), _chosen(model_id or models[0]))
        if folder_id and folder_id != chat.folder_id:
            await self.chats.move(chat.id, folder_id)
            place.moved_from = (chat.folder_id,)
        return place

    async def _finished(self, chat: Chat) -> Chat:
        """The chat once nothing is being answered in it: the next question follows the whole answer."""
        pace = Pace()
        while not _is_finished(chat) and pace.silent <= self.limit and await self.tasks.running(chat.id):
            await self.runtime.sleep(pace.pause)
            pace.after(news=False)
            chat = await self.chats.get(chat.id)
        return chat

    async def _folder(self, name: str | None) -> tuple[str | None, str | None]:
        """The id of the folder, and once more if it was made here."""
        if name is None:
            return None, None
        async with self.runtime.hold(("folder", name)):
            found = await self.folders.find(name)
            if found:
                return found.id, None
            try:
                made = await self.folders.create(name)
            except ConflictError:
                found = await self.folders.find(name)
                if found is None:
                    raise
                return found.id, None
            return made.id, made.id

    async def _remove_folder(self, folder_id: str | None) -> None:
        if folder_id:
            await self.folders.delete(folder_id, with_chats=False)


def _is_finished(chat: Chat) -> bool:
    end = messages(chat.chat).get(leaf(chat.chat) or "")
    return end is None or end.get("role") != "assistant" or bool(end.get("done", True))


def _chosen(model_id: str | None) -> str:
    if not model_id:
        raise ConfigError("no model: give model_id, or default_model_id for the client, or set OUI_DEFAULT_MODEL")
    return model_id
