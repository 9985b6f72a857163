"""The throw-away local Open WebUI and the models behind it."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openwebui_chat_client.local.errors import (
        InstallError,
        LocalServerError,
        PlatformError,
        PortTakenError,
        ProcessDiedError,
    )
    from openwebui_chat_client.local.provision import LocalUser
    from openwebui_chat_client.local.scripted import ScriptedModel
    from openwebui_chat_client.local.server import LocalServer

__all__ = [
    "InstallError",
    "LocalServer",
    "LocalServerError",
    "LocalUser",
    "PlatformError",
    "PortTakenError",
    "ProcessDiedError",
    "ScriptedModel",
]

_ROOMS = {"LocalServer": "server", "LocalUser": "provision", "ScriptedModel": "scripted"}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: the scripted model runs without the client."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_ROOMS.get(name, 'errors')}"), name)
