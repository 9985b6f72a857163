from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from openwebui_chat_client import APIConnectionError, APIResponseError

pytestmark = pytest.mark.newest("addresses and proxies are the same for every version")


class Page(BaseHTTPRequestHandler):
    """A web server that is not Open WebUI."""

    def do_GET(self):
        body = b"<html>Welcome to nginx!</html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def web_page():
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.server_port}"
        finally:
            listening.shutdown()
            thread.join()


@pytest.mark.parametrize("suffix", ["", "/", "/api", "/api/v1", "/openai", "/v1"])
async def test_every_usual_form_of_the_address_works(make, server, title, suffix):
    async with make(base_url=server.url + suffix) as client:
        assert client.base_url == server.url
        assert (await client.chat("ping", title)).response == "ping"


async def test_a_port_where_nobody_listens_is_a_connection_error(make, title):
    with web_page() as address:
        pass
    async with make(base_url=address, max_retries=0) as client:
        with pytest.raises(APIConnectionError, match=r"could not connect.*is the server running"):
            await client.chat("ping", title)


async def test_another_web_server_is_told_from_open_webui(make, title):
    with web_page() as address:
        async with make(base_url=address) as client:
            with pytest.raises(APIResponseError, match="is not the address"):
                await client.chat("ping", title)


async def test_a_route_that_the_server_does_not_have_is_told_from_an_answer(keyed):
    with pytest.raises(APIResponseError, match="does not have that route"):
        await keyed.request("GET", "/api/v1/no/such/route")
