"""The server that the live tests share, and both clients in front of it, with each kind of credential."""

from __future__ import annotations

import re
import uuid
from collections.abc import AsyncGenerator, Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

import versions
from glasses import Glasses
from matrix import Matrix, mark
from openwebui_chat_client import AsyncOpenWebUIClient, OpenWebUIClient, UnsupportedError
from openwebui_chat_client.local import LocalServer


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--matrix", type=Path, help="write down in this directory what each server showed")


def pytest_configure(config: pytest.Config) -> None:
    """Name the marks that the tests of several versions carry."""
    for marker in versions.MARKERS:
        config.addinivalue_line("markers", marker)
    path = config.getoption("matrix")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Matrix(path))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let each report say what it shows of its version."""
    report = yield
    mark(item, report)
    return report


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what need not run on an older version."""
    left_out = [item for item in items if not versions.runs(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if versions.runs(item)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Where the server has not what the test needs, the client must say so, and with these words."""
    feature = versions.lacking(item)
    if feature is None:
        return (yield)
    with pytest.raises(UnsupportedError, match=re.escape(feature.name)) as refusal:
        yield
    assert refusal.value.needs == str(feature.since)
    return None


@pytest.fixture(scope="session", params=versions.wanted())
def server(request: pytest.FixtureRequest) -> Iterator[LocalServer]:
    """A real Open WebUI with the scripted model, for all tests of its version."""
    with LocalServer(version=request.param, model="scripted") as running:
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
        credential = None if "email" in options else token or server.token
        if request.param == "sync":
            return Glasses(OpenWebUIClient(address, credential, model, **options))
        return AsyncOpenWebUIClient(address, credential, model, **options)

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
