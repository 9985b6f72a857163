"""A turn that nothing is kept of: asked and streamed back in one request."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Any

import httpx2

from .._config import CONNECT_TIMEOUT
from .._http import Http
from .._lines import lines
from .._records import mapping, mappings
from ..errors import APIConnectionError, APIResponseError, TurnError
from .answer import Answer
from .body import Query, temporary
from .events import TurnEvent

END = b"[DONE]"


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
        patient = replace(self.http.config, timeout=httpx2.Timeout(self.limit, connect=CONNECT_TIMEOUT))
        http = replace(self.http, config=patient)
        about = f"model {query.models[0]!r}"
        try:
            async with (
                http.stream("POST", "/api/chat/completions", json=temporary(query), about=about) as response,
                aclosing(self._chunks(response)) as chunks,
            ):
                async for chunk in chunks:
                    for event in answer.chunk(chunk):
                        yield event
        except APIConnectionError as error:
            if not error.arrived:
                raise
            raise TurnError(f"the stream broke off: {error}", partial=answer.text) from error
        if not answer.done and not answer.error:
            raise TurnError("the stream ended before the answer did", partial=answer.text)

    async def _chunks(self, response: httpx2.Response) -> AsyncGenerator[dict[str, Any]]:
        runtime = self.http.runtime
        if "event-stream" not in response.headers.get("content-type", ""):
            await runtime.load(response)
            yield _whole(response)
            return
        async with aclosing(runtime.chunks(response)) as chunks, aclosing(lines(chunks)) as found:
            async for line in found:
                data = line.removeprefix(b"data:").strip()
                if data == END:
                    yield {"choices": [{"finish_reason": "stop"}]}
                elif line.startswith(b"data:") and data:
                    yield mapping(json.loads(data))


def _whole(response: httpx2.Response) -> dict[str, Any]:
    """An answer that came in one piece, as if it were a chunk."""
    try:
        answer = mapping(response.json())
    except ValueError:
        answer = {}
    if not answer:
        kind = response.headers.get("content-type", "nothing")
        raise APIResponseError(f"POST /api/chat/completions: neither a stream nor an answer came, but {kind}")
    choices = [{"delta": choice.get("message"), "finish_reason": "stop"} for choice in mappings(answer.get("choices"))]
    return {**answer, "choices": choices}
