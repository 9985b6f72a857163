"""What is in a directory on this machine, for a knowledge base to hold the same."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from .._arguments import texts
from .._bulk import Failure

HIDDEN = ".*"


class LocalFile(NamedTuple):
    """A file below the directory."""

    path: str
    """Relative, with `/` on every system."""
    checksum: str
    """SHA-256 of its bytes."""
    size: int
    """Bytes."""

    @property
    def parent(self) -> str:
        """The directory it is in, relative; empty at the top."""
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path.rpartition("/")[2]


class Scan(NamedTuple):
    """The files that a knowledge base can hold, and those left out, with the reason."""

    files: list[LocalFile]
    skipped: list[Failure]

    @property
    def manifest(self) -> list[dict[str, object]]:
        """The files as the server's comparison wants them."""
        return [
            {"path": file.parent, "filename": file.name, "checksum": file.checksum, "size": file.size}
            for file in self.files
        ]


def scan(directory: str | os.PathLike[str], ignore: Iterable[str] | None = None) -> Scan:
    """Read a directory and all below it; links to directories are not followed.

    Left out are what is ignored, and with a word each: empty files, and those with the same bytes as another one,
    because a knowledge base takes neither.

    Raises:
        FileNotFoundError: There is no such directory.
        ValueError: It is a file, or there is nothing in it that a knowledge base can hold.
    """
    top = Path(directory)
    if not os.fspath(directory) or (top.exists() and not top.is_dir()):
        raise ValueError(f"a directory is needed, not {os.fspath(directory)!r}")
    if not top.exists():
        raise FileNotFoundError(f"there is no directory {os.fspath(directory)!r}")
    files: list[LocalFile] = []
    skipped: list[Failure] = []
    first: dict[str, str] = {}
    for path in sorted(_walk(top, [HIDDEN, *texts(ignore)])):
        file = _read(top, path)
        if not file.size:
            skipped.append(Failure(item=path, error="it is empty"))
        elif file.checksum in first:
            skipped.append(Failure(item=path, error=f"it has the same content as {first[file.checksum]}"))
        else:
            first[file.checksum] = path
            files.append(file)
    if not files:
        raise ValueError(f"there is nothing in {os.fspath(directory)!r} that a knowledge base can hold")
    return Scan(files, skipped)


def ignored(path: str, patterns: Iterable[str], *, is_directory: bool = False) -> bool:
    """Whether patterns in the manner of a `.gitignore` leave this path out; the last one that fits decides.

    `*.log` fits at any depth, `docs/*.log` and `/build` from the top, `build/` directories only; `**` is any number
    of directories, `!` takes back.
    """
    decision = False
    for pattern in patterns:
        negated, body = pattern.startswith("!"), pattern.removeprefix("!")
        if body.endswith("/") and not is_directory:
            continue
        parts = body.strip("/").split("/")
        if len(parts) == 1 and not body.startswith("/"):
            parts = ["**", *parts]
        if _fits(path.split("/"), parts):
            decision = not negated
    return decision


def _fits(parts: list[str], pattern: list[str]) -> bool:
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return _fits(parts, pattern[1:]) or (bool(parts) and _fits(parts[1:], pattern))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _fits(parts[1:], pattern[1:])


def _walk(top: Path, patterns: list[str], below: str = "") -> Iterator[str]:
    with os.scandir(top / below) as entries:
        for entry in entries:
            path = f"{below}/{entry.name}" if below else entry.name
            is_directory = entry.is_dir(follow_symlinks=False)
            if ignored(path, patterns, is_directory=is_directory):
                continue
            if is_directory:
                yield from _walk(top, patterns, path)
            elif entry.is_file():
                yield path


def _read(top: Path, path: str) -> LocalFile:
    with (top / path).open("rb") as file:
        return LocalFile(path, hashlib.file_digest(file, "sha256").hexdigest(), os.fstat(file.fileno()).st_size)
