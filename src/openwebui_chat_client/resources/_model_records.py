"""What the server says of models: what you may chat with, and the entries that describe them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, List, NamedTuple

from .._records import Record, decode, mappings
from .._times import Dated
from ._access import granted


class Model(Record):
    """A model that you may chat with."""

    id: str
    name: str = ""
    owned_by: str = ""
    info: dict[str, Any] | None = None
    """Its entry, when it has one."""


class ModelEntry(Dated):
    """What the server keeps about a model: name, parameters, access."""

    id: str
    name: str = ""
    user_id: str = ""
    """Its owner."""
    base_model_id: str | None = None
    """The model behind it; None for the entry of a provider's own model."""
    params: dict[str, Any] | None = None
    """`system`, `temperature`, …; servers from 0.9 on send them empty to those who may not write."""
    meta: dict[str, Any] | None = None
    """`description`, `capabilities`, `tags`, `knowledge`, …; lists from 0.9 on leave `profile_image_url` out."""
    access_grants: List[dict[str, Any]] | None = None
    """Who else may read and write; on servers before 0.8 made of their `access_control`."""
    write_access: bool | None = None
    """Whether you may change it; not in every answer."""
    is_active: bool = True
    version_id: str | None = None
    """The saved version that is current; None before 0.12."""


class ModelList(Record):
    """The server's answer to a listing."""

    data: List[Model]


class Asker(NamedTuple):
    """Who asks, where that decides what may be done."""

    user_id: str
    is_admin: bool
    group_ids: frozenset[str]

    def may_write(self, entry: ModelEntry) -> bool:
        """Whether this entry may be changed."""
        named = {("user", self.user_id), *(("group", one) for one in self.group_ids)}
        given = ((one["principal_type"], one["principal_id"], one["permission"]) for one in granted(entry))
        return (
            self.is_admin
            or entry.user_id == self.user_id
            or any((kind, one) in named and permission == "write" for kind, one, permission in given)
        )


def whole(row: Mapping[str, Any]) -> ModelEntry:
    """An entry with the keys that it has on every version of the server."""
    return decode(ModelEntry, {"write_access": None, "version_id": None, "access_grants": granted(row), **row})


def tags_of(entries: Iterable[ModelEntry]) -> list[str]:
    """The tags of these entries, each once, in order of the alphabet."""
    found = (tag.get("name") for entry in entries for tag in mappings((entry.meta or {}).get("tags")))
    return sorted({str(name) for name in found if name})
