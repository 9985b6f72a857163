"""What is in a chat besides its turns: single messages, parameters, variables, and the summary of what was said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._arguments import text
from .._dual import M, operation
from .._http import segment
from .._messages import text_of
from .._records import Record, mapping
from .._server import CHAT_PARAMS, CHAT_VARIABLES, COMPACTION, DELETED_MESSAGES, MERGED_HISTORIES
from ..errors import ConflictError, NotFoundError
from ._chat_calls import ChatCalls
from ._chat_messages import all_messages, merged, rewritten
from ._chat_records import Chat


class Compacted(Record):
    """What became of a chat whose earlier messages were to be summed up."""

    compacted: bool
    reason: str | None = None
    """Why not: `disabled` by the administrator, `too_short`, or `empty`."""
    dropped_messages: int = 0
    """How many messages models get a summary of from now on, instead of themselves."""
    kept_messages: int = 0
    summary_chars: int = 0
    """How long the summary is."""


class ChatContents(ChatCalls[M]):
    """The contents of chats."""

    @operation
    async def update(self, chat_id: str, fields: Mapping[str, Any]) -> Chat:
        """Replace top-level keys of the chat's document; the others stay. Route: POST /api/v1/chats/{id}.

        Of `history`, servers since 0.10 take no message away; `put_messages` does the same on every server. Servers
        before 0.11 renew `updated_at`, whatever is replaced.

        Raises:
            ValueError: Nothing is to be changed.
            NotFoundError: There is no such chat, or it is not yours.
        """
        if not fields:
            raise ValueError("nothing to change")
        return await self._on(Chat, "POST", chat_id, json={"chat": dict(fields)}, repeatable=True)

    @operation
    async def put_messages(
        self, chat_id: str, messages: Mapping[str, Mapping[str, Any]], *, current_id: str | None = None
    ) -> Chat:
        """Put whole messages into a chat, in place of those with the same ids, or as new ones; the others stay.

        Args:
            chat_id: The chat.
            messages: The messages by their ids. `parentId` says where each is; `childrenIds` are made of that.
            current_id: The message that the branch on show ends with. Left out: as it was.

        Routes: POST /api/v1/chats/{id}; before 0.10 also GET /api/v1/chats/{id}.

        Raises:
            ValueError: There are no messages.
            NotFoundError: There is no such chat, or it is not yours.
        """
        if not messages:
            raise ValueError("no messages to put into the chat")
        tree: dict[str, Any] = {"messages": {name: dict(message) for name, message in messages.items()}}
        return await self._merge(
            chat_id, {"history": tree if current_id is None else {**tree, "currentId": current_id}}
        )

    @operation
    async def edit_message(self, chat_id: str, message_id: str, content: str) -> Chat:
        """Write another text into a message, in place: what followed it stays, and nobody answers.

        `Conversation.edit` asks again instead, in a branch of its own. A browser that shows the chat shows the text.

        Routes: GET /api/v1/chats/{id}, POST /api/v1/chats/{id},
            POST /api/v1/chats/{id}/messages/{message_id}/event.

        Raises:
            ValueError: The text is empty.
            NotFoundError: There is no such chat, it is not yours, or it has no such message.
            ConflictError: It is an answer in the making, or another user's message.
        """
        action, wanted = f"/messages/{segment(message_id)}/event", text(content, "a text")
        fields = rewritten((await self._with_message(chat_id, message_id)).chat, message_id, wanted)
        chat = await self._merge(chat_id, fields)
        if text_of(all_messages(chat.chat)[message_id]) != wanted:
            raise ConflictError(f"the server keeps message {message_id!r} of chat {chat_id} as it is for now")
        event = {"type": "chat:message", "data": {"content": wanted}}
        await self._on(object, "POST", chat_id, action, json=event, repeatable=True)
        return chat

    @operation
    async def delete_message(self, chat_id: str, message_id: str) -> Chat:
        """Delete a message, and of a question its answers too; what came after them follows what was before.

        Routes: GET /api/v1/chats/{id}, DELETE /api/v1/chats/{id}/messages/{message_id}.

        Raises:
            NotFoundError: There is no such chat, it is not yours, or it has no such message.
            UnsupportedError: The server is older than 0.10.
        """
        action = f"/messages/{segment(message_id)}"
        segment(chat_id)
        await self._server.require(DELETED_MESSAGES)
        await self._with_message(chat_id, message_id)
        return await self._on(Chat, "DELETE", chat_id, action)

    @operation
    async def set_params(self, chat_id: str, params: Mapping[str, Any]) -> Chat:
        """Set parameters of the chat, such as `system` or `temperature`; the others stay.

        Servers before 0.11 renew `updated_at`.

        Routes: PATCH /api/v1/chats/{id}/params; before 0.12 POST /api/v1/chats/{id}; GET /api/v1/chats/{id}.

        Raises:
            ValueError: Nothing is to be set.
            NotFoundError: There is no such chat, or it is not yours.
        """
        if not params:
            raise ValueError("no parameter to set")
        segment(chat_id)
        if await self._server.has(CHAT_PARAMS):
            await self._on(dict[str, Any], "PATCH", chat_id, "/params", json=dict(params), repeatable=True)
            return await self.get(chat_id)
        former = mapping((await self.get(chat_id)).chat.get("params"))
        body = {"chat": {"params": {**former, **params}}}
        return await self._on(Chat, "POST", chat_id, json=body, repeatable=True)

    @operation
    async def set_variables(self, chat_id: str, variables: Mapping[str, str]) -> Chat:
        """Give the chat these values for the variables of its model's system prompt, in place of those it had.

        Route: POST /api/v1/chats/{id}.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
            UnsupportedError: The server is older than 0.11.
        """
        segment(chat_id)
        await self._server.require(CHAT_VARIABLES)
        body: dict[str, Any] = {"chat": {}, "variables": dict(variables)}
        return await self._on(Chat, "POST", chat_id, json=body, repeatable=True)

    @operation
    async def compact(self, chat_id: str, model_id: str | None = None) -> Compacted:
        """Let a model sum up the branch on show, all but its last message: models get the summary from now on.

        What people see stays as it is. The administrator has to allow it: `configs.update("chats", …)`.

        Args:
            chat_id: The chat.
            model_id: Who sums up; left out, the model of the last answer.

        Route: POST /api/v1/chats/{id}/compact.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
            ConflictError: An answer is being written.
            UnsupportedError: The server is older than 0.10.
        """
        segment(chat_id)
        await self._server.require(COMPACTION)
        return await self._on(Compacted, "POST", chat_id, "/compact", json={"model": model_id})

    async def _merge(self, chat_id: str, fields: dict[str, Any]) -> Chat:
        """Change the chat's document; the messages in it are merged with those that the chat has."""
        segment(chat_id)
        if "history" not in fields or await self._server.has(MERGED_HISTORIES):
            return await self.update(chat_id, fields)
        async with self._http.runtime.hold(("document", chat_id)):
            document = (await self.get(chat_id)).chat
            return await self.update(chat_id, {**fields, "history": merged(document, fields)})

    async def _with_message(self, chat_id: str, message_id: str) -> Chat:
        """The chat, if it has the message: the server makes a message of an id that it does not know."""
        chat = await self.get(chat_id)
        if message_id not in all_messages(chat.chat):
            raise NotFoundError(f"chat {chat_id} has no message {message_id!r}")
        return chat
