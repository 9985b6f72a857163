"""A network that breaks where a test says, in front of a real server."""

from __future__ import annotations

from collections.abc import Callable

import httpx2


class Flaky(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Sends to the server; `lose` says which answers get lost on their way, `cut` which requests never arrive."""

    def __init__(
        self,
        *,
        lose: Callable[[httpx2.Request], bool] = lambda _: False,
        cut: Callable[[httpx2.Request], bool] = lambda _: False,
    ) -> None:
        self.lose, self.cut = lose, cut
        self.sync, self.tasks = httpx2.HTTPTransport(), httpx2.AsyncHTTPTransport()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self._check(self.cut, request)
        response = self.sync.handle_request(request)
        response.read()
        self._check(self.lose, request)
        return response

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self._check(self.cut, request)
        response = await self.tasks.handle_async_request(request)
        await response.aread()
        self._check(self.lose, request)
        return response

    def _check(self, breaks: Callable[[httpx2.Request], bool], request: httpx2.Request) -> None:
        if breaks(request):
            raise httpx2.ReadError("the connection broke", request=request)

    def close(self) -> None:
        self.sync.close()

    async def aclose(self) -> None:
        await self.tasks.aclose()


def nth(number: int, method: str, path: str) -> Callable[[httpx2.Request], bool]:
    """Whether a request is the one with this number, from 1, of those whose path ends so."""
    left = [number]

    def is_it(request: httpx2.Request) -> bool:
        if request.method != method or not request.url.path.endswith(path):
            return False
        left[0] -= 1
        return left[0] == 0

    return is_it
