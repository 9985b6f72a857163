"""The server that the live tests share, and both clients in front of it, with each kind of credential."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import Any

import pytest

from glasses import Glasses
from openwebui_chat_client import AsyncOpenWebUIClient, OpenWebUIClient
from openwebui_chat_client.local import LocalServer


@pytest.fixture(scope="session")
def server() -> Iterator[LocalServer]:
    """A real Open WebUI with the scripted model, for the whole session."""
    with LocalServer(model="scripted") as running:
        yield running


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def title() -> str:
    """A chat title that nobody has."""
    return f"Test {uuid.uuid4()}"


@pytest.fixture(params=["sync", "async"])
def make(request: pytest.FixtureRequest, server: LocalServer) -> Callable[..., Any]:
    """A function that makes a client of either colour for the shared server."""

    def made(token: Any = None, **options: Any) -> Any:
        address, model = options.pop("base_url", server.url), options.pop("default_model_id", "echo")
        if request.param == "sync":
            return Glasses(OpenWebUIClient(address, token or server.token, model, **options))
        return AsyncOpenWebUIClient(address, token or server.token, model, **options)

    return made


@pytest.fixture(params=["key", "session"])
async def client(request: pytest.FixtureRequest, make: Callable[..., Any], server: LocalServer) -> AsyncGenerator[Any]:
    """A client of either colour, with an API key (polling) or a session's token (live events)."""
    async with make(server.token if request.param == "key" else server.jwt) as opened:
        yield opened


@pytest.fixture
async def keyed(make: Callable[..., Any]) -> AsyncGenerator[Any]:
    """A client of either colour with an API key, for what does not depend on the kind of credential."""
    async with make() as opened:
        yield opened
