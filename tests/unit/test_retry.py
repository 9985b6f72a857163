import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from openwebui_chat_client._retry import Retry

CASES = [  # outcome, repeatable, is it tried again?
    (httpx2.ConnectError("refused"), False, True),
    (httpx2.ConnectTimeout("slow"), False, True),
    (httpx2.PoolTimeout("busy"), False, True),
    (httpx2.ReadTimeout("slow"), False, False),
    (httpx2.ReadTimeout("slow"), True, True),
    (httpx2.RemoteProtocolError("dropped"), False, False),
    (httpx2.RemoteProtocolError("dropped"), True, True),
    (httpx2.Response(429, headers={"retry-after": "3"}), False, True),
    (httpx2.Response(503, headers={"retry-after": "0"}), False, True),
    (httpx2.Response(429, headers={"retry-after": "3600"}), False, False),
    (httpx2.Response(429), True, False),
    (httpx2.Response(503), True, False),
    (httpx2.Response(502), False, False),
    (httpx2.Response(502), True, True),
    (httpx2.Response(504), True, True),
    (httpx2.Response(500), True, False),
    (httpx2.Response(401), True, False),
]


@pytest.mark.parametrize(("outcome", "repeatable", "again"), CASES)
def test_a_request_is_repeated_only_when_that_is_safe(outcome, repeatable, again):
    assert (Retry().delay(0, outcome, repeatable=repeatable) is not None) is again


def test_the_number_of_repetitions_holds_also_for_servers_that_ask_to_wait():
    asked = httpx2.Response(429, headers={"retry-after": "1"})
    assert [Retry(max_retries=2).delay(attempt, asked, repeatable=True) for attempt in range(3)] == [1.0, 1.0, None]


@given(st.integers(0, 40))
def test_waiting_grows_but_not_beyond_its_limit(attempt):
    delay = Retry(max_retries=100).delay(attempt, httpx2.ConnectError("refused"), repeatable=False)
    assert delay is not None
    assert 0.75 * min(4.0, 0.25 * 2**attempt) <= delay <= 4.0
