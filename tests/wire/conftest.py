"""Both clients, in front of a server that is a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from glasses import Glasses
from openwebui_chat_client import AsyncOpenWebUIClient, OpenWebUIClient

ADDRESS = "http://server.test"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Wire:
    """Answers requests with what a test laid out, and keeps them."""

    def __init__(self) -> None:
        self.requests: list[httpx2.Request] = []
        self.answers: list[Any] = []
        self.routes: dict[tuple[str, str], Callable[[httpx2.Request], Any]] = {}

    def on(self, method: str, path: str, answer: Any) -> None:
        """Answer this route with JSON, a response, an exception to raise, or what a function of the request gives."""
        self.routes[method, path] = answer if callable(answer) else lambda _: answer

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        route = self.routes.get((request.method, request.url.path))
        answer = route(request) if route else self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx2.Response) else httpx2.Response(200, json=answer)

    @property
    def lines(self) -> list[str]:
        """Method and path of every request, in order."""
        return [f"{request.method} {request.url.path}" for request in self.requests]


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture(params=["sync", "async"])
def make(request: pytest.FixtureRequest, wire: Wire) -> Callable[..., Any]:
    """A function that makes a client of either colour whose network is `wire`."""

    def made(token: Any = "sk-secret", **options: Any) -> Any:
        options = {"transport": httpx2.MockTransport(wire), "max_retries": 0, **options}
        address, model = options.pop("base_url", ADDRESS), options.pop("default_model_id", "m")
        if request.param == "sync":
            return Glasses(OpenWebUIClient(address, token, model, **options))
        return AsyncOpenWebUIClient(address, token, model, **options)

    return made
