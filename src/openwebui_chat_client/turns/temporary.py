"""A turn that nothing is kept of: asked and streamed back in one request."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from .._http import Http
from ..errors import APIConnectionError, TurnError
from .answer import Answer
from .body import Query, temporary
from .events import TurnEvent
from .stream import completion_stream, streamed


@dataclass(frozen=True)
class Temporary:
    """Asks without a chat."""

    http: Http
    limit: float
    """Seconds that nothing may come."""

    async def events(self, query: Query, answer: Answer) -> AsyncGenerator[TurnEvent]:
        """The events of the answer; who leaves early hangs up, which stops the server.

        Raises:
            TurnError: The model failed, or the stream broke off.
        """
        try:
            async with (
                completion_stream(self.http, self.limit, temporary(query)) as response,
                aclosing(streamed(self.http, response, answer, self.limit)) as events,
            ):
                async for event in events:
                    yield event
        except APIConnectionError as error:
            if not error.arrived:
                raise
            raise TurnError(f"the stream broke off: {error}", partial=answer.text) from error
