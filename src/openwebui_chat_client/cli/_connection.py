"""The client that a command talks through: told by --url and the environment, else the local server."""

from __future__ import annotations

import logging
import os
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .. import OpenWebUIClient
from .._config import MODEL_NAMES, TOKEN_NAMES, URL_NAMES
from ._app import Problem, Settings
from ._errors import KEY, NO_ACCESS
from ._output import Output

if TYPE_CHECKING:
    from ..local.background import BackgroundServer


class Notes(logging.Handler):
    """Shows what the client logs."""

    def __init__(self, output: Output) -> None:
        super().__init__()
        self._output = output

    def emit(self, record: logging.LogRecord) -> None:
        """Show one record."""
        self._output.note(record.getMessage())


def connect(settings: Settings) -> OpenWebUIClient:
    """A client for the server that is meant.

    Raises:
        Problem: No server is named and none runs here, or there is no token.
    """
    _listen(settings)
    if not (settings.url or _is_set(URL_NAMES) or _is_set(TOKEN_NAMES)) and (local := _running()):
        settings.output.note(f"Using the local server at {local.url}")
        return OpenWebUIClient(local.url, local.jwt, None if _is_set(MODEL_NAMES) else local.model_id)
    if not (settings.url or _is_set(URL_NAMES)):
        raise Problem(
            "no server is named", f"Set {URL_NAMES[0]} and {TOKEN_NAMES[0]}, or start one here: `owui local up`."
        )
    if not _is_set(TOKEN_NAMES):
        raise Problem("no token is given", KEY, NO_ACCESS)
    return OpenWebUIClient(settings.url)


def _running() -> BackgroundServer | None:
    from ..local.background import status

    with suppress(OSError):  # a home directory that cannot be written holds no server
        return status()
    return None


def _is_set(names: tuple[str, ...]) -> bool:
    return any(os.environ.get(name, "").strip() for name in names)


def _listen(settings: Settings) -> None:
    """Have the client's log and warnings printed where everything is printed."""
    log = logging.getLogger("openwebui_chat_client")
    log.addHandler(Notes(settings.output))
    log.setLevel(logging.DEBUG if settings.debug else logging.WARNING)

    def show(message: Warning | str, *_: Any, **__: Any) -> None:
        settings.output.note(str(message))

    warnings.showwarning = show
