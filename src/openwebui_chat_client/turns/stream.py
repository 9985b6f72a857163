"""A completion that the server streams back in the answer to the request, read chunk by chunk."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx2

from .._config import CONNECT_TIMEOUT
from .._http import Http
from .._lines import lines
from .._records import mapping, mappings
from ..errors import APIResponseError, TurnError
from .answer import Answer
from .events import TurnEvent

END = b"[DONE]"


@asynccontextmanager
async def completion_stream(http: Http, limit: float, body: Mapping[str, Any]) -> AsyncGenerator[httpx2.Response]:
    """The answer of the server, which has taken the question; who leaves early hangs up, which stops the server.

    `limit` is how many seconds nothing may come.
    """
    patient = replace(http.config, timeout=httpx2.Timeout(limit, connect=CONNECT_TIMEOUT))
    about = f"model {body['model']!r}"
    async with replace(http, config=patient).stream(
        "POST", "/api/chat/completions", json=body, about=about
    ) as response:
        yield response


def silence(limit: float) -> str:
    """What is said of a model that says nothing for so many seconds."""
    return f"nothing came from the model for {limit:g} s; answer_timeout=… sets that limit"


async def streamed(http: Http, response: httpx2.Response, answer: Answer, limit: float) -> AsyncGenerator[TurnEvent]:
    """The events of an answer, as its chunks come.

    Raises:
        TurnError: The stream broke off.
    """
    try:
        async with aclosing(_chunks(http, response)) as chunks:
            async for chunk in chunks:
                for event in answer.chunk(chunk):
                    yield event
    except ValueError as error:
        raise TurnError("the stream has a line that cannot be read", partial=answer.text) from error
    except httpx2.TimeoutException as error:
        raise TurnError(silence(limit), partial=answer.text) from error
    except httpx2.TransportError as error:
        raise TurnError(f"the stream broke off: {error}", partial=answer.text) from error
    if not answer.done and not answer.error:
        raise TurnError("the stream ended before the answer did", partial=answer.text)


async def _chunks(http: Http, response: httpx2.Response) -> AsyncGenerator[dict[str, Any]]:
    runtime = http.runtime
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
        said = response.json()
    except ValueError:
        said = ""
    if said is None:
        raise TurnError("the server came back without an answer: it could not reach the model, or a filter failed")
    answer = mapping(said)
    if not answer:
        kind = response.headers.get("content-type", "nothing")
        raise APIResponseError(f"POST /api/chat/completions: neither a stream nor an answer came, but {kind}")
    choices = [{"delta": choice.get("message"), "finish_reason": "stop"} for choice in mappings(answer.get("choices"))]
    return {**answer, "choices": choices}
