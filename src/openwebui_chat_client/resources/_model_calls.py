"""The calls about models' entries, with one result on every version of the server."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, List

from .._dual import M
from .._pages import items, numbered
from .._records import mapping
from .._server import CHECKED_UPDATES, GRANTS, KEPT_GRANTS, READABLE_ENTRIES, REFUSED_GRANTS
from ..errors import ConflictError, NotFoundError, PermissionDeniedError, UnsupportedError
from ._access import Access, access_fields, granted, unchanged
from ._model_entries import ModelFields, changed, new_entry
from ._model_records import Asker, Model, ModelEntry, ModelList, whole
from ._model_versions import ModelVersions

ENTRY = "/api/v1/models/model"
EVERYBODY = ("user", "*")
ACCESS_KEYS = ("access_grants", "access_control")


class ModelCalls(ModelVersions[M]):
    """Entries read and written."""

    async def _offered(self, *, refresh: bool = False) -> List[Model]:
        """The models that you may chat with; asking makes the server know what was changed."""
        query = {"refresh": "true"} if refresh else None
        return (await self._http.call(ModelList, "GET", "/api/models", params=query)).data

    async def _page(self, page: int) -> List[ModelEntry]:
        query = {"page": numbered(page), "order_by": "created_at", "direction": "desc"}
        rows = items(List[dict[str, Any]], await self._http.call(object, "GET", "/api/v1/models/list", params=query))
        return await self._judged(rows)

    async def _unlisted(self, listed: Collection[str]) -> List[ModelEntry]:
        """The entries that servers before 0.8 leave out of their list, though you may use the models."""
        if await self._server.has(READABLE_ENTRIES):
            return []
        usable = [model.id for model in await self._offered() if model.get("preset")]
        return [await self._fetch(model_id) for model_id in usable if model_id not in listed]

    async def _fetch(self, model_id: str) -> ModelEntry:
        asked = f"the entry of model {model_id}"
        found = await self._http.call(object, "GET", ENTRY, params={"id": model_id}, about=asked)
        if found is None:  # so say servers before 0.8
            raise PermissionDeniedError(
                f"GET {ENTRY} ({asked}): you do not have permission to use it", method="GET", path=ENTRY
            )
        [entry] = await self._judged([mapping(found)])
        return entry

    async def _former(self, model_id: str) -> ModelEntry | None:
        try:
            return await self._fetch(model_id)
        except NotFoundError:
            return None

    async def _judged(self, rows: Iterable[dict[str, Any]]) -> List[ModelEntry]:
        """The entries, each with `write_access`, which servers before 0.7 do not say."""
        entries = [whole(row) for row in rows]
        if any(entry.write_access is None for entry in entries):
            asker = await self._asker()
            for entry in entries:
                entry["write_access"] = asker.may_write(entry)
        return entries

    async def _asker(self) -> Asker:
        me = await self._http.call(dict[str, Any], "GET", "/api/v1/auths/")
        groups = await self._http.call(List[dict[str, Any]], "GET", "/api/v1/users/groups")
        return Asker(str(me["id"]), me.get("role") == "admin", frozenset(str(group["id"]) for group in groups))

    async def _ensure(self, model_id: str) -> ModelEntry:
        try:
            return await self._fetch(model_id)
        except NotFoundError:
            offered = next((model for model in await self._offered() if model.id == model_id), None)
            if offered is None:
                raise
        return await self._create(new_entry(model_id, {"name": offered.name or model_id}), "private")

    async def _create(self, body: Mapping[str, Any], access: Access) -> ModelEntry:
        said = {**body, **await self._fields(access)}
        made = await self._http.call(
            dict[str, Any], "POST", "/api/v1/models/create", json=said, about=f"model {body['id']}"
        )
        await self._offered()
        return whole(made)

    async def _save(self, entry: ModelEntry, fields: ModelFields, access: Mapping[str, Any]) -> ModelEntry:
        """Write the entry back with these changes; `access` is what servers before 0.8 take with them."""
        kept = access or await self._kept(entry)
        body = {**changed(entry, fields), **kept}
        return whole(await self._http.call(dict[str, Any], "POST", f"{ENTRY}/update", json=body, repeatable=True))

    async def _fields(self, access: Access) -> dict[str, Any]:
        """The part of a body that gives this access.

        Raises:
            UnsupportedError: Servers before 0.8 cannot say it.
        """
        has_grants = await self._server.has(GRANTS)
        try:
            return access_fields(access, has_grants)
        except UnsupportedError:
            await self._server.require(GRANTS)
            raise

    async def _kept(self, entry: ModelEntry) -> dict[str, Any]:
        """What an update says so that access stays: before 0.8 it becomes public without, before 0.11 it fails.

        Raises:
            PermissionDeniedError: The server would take away what you may not grant yourself.
        """
        if await self._server.has(KEPT_GRANTS):
            return {}
        if await self._server.has(CHECKED_UPDATES) and (refusal := await self._refusal(granted(entry))):
            raise refusal
        return unchanged(entry, await self._server.has(GRANTS))

    async def _grant(self, model_id: str, name: str, wanted: List[dict[str, str]]) -> ModelEntry:
        body = {"id": model_id, "name": name, "access_grants": wanted}
        path, about = f"{ENTRY}/access/update", f"model {model_id}"
        return whole(
            await self._http.call(dict[str, Any], "POST", path, json=body, repeatable=True, about=about),
        )

    async def _refusal(self, wanted: Iterable[Mapping[str, str]]) -> PermissionDeniedError | None:
        """Why you may not grant this; None when you may, or when the server itself refuses.

        Servers before 0.12 leave out of the grants what you may not give, without a word.
        """
        named = {(one["principal_type"], one["principal_id"]) for one in wanted}
        users = {one for one in named if one[0] == "user"}
        if not users or await self._server.has(REFUSED_GRANTS):
            return None
        me = await self._http.call(dict[str, Any], "GET", "/api/v1/auths/")
        rights = mapping(me.get("permissions"))
        publicly = mapping(rights.get("sharing")).get("public_models", False)
        to_users = mapping(rights.get("access_grants")).get("allow_users", True)
        if me.get("role") == "admin" or ((publicly or EVERYBODY not in users) and (to_users or users <= {EVERYBODY})):
            return None
        whom = "single users" if publicly or EVERYBODY not in users else "everybody"
        return PermissionDeniedError(f"you do not have permission to share models with {whom}", status_code=403)

    async def _import(self, row: dict[str, Any], *, replace: bool) -> None:
        former = None
        try:
            former = await self._former(row["id"])
        except PermissionDeniedError:
            if replace:
                raise
            raise ConflictError(f"model {row['id']!r} has an entry that you may not use") from None
        if former is not None and not replace:
            raise ConflictError(f"model {row['id']!r} has an entry; replace=True changes it")
        if former is not None and not former.write_access:
            raise PermissionDeniedError(f"you do not have permission to change model {row['id']!r}", status_code=403)
        wanted = granted(row) if any(key in row for key in ACCESS_KEYS) else granted(former or {"access_grants": []})
        has_grants = await self._server.has(GRANTS)
        body = {**row, **await self._fields(wanted)}
        if former is not None:  # servers before 0.11 replace `meta` whole
            body["meta"] = {**mapping(former.meta), **mapping(row.get("meta"))}
        await self._http.call(bool, "POST", "/api/v1/models/import", json={"models": [body]})
        entry = await self._fetch(row["id"])  # the server leaves out what you may not bring without a word
        if former is not None and has_grants and not _same(granted(entry), wanted):
            if refusal := await self._refusal(wanted):
                raise refusal
            await self._grant(entry.id, entry.name, wanted)


def _same(some: Iterable[dict[str, str]], others: Iterable[dict[str, str]]) -> bool:
    """Whether these are the same grants, in any order."""
    first, second = ({tuple(sorted(one.items())) for one in listed} for listed in (some, others))
    return first == second
