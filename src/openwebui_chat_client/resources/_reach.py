"""Pure: what a user or a group may use, as administrators see it."""

from __future__ import annotations

from typing import Any, List

from .._records import Record, decode, mapping, mappings


class Named(Record):
    """A thing that may be used."""

    id: str
    name: str = ""


class Reach(Record):
    """What a user or a group may use."""

    models: List[Named]
    """Those that have an entry; a provider's model without one is not among them."""
    knowledge: List[Named]
    tools: List[Named]


def reach(found: dict[str, Any]) -> Reach:
    """The server's answer, without its counts of all that there is."""
    return Reach(models=_items(found, "models"), knowledge=_items(found, "knowledge"), tools=_items(found, "tools"))


def _items(found: dict[str, Any], kind: str) -> List[Named]:
    return decode(List[Named], mappings(mapping(found.get(kind)).get("items")))
