"""What every area of the server has in common."""

from __future__ import annotations

from .._dual import Dual, M
from .._http import Http


class Resource(Dual[M]):
    """Operations on one area of the server."""

    def __init__(self, http: Http) -> None:
        self._http = http
