"""ScriptedModel: the server itself, its thread, its connections, and how they end."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import threading
from collections.abc import Mapping
from functools import partial
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from openwebui_chat_client.local.scripted.models import MODELS
from openwebui_chat_client.local.scripted.recording import RecordedRequest, Recorder
from openwebui_chat_client.local.scripted.routes import Routes
from openwebui_chat_client.local.scripted.steps import Script

HOST = "127.0.0.1"
LAST_WORDS = 5.0  # seconds that a connection gets to notice its end


class ScriptedModel:
    """An OpenAI-compatible server on 127.0.0.1 with scripted models; it listens until `close`.

    Port 0 takes any free port. `models` adds your own, or replaces ours, by id. The models are described in
    `openwebui_chat_client.local.scripted.models`. Any API key will do.

    Raises:
        OSError: The port is taken.
    """

    def __init__(self, port: int = 0, models: Mapping[str, Script] | None = None) -> None:
        self._recorder = Recorder()
        self._models = {**MODELS, **(models or {})}
        self._listener = _Listener(port, self._models, self._recorder)
        self.url = f"http://{HOST}:{self._listener.server_address[1]}/v1"
        """The base URL, with `/v1`, as Open WebUI wants it for a connection."""
        self._thread = threading.Thread(
            target=self._listener.serve_forever, args=(0.05,), name=f"scripted model {self.url}", daemon=True
        )
        self._thread.start()

    @property
    def requests(self) -> list[RecordedRequest]:
        """What was asked under `/v1`, oldest first; the newest 10,000."""
        return self._recorder.snapshot()

    def clear(self) -> None:
        """Forget the recorded requests."""
        self._recorder.clear()

    def close(self) -> None:
        """Stop, and end every connection, hanging ones too. A second call does nothing."""
        if self._thread.is_alive():
            self._listener.shutdown()
            self._thread.join()
            self._listener.server_close()
            self._listener.end_connections()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = f"{len(self._models)} models, {len(self.requests)} requests" if self._thread.is_alive() else "closed"
        return f"<ScriptedModel {self.url}: {state}>"


class _Listener(ThreadingHTTPServer):
    """Accepts connections, a thread for each, and knows which are open."""

    request_queue_size = 1024  # benchmarks open hundreds at once

    def __init__(self, port: int, models: Mapping[str, Script], recorder: Recorder) -> None:
        self._lock = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        super().__init__((HOST, port), partial(Routes, models, recorder))

    def server_bind(self) -> None:
        """Bind without http.server's look-up of the host's name, which can take seconds."""
        socketserver.TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give the connection its thread."""
        answer = partial(self.process_request_thread, request, client_address)
        thread = threading.Thread(target=answer, name=f"scripted model: client {client_address}", daemon=True)
        with self._lock:
            self._open[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        """Close the connection at the end of its thread."""
        with self._lock:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def end_connections(self) -> None:
        """Close what is still open, and wait for the threads."""
        with self._lock:
            still_open = dict(self._open)
        for connection in still_open:
            with contextlib.suppress(OSError):  # its thread was quicker
                connection.shutdown(socket.SHUT_RDWR)
        for thread in still_open.values():
            thread.join(LAST_WORDS)
