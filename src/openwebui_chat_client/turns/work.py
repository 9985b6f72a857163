"""The server's work on a chat: watched to its end, or stopped, whatever happens on the way."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass

from .._dual import Async
from .._runtime import Runtime
from ..errors import APIConnectionError, APIResponseError, APIStatusError, OpenWebUIError
from ..resources.tasks import Tasks
from .events import TurnEvent, TurnStarted
from .follow import FIRST_PAUSE, Followed, Follower, failed

LATE = 10
"""How often it is looked for work that begins after an interruption, 50 ms apart."""


@dataclass(frozen=True)
class Work:
    """Watches and stops what the server does for a chat."""

    runtime: Runtime
    tasks: Tasks[Async]

    async def watch(self, following: Follower, followed: Followed) -> AsyncGenerator[TurnEvent]:
        """The events of the answers, `TurnStarted` first; who leaves early stops the server.

        Raises:
            TurnError: The server was lost sight of.
        """
        try:
            yield TurnStarted(followed.chat_id, tuple(followed.answers))
            async with aclosing(following.events(followed)) as events:
                async for event in events:
                    yield event
        except (APIConnectionError, APIStatusError, APIResponseError) as error:
            raise failed(followed, f"the server was lost sight of while it answered: {error}") from error
        except BaseException:
            async with self.runtime.shield():
                await self.stop(followed.chat_id)
            raise
        if not followed.answered or followed.given_up:
            await self.stop(followed.chat_id)

    async def stop(self, chat_id: str) -> None:
        """End the server's work on this chat, as far as it can be reached.

        The first call ends the tasks; the second finds none and makes final what they had not even begun.
        """
        with suppress(OpenWebUIError):
            await self.tasks.stop(chat_id)
            await self.tasks.stop(chat_id)

    async def intercept(self, chat_id: str) -> None:
        """End work that the server may only be about to begin: we were interrupted while it took the question."""
        with suppress(OpenWebUIError):
            for _ in range(LATE):
                if await self.tasks.running(chat_id):
                    break
                await self.runtime.sleep(FIRST_PAUSE)
        await self.stop(chat_id)
