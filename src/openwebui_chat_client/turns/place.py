"""Where a turn goes: the chat of that title or id, or a new one, in the folder of that name; and the way back."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from .._arguments import Keep
from .._dual import Async
from .._messages import leaf, messages
from .._records import mapping, mappings, strings
from .._runtime import Runtime
from .._server import PARTIAL_TEXT, Server
from ..errors import APIConnectionError, ConfigError, ConflictError, NameNotFoundError, NotFoundError, OpenWebUIError
from ..resources.chats import Chat, Chats
from ..resources.folders import Folders
from ..resources.tasks import Tasks
from .body import new_id
from .follow import Pace
from .options import Wanted
from .titles import Titles

log = logging.getLogger("openwebui_chat_client")
ABANDONED = 3.0
"""Seconds after which an unfinished answer that nothing is added to is taken for one that a client has left."""


@dataclass
class Place:
    """Where a question goes, and what was done to make it so."""

    models: list[str]
    parent_id: str | None = None
    chat_id: str | None = None
    """None for a chat that the server is to make with the question."""
    folder_id: str | None = None
    title: str = ""
    """What a new chat is called."""
    chat: Chat | None = None
    """The chat as it was found; None for a new one."""
    is_new: bool = False
    """Whether there is no message in it yet."""
    tags: list[str] = field(default_factory=list[str])
    """The tags that it had."""
    made_folder: str | None = None

    @property
    def document(self) -> Mapping[str, Any]:
        """The chat's document as it was found."""
        return self.chat.chat if self.chat else {}

    @property
    def params(self) -> dict[str, Any]:
        """The chat's own parameters, its system prompt among them as `system`."""
        return {name: value for name, value in mapping(self.document.get("params")).items() if value is not None}

    @property
    def files(self) -> list[dict[str, Any]]:
        """What earlier answers of the chat rested on."""
        return mappings(self.document.get("files"))


@dataclass
class Places:
    """Finds or makes places."""

    chats: Chats[Async]
    folders: Folders[Async]
    tasks: Tasks[Async]
    runtime: Runtime
    titles: Titles
    server: Server[Async]
    limit: float
    """Seconds to wait for an answer that is still being made in the chat."""
    default_model_id: str | None = None

    async def prepare(self, wanted: Wanted, chat: Chat | None = None) -> Place:
        """The chat of this title or id, else a new one, in that folder. Undo it when the question is not taken.

        A chat that was just read is not read again.
        """
        if chat is None:
            chat = await (self.chats.get(wanted.chat_id) if wanted.chat_id else self._find(wanted.title or ""))
        if chat is None:
            models = self.models(wanted, [])
            parent_id = None
        else:
            chat = await self._finished(chat)
            models = self.models(wanted, strings(chat.chat.get("models")))
            parent_id = _parent(chat, wanted.parent_id)
        folder_id, made_folder = await folder_of(self.folders, self.runtime, wanted.folder_name)
        place = Place(
            models, parent_id, chat.id if chat else None, folder_id, wanted.title or "", chat, made_folder=made_folder
        )
        place.is_new = not messages(place.document)
        try:
            place.tags = await self._tags(wanted, chat) if chat else []
        except BaseException:
            async with self.runtime.shield():
                await self._remove_folder(made_folder)
            raise
        return place

    async def undo(self, wanted: Wanted, place: Place) -> None:
        """Take back what was done for a question that the server did not take. Never raises: it is tried once."""
        try:
            if place.chat is None and place.chat_id:
                self.titles.forget(wanted.title or "")
                if not messages((await self.chats.get(place.chat_id)).chat):
                    await self.chats.delete(place.chat_id)
        except OpenWebUIError as error:
            log.warning("chat %s may be left without messages: %s", place.chat_id, error)
        await self._remove_folder(place.made_folder)

    async def settle(self, place: Place) -> None:
        """Move a chat, whose question the server has taken, to its folder: moving it back would change more."""
        if place.chat and place.folder_id and place.folder_id != place.chat.folder_id:
            try:
                await self.chats.move(place.chat.id, place.folder_id)
            except OpenWebUIError as error:
                log.warning("chat %s could not be moved to its folder: %s", place.chat_id, error)

    async def create(self, place: Place, document: dict[str, Any]) -> str:
        """Make a chat of this document; its id. If the server's word on it is lost, the chat is deleted again."""
        mark = document["id"] = new_id()
        try:
            return (await self.chats.create(document, folder_id=place.folder_id)).id
        except BaseException as error:
            if not isinstance(error, OpenWebUIError) or (isinstance(error, APIConnectionError) and error.arrived):
                async with self.runtime.shield():
                    await self._remove_marked(place.title, mark)
            raise

    async def _remove_marked(self, title: str, mark: str) -> None:
        with suppress(OpenWebUIError):
            found = await self.chats.find(title)
            chat = await self.chats.get(found.id) if found else None
            if chat and chat.chat.get("id") == mark:
                await self.chats.delete(chat.id)

    async def _tags(self, wanted: Wanted, chat: Chat) -> list[str]:
        """The chat's tags: by name when the server will put others in their place, else as it lists them."""
        ids = strings(mapping(chat.meta).get("tags"))
        return [tag.name for tag in await self.chats.tags(chat.id)] if ids and wanted.auto_tags else ids

    async def _find(self, title: str) -> Chat | None:
        if known := self.titles.get(title):
            try:
                chat = await self.chats.get(known.chat_id)
            except NotFoundError:
                self.titles.forget(title)
            else:
                if known.title is None or chat.title in {title, known.title}:
                    return chat
        found = await self.chats.find(title)
        return await self.chats.get(found.id) if found else None

    async def _finished(self, chat: Chat) -> Chat:
        """The chat once nothing is being answered in it: the next question follows the whole answer."""
        pace, unchanged = Pace(), 0.0
        while not _is_finished(chat) and pace.silent <= self.limit and await self._is_answered(chat, unchanged):
            await self.runtime.sleep(pace.pause)
            before, chat = chat, await self.chats.get(chat.id)
            unchanged = unchanged + pace.pause if before == chat else 0.0
            pace.after(news=False)
        return chat

    async def _is_answered(self, chat: Chat, unchanged: float) -> bool:
        """Whether somebody is at it: the server, or on older ones a client that streams the answer into the chat."""
        if await self.tasks.running(chat.id):
            return True
        return unchanged < ABANDONED and not await self.server.has(PARTIAL_TEXT)

    def models(self, wanted: Wanted, of_chat: list[str]) -> list[str]:
        """The models of a turn: those asked for, else the chat's, else the client's default.

        Raises:
            ConfigError: There is none.
        """
        models = list(wanted.model_ids) or list(of_chat[:1])
        if not models and self.default_model_id:
            models = [self.default_model_id]
        if not models:
            raise ConfigError("no model: give model_id, or default_model_id for the client, or set OUI_DEFAULT_MODEL")
        return models

    async def _remove_folder(self, folder_id: str | None) -> None:
        """Delete a folder that was made for this, unless somebody has put a chat there meanwhile."""
        if not folder_id:
            return
        with suppress(OpenWebUIError):
            async with self.chats.in_folder(folder_id) as chats:
                if [chat async for chat in chats]:
                    return
            await self.folders.delete(folder_id, with_chats=False)


async def folder_of(folders: Folders[Async], runtime: Runtime, name: str | None) -> tuple[str | None, str | None]:
    """The id of the folder of that name, and once more if it was made for this; two Nones without a name."""
    if name is None:
        return None, None
    async with runtime.hold(("folder", name)):
        found = await folders.find(name)
        if found:
            return found.id, None
        try:
            made = await folders.create(name)
        except ConflictError:  # somebody was faster, or there is one that differs only in case
            return (await folders.create_path([name])).id, None
        return made.id, made.id


def _is_finished(chat: Chat) -> bool:
    end = messages(chat.chat).get(leaf(chat.chat) or "")
    return end is None or end.get("role") != "assistant" or bool(end.get("done", True) or end.get("error"))


def _parent(chat: Chat, wanted: str | Keep | None) -> str | None:
    if isinstance(wanted, Keep):
        return leaf(chat.chat)
    if wanted is not None and wanted not in messages(chat.chat):
        raise NameNotFoundError(f"chat {chat.id} has no message {wanted!r}", kind="message", name=wanted)
    return wanted
