"""The scripted server over real HTTP on the loopback."""

import json
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from openwebui_chat_client.local.scripted import Fail, Pause, ScriptedModel, Text

TITLE_TASK = '### Task:\nName it. { "title": "x" }\n<chat_history>\nUSER: Why so?\n</chat_history>'


@pytest.fixture
def model():
    with ScriptedModel() as scripted:
        yield scripted


@pytest.fixture
def http(model):
    with client(model.url) as http:
        yield http


def client(url, connections=None):
    limits = httpx2.Limits(max_connections=connections)
    return httpx2.Client(base_url=url, limits=limits, timeout=30, trust_env=False)


def body(model_id, question="ping", **more):
    return {"model": model_id, "messages": [{"role": "user", "content": question}], **more}


def ask(http, *args, **more):
    return http.post("/chat/completions", json=body(*args, **more))


def frames(response):
    lines = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line]
    assert lines.pop() == "[DONE]"
    return [json.loads(line) for line in lines]


def deltas(response):
    return [choice["delta"] for frame in frames(response) for choice in frame.get("choices", [])]


def test_the_models_are_listed(http):
    listed = http.get("/models").json()
    assert {"echo", "tool", "fail-500"} <= {entry["id"] for entry in listed["data"]}


def test_an_answer_in_one_piece_has_text_reason_and_usage(http):
    answer = ask(http, "echo", "one two").json()
    assert answer["choices"] == [
        {"index": 0, "message": {"role": "assistant", "content": "one two"}, "finish_reason": "stop"}
    ]
    assert answer["usage"] == {"prompt_tokens": 2, "completion_tokens": 2, "total_tokens": 4}


def test_a_streamed_answer_comes_word_by_word_and_says_why_it_ends(http):
    response = ask(http, "echo", "one two", stream=True)
    assert response.headers["content-type"] == "text/event-stream"
    assert deltas(response) == [{"role": "assistant", "content": ""}, {"content": "one "}, {"content": "two"}, {}]
    assert frames(response)[-1]["choices"][0]["finish_reason"] == "stop"


def test_a_stream_ends_with_usage_when_asked(http):
    response = ask(http, "reason", "why?", stream=True, stream_options={"include_usage": True})
    last = frames(response)[-1]
    assert last["choices"] == []
    assert last["usage"] == {"prompt_tokens": 1, "completion_tokens": 5, "total_tokens": 6}


def test_the_same_request_gets_the_same_bytes(http):
    assert ask(http, "transcript", stream=True).content == ask(http, "transcript", stream=True).content


def test_reasoning_comes_in_its_own_field(http):
    streamed = deltas(ask(http, "reason", "why?", stream=True))
    assert "".join(delta.get("reasoning_content", "") for delta in streamed) == "Thinking about: why?"
    message = ask(http, "reason", "why?").json()["choices"][0]["message"]
    assert (message["reasoning_content"], message["content"]) == ("Thinking about: why?", "Answer: why?")


def test_a_tool_call_is_streamed_with_its_arguments_in_pieces(http):
    tools = [{"type": "function", "function": {"name": "add", "parameters": {}}}]
    response = ask(http, "tool", 'add {"a": 1}', tools=tools, stream=True)
    first, *rest = [delta["tool_calls"][0] for delta in deltas(response) if "tool_calls" in delta]
    assert (first["index"], first["type"], first["function"]["name"]) == (0, "function", "add")
    assert first["id"]
    assert len(rest) == 2
    assert json.loads("".join(piece["function"]["arguments"] for piece in rest)) == {"a": 1}
    assert frames(response)[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_a_tool_call_in_one_piece(http):
    tools = [{"type": "function", "function": {"name": "add", "parameters": {}}}]
    choice = ask(http, "tool", 'add {"a": 1}', tools=tools).json()["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["tool_calls"][0]["function"] == {"name": "add", "arguments": '{"a": 1}'}


STATUSES = [("fail-400", 400), ("fail-401", 401), ("fail-429", 429), ("fail-500", 500), ("fail-503", 503), ("no", 404)]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("model_id", "status"), STATUSES)
def test_refusals_have_a_status_and_openais_body(http, model_id, status, stream):
    response = ask(http, model_id, stream=stream)
    assert response.status_code == status
    assert {"message", "type", "code"} <= response.json()["error"].keys()
    assert response.headers.get("retry-after") == ("1" if status == 429 else None)


BAD = [b"", b"no json", b"[]", b"{}", b'{"messages": {}}', b'{"messages": ["text"]}', b"\xff"]


@pytest.mark.parametrize("path", ["/chat/completions", "/embeddings"])
@pytest.mark.parametrize("content", BAD)
def test_a_body_that_cannot_be_read_is_refused(http, path, content):
    assert http.post(path, content=content).status_code == 400


def test_an_unknown_path_is_not_found(http):
    assert http.get("/nothing").status_code == 404


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model_id", ["break", "close"])
def test_broken_connections_are_really_broken(http, model_id, stream):
    with pytest.raises(httpx2.RemoteProtocolError):
        ask(http, model_id, stream=stream)


def test_what_a_broken_stream_said_before_has_arrived(http):
    received: list[bytes] = []
    with (
        http.stream("POST", "/chat/completions", json=body("break", stream=True)) as response,
        pytest.raises(httpx2.RemoteProtocolError),
    ):
        received.extend(response.iter_raw())
    assert b'"breaks"' in b"".join(received)
    assert b"[DONE]" not in b"".join(received)


def test_an_error_frame_comes_in_mid_stream(http):
    first, *said, error = frames(ask(http, "error-frame", stream=True))
    assert first["choices"][0]["delta"]["role"] == "assistant"
    assert len(said) == 2
    assert error == {"error": {"message": "scripted failure in mid-stream"}}
    assert ask(http, "error-frame").status_code == 500


def test_a_background_task_is_answered_even_by_a_model_that_fails_and_is_marked(model, http):
    answer = ask(http, "fail-500", TITLE_TASK).json()
    assert json.loads(answer["choices"][0]["message"]["content"]) == {"title": "About Why so?"}
    assert ask(http, "fail-500", "Why so?").status_code == 500
    assert [request.task for request in model.requests] == [True, False]


def test_requests_are_recorded_in_order_and_forgotten_on_demand(model, http):
    http.get("/models?x=1")
    ask(http, "echo", "one")
    http.post("/embeddings", json={"model": "e", "input": "x"})
    assert [(request.method, request.path, request.model) for request in model.requests] == [
        ("GET", "/v1/models", ""),
        ("POST", "/v1/chat/completions", "echo"),
        ("POST", "/v1/embeddings", "e"),
    ]
    assert model.requests[1].body == body("echo", "one")
    model.clear()
    assert model.requests == []


def test_the_record_is_read_and_cleared_over_http_too(model, http):
    ask(http, "echo")
    root = model.url.removesuffix("/v1")
    entry = {"method": "POST", "path": "/v1/chat/completions", "model": "echo", "body": body("echo"), "task": False}
    assert http.get(f"{root}/requests").json() == [entry]
    http.delete(f"{root}/requests").raise_for_status()
    assert http.get(f"{root}/requests").json() == []


@pytest.mark.parametrize(("given", "count"), [("ping", 1), (["ping", ""], 2)])
def test_embeddings_are_given_for_one_text_or_several(http, given, count):
    answer = http.post("/embeddings", json={"model": "any", "input": given}).json()
    assert [entry["index"] for entry in answer["data"]] == list(range(count))
    assert {len(entry["embedding"]) for entry in answer["data"]} == {256}
    assert answer["usage"]["total_tokens"] == 1


def test_own_models_are_added_by_id():
    def moody(request):
        yield Text(f"I heard {request.question}")
        yield Pause(0.001)
        yield Fail(500, "and then I left")

    own = {"moody": moody, "echo": lambda _: [Text("no echo")]}
    with ScriptedModel(models=own) as model, client(model.url) as http:
        assert ask(http, "echo").json()["choices"][0]["message"]["content"] == "no echo"
        assert ask(http, "moody").status_code == 500
        *_, said, error = frames(ask(http, "moody", stream=True))
    assert said["choices"][0]["delta"]["content"] == "I heard ping"
    assert error == {"error": {"message": "and then I left"}}


def test_256_clients_at_once_are_all_answered(model):
    with client(model.url, 256) as many, ThreadPoolExecutor(256) as pool:
        answers = list(pool.map(lambda number: ask(many, "slow", str(number), stream=True), range(256)))
    assert all(f'"{number}"' in answer.text for number, answer in enumerate(answers))


def test_one_connection_carries_many_answers(model):
    with client(model.url, 1) as http:
        for stream in (True, False, True):
            assert ask(http, "echo", stream=stream).status_code == 200
        assert len(model._listener._open) == 1


LEAVERS = [("count", "count to 5000"), ("count", "count to 9 every 10000 ms")]


@pytest.mark.parametrize(("model_id", "question"), LEAVERS)
def test_a_client_that_leaves_in_mid_stream_is_no_error(model, http, capfd, model_id, question):
    with http.stream("POST", "/chat/completions", json=body(model_id, question, stream=True)) as response:
        next(response.iter_raw())
    model.close()
    assert capfd.readouterr() == ("", "")


def test_closing_ends_hanging_answers_and_idle_connections():
    model = ScriptedModel()
    idle = socket.create_connection(("127.0.0.1", httpx2.URL(model.url).port), timeout=30)
    with idle, client(model.url) as http, ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(ask, http, "hang")
        while not model.requests:
            assert not hanging.done()
        model.close()
        model.close()
        assert idle.recv(1) == b""
        with pytest.raises(httpx2.RemoteProtocolError):
            hanging.result()
    assert repr(model) == f"<ScriptedModel {model.url}: closed>"


def test_the_repr_says_where_it_is_and_what_it_did(model, http):
    ask(http, "echo")
    assert model.url in repr(model)
    assert "1 requests" in repr(model)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_in_its_own_process_it_prints_its_url_and_ends_on_a_signal(number):
    command = [sys.executable, "-m", "openwebui_chat_client.local.scripted", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().strip()
        answer = httpx2.post(f"{url}/chat/completions", json=body("echo"), trust_env=False)
        process.send_signal(number)
        rest, errors = process.communicate(timeout=30)
    assert answer.json()["choices"][0]["message"]["content"] == "ping"
    assert (process.returncode, rest, errors) == (0, "", "")
