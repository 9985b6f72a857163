import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest

from openwebui_chat_client import AuthenticationError, OpenWebUIClient
from openwebui_chat_client.local import (
    LocalServer,
    LocalServerError,
    PortTakenError,
    ProcessDiedError,
    ScriptedModel,
    background,
)
from openwebui_chat_client.local.cache import cache_dir
from openwebui_chat_client.local.provision import ACCOUNT_FILE
from openwebui_chat_client.local.ready import free_port

pytestmark = pytest.mark.newest("about the local server itself")
PARENT = """
import json, os, sys
from openwebui_chat_client.local import LocalServer

server = LocalServer(model="scripted")
try:
    server.start()
    pids = [server._processes._process.pid, *server._processes._pids.values()]
    print(json.dumps({"pids": pids, "root": str(server.log_path.parent)}), flush=True)
    sys.stdin.read()
finally:
    server.close()
"""


def eventually(condition: Callable[[], bool], bound: float = 60.0) -> None:
    deadline = time.monotonic() + bound
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@contextmanager
def parent_process(temporary: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that holds a server, in a session of its own, with its temporary files in a place of its own."""
    pipe = subprocess.PIPE
    env = {**os.environ, "TMPDIR": str(temporary)}
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=pipe, stdout=pipe, stderr=pipe, env=env, start_new_session=True
    ) as parent:
        try:
            yield parent
        finally:
            parent.kill()


def first_line(parent: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert parent.stdout
    assert select.select([parent.stdout], [], [], 120)[0], "the server was not ready"
    line = parent.stdout.readline()
    assert line, parent.communicate()[1].decode()
    return cast("dict[str, Any]", json.loads(line))


def pids_of(server: LocalServer) -> list[int]:
    assert server._processes
    return [server._processes._process.pid, *server._processes._pids.values()]


def model_ids(url: str, token: str) -> list[str]:
    with OpenWebUIClient(url, token) as client:
        return [model["id"] for model in client.models.list()]


def complete(server: LocalServer, token: str, text: str) -> httpx2.Response:
    body = {
        "model": server.model_id,
        "messages": [{"role": "user", "content": text}],
        "stream": False,
        "max_tokens": 20,
    }
    headers = {"Authorization": f"Bearer {token}"}
    return httpx2.post(f"{server.url}/api/chat/completions", json=body, headers=headers, timeout=120, trust_env=False)


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache directory of the test's own, with the environments that exist already."""
    envs = cache_dir() / "envs"
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "envs").symlink_to(envs)
    monkeypatch.setenv("OWUI_CACHE_DIR", str(cache))
    return cache


def test_both_credentials_of_the_admin_work_and_are_not_shown(server: LocalServer) -> None:
    for token in (server.token, server.jwt):
        assert server.model_id in model_ids(server.url, token)
    assert server.token.startswith("sk-")
    for secret in (server.token, server.jwt, server.password):
        assert secret not in repr(server)


def test_the_model_records_what_the_server_asked_it(server: LocalServer) -> None:
    assert isinstance(server.model, ScriptedModel)
    answer = complete(server, server.token, "a question of this test")
    assert answer.json()["choices"][0]["message"]["content"] == "a question of this test"
    assert any("a question of this test" in json.dumps(request.body) for request in server.model.requests)


def test_a_created_user_has_both_credentials_and_can_use_the_model(server: LocalServer) -> None:
    user, other = server.create_user("Ada"), server.create_user()
    assert user.email != other.email
    for token in (user.token, user.jwt, other.token):
        assert server.model_id in model_ids(server.url, token)
    assert complete(server, user.token, "may I").is_success
    assert user.password not in repr(user)
    assert user.token not in repr(user)


def test_the_servers_files_are_its_owners_only(server: LocalServer) -> None:
    assert server.log_path.stat().st_mode & 0o777 == 0o600
    assert server.log_path.parent.stat().st_mode & 0o777 == 0o700
    assert "uvicorn" in server.log_tail(200)


def test_a_second_server_that_lost_the_race_for_its_port_has_its_own_data_and_leaves_nothing(
    server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = iter([int(server.url.rpartition(":")[2]), free_port()])  # at the first one, the other server answers
    monkeypatch.setattr("openwebui_chat_client.local.server.free_port", lambda: next(ports))
    with LocalServer(model="scripted", env={"WEBUI_NAME": "The second"}) as second:
        assert second.url != server.url
        assert "The second" in httpx2.get(f"{second.url}/api/config", trust_env=False).json()["name"]
        assert second.model_id in model_ids(second.url, second.token)
        with pytest.raises(AuthenticationError):
            model_ids(second.url, server.token)
        pids, root = pids_of(second), second.log_path.parent
        assert not any(gone(pid) for pid in pids)
    second.close()
    assert all(gone(pid) for pid in pids)
    assert not root.exists()
    assert not second.running
    assert server.running


def test_after_kill_9_of_the_process_no_process_and_no_file_is_left(tmp_path: Path) -> None:
    with parent_process(tmp_path) as parent:
        told = first_line(parent)
        assert Path(told["root"]).exists()
        parent.kill()
        eventually(lambda: all(gone(pid) for pid in told["pids"]) and not any(tmp_path.iterdir()))


@pytest.mark.parametrize("moment", ["starting", "ready"])
def test_ctrl_c_ends_the_server_and_removes_its_files(moment: str, tmp_path: Path) -> None:
    with parent_process(tmp_path) as parent:
        if moment == "starting":
            eventually(lambda: any(root.joinpath("data/webui.db").exists() for root in tmp_path.iterdir()))
        else:
            first_line(parent)
        os.killpg(parent.pid, signal.SIGINT)  # a terminal sends it to the whole group
        _, errors = parent.communicate(timeout=60)
    assert parent.returncode == -signal.SIGINT
    assert b"KeyboardInterrupt" in errors
    assert not any(tmp_path.iterdir())


def test_a_taken_port_is_an_error_before_anything_starts() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTakenError, match=str(port)):
            LocalServer(model="scripted", port=port).start()


def test_a_server_that_dies_at_its_start_shows_the_end_of_its_log() -> None:
    dead = LocalServer(model="scripted", env={"DATABASE_URL": "nonsense"})
    with pytest.raises(ProcessDiedError, match=r"(?s)ended with exit code 1.*nonsense|Could not parse"):
        dead.start()
    assert not dead.log_path.exists()


def test_a_kept_directory_has_its_accounts_at_the_next_start_and_is_used_once(tmp_path: Path) -> None:
    data = tmp_path / "kept"
    with LocalServer(model="scripted", data=data) as server:
        user, email, password = server.create_user(), server.email, server.password
        with pytest.raises(LocalServerError, match="uses"):
            LocalServer(model="scripted", data=data).start()
    assert (data / ACCOUNT_FILE).stat().st_mode & 0o777 == 0o600
    with LocalServer(model="scripted", data=data) as server:
        assert (server.email, server.password) == (email, password)
        assert server.model_id in model_ids(server.url, user.token)
        assert complete(server, user.jwt, "still here").json()["choices"][0]["message"]["content"] == "still here"
        server.create_user()


def test_a_directory_with_something_else_in_it_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(LocalServerError, match="neither empty nor"):
        LocalServer(model="scripted", data=tmp_path).start()
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_data_directory_that_cannot_be_made_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(LocalServerError, match="file"):
        LocalServer(model="scripted", data=tmp_path / "file").start()


def test_a_background_server_goes_up_once_and_down_again(own_cache: Path) -> None:
    said: list[str] = []
    assert background.status() is None
    assert background.down() is None
    try:
        started = background.up(model="scripted", progress=said.append)
        assert any(line.startswith("Ready at") for line in said)
        assert background.status() == started
        assert background.up(model="scripted", progress=said.append) == started
        with pytest.raises(LocalServerError, match="stop it first"):
            background.up(model="small")
        assert started.model_id in model_ids(started.url, started.token)
        assert started.token not in repr(started)
        assert (own_cache / "run" / "server.json").stat().st_mode & 0o777 == 0o600
        assert "/api/version" in background.logs(200)
    finally:
        stopped = background.down()
    assert stopped == started
    assert background.status() is None
    assert gone(started.pid)
    assert not Path(started.log_path).parent.exists()
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(started.url, trust_env=False)


def test_a_background_server_that_cannot_start_says_why(own_cache: Path) -> None:
    (own_cache / "data").mkdir()
    (own_cache / "data" / "thesis.txt").write_text("mine")
    with pytest.raises(LocalServerError, match="neither empty nor"):
        background.up(model="scripted", data=str(own_cache / "data"), progress=lambda _line: None)
    assert background.status() is None


def test_the_state_of_a_crashed_background_server_is_recognised_even_if_its_process_id_lives(own_cache: Path) -> None:
    state = own_cache / "run" / "server.json"
    state.parent.mkdir()
    fields = dict.fromkeys(
        ("url", "token", "jwt", "email", "password", "version", "model_id", "model", "log_path"), "x"
    )
    state.write_text(json.dumps({**fields, "pid": os.getpid(), "started": 0.0}))
    assert background.status() is None
    assert background.down() is None
    assert not state.exists()


def test_the_small_model_answers_and_survives_a_prompt_that_is_too_long() -> None:
    with LocalServer() as server:
        assert server.model is None
        assert complete(server, server.token, "word " * 9000).is_error
        answer = complete(server, server.token, "What is the capital of France?")
        assert answer.json()["choices"][0]["message"]["content"]
