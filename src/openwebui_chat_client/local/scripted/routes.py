"""The routes of the scripted server: which path is answered by what, and what is recorded of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast

from openwebui_chat_client.local.scripted.answer import embedding_list, model_list
from openwebui_chat_client.local.scripted.connection import Connection
from openwebui_chat_client.local.scripted.conversation import ChatRequest, list_in
from openwebui_chat_client.local.scripted.playing import play, refuse
from openwebui_chat_client.local.scripted.recording import RecordedRequest, Recorder
from openwebui_chat_client.local.scripted.steps import Fail, Script, Text
from openwebui_chat_client.local.scripted.tasks import task_answer


class Routes(Connection):
    """One client's requests, answered by these models and kept by this recorder."""

    def __init__(self, models: Mapping[str, Script], recorder: Recorder, *connection: Any) -> None:
        self.models, self.recorder = models, recorder
        super().__init__(*connection)  # answers all requests of the connection before it returns

    def _answer(self) -> None:
        path, raw = self.path.partition("?")[0], self.read_body()
        match self.command, path:
            case "GET", "/requests":
                self.send_json(200, [asdict(request) for request in self.recorder.snapshot()])
            case "DELETE", "/requests":
                self.recorder.clear()
                self.send_json(200, {"cleared": True})
            case "GET", "/v1/models":
                self._record(path, {})
                self.send_json(200, model_list(self.models))
            case "POST", "/v1/chat/completions":
                self._chat(path, _json_object(raw))
            case "POST", "/v1/embeddings":
                self._embed(path, _json_object(raw))
            case _:
                refuse(self, Fail(404, f"there is no {self.command} {path}"))

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - http.server looks for these names

    def _chat(self, path: str, body: dict[str, Any] | None) -> None:
        request = ChatRequest(body or {})
        if body is None or not _are_objects(body.get("messages")):
            self._record(path, request.body)
            return refuse(self, Fail(400, "the body must be a JSON object with a list of messages"))
        answer = task_answer(request)
        self._record(path, body, task=answer is not None)
        model = self.models.get(request.model)
        if model is None:
            return refuse(self, Fail(404, f"there is no model {request.model!r}"))
        return play(self, request, model(request) if answer is None else (Text(answer),))

    def _embed(self, path: str, body: dict[str, Any] | None) -> None:
        self._record(path, body or {})
        given = (body or {}).get("input")
        texts = [given] if isinstance(given, str) else list_in(given)
        if not texts or not all(isinstance(text, str) for text in texts):
            return refuse(self, Fail(400, "the body must be a JSON object whose input is a text or a list of texts"))
        return self.send_json(200, embedding_list(str((body or {}).get("model", "")), texts))

    def _record(self, path: str, body: dict[str, Any], *, task: bool = False) -> None:
        self.recorder.add(RecordedRequest(self.command, path, str(body.get("model", "")), body, task))


def _json_object(raw: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(raw)
    except ValueError:
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def _are_objects(messages: Any) -> bool:
    return isinstance(messages, list) and all(isinstance(each, dict) for each in list_in(messages))
