"""A new chat for one run alone, even if there is one of its title; and the way back when nothing was asked in it."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from uuid import uuid4

from .._dual import Async
from .._messages import messages
from .._runtime import Runtime
from ..errors import APIConnectionError, OpenWebUIError
from ..resources.chats import Chat, Chats
from ..turns.body import new_chat

log = logging.getLogger("openwebui_chat_client")


@dataclass(frozen=True)
class Blank:
    """A chat that is still to be made."""

    chats: Chats[Async]
    runtime: Runtime
    title: str
    system_prompt: str | None = None

    async def create(self, model_id: str) -> str:
        """Make it; its id. If the server's word on it is lost, it is looked for, and deleted again."""
        document = new_chat(self.title, model_id, time.time(), self.system_prompt)
        mark = document["id"] = str(uuid4())
        try:
            return (await self.chats.create(document)).id
        except BaseException as error:
            if not isinstance(error, OpenWebUIError) or (isinstance(error, APIConnectionError) and error.arrived):
                async with self.runtime.shield():
                    await self._remove_marked(mark)
            raise

    async def remove(self, chat_id: str) -> bool:
        """Delete it if nothing is in it. Never raises: it is tried once, though the caller was cancelled."""
        try:
            async with self.runtime.shield():
                return await self._remove_if_blank(await self.chats.get(chat_id))
        except OpenWebUIError as error:
            log.warning("chat %s may be left without messages: %s", chat_id, error)
            return False

    async def _remove_marked(self, mark: str) -> None:
        with suppress(OpenWebUIError):
            found = await self.chats.find(self.title)
            chat = await self.chats.get(found.id) if found else None
            if chat and chat.chat.get("id") == mark:
                await self._remove_if_blank(chat)

    async def _remove_if_blank(self, chat: Chat) -> bool:
        if messages(chat.chat):
            return False
        await self.chats.delete(chat.id)
        return True
