"""What `owui doctor` looks at, one thing after the other, until nothing more can be found out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from .. import OpenWebUIClient
from .._config import MODEL_NAMES
from .._dual import run
from .._records import mapping
from .._server import NEWEST_KNOWN, TURNS, Version, parse
from ..errors import KEY_RIGHT, KEYS_OFF, OpenWebUIError
from ..resources.auths import Account
from ._errors import explain

State = Literal["ok", "warn", "fail"]
ADMIT = "An administrator lets the account in: Admin Panel › Users."
CONNECT = "An administrator connects one, or grants you access: Settings › Admin › Connections."
SESSION = "Nothing to do. A session's token instead of an API key, and the extra `realtime`, make them live."


@dataclass(frozen=True)
class Check:
    """One finding."""

    name: str
    state: State
    text: str
    hint: str = ""
    """What to do about it."""
    code: int = 1
    """The exit code, if it is a failure."""


def examine(client: OpenWebUIClient) -> Iterator[Check]:
    """Every finding about the client's server and credential; the last one says whether chats will work."""
    failed = False
    for name, look in STEPS.items():
        try:
            check = look(client)
        except OpenWebUIError as error:
            meaning = explain(error)
            check = Check(name, "fail", meaning.text, meaning.hint, meaning.code)
        if check is None:
            continue
        yield check
        failed = failed or check.state == "fail"
        if check.state == "fail" and name in NEEDED:
            break
    yield Check("chat", "fail", "will not work, see above") if failed else Check("chat", "ok", "will work")


def _address(client: OpenWebUIClient) -> Check:
    client.server.info()
    return Check("address", "ok", f"{client.base_url} answers")


def _version(client: OpenWebUIClient) -> Check:
    try:
        return judged(parse(client.server.info().version))
    except (ValueError, AttributeError) as error:
        return Check("version", "fail", str(error), f"Is {client.base_url} Open WebUI?")


def judged(version: Version) -> Check:
    """What is to be expected of a server of this version."""
    about = f"Open WebUI {version}"
    if version < TURNS.since:
        return Check("version", "fail", f"{about} is too old", f"Chats need {TURNS.since} or later.")
    if version[:2] > NEWEST_KNOWN[:2]:
        hint = f"The newest that this client was tested with is {NEWEST_KNOWN}; is there a newer client?"
        return Check("version", "warn", f"{about} is newer than this client", hint)
    return Check("version", "ok", f"{about} is supported")


def _credential(client: OpenWebUIClient) -> Check:
    kind = "an API key" if client._http.config.is_api_key else "a session's token (JWT)"
    return Check("credential", "ok", kind)


def _account(client: OpenWebUIClient) -> Check:
    return admitted(client.auths.me())


def admitted(account: Account) -> Check:
    """Whether this account may use the server."""
    who = f"{account.name} <{account.email}>, {account.role or 'no role'}"
    if account.role in {"", "pending"}:
        return Check("account", "fail", who, ADMIT, 4)
    return Check("account", "ok", who)


def _api_keys(client: OpenWebUIClient) -> Check | None:
    if client._http.config.is_api_key:
        return Check("API keys", "ok", "are switched on: this is one")
    config = mapping(client.request("GET", "/api/config"))
    return allowed(mapping(config.get("features")), client.auths.me())


def allowed(features: dict[str, Any], account: Account) -> Check | None:
    """Whether this account may have API keys; None when the server does not tell."""
    rights = mapping(mapping(account.get("permissions")).get("features"))
    switch = features.get("enable_api_keys", features.get("enable_api_key"))
    if switch is None:
        return None
    if not switch:
        return Check("API keys", "warn", "are switched off", KEYS_OFF)
    if account.role != "admin" and not rights.get("api_keys", True):
        return Check("API keys", "warn", "are switched on, but not for you", KEY_RIGHT)
    return Check("API keys", "ok", "are switched on")


def _models(client: OpenWebUIClient) -> Check:
    return counted([model.id for model in client.models.list()], client.default_model_id)


def counted(names: list[str], default: str | None) -> Check:
    """Whether there is a model to ask."""
    if not names:
        return Check("models", "fail", "none that you may use", CONNECT, 3)
    count = f"{len(names)} that you may use"
    if default is None:
        return Check("models", "ok", f"{count}; none is the default ({MODEL_NAMES[0]} sets it)")
    if default not in names:
        return Check("models", "warn", f"{count}; the default {default!r} is not one of them", f"Set {MODEL_NAMES[0]}.")
    return Check("models", "ok", f"{count}; the default is {default}")


def _live(client: OpenWebUIClient) -> Check:
    if client._socket is None:
        return Check("streaming", "warn", "by polling: an API key opens no live connection", SESSION)
    try:
        run(client._socket.open())
    except OpenWebUIError as error:
        return Check("streaming", "warn", "by polling: there is no live connection", str(error))
    return Check("streaming", "ok", "live: the connection stands")


STEPS: dict[str, Callable[[OpenWebUIClient], Check | None]] = {
    "address": _address,
    "version": _version,
    "credential": _credential,
    "account": _account,
    "API keys": _api_keys,
    "models": _models,
    "streaming": _live,
}
NEEDED = frozenset({"address", "account"})
"""Where these fail, nothing more can be found out."""
