"""Pure: a chat as a Markdown document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._messages import Message, text_of
from .._records import mapping, mappings
from .._times import seconds
from ._chat_messages import all_messages, columns, shown
from ._chat_records import Chat

WHEN = "%Y-%m-%d %H:%M UTC"


def markdown(chat: Chat) -> str:
    """The branch on show: a heading for each message, answers that stand side by side one after another."""
    known = all_messages(chat.chat)
    parts = [f"# {_line(chat.title)}", _about(chat)]
    for message in shown(chat.chat):
        together = columns(known, message) if message.get("role") == "assistant" else [message]
        parts += [_section(one) for one in together]
    return "\n\n".join(filter(None, parts)) + "\n"


def _about(chat: Chat) -> str:
    created, tags = chat.created, chat.tag_ids
    facts = [f"Created {created.strftime(WHEN)}" if created else "", f"Tags: {', '.join(tags)}" if tags else ""]
    return " · ".join(filter(None, facts))


def _section(message: Message) -> str:
    failed = mapping(message.get("error")).get("content")
    parts = [
        _heading(message),
        text_of(message).strip(),
        f"> **Error:** {_line(str(failed))}" if failed else "",
        _listed("Attached", [_name(file) for file in mappings(message.get("files"))]),
        _listed("Sources", [_source(source) for source in mappings(message.get("sources"))]),
    ]
    return "\n\n".join(filter(None, parts))


def _heading(message: Message) -> str:
    if message.get("role") == "user":
        who = "User"
    else:
        who = _line(str(message.get("modelName") or message.get("model") or message.get("role") or "Assistant"))
    at = message.get("timestamp")
    written = seconds(at) if isinstance(at, int | float) else None
    return f"## {who} · {written.strftime(WHEN)}" if written else f"## {who}"


def _listed(what: str, names: list[str]) -> str:
    lines = [f"- {name}" for name in dict.fromkeys(names) if name]
    return "\n".join([f"{what}:", "", *lines]) if lines else ""


def _name(file: Mapping[str, Any]) -> str:
    named = file.get("name") or mapping(file.get("file")).get("filename") or file.get("type")
    return _line(str(named or ""))


def _source(source: Mapping[str, Any]) -> str:
    about = mapping(source.get("source"))
    name, url = _line(str(about.get("name") or "")), about.get("url")
    return f"[{name or url}]({url})" if url else name


def _line(text: str) -> str:
    return " ".join(text.split())
