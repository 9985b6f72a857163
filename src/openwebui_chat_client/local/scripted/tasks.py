"""Open WebUI's background tasks (title, tags, follow-ups, …): known by their prompts, answered as they ask.

Every model does them, those that fail included: failing is for real turns. Prompts that an administrator has
rewritten are taken for questions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from openwebui_chat_client.local.scripted.conversation import ChatRequest
from openwebui_chat_client.local.scripted.tools import legacy_answer, legacy_tools

LONGEST_TOPIC = 80  # the server drops follow-ups over 400 characters
FORMAT = re.compile(r'\{\s*"(title|tags|follow_ups|queries|prompt|text)"\s*:')
USER_LINE = re.compile(r"^USER: (.*)$", re.MULTILINE)
SPEAKER = re.compile(r"^([A-Z]+): ", re.MULTILINE)
QUOTED = re.compile(r'"""(.*?)"""', re.DOTALL)


def task_answer(request: ChatRequest) -> str | None:
    """The answer to a background task, or None when the request is a real turn."""
    if (tools := legacy_tools(request)) is not None:
        return legacy_answer(request, tools)
    prompt = request.question
    for opening, reply in PLAIN_TASKS:
        if opening in prompt[:200]:
            return reply(prompt)
    instructions, tag, rest = prompt.partition("<chat_history>")
    asked_for = FORMAT.search(instructions)
    if not (tag and asked_for and instructions.lstrip().startswith("### Task:")):
        return None
    history = rest.rpartition("</chat_history>")[0].strip()
    return json.dumps({asked_for[1]: JSON_TASKS[asked_for[1]](history)}, ensure_ascii=False)


def _first_line(history: str) -> str:
    line = USER_LINE.search(history)
    return line[1] if line else history.partition("\n")[0]


def _topic(history: str) -> str:
    return " ".join(_first_line(history).split()[:4])[:LONGEST_TOPIC] or "this"


def _last_words(history: str) -> str:
    _, *spoken = SPEAKER.split(history)
    said = [text.strip() for role, text in zip(spoken[::2], spoken[1::2], strict=True) if role == "USER"]
    return said[-1] if said else history


def _title(history: str) -> str:
    return f"About {_topic(history)}"


def _tags(history: str) -> list[str]:
    longest = max(re.findall(r"\w+", _first_line(history)), key=len, default="")
    return list(dict.fromkeys(tag for tag in ("scripted", longest.lower()) if tag))


def _follow_ups(history: str) -> list[str]:
    topic = _topic(history)
    return [f"Tell me more about {topic}?", f"Why does {topic} matter?", f"What comes after {topic}?"]


def _merged(prompt: str) -> str:
    return "\n\n".join(QUOTED.findall(prompt.rpartition("Responses from models:")[2]))


JSON_TASKS: dict[str, Callable[[str], Any]] = {
    "title": _title,
    "tags": _tags,
    "follow_ups": _follow_ups,
    "queries": lambda history: [_last_words(history)],
    "prompt": _last_words,
    "text": lambda _history: "and so on.",
}
"""The key of the JSON that a prompt asks for, and the value made of the chat's history."""

PLAIN_TASKS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("reflect the speaker's likely facial expression", lambda _prompt: "🙂"),
    ("You have been provided with a set of responses from various models", _merged),
    ("Summarize the conversation history that will be compacted", lambda _prompt: "They talked."),
)
"""What a prompt begins with, and the text made of the prompt."""
