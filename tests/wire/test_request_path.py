import json
import logging

import httpx2
import pytest

from openwebui_chat_client import (
    ANONYMOUS,
    APIConnectionError,
    APIResponseError,
    APITimeoutError,
    ConfigError,
    NotFoundError,
    OpenWebUIClient,
    RateLimitError,
    ServerError,
)

JSON = {"content-type": "application/json"}
REFUSED = httpx2.ConnectError("Connection refused")


async def test_a_request_carries_the_token_the_headers_and_nothing_else_of_ours(make, wire):
    wire.answers = [[]]
    async with make(headers={"X-Team": "blue"}) as client:
        assert await client.chats.list(page=2) == []
    sent = wire.requests[0]
    assert str(sent.url) == "http://server.test/api/v1/chats/?page=2"
    assert (sent.headers["authorization"], sent.headers["x-team"]) == ("Bearer sk-secret", "blue")


async def test_anonymous_sends_no_authorization(make, wire):
    wire.answers = [{"version": "0.12.4"}]
    async with make(ANONYMOUS) as client:
        await client.server.info()
    assert "authorization" not in wire.requests[0].headers


async def test_a_sub_path_of_the_address_stays(make, wire):
    wire.answers = [[]]
    async with make(base_url="https://host.test/webui/api/v1") as client:
        await client.folders.list()
    assert str(wire.requests[0].url) == "https://host.test/webui/api/v1/folders/"


async def test_the_escape_hatch_is_the_same_path(make, wire):
    wire.answers = [{"any": "json"}, httpx2.Response(404, json={"detail": "Not Found"})]
    async with make() as client:
        assert await client.request("POST", "/api/v1/x", params={"a": 1, "b": None}, json={"c": 2}) == {"any": "json"}
        with pytest.raises(NotFoundError):
            await client.request("GET", "/api/v1/x")
    assert (wire.requests[0].url.query, json.loads(wire.requests[0].content)) == (b"a=1", {"c": 2})


async def test_a_get_is_tried_again_after_a_dropped_connection(make, wire):
    wire.answers = [httpx2.RemoteProtocolError("dropped"), httpx2.Response(502), []]
    async with make(max_retries=2) as client:
        assert await client.folders.list() == []
    assert len(wire.requests) == 3


async def test_a_post_that_may_have_arrived_is_never_sent_twice(make, wire):
    wire.answers = [httpx2.ReadTimeout("slow"), {"id": "f", "name": "n"}]
    async with make(max_retries=2) as client:
        with pytest.raises(APITimeoutError) as caught:
            await client.folders.create("n")
    assert caught.value.arrived
    assert len(wire.requests) == 1


async def test_a_post_that_never_arrived_is_tried_again(make, wire):
    wire.answers = [REFUSED, {"id": "f", "name": "n"}]
    async with make(max_retries=2) as client:
        assert (await client.folders.create("n")).id == "f"


async def test_a_server_that_asks_to_wait_is_waited_for(make, wire):
    wire.answers = [httpx2.Response(429, headers={"retry-after": "0"}), {"id": "f", "name": "n"}]
    async with make(max_retries=1) as client:
        assert (await client.folders.create("n")).id == "f"


async def test_a_limit_that_stays_says_how_long(make, wire):
    wire.answers = [httpx2.Response(429, headers={"retry-after": "90"}, json={"detail": "slow down"})]
    async with make(max_retries=1) as client:
        with pytest.raises(RateLimitError) as caught:
            await client.folders.list()
    assert caught.value.retry_after == 90


async def test_other_options_hold_for_a_copy_only(make, wire):
    wire.on("GET", "/api/v1/folders/", httpx2.RemoteProtocolError("dropped"))
    async with make(max_retries=1) as client:
        copy = client.with_options(timeout=7, max_retries=0)
        with pytest.raises(APIConnectionError):
            await copy.folders.list()
        assert len(wire.requests) == 1
        with pytest.raises(APIConnectionError):
            await client.folders.list()
        assert len(wire.requests) == 3
    limits = [request.extensions["timeout"]["read"] for request in wire.requests]
    assert limits == [7, 60, 60]


async def test_a_server_that_is_not_there_is_said_to_be_so(make, wire):
    wire.answers = [REFUSED]
    async with make() as client:
        with pytest.raises(APIConnectionError, match=r"could not connect.*is the server running") as caught:
            await client.folders.list()
    assert not caught.value.arrived
    assert "http://server.test" in str(caught.value)


async def test_an_internal_error_is_a_server_error(make, wire):
    wire.answers = [httpx2.Response(500, text="Internal Server Error")]
    async with make() as client:
        with pytest.raises(ServerError, match="500 Internal Server Error"):
            await client.folders.list()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"status_code": 200, "html": "<html>the web page</html>"}, "instead of JSON"),
        ({"status_code": 200, "text": ""}, "instead of JSON"),
        ({"status_code": 200, "content": b"null", "headers": JSON}, "expected list, got NoneType"),
        ({"status_code": 200, "json": {"detail": "x"}}, "expected list, got dict"),
        ({"status_code": 200, "content": b"{", "headers": JSON}, "cannot be read"),
        ({"status_code": 301, "headers": {"location": "https://other.test/api"}}, r"https://other\.test"),
    ],
)
async def test_an_answer_that_cannot_be_read_names_its_likely_cause(make, wire, answer, words):
    wire.answers = [httpx2.Response(**answer)]
    async with make() as client:
        with pytest.raises(APIResponseError, match=words):
            await client.folders.list()


async def test_a_log_line_has_method_path_status_and_time_and_no_secret(make, wire, caplog):
    wire.answers = [{"id": "c", "title": "t", "chat": {}}, httpx2.Response(401, json={"detail": "401 Unauthorized"})]
    async with make() as client:
        with caplog.at_level(logging.DEBUG):
            await client.chats.create({"title": "private title"})
            with pytest.raises(Exception, match="401") as caught:
                await client.chats.list()
    ours = [record.getMessage() for record in caplog.records if record.name == "openwebui_chat_client"]
    assert ours[0].startswith("POST /api/v1/chats/new 200 ")
    assert ours[1].startswith("GET /api/v1/chats/ 401 ")
    shown = "\n".join([caplog.text, str(caught.value), repr(client)])
    assert "sk-secret" not in shown
    assert "private title" not in shown


@pytest.mark.parametrize("empty", ["", " ", ".", "..", None, "a/b", "../x", "delete/user", "a\\b"])
async def test_an_id_that_would_mean_something_else_is_refused_before_any_request(make, wire, empty):
    async with make() as client:
        for call in (client.chats.get, client.chats.delete, client.tasks.running, client.tasks.stop):
            with pytest.raises(ValueError, match="an id is needed"):
                await call(empty)
    assert wire.requests == []


async def test_an_id_is_quoted_in_the_path(make, wire):
    refusal = httpx2.Response(401, json={"detail": "We could not find what you're looking for :/"})
    wire.answers = [refusal, {"version": "0.12.4"}]
    async with make() as client:
        with pytest.raises(NotFoundError):
            await client.chats.get("a b?x=1#y%2F")
    assert wire.requests[0].url.raw_path == b"/api/v1/chats/a%20b%3Fx%3D1%23y%252F"


def test_making_a_client_sends_nothing_and_closing_twice_is_harmless(wire):
    client = OpenWebUIClient("http://server.test", "sk-x", transport=httpx2.MockTransport(wire))
    client.close()
    client.close()
    assert wire.requests == []


@pytest.mark.parametrize("name", ["model_id", "chat_id", "session", "available_model_ids", "task_model"])
def test_an_attribute_of_the_original_names_its_replacement(wire, name):
    with (
        OpenWebUIClient("http://server.test", "sk-x", transport=httpx2.MockTransport(wire)) as client,
        pytest.raises(AttributeError, match=f"{name}'; instead: "),
    ):
        getattr(client, name)


async def test_a_bug_in_the_transport_is_not_taken_for_the_network(make, wire):
    wire.answers = [KeyError("ours")]
    async with make() as client:
        with pytest.raises(KeyError):
            await client.folders.list()


@pytest.mark.parametrize("path", [".evil.test/api", "api/v1/notes/", "@evil.test/", ""])
async def test_a_path_that_would_lead_to_another_host_is_refused_before_any_request(make, wire, path):
    async with make() as client:
        with pytest.raises(ValueError, match="begins with a slash"):
            await client.request("GET", path)
    assert wire.requests == []


async def test_an_answer_that_cannot_be_unpacked_is_an_error_of_ours(make, wire):
    wire.on(
        "GET", "/api/v1/folders/", lambda _: httpx2.Response(200, stream=Broken(), headers={"content-encoding": "gzip"})
    )
    async with make() as client:
        with pytest.raises(APIResponseError, match="cannot be unpacked"):
            await client.folders.list()


class Broken(httpx2.ByteStream):
    """A body that is not what its header says."""

    def __init__(self):
        super().__init__(b"this is not gzip")


async def test_a_closed_client_says_that_it_is_closed(make):
    client = make()
    await client.close()
    with pytest.raises(ConfigError, match="this client is closed"):
        await client.folders.list()


async def test_a_copy_keeps_what_is_not_changed(make, wire):
    wire.on("GET", "/api/v1/folders/", [])
    async with make(timeout=7) as client:
        await client.with_options(max_retries=0).folders.list()
        await client.with_options(timeout=3).with_options(max_retries=0).folders.list()
    assert [request.extensions["timeout"]["read"] for request in wire.requests] == [7, 3]
