"""The version of the server and what it can do: the only room that knows versions."""

from __future__ import annotations

import re
import warnings
from typing import NamedTuple

from ._dual import Dual, M, operation
from ._http import Http
from ._records import Record
from .errors import APIResponseError, UnsupportedError


class Version(NamedTuple):
    """A version of Open WebUI, comparable."""

    major: int
    minor: int
    patch: int = 0

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


class Feature(NamedTuple):
    """Something that servers have from one version on."""

    name: str
    since: Version


TURNS = Feature("chats that the server keeps itself", Version(0, 9, 0))
NEWEST_KNOWN = Version(0, 12, 4)


class ServerInfo(Record):
    """What the server says of itself to anybody."""

    version: str
    deployment_id: str | None = None


def parse(text: str) -> Version:
    """A version from its text; what follows the numbers (`-dev`, `+fork`) does not count.

    Raises:
        ValueError: There is no version in it.
    """
    found = re.match(r"v?(\d+)\.(\d+)(?:\.(\d+))?", text.strip())
    if not found:
        raise ValueError(f"{text!r} is not a version")
    major, minor, patch = found.groups(default="0")
    return Version(int(major), int(minor), int(patch))


class Server(Dual[M]):
    """The server as a whole."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._known: Version | None = None

    @operation
    async def info(self) -> ServerInfo:
        """What the server says of itself; needs no token. Route: GET /api/version."""
        return await self._http.call(ServerInfo, "GET", "/api/version")

    @operation
    async def version(self) -> Version:
        """The server's version; asked for once.

        Raises:
            APIResponseError: What answers is not Open WebUI.
        """
        if self._known is None:
            text = (await self.info()).get("version")
            try:
                self._known = parse(str(text))
            except ValueError as error:
                raise APIResponseError(
                    f"GET /api/version: {error}; is {self._http.config.base_url} Open WebUI?"
                ) from None
            if self._known[:2] > NEWEST_KNOWN[:2]:
                warnings.warn(
                    f"Open WebUI {self._known} is newer than this client knows ({NEWEST_KNOWN}); it is treated as that",
                    stacklevel=2,
                )
        return self._known

    @operation
    async def has(self, feature: Feature) -> bool:
        """Whether the server's version has it."""
        return await self.version() >= feature.since

    @operation
    async def require(self, feature: Feature) -> None:
        """Nothing, if the server has it.

        Raises:
            UnsupportedError: It does not.
        """
        if not await self.has(feature):
            has = await self.version()
            raise UnsupportedError(
                f"{feature.name}: needs Open WebUI {feature.since}, the server is {has}",
                needs=str(feature.since),
                has=str(has),
            )
