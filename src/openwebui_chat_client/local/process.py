"""Child processes under a guard: they end with us, however we end, and their directory is removed."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from openwebui_chat_client.local import guard
from openwebui_chat_client.local.errors import LocalServerError

REPLY_WAIT = 30.0
"""Seconds in which the guard must answer an order: it only starts things, on a machine that may be busy."""


class Guarded:
    """A guard and what it runs. A context manager; `close` ends everything."""

    def __init__(self, *, grace: float = 5.0) -> None:
        self._grace = grace
        self._owner = os.getpid()
        self._pids: dict[str, int] = {}
        self._directories: list[Path] = []
        self._exits: dict[str, int] = {}
        self._gone = False
        self._changed = threading.Condition()
        self._replies: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._orders = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-I", guard.__file__, str(self._owner), str(grace)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=Path(tempfile.gettempdir()).anchor,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
        self._reader = threading.Thread(target=self._read, name="local-server-guard", daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def tempdir(self, parent: Path | None = None, prefix: str = "owui-") -> Path:
        """Make a directory that is removed at the end, even if we are killed."""
        reply = self._order(do="tempdir", parent=str(parent or tempfile.gettempdir()), prefix=prefix)
        made = Path(reply["path"])
        self._directories.append(made)
        return made

    def start(self, name: str, argv: Sequence[str], *, env: Mapping[str, str], cwd: Path, log: Path) -> int:
        """Start a process with exactly this environment and return its id. A name may be used again."""
        with self._changed:
            self._exits.pop(name, None)
        order = {"name": name, "argv": list(argv), "env": dict(env), "cwd": str(cwd), "log": str(log)}
        pid = int(self._order(do="start", **order)["pid"])
        self._pids[name] = pid
        return pid

    def exit_code(self, name: str, *, wait: float = 0.0) -> int | None:
        """How a process ended, or None if it runs still after so many seconds.

        Raises:
            LocalServerError: The guard itself is gone.
        """
        with self._changed:
            self._changed.wait_for(lambda: name in self._exits or self._gone, timeout=wait)
            if name not in self._exits and self._gone:
                raise LocalServerError("the process that guards the local server's processes has ended")
            return self._exits.get(name)

    def running(self, name: str) -> bool:
        """Whether a process is alive, and guarded."""
        with self._changed:
            return name in self._pids and name not in self._exits and not self._gone

    def close(self) -> None:
        """End all processes and remove the directories; harmless when done twice, or in a forked copy of us."""
        if os.getpid() != self._owner or self._process.returncode is not None:
            return
        if self._process.stdin:
            with suppress(OSError):  # the guard is gone and an order is left in the pipe
                self._process.stdin.close()
        if self._end_of_guard() != 0:
            self._clean_up_ourselves()
        self._reader.join()
        if self._process.stdout:
            self._process.stdout.close()

    def _end_of_guard(self) -> int:
        try:
            return self._process.wait(self._grace + guard.KILL_WAIT + REPLY_WAIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def _clean_up_ourselves(self) -> None:
        for name in self._pids.keys() - self._exits.keys():
            guard.kill_group(self._pids[name])
        for directory in self._directories:
            guard.remove(directory)

    def _order(self, **order: Any) -> dict[str, Any]:
        with self._orders:
            try:
                assert self._process.stdin  # noqa: S101  it was asked for above
                self._process.stdin.write(json.dumps(order).encode() + b"\n")
                self._process.stdin.flush()
                reply = self._replies.get(timeout=REPLY_WAIT)
            except (OSError, ValueError, queue.Empty) as error:
                raise LocalServerError("the process that guards the local server's processes is gone") from error
        if reply["event"] == "failed":
            raise LocalServerError(f"{order['do']} {order.get('argv', order.get('parent'))}: {reply['error']}")
        return reply

    def _read(self) -> None:
        for line in self._process.stdout or ():
            event = json.loads(line)
            if event["event"] == "exited":
                with self._changed:
                    self._exits[event["name"]] = event["code"]
                    self._changed.notify_all()
            else:
                self._replies.put(event)
        self._replies.put({"event": "failed", "error": "the guard ended"})
        with self._changed:
            self._gone = True
            self._changed.notify_all()
