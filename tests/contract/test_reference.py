import importlib.util
from pathlib import Path

import pytest

from openwebui_chat_client import OpenWebUIClient, _server
from openwebui_chat_client._server import Feature

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location("make_reference", ROOT / "docs" / "make_reference.py")
maker = importlib.util.module_from_spec(spec)
spec.loader.exec_module(maker)
WITHOUT_ROUTES = {
    ("prompts", "fill"),
    ("prompts", "variables"),
    ("server", "has"),
    ("server", "require"),
    ("server", "version"),
}


def every_method():
    with OpenWebUIClient("http://localhost", "sk-none") as client:
        for name, part in maker.namespaces(client):
            for method_name, method in maker.methods(part):
                area = getattr(part, "_area", "")
                yield name, method_name, [route.replace("{area}", area) for route in maker.routes(method)]


METHODS = list(every_method())
with OpenWebUIClient("http://localhost", "sk-none") as client:
    METHODS_BY_NAME = [
        (f"{name}.{one}", method) for name, part in maker.namespaces(client) for one, method in maker.methods(part)
    ]


def test_the_reference_says_what_the_code_says():
    written = maker.TARGET.read_text(encoding="utf-8")
    assert written == maker.reference(), "run: make reference"


@pytest.mark.parametrize(("namespace", "method", "routes"), METHODS, ids=[f"{one[0]}.{one[1]}" for one in METHODS])
def test_every_method_names_its_routes_and_a_server_has_them(namespace, method, routes):
    if (namespace, method) in WITHOUT_ROUTES:
        return
    assert routes, f"client.{namespace}.{method} names no route in its docstring"
    known = maker.known_routes()
    assert [route for route in routes if maker.plain(route) not in known] == []


@pytest.mark.parametrize("method", [one[1] for one in METHODS_BY_NAME], ids=[one[0] for one in METHODS_BY_NAME])
def test_the_first_server_of_a_method_is_that_of_something_it_needs(method):
    known = {
        ".".join(map(str, feature.since[:2])) for feature in vars(_server).values() if isinstance(feature, Feature)
    }
    assert maker.first_server(method) in known | {maker.OLDEST}
