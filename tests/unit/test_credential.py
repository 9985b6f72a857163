import base64
import copy
import json
import math

import pytest

from openwebui_chat_client._credential import renewal, rest, second_factor
from openwebui_chat_client.errors import (
    APIConnectionError,
    AuthenticationError,
    RateLimitError,
    SecondFactorError,
    ServerError,
)

NOW = 1_000_000
HOUR = 3600


def jwt(**claims):
    middle = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"head.{middle}.signature"


SESSIONS = [  # a sign-in's answer, seconds from now until the next one
    ({"token": "opaque", "expires_at": NOW + HOUR}, HOUR - 60),
    ({"token": jwt(exp=NOW + HOUR, iat=NOW)}, HOUR - 60),
    ({"token": jwt(exp=NOW + HOUR), "expires_at": None}, HOUR - 60),
    ({"token": jwt(exp=NOW - HOUR, iat=NOW - 3 * HOUR), "expires_at": NOW - HOUR}, 2 * HOUR - 60),
    ({"token": jwt(exp=NOW + 9 * HOUR, iat=NOW + 8 * HOUR), "expires_at": NOW + 9 * HOUR}, HOUR - 60),
    ({"token": jwt(exp=NOW + 62, iat=NOW), "expires_at": NOW + 62}, 31),
    ({"token": "opaque", "expires_at": NOW}, 0),
    ({"token": "opaque", "expires_at": NOW - 10}, -5),
    ({"token": jwt(id="u1"), "expires_at": None}, math.inf),
    ({"token": "opaque", "expires_at": None}, math.inf),
    ({"token": "opaque"}, math.inf),
    ({"token": "a.b.c"}, math.inf),
    ({"token": "a.!.c"}, math.inf),
    ({"token": "a.W10.c"}, math.inf),
    ({"token": jwt(exp="soon", iat="then")}, math.inf),
]


@pytest.mark.parametrize(("answer", "seconds"), SESSIONS)
def test_a_session_is_renewed_a_minute_before_it_ends_by_our_clock_or_half_way(answer, seconds):
    assert renewal(answer, NOW) == NOW + seconds


FAILURES = [  # why signing in failed, seconds for which it is not tried again
    (AuthenticationError("wrong"), math.inf),
    (SecondFactorError("code", next_step="verify", expires_in=300), 300),
    (SecondFactorError("let in", next_step="pending"), math.inf),
    (RateLimitError("many"), 60),
    (APIConnectionError("gone"), 0),
    (ServerError("broken"), 0),
]


@pytest.mark.parametrize(("error", "seconds"), FAILURES)
def test_what_cannot_change_by_itself_is_not_tried_again(error, seconds):
    assert rest(error) == seconds


def test_a_server_that_says_how_long_too_many_tries_last_is_believed():
    error = RateLimitError("many")
    error.retry_after = 7
    assert rest(error) == 7


def test_an_error_that_is_raised_again_says_the_same():
    error = second_factor({"next_step": "verify", "challenge_token": "c1", "expires_in": 300})
    again = copy.copy(error)
    assert type(again) is SecondFactorError
    assert (str(again), vars(again)) == (str(error), vars(error))
    assert again.__traceback__ is None
