import pytest

from openwebui_chat_client._server import Version
from openwebui_chat_client.cli._checks import admitted, allowed, counted, judged
from openwebui_chat_client.resources.auths import Account

VERSIONS = [
    (Version(0, 6, 43), "fail"),
    (Version(0, 12, 4), "ok"),
    (Version(0, 12, 9), "ok"),
    (Version(1, 0, 0), "warn"),
]
ROLES = [("admin", "ok"), ("user", "ok"), ("pending", "fail"), ("", "fail")]
NO_RIGHT = {"permissions": {"features": {"api_keys": False}}}
KEYS = [  # features, account, state
    ({"enable_api_keys": True}, {"role": "admin", **NO_RIGHT}, "ok"),
    ({"enable_api_keys": True}, {"role": "user"}, "ok"),
    ({"enable_api_keys": True}, {"role": "user", **NO_RIGHT}, "warn"),
    ({"enable_api_keys": False}, {"role": "admin"}, "warn"),
    ({"enable_api_key": False}, {"role": "admin"}, "warn"),
]
MODELS = [  # names, default, state
    (["a"], None, "ok"),
    (["a"], "a", "ok"),
    (["a"], "b", "warn"),
    ([], None, "fail"),
]


@pytest.mark.parametrize(("version", "state"), VERSIONS)
def test_a_version_is_judged_by_what_this_client_knows(version, state):
    found = judged(version)
    assert found.state == state
    assert str(version) in found.text
    assert bool(found.hint) is (state != "ok")


@pytest.mark.parametrize(("role", "state"), ROLES)
def test_an_account_that_waits_for_an_administrator_cannot_chat(role, state):
    found = admitted(Account(id="1", name="Ada", email="ada@example.org", role=role))
    assert found.state == state
    assert "ada@example.org" in found.text


@pytest.mark.parametrize(("features", "account", "state"), KEYS)
def test_api_keys_need_the_switch_and_the_right(features, account, state):
    found = allowed(features, Account(id="1", **account))
    assert found is not None
    assert found.state == state


def test_nothing_is_said_of_api_keys_where_the_server_says_nothing():
    assert allowed({}, Account(id="1", role="admin")) is None


@pytest.mark.parametrize(("names", "default", "state"), MODELS)
def test_there_must_be_a_model_to_ask(names, default, state):
    assert counted(names, default).state == state
