"""The model behind a local server: the small one, the scripted one, or a server of the caller's."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2

from openwebui_chat_client.local import small_model
from openwebui_chat_client.local.errors import LocalServerError, PlatformError
from openwebui_chat_client.local.install import SMALL_MODEL, Progress, environment
from openwebui_chat_client.local.process import Guarded
from openwebui_chat_client.local.ready import wait_until
from openwebui_chat_client.local.scripted import ScriptedModel
from openwebui_chat_client.local.settings import Layout, child_environment

SCRIPTED_ID = "echo"


@dataclass(frozen=True)
class ModelEndpoint:
    """Where the model answers. Vectors always come from the scripted model: they need no network and no weights."""

    url: str
    model_id: str
    vectors: ScriptedModel


def check_model(model: str) -> None:
    """Refuse what is not a model, before anything is installed."""
    if model not in {"small", "scripted"} and not model.startswith(("http://", "https://")):
        raise ValueError(
            f"{model!r} is not a model: 'small', 'scripted', or the http(s) URL of an OpenAI-compatible server"
        )


def prepare_model(model: str, progress: Progress) -> Path | None:
    """Install what the model needs. Its interpreter; None if another model is wanted, or it cannot run here."""
    if model != "small":
        return None
    try:
        return environment(SMALL_MODEL, progress).python
    except PlatformError as error:
        progress(f"{error}\nThe scripted model stands in: it echoes what it is told.")
        return None


def start_model(
    model: str, python: Path | None, processes: Guarded, layout: Layout, stack: ExitStack, bound: float
) -> ModelEndpoint:
    """Start the model; `stack` and `processes` end it."""
    vectors = stack.enter_context(ScriptedModel())
    if python is not None:
        return ModelEndpoint(_start_small(python, processes, layout, bound), small_model.MODEL_ID, vectors)
    if model.startswith("http"):
        url = model.rstrip("/")
        return ModelEndpoint(url, first_model(url), vectors)
    return ModelEndpoint(vectors.url, SCRIPTED_ID, vectors)


def first_model(url: str) -> str:
    """The id of the first model that a server offers.

    Raises:
        LocalServerError: It cannot be asked, or offers none.
    """
    try:
        answer = httpx2.get(f"{url}/models", timeout=10).raise_for_status().json()
        return str(answer["data"][0]["id"])
    except (httpx2.HTTPError, ValueError, LookupError, TypeError) as error:
        raise LocalServerError(f"GET {url}/models: no list of models from there: {error!r}") from error


def _start_small(python: Path, processes: Guarded, layout: Layout, bound: float) -> str:
    ready = layout.temporary / "model.url"
    ready.unlink(missing_ok=True)
    argv = [str(python), "-I", small_model.__file__, str(ready)]
    env = child_environment(os.environ, layout)
    processes.start("model", argv, env=env, cwd=layout.root, log=layout.model_log)
    wait_until(ready.exists, "the small model", processes, "model", layout.model_log, bound)
    return f"{ready.read_text(encoding='utf-8').rstrip('/')}/v1"
