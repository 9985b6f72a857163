"""What may be uploaded: a path, bytes or an open file; each becomes a name and something to read from."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeAlias, cast

Source: TypeAlias = "str | os.PathLike[str] | bytes | IO[bytes]"
"""A path, bytes, or a file opened for reading bytes; a `str` is always a path."""


def sources(value: Source | Iterable[Source]) -> list[Source]:
    """Any iterable of sources as a list; one counts as a list of one."""
    if isinstance(value, str | bytes | os.PathLike) or hasattr(value, "read"):
        return [cast("Source", value)]
    return list(value)


def label(source: Source) -> str:
    """How a report calls the source: by its path as it was given, else by its name."""
    return os.fspath(source) if isinstance(source, str | os.PathLike) else named(source)


def named(source: Source, name: str | None = None) -> str:
    """The name under which the source is uploaded: the one given, else the file's own.

    Raises:
        FileNotFoundError: There is nothing at that path.
        ValueError: It is a directory, bytes without a name, a file opened as text, or no source at all; or the name
            is empty or has directories in it.
    """
    if name is not None and (not name.strip() or "/" in name):
        raise ValueError(f"a file needs a name without directories, not {name!r}")
    if isinstance(source, str | os.PathLike):
        return name or _path(source).name
    if not isinstance(source, bytes) and not hasattr(source, "read"):
        raise ValueError(f"a path, bytes or an open file is needed, not {source!r}")
    if isinstance(cast("object", source), io.TextIOBase):
        raise ValueError(f"the file must be opened for reading bytes (mode 'rb'), not text: {source!r}")
    own = getattr(source, "name", None)
    if name is None and not isinstance(own, str):
        raise ValueError("what has no path needs a name: name='notes.txt'")
    return name or Path(cast("str", own)).name


@contextmanager
def opened(source: Source) -> Generator[IO[bytes] | bytes]:
    """The source as bytes or as a file to read from its beginning, piece by piece; paths are closed again."""
    if isinstance(source, bytes):
        yield source
    elif isinstance(source, str | os.PathLike):
        with _path(source).open("rb") as file:
            yield file
    elif source.seekable():
        yield source
    else:
        with tempfile.TemporaryFile() as copy:  # a pipe can be read once, a request may have to be sent twice
            shutil.copyfileobj(source, copy)
            yield copy


def _path(source: str | os.PathLike[str]) -> Path:
    path = Path(source)
    if not os.fspath(source) or path.is_dir():
        raise ValueError(f"a file is needed, not {os.fspath(source)!r}")
    if not path.exists():
        raise FileNotFoundError(f"there is no file {os.fspath(source)!r}")
    return path
