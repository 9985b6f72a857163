import httpx2
import pytest

from openwebui_chat_client import NotFoundError

MISSING = {"detail": "We could not find what you're looking for :/"}


async def test_all_work_on_a_chat_is_stopped_at_once_where_the_server_can(make, wire):
    wire.on("GET", "/api/version", {"version": "0.9.6"})
    wire.on("POST", "/api/tasks/chat/c1/stop", {"status": True})
    async with make() as client:
        await client.tasks.stop("c1")
    assert wire.lines == ["GET /api/version", "POST /api/tasks/chat/c1/stop"]


async def test_older_servers_stop_one_task_after_the_other(make, wire):
    wire.on("GET", "/api/version", {"version": "0.8.12"})
    wire.on("GET", "/api/tasks/chat/c1", {"task_ids": ["t1", "t2"]})
    for task_id in ("t1", "t2"):
        wire.on("POST", f"/api/tasks/stop/{task_id}", {"status": True})
    async with make() as client:
        await client.tasks.stop("c1")
    assert wire.lines[1:] == ["GET /api/tasks/chat/c1", "POST /api/tasks/stop/t1", "POST /api/tasks/stop/t2"]


async def test_a_chat_that_is_not_there_is_told_from_one_without_work_on_older_servers(make, wire):
    wire.on("GET", "/api/version", {"version": "0.6.43"})
    for chat_id, answer in (("c1", {"id": "c1"}), ("gone", lambda _: httpx2.Response(401, json=MISSING))):
        wire.on("GET", f"/api/tasks/chat/{chat_id}", {"task_ids": []})
        wire.on("GET", f"/api/v1/chats/{chat_id}", answer)
    async with make() as client:
        await client.tasks.stop("c1")
        with pytest.raises(NotFoundError):
            await client.tasks.stop("gone")
    assert {request.method for request in wire.requests} == {"GET"}
