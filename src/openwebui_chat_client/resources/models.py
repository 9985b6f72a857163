"""Models: what you may chat with, and the entries that describe them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from typing import Any, List, Unpack, cast

from .._arguments import KEEP, Keep, text, texts
from .._bulk import LIMIT, BulkResult, Failure, Progress, for_each
from .._dual import Done, M, operation, streaming
from .._pages import items, walk
from .._records import Record
from .._server import GRANTS
from .._times import Dated
from ..errors import ConflictError, NotFoundError, PermissionDeniedError
from ._access import Access, access_fields, granted, grants, unchanged
from ._base import Resource
from ._model_entries import ModelFields, changed, checked_id, new_entry, settled

PAGE = 30
ACCESS_KEYS = ("access_grants", "access_control")


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
    """`system`, `temperature`, …; recent servers send them empty to those who may not write."""
    meta: dict[str, Any] | None = None
    """`description`, `capabilities`, `tags`, `knowledge`, …"""
    access_grants: List[dict[str, Any]] | None = None
    """Who else may read and write; servers before 0.8 have `access_control` instead."""
    write_access: bool | None = None
    """Whether you may change it; not in every answer."""
    is_active: bool = True


class ModelList(Record):
    """The server's answer to a listing."""

    data: List[Model]


class Models(Resource[M]):
    """Models and their entries. After each change the server is made to know it at once, also for the next chat."""

    @operation
    async def list(self, *, refresh: bool = False) -> List[Model]:
        """List the models that you may chat with, custom ones too, without those that are switched off.

        Args:
            refresh: Whether the server asks all its providers again.

        Route: GET /api/models.
        """
        query = {"refresh": "true"} if refresh else None
        return (await self._http.call(ModelList, "GET", "/api/models", params=query)).data

    @operation
    async def base(self) -> List[Model]:
        """List all models of the providers, also those that are switched off; administrators only.

        Route: GET /api/models/base.

        Raises:
            PermissionDeniedError: You are no administrator.
        """
        return (await self._http.call(ModelList, "GET", "/api/models/base")).data

    @operation
    async def custom(self, page: int | None = None) -> List[ModelEntry]:
        """List the entries of the custom models that you may use or have made; no base models.

        Args:
            page: From 1, of 30 each; one beyond the last is empty. Left out: all of them.

        Route: GET /api/v1/models/list.
        """
        if page is not None:
            return await self._page(page)
        async with self.iter() as entries:
            return [entry async for entry in entries]

    @streaming(type(None))
    async def iter(self) -> AsyncGenerator[ModelEntry | Done[None]]:
        """Every custom model's entry, page by page. Route: GET /api/v1/models/list."""
        async with aclosing(walk(self._page, size=PAGE)) as entries:
            async for entry in entries:
                yield entry
        yield Done(None)

    @operation
    async def matching(self, keyword: str) -> List[Model]:
        """List the models whose id or name has this in it, in any case. Route: GET /api/models.

        Raises:
            ValueError: The keyword is empty.
        """
        part = text(keyword, "a keyword").casefold()
        return [model for model in await self.list() if part in model.id.casefold() or part in model.name.casefold()]

    @operation
    async def tags(self) -> List[str]:
        """List the tags of the custom models that you may use. Route: GET /api/v1/models/tags."""
        return await self._http.call(List[str], "GET", "/api/v1/models/tags")

    @operation
    async def get(self, model_id: str) -> ModelEntry:
        """Fetch a model's entry; nothing is written. Route: GET /api/v1/models/model.

        Raises:
            NotFoundError: There is no such model, or it has no entry yet: `ensure` makes one.
            PermissionDeniedError: You may not use it.
        """
        query = {"id": text(model_id, "a model id")}
        return await self._http.call(
            ModelEntry, "GET", "/api/v1/models/model", params=query, about=f"the entry of model {model_id}"
        )

    @operation
    async def ensure(self, model_id: str) -> ModelEntry:
        """Fetch a model's entry; one is made if a provider offers the model and it has none yet.

        An entry made here grants nobody anything: who could use the model before still can, and nobody else.

        Routes: GET /api/v1/models/model, GET /api/models, POST /api/v1/models/create.

        Raises:
            NotFoundError: There is no such model; nothing was written.
            PermissionDeniedError: You may not use it, or may not make entries.
        """
        async with self._http.runtime.hold(("model", model_id)):
            return await self._ensure(model_id)

    @operation
    async def create(
        self, entry: str | Mapping[str, Any], *, access: Access | Keep = KEEP, **fields: Unpack[ModelFields]
    ) -> ModelEntry:
        """Make an entry: a custom model, or what the server keeps about a provider's model.

        Args:
            entry: The model's id; or the server's own keys (`id`, `name`, `base_model_id`, `params`, `meta`, …).
            access: Who else may use it, see `Access`; left out, what the keys say, else nobody.
            **fields: See `ModelFields`.

        Routes: POST /api/v1/models/create, GET /api/models.

        Raises:
            ConflictError: The id has an entry.

        Example:
            >>> client.models.create("pirate", base_model_id="gpt-5", system_prompt="Arr.", access="public")
        """
        keys: Mapping[str, Any] = {} if isinstance(entry, str) else entry
        body = {key: value for key, value in new_entry(entry, fields).items() if key not in ACCESS_KEYS}
        body |= await self._access(_said(keys, access))
        about = f"model {body['id']}"
        made = await self._http.call(ModelEntry, "POST", "/api/v1/models/create", json=body, about=about)
        await self.list()
        return made

    @operation
    async def update(self, model_id: str, *, access: Access | Keep = KEEP, **fields: Unpack[ModelFields]) -> ModelEntry:
        """Change what is given, and nothing else; a model without an entry gets one.

        Args:
            model_id: The model.
            access: Who else may use it from now on, see `Access`.
            **fields: See `ModelFields`: mappings are merged key by key, lists are replaced.

        Routes: GET /api/v1/models/model, POST /api/v1/models/model/update, POST /api/v1/models/model/access/update,
        GET /api/models.

        Raises:
            ValueError: Nothing is given.
            NotFoundError: There is no such model.
        """
        if not fields and isinstance(access, Keep):
            raise ValueError(f"nothing to change about model {model_id!r}")
        fields, wanted = settled(fields), None if isinstance(access, Keep) else grants(access)
        changed({}, fields)  # refuses what is wrong before the first request
        async with self._http.runtime.hold(("model", model_id)):
            entry = await self._ensure(model_id)
            if fields or not await self._server.has(GRANTS):
                entry = await self._save(entry, fields, wanted)
            if wanted is not None and await self._server.has(GRANTS):
                entry = await self._grant(entry.id, entry.name, wanted)
        await self.list()
        return entry

    @operation
    async def set_access(
        self,
        model_ids: str | Iterable[str],
        access: Access,
        *,
        limit: int = LIMIT,
        progress: Progress | None = None,
    ) -> BulkResult:
        """Say who else may use these models, side by side; a model without an entry gets one.

        Args:
            model_ids: The models; each counts once.
            access: Who else may use them, see `Access`.
            limit: How many at once.
            progress: Called after each.

        Returns:
            `succeeded`, the ids, and `failed`, each with `item` and `error`; none stops the others.

        Routes: GET /api/models, POST /api/v1/models/model/access/update.

        Raises:
            ValueError: There is no id, or an empty one; or it is no access.
        """
        wanted, ids = grants(access), list(dict.fromkeys(texts(model_ids)))
        if not ids:
            raise ValueError("no model is named")
        offered = {model.id: model.name for model in await self.list()}

        async def one(model_id: str) -> None:
            if not await self._server.has(GRANTS):
                await self._save(await self._ensure(model_id), {}, wanted)
                return
            name = offered[model_id] if model_id in offered else (await self.get(model_id)).name
            await self._grant(model_id, name, wanted)

        outcomes = await for_each(self._http.runtime, ids, one, limit=limit, progress=progress)
        await self.list()
        return _report([(outcome.item, outcome.error) for outcome in outcomes])

    @operation
    async def toggle(self, model_id: str) -> ModelEntry:
        """Switch a model off if it is on, and on if it is off; `update(model_id, is_active=…)` says which.

        Routes: POST /api/v1/models/model/toggle, GET /api/models.

        Raises:
            NotFoundError: It has no entry.
        """
        query = {"id": text(model_id, "a model id")}
        entry = await self._http.call(ModelEntry, "POST", "/api/v1/models/model/toggle", params=query)
        await self.list()
        return entry

    @operation
    async def delete(self, model_id: str) -> None:
        """Delete a model's entry: a custom model is gone then, a provider's model only loses its settings.

        Routes: POST /api/v1/models/model/delete, GET /api/models.

        Raises:
            NotFoundError: It has no entry.
        """
        body = {"id": text(model_id, "a model id")}
        await self._http.call(bool, "POST", "/api/v1/models/model/delete", json=body, about=f"model {model_id}")
        await self.list()

    @operation
    async def export(self) -> List[ModelEntry]:
        """The entries of all custom models that you may write, as `import_` takes them back.

        Route: GET /api/v1/models/export.

        Raises:
            PermissionDeniedError: You may not export models.
        """
        return await self._http.call(List[ModelEntry], "GET", "/api/v1/models/export")

    @operation
    async def import_(
        self,
        entries: Iterable[Mapping[str, Any]],
        *,
        replace: bool = False,
        limit: int = LIMIT,
        progress: Progress | None = None,
    ) -> BulkResult:
        """Bring entries from `export`, of this server or another, with who may use them. `succeeded` are ids.

        Args:
            entries: The server's own keys.
            replace: Whether those that are there are changed to what these say; else they are failures. Who may
                use them stays as it is then on servers from 0.12 on: `set_access` changes it.
            limit: How many at once.
            progress: Called after each.

        Routes: GET /api/v1/models/model, POST /api/v1/models/import, GET /api/models.

        Raises:
            ValueError: One has no id, or one with white space; nothing was sent.
        """
        rows = [{**entry, "id": checked_id(entry.get("id"))} for entry in entries]
        has_grants = await self._server.has(GRANTS)

        async def one(row: dict[str, Any]) -> None:
            if not replace and await self._has_entry(row["id"]):
                raise ConflictError(f"model {row['id']!r} has an entry; replace=True changes it")
            access = access_fields(granted(row), has_grants) if any(key in row for key in ACCESS_KEYS) else {}
            await self._http.call(bool, "POST", "/api/v1/models/import", json={"models": [{**row, **access}]})
            await self.get(row["id"])  # the server leaves out what you may not bring without a word

        outcomes = await for_each(self._http.runtime, rows, one, limit=limit, progress=progress)
        await self.list()
        return _report([(outcome.item["id"], outcome.error) for outcome in outcomes])

    async def _page(self, page: int) -> List[ModelEntry]:
        if page < 1:
            raise ValueError(f"pages are counted from 1, not {page}")
        query = {"page": page, "order_by": "created_at", "direction": "desc"}
        return items(List[ModelEntry], await self._http.call(object, "GET", "/api/v1/models/list", params=query))

    async def _has_entry(self, model_id: str) -> bool:
        try:
            await self.get(model_id)
        except NotFoundError:
            return False
        except PermissionDeniedError:
            return True
        return True

    async def _ensure(self, model_id: str) -> ModelEntry:
        try:
            return await self.get(model_id)
        except NotFoundError:
            offered = next((model for model in await self.list() if model.id == model_id), None)
            if offered is None:
                raise
        return await self.create(model_id, name=offered.name or model_id, access="private")

    async def _save(self, entry: ModelEntry, fields: ModelFields, wanted: List[dict[str, str]] | None) -> ModelEntry:
        """Write the entry back with these changes; its access too, which servers before 0.12 read from there."""
        has_grants = await self._server.has(GRANTS)
        access = unchanged(entry, has_grants) if wanted is None else access_fields(wanted, has_grants)
        body = {**changed(entry, fields), **access}
        return await self._http.call(ModelEntry, "POST", "/api/v1/models/model/update", json=body, repeatable=True)

    async def _grant(self, model_id: str, name: str, wanted: List[dict[str, str]]) -> ModelEntry:
        body = {"id": model_id, "name": name, "access_grants": wanted}
        path = "/api/v1/models/model/access/update"
        return await self._http.call(ModelEntry, "POST", path, json=body, repeatable=True, about=f"model {model_id}")

    async def _access(self, access: Access) -> dict[str, Any]:
        return access_fields(access, await self._server.has(GRANTS))


def _report(ended: Iterable[tuple[str, Exception | None]]) -> BulkResult:
    """Ids and how it went with each, told apart."""
    both = list(ended)
    failed = [Failure(item=model_id, error=str(error)) for model_id, error in both if error]
    return BulkResult(succeeded=[model_id for model_id, error in both if not error], failed=failed)


def _said(keys: Mapping[str, Any], access: Access | Keep) -> Access:
    """The access that an argument gives, else the keys of an entry, else none."""
    if not isinstance(access, Keep):
        return access
    if keys.get("access_grants") is not None:
        return cast("Access", keys["access_grants"])
    return cast("Access", keys["access_control"]) if "access_control" in keys else "private"
