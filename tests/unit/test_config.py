import pickle

import pytest

from openwebui_chat_client import ANONYMOUS, ConfigError
from openwebui_chat_client._config import normalise, resolve, timeouts

NAMES = ("OPEN_WEBUI_URL", "OPEN_WEBUI_API_KEY", "OUI_BASE_URL", "OUI_AUTH_TOKEN", "OUI_DEFAULT_MODEL")


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://localhost:3000/", "http://localhost:3000"),
        ("http://localhost:3000/api", "http://localhost:3000"),
        ("http://localhost:3000/api/v1/", "http://localhost:3000"),
        ("http://localhost:3000/openai", "http://localhost:3000"),
        ("http://localhost:3000/openai/v1", "http://localhost:3000"),
        ("http://localhost:3000/v1", "http://localhost:3000"),
        ("https://chat.example.org/webui/api/v1", "https://chat.example.org/webui"),
        ("https://chat.example.org/?x=1#y", "https://chat.example.org"),
        (" https://chat.example.org ", "https://chat.example.org"),
        ("localhost:3000", "http://localhost:3000"),
        ("127.0.0.1:8080/api", "http://127.0.0.1:8080"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("chat.example.org", "https://chat.example.org"),
    ],
)
def test_an_address_is_reduced_to_the_servers_own(given, address):
    assert normalise(given) == address


@pytest.mark.parametrize(
    "given", ["ftp://host", "http://", "http://user:pass@host", "http://host:port", "://", "file:///etc"]
)
def test_what_is_no_address_is_refused(given):
    with pytest.raises(ConfigError, match="address"):
        normalise(given)


def test_a_password_in_an_address_is_not_repeated():
    with pytest.raises(ConfigError) as caught:
        normalise("http://user:secret@host")
    assert "secret" not in str(caught.value)


def test_the_argument_comes_before_the_environment_and_the_official_name_before_the_old_one(monkeypatch):
    monkeypatch.setenv("OUI_BASE_URL", "http://old")
    monkeypatch.setenv("OUI_AUTH_TOKEN", "sk-old")
    monkeypatch.setenv("OUI_DEFAULT_MODEL", "from-environment")
    assert (resolve(None, None, None).base_url, resolve(None, None, None).token) == ("http://old", "sk-old")
    monkeypatch.setenv("OPEN_WEBUI_URL", "http://new")
    monkeypatch.setenv("OPEN_WEBUI_API_KEY", "sk-new")
    config = resolve(None, None, None)
    assert (config.base_url, config.token, config.default_model_id) == ("http://new", "sk-new", "from-environment")
    config = resolve("http://given", "sk-given", "given")
    assert (config.base_url, config.token, config.default_model_id) == ("http://given", "sk-given", "given")


def test_no_address_and_no_token_say_what_to_set():
    with pytest.raises(ConfigError, match="OPEN_WEBUI_URL or OUI_BASE_URL"):
        resolve(None, "sk-x", None)
    with pytest.raises(ConfigError, match="OPEN_WEBUI_API_KEY or OUI_AUTH_TOKEN"):
        resolve("http://host", "", None)


def test_no_token_is_possible_only_on_purpose():
    assert resolve("http://host", ANONYMOUS, None).token is None


@pytest.mark.parametrize("token", ["sk-a b", "sk-a\nb", "sk-ä", "sk-\x00"])
def test_a_token_that_no_header_can_carry_is_refused_without_repeating_it(token):
    with pytest.raises(ConfigError) as caught:
        resolve("http://host", token, None)
    assert token not in str(caught.value)


def test_spaces_around_a_token_are_cut():
    assert resolve("http://host", " sk-x\n", None).token == "sk-x"


@pytest.mark.parametrize(("token", "is_key", "is_session"), [("sk-x", True, False), ("a.b.c", False, True)])
def test_the_kind_of_credential_is_known_from_its_form(token, is_key, is_session):
    config = resolve("http://host", token, None)
    assert (config.is_api_key, config.is_session) == (is_key, is_session)


def test_the_repr_hides_the_token_and_the_headers():
    shown = repr(resolve("http://host", "sk-secret", None, headers={"X-Token": "hidden"}))
    assert "secret" not in shown
    assert "hidden" not in shown


@pytest.mark.parametrize(("address", "trusted"), [("http://127.0.0.1:3000", False), ("https://host", True)])
def test_a_proxy_of_the_environment_never_stands_before_this_machine(address, trusted):
    assert resolve(address, "sk-x", None).connection["trust_env"] is trusted


def test_an_unknown_option_is_a_type_error():
    with pytest.raises(TypeError, match="no such option: colour"):
        resolve("http://host", "sk-x", None, colour="red")


@pytest.mark.parametrize(("given", "read", "connect"), [(30, 30, 5.0), (2, 2, 2), (None, None, 5.0)])
def test_a_time_limit_holds_for_reading_and_at_most_five_seconds_for_connecting(given, read, connect):
    limits = timeouts(given)
    assert (limits.read, limits.connect) == (read, connect)


def test_an_address_and_a_password_stand_for_a_token_and_come_before_one_of_the_environment(monkeypatch):
    monkeypatch.setenv("OPEN_WEBUI_API_KEY", "sk-environment")
    config = resolve("http://host", None, None, email=" ann@x.org ", password=" secret ")
    assert (config.token, config.login.email, config.login.password) == (None, "ann@x.org", " secret ")
    assert (config.is_api_key, config.is_session) == (False, True)


@pytest.mark.parametrize("token", ["sk-x", "a.b.c", ANONYMOUS])
def test_a_token_and_a_password_are_one_too_many(token):
    with pytest.raises(ConfigError, match="one of the two"):
        resolve("http://host", token, None, email="ann@x.org", password="secret")


@pytest.mark.parametrize(
    "half",
    [
        {"email": "ann@x.org"},
        {"password": "secret"},
        {"email": "ann@x.org", "password": ""},
        {"email": " ", "password": "secret"},
    ],
)
def test_half_of_what_signing_in_needs_is_refused_without_repeating_it(half):
    with pytest.raises(ConfigError, match="both are needed") as caught:
        resolve("http://host", None, None, **half)
    assert "secret" not in str(caught.value)


def test_a_password_is_neither_shown_nor_pickled():
    config = resolve("http://host", None, None, email="ann@x.org", password="secret")
    assert "ann@x.org" in repr(config)
    assert "secret" not in repr(config)
    with pytest.raises(TypeError, match="password is not pickled"):
        pickle.dumps(config.login)
