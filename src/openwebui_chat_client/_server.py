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
FILE_NAMES = Feature("renaming a file", Version(0, 9, 0))
DIRECTORY_SYNC = Feature("syncing a directory into a knowledge base", Version(0, 9, 0))
KNOWLEDGE_EXPORT = Feature("exporting a knowledge base", Version(0, 7, 0))
GRANTS = Feature("access grants", Version(0, 8, 0))
PARTIAL_USERS = Feature("changing a part of a user", Version(0, 9, 0))
HUMANS = Feature("telling a person's session from an API key", Version(0, 12, 0))
PROMPT_IDS = Feature("prompts with ids", Version(0, 8, 0))
SKILLS = Feature("skills", Version(0, 8, 0))
CUT_NOTES = Feature("lists of notes that hold only their first 1,000 characters", Version(0, 8, 4))
PINNED_NOTES = Feature("pinned notes", Version(0, 9, 0))
PARTIAL_NOTES = Feature("changing a part of a note", Version(0, 12, 0))
MEMORY_PATHS = Feature("kinds and paths of memories", Version(0, 10, 0))
SCRIPT_VERSIONS = Feature("former versions of tools and functions", Version(0, 12, 0))
SKILL_FILES = Feature("skills made of files", Version(0, 12, 0))
SHARE_GRANTS = Feature("saying who may open a shared chat", Version(0, 9, 0))
SHARE_LIST = Feature("the list of shared chats", Version(0, 8, 0))
FORKS = Feature("forking a chat", Version(0, 11, 0))
ALL_CHATS = Feature("all chats in one answer", Version(0, 7, 0))
ALL_CHATS_BY_LINE = Feature("all chats line by line", Version(0, 9, 0))
SIDE_BY_SIDE = Feature("several answers at once, none of which is lost", Version(0, 12, 0))
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
