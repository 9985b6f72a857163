"""The server behind `owui local up`: a detached process that holds a LocalServer, and what is known about it.

A lock file tells whether it runs: the system releases it with the process, so a stale state file or a process id that
somebody else has got meanwhile deceives nobody.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from openwebui_chat_client.errors import OpenWebUIError
from openwebui_chat_client.local.cache import Lock, cache_dir, private_dir, write_private
from openwebui_chat_client.local.errors import LocalServerError, log_tail
from openwebui_chat_client.local.install import Progress
from openwebui_chat_client.local.server import DEFAULT_VERSION, LocalServer, to_stderr

POLL = 0.1
STOP_WAIT = 60.0
LAST_MOMENTS = 5.0


@dataclass(frozen=True)
class BackgroundServer:
    """A background server that is ready."""

    pid: int
    url: str
    token: str = field(repr=False)
    jwt: str = field(repr=False)
    email: str
    password: str = field(repr=False)
    version: str
    model_id: str
    model: str
    log_path: str
    started: float
    """Seconds since 1970."""


@dataclass(frozen=True)
class Files:
    """Where a background server leaves its traces."""

    state: Path
    log: Path
    lock: Path


def files() -> Files:
    """The files of this cache directory's background server."""
    run = private_dir(cache_dir() / "run")
    return Files(run / "server.json", run / "progress.log", run / "server.lock")


def up(
    version: str = DEFAULT_VERSION,
    model: str = "small",
    data: str | None = None,
    port: int | None = None,
    *,
    env: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> BackgroundServer:
    """Start the background server and wait until it is ready; one of that version and model may run already.

    Raises:
        LocalServerError: It could not be started, or another version or model runs.
    """
    tell = progress or to_stderr
    if (running := status()) is not None:
        if (running.version, running.model) != (version, model):
            raise LocalServerError(
                f"Open WebUI {running.version} with model {running.model!r} runs at {running.url}: stop it first"
            )
        tell(f"Open WebUI {running.version} runs at {running.url} already")
        return running
    options = {"version": version, "model": model, "port": port, "env": dict(env or {})}
    options["data"] = None if data is None else str(Path(data).expanduser().resolve())
    process = _detach(json.dumps(options))
    try:
        return _follow(process, tell)
    except BaseException:
        process.terminate()
        process.wait()
        raise
    finally:
        process.returncode = process.returncode or 0  # it goes on without us; Popen need not warn of that


def status() -> BackgroundServer | None:
    """The background server, or None if none is ready. A state file that a crash left is removed."""
    place = files()
    if not place.state.exists():
        return None
    lock = Lock(place.lock)
    if lock.acquire(wait=False):
        place.state.unlink(missing_ok=True)
        lock.release()
        return None
    with suppress(OSError, ValueError, TypeError):  # it ends at this moment
        return BackgroundServer(**json.loads(place.state.read_text(encoding="utf-8")))
    return None


def down() -> BackgroundServer | None:
    """Stop the background server and wait for its end; what was stopped, or None if nothing ran.

    Raises:
        LocalServerError: It did not end.
    """
    running = status()
    if running is None:
        return None
    with suppress(ProcessLookupError):
        os.kill(running.pid, signal.SIGTERM)
    lock = Lock(files().lock)
    deadline = time.monotonic() + STOP_WAIT
    while not lock.acquire(wait=False):
        if time.monotonic() > deadline:
            raise LocalServerError(f"the background server (process {running.pid}) did not end in {STOP_WAIT:.0f} s")
        time.sleep(POLL)
    files().state.unlink(missing_ok=True)
    lock.release()
    _await_exit(running.pid, time.monotonic() + LAST_MOMENTS)
    return running


def _await_exit(pid: int, deadline: float) -> None:
    """Wait for the last moments of a process that has given its lock back."""
    while os.name == "posix" and time.monotonic() < deadline:
        with suppress(ChildProcessError):  # it was started by another process than this one
            os.waitpid(pid, os.WNOHANG)
        try:
            os.kill(pid, 0)
        except OSError:
            return
        time.sleep(POLL)


def logs(lines: int = 50) -> str:
    """The last lines of the server's log; of the start's progress if none is ready."""
    running = status()
    return log_tail(Path(running.log_path) if running else files().log, lines)


def _detach(options: str) -> subprocess.Popen[bytes]:
    """Start a process of its own session that gets the options on stdin, where nobody sees them."""
    log = os.open(files().log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=cache_dir(),
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    finally:
        os.close(log)
    assert process.stdin  # noqa: S101  it was asked for above
    with process.stdin:
        process.stdin.write(options.encode())
    return process


def _follow(process: subprocess.Popen[bytes], tell: Progress) -> BackgroundServer:
    """Pass on the progress until the server is ready or its process has ended."""
    with files().log.open(encoding="utf-8", errors="replace") as log:
        while True:
            ended = process.poll() is not None
            while line := log.readline():
                tell(line.rstrip("\n"))
            if ended:
                raise LocalServerError(f"the background server did not start:\n{log_tail(files().log)}")
            if (running := status()) is not None and running.pid == process.pid:
                return running
            time.sleep(POLL)


def _stop(_number: int, _frame: object) -> None:
    sys.exit(0)


def hold() -> None:
    """Hold a server until a signal tells us to stop."""
    options = json.loads(sys.stdin.read())
    place = files()
    lock = Lock(place.lock)
    if not lock.acquire(wait=False):
        raise SystemExit("another background server runs, or is just being started")
    signal.signal(signal.SIGTERM, _stop)
    try:
        with LocalServer(**options) as server:
            ready = BackgroundServer(
                pid=os.getpid(),
                url=server.url,
                token=server.token,
                jwt=server.jwt,
                email=server.email,
                password=server.password,
                version=server.version,
                model_id=server.model_id,
                model=options["model"],
                log_path=str(server.log_path),
                started=time.time(),
            )
            write_private(place.state, json.dumps(asdict(ready)))
            while server.running:
                time.sleep(1)
            to_stderr(f"The server has died:\n{server.log_tail()}")
    except (OpenWebUIError, ValueError) as error:
        raise SystemExit(str(error)) from None
    finally:
        place.state.unlink(missing_ok=True)
        lock.release()


if __name__ == "__main__":
    hold()
