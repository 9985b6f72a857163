"""Pure: what a planner or a deciding model meant, whatever it wrote around it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ..turns.proposals import json_objects
from .results import Option

QUESTION_KEYS = ("next_question", "question", "nextQuestion")
KIND_KEYS = ("chosen_model_type", "model_type", "model", "type")
CHOICE_KEYS = ("selected_option", "option", "number", "choice")
LINES = re.IGNORECASE | re.MULTILINE
QUESTION_LINE = re.compile(r"^[ \t>*_#\"-]*next[ _]question[ \t*_\"]*[:：](?P<question>.*)$", LINES)
KIND_LINE = re.compile(r"^.*model[ _]type.*search", LINES)
NUMBER = re.compile(r"\d+")
ALONE = re.compile(r"^[\s*_#(\[]*(?:option\s*)?(\d+)[\s*_)\].]*$", re.IGNORECASE | re.MULTILINE)
NAMED = re.compile(r"\boption\s*#?(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Plan:
    """The next question of a research."""

    question: str
    searches: bool
    """Whether a model that searches is to answer it."""


def objects(text: str) -> list[dict[str, Any]]:
    """The JSON objects in a text; none where they are nested too deep to be meant."""
    try:
        return list(json_objects(text))
    except RecursionError:
        return []


def plan(text: str) -> Plan | None:
    """The plan in a planner's answer: a JSON object wherever it stands, else lines that name its keys."""
    for found in objects(text):
        question = _first(found, QUESTION_KEYS)
        if question and _says_something(question):
            return Plan(question, "search" in _first(found, KIND_KEYS).lower())
    line = QUESTION_LINE.search(text)
    if line and _says_something(line["question"]):
        return Plan(line["question"].strip(' \t*_",'), bool(KIND_LINE.search(text)))
    return None


def choice(text: str, options: Iterable[Option]) -> Option | None:
    """The option that a deciding model chose; None when it named none, or one that there is not."""
    known = {option.number: option for option in options}
    for found in objects(text):
        number = _first(found, CHOICE_KEYS)
        if number.isdecimal() and int(number) in known:
            return known[int(number)]
    for pattern in (ALONE, NAMED, NUMBER):
        named = [int(number) for number in pattern.findall(text)]
        if chosen := next((known[number] for number in named if number in known), None):
            return chosen
    return None


def _first(found: dict[str, object], keys: Iterable[str]) -> str:
    return next((str(found[key]).strip() for key in keys if found.get(key) is not None), "")


def _says_something(question: str) -> bool:
    """Whether there is a question, and not the dots of the template."""
    return any(sign.isalnum() for sign in question)
