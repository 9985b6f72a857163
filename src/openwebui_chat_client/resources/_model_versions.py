"""The former versions of models' entries, which the server keeps from 0.12 on."""

from __future__ import annotations

from typing import Any, List

from .._arguments import text
from .._dual import M, operation
from .._http import segment
from .._pages import numbered
from .._server import MODEL_VERSIONS
from ._base import Resource
from ._model_records import ModelEntry, ModelList
from ._versions import SavedVersion

HISTORY = "/api/v1/models/model/history"


class ModelVersions(Resource[M]):
    """The saved versions of models' entries."""

    @operation
    async def history(self, model_id: str, page: int = 1) -> List[SavedVersion]:
        """List saved versions of a model's entry, newest first, without what was saved.

        Args:
            model_id: The model.
            page: From 1, of 20 each; one beyond the last is empty.

        Route: GET /api/v1/models/model/history.

        Raises:
            NotFoundError: It has no entry.
            PermissionDeniedError: You may not change it.
            UnsupportedError: The server is older than 0.12.
        """
        query = {**_named(model_id), "page": numbered(page)}
        await self._server.require(MODEL_VERSIONS)
        return await self._http.call(List[SavedVersion], "GET", HISTORY, params=query)

    @operation
    async def get_version(self, model_id: str, version_id: str) -> SavedVersion:
        """Fetch one saved version, with what was saved. Route: GET /api/v1/models/model/history/{history_id}.

        Raises:
            NotFoundError: There is no such version of it.
            UnsupportedError: The server is older than 0.12.
        """
        path, query = f"{HISTORY}/{segment(version_id)}", _named(model_id)
        await self._server.require(MODEL_VERSIONS)
        return await self._http.call(SavedVersion, "GET", path, params=query)

    @operation
    async def restore(self, model_id: str, version_id: str) -> ModelEntry:
        """Make a saved version the current one; who may use the model, and the versions saved after it, stay.

        Routes: POST /api/v1/models/model/update/version, GET /api/models.

        Raises:
            NotFoundError: There is no such version of it.
            UnsupportedError: The server is older than 0.12.
        """
        query, body = _named(model_id), {"version_id": text(version_id, "a version's id")}
        await self._server.require(MODEL_VERSIONS)
        path = "/api/v1/models/model/update/version"
        entry = await self._http.call(ModelEntry, "POST", path, params=query, json=body, repeatable=True)
        await self._http.call(ModelList, "GET", "/api/models")
        return entry

    @operation
    async def delete_version(self, model_id: str, version_id: str) -> None:
        """Forget a saved version, for good. Route: DELETE /api/v1/models/model/history/{history_id}.

        Raises:
            NotFoundError: There is no such version of it.
            BadRequestError: It is the current one.
            UnsupportedError: The server is older than 0.12.
        """
        path, query = f"{HISTORY}/{segment(version_id)}", _named(model_id)
        await self._server.require(MODEL_VERSIONS)
        await self._http.call(bool, "DELETE", path, params=query)


def _named(model_id: str) -> dict[str, Any]:
    return {"id": text(model_id, "a model id")}
