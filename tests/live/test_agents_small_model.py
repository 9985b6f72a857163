"""Runs with a real model that is far too small for them: they must come to an end, whatever it says."""

import uuid

import pytest

from agent_tools import ADDER
from openwebui_chat_client import OpenWebUIClient
from openwebui_chat_client._messages import branch
from openwebui_chat_client.local import LocalServer

SHORT = {"max_tokens": 48}


@pytest.fixture(scope="module")
def small():
    with LocalServer() as server, OpenWebUIClient(server.url, server.token, server.model_id) as client:
        yield client


def test_a_research_with_a_real_model_ends_with_a_report(small):
    found = small.deep_research("Why is the sea salty?", num_steps=2, params=SHORT)
    assert found.total_steps_completed + len(found.skipped) == 2
    assert found.final_report.strip()
    told = branch(small.chats.get(found.chat_id).chat)
    assert told[-1]["content"].strip() == found.final_report.strip()
    assert all(message["content"].strip() for message in told)


@pytest.mark.parametrize("with_tool", [False, True])
def test_a_task_with_a_real_model_ends_with_an_answer_or_at_a_limit(small, with_tool):
    tools = [small.tools.create(f"adder_{uuid.uuid4().hex}", ADDER, name="Adder").id] if with_tool else []
    model = small.default_model_id
    with small.stream_process_task("What is 2 plus 40?", model, tools, None, 4, True, model, params=SHORT) as events:
        kinds = [event["type"] for event in events]
    done = events.result
    assert kinds[-1] == ("final_answer" if done.completed else "error")
    assert done.solution.strip()
    assert 1 <= done.iterations <= 4
    assert branch(small.chats.get(done.chat_id).chat)[-1]["done"] is True
