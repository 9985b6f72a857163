"""THE request path: build, send, retry, raise, decode. Nothing else sends."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import IO, Any, TypeVar
from urllib.parse import quote

import httpx2

from ._arguments import KEEP, Keep
from ._config import Config
from ._credential import Credential
from ._records import decode
from ._retry import NEVER_ARRIVED, Retry
from ._runtime import Runtime
from .errors import APIConnectionError, APIResponseError, APITimeoutError, ConfigError, from_response

T = TypeVar("T")
log = logging.getLogger("openwebui_chat_client")
Files = Mapping[str, "tuple[str, IO[bytes] | bytes] | tuple[str, IO[bytes] | bytes, str]"]
REPEATABLE = frozenset({"GET", "HEAD"})


def segment(value: str) -> str:
    """An id, quoted for a path.

    Raises:
        ValueError: It is empty, made of dots, or has a slash, which the server reads as one even when it is quoted: the
            request would then mean all things, or another one.
    """
    if not isinstance(value, str) or not value.strip().strip(".") or "/" in value or "\\" in value:  # pyright: ignore[reportUnnecessaryIsInstance] - callers of untyped code pass None
        raise ValueError(f"an id is needed, not {value!r}")
    return quote(value, safe="")


@dataclass(frozen=True)
class Http:
    """One server, one credential, one pool of connections."""

    config: Config
    runtime: Runtime
    credential: Credential

    async def call(
        self,
        kind: type[T],
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Mapping[str, str] | None = None,
        files: Files | None = None,
        repeatable: bool | None = None,
        about: str = "",
        token: str | Keep | None = KEEP,
    ) -> T:
        """Send, and give back the answer's JSON as `kind`.

        Args:
            kind: A Record type, a list or dict of one, or a plain JSON type.
            method: The HTTP method.
            path: From the root of the server, with ids already quoted by `segment`.
            params: The query; what is None is left out.
            json: The body.
            data: The fields of a form, instead of `json`.
            files: The files of a form: field name to (file name, bytes or open file[, MIME type]); files are
                sent piece by piece and never held in memory whole.
            repeatable: Whether a second arrival does no harm; by default true for GET.
            about: What is asked for, in words, where the path does not say it; for the text of an error.
            token: What to sign it with instead of the client's credential; None for what anybody may ask.

        Raises:
            APIConnectionError: The server was not reached, or the connection broke.
            APIStatusError: The server refused; the subclass says how.
            APIResponseError: The answer is not JSON, or not of that shape.
        """
        request = self._build(method, path, params=params, json=json, data=data, files=files)
        response = await self._exchange(request, repeatable=repeatable, token=token)
        if error := from_response(response, about):
            raise error
        return self._decode(kind, response)

    @asynccontextmanager
    async def stream(
        self, method: str, path: str, *, params: Mapping[str, Any] | None = None, json: Any = None, about: str = ""
    ) -> AsyncGenerator[httpx2.Response]:
        """Send, and give the answer while its body is still to come: read it with `runtime.chunks`.

        Raises: as `call`, but for what is in the body; what breaks while the body is read is an APIConnectionError.
        """
        request = self._build(method, path, params=params, json=json)
        response = await self._exchange(request, stream=True)
        try:
            if response.is_error:
                await self.runtime.load(response)
            if error := from_response(response, about):
                raise error
            _refuse_redirect(response)
            yield response
        except httpx2.TransportError as error:
            raise self._unreached(request, error) from error
        finally:
            await self.runtime.release(response)

    async def _exchange(
        self,
        request: httpx2.Request,
        *,
        repeatable: bool | None = None,
        token: str | Keep | None = KEEP,
        stream: bool = False,
    ) -> httpx2.Response:
        """Send, signed; what may be sent twice, once more when it turns out that the session was ended."""
        may_repeat = request.method in REPEATABLE if repeatable is None else repeatable
        if not isinstance(token, Keep):
            return await self._send(_signed(request, token), repeatable=may_repeat, stream=stream)
        for may_go_on in (may_repeat, False):
            sent = await self.credential.token(self)
            response = await self._send(_signed(request, sent), repeatable=may_repeat, stream=stream)
            if response.status_code == 401:
                await self._load(response)
            has_ended = await self.credential.has_ended(sent, response, self)
            if not (has_ended and may_go_on):
                break
        return response

    async def _load(self, response: httpx2.Response) -> None:
        try:
            await self.runtime.load(response)
        except httpx2.TransportError as error:
            raise self._unreached(response.request, error) from error

    async def _send(self, request: httpx2.Request, *, repeatable: bool, stream: bool) -> httpx2.Response:
        retry = Retry(max_retries=self.config.max_retries)
        attempt = 0
        while True:
            outcome = await self._try(request, stream=stream)
            delay = None
            if isinstance(outcome, Exception) or outcome.is_error:
                delay = retry.delay(attempt, outcome, repeatable=repeatable)
            if delay is None:
                break
            attempt += 1
            if stream and isinstance(outcome, httpx2.Response):
                await self.runtime.release(outcome)
            await self.runtime.sleep(delay)
        if isinstance(outcome, Exception):
            raise self._unreached(request, outcome) from outcome
        return outcome

    def _build(self, method: str, path: str, *, params: Mapping[str, Any] | None, **body: Any) -> httpx2.Request:
        if not path.startswith("/"):
            raise ValueError(f"a path begins with a slash, unlike {path!r}")
        if self.runtime.closed:
            raise ConfigError("this client is closed: make a new one")
        headers = dict(self.config.headers)
        query = {name: value for name, value in (params or {}).items() if value is not None}
        url = self.config.base_url + path
        try:
            return self.runtime.build(
                method, url, params=query or None, headers=headers, timeout=self.config.timeout, **body
            )
        except httpx2.InvalidURL as error:
            raise ConfigError(f"{url!r} is not an address: {error}") from None

    async def _try(self, request: httpx2.Request, *, stream: bool) -> httpx2.Response | httpx2.TransportError:
        started = time.perf_counter()
        outcome: httpx2.Response | httpx2.TransportError
        try:
            outcome = await self.runtime.send(request, stream=stream)
        except httpx2.TransportError as error:
            outcome = error
        except httpx2.DecodingError as error:
            what = f"{request.method} {request.url.path}"
            raise APIResponseError(f"{what}: an answer that cannot be unpacked: {error}") from error
        result = outcome.status_code if isinstance(outcome, httpx2.Response) else type(outcome).__name__
        milliseconds = (time.perf_counter() - started) * 1000
        log.debug("%s %s %s %.0f ms", request.method, request.url.path, result, milliseconds)
        return outcome

    def _unreached(self, request: httpx2.Request, error: httpx2.TransportError) -> APIConnectionError:
        what = f"{request.method} {request.url.path} at {self.config.base_url}"
        arrived = not isinstance(error, NEVER_ARRIVED)
        if isinstance(error, httpx2.TimeoutException):
            text = f"{what}: no answer within the time limit ({type(error).__name__}); timeout=… sets it"
            return APITimeoutError(text, arrived=arrived)
        if arrived:
            return APIConnectionError(f"{what}: the connection broke ({type(error).__name__})", arrived=True)
        hint = "is the server running, and is the address right?"
        return APIConnectionError(f"{what}: could not connect ({error}); {hint}", arrived=False)

    def _decode(self, kind: type[T], response: httpx2.Response) -> T:
        what = f"{response.request.method} {response.request.url.path}"
        _refuse_redirect(response)
        content_type = response.headers.get("content-type", "nothing")
        if "json" not in content_type:
            raise APIResponseError(
                f"{what}: {content_type} came instead of JSON. Either {self.config.base_url} is not the address "
                "of Open WebUI itself, or this version of the server does not have that route"
            )
        try:
            return decode(kind, response.json())
        except ValueError as error:
            raise APIResponseError(f"{what}: an answer that cannot be read: {error}") from None


def _signed(request: httpx2.Request, token: str | None) -> httpx2.Request:
    if token is not None:
        request.headers["Authorization"] = f"Bearer {token}"
    return request


def _refuse_redirect(response: httpx2.Response) -> None:
    if response.is_redirect:
        what, target = f"{response.request.method} {response.request.url.path}", response.headers.get("location", "")
        raise APIResponseError(f"{what}: the server points to {target!r}: use that server's address as base_url")
