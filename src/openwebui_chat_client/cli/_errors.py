"""Which error is which text and which exit code: a table, the first row that fits decides. Loaded when one happens."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import (
    APIConnectionError,
    AuthenticationError,
    NameNotFoundError,
    NotFoundError,
    OpenWebUIError,
    PermissionDeniedError,
    RateLimitError,
)
from ..local.errors import LocalServerError

FAILED, USAGE, NOT_FOUND, NO_ACCESS = 1, 2, 3, 4


class Row(NamedTuple):
    """An error of this kind, with these words in its text, ends the command with this code."""

    kind: type[Exception]
    words: str
    code: int
    hint: str = ""


KEY = "Put an API key into OPEN_WEBUI_API_KEY: the web page makes one under Settings › Account."
TABLE = (
    Row(NotFoundError, "/api/version", FAILED, "What answers there is not Open WebUI: is the address right?"),
    Row(NotFoundError, "", NOT_FOUND),
    Row(NameNotFoundError, "", NOT_FOUND),
    Row(AuthenticationError, "", NO_ACCESS, KEY),
    Row(PermissionDeniedError, "", NO_ACCESS),
    Row(RateLimitError, "", FAILED, "Wait a little, and try again."),
    Row(APIConnectionError, "", FAILED, "The address is that of --url, else of OPEN_WEBUI_URL."),
    Row(LocalServerError, "stop it first", FAILED, "`owui local down` stops it."),
    Row(OpenWebUIError, "", FAILED),
    Row(ValueError, "", USAGE),
    Row(OSError, "", FAILED),
)
BUG = Row(Exception, "", FAILED, "That is a fault of owui itself: `--debug` shows where it comes from.")


class Meaning(NamedTuple):
    """What is said of an error, and the exit code."""

    text: str
    hint: str
    code: int


def explain(error: Exception) -> Meaning:
    """What an error means to somebody at a terminal."""
    row = next((row for row in TABLE if isinstance(error, row.kind) and row.words in str(error)), BUG)
    text = str(error) if row is not BUG and str(error) else f"{type(error).__name__}: {error}"
    return Meaning(text, row.hint, row.code)
