"""Free ports, and waiting until a process answers or dies."""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, cast

import httpx2

from openwebui_chat_client.local.errors import LocalServerError, PortTakenError, ProcessDiedError, log_tail
from openwebui_chat_client.local.process import Guarded

HOST = "127.0.0.1"
POLL = 0.1
IN_USE = re.compile(r"(?i)address already in use|errno 98\b|errno 48\b|errno 10048\b|winerror 10013")


def free_port() -> int:
    """A port that nobody listens on now. Somebody may before we do: be ready to try another."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def require_port(port: int) -> int:
    """The port itself, if we may listen on it.

    Raises:
        ValueError: It is not a port.
        PortTakenError: Another program has it.
    """
    if not 0 < port < 65536:
        raise ValueError(f"{port} is not a port: 1 to 65535")
    with socket.socket() as probe:
        if os.name == "posix":  # as the server does; on Windows it would share the port with another program
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            words = error.strerror or error
            raise PortTakenError(f"port {port} on {HOST} cannot be used: {words}; choose another, or none") from error
    return port


def lost_the_port(log: Path) -> bool:
    """Whether a server died because somebody else was quicker to take its port."""
    return bool(IN_USE.search(log_tail(log, 1000)))  # uvicorn says it early, and long tracebacks may follow


def wait_until(
    condition: Callable[[], bool], title: str, processes: Guarded, name: str, log: Path, bound: float
) -> None:
    """Wait until the condition holds.

    Raises:
        ProcessDiedError: The process ended before.
        LocalServerError: It did not hold within `bound` seconds.
    """
    deadline = time.monotonic() + bound
    while not condition():
        code = processes.exit_code(name, wait=POLL)
        if code is not None:
            raise ProcessDiedError(
                f"{title} ended with {ending(code)} before it was ready:\n{log_tail(log)}\n(all of it: {log})"
            )
        if time.monotonic() > deadline:
            raise LocalServerError(f"{title} was not ready after {bound:.0f} s:\n{log_tail(log)}\n(all of it: {log})")


def ending(code: int) -> str:
    """An exit code in words."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"


class Probe:
    """Asks whether the server that answers at an address is ours and ready. A context manager."""

    def __init__(self, url: str, deployment: str) -> None:
        self.version = ""
        self._deployment = deployment
        self._http = httpx2.Client(base_url=url, timeout=5, trust_env=False)  # no proxy knows 127.0.0.1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._http.close()

    def __call__(self) -> bool:
        """Whether it is ready; its version is known then."""
        about = self._ask("/api/version")
        if about.get("deployment_id") != self._deployment or not self._ask("/health").get("status"):
            return False
        self.version = str(about.get("version", ""))
        return True

    def _ask(self, path: str) -> dict[str, Any]:
        try:
            answer = self._http.get(path)
            found = answer.json() if answer.is_success else None
        except (httpx2.HTTPError, ValueError):
            return {}
        return cast("dict[str, Any]", found) if isinstance(found, dict) else {}
