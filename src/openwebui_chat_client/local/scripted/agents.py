"""Scripted models for conversations that drive themselves: they plan, work, hesitate, decide, or never come to an end.

| id | what it does |
|---|---|
| `planner` | names the next question when a JSON plan is asked for; sums up all answers in a report; else answers |
| `worker` | calls a tool once, notes what it said, and answers the task with it in the next step |
| `undecided` | offers three options; once one is chosen, that is its answer |
| `decider` | chooses the highest of the numbers that it is offered |
| `clumsy-planner`, `clumsy-worker` | the same, but what they say first is not to be read |
| `babbler` | never says anything that can be read |
| `endless` | calls a tool in every step, and is never ready |
| `once` | the first question of a chat; every other one is refused |
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial

from openwebui_chat_client.local.scripted.conversation import ChatRequest, own_words, text_of
from openwebui_chat_client.local.scripted.steps import Fail, Script, Step, Text
from openwebui_chat_client.local.scripted.tools import choose, native_tools, tool_result

PLAN = '"next_question"'
"""What a question that asks for a plan has in it."""
NONSENSE = "Well, that depends."
FOUND = re.compile(r"\*\*Key Findings:\*\*\n- (.*)")
OPTION = re.compile(r"^\s*(\d+)[.)]", re.MULTILINE)
CHOSEN = re.compile(r"Option (\d+) is chosen: (.*?)\. ")


def _said(request: ChatRequest, role: str) -> list[str]:
    """What this role has said so far, the system's context left out."""
    return [own_words(text_of(message)) for message in request.messages if message.get("role") == role]


def _planner(request: ChatRequest) -> Iterator[Step]:
    asked = _said(request, "user")
    if PLAN in asked[-1]:
        number = len({text for text in asked if text.startswith("Question ")}) + 1
        kind = "General" if number % 2 else "Search-Capable"
        yield Text(json.dumps({"next_question": f"Question {number}?", "chosen_model_type": kind}))
    elif asked[-1].startswith("Question "):
        yield Text(f"The answer to {asked[-1]}")
    else:
        answers = [text for text in _said(request, "assistant") if PLAN not in text]
        yield Text("Report: " + " ".join(answers))


def _worker(request: ChatRequest) -> Iterator[Step]:
    results = [found for text in _said(request, "assistant") for found in FOUND.findall(text)]
    if result := tool_result(request):
        yield Text(f"**Key Findings:**\n- {result}\n\n**Todo List:**\n- [x] ask the tool\n- [ ] answer\n")
    elif results:
        yield Text(f"**Thought:** I know it.\n\n**Final Answer:** {results[-1]}")
    elif tools := native_tools(request):
        yield Text("**Thought:** I ask the tool.\n\n**Todo List:**\n- [@] ask the tool\n- [ ] answer\n")
        yield choose(tools, " ".join(_said(request, "user")))
    else:
        yield Text("**Final Answer:** There are no tools.")


def _undecided(request: ChatRequest) -> Iterator[Step]:
    chosen = CHOSEN.search(request.asked)
    if chosen:
        yield Text(f"**Final Answer:** {chosen[2]}, as number {chosen[1]}")
    else:
        yield Text("**Thought:** Hm.\n\n**Options:**\n1. By ship: slow\n2. By train: fast\n3. On foot\n")


def _decider(request: ChatRequest) -> Iterator[Step]:
    numbers = [int(number) for number in OPTION.findall(request.asked)]
    yield Text(f"I take number {max(numbers, default=1)}.")


def _clumsy(inner: Script, request: ChatRequest) -> Iterable[Step]:
    spoken = _said(request, "assistant")
    return inner(request) if NONSENSE in spoken else (Text(NONSENSE),)


def _endless(request: ChatRequest) -> Iterator[Step]:
    tools = native_tools(request)
    if tools and not tool_result(request):
        yield choose(tools, " ".join(_said(request, "user")))
    else:
        yield Text("**Thought:** Still at it.\n\n**Todo List:**\n- [@] go on\n")


def _once(request: ChatRequest) -> Iterator[Step]:
    asked = _said(request, "user")
    yield Text(asked[-1]) if len(asked) == 1 else Fail(500, "scripted failure 500")


AGENTS: Mapping[str, Script] = {
    "planner": _planner,
    "worker": _worker,
    "undecided": _undecided,
    "decider": _decider,
    "clumsy-planner": partial(_clumsy, _planner),
    "clumsy-worker": partial(_clumsy, _worker),
    "babbler": lambda _request: (Text(NONSENSE),),
    "endless": _endless,
    "once": _once,
}
"""By id."""
