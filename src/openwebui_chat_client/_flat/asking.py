"""Flat names for asking: `chat`, `stream_chat`."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from .._dual import Done, Dual, M, operation, streaming
from ..turns.events import Turn
from ..turns.turn import Turns


class AskingNames(Dual[M]):
    """`client.chat(…)` and its like."""

    turns: Turns[M]

    @operation
    async def chat(
        self, question: str, chat_title: str, model_id: str | None = None, folder_name: str | None = None
    ) -> Turn:
        """Ask, and wait for the answer.

        Args:
            question: What to ask.
            chat_title: The newest own chat with exactly this title is continued, else one is made.
            model_id: This turn's model, and the chat's from now on. Left out, a chat keeps its model, and a new one
                gets the client's default.
            folder_name: The folder to keep the chat in; made at the top level if there is none of that name.

        Returns:
            `response`, `chat_id`, `message_id`, `sources`, `follow_ups`, `model`, and `usage` if there is any.

        Raises:
            ValueError: The question or the title is empty; nothing was sent.
            NotFoundError: The model is unknown; nothing was stored.
            TurnError: The model failed; `.partial`, `.chat_id`, `.message_id` say what there is.

        Example:
            >>> client.chat(question="What is a monad?", chat_title="Monads")["response"]
        """
        return await self.turns.ask(question, chat_title, model_id=model_id, folder_name=folder_name)

    @streaming(Turn)
    async def stream_chat(
        self, question: str, chat_title: str, model_id: str | None = None, folder_name: str | None = None
    ) -> AsyncGenerator[str | Done[Turn]]:
        """Ask, and yield the answer's text as it comes; afterwards `.result` is what `chat` returns.

        Leaving early stops the answer on the server; what has been written stays in the chat.

        Raises: as `chat`, while it is read.
        """
        async with self.turns.text(question, chat_title, model_id=model_id, folder_name=folder_name) as pieces:
            async for piece in pieces:
                yield piece
            yield Done(pieces.result)
