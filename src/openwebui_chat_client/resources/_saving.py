"""How what the server sends gets onto the disk: whole or not at all, under a name that stays in its directory."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import unquote

LONGEST_NAME = 200
"""Bytes, below the 255 of most file systems."""
RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in range(1, 10))}


def safe_name(name: str, otherwise: str) -> str:
    """A name from the server as a plain file name of any system: no directory, no device, no control characters.

    What is left with nothing is called `otherwise`.
    """
    base = re.split(r"[/\\]", name)[-1]
    plain = re.sub(r'[\x00-\x1f\x7f-\x9f<>:"|?*]', "_", base).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if not stem or len(ending.encode()) > LONGEST_NAME // 2:
        stem, dot, ending = plain, "", ""
    room = LONGEST_NAME - len(f"{dot}{ending}".encode())
    plain = stem.encode()[:room].decode(errors="ignore") + dot + ending
    if plain.split(".")[0].upper() in RESERVED:
        plain = f"_{plain}"
    return plain or otherwise


def check_place(place: Path, *, overwrite: bool) -> None:
    """Nothing, when something can be saved there: a directory, or a path that is free or may be overwritten.

    Raises:
        FileExistsError: It is there.
        FileNotFoundError: Its directory is not there.
    """
    if not place.parent.is_dir():
        raise FileNotFoundError(f"there is no directory {os.fspath(place.parent)!r}")
    if not place.is_dir():
        refuse_existing(place, overwrite=overwrite)


def target_in(place: Path, headers: Mapping[str, str], otherwise: str) -> Path:
    """The path itself; or, when it is a directory, the safe form of the name in `Content-Disposition` in it."""
    if not place.is_dir():
        return place
    said = re.search(r"filename\*=UTF-8''([^;]*)", headers.get("content-disposition", ""), re.IGNORECASE)
    return place / safe_name(unquote(said[1]) if said else "", otherwise)


def refuse_existing(target: Path, *, overwrite: bool) -> None:
    """Nothing, when the target is free or may be overwritten.

    Raises:
        FileExistsError: It is there.
        ValueError: It is a directory.
    """
    if target.is_dir():
        raise ValueError(f"{os.fspath(target)!r} is a directory")
    if not overwrite and os.path.lexists(target):
        raise FileExistsError(f"{os.fspath(target)!r} exists; overwrite=True replaces it")


@contextmanager
def saving(target: Path, *, overwrite: bool) -> Generator[IO[bytes]]:
    """A file to write to, which becomes the target when all went well and else leaves nothing.

    Raises: as `refuse_existing`.
    """
    refuse_existing(target, overwrite=overwrite)
    partial = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with partial.open("xb") as file:
            yield file
        refuse_existing(target, overwrite=overwrite)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
