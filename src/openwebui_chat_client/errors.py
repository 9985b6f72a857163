"""The error tree, and which answer of the server is which error."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any, NamedTuple, cast

import httpx2

LONGEST_DETAIL = 500


class OpenWebUIError(Exception):
    """Whatever goes wrong between you and the server."""


class ConfigError(OpenWebUIError):
    """Something that the client needs was not given: an address, a token, a model, an extra."""


class APIConnectionError(OpenWebUIError):
    """The server was never reached, or the connection broke."""

    def __init__(self, message: str, *, arrived: bool = True) -> None:
        super().__init__(message)
        self.arrived = arrived
        """Whether the request may have reached the server."""


class APITimeoutError(APIConnectionError):
    """The server took longer than the time limit."""


class APIStatusError(OpenWebUIError):
    """The server refused. `detail` is its own word."""

    def __init__(
        self, message: str, *, status_code: int = 0, detail: str = "", method: str = "", path: str = ""
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.detail = detail
        self.method = method
        self.path = path


class BadRequestError(APIStatusError):
    """The server cannot do what was asked as it was asked."""


class AuthenticationError(APIStatusError):
    """The server does not know who you are: no token, a wrong one, an expired one."""


class SecondFactorError(AuthenticationError):
    """The password is right, but the server wants more before it signs the account in."""

    def __init__(
        self, message: str, *, next_step: str = "", challenge_token: str = "", expires_in: int | None = None
    ) -> None:
        super().__init__(message, status_code=200, method="POST", path="/api/v1/auths/signin")
        self.next_step = next_step
        """`verify`: a code is enough, see `auths.verify`; `enroll`, `recover`, `pending`: not without a browser."""
        self.challenge_token = challenge_token
        """What `auths.verify` wants beside the code."""
        self.expires_in = expires_in
        """Seconds for which it is good."""


class PermissionDeniedError(APIStatusError):
    """The server knows who you are, and you may not."""


class NotFoundError(APIStatusError):
    """There is no such thing, or not for you: the server seldom tells the two apart."""


class ConflictError(APIStatusError):
    """A name, id or command is taken, or somebody was faster."""


class PayloadTooLargeError(APIStatusError):
    """A file or a body is larger than the server, or a proxy before it, takes."""


class UnprocessableError(APIStatusError):
    """The server's check of the body failed; `detail` names the fields."""


class RateLimitError(APIStatusError):
    """Too many requests; `retry_after` is in seconds, None when the server did not say."""

    retry_after: float | None = None


class ServerError(APIStatusError):
    """The server, or what stands behind it, failed."""


class APIResponseError(OpenWebUIError):
    """An answer that cannot be read: a web page for JSON, null, another shape."""


class TurnError(OpenWebUIError):
    """The model or a tool failed in a turn that the server had accepted."""

    def __init__(
        self, message: str, *, partial: str = "", chat_id: str | None = None, message_id: str | None = None
    ) -> None:
        super().__init__(message)
        self.partial = partial
        """The text that had come by then."""
        self.chat_id = chat_id
        """The chat that holds the question; None when nothing was stored."""
        self.message_id = message_id
        """The answer's message in that chat."""


class UnsupportedError(OpenWebUIError):
    """This server's version lacks it."""

    def __init__(self, message: str, *, needs: str = "", has: str = "") -> None:
        super().__init__(message)
        self.needs = needs
        self.has = has


class NameNotFoundError(OpenWebUIError):
    """Nothing of that kind has that name."""

    def __init__(self, message: str, *, kind: str = "", name: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.name = name


class AmbiguousNameError(OpenWebUIError):
    """Several of that kind have that name; `matches` are they."""

    def __init__(self, message: str, *, kind: str = "", name: str = "", matches: Sequence[dict[str, Any]] = ()) -> None:
        super().__init__(message)
        self.kind = kind
        self.name = name
        self.matches = matches


class Row(NamedTuple):
    """An answer with one of these statuses and this text in its detail means this error."""

    statuses: Container[int]
    text: str
    error: type[APIStatusError]
    hint: str = ""
    credential: str = ""
    """How the request's `Authorization` begins, where that matters."""

    def fits(self, status: int, said: str, credential: str) -> bool:
        """Whether the answer is one of these."""
        return status in self.statuses and self.text in said and credential.startswith(self.credential)


KEYS_OFF = "API keys are switched off: an administrator enables them under Settings › Admin › Authentication."
FIRST_ADMIN = "The first administrator is restricted as a security measure: nobody else may change or delete him."
KEY_RIGHT = "This account may not have one: an administrator grants it under Admin Panel › Users › Groups."
TABLE = (
    Row((400, 401, 404), "could not find what you're looking for", NotFoundError),
    Row((400,), "Model not found", NotFoundError, "models.list() names the models that you may use."),
    Row((400,), "email or password provided is incorrect", AuthenticationError),
    Row((400, 401), "already registered", ConflictError),
    Row((400,), "already exists", ConflictError),
    Row((400, 401, 403), "permission to access this resource", PermissionDeniedError),
    Row((401,), "restricted as a security measure", PermissionDeniedError),
    Row((500,), "Could not verify primary admin status", PermissionDeniedError, FIRST_ADMIN),
    Row((403,), "API key is not enabled", PermissionDeniedError, KEYS_OFF),
    Row((403,), "API key creation is not allowed", PermissionDeniedError, f"{KEYS_OFF} {KEY_RIGHT}"),
    Row((403,), "API key not allowed", PermissionDeniedError, "Its endpoints are restricted on this server."),
    Row((403,), "human session is required", PermissionDeniedError, "Sign in: an API key is not enough here."),
    Row((401,), "Not authenticated", AuthenticationError, "No token was sent."),
    Row((401,), "401 Unauthorized", PermissionDeniedError, "The account lacks a permission for this.", "Bearer sk-"),
    Row((401,), "401 Unauthorized", AuthenticationError, "The session has expired, or its account lacks a permission."),
    Row((401,), "Invalid or already used code", AuthenticationError),
    Row((401,), "", AuthenticationError, "The token is wrong or has expired."),
    Row((400,), "", BadRequestError),
    Row((403,), "", PermissionDeniedError),
    Row((404,), "", NotFoundError),
    Row((409,), "", ConflictError),
    Row((413,), "", PayloadTooLargeError),
    Row((422,), "", UnprocessableError),
    Row((429,), "", RateLimitError),
    Row(range(500, 600), "", ServerError),
)
UNKNOWN = Row((), "", APIStatusError)


def from_response(response: httpx2.Response, about: str = "") -> APIStatusError | None:
    """The error that this answer means, or None when it means success. `about` says in words what was asked for."""
    if not response.is_error:
        return None
    status, said = response.status_code, detail(response)
    credential = response.request.headers.get("authorization", "")
    row = next((row for row in TABLE if row.fits(status, said, credential)), UNKNOWN)
    if status in {401, 403, 404} and _is_from_model(response):
        row = UNKNOWN
    method, path = response.request.method, response.request.url.path
    asked = f"{method} {path} ({about})" if about else f"{method} {path}"
    answer = f"{asked}: {status} {said}".rstrip()
    message = f"{answer.rstrip('.')}. {row.hint}" if row.hint else answer
    error = row.error(message, status_code=status, detail=said, method=method, path=path)
    if isinstance(error, RateLimitError):
        error.retry_after = retry_after(response)
    return error


def _is_from_model(response: httpx2.Response) -> bool:
    """Whether the server has only passed on what a model's provider said: it is about the server's credential there."""
    try:
        body = response.json()
    except ValueError:
        return False
    return isinstance(body, dict) and "error" in body and "detail" not in body


def retry_after(response: httpx2.Response) -> float | None:
    """The seconds that the server asks to wait; None when it does not say, or says a date."""
    try:
        return max(0.0, float(response.headers.get("retry-after", "")))
    except ValueError:
        return None


def detail(response: httpx2.Response) -> str:
    """The server's own word on an error, in one line: `detail`, a provider's `error.message`, or the text."""
    if "html" in response.headers.get("content-type", ""):
        return "(a web page: probably a proxy before the server, or a wrong address)"
    try:
        body = response.json()
    except ValueError:
        return _one_line(response.text)
    return _one_line(words(body))


def words(body: Any) -> str:
    """The text in an error's body, whatever its shape: a string, a list of field errors, nested objects."""
    if isinstance(body, str):
        return body
    if isinstance(body, list):
        return "; ".join(filter(None, map(words, cast("list[object]", body))))
    if isinstance(body, dict):
        found = cast("dict[str, Any]", body)
        if "loc" in found:
            return f"{'.'.join(map(str, found['loc']))}: {found.get('msg', '')}"
        return next((words(found[key]) for key in ("detail", "error", "message", "content") if found.get(key)), "")
    return "" if body is None else str(body)


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_DETAIL else f"{line[:LONGEST_DETAIL]}…"
