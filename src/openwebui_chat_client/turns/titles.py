"""The titles under which this client knows chats, so that the next turn finds one in a single request."""

from __future__ import annotations

from typing import NamedTuple

MOST_TITLES = 10_000


class Known(NamedTuple):
    """A chat that was asked for by a title."""

    chat_id: str
    title: str | None
    """Its title now, another one if the server gave it; None while the server is about to."""


class Titles:
    """The chats that this client used, by the title they were asked for."""

    def __init__(self) -> None:
        self._known: dict[str, Known] = {}

    def get(self, title: str) -> Known | None:
        """The chat that was asked for by this title."""
        return self._known.get(title)

    def remember(self, title: str, chat_id: str, now: str | None) -> None:
        """Know it from now on; `now` is its title, None while that is open. Beyond 10,000 the oldest is forgotten."""
        self._known[title] = Known(chat_id, now)
        if len(self._known) > MOST_TITLES:
            self.forget(next(iter(self._known)))

    def forget(self, title: str) -> None:
        """Search for it next time."""
        self._known.pop(title, None)
