"""Models: what you may chat with, and the entries that describe them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from typing import Any, List, Unpack, cast

from .._arguments import KEEP, Keep, text, texts
from .._bulk import LIMIT, BulkResult, Failure, Progress, for_each
from .._dual import Done, M, operation, streaming
from .._pages import numbered, walk
from .._server import GRANTS, READABLE_ENTRIES, READABLE_TAGS
from ._access import Access, grants
from ._model_calls import ACCESS_KEYS, ModelCalls
from ._model_entries import ModelFields, changed, checked_id, new_entry, settled
from ._model_records import Model, ModelEntry, ModelList, tags_of, whole

__all__ = ["Model", "ModelEntry", "Models"]

PAGE = 30


class Models(ModelCalls[M]):
    """Models and their entries. After each change the server is made to know it at once, also for the next chat."""

    @operation
    async def list(self, *, refresh: bool = False) -> List[Model]:
        """List the models that you may chat with, custom ones too, without those that are switched off.

        Args:
            refresh: Whether the server asks all its providers again.

        Route: GET /api/models.
        """
        return await self._offered(refresh=refresh)

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

        Routes: GET /api/v1/models/list, and on servers before 0.8 GET /api/models, GET /api/v1/models/model,
        GET /api/v1/auths/, GET /api/v1/users/groups.
        """
        if page is not None and numbered(page) and await self._server.has(READABLE_ENTRIES):
            return await self._page(page)
        async with self.iter() as entries:
            found = [entry async for entry in entries]
        return found if page is None else found[(page - 1) * PAGE :][:PAGE]

    @streaming(type(None))
    async def iter(self) -> AsyncGenerator[ModelEntry | Done[None]]:
        """Every custom model's entry that you may use or have made, page by page.

        Routes: GET /api/v1/models/list, and on servers before 0.8 GET /api/models, GET /api/v1/models/model,
        GET /api/v1/auths/, GET /api/v1/users/groups.
        """
        listed: set[str] = set()
        async with aclosing(walk(self._page, size=PAGE)) as entries:
            async for entry in entries:
                listed.add(entry.id)
                yield entry
        for entry in await self._unlisted(listed):
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
        """List the tags of the custom models that you may use.

        Routes: GET /api/v1/models/tags, on servers before 0.9 GET /api/v1/models/list.
        """
        if not await self._server.has(READABLE_TAGS):
            return tags_of(await self.custom())
        return await self._http.call(List[str], "GET", "/api/v1/models/tags")

    @operation
    async def get(self, model_id: str) -> ModelEntry:
        """Fetch a model's entry; nothing is written.

        Routes: GET /api/v1/models/model, and on servers before 0.7 GET /api/v1/auths/, GET /api/v1/users/groups.

        Raises:
            NotFoundError: There is no such model, or it has no entry yet: `ensure` makes one.
            PermissionDeniedError: You may not use it.
        """
        return await self._fetch(text(model_id, "a model id"))

    @operation
    async def ensure(self, model_id: str) -> ModelEntry:
        """Fetch a model's entry; one is made if a provider offers the model and it has none yet.

        An entry made here grants nobody anything: who could use the model before still can, and nobody else.

        Routes: GET /api/v1/models/model, GET /api/models, POST /api/v1/models/create.

        Raises:
            NotFoundError: There is no such model; nothing was written.
            PermissionDeniedError: You may not use it, or may not make entries.
        """
        async with self._http.runtime.hold(("model", text(model_id, "a model id"))):
            return await self._ensure(model_id)

    @operation
    async def create(
        self, entry: str | Mapping[str, Any], *, access: Access | Keep = KEEP, **fields: Unpack[ModelFields]
    ) -> ModelEntry:
        """Make an entry: a custom model, or what the server keeps about a provider's model.

        Args:
            entry: The model's id; or the server's own keys (`id`, `name`, `base_model_id`, `params`, `meta`, …).
            access: Who else may use it, see `Access`; left out, what the keys say, else nobody. Servers from 0.9 on
                leave out whom you may not share with: `access_grants` of the answer says who may use it.
            **fields: See `ModelFields`.

        Routes: POST /api/v1/models/create, GET /api/models.

        Raises:
            ConflictError: The id has an entry.
            UnsupportedError: The server is older than 0.8 and cannot say that access.

        Example:
            >>> client.models.create("pirate", base_model_id="gpt-5", system_prompt="Arr.", access="public")
        """
        keys: Mapping[str, Any] = {} if isinstance(entry, str) else entry
        body = {key: value for key, value in new_entry(entry, fields).items() if key not in ACCESS_KEYS}
        return await self._create(body, _said(keys, access))

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
            PermissionDeniedError: You may not change it, or not share it so; nothing is changed then.
            UnsupportedError: The server is older than 0.8 and cannot say that access.
        """
        if not fields and isinstance(access, Keep):
            raise ValueError(f"nothing to change about model {model_id!r}")
        fields, wanted = settled(fields), None if isinstance(access, Keep) else grants(access)
        changed({}, fields)  # refuses what is wrong before the first request
        model_id = text(model_id, "a model id")
        has_grants = await self._server.has(GRANTS)
        access_before = await self._fields(wanted) if wanted is not None and not has_grants else {}
        async with self._http.runtime.hold(("model", model_id)):
            if wanted is not None and (refusal := await self._refusal(wanted)):
                raise refusal
            entry = await self._ensure(model_id)
            if fields or access_before:
                entry = await self._save(entry, fields, access_before)
            if wanted is not None and has_grants:
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
            UnsupportedError: The server is older than 0.8 and cannot say that access.
        """
        wanted, ids = grants(access), list(dict.fromkeys(texts(model_ids)))
        if not ids:
            raise ValueError("no model is named")
        has_grants = await self._server.has(GRANTS)
        access_before = {} if has_grants else await self._fields(wanted)
        refusal = await self._refusal(wanted)
        offered = {model.id: model.name for model in await self.list()}

        async def one(model_id: str) -> None:
            if refusal:
                raise refusal
            if access_before:
                await self._save(await self._ensure(model_id), {}, access_before)
                return
            name = offered[model_id] if model_id in offered else (await self._fetch(model_id)).name
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
        entry = await self._http.call(dict[str, Any], "POST", "/api/v1/models/model/toggle", params=query)
        await self.list()
        return whole(entry)

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
        rows = await self._http.call(List[dict[str, Any]], "GET", "/api/v1/models/export")
        return [whole(row) for row in rows]

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
            entries: The server's own keys. What they do not say of access is as it was, and of a new entry private.
            replace: Whether those that are there are changed to what these say, keys of `meta` one by one; else they
                are failures.
            limit: How many at once.
            progress: Called after each.

        Routes: GET /api/v1/models/model, POST /api/v1/models/import, POST /api/v1/models/model/access/update,
        GET /api/models.

        Raises:
            ValueError: One has no id, or one with white space; nothing was sent.
        """
        rows = [{**entry, "id": checked_id(entry.get("id"))} for entry in entries]

        async def one(row: dict[str, Any]) -> None:
            await self._import(row, replace=replace)

        outcomes = await for_each(self._http.runtime, rows, one, limit=limit, progress=progress)
        await self.list()
        return _report([(outcome.item["id"], outcome.error) for outcome in outcomes])


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
