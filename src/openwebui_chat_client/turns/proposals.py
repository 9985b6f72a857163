"""What the server's task model proposes for a chat: a title, tags, next questions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .._http import Http
from .._records import mapping, mappings, strings
from ..errors import APIResponseError


@dataclass(frozen=True)
class Proposals:
    """Asks for them."""

    http: Http

    async def propose(
        self, what: str, key: str, model_id: str, messages: Sequence[dict[str, Any]], chat_id: str
    ) -> Any:
        """What the model wrote under this key of the JSON object that it was told to write.

        Args:
            what: `title`, `tags` or `follow_up`.
            key: Under which the proposal stands.
            model_id: The model, unless the administrator chose another one for tasks.
            messages: What was said.
            chat_id: The chat.

        Raises:
            APIResponseError: The administrator has switched it off, or the model wrote none.
        """
        path = f"/api/v1/tasks/{what}/completions"
        body = {"model": model_id, "messages": list(messages), "chat_id": chat_id}
        answer = await self.http.call(dict[str, Any], "POST", path, json=body)
        if not answer.get("choices"):
            raise APIResponseError(f"POST {path}: {answer.get('detail') or 'no proposal came'}")
        written = str(mapping(mappings(answer["choices"])[0].get("message")).get("content") or "")
        found = next((one for one in json_objects(written) if key in one), None)
        if found is None:
            raise APIResponseError(f"POST {path}: the model wrote no proposal that can be read")
        return found[key]


def usable_tags(proposed: Any) -> list[str]:
    """The tags that the server takes, of those that a model proposed."""
    return [tag.strip() for tag in strings(proposed) if tag.strip() and tag.strip().lower() != "none"]


def json_objects(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects in a text, whatever stands around them."""
    decoder, start = json.JSONDecoder(), text.find("{")
    while start >= 0:
        try:
            found, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):  # no JSON, or nested deeper than anybody means
            end = start + 1
        else:
            yield mapping(found)
        start = text.find("{", end)
