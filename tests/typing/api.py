"""What both clients' users see: checked by mypy and pyright, never run."""

from __future__ import annotations

from collections.abc import Coroutine
from pathlib import Path
from typing import Any, assert_type

from openwebui_chat_client import AsyncOpenWebUIClient, AsyncStream, OpenWebUIClient, Stream
from openwebui_chat_client._dual import Sync
from openwebui_chat_client._server import Version
from openwebui_chat_client.agents.events import AgentEvent
from openwebui_chat_client.agents.results import ContinuousChat, ContinuousParallelChat, Research, TaskRun
from openwebui_chat_client.resources._notes import Note
from openwebui_chat_client.resources._plugins import Deployed
from openwebui_chat_client.resources._prompts import Prompt
from openwebui_chat_client.resources._variables import Variable
from openwebui_chat_client.resources._versions import SavedVersion
from openwebui_chat_client.resources.auths import Account
from openwebui_chat_client.resources.chats import (
    ArchiveReport,
    Chat,
    ChatSummary,
    ChatUsage,
    ExportedChat,
    ImportReport,
    Share,
    Tag,
)
from openwebui_chat_client.resources.files import File
from openwebui_chat_client.resources.folders import Folder
from openwebui_chat_client.resources.functions import Function
from openwebui_chat_client.resources.groups import Group, Member
from openwebui_chat_client.resources.knowledge import Hit, Knowledge, KnowledgeFile, SyncReport, Uploads
from openwebui_chat_client.resources.models import Model, ModelEntry
from openwebui_chat_client.resources.skills import Skills
from openwebui_chat_client.resources.tools import Tool
from openwebui_chat_client.resources.users import User
from openwebui_chat_client.turns.events import TurnEvent
from openwebui_chat_client.turns.results import Turn


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
    assert_type(client.chats.archive("id"), Chat)
    assert_type(client.chats.tags("id"), list[Tag])
    assert_type(client.chats.share("id", "public"), Share)
    assert_type(client.chats.export("id"), ExportedChat)
    assert_type(client.chats.import_all("chats.ndjson"), ImportReport)
    assert_type(client.chats.usage(), Stream[ChatUsage, None])
    assert_type(client.list_chats(), list[ChatSummary])
    assert_type(client.get_folder_id_by_name("name"), str | None)
    assert_type(client.archive_chats_by_age(7, "folder", dry_run=True), ArchiveReport)
    assert_type(client.folders.list(), list[Folder])
    assert_type(client.folders.find_path(["A", "B"]), Folder | None)
    assert_type(client.auths.me(), Account)
    assert_type(client.auths.update_profile(bio=None), Account)
    assert_type(OpenWebUIClient("address", email="ann@x.org", password="secret"), OpenWebUIClient)
    client.auths.update_profile(emial="x")  # type: ignore[call-arg]  # there is no such field
    assert_type(client.models.list(), list[Model])
    assert_type(client.models.create("id", base_model_id="echo", access="public"), ModelEntry)
    assert_type(client.update_model("id", None, temperature=0.5), ModelEntry)
    assert_type(client.batch_update_model_permissions("id").failed[0].error, str)
    assert_type(client.users.iter(), Stream[User, None])
    assert_type(client.get_users(), list[User])
    assert_type(client.groups.members("id"), list[Member])
    assert_type(client.server.version(), Version)
    assert_type(client.with_options(timeout=5), OpenWebUIClient)
    assert_type(client.with_options(timeout=5).chats.list(), list[ChatSummary])
    with client as entered:
        assert_type(entered, OpenWebUIClient)
    for piece in client.stream_chat("question", "title"):
        assert_type(piece, str)
    client.chat(7, "title")  # type: ignore[arg-type]  # a question is a text
    client.models.update("id", sytem_prompt="x")  # type: ignore[call-arg]  # there is no such field
    turn.response = "x"  # type: ignore[misc]  # attributes only read


def blocking_workspace(client: OpenWebUIClient) -> None:
    assert_type(client.notes.get_all(), list[Note])
    assert_type(client.get_notes(), list[Note])
    assert_type(client.notes.search("text"), Stream[Note, None])
    assert_type(client.prompts.find("command"), Prompt | None)
    assert_type(client.prompts.restore("id", "version"), Prompt)
    assert_type(client.prompts.variables("{{a}}"), list[Variable])
    assert_type(client.extract_variables("{{a}}"), list[str])
    assert_type(client.batch_create_prompts([])["success"], list[Prompt])
    assert_type(client.tools.get("id"), Tool)
    assert_type(client.tools.history("id"), list[SavedVersion])
    assert_type(client.tools.deploy("tool.py"), Deployed)
    assert_type(client.functions.get("id"), Function)
    assert_type(client.functions.restore("id", "version"), Function)
    assert_type(client.skills, Skills[Sync])
    assert_type(client.memories.query("text")[0].score, float | None)
    assert_type(client.configs.get("models"), dict[str, Any])


def blocking_runs(client: OpenWebUIClient) -> None:
    talk = client.continuous_chat("question", 3, "title", "model", seed=1)
    assert_type(talk, ContinuousChat)
    assert_type(talk.conversation_history[0].follow_ups, list[str])
    assert_type(client.continuous_parallel_chat("question", 3, "title", ["a", "b"]), ContinuousParallelChat)
    assert_type(client.continuous_stream_chat("question", 3, "title"), Stream[AgentEvent, ContinuousChat])
    assert_type(client.deep_research("topic", num_steps=2), Research)
    assert_type(client.agents.stream_research("topic"), Stream[AgentEvent, Research])
    assert_type(client.process_task("question", "model", "tool", token_budget=1000), TaskRun)
    assert_type(client.process_task("question", "model", "tool").todo_list[0].status, str)
    assert_type(client.stream_process_task("question", "model", ["tool"]), Stream[AgentEvent, TaskRun])
    client.process_task("question", "model", "tool", surprise=1)  # type: ignore[call-arg]  # there is no such option


async def awaited_runs(client: AsyncOpenWebUIClient) -> None:
    assert_type(await client.continuous_chat("question", 3, "title"), ContinuousChat)
    assert_type(await client.agents.research("topic"), Research)
    assert_type(client.stream_process_task("question", "model", []), AsyncStream[AgentEvent, TaskRun])
    async for event in client.continuous_stream_chat("question", 3, "title"):
        assert_type(event, AgentEvent)


def documents(client: OpenWebUIClient) -> None:
    assert_type(client.files.upload(b"", name="a.txt"), File)
    assert_type(client.files.search("*.txt"), Stream[File, None])
    assert_type(client.files.download("id"), Path)
    assert_type(client.knowledge.find("name"), Knowledge | None)
    assert_type(client.knowledge.iter_files("id"), Stream[KnowledgeFile, None])
    assert_type(client.knowledge.upload_all("id", ["a.txt"]), Uploads)
    assert_type(client.knowledge.upload_all("id", "a.txt").succeeded, list[File])
    assert_type(client.knowledge.query("id", "question"), list[Hit])
    assert_type(client.get_knowledge_base_by_name("name"), Knowledge | None)
    assert_type(client.delete_all_knowledge_bases()[0], int)
    assert_type(client.delete_knowledge_bases_by_keyword("x")[2], list[str])


async def awaited(client: AsyncOpenWebUIClient) -> None:
    assert_type(AsyncOpenWebUIClient("address", email="ann@x.org", password="secret"), AsyncOpenWebUIClient)
    assert_type(await client.auths.update_profile(name="Ann", date_of_birth=None), Account)
    await client.auths.signout()
    coroutine: Coroutine[Any, Any, Turn] = client.chat("question", "title")
    assert_type(await coroutine, Turn)
    assert_type(client.stream_chat("question", "title"), AsyncStream[str, Turn])
    assert_type(client.turns.stream("question", "title"), AsyncStream[TurnEvent, Turn])
    assert_type(await client.chats.list(), list[ChatSummary])
    assert_type(await client.chats.find("title"), ChatSummary | None)
    assert_type(client.chats.iter(), AsyncStream[ChatSummary, None])
    assert_type(client.chats.usage(), AsyncStream[ChatUsage, None])
    assert_type(await client.chats.markdown("id"), str)
    assert_type(await client.archive_chats_by_age(), ArchiveReport)
    assert_type(await client.create_folder(name="name"), str)
    assert_type(await client.knowledge.sync("id", "docs", ignore=["*.log"]), SyncReport)
    assert_type(await client.upload_file("a.txt"), File)
    assert_type(await client.auths.me(), Account)
    assert_type(await client.get_note_by_id("id"), Note)
    assert_type(await client.get_system_variables(), dict[str, str])
    assert_type(client.prompts.search(), AsyncStream[Prompt, None])
    assert_type(await client.tools.get("id"), Tool)
    assert_type(await client.functions.update("id", name="name"), Function)
    assert_type(await client.models.update("id", tags=["a"], access={}), ModelEntry)
    assert_type(await client.list_groups(), list[Group])
    assert_type(client.users.search("a"), AsyncStream[User, None])
    assert_type(client.with_options(timeout=5), AsyncOpenWebUIClient)
    async with client as entered:
        assert_type(entered, AsyncOpenWebUIClient)
    async for piece in client.stream_chat("question", "title"):
        assert_type(piece, str)
