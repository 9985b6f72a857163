"""The Python client for Open WebUI."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from ._config import ANONYMOUS
    from ._dual import AsyncStream, Stream
    from .client import AsyncOpenWebUIClient, OpenWebUIClient
    from .errors import (
        AmbiguousNameError,
        APIConnectionError,
        APIResponseError,
        APIStatusError,
        APITimeoutError,
        AuthenticationError,
        BadRequestError,
        ConfigError,
        ConflictError,
        NameNotFoundError,
        NotFoundError,
        OpenWebUIError,
        PayloadTooLargeError,
        PermissionDeniedError,
        RateLimitError,
        SecondFactorError,
        ServerError,
        TurnError,
        UnprocessableError,
        UnsupportedError,
    )

__all__ = [
    "ANONYMOUS",
    "APIConnectionError",
    "APIResponseError",
    "APIStatusError",
    "APITimeoutError",
    "AmbiguousNameError",
    "AsyncOpenWebUIClient",
    "AsyncStream",
    "AuthenticationError",
    "BadRequestError",
    "ConfigError",
    "ConflictError",
    "NameNotFoundError",
    "NotFoundError",
    "OpenWebUIClient",
    "OpenWebUIError",
    "PayloadTooLargeError",
    "PermissionDeniedError",
    "RateLimitError",
    "SecondFactorError",
    "ServerError",
    "Stream",
    "TurnError",
    "UnprocessableError",
    "UnsupportedError",
    "__version__",
]


_ROOMS = {
    "ANONYMOUS": "_config",
    "AsyncOpenWebUIClient": "client",
    "AsyncStream": "_dual",
    "OpenWebUIClient": "client",
    "Stream": "_dual",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: `owui --help` and the scripted model need no client."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f".{_ROOMS.get(name, 'errors')}", __name__), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
