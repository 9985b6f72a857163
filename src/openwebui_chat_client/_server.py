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
    """Something that servers have from one version on, or until one."""

    name: str
    since: Version
    until: Version | None = None
    """The first version that has it no more."""

    def is_in(self, version: Version) -> bool:
        """Whether servers of that version have it."""
        return self.since <= version and (self.until is None or version < self.until)


TURNS = Feature("chats that the server keeps itself", Version(0, 9, 0))
FILE_NAMES = Feature("renaming a file", Version(0, 9, 6))
DIRECTORY_SYNC = Feature("syncing a directory into a knowledge base", Version(0, 9, 6))
KNOWLEDGE_DIRECTORIES = Feature("directories in a knowledge base", Version(0, 9, 6))
CHECKED_DIRECTORIES = Feature("directories that are refused where they are not", Version(0, 11, 4))
SPARING_CLEANUP = Feature("a cleanup that spares what other knowledge bases hold", Version(0, 11, 4))
EMPTYING_RESETS = Feature("a reset that deletes the files, too", Version(0, 11, 4))
FILE_HASHES = Feature("checksums of files", Version(0, 9, 6))
FILE_PATTERNS = Feature("searching files without brackets that mean something", Version(0, 7, 0))
CLEAN_DELETES = Feature("deleting a file out of its knowledge bases", Version(0, 8, 0))
TEXTS_IN_BASES = Feature("a file's new text in its knowledge bases", Version(0, 8, 10))
OTHERS_TEXTS = Feature("changing the text of somebody else's file", Version(0, 12, 0))
ADMIN_WRITES = Feature("knowledge bases that say that administrators may change them", Version(0, 7, 0))
USER_GRANTS = Feature("access for single users", Version(0, 8, 0))
OWNER_SEARCH = Feature("searching knowledge bases by their owners", Version(0, 8, 0))
CHECKED_QUERIES = Feature("queries that find only what one may read", Version(0, 9, 0))
CHECKED_ENTRIES = Feature("entries of a knowledge base that are checked to be there", Version(0, 8, 12))
REPEATED_ENTRIES = Feature("adding a file to a knowledge base once more", Version(0, 8, 0))
FILE_COUNT = Feature("counting files", Version(0, 10, 0))
KNOWLEDGE_EXPORT = Feature("exporting a knowledge base", Version(0, 7, 0))
GRANTS = Feature("access grants", Version(0, 8, 0))
READABLE_ENTRIES = Feature("a list of all models' entries that you may use", Version(0, 8, 0))
READABLE_TAGS = Feature("the tags of all models that you may use", Version(0, 9, 0))
CHECKED_UPDATES = Feature("updates of models that check their access anew", Version(0, 9, 0))
KEPT_GRANTS = Feature("updates of models that leave their access as it is", Version(0, 11, 0))
REFUSED_GRANTS = Feature("grants that are refused to those who may not give them", Version(0, 12, 0))
PRIVATE_USERS = Feature("accounts that only administrators look up", Version(0, 8, 0))
PARTIAL_USERS = Feature("changing a part of a user", Version(0, 9, 0))
REVOKED_SESSIONS = Feature("ending the sessions of an account", Version(0, 12, 0))
SECOND_FACTORS = Feature("signing in with a second factor", Version(0, 12, 0))
PARTIAL_CONFIGS = Feature("importing a part of the settings", Version(0, 10, 0))
HUMANS = Feature("telling a person's session from an API key", Version(0, 12, 0))
PROMPT_IDS = Feature("prompts with ids", Version(0, 8, 0))
PROMPT_TAGS = Feature("tags of prompts", Version(0, 8, 0))
PROMPT_SWITCHES = Feature("switching prompts off", Version(0, 8, 0))
PROMPT_VERSIONS = Feature("former versions of prompts", Version(0, 8, 0))
SKILLS = Feature("skills", Version(0, 8, 0))
NOTE_WORDS = Feature("searching notes for each word", Version(0, 9, 0))
KEPT_NOTES = Feature("notes whose access stays when something else is changed", Version(0, 11, 4))
EMPTY_NOTES = Feature("adding to a note that has no data or no meta", Version(0, 11, 4))
CHECKED_GRANTS = Feature("access that is refused where it may not be given", Version(0, 12, 4))
PINNED_NOTES = Feature("pinned notes", Version(0, 9, 0))
PARTIAL_NOTES = Feature("changing a part of a note", Version(0, 12, 4))
MEMORY_PATHS = Feature("kinds and paths of memories", Version(0, 10, 0))
SCRIPT_VERSIONS = Feature("former versions of tools and functions", Version(0, 12, 0))
TOOL_META = Feature("keys of your own in the meta of a tool", Version(0, 12, 0))
TRANSLATIONS = Feature("translations of tools and skills", Version(0, 11, 0))
SKILL_FILES = Feature("skills made of files", Version(0, 12, 0))
VERSION_DIFFS = Feature("what differs between two saved versions", Version(0, 12, 0))
SKILL_VERSIONS = Feature("former versions of skills", Version(0, 12, 0))
SHARE_GRANTS = Feature("saying who may open a shared chat", Version(0, 9, 0))
OPEN_LINKS = Feature("links that open without signing in", Version(0, 11, 0))
SHARE_LIST = Feature("the list of shared chats", Version(0, 8, 0))
SHARE_MODES = Feature("shared chats and folders that others may continue", Version(0, 12, 0))
UNSHARE_ALL = Feature("closing the links of all chats at once", Version(0, 10, 0))
UNREAD = Feature("marking chats as read or unread", Version(0, 11, 0))
COMPACTION = Feature("summing up the earlier messages of a chat", Version(0, 10, 0))
DELETED_MESSAGES = Feature("deleting a message", Version(0, 10, 0))
CHAT_PARAMS = Feature("changing a part of a chat's parameters", Version(0, 12, 0))
CHAT_VARIABLES = Feature("variables of chats", Version(0, 11, 0))
SHARED_FOLDERS = Feature("shared folders", Version(0, 10, 0))
NOTE_CHATS = Feature("chats about a note", Version(0, 11, 0))
SUBAGENTS = Feature("settings of subagents", Version(0, 11, 0))
TERMINAL_SERVERS = Feature("settings of terminal servers", Version(0, 8, 0))
MODEL_VERSIONS = Feature("former versions of models", Version(0, 12, 0))
USER_VARIABLES = Feature("variables of users", Version(0, 11, 0))
PARTIAL_SETTINGS = Feature("changing a part of one's settings", Version(0, 11, 0))
USAGE_TOTALS = Feature("what an account has used", Version(0, 11, 0))
ACCESS_PREVIEWS = Feature("the list of what a user or a group may use", Version(0, 9, 0))
KNOWN_DELETIONS = Feature("deletions that are refused where there is no such chat", Version(0, 8, 0))
NESTED_FOLDERS = Feature("folders that are made in other folders", Version(0, 8, 0))
CHECKED_FOLDERS = Feature("folders that are looked up before a chat goes into them", Version(0, 9, 0))
MERGED_HISTORIES = Feature("changes of a chat that are merged message by message", Version(0, 10, 0))
SEEN_CHATS = Feature("others' chats that administrators see", Version(0, 9, 0))
SEEN_TAGS = Feature("tags of others' chats that administrators see", Version(0, 11, 0))
WHOLE_SEARCH = Feature("a search that looks at every message", Version(0, 11, 0))
TIDY_TAGS = Feature("tags that come with imported chats and go with deleted ones", Version(0, 12, 0))
EMPTIED_FOLDERS = Feature("folders that are left by all chats when these are archived at once", Version(0, 12, 0))
FORKS = Feature("forking a chat", Version(0, 11, 0))
ALL_CHATS = Feature("all chats in one answer", Version(0, 7, 0))
ALL_CHATS_BY_LINE = Feature("all chats line by line", Version(0, 9, 0))
SIGNOUT_BY_POST = Feature("signing out by POST", Version(0, 9, 0))
SIDE_BY_SIDE = Feature("several answers at once, none of which is lost", Version(0, 12, 0))
PARTIAL_TEXT = Feature("chats that show an answer in the making", Version(0, 11, 0))
COLUMNS = Feature("answers that are given a column", Version(0, 11, 0))
CHECKED_PLACES = Feature("questions that are refused where their place is gone", Version(0, 12, 0))
STOP_BY_CHAT = Feature("stopping all work on a chat at once", Version(0, 9, 0))
FINISHED_ANSWERS = Feature("answers that the server marks as finished", Version(0, 8, 0))
FINAL_STOPS = Feature("answers that are marked as finished when they fail or are stopped", Version(0, 12, 0))
BLIND_FILTERS = Feature("filters that get an answer without its text", Version(0, 10, 0), Version(0, 11, 0))
CHOSEN_MODELS = Feature("chats that keep the models of their last turn", Version(0, 10, 0))
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
        return await self._http.call(ServerInfo, "GET", "/api/version", token=None)

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
        return feature.is_in(await self.version())

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
