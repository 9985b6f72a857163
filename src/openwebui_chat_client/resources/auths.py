"""Accounts and credentials: sign up, sign in, API keys, who am I."""

from __future__ import annotations

from typing import Any

from .._dual import M, operation
from .._records import Record
from ..errors import AuthenticationError
from ._base import Resource


class Account(Record):
    """A user, as the server shows him to himself."""

    id: str
    name: str = ""
    email: str = ""
    role: str = ""
    """`admin`, `user`, or `pending` until an administrator lets the account in."""


class Session(Account):
    """An account that is signed in; its `repr` shows the account, not the token."""

    token: str
    """A JWT: opens the live connection too, and expires."""
    expires_at: int | None = None
    """Seconds since 1970; None when it never expires."""
    permissions: dict[str, Any] | None = None

    def __repr__(self) -> str:
        return f"Session(email={self.email!r}, role={self.role!r})"


class Auths(Resource[M]):
    """Accounts and credentials."""

    @operation
    async def signup(self, name: str, email: str, password: str) -> Session:
        """Make an account and sign it in. The first one of a server becomes its administrator.

        Route: POST /api/v1/auths/signup, no token needed.

        Raises:
            PermissionDeniedError: The server lets nobody sign up.
            ConflictError: The e-mail address has an account.
        """
        body = {"name": name, "email": email, "password": password}
        return await self._http.call(Session, "POST", "/api/v1/auths/signup", json=body)

    @operation
    async def signin(self, email: str, password: str) -> Session:
        """Sign in with a password. Route: POST /api/v1/auths/signin, no token needed.

        Raises:
            AuthenticationError: Wrong password, or the account asks for a second factor.
            RateLimitError: More than 15 tries for this address in three minutes.
        """
        body = {"email": email, "password": password}
        session = await self._http.call(Session, "POST", "/api/v1/auths/signin", json=body)
        if "token" not in session:
            raise AuthenticationError(
                f"signing in needs a second factor ({session.get('next_step', 'unknown')}): use an API key instead"
            )
        return session

    @operation
    async def me(self) -> Account:
        """Who the credential belongs to.

        Routes: GET /api/v1/auths/ with a session's token; GET /api/v1/users/user/status with an API key,
        which servers from 0.12 on refuse on the first.
        """
        path = "/api/v1/users/user/status" if self._http.config.is_api_key else "/api/v1/auths/"
        return await self._http.call(Account, "GET", path)

    @operation
    async def create_api_key(self) -> str:
        """Make a new API key for this account; its former one stops working. Route: POST /api/v1/auths/api_key.

        Raises:
            PermissionDeniedError: API keys are switched off, or this account may not have one.
        """
        made = await self._http.call(dict[str, Any], "POST", "/api/v1/auths/api_key")
        return str(made["api_key"])

    @operation
    async def add_user(self, name: str, email: str, password: str, role: str = "user") -> Session:
        """Make an account for somebody else; administrators only. Route: POST /api/v1/auths/add.

        Raises:
            ConflictError: The e-mail address has an account.
        """
        body = {"name": name, "email": email, "password": password, "role": role}
        return await self._http.call(Session, "POST", "/api/v1/auths/add", json=body)
