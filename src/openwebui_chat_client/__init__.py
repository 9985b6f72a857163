"""The Python client for Open WebUI."""

from ._config import ANONYMOUS
from ._dual import AsyncStream, Stream
from ._version import __version__
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
    "ServerError",
    "Stream",
    "TurnError",
    "UnprocessableError",
    "UnsupportedError",
    "__version__",
]
