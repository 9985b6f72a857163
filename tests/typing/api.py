"""What both clients' users see: checked by mypy and pyright, never run."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, assert_type

from openwebui_chat_client import AsyncOpenWebUIClient, AsyncStream, OpenWebUIClient, Stream
from openwebui_chat_client._server import Version
from openwebui_chat_client.resources.auths import Account
from openwebui_chat_client.resources.chats import Chat, ChatSummary
from openwebui_chat_client.resources.folders import Folder
from openwebui_chat_client.turns.events import Turn, TurnEvent


def blocking(client: OpenWebUIClient) -> None:
    turn = client.chat("question", "title", "model", "folder")
    assert_type(turn, Turn)
    assert_type(turn.response, str)
    assert_type(turn["anything"], Any)
    assert_type(client.stream_chat("question", chat_title="title"), Stream[str, Turn])
    assert_type(client.stream_chat("question", "title").result, Turn)
    assert_type(client.turns.stream("question", "title"), Stream[TurnEvent, Turn])
    assert_type(client.chats.list(page=1), list[ChatSummary])
    assert_type(client.chats.get("id"), Chat)
    assert_type(client.chats.find("title"), ChatSummary | None)
    assert_type(client.chats.iter(), Stream[ChatSummary, None])
    assert_type(client.folders.list(), list[Folder])
    assert_type(client.auths.me(), Account)
    assert_type(client.server.version(), Version)
    assert_type(client.with_options(timeout=5), OpenWebUIClient)
    assert_type(client.with_options(timeout=5).chats.list(), list[ChatSummary])
    with client as entered:
        assert_type(entered, OpenWebUIClient)
    for piece in client.stream_chat("question", "title"):
        assert_type(piece, str)
    client.chat(7, "title")  # type: ignore[arg-type]  # a question is a text
    turn.response = "x"  # type: ignore[misc]  # attributes only read


async def awaited(client: AsyncOpenWebUIClient) -> None:
    coroutine: Coroutine[Any, Any, Turn] = client.chat("question", "title")
    assert_type(await coroutine, Turn)
    assert_type(client.stream_chat("question", "title"), AsyncStream[str, Turn])
    assert_type(client.turns.stream("question", "title"), AsyncStream[TurnEvent, Turn])
    assert_type(await client.chats.list(), list[ChatSummary])
    assert_type(await client.chats.find("title"), ChatSummary | None)
    assert_type(client.chats.iter(), AsyncStream[ChatSummary, None])
    assert_type(await client.auths.me(), Account)
    assert_type(client.with_options(timeout=5), AsyncOpenWebUIClient)
    async with client as entered:
        assert_type(entered, AsyncOpenWebUIClient)
    async for piece in client.stream_chat("question", "title"):
        assert_type(piece, str)
