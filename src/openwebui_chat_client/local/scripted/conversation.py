"""A completion call as a model sees it: the messages, the question, the context put before it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, TypeGuard

CONTEXT = re.compile(r"<context>(.*)</context>", re.DOTALL)
# The instructions of Open WebUI's RAG template name `<source id="1">` too: a source holds no other source.
SOURCE = re.compile(r"<source\b[^>]*>((?:(?!<source\b).)*?)</source>", re.DOTALL)
USER_QUERY = re.compile(r"<user_query>(.*?)</user_query>", re.DOTALL)


@dataclass(frozen=True)
class ChatRequest:
    """The body of `POST /v1/chat/completions`, and what models want to know of it."""

    body: dict[str, Any]

    @property
    def model(self) -> str:
        """The model's id."""
        return str(self.body.get("model", ""))

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The conversation, oldest first."""
        return list_in(self.body.get("messages"))

    @property
    def question(self) -> str:
        """Text of the last user message, exactly; empty when there is none."""
        return next((text_of(each) for each in reversed(self.messages) if each.get("role") == "user"), "")

    @property
    def asked(self) -> str:
        """The last words of the user, without the context that Open WebUI puts before them."""
        users = (own_words(text_of(each)) for each in reversed(self.messages) if each.get("role") == "user")
        return next(filter(None, users), "")

    @property
    def passages(self) -> list[str]:
        """The texts of the sources that Open WebUI put into the conversation; blank ones are left out."""
        found = [passage for message in self.messages for passage in _passages(text_of(message))]
        return [passage for passage in found if passage.strip()]

    @property
    def streams(self) -> bool:
        """Whether the caller asked for a stream."""
        return bool(self.body.get("stream"))

    @property
    def wants_usage(self) -> bool:
        """Whether a stream is to end with the numbers of `stream_options.include_usage`."""
        options: dict[str, Any] = self.body.get("stream_options") or {}
        return bool(options.get("include_usage"))


def text_of(message: dict[str, Any]) -> str:
    """The text of a message; of content in parts, the text parts, joined by line breaks."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in parts_of(message) if part.get("type") == "text")


def parts_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts of a message's content; none when it is plain text."""
    return [part for part in list_in(message.get("content")) if isinstance(part, dict)]


def list_in(value: Any) -> list[Any]:
    """The value itself where it is a list, else an empty one: what callers leave out is null or missing."""
    return value if _is_list(value) else []


def _is_list(value: Any) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def own_words(text: str) -> str:
    """What the user wrote, of a message that may begin with the filled-in RAG template."""
    template, tag, rest = text.rpartition("</context>")
    if not tag or "<context>" not in template:
        return text
    repeated = USER_QUERY.search(rest)  # older templates say the question once more, in a tag
    behind = USER_QUERY.sub("", rest).strip()
    return behind or (repeated[1].strip() if repeated else "")


def _passages(text: str) -> list[str]:
    context = CONTEXT.search(text)
    inside = context[1] if context else text
    sources = SOURCE.findall(inside)
    return sources if sources or not context else [inside]
