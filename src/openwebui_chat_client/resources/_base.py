"""What every area of the server has in common."""

from __future__ import annotations

from .._dual import Async, Dual, M
from .._http import Http
from .._server import Server


class Resource(Dual[M]):
    """Operations on one area of the server."""

    def __init__(self, http: Http, server: Server[Async]) -> None:
        self._http = http
        self._server = server
