"""What requests are signed with: a token that was given, or one that signing in gives and that is renewed in time."""

from __future__ import annotations

import base64
import copy
import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

import httpx2

from ._arguments import Keep
from ._config import Login
from ._records import mapping
from ._runtime import Runtime
from .errors import AuthenticationError, OpenWebUIError, RateLimitError, SecondFactorError, from_response

T = TypeVar("T")
SIGNIN = "/api/v1/auths/signin"
MARGIN = 60.0
"""Seconds before the end of a session at which the next one is begun."""
REST = 60.0
"""Seconds without another try after the server has had too many; those that it refuses count for it, too."""
NEXT_STEPS = {
    "verify": "a code of its second factor: give it to auths.verify(error.challenge_token, code)",
    "enroll": "a second factor, which this account has yet to set up: sign in with a browser once",
    "recover": "its second factor to be set up anew, as an administrator reset it: sign in with a browser once",
    "pending": "an administrator to let the account in",
}


class Caller(Protocol):
    """What a credential needs of `Http`."""

    @property
    def runtime(self) -> Runtime:
        """How to wait."""
        ...

    async def call(
        self,
        kind: type[T],
        method: str,
        path: str,
        *,
        json: Any = None,
        repeatable: bool | None = None,
        token: str | Keep | None = ...,
    ) -> T:
        """See `Http.call`."""
        ...


@dataclass(frozen=True)
class Session:
    """A token, and when to get the next one."""

    token: str = field(repr=False)
    renewed_at: float
    """Seconds since 1970 on our own clock."""


class Credential:
    """The token of a client and of its copies; it is renewed by signing in anew where the password is known."""

    def __init__(self, token: str | None, login: Login | None = None) -> None:
        self._login = login
        self._session = None if token is None else Session(token, math.inf)
        self._accepted: str | None = None
        """The token that the server has taken at least once."""
        self._failure: OpenWebUIError | None = None
        self._failures = 0
        self._rests_until = 0.0

    async def token(self, http: Caller) -> str | None:
        """The token to send, None for none; signs in first where there is none yet, or none for long.

        Raises:
            AuthenticationError: The server refuses the address or the password; also a SecondFactorError. It is
                raised again for each request, without asking the server again.
        """
        session, login, seen = self._session, self._login, self._failures
        if login is None or _is_fresh(session):
            return session.token if session else None
        async with http.runtime.hold(self):
            if (session := self._session) is None or not _is_fresh(session):
                self._refuse(seen)
                session = await self._sign_in(self._login or login, http)
            return session.token

    async def has_ended(self, token: str | None, answer: httpx2.Response, http: Caller) -> bool:
        """Whether this answer refuses the token because its session is over, so that `token` gives another one.

        Servers refuse with the same words what an account may not do; so they are asked. A token that was never taken
        is not replaced: signing in does not help there, and too many sign-ins lock the account out.
        """
        if not answer.is_error:
            self._accepted = token
        if self._login is None or token is None or answer.status_code != 401:
            return False
        if not isinstance(from_response(answer), AuthenticationError):
            return False
        async with http.runtime.hold(self):
            if self._session is not None and self._session.token == token:
                if self._accepted != token or await _is_alive(token, http):
                    return False
                self._session = None
            return True

    def adopt(self, answer: Mapping[str, Any]) -> None:
        """Go on with this session, where it is one of the account that signs in here."""
        if self._login is not None and str(answer.get("email")).lower() == self._login.email.lower():
            self._begin(answer)

    @property
    def is_open(self) -> bool:
        """Whether there is a token, of a session that has not ended as far as we know."""
        return self._session is not None

    def end(self) -> None:
        """Forget the session, where another one can be begun."""
        if self._login is not None:
            self._session = None

    def change_password(self, password: str) -> None:
        """Sign in with this one from now on."""
        if self._login is not None:
            self._login = replace(self._login, password=password)
            self._session, self._failure = None, None

    async def _sign_in(self, login: Login, http: Caller) -> Session:
        body = {"email": login.email, "password": login.password}
        try:
            answer = await http.call(dict[str, Any], "POST", SIGNIN, json=body, repeatable=True, token=None)
            if needed := second_factor(answer):
                raise needed
        except OpenWebUIError as error:
            if login is self._login:
                self._failure, self._rests_until = copy.copy(error), time.time() + rest(error)
                self._failures += 1
            raise
        return self._begin(answer)

    def _begin(self, answer: Mapping[str, Any]) -> Session:
        self._failure = None
        self._session = Session(str(answer["token"]), renewal(answer, time.time()))
        return self._session

    def _refuse(self, seen: int) -> None:
        """Raise the last failure again, where another try is useless or was made while this one waited."""
        failure = self._failure
        if failure is not None and (time.time() < self._rests_until or seen != self._failures):
            raise copy.copy(failure)


def rest(error: OpenWebUIError) -> float:
    """Seconds for which it is useless to sign in again after this."""
    if isinstance(error, SecondFactorError):
        return math.inf if error.expires_in is None else error.expires_in
    if isinstance(error, RateLimitError):
        return REST if error.retry_after is None else error.retry_after
    return math.inf if isinstance(error, AuthenticationError) else 0.0


def renewal(answer: Mapping[str, Any], now: float) -> float:
    """When to sign in anew after this sign-in: before the session ends, never where it does not.

    How long it lasts counts from now, where the token says when it was made: the clocks may differ. A short session
    is renewed half-way.
    """
    claims = _claims(str(answer["token"]))
    ends = answer.get("expires_at") or claims.get("exp")
    if not isinstance(ends, int | float):
        return math.inf
    begun = claims.get("iat")
    lasts = ends - (begun if isinstance(begun, int | float) else now)
    return now + lasts - min(MARGIN, lasts / 2)


def second_factor(answer: Mapping[str, Any]) -> SecondFactorError | None:
    """What the server wants before it signs the account in; None when it has."""
    if answer.get("token"):
        return None
    step = str(answer.get("next_step", "unknown"))
    return SecondFactorError(
        f"signing in needs {NEXT_STEPS.get(step, f'a step that this client does not know ({step})')}. "
        "An API key needs no second factor",
        next_step=step,
        challenge_token=str(answer.get("challenge_token") or ""),
        expires_in=answer.get("expires_in"),
    )


def _is_fresh(session: Session | None) -> bool:
    return session is not None and time.time() < session.renewed_at


async def _is_alive(token: str, http: Caller) -> bool:
    try:
        await http.call(dict[str, Any], "GET", "/api/v1/auths/", token=token)
    except AuthenticationError:
        return False
    return True


def _claims(token: str) -> dict[str, Any]:
    """What a token (JWT) says of itself; nothing where it cannot be read."""
    try:
        middle = token.split(".")[1]
        return mapping(json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4))))
    except (IndexError, ValueError):
        return {}
