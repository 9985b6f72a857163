"""What a query finds: pieces of text, in the server's columns."""

from __future__ import annotations

from typing import Any

from .._records import Record, mapping


class Hit(Record):
    """A piece of text that is near to what was asked."""

    text: str
    distance: float | None = None
    """How near; with the server's own vector store a likeness from 0 to 1, 1 being the same."""
    metadata: dict[str, Any]
    """`file_id`, `name`, `source`, `hash`, `start_index`, and more."""

    @property
    def file_id(self) -> str | None:
        """The file that it stands in."""
        return self.metadata.get("file_id")

    @property
    def file_name(self) -> str | None:
        """The name of that file."""
        return self.metadata.get("name")


def hits(answer: object) -> list[Hit]:
    """The first row of each column of the server's answer, side by side; nothing when it knows none."""
    texts, about, distances = (_first(answer, column) for column in ("documents", "metadatas", "distances"))
    return [
        Hit(
            text=str(text),
            metadata=mapping(about[number]) if number < len(about) else {},
            distance=distances[number] if number < len(distances) else None,
        )
        for number, text in enumerate(texts)
    ]


def _first(answer: object, column: str) -> list[Any]:
    rows = mapping(answer).get(column)
    return rows[0] if rows and isinstance(rows[0], list) else []
