"""The server's running work: which answers are being made, and how to stop them."""

from __future__ import annotations

from typing import List

from .._dual import M, operation
from .._http import segment
from .._records import Record
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
        """Stop your tasks of this chat; what has been written so far stays. Route: POST /api/tasks/chat/{id}/stop."""
        await self._http.call(dict, "POST", f"/api/tasks/chat/{segment(chat_id)}/stop", repeatable=True)
