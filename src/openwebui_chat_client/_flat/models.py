"""Flat names for models, and for who may use them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Unpack, cast

from .._arguments import KEEP, Keep, text, texts
from .._dual import Dual, M, alias, operation
from .._records import Record, mapping
from ..resources._access import PERMISSION_TYPES, Access, shared_with
from ..resources._model_entries import ModelDetails, ModelFields
from ..resources.groups import Groups
from ..resources.models import ModelEntry, Models


class ModelSharing(ModelDetails, total=False):
    """What can be said of a model, and in the original's words who else may use it."""

    permission_type: str
    """`public` (for new models the default), `private` or `group`."""
    group_identifiers: str | Iterable[str] | None
    """Ids or names."""
    user_ids: str | Iterable[str] | None


class ModelFailure(Record):
    """A model that could not be changed, and why."""

    model_id: str
    error: str


class PermissionReport(Record):
    """What became of each model."""

    success: list[str]
    failed: list[ModelFailure]
    skipped: list[str]
    """Always empty, as in the original."""


class ModelNames(Dual[M]):
    """`client.list_models()` and its like."""

    groups: Groups[M]
    models: Models[M]

    list_models = alias(Models.list)
    list_base_models = alias(Models.base)
    list_custom_models = alias(Models.custom)
    list_groups = alias(Groups.list)
    get_model = alias(Models.ensure)

    @operation
    async def create_model(
        self,
        model_config: str | Mapping[str, Any] | None = None,
        name: str | None = None,
        base_model_id: str | None = None,
        *,
        model_id: str | None = None,
        access_control: Access | Keep = KEEP,
        **fields: Unpack[ModelSharing],
    ) -> ModelEntry:
        """Make a model's entry; everybody may use it unless something else is said.

        Servers from 0.9 on leave out whom you may not share with: `access_grants` says who may use it.

        Args:
            model_config: The server's own keys (`id`, `name`, `base_model_id`, `params`, `meta`,
                `access_control`, …); or the model's id.
            name: Its name; the id when left out.
            base_model_id: The model behind it.
            model_id: Its id, when `model_config` is left out.
            access_control: Who else may use it, see `Access`.
            **fields: See `ModelSharing`. What is None is as if left out.

        Raises:
            ValueError: There is no id, or a word is not one of those that are known.
            NameNotFoundError: There is no such group; nothing was made.
            ConflictError: The id has an entry.
            UnsupportedError: The server is older than 0.8 and cannot say that access.
        """
        entry: str | dict[str, Any] = _one_of_two("model_config", model_config, "model_id", model_id) or ""
        given = _given(fields, name=name, base_model_id=base_model_id)
        said = isinstance(entry, dict) and bool({"access_control", "access_grants"} & entry.keys())
        access = await self._sharing(given, access_control, default=KEEP if said else "public")
        return await self.models.create(entry, access=access, **cast("ModelFields", given))

    @operation
    async def update_model(
        self,
        model_id: str,
        access_control: Access | Keep = KEEP,
        *,
        name: str | None = None,
        base_model_id: str | None = None,
        **fields: Unpack[ModelSharing],
    ) -> ModelEntry:
        """Change what is given about a model, and nothing else; a model without an entry gets one.

        Args:
            model_id: The model.
            access_control: Who else may use it from now on; a text that is no such word is the name, as in the
                original's code.
            name: Its name.
            base_model_id: The model behind it.
            **fields: See `ModelSharing`; `params` and `capabilities` are merged key by key, None removes a key;
                lists are replaced. What is None itself is as if left out.

        Raises:
            ValueError: Nothing is given.
            NotFoundError: There is no such model.
            NameNotFoundError: There is no such group; nothing was changed.
            PermissionDeniedError: You may not change it, or not share it so; nothing is changed then.
            UnsupportedError: The server is older than 0.8 and cannot say that access.
        """
        if isinstance(access_control, str) and access_control not in PERMISSION_TYPES[:2]:
            name, access_control = _one_of_two("access_control", access_control, "name", name), KEEP
        given = _given(fields, name=name, base_model_id=base_model_id)
        access = await self._sharing(given, access_control, default=KEEP)
        return await self.models.update(model_id, access=access, **cast("ModelFields", given))

    @operation
    async def delete_model(self, model_id: str) -> bool:
        """Delete a model's entry, not the provider's model. Always True: failure raises.

        Raises:
            NotFoundError: It has no entry.
        """
        await self.models.delete(model_id)
        return True

    @operation
    async def batch_update_model_permissions(
        self,
        model_identifiers: str | Iterable[str] | Iterable[Mapping[str, Any]] | None = None,
        model_keyword: str | None = None,
        permission_type: str = "public",
        group_identifiers: str | Iterable[str] | None = None,
        user_ids: str | Iterable[str] | None = None,
        max_workers: int = 5,
        *,
        models: Iterable[Mapping[str, Any]] | None = None,
    ) -> PermissionReport:
        """Say who may use many models, side by side.

        Args:
            model_identifiers: Their ids; these win over the keyword. Or models as `list_models` gave them: a second
                positional argument is then the permission type, as in the original's later code.
            model_keyword: A part of id or name, in any case.
            permission_type: `public`: everybody; `private`: the owner and `user_ids`; `group`: these groups and
                `user_ids`. All of them may use the models, not change them.
            group_identifiers: Ids or names.
            user_ids: Ids.
            max_workers: How many at once.
            models: The same as models in `model_identifiers`.

        Returns:
            `success`, the ids, `failed`, each with `model_id` and `error`, and `skipped`, always empty.

        Raises:
            ValueError: Neither ids nor a keyword; no such permission type; `group` without groups.
            NameNotFoundError: There is no such group; nothing was changed.
        """
        chosen = _listed(_one_of_two("model_identifiers", model_identifiers, "models", models))
        if any(isinstance(one, Mapping) for one in chosen) and model_keyword in PERMISSION_TYPES:
            permission_type = str(model_keyword)
        ids = texts(mapping(one)["id"] if isinstance(one, Mapping) else one for one in chosen)
        keyword = "" if ids else text(model_keyword or "", "a list of models or a keyword")
        access = await self._words(permission_type, group_identifiers, user_ids)
        if not ids:
            ids = [model.id for model in await self.models.matching(keyword)]
            if not ids:
                return PermissionReport(success=[], failed=[], skipped=[])
        report = await self.models.set_access(ids, access, limit=max_workers)
        failed = [ModelFailure(model_id=failure.item, error=failure.error) for failure in report.failed]
        return PermissionReport(success=report.succeeded, failed=failed, skipped=[])

    async def _sharing(
        self, given: dict[str, Any], access_control: Access | Keep, *, default: Access | Keep
    ) -> Access | Keep:
        """Takes the original's words for who may use a model out of the fields, and says it."""
        groups, users = given.pop("group_identifiers", None), given.pop("user_ids", None)
        word = given.pop("permission_type", None)
        if not isinstance(access_control, Keep):
            return access_control
        if word is None and groups is None and users is None:
            return default
        return await self._words(word or ("group" if groups else "private"), groups, users)

    async def _words(
        self,
        permission_type: str,
        group_identifiers: str | Iterable[str] | None,
        user_ids: str | Iterable[str] | None,
    ) -> list[dict[str, str]]:
        groups, users = _listed(group_identifiers), _listed(user_ids)
        shared_with(permission_type, groups, users)
        found = await self.groups.resolve(groups) if permission_type == "group" else []
        return shared_with(permission_type, found, users)


def _listed(value: Any) -> list[Any]:
    single = value is None or isinstance(value, (str, Mapping))
    return list(cast("Iterable[Any]", value)) if not single else [value] if value else []


def _one_of_two(first: str, value: Any, second: str, other: Any) -> Any:
    if value is not None and other is not None:
        raise TypeError(f"{first} and {second} are the same: give one")
    return other if value is None else value


def _given(fields: ModelSharing, **more: Any) -> dict[str, Any]:
    """What is given: in the original, None as a default says that something stays as it is."""
    return {key: value for key, value in {**more, **fields}.items() if value is not None}
