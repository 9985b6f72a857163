"""Accounts on a local server: the admin's, kept beside the data, and made-up users."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from openwebui_chat_client import ANONYMOUS, OpenWebUIClient
from openwebui_chat_client.errors import ConflictError, PermissionDeniedError
from openwebui_chat_client.local.cache import write_private
from openwebui_chat_client.local.errors import LocalServerError

ACCOUNT_FILE = "local-server.json"


@dataclass(frozen=True)
class Account:
    """The admin's account, and the key with which the server signs its sessions."""

    email: str = "admin@localhost.localdomain"
    password: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)
    secret: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)


@dataclass(frozen=True)
class Credentials:
    """A signed-in account: its session and its API key."""

    jwt: str = field(repr=False)
    token: str = field(repr=False)
    user_id: str


@dataclass(frozen=True)
class LocalUser:
    """A user that was made for you, with everything to act as them. `token` is "" where API keys are forbidden."""

    email: str
    password: str = field(repr=False)
    jwt: str = field(repr=False)
    token: str = field(repr=False)
    id: str


def load_account(root: Path) -> Account:
    """The account of the server whose directory this is; a new one, kept there, if there is none yet."""
    file = root / ACCOUNT_FILE
    if file.exists():
        try:
            return Account(**json.loads(file.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as error:
            raise LocalServerError(f"{file} cannot be read: {error}") from error
    account = Account()
    write_private(file, json.dumps(asdict(account)))
    return account


def sign_in(url: str, account: Account) -> Credentials:
    """Sign in as the admin, who is signed up first if there is nobody yet."""
    with OpenWebUIClient(url, ANONYMOUS) as client:
        try:
            session = client.auths.signup("Admin", account.email, account.password)
        except (PermissionDeniedError, ConflictError):  # there is an account already
            session = client.auths.signin(account.email, account.password)
    return Credentials(jwt=session.token, token=make_api_key(url, session.token), user_id=session.id)


def make_api_key(url: str, jwt: str) -> str:
    """An API key for the owner of a session; "" where the server's settings forbid keys."""
    with OpenWebUIClient(url, jwt) as client:
        try:
            return client.auths.create_api_key()
        except PermissionDeniedError:
            return ""


def add_user(url: str, admin_jwt: str, name: str | None, role: str) -> LocalUser:
    """Make a user of that role and sign in as them."""
    mark = secrets.token_hex(4)
    email, password = f"{role}-{mark}@localhost.localdomain", secrets.token_urlsafe(16)
    with OpenWebUIClient(url, admin_jwt) as client:
        client.users.create(name or f"{role.capitalize()} {mark}", email, password, role)
    with OpenWebUIClient(url, ANONYMOUS) as client:
        session = client.auths.signin(email, password)
    return LocalUser(email, password, session.token, make_api_key(url, session.token), session.id)


def publish_model(url: str, admin_jwt: str, model_id: str) -> None:
    """Let every user of the server use a model: unpublished ones are the admin's alone."""
    grants = [{"principal_type": "user", "principal_id": "*", "permission": "read"}]
    model: dict[str, Any] = {
        "id": model_id,
        "name": model_id,
        "base_model_id": None,
        "params": {},
        "meta": {"capabilities": {}},
        "access_control": None,
        "access_grants": grants,
        "is_active": True,
    }
    with OpenWebUIClient(url, admin_jwt) as client:
        client.models.create(model)
