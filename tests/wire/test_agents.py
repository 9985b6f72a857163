"""What a run refuses before anything is sent."""

import pytest

from openwebui_chat_client import ConfigError
from openwebui_chat_client.types import AgentPrompts

REFUSED = [
    ("continuous_chat", ("q", 0, "t"), {}, "num_questions"),
    ("continuous_chat", ("", 1, "t"), {}, "question"),
    ("continuous_chat", ("q", 1, ""), {}, "chat_title"),
    ("continuous_chat", ("q", 1), {}, "chat_title or chat_id"),
    ("continuous_chat", ("q", 1, "t"), {"chat_id": "c1"}, "chat_title or chat_id"),
    ("continuous_chat", ("q", 1, "t"), {"temporary": True}, "temporary"),
    ("continuous_chat", ("q", 1), {"chat_id": " "}, "chat_id"),
    ("continuous_stream_chat", ("q", -1, "t"), {}, "num_questions"),
    ("continuous_parallel_chat", ("q", 1, "t"), {}, "model_ids"),
    ("continuous_parallel_chat", ("q", 1, "t", ["a", "a"]), {}, "each model once"),
    ("deep_research", ("",), {}, "topic"),
    ("deep_research", ("t", ""), {}, "chat_title"),
    ("deep_research", ("t",), {"num_steps": 0}, "num_steps"),
    ("deep_research", ("t",), {"search_models": ["a", ""]}, "list of texts"),
    ("process_task", ("", "m", "tool"), {}, "question"),
    ("process_task", ("q", "", "tool"), {}, "model_id"),
    ("process_task", ("q", "m", [""]), {}, "list of texts"),
    ("process_task", ("q", "m", "tool"), {"max_iterations": 0}, "max_iterations"),
    ("process_task", ("q", "m", "tool"), {"token_budget": 0}, "token_budget"),
    ("process_task", ("q", "m", "tool"), {"context_tokens": 0}, "context_tokens"),
    ("process_task", ("q", "m", "tool"), {"decision_model_id": ""}, "decision_model_id"),
    ("process_task", ("q", "m", "tool"), {"knowledge_base_name": ""}, "list of texts"),
    ("process_task", ("q", "m", "tool"), {"params": {"x": object()}}, "params"),
    ("stream_process_task", ("", "m", "tool"), {}, "question"),
]


async def called(client, name, arguments, options):
    method = getattr(client, name)
    if "stream" in name:
        return [event async for event in method(*arguments, **options)]
    return await method(*arguments, **options)


@pytest.mark.parametrize(("name", "arguments", "options", "word"), REFUSED)
async def test_bad_input_is_refused_before_any_request(make, wire, name, arguments, options, word):
    async with make() as client:
        with pytest.raises(ValueError, match=word):
            await called(client, name, arguments, options)
    assert wire.requests == []


async def test_an_image_that_is_not_there_is_refused_before_any_request(make, wire):
    async with make() as client:
        with pytest.raises(FileNotFoundError, match=r"no\.png"):
            await client.continuous_chat("q", 2, "t", image_paths="no.png")
    assert wire.requests == []


@pytest.mark.parametrize("name", ["continuous_chat", "deep_research", "process_task"])
async def test_an_unknown_option_is_refused_before_any_request(make, wire, name):
    arguments = {"continuous_chat": ("q", 1, "t"), "deep_research": ("t",), "process_task": ("q", "m", [])}[name]
    async with make() as client:
        with pytest.raises(TypeError, match="no such option: surprise"):
            await called(client, name, arguments, {"surprise": 1})
    assert wire.requests == []


async def test_without_any_model_a_research_is_refused_before_any_request(make, wire):
    async with make(default_model_id=None) as client:
        with pytest.raises(ConfigError, match="general_models"):
            await client.deep_research("t")
    assert wire.requests == []


async def test_nothing_is_sent_before_a_stream_is_read(make, wire):
    async with make() as client:
        stream = client.stream_process_task("q", "m", [], prompts=AgentPrompts(task_continue="On."))
        with pytest.raises(RuntimeError, match="read to its end"):
            _ = stream.result
        await stream.aclose()
    assert wire.requests == []
