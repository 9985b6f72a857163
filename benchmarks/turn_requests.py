"""Counts what a turn costs on a real server: requests, polls and bytes sent; prints a table in Markdown."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import httpx2

from openwebui_chat_client import OpenWebUIClient
from openwebui_chat_client.local import LocalServer

EXTRAS = {"enable_follow_up": True, "enable_auto_tagging": True, "enable_auto_titling": True}


class Cost(NamedTuple):
    """What one call sent."""

    requests: int
    """Without those that only look whether the answer is there."""
    polls: int
    sent: int
    """Bytes of the bodies."""


class Counter(httpx2.HTTPTransport):
    """The network, with a list of what went over it."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, str, int]] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.sent.append((request.method, request.url.path, len(request.read())))
        return super().handle_request(request)

    def cost(self, call: Callable[[], Any]) -> Cost:
        """What this call sends. Its last reading of the chat counts as a request, all looks before it as polls."""
        self.sent.clear()
        call()
        asked = max(n for n, (_, path, _) in enumerate(self.sent) if path.endswith("/completions"))
        looks = [n for n, (method, path, _) in enumerate(self.sent) if n > asked and method == "GET" and is_look(path)]
        chats = [n for n in looks if "/api/tasks/" not in self.sent[n][1]]
        polls = len(looks) - bool(chats)
        return Cost(len(self.sent) - polls, polls, sum(size for _, _, size in self.sent))


def is_look(path: str) -> bool:
    """Whether a request only looks for the answer."""
    return path.startswith("/api/tasks/chat/") or (path.startswith("/api/v1/chats/") and path.count("/") == 4)


def turns(client: OpenWebUIClient, mark: str) -> dict[str, Callable[[], Any]]:
    """The turns that are counted, in the order in which they are asked."""
    talk = client.conversation(f"talk {mark}")
    talk.ask("begin")
    return {
        "a new chat": lambda: client.chat("hello", f"plain {mark}"),
        "the same chat again": lambda: client.chat("hello again", f"plain {mark}"),
        "a new chat: folder, 2 tags, title, tags and follow-ups proposed": lambda: client.chat(
            "hello", f"all {mark}", folder_name="Bench", tags=["a", "b"], **EXTRAS
        ),
        "a conversation goes on": lambda: talk.ask("go on"),
        "2 models side by side": lambda: client.parallel_chat("hi", f"2 {mark}", ["echo", "echo-2"]),
        "8 models side by side": lambda: client.turns.parallel("hi", f"8 {mark}", model_ids=["echo"] * 8),
        "a stream of 200 pieces": lambda: list(client.stream_chat("count to 200 every 5 ms", f"s {mark}", "count")),
    }


def growth(client: OpenWebUIClient, network: Counter, mark: str) -> list[int]:
    """The bytes that turns 1 to 40 of one chat send."""
    return [network.cost(lambda: client.chat("x" * 500, f"long {mark}")).sent for _ in range(40)]


def main() -> None:
    """Count, and print."""
    out = sys.stdout
    with LocalServer(model="scripted") as server:
        for kind, token in (("API key", server.token), ("session", server.jwt)):
            network = Counter()
            with OpenWebUIClient(server.url, token, "echo", transport=network) as client:
                client.server.version()
                client.folders.find("Bench") or client.folders.create("Bench")
                out.write(f"\n{kind}, Open WebUI {server.version}\n\n")
                out.write("| turn | requests | polls | bytes sent |\n|---|---|---|---|\n")

                for name, call in turns(client, kind).items():
                    cost = network.cost(call)
                    out.write(f"| {name} | {cost.requests} | {cost.polls} | {cost.sent} |\n")
                sizes = growth(client, network, kind)
                out.write(f"| turn 2, 10, 40 of one chat: bytes sent | | | {sizes[1]}, {sizes[9]}, {sizes[39]} |\n")


if __name__ == "__main__":
    main()
