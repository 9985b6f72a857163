"""What a run may be told beside its parameters, checked before any request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from ..turns.options import FurtherOptions, TurnOptions
from .prompts import AgentPrompts


class Further(TypedDict, total=False):
    """What every continuous chat has beside the options of its turns."""

    seed: int | None
    """The same number picks the same ones of the same suggestions."""
    prompts: AgentPrompts | None
    """Templates of yours."""


class TalkOptions(TurnOptions, Further, total=False):
    """All options of a continuous chat."""


class FurtherTalkOptions(FurtherOptions, Further, total=False):
    """Options of a continuous chat that the original does not have; all by keyword."""


class RunOptions(TypedDict, total=False):
    """Options of a run in a chat of its own; all by keyword."""

    chat_id: str | None
    """Go on with a run that was interrupted, in the chat that it left: what this chat holds counts."""
    folder_name: str | None
    """The folder to keep the chat in; made at the top level if there is none of that name."""
    params: Mapping[str, Any] | None
    """The models' parameters, such as `temperature`."""
    prompts: AgentPrompts | None
    """Templates of yours."""


class ResearchOptions(RunOptions, total=False):
    """All options of a research; all by keyword."""

    seed: int | None
    """The same number picks the same ones of the same models."""


class TaskOptions(RunOptions, total=False):
    """All options of a task; all by keyword."""

    token_budget: int | None
    """How many tokens the run may use, as its provider counts them, or else by an estimate."""
    context_tokens: int
    """How many tokens its model can have before it, 8,192 if not said; `summarize_history` keeps below that."""


ONCE = frozenset(
    {
        "image_paths",
        "rag_files",
        "rag_collections",
        "files",
        "folder_name",
        "tags",
        "system_prompt",
        "enable_auto_tagging",
        "enable_auto_titling",
        "parent_id",
    }
)
"""Options that the first question of a continuous chat settles: the chat keeps what they say."""
OWN = frozenset({"seed", "prompts", "chat_id"})


def known(options: Iterable[str], of: type[ResearchOptions | TaskOptions]) -> None:
    """Refuse options that there are not.

    Raises:
        TypeError: There is no such option.
    """
    if unknown := set(options) - of.__annotations__.keys() - RunOptions.__annotations__.keys():
        raise TypeError(f"no such option: {', '.join(sorted(unknown))}")


def at_least_one(number: int, what: str) -> int:
    """The number, which must be one at least; `what` names it for the error.

    Raises:
        ValueError: It is less.
    """
    if number < 1:
        raise ValueError(f"{what} is 1 at least, not {number}")
    return number
