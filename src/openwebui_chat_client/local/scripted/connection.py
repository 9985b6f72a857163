"""One connection of a client: reads JSON, writes JSON or events, waits, drops. It knows nothing of models."""

from __future__ import annotations

import json
import selectors
from collections.abc import Mapping
from http.client import responses
from http.server import BaseHTTPRequestHandler
from typing import Any, NoReturn

JSON = "application/json"
NO_HEADERS: Mapping[str, str] = {}


class Connection(BaseHTTPRequestHandler):
    """The HTTP of one client. A client that leaves is no error and ends its thread quietly."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Answer requests until the client leaves."""
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing: stderr belongs to the tests."""

    def read_body(self) -> bytes:
        """The body of the request."""
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def send_json(self, status: int, value: Any, headers: Mapping[str, str] = NO_HEADERS) -> None:
        """Answer with JSON."""
        body = _encode(value)
        self._write(_head(status, {"Content-Type": JSON, "Content-Length": str(len(body)), **headers}) + body)

    def send_half(self, value: Any) -> NoReturn:
        """Promise JSON, send half of it, and drop the connection."""
        body = _encode(value)
        self._write(_head(200, {"Content-Type": JSON, "Content-Length": str(len(body))}) + body[: len(body) // 2])
        self.drop()

    def open_events(self) -> None:
        """Begin a stream of events."""
        headers = {
            "Content-Type": "text/event-stream",
            "Cache-Control": "no-cache",
            "Transfer-Encoding": "chunked",
        }
        self._write(_head(200, headers))

    def send_event(self, data: bytes) -> None:
        """Send one event, in one packet."""
        event = b"data: " + data + b"\n\n"
        self._write(b"%x\r\n%s\r\n" % (len(event), event))

    def close_events(self) -> None:
        """End the stream as OpenAI does, and keep the connection."""
        self.send_event(b"[DONE]")
        self._write(b"0\r\n\r\n")

    def wait(self, seconds: float) -> None:
        """Let time pass. Ends the connection when the client leaves, or the server closes, before that."""
        with selectors.DefaultSelector() as selector:
            selector.register(self.connection, selectors.EVENT_READ)
            if selector.select(seconds):  # nobody sends anything while waiting for an answer: it is the end
                self.drop()

    def drop(self) -> NoReturn:
        """Close the connection where it stands."""
        raise ConnectionAbortedError("the script ends here")

    def _write(self, data: bytes) -> None:
        self.wfile.write(data)


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    lines = [
        f"HTTP/1.1 {status} {responses.get(status, '')}",
        *(f"{name}: {it}" for name, it in headers.items()),
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _encode(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
