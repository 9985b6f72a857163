"""Where each setting comes from: argument, then environment, then default."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypedDict

import httpx2

from .errors import ConfigError

if TYPE_CHECKING:
    import ssl

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 60.0
ANSWER_TIMEOUT = 300.0
URL_NAMES = ("OPEN_WEBUI_URL", "OUI_BASE_URL")
TOKEN_NAMES = ("OPEN_WEBUI_API_KEY", "OUI_AUTH_TOKEN")
MODEL_NAMES = ("OUI_DEFAULT_MODEL",)
LIMITS = httpx2.Limits(max_connections=100, max_keepalive_connections=100, keepalive_expiry=4.0)
"""The server hangs up after 5 s without a request: we do it first, so that none is sent into a closed connection."""
API_PATHS = ("/api/v1", "/openai/v1", "/openai", "/ollama", "/v1", "/api")


class Anonymous:
    """Says that there is no token on purpose: for signing in, and for what anybody may ask."""

    def __repr__(self) -> str:
        return "ANONYMOUS"


ANONYMOUS: Final = Anonymous()


@dataclass(frozen=True)
class Login:
    """What to sign in with. The password is not shown, and not pickled."""

    email: str
    password: str = field(repr=False)

    def __getstate__(self) -> NoReturn:
        raise TypeError("a password is not pickled or copied: make the client where it is needed")


@dataclass(frozen=True)
class Config:
    """Everything a client was told. Its `repr` shows neither the token nor the password."""

    base_url: str
    token: str | None = field(repr=False)
    login: Login | None = None
    """To get a token with, when there is none."""
    default_model_id: str | None = None
    timeout: httpx2.Timeout = field(default_factory=lambda: httpx2.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT))
    answer_timeout: float = ANSWER_TIMEOUT
    max_retries: int = 2
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    connection: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    """What only httpx2 needs to know: verify, limits, proxy, transport."""

    @property
    def is_api_key(self) -> bool:
        """Whether the credential is an API key; else it is a session's token (JWT), a password, or there is none."""
        return (self.token or "").startswith("sk-")

    @property
    def is_session(self) -> bool:
        """Whether the credential is a session's token, or a password to get one, which opens the live connection."""
        return self.login is not None or (self.token is not None and not self.is_api_key)


class ClientOptions(TypedDict, total=False):
    """How a client goes about it; all may be left out."""

    email: str | None
    """Instead of a token: the account to sign in to, with the first request that needs it, and again before the session
    ends."""
    password: str | None
    """That account's."""
    timeout: float | httpx2.Timeout | None
    """Seconds for each request, 60 by default, None for no limit; or httpx2's own limits."""
    answer_timeout: float
    """Seconds that a model may be silent in a turn, 300 by default."""
    max_retries: int
    """How often a request is tried again where that is safe, 2 by default."""
    headers: Mapping[str, str] | None
    """Sent along with every request."""
    verify: ssl.SSLContext | str | bool
    """How certificates are checked: against a context, or a file or directory of trusted ones; or whether at all."""
    limits: httpx2.Limits
    """httpx2's: how many connections there may be."""
    proxy: str | httpx2.Proxy | None
    """httpx2's: the proxy to go through."""
    transport: httpx2.BaseTransport | httpx2.AsyncBaseTransport | None
    """httpx2's: what to use instead of the network; of the client's own colour."""
    skip_model_refresh: bool
    """Accepted from the original; nothing is asked of the server when a client is made."""


def resolve(
    base_url: str | None,
    token: str | Anonymous | None,
    default_model_id: str | None,
    *,
    email: str | None = None,
    password: str | None = None,
    timeout: float | httpx2.Timeout | None = READ_TIMEOUT,
    answer_timeout: float = ANSWER_TIMEOUT,
    max_retries: int = 2,
    headers: Mapping[str, str] | None = None,
    limits: httpx2.Limits = LIMITS,
    skip_model_refresh: bool = False,  # noqa: ARG001 - accepted from the original
    **connection: Any,
) -> Config:
    """The settings of a client.

    Raises:
        ConfigError: There is no address or no token, neither given nor in the environment; or there are a token and a
            password, or one half of what to sign in with.
        TypeError: There is no such option.
    """
    if unknown := connection.keys() - {"verify", "proxy", "transport"}:
        raise TypeError(f"no such option: {', '.join(sorted(unknown))}")
    address = base_url or _from_environment(URL_NAMES)
    if not address:
        raise ConfigError(f"no address: give base_url, or set {' or '.join(URL_NAMES)}")
    if isinstance(certificates := connection.get("verify"), str):
        connection["verify"] = _trusting(certificates)
    server = normalise(address)
    login = _login(token, email, password)
    return Config(
        base_url=server,
        token=None if login or isinstance(token, Anonymous) else _token(token),
        login=login,
        default_model_id=default_model_id or _from_environment(MODEL_NAMES),
        timeout=timeouts(timeout),
        answer_timeout=answer_timeout,
        max_retries=max_retries,
        headers=dict(headers or {}),
        connection={"limits": limits, "trust_env": not _is_here(server), **connection},
    )


def _trusting(path: str) -> ssl.SSLContext:
    """A context that trusts the certificates in this file or directory."""
    import ssl

    if not os.path.exists(path):  # noqa: PTH110 - a text from the caller, looked at once
        raise FileNotFoundError(f"verify: there is no file or directory {path!r}")
    is_directory = os.path.isdir(path)  # noqa: PTH112 - as above
    return ssl.create_default_context(cafile=None if is_directory else path, capath=path if is_directory else None)


def timeouts(timeout: float | httpx2.Timeout | None) -> httpx2.Timeout:
    """A number of seconds, or None for no limit, as the limits of one request."""
    if isinstance(timeout, httpx2.Timeout):
        return timeout
    if timeout is None:
        return httpx2.Timeout(None, connect=CONNECT_TIMEOUT)
    return httpx2.Timeout(timeout, connect=min(timeout, CONNECT_TIMEOUT))


def normalise(address: str) -> str:
    """The address of the server itself: no trailing slash, no `/api`, `/api/v1`, `/openai`, `/v1`.

    Without a scheme it is `http` for this machine, `https` for any other: a token goes out in clear only
    where somebody asked for that.

    Raises:
        ConfigError: It is not an address.
    """
    text = address.strip()
    if "://" not in text:
        text = f"{'http' if _is_here(text) else 'https'}://{text}"
    try:
        url = httpx2.URL(text)
    except httpx2.InvalidURL as error:
        raise ConfigError(f"{address!r} is not an address: {error}") from None
    if url.scheme not in {"http", "https"} or not url.host:
        raise ConfigError(f"{address!r} is not an address; like this: http://localhost:3000")
    if url.userinfo:
        raise ConfigError("an address with a user name or a password in it; give the token as token=…")
    path = url.path.rstrip("/")
    suffix = next((suffix for suffix in API_PATHS if path.endswith(suffix)), "")
    return str(url.copy_with(path=path.removesuffix(suffix) or "/", query=None, fragment=None)).rstrip("/")


def _is_here(address: str) -> bool:
    """Whether it is this machine: then no certificate is needed, and no proxy of the environment is in between."""
    host = httpx2.URL(address if "://" in address else f"http://{address}").host
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _login(token: str | Anonymous | None, email: str | None, password: str | None) -> Login | None:
    if email is None and password is None:
        return None
    if token:
        raise ConfigError("a token, or an e-mail address and a password: give one of the two")
    if not email or not email.strip() or not password:
        raise ConfigError("to sign in, both are needed: email=… and password=…")
    return Login(email.strip(), password)


def _token(token: str | None) -> str:
    found = (token or _from_environment(TOKEN_NAMES) or "").strip()
    if not found:
        raise ConfigError(
            f"no token: give token (an API key, sk-…, or a session's token), or set {' or '.join(TOKEN_NAMES)}; "
            "or give email and password; for what needs none, say token=ANONYMOUS"
        )
    if not found.isascii() or not found.isprintable() or " " in found:
        raise ConfigError("the token has characters that no token has: was it copied in full and alone?")
    return found


def _from_environment(names: tuple[str, ...]) -> str | None:
    return next((value for name in names if (value := os.environ.get(name, "").strip())), None)
