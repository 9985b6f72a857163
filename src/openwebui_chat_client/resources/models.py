"""Models: what you may chat with, and the entries that describe them."""

from __future__ import annotations

from typing import Any, List

from .._dual import M, operation
from .._records import Record
from ._base import Resource


class Model(Record):
    """A model that you may chat with."""

    id: str
    name: str = ""
    owned_by: str = ""
    info: dict[str, Any] | None = None
    """Its entry, when it has one."""


class ModelEntry(Record):
    """What the server keeps about a model: name, parameters, access."""

    id: str
    name: str = ""
    base_model_id: str | None = None
    """The model behind it; None for the entry of a provider's own model."""
    params: dict[str, Any] | None = None
    meta: dict[str, Any] | None = None
    is_active: bool = True


class ModelList(Record):
    """The server's answer to a listing."""

    data: List[Model]


class Models(Resource[M]):
    """Models and their entries."""

    @operation
    async def list(self) -> List[Model]:
        """List the models that you may chat with. Route: GET /api/models."""
        return (await self._http.call(ModelList, "GET", "/api/models")).data

    @operation
    async def create(self, entry: dict[str, Any]) -> ModelEntry:
        """Make an entry from the server's own keys, and let the next chat know it.

        Routes: POST /api/v1/models/create, GET /api/models.

        Raises:
            ConflictError: The id has an entry.
        """
        made = await self._http.call(ModelEntry, "POST", "/api/v1/models/create", json=entry)
        await self.list()
        return made
