import pickle

import httpx2
import pytest

from openwebui_chat_client import errors
from openwebui_chat_client.errors import from_response

NOT_FOUND = "We could not find what you're looking for :/"
NO_RIGHT = "You do not have permission to access this resource. Please contact your administrator for assistance."
CASES = [  # status, the server's word, the error, part of the hint
    (401, NOT_FOUND, errors.NotFoundError, ""),
    (400, NOT_FOUND, errors.NotFoundError, ""),
    (404, NOT_FOUND, errors.NotFoundError, ""),
    (400, "Model not found", errors.NotFoundError, "models.list()"),
    (400, "The email or password provided is incorrect. Please check.", errors.AuthenticationError, ""),
    (401, "Uh-oh! This model id is already registered.", errors.ConflictError, ""),
    (400, "Uh-oh! This email is already registered.", errors.ConflictError, ""),
    (400, "Folder already exists", errors.ConflictError, ""),
    (401, NO_RIGHT, errors.PermissionDeniedError, ""),
    (401, "The requested action has been restricted as a security measure.", errors.PermissionDeniedError, ""),
    (500, "Could not verify primary admin status.", errors.PermissionDeniedError, "restricted as a security measure"),
    (403, "Use of API key is not enabled in the environment.", errors.PermissionDeniedError, "switched off"),
    (403, "API key creation is not allowed in the environment.", errors.PermissionDeniedError, "Users › Groups"),
    (403, "API key not allowed to access this endpoint.", errors.PermissionDeniedError, "restricted"),
    (403, "A human session is required.", errors.PermissionDeniedError, "Sign in"),
    (401, "Not authenticated", errors.AuthenticationError, "No token"),
    (400, NO_RIGHT, errors.PermissionDeniedError, ""),
    (401, "401 Unauthorized", errors.PermissionDeniedError, "lacks a permission"),
    (401, "Invalid or already used code.", errors.AuthenticationError, ""),
    (401, "Your session has expired or the token is invalid.", errors.AuthenticationError, "expired"),
    (400, "something else", errors.BadRequestError, ""),
    (403, "something else", errors.PermissionDeniedError, ""),
    (404, "something else", errors.NotFoundError, ""),
    (409, "Parent message no longer exists.", errors.ConflictError, ""),
    (413, "too large", errors.PayloadTooLargeError, ""),
    (422, "bad", errors.UnprocessableError, ""),
    (429, "slow down", errors.RateLimitError, ""),
    (500, "Internal Server Error", errors.ServerError, ""),
    (503, "busy", errors.ServerError, ""),
    (418, "teapot", errors.APIStatusError, ""),
]


def answer(status, **parts):
    request = httpx2.Request("POST", "http://server/api/v1/things", headers={"Authorization": "Bearer sk-secret"})
    return httpx2.Response(status, request=request, **parts)


@pytest.mark.parametrize(("status", "detail", "kind", "hint"), CASES)
def test_an_answer_means_one_error_by_its_status_and_text(status, detail, kind, hint):
    error = from_response(answer(status, json={"detail": detail}))
    assert type(error) is kind
    assert (error.status_code, error.detail, error.method, error.path) == (status, detail, "POST", "/api/v1/things")
    assert f"POST /api/v1/things: {status} {detail.rstrip('.')}" in str(error)
    assert hint in str(error)


def test_a_session_that_is_refused_so_has_expired_where_a_key_lacks_a_right():
    request = httpx2.Request("GET", "http://server/", headers={"Authorization": "Bearer a.b.c"})
    error = from_response(httpx2.Response(401, request=request, json={"detail": "401 Unauthorized"}))
    assert type(error) is errors.AuthenticationError
    assert "expired, or its account lacks a permission" in str(error)


def test_every_row_of_the_table_has_a_case():
    reached = {
        next(row for row in errors.TABLE if row.fits(status, detail, credential))
        for status, detail, _, _ in CASES
        for credential in ("Bearer sk-secret", "Bearer a.b.c")
        if status != 418
    }
    assert reached == set(errors.TABLE)


@pytest.mark.parametrize("status", [200, 204, 301])
def test_success_is_no_error(status):
    assert from_response(answer(status)) is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"detail": [{"loc": ["body", "name"], "msg": "Field required"}]}, "body.name: Field required"),
        ({"error": {"message": "quota", "type": "x"}}, "quota"),
        ({"detail": {"content": "text"}}, "text"),
        ({"error": "plain"}, "plain"),
        ([], ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_the_servers_word_is_found_in_any_shape(body, words):
    assert from_response(answer(400, json=body)).detail == words


def test_a_web_page_instead_of_an_error_is_named_not_quoted():
    error = from_response(answer(502, html="<html><body>Bad gateway</body></html>"))
    assert "web page" in error.detail
    assert "<" not in str(error)


def test_a_long_text_is_cut_and_set_in_one_line():
    error = from_response(answer(500, text="line\n" * 1000))
    assert len(error.detail) == errors.LONGEST_DETAIL + 1
    assert "\n" not in str(error)


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("0.5", 0.5), ("-3", 0.0), ("Sunday", None), (None, None)])
def test_retry_after_is_given_in_seconds(header, seconds):
    headers = {"retry-after": header} if header else {}
    assert from_response(answer(429, headers=headers)).retry_after == seconds


def test_what_was_asked_for_is_in_the_text():
    assert "(model 'nope'): 400 Model not found." in str(
        from_response(answer(400, json={"detail": "Model not found"}), "model 'nope'")
    )


def test_an_error_does_not_show_the_token():
    assert "sk-secret" not in str(vars(from_response(answer(401, json={"detail": "401 Unauthorized"}))))


@pytest.mark.parametrize(
    "error",
    [
        errors.TurnError("why", partial="half", chat_id="c", message_id="m"),
        errors.NotFoundError("why", status_code=404, detail="d", method="GET", path="/"),
        errors.UnsupportedError("why", needs="0.9.0", has="0.8.12"),
        errors.AmbiguousNameError("why", kind="folder", name="x", matches=[{"id": "1"}]),
        errors.APITimeoutError("why", arrived=True),
        errors.SecondFactorError("why", next_step="verify", challenge_token="t", expires_in=60),
    ],
)
def test_errors_survive_pickling(error):
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


def test_every_error_is_an_openwebui_error():
    tree = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert len(tree) > 15
    assert all(issubclass(kind, errors.OpenWebUIError) for kind in tree)
