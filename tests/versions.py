"""The versions of the server that the live tests run on, and what they say of each."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from openwebui_chat_client._server import Feature, parse
from openwebui_chat_client.local.server import DEFAULT_VERSION

NEWEST = DEFAULT_VERSION
OLDEST = "0.6.43"
SUPPORTED = ("0.6.43", "0.8.12", "0.9.6", "0.10.2", "0.11.4", "0.12.4")
"""One of each era; the matrix has a column for each."""
MARKERS = (
    "newest(reason): what it shows does not depend on the server's version; it runs on the newest one only.",
    "needs(feature): on a server without this feature, the client must refuse it with an UnsupportedError.",
)


def wanted() -> list[str]:
    """The versions to run on: those in OWUI_TEST_VERSIONS, with commas in between, or the newest one."""
    return os.environ.get("OWUI_TEST_VERSIONS", NEWEST).replace(",", " ").split()


def version_of(item: pytest.Item) -> str | None:
    """The server's version that a test runs on; None when it uses no shared server."""
    callspec = getattr(item, "callspec", None)
    return callspec.params.get("server") if callspec else None


def lacking(item: pytest.Item) -> Feature | None:
    """The feature that a test needs and that its server has not."""
    version = version_of(item)
    return next((feature for feature in needs(item) if version and not feature.is_in(parse(version))), None)


def runs(item: pytest.Item) -> bool:
    """Whether the test is one to run on its version; one that uses no shared server runs beside the newest.

    On all but the newest, each kind of credential is tried with one colour: both colours have one source.
    """
    version = version_of(item)
    if version in {None, NEWEST}:
        return NEWEST in wanted()
    if item.get_closest_marker("newest"):
        return False
    params = item.callspec.params  # type: ignore[attr-defined]  # a test with a version is a parametrised one
    colour, credential = params.get("make"), params.get("client")
    return colour is None or (colour == "async") == (credential == "session")


def needs(item: pytest.Item) -> Iterator[Feature]:
    """The features that a test says it needs."""
    for marker in item.iter_markers("needs"):
        yield from marker.args
