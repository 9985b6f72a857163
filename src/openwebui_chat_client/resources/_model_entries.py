"""Pure: what people say of a model, as the entry that the server keeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypedDict, cast

from .._arguments import text, texts
from .._records import mapping

FORM = ("id", "base_model_id", "name", "meta", "params", "is_active")
"""The keys of an entry that a body carries; who may use the model goes apart."""
STICKY: Mapping[str, Any] = {
    "profile_image_url": None,
    "background_image_url": None,
    "voice_avatar": None,
    "model_controls": {},
}
"""Keys that servers from 0.11 on keep when they are left out, each with what removes it."""


class ModelDetails(TypedDict, total=False):
    """What can be said of a model besides its name and what is behind it."""

    description: str | None
    profile_image_url: str | None
    """A path on the server or a `data:` address."""
    capabilities: Mapping[str, bool | None]
    """Such as `vision`, `file_upload`, `web_search`; merged key by key, None removes one."""
    suggestion_prompts: Iterable[str | Mapping[str, Any]]
    """What the browser proposes to ask; texts, or the server's own objects. Replaces the former."""
    tags: Iterable[str]
    """Replace the former."""
    is_active: bool
    system_prompt: str | None
    """The same as `params={"system": …}`."""
    temperature: float | None
    stream_response: bool | None
    params: Mapping[str, Any]
    """The server's parameters (`system`, `temperature`, `top_p`, …); merged key by key, None removes one."""
    other_params: Mapping[str, Any]
    """The original's second name for `params`."""
    meta: Mapping[str, Any]
    """Any other of the server's keys (`knowledge`, `toolIds`, `filterIds`, …); merged key by key, None removes one."""


class ModelFields(ModelDetails, total=False):
    """What can be said of a model; in a change, all that is left out stays as it is."""

    name: str
    base_model_id: str | None
    """The model behind it; None for the entry of a provider's own model."""


def checked_id(model_id: object) -> str:
    """The id of a model.

    Raises:
        ValueError: It is empty, or has white space in it.
    """
    if not isinstance(model_id, str) or not model_id or model_id != "".join(model_id.split()):
        raise ValueError(f"a model id is a text without white space, not {model_id!r}")
    return model_id


def settled(fields: ModelFields) -> ModelFields:
    """The fields, with what can be walked only once made lists."""
    given: dict[str, Any] = dict(fields)
    if "tags" in given:
        given["tags"] = texts(given["tags"])
    if "suggestion_prompts" in given:
        prompts = given["suggestion_prompts"]
        given["suggestion_prompts"] = [prompts] if isinstance(prompts, (str, Mapping)) else list(prompts or ())
    return cast("ModelFields", given)


def new_entry(entry: str | Mapping[str, Any], fields: ModelFields) -> dict[str, Any]:
    """The body that makes an entry of an id or of the server's own keys, and of these fields.

    Raises:
        ValueError: The id is empty or has white space in it, or a field is not what it should be.
    """
    keys = {"id": entry} if isinstance(entry, str) else {key: entry[key] for key in entry if entry[key] is not None}
    model_id = checked_id(keys.get("id"))
    params = _params({"params": keys.pop("params", None)})
    meta = _meta({"capabilities": {}}, {"meta": keys.pop("meta", None)})  # without, models of 0.7 answer nothing
    blank = {"id": model_id, "name": model_id, "base_model_id": None, "is_active": True}
    row: dict[str, Any] = {**blank, **keys, "params": params, "meta": meta}
    return {**row, **changed(row, fields)}


def changed(entry: Mapping[str, Any], fields: ModelFields) -> dict[str, Any]:
    """The body that leaves an entry as it is but for these fields.

    Raises:
        ValueError: A field is not what it should be.
    """
    body = {key: entry[key] for key in FORM if key in entry}
    given: dict[str, Any] = dict(settled(fields))
    body["params"] = _merged(mapping(entry.get("params")), _params(given))
    body["meta"] = _meta(mapping(entry.get("meta")), given)
    if "name" in given:
        body["name"] = text(given.pop("name"), "a name")
    body.update({key: given.pop(key) for key in ("base_model_id", "is_active") if key in given})
    if body.get("base_model_id") is not None and body.get("base_model_id") == body.get("id"):
        body["base_model_id"] = None  # servers before 0.11 keep a model that is behind itself, and fail with it
    if given:
        raise TypeError(f"there is nothing of that name to say of a model: {', '.join(sorted(given))}")
    return body


def _params(given: dict[str, Any]) -> dict[str, Any]:
    params = {**_object(given, "params"), **_object(given, "other_params")}
    if "system_prompt" in params:
        params["system"] = params.pop("system_prompt")
    if "system_prompt" in given:
        params["system"] = given.pop("system_prompt")
    return params | {key: given.pop(key) for key in ("temperature", "stream_response") if key in given}


def _meta(former: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    meta = _merged(former, _object(given, "meta"))
    if "capabilities" in given:
        meta["capabilities"] = _merged(mapping(meta.get("capabilities")), _object(given, "capabilities"))
    if "tags" in given:
        meta["tags"] = given.pop("tags")
    if isinstance(meta.get("tags"), list):
        meta["tags"] = [{"name": tag} if isinstance(tag, str) else tag for tag in meta["tags"]]
    if "suggestion_prompts" in given:
        meta["suggestion_prompts"] = [_suggestion(one) for one in given.pop("suggestion_prompts")]
    return meta | {key: given.pop(key) for key in ("description", "profile_image_url") if key in given}


def _suggestion(prompt: str | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(prompt, Mapping):
        return dict(prompt)
    return {"content": text(prompt, "the text of a suggestion")}


def _object(given: dict[str, Any], name: str) -> Mapping[str, Any]:
    value = given.pop(name, None)
    if value is not None and not isinstance(value, Mapping):
        raise ValueError(f"{name} is a mapping, not {value!r}")
    return cast("Mapping[str, Any]", value or {})


def _merged(former: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    removed = {key: STICKY[key] for key, value in changes.items() if value is None and key in STICKY and key in former}
    kept = {key: value for key, value in {**former, **changes}.items() if value is not None or key not in changes}
    return kept | removed
