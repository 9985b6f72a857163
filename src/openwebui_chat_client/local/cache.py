"""The user's cache directory, where environments live, and locks between processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def cache_dir() -> Path:
    """Where environments, logs and the state of the background server are kept."""
    return cache_path(os.environ, sys.platform, Path.home())


def cache_path(environ: Mapping[str, str], platform: str, home: Path) -> Path:
    """The cache directory of one user on one platform; `OWUI_CACHE_DIR` decides when it is set."""
    if chosen := environ.get("OWUI_CACHE_DIR"):
        return Path(os.path.expanduser(chosen)).absolute()  # noqa: PTH111  Path.expanduser raises where no home is known
    if platform == "darwin":
        base = home / "Library" / "Caches"
    elif platform == "win32":
        base = Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    else:
        base = Path(environ.get("XDG_CACHE_HOME") or home / ".cache")
    return base / "openwebui-chat-client"


def private_dir(path: Path) -> Path:
    """Make a directory that only its owner can read, and return it."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read; readers see the old text or the new one, never half."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


class Lock:
    """A lock between processes on a file. The system releases it when the holder dies, however it dies."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None

    def acquire(self, *, wait: bool) -> bool:
        """Take the lock. False when another holds it and we do not wait."""
        private_dir(self.path.parent)
        file = self.path.open("ab")
        try:
            taken = _lock(file, wait=wait)
        except BaseException:
            file.close()
            raise
        if not taken:
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._file is not None:
            self._file.close()
            self._file = None

    @contextmanager
    def held(self) -> Generator[None]:
        """Hold the lock, waiting for it as long as it takes."""
        self.acquire(wait=True)
        try:
            yield
        finally:
            self.release()


if sys.platform == "win32":
    import msvcrt
    import time

    def _lock(file: IO[bytes], *, wait: bool) -> bool:
        while True:
            try:
                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            except OSError:
                if not wait:
                    return False
                time.sleep(0.2)
            else:
                return True

else:
    import fcntl

    def _lock(file: IO[bytes], *, wait: bool) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
