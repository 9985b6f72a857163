"""What the scripted server was asked: the newest requests, safe to read while it works."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

KEPT = 10_000


@dataclass(frozen=True)
class RecordedRequest:
    """One request under `/v1`. `task` marks a background task of Open WebUI: title, tags, choice of tools."""

    method: str
    path: str
    model: str
    body: dict[str, Any]
    task: bool = False


class Recorder:
    """The newest 10,000 requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: deque[RecordedRequest] = deque(maxlen=KEPT)

    def add(self, request: RecordedRequest) -> None:
        """Keep a request; the oldest one makes room."""
        with self._lock:
            self._requests.append(request)

    def snapshot(self) -> list[RecordedRequest]:
        """List what is kept, oldest first."""
        with self._lock:
            return list(self._requests)

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._requests.clear()
