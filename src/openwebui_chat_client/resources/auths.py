"""Accounts and credentials: sign up, sign in, API keys, who am I."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, List, TypedDict, Unpack, cast

from .._arguments import text
from .._credential import SIGNIN, second_factor
from .._dual import M, operation
from .._http import segment
from .._records import Record, mappings
from .._server import HUMANS, SECOND_FACTORS, SIGNOUT_BY_POST
from .._times import seconds
from ..errors import APIResponseError, NotFoundError, PermissionDeniedError
from ._base import Resource


class Account(Record):
    """A user, as the server shows him to himself."""

    id: str
    name: str = ""
    email: str = ""
    role: str = ""
    """`admin`, `user`, or `pending` until an administrator lets the account in."""
    permissions: dict[str, Any] | None = None
    """What it may do, by section; None where the answer does not say: `auths.permissions` does."""


class Session(Account):
    """An account that is signed in; its `repr` shows the account, not the token."""

    token: str
    """A JWT: opens the live connection too, and expires."""
    expires_at: int | None = None
    """Seconds since 1970; None when it never expires."""

    @property
    def expires(self) -> datetime | None:
        """When it ends: no answer prolongs it, sign in again; None when it never does."""
        return seconds(self.expires_at)

    def __repr__(self) -> str:
        return f"Session(email={self.email!r}, role={self.role!r})"


class ProfileFields(TypedDict, total=False):
    """What everybody may change about himself; all that is left out stays as it is."""

    name: str
    profile_image_url: str
    """An address, `data:image/…;base64,…`, or "" for none of your own."""
    bio: str | None
    gender: str | None
    date_of_birth: date | str | None
    """As a date, or as a text like 1815-12-10."""


class Auths(Resource[M]):
    """Accounts and credentials."""

    @operation
    async def signup(self, name: str, email: str, password: str) -> Session:
        """Make an account and sign it in. The first one of a server becomes its administrator.

        Needs no token. Route: POST /api/v1/auths/signup.

        Raises:
            PermissionDeniedError: The server lets nobody sign up.
            ConflictError: The e-mail address has an account.
        """
        body = {"name": name, "email": email, "password": password}
        return await self._http.call(Session, "POST", "/api/v1/auths/signup", json=body, token=None)

    @operation
    async def signin(self, email: str, password: str) -> Session:
        """Sign in with a password; needs no token. Route: POST /api/v1/auths/signin.

        The session ends at `expires`, and the server has no way to prolong it: sign in again. An API key does not end,
        and a client that was made with `email` and `password` instead of a token does all this by itself.

        Raises:
            SecondFactorError: The password is right, and the server wants a second factor; it says how to go on.
            AuthenticationError: Wrong address or password.
            RateLimitError: More than 15 tries for this address in three minutes.

        Example:
            >>> try:
            ...     session = client.auths.signin(email, password)
            ... except SecondFactorError as needed:
            ...     session = client.auths.verify(needed.challenge_token, input("Code: "))
        """
        body = {"email": text(email, "an e-mail address"), "password": text(password, "a password")}
        return _signed_in(await self._http.call(Session, "POST", SIGNIN, json=body, token=None))

    @operation
    async def verify(self, challenge_token: str, code: str, *, recovery: bool = False) -> Session:
        """Finish a sign-in with a second factor; needs no token. Route: POST /api/v1/auths/mfa/verify.

        A client that signs in itself goes on with the session; when that ends, the next code is needed.

        Args:
            challenge_token: From the SecondFactorError; good for some minutes and one session.
            code: Of the authenticator, or a recovery code.
            recovery: Whether it is a recovery code.

        Raises:
            AuthenticationError: The code is wrong or used, or the challenge is too old.
            RateLimitError: Too many codes were tried.
            UnsupportedError: The server is older than 0.12, and has no second factors.
        """
        given = {"challenge_token": text(challenge_token, "a challenge"), "code": text(code, "a code").strip()}
        body, path = {**given, "recovery": recovery}, "/api/v1/auths/mfa/verify"
        await self._server.require(SECOND_FACTORS)
        session = _signed_in(await self._http.call(Session, "POST", path, json=body, token=None))
        self._http.credential.adopt(session)
        return session

    @operation
    async def signout(self) -> None:
        """End the session. A client that signs in itself begins another one with its next request.

        A token stays good until its end on a server without Redis, which cannot revoke a single one; an API key stays
        good everywhere. To end all sessions of an account: `change_password`, `users.revoke_sessions`.

        Routes: GET /api/v1/auths/signout, POST /api/v1/auths/signout.
        """
        credential = self._http.credential
        if self._http.config.login is not None and not credential.is_open:
            return
        method = "POST" if await self._server.has(SIGNOUT_BY_POST) else "GET"
        await self._http.call(dict[str, Any], method, "/api/v1/auths/signout", repeatable=True)
        credential.end()

    @operation
    async def me(self) -> Account:
        """Who the credential belongs to.

        A session's token tells by the first route, which servers from 0.12 on refuse to an API key: that tells by
        the second, or where an administrator switched user status off by the others.

        Routes: GET /api/v1/auths/, GET /api/v1/users/user/status, GET /api/v1/calendars/, GET /api/v1/users/{id}/info.
        """
        if not self._http.config.is_api_key:
            return await self._http.call(Account, "GET", "/api/v1/auths/")
        try:
            return await self._http.call(Account, "GET", "/api/v1/users/user/status")
        except PermissionDeniedError as error:
            if "restricted as a security measure" not in error.detail:
                raise
            if not await self._server.has(HUMANS):
                return await self._http.call(Account, "GET", "/api/v1/auths/")
            user_id = await self._owner_of_my_calendar()
            if user_id is None:
                raise
        return await self._http.call(Account, "GET", f"/api/v1/users/{segment(user_id)}/info")

    @operation
    async def permissions(self) -> dict[str, dict[str, Any]]:
        """What the credential's owner may do, all groups counted, by section (`workspace`, `chat`, `features`, …).

        An administrator may do all of it whatever it says. Route: GET /api/v1/users/permissions.
        """
        return await self._http.call(dict[str, Any], "GET", "/api/v1/users/permissions")

    @operation
    async def change_password(self, password: str, new_password: str) -> None:
        """Change the password; from 0.12 on, all sessions end, and this one with them.

        A client that signs in itself uses the new one from now on. Its copies do, too; others do not.

        Route: POST /api/v1/auths/update/password.

        Raises:
            BadRequestError: The old password is wrong, or the new one is not to the server's taste.
        """
        body = {"password": text(password, "the password"), "new_password": text(new_password, "a new password")}
        if not await self._http.call(bool, "POST", "/api/v1/auths/update/password", json=body):
            raise APIResponseError("POST /api/v1/auths/update/password: the server did not change the password")
        self._http.credential.change_password(new_password)

    @operation
    async def update_profile(self, **fields: Unpack[ProfileFields]) -> Account:
        """Change what is given about yourself, and nothing else; the e-mail address is changed by administrators.

        The profile is read first, as the server replaces it whole: by `me`, with its routes.
        Routes: GET /api/v1/auths/, GET /api/v1/users/user/status, POST /api/v1/auths/update/profile.

        Raises:
            ValueError: Nothing is given, the name is empty, or the date is none.
            UnprocessableError: That is no address of an image.
            APIResponseError: What is not given cannot be read, and would be lost: an API key where an administrator
                switched user status off. Nothing is changed then.

        Example:
            >>> client.auths.update_profile(bio="Analyst of engines", date_of_birth="1815-12-10")
        """
        given = _profile(fields)
        async with self._http.runtime.hold("profile"):
            known = {**await self.me(), **given}
            if missing := ProfileFields.__annotations__.keys() - known.keys():
                raise APIResponseError(f"the server does not say your {min(missing)}, which would be lost: sign in")
            body = {name: known[name] for name in ProfileFields.__annotations__}
            return await self._http.call(Account, "POST", "/api/v1/auths/update/profile", json=body, repeatable=True)

    @operation
    async def create_api_key(self) -> str:
        """Make a new API key for this account; its former one stops working: this is how a key is rotated.

        Route: POST /api/v1/auths/api_key.

        Raises:
            PermissionDeniedError: API keys are switched off, or this account may not have one.
        """
        made = await self._http.call(dict[str, Any], "POST", "/api/v1/auths/api_key")
        return str(made["api_key"])

    @operation
    async def get_api_key(self) -> str | None:
        """This account's API key; None when it has none. Route: GET /api/v1/auths/api_key."""
        try:
            found = await self._http.call(dict[str, Any], "GET", "/api/v1/auths/api_key")
        except NotFoundError:
            return None
        return str(found["api_key"])

    @operation
    async def delete_api_key(self) -> None:
        """Delete this account's API key: it stops working at once. Without one, nothing happens.

        Route: DELETE /api/v1/auths/api_key.
        """
        await self._http.call(bool, "DELETE", "/api/v1/auths/api_key", repeatable=True)

    async def _owner_of_my_calendar(self) -> str | None:
        """Your id, by what you own: asking makes you a calendar, and one that is shared with nobody is yours."""
        found = mappings(await self._http.call(List[dict[str, Any]], "GET", "/api/v1/calendars/"))
        return next((str(one["user_id"]) for one in found if not one.get("access_grants")), None)


def _signed_in(session: Session) -> Session:
    if needed := second_factor(session):
        raise needed
    return session


def _profile(fields: ProfileFields) -> dict[str, Any]:
    """What is given, checked, as the server takes it."""
    given = cast("dict[str, Any]", fields)
    if unknown := given.keys() - ProfileFields.__annotations__.keys():
        raise TypeError(f"there is nothing of that name in a profile: {min(unknown)}")
    if not given:
        raise ValueError("nothing to change about the profile")
    if "name" in given:
        text(given["name"], "a name")
    born = given.get("date_of_birth")
    if isinstance(born, str):
        born = date.fromisoformat(born)
    return given if born is None else {**given, "date_of_birth": born.isoformat()}
