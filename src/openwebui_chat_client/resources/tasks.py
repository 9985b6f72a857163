"""The server's running work: which answers are being made, and how to stop them."""

from __future__ import annotations

from typing import Any, List

from .._dual import M, operation
from .._http import segment
from .._records import Record
from .._server import STOP_BY_CHAT
from ._base import Resource


class RunningTasks(Record):
    """The ids of a chat's running tasks."""

    task_ids: List[str]


class Tasks(Resource[M]):
    """Answers in the making, and the title, tags and follow-ups after them."""

    @operation
    async def running(self, chat_id: str) -> List[str]:
        """The ids of your tasks that run for this chat; empty when none do. Route: GET /api/tasks/chat/{id}."""
        found = await self._http.call(RunningTasks, "GET", f"/api/tasks/chat/{segment(chat_id)}")
        return found.task_ids

    @operation
    async def stop(self, chat_id: str) -> None:
        """Stop your tasks of this chat; what has been written so far stays.

        Routes: POST /api/tasks/chat/{id}/stop, on servers before 0.9 GET /api/tasks/chat/{id},
        POST /api/tasks/stop/{id} and, when nothing runs, GET /api/v1/chats/{id}.

        Raises:
            NotFoundError: There is no such chat, or it is not yours.
        """
        path = f"/api/tasks/chat/{segment(chat_id)}/stop"
        if await self._server.has(STOP_BY_CHAT):
            await self._http.call(dict, "POST", path, repeatable=True)
            return
        task_ids = await self.running(chat_id)
        if not task_ids:  # so say these servers of any id
            await self._http.call(dict[str, Any], "GET", f"/api/v1/chats/{segment(chat_id)}")
        for task_id in task_ids:
            await self._http.call(dict, "POST", f"/api/tasks/stop/{segment(task_id)}", repeatable=True)
