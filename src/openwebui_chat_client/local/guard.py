"""A small process that runs others and outlives its parent just long enough to end them and to remove their files.

It is started with `python -I guard.py PARENT_PID GRACE` and uses the standard library only. Orders come as lines of
JSON on stdin, events go as lines of JSON to stdout. End of input (the parent closed it, crashed, or was killed), a
signal, or another parent means: stop all processes, remove the temporary directories, exit.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

POLL = 1.0
"""Seconds between two looks at who our parent is."""

KILL_WAIT = 5.0
"""Seconds that a killed process gets to disappear."""

REMOVALS = 20
"""How often we try to remove a directory, ten times a second."""

STOP: dict[str, Any] = {"do": "stop"}


class Guard:
    """The processes and directories that have been ordered, and the queue in which orders wait."""

    def __init__(self, grace: float) -> None:
        self.grace = grace
        self.inbox: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.directories: list[Path] = []

    def serve(self, parent: int) -> None:
        """Carry out orders until one of the reasons to stop."""
        while not orphaned(parent):
            try:
                order = self.inbox.get(timeout=POLL)
            except queue.Empty:
                continue
            if order["do"] == "stop":
                return
            try:
                say(**self.carry_out(order))
            except Exception as error:  # whatever it is, the parent shall read it, and we go on guarding
                say(event="failed", error=f"{type(error).__name__}: {error}")

    def stop(self, _number: int, _frame: object) -> None:
        """Handle a signal: what a signal handler may do is little, the loop does the rest."""
        self.inbox.put(STOP)

    def carry_out(self, order: dict[str, Any]) -> dict[str, Any]:
        """Do what one order says; what comes back is the reply."""
        if order["do"] == "tempdir":
            made = Path(tempfile.mkdtemp(prefix=str(order["prefix"]), dir=str(order["parent"])))
            self.directories.append(made)
            return {"event": "tempdir", "path": str(made)}
        if order["do"] == "start":
            child = start(order)
            self.children[order["name"]] = child
            threading.Thread(target=report_exit, args=(order["name"], child), daemon=True).start()
            return {"event": "started", "pid": child.pid}
        raise ValueError(f"unknown order {order['do']!r}")

    def end(self) -> None:
        """Stop every process, politely first, then remove the directories."""
        for child in self.children.values():
            signal_group(child.pid, signal.SIGTERM)
        deadline = time.monotonic() + self.grace
        for child in self.children.values():
            wait(child, deadline - time.monotonic())
        for child in self.children.values():
            kill_group(child.pid)  # also what the child started and left behind
        for child in self.children.values():
            wait(child, KILL_WAIT)
        for directory in self.directories:
            remove(directory)


def start(order: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start a process in its own session, with its output in a file that only the owner can read."""
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        return subprocess.Popen(
            order["argv"],
            env=order["env"],
            cwd=order["cwd"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    finally:
        os.close(log)


def wait(child: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait for the end of a process, up to a bound."""
    try:
        child.wait(timeout=max(seconds, 0))
    except subprocess.TimeoutExpired:
        return


def remove(directory: Path) -> None:
    """Remove a directory, in which a killed process may be writing its very last file."""
    for _ in range(REMOVALS):
        shutil.rmtree(directory, ignore_errors=True)
        if not directory.exists():
            return
        time.sleep(0.1)


def report_exit(name: str, child: subprocess.Popen[bytes]) -> None:
    """Tell the parent when a process ends."""
    say(event="exited", name=name, code=child.wait())


if sys.platform == "win32":

    def signal_group(pid: int, number: int) -> None:
        """Ask a process to end; Windows has no polite way for a process without a window."""
        del number
        kill_group(pid)

    def kill_group(pid: int) -> None:
        """End a process and what it started."""
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(pid)], check=False, capture_output=True)

    def orphaned(parent: int) -> bool:
        """Whether our parent is gone; Windows does not tell, the end of our input does."""
        del parent
        return False

else:

    def signal_group(pid: int, number: int) -> None:
        """Send a signal to a process and to what it started."""
        try:
            os.killpg(pid, number)
        except (ProcessLookupError, PermissionError):
            return

    def kill_group(pid: int) -> None:
        """End a process and what it started."""
        signal_group(pid, signal.SIGKILL)

    def orphaned(parent: int) -> bool:
        """Whether our parent is gone. A copy of it made by fork may still hold our input open."""
        return os.getppid() != parent


_output = threading.Lock()


def say(**event: Any) -> None:
    """Write an event. Nobody may be there to read it."""
    line = json.dumps(event).encode() + b"\n"
    with _output:
        try:
            os.write(1, line)
        except OSError:
            return


def split(buffer: bytes) -> tuple[list[bytes], bytes]:
    """The whole lines in a buffer, and the rest."""
    *lines, rest = buffer.split(b"\n")
    return [line for line in lines if line.strip()], rest


def read_orders(inbox: queue.SimpleQueue[dict[str, Any]]) -> None:
    """Put every line of stdin into the inbox, and the order to stop at its end."""
    rest = b""
    try:
        while chunk := os.read(0, 65536):
            lines, rest = split(rest + chunk)
            for line in lines:
                inbox.put(json.loads(line))
    finally:
        inbox.put(STOP)


def main() -> None:
    """Guard until it is time to stop."""
    parent, grace = int(sys.argv[1]), float(sys.argv[2])
    guard = Guard(grace)
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if number := getattr(signal, name, None):
            signal.signal(number, guard.stop)
    threading.Thread(target=read_orders, args=(guard.inbox,), daemon=True).start()
    try:
        guard.serve(parent)
    finally:
        guard.end()


if __name__ == "__main__":
    main()
