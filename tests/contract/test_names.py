import inspect

import pytest

import openwebui_chat_client
from openwebui_chat_client import AsyncOpenWebUIClient, OpenWebUIClient

NEEDED = ["question", "chat_title"]
ASKING = (*NEEDED, "model_id", "folder_name")
FLAT = {  # name: its positional parameters in the original's order, as far as they exist today
    "chat": ASKING,
    "stream_chat": ASKING,
}


@pytest.fixture(params=[OpenWebUIClient, AsyncOpenWebUIClient])
def client(request):
    """A client of either colour; nothing is sent."""
    return request.param("http://server.test", "sk-x", "m")


def parameters(called) -> list[inspect.Parameter]:
    return list(inspect.signature(called).parameters.values())


def public(client) -> dict[str, str | None]:
    """Each public name, with the signature of what is called."""
    members = {name: getattr(client, name) for name in dir(client) if not name.startswith("_")}
    return {name: str(inspect.signature(member)) if callable(member) else None for name, member in members.items()}


@pytest.mark.parametrize("name", FLAT)
def test_a_flat_name_has_the_originals_parameters_in_its_order(client, name):
    found = parameters(getattr(client, name))
    assert tuple(parameter.name for parameter in found) == FLAT[name]
    assert {parameter.kind for parameter in found} == {inspect.Parameter.POSITIONAL_OR_KEYWORD}
    assert [parameter.name for parameter in found if parameter.default is inspect.Parameter.empty] == NEEDED
    assert {parameter.default for parameter in found[len(NEEDED) :]} == {None}


def test_a_client_is_made_with_the_originals_three_arguments_in_its_order(client):
    named = [found.name for found in parameters(type(client)) if found.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    assert named == ["base_url", "token", "default_model_id"]
    type(client)("http://server.test", "sk-x", "m", skip_model_refresh=True)


def test_both_clients_have_the_same_public_names_with_the_same_signatures():
    blocking, awaited = (public(kind("http://server.test", "sk-x")) for kind in (OpenWebUIClient, AsyncOpenWebUIClient))
    assert blocking == awaited
    assert FLAT.keys() <= blocking.keys()


def test_every_public_name_is_there_and_listed_once():
    names = openwebui_chat_client.__all__
    assert len(set(names)) == len(names)
    assert [name for name in names if not hasattr(openwebui_chat_client, name)] == []
