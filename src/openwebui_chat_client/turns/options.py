"""What a turn may be told: the one set of options for all entry points, checked before any request."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, TypedDict, cast

from .._arguments import KEEP, Keep, text, texts
from .images import Image, read_image

Paths: TypeAlias = "str | os.PathLike[str] | Iterable[str | os.PathLike[str]]"
Texts: TypeAlias = "str | Iterable[str]"


class FurtherOptions(TypedDict, total=False):
    """Options that the original does not have; all by keyword."""

    chat_id: str | None
    """Continue the chat with this id, instead of one with a title."""
    system_prompt: str | None
    """The chat's system prompt from now on."""
    params: Mapping[str, Any] | None
    """The model's parameters for this turn, such as `temperature`; they go over those of the chat."""
    features: Mapping[str, bool] | None
    """What the server may do for this turn: `web_search`, `image_generation`, `code_interpreter`."""
    files: Iterable[str | Mapping[str, Any]] | None
    """What else the answer may rest on: ids of files on the server, or the server's own items, such as
    `{"type": "note", "id": …}`, `{"type": "chat", "id": …}`, `{"type": "url", "url": …}`; the chat keeps them. An
    address that the server cannot read is passed over by it without a word."""
    parent_id: str | None
    """The message that the question follows, None for a new beginning; left out, the branch on show goes on."""
    temporary: bool
    """Ask without keeping anything: no chat, no title, no folder."""


class TurnOptions(FurtherOptions, total=False):
    """All options of a turn."""

    model_id: str | None
    """This turn's model, and the chat's from now on. Left out, a chat keeps its model, and a new one gets the client's
    default."""
    folder_name: str | None
    """The folder to keep the chat in; made at the top level if there is none of that name."""
    image_paths: Paths | None
    """Images from this machine: shown in the chat, seen by the model, in later turns too."""
    tags: Texts | None
    """Tags to add to the chat; none is removed."""
    rag_files: Paths | None
    """Files from this machine that the answer may rest on; the chat keeps them."""
    rag_collections: Texts | None
    """Names or ids of knowledge bases that the answer may rest on; the chat keeps them."""
    tool_ids: Texts | None
    """Tools that the model may call in this turn; the server runs them."""
    enable_follow_up: bool
    """Have the server suggest next questions."""
    enable_auto_tagging: bool
    """Have the server propose tags, and add them."""
    enable_auto_titling: bool
    """Have the server propose a title on the chat's first turn, and rename the chat."""


@dataclass(frozen=True)
class Wanted:
    """A turn as it was asked for, checked and in one form."""

    question: str
    title: str | None
    chat_id: str | None
    model_ids: tuple[str, ...]
    """Several for a parallel turn; none to keep the chat's, or take the default."""
    folder_name: str | None = None
    images: tuple[Image, ...] = ()
    tags: tuple[str, ...] = ()
    rag_files: tuple[Path, ...] = ()
    collections: tuple[str, ...] = ()
    tool_ids: tuple[str, ...] = ()
    follow_ups: bool = False
    auto_tags: bool = False
    auto_title: bool = False
    system_prompt: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict[str, Any])
    features: Mapping[str, bool] = field(default_factory=dict[str, bool])
    items: tuple[dict[str, Any], ...] = ()
    """What else is attached, in the server's own form."""
    parent_id: str | Keep | None = KEEP
    temporary: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What two turns must not open at once."""
        return ("chat", self.chat_id) if self.chat_id else ("title", self.title or "")


def wanted(question: str, title: str | None, options: TurnOptions, *, model_ids: Iterable[str] | None = None) -> Wanted:
    """A turn from what a caller wrote.

    Raises:
        ValueError: The question, the title or another text is empty, an image is none, a tag is reserved, a title and
            an id are both there or both missing.
        FileNotFoundError: There is no such image or file.
        TypeError: There is no such option.
    """
    if unknown := options.keys() - TurnOptions.__annotations__.keys() - FurtherOptions.__annotations__.keys():
        raise TypeError(f"no such option: {', '.join(sorted(unknown))}")
    images = tuple(read_image(path) for path in paths(options.get("image_paths")))
    files = tuple(existing(path) for path in paths(options.get("rag_files")))
    made = Wanted(
        question=_question(question, has_attachments=bool(images or files)),
        title=_given(title, "chat_title"),
        chat_id=_given(options.get("chat_id"), "chat_id"),
        model_ids=_models(options.get("model_id"), model_ids),
        folder_name=_given(options.get("folder_name"), "folder_name"),
        images=images,
        tags=tuple(_tag(tag) for tag in texts(options.get("tags"))),
        rag_files=files,
        collections=tuple(texts(options.get("rag_collections"))),
        tool_ids=tuple(texts(options.get("tool_ids"))),
        follow_ups=bool(options.get("enable_follow_up")),
        auto_tags=bool(options.get("enable_auto_tagging")),
        auto_title=bool(options.get("enable_auto_titling")),
        system_prompt=_given(options.get("system_prompt"), "system_prompt"),
        params=_json(options.get("params"), "params"),
        features=_json(options.get("features"), "features"),
        items=tuple(_item(item) for item in options.get("files") or ()),
        parent_id=options.get("parent_id", KEEP),
        temporary=bool(options.get("temporary")),
    )
    _check_target(made)
    return made


def paths(value: Paths | None) -> list[Path]:
    """Any iterable of paths as a list; one path counts as a list of one, None as an empty one."""
    if value is None:
        return []
    return [Path(one) for one in ([value] if isinstance(value, (str, os.PathLike)) else value)]


def existing(path: Path) -> Path:
    """The path of a file that is there.

    Raises:
        FileNotFoundError: There is none, or it is a directory.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {str(path)!r}")
    return path


def _check_target(made: Wanted) -> None:
    if made.temporary:
        if made.chat_id or made.folder_name or made.tags or made.auto_tags or made.auto_title:
            raise ValueError("a temporary turn is kept nowhere: it takes no chat_id, folder, tags or title")
        return
    if (made.title is None) == (made.chat_id is None):
        raise ValueError("chat_title or chat_id must say which chat, one of the two")
    if isinstance(made.parent_id, str) and made.title is not None:
        text(made.parent_id, "parent_id")


def _question(question: Any, *, has_attachments: bool) -> str:
    if not isinstance(question, str) or not (question.strip() or has_attachments):
        raise ValueError(f"question must be a text that is not empty, not {question!r}")
    return question


def _given(value: Any, name: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name} must be a text that is not empty, not {value!r}")
    return value


def _models(model_id: str | None, model_ids: Iterable[str] | None) -> tuple[str, ...]:
    if model_ids is None:
        one = _given(model_id, "model_id")
        return (one,) if one else ()
    several = tuple(texts(model_ids))
    if not several:
        raise ValueError("model_ids must name at least one model")
    return several


def _tag(tag: str) -> str:
    if tag.strip().lower() == "none":
        raise ValueError(f"the server has no tag {tag!r}: it means untagged there")
    return tag.strip()


def _json(value: Mapping[str, Any] | None, name: str) -> dict[str, Any]:
    made = dict(value or {})
    try:
        json.dumps(made)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be what JSON can say: {error}") from None
    return made


def _item(item: str | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(item, str):
        return {"type": "file", "id": text(item, "a file's id")}
    made = dict(item)
    if not made.get("type") or not (made.get("id") or made.get("url") or made.get("content")):
        raise ValueError(f"an item of files has a type, and an id, a url or a content; not {cast('object', made)!r}")
    return made
