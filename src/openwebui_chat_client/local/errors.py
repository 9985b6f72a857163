"""What can go wrong with a local server; every message ends with what to do or with the log's last lines."""

from __future__ import annotations

from pathlib import Path

from openwebui_chat_client.errors import OpenWebUIError


class LocalServerError(OpenWebUIError):
    """The local server could not be installed, started or kept running."""


class InstallError(LocalServerError):
    """uv could not build an environment: no network, no disk, or no such version."""


class PlatformError(InstallError):
    """There is no wheel of a package for this platform or this Python."""


class PortTakenError(LocalServerError):
    """Another program listens on the port that was asked for."""


class ProcessDiedError(LocalServerError):
    """A process ended that should have kept running."""


def log_tail(path: Path, lines: int = 15) -> str:
    """The last lines of a log, or a remark that there are none."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return f"({path} is not there)"
    kept = [line.rstrip() for line in text.splitlines() if line.strip()][-lines:] if lines > 0 else []
    return "\n".join(kept) or f"({path} is empty)"
