import io

import pytest

from openwebui_chat_client import errors
from openwebui_chat_client.cli._errors import explain
from openwebui_chat_client.local import LocalServerError, PortTakenError

CASES = [  # error, exit code, a word of the hint
    (errors.NotFoundError("GET /api/v1/chats/x: 404"), 3, ""),
    (errors.NotFoundError("GET /api/version: 404 Not Found"), 1, "not Open WebUI"),
    (errors.NameNotFoundError("no folder 'x'"), 3, ""),
    (errors.AuthenticationError("GET /api/models: 401"), 4, "OPEN_WEBUI_API_KEY"),
    (errors.PermissionDeniedError("GET /api/models: 403"), 4, ""),
    (errors.RateLimitError("GET /api/models: 429"), 1, "Wait"),
    (errors.APIConnectionError("could not connect"), 1, "--url"),
    (errors.APITimeoutError("no answer"), 1, "--url"),
    (errors.APIResponseError("text/html came instead of JSON"), 1, ""),
    (errors.ServerError("GET /api/models: 500"), 1, ""),
    (errors.TurnError("the model failed"), 1, ""),
    (errors.UnsupportedError("needs 0.9.0"), 1, ""),
    (errors.ConfigError("no address"), 1, ""),
    (LocalServerError("another runs: stop it first"), 1, "owui local down"),
    (PortTakenError("port 80 cannot be used"), 1, ""),
    (ValueError("'abc' is not a version"), 2, ""),
    (PermissionError(13, "Permission denied", "/x"), 1, ""),
    (io.UnsupportedOperation("not readable"), 2, ""),
    (RuntimeError("suspended"), 1, "fault of owui"),
]


@pytest.mark.parametrize(("error", "code", "hint"), CASES)
def test_an_error_is_its_own_words_a_hint_and_an_exit_code(error, code, hint):
    meaning = explain(error)
    assert str(error) in meaning.text
    assert hint in meaning.hint
    assert bool(hint) is bool(meaning.hint)
    assert meaning.code == code


def test_a_fault_of_our_own_names_its_type():
    assert explain(KeyError("chat")).text == "KeyError: 'chat'"


def test_an_error_without_words_still_says_something():
    assert explain(ValueError()).text == "ValueError: "
