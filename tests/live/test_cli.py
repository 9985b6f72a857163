"""Real commands, as subprocesses, against a real server."""

import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from uuid import uuid4

import pytest

from openwebui_chat_client import OpenWebUIClient
from openwebui_chat_client.local.cache import cache_dir
from openwebui_chat_client.local.ready import free_port

pytestmark = pytest.mark.newest("the terminal goes through the same client")

OWUI = str(Path(sys.executable).with_name("owui"))
BOUND = 60


def environment(**settings):
    ours = ("OPEN_WEBUI_", "OUI_", "PYTHONUNBUFFERED")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1", **settings}


def owui(*arguments, env, stdin="", timeout=BOUND):
    command = [OWUI, *arguments]
    return subprocess.run(
        command, env=env, input=stdin, capture_output=True, encoding="utf-8", check=False, timeout=timeout
    )


def started(command, env):
    """A command that runs, with pipes that give every byte at once."""
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)


def until(condition):
    end = time.monotonic() + BOUND
    while not (found := condition()):
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.05)
    return found


@pytest.fixture
def title():
    return f"cli {uuid4()}"


@pytest.fixture(params=["token", "jwt"])
def env(request, server):
    return environment(OPEN_WEBUI_URL=server.url, OPEN_WEBUI_API_KEY=getattr(server, request.param))


@pytest.fixture
def key(server):
    return environment(OPEN_WEBUI_URL=server.url, OPEN_WEBUI_API_KEY=server.token)


@pytest.fixture
def client(server):
    with OpenWebUIClient(server.url, server.token) as made:
        yield made


@pytest.fixture
def nowhere():
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture
def web_page():
    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<html>Welcome</html>")

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as page:
        thread = threading.Thread(target=page.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{page.server_port}"
        page.shutdown()
        thread.join()


def processes_of(directory):
    """The processes that were started with this directory in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(directory).encode() in (process / "environ").read_bytes():
                found.append(process.name)
        except OSError:  # it has ended, or is somebody else's
            continue
    return found


def stored(client, title):
    """The messages of the chat of that title, oldest first."""
    found = client.chats.find(title)
    history = client.chats.get(found.id).chat["history"]["messages"].values()
    return [(message["role"], message["content"]) for message in history]


def test_ask_prints_the_answer_and_the_server_keeps_it(env, client, title):
    done = owui("ask", "Good morning", "-t", title, "-m", "echo", env=env)
    assert (done.returncode, done.stdout) == (0, "Good morning\n")
    assert done.stderr == f"{client.base_url}/c/{client.chats.find(title).id}\n"
    assert stored(client, title) == [("user", "Good morning"), ("assistant", "Good morning")]


def test_ask_goes_on_in_the_chat_of_the_same_title(key, title):
    owui("ask", "My name is Ada", "-t", title, "-m", "transcript", env=key)
    done = owui("ask", "Who am I?", "-t", title, env=key)
    assert [heard["content"] for heard in json.loads(done.stdout)][0::2] == ["My name is Ada", "Who am I?"]


def test_ask_streams_into_a_pipe(env, title):
    command = [OWUI, "ask", "count to 60 every 50 ms", "-t", title, "-m", "count"]
    with started(command, env) as process:
        first = process.stdout.read(2)
        assert process.poll() is None, "all of it came at once"
        rest, _ = process.communicate(timeout=BOUND)
    assert (first + rest).split() == [str(number).encode() for number in range(1, 61)]


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_a_question_comes_from_standard_input(key, title, arguments):
    done = owui("ask", *arguments, "-t", title, "-m", "echo", env=key, stdin="¿Qué tal?\n")
    assert (done.returncode, done.stdout.strip()) == (0, "¿Qué tal?")


def test_a_chat_without_a_title_has_that_of_its_question(key, client):
    question = f"Say {uuid4()}"
    assert owui("ask", question, "-m", "echo", env=key).returncode == 0
    assert client.chats.find(question) is not None


def test_the_default_model_comes_from_the_environment(key, title):
    done = owui("ask", "hello", "-t", title, env={**key, "OUI_DEFAULT_MODEL": "echo-2"})
    assert (done.returncode, done.stdout) == (0, "hello\n")


def test_without_any_model_some_are_named_and_nothing_is_stored(key, client, title):
    done = owui("ask", "hello", "-t", title, env=key)
    assert (done.returncode, done.stdout) == (2, "")
    assert "OUI_DEFAULT_MODEL" in done.stderr
    assert "echo" in done.stderr
    assert client.chats.find(title) is None


def test_an_unknown_model_is_not_found_and_nothing_is_stored(env, client, title):
    done = owui("ask", "hello", "-t", title, "-m", "nosuch", env=env)
    assert (done.returncode, done.stdout) == (3, "")
    assert "'nosuch'" in done.stderr
    assert "echo" in done.stderr
    assert client.chats.find(title) is None


def test_a_model_that_fails_is_an_error_in_its_own_words(key, title):
    done = owui("ask", "hello", "-t", title, "-m", "error-frame", env=key)
    assert (done.returncode, done.stdout.strip()) == (1, "Half an")
    assert "scripted failure in mid-stream" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("question", "more"), [("", []), (" \n", []), ("hello", ["-t", ""])])
def test_an_empty_question_or_title_is_refused(key, question, more):
    done = owui("ask", question, "-m", "echo", *more, env=key)
    assert (done.returncode, done.stdout) == (2, "")
    assert "empty" in done.stderr


def test_a_port_where_nobody_listens_is_an_error_with_a_hint(key, nowhere):
    done = owui("ask", "hello", "--url", nowhere, "-m", "echo", env=key)
    assert done.returncode == 1
    assert nowhere in done.stderr
    assert "--url" in done.stderr


def test_a_web_page_at_the_address_is_an_error_with_a_hint(key, web_page):
    done = owui("--url", web_page, "ask", "hello", "-m", "echo", env=key)
    assert done.returncode == 1
    assert "not the address" in done.stderr


@pytest.mark.parametrize("token", ["sk-wrong", "wrong"])
def test_a_wrong_token_is_no_access_and_is_not_shown(key, token):
    done = owui("ask", "hello", "-m", "echo", env={**key, "OPEN_WEBUI_API_KEY": token})
    assert done.returncode == 4
    assert "OPEN_WEBUI_API_KEY" in done.stderr
    assert "sk-wrong" not in done.stderr


@pytest.mark.parametrize(("name", "code"), [("OPEN_WEBUI_URL", 1), ("OPEN_WEBUI_API_KEY", 4)])
def test_a_setting_that_is_missing_is_named(key, name, code):
    done = owui("ask", "hello", env={**key, name: ""})
    assert done.returncode == code
    assert name in done.stderr


def test_debug_shows_requests_and_tracebacks_but_no_token(key, nowhere, server, title):
    done = owui("ask", "a private matter", "-t", title, "-m", "echo", "--debug", env=key)
    assert "POST /api/chat/completions 200" in done.stderr
    assert "private" not in done.stderr
    assert server.token not in done.stderr
    assert "Traceback" in owui("--debug", "--url", nowhere, "ask", "hello", env=key).stderr


def test_ctrl_c_stops_the_server_and_keeps_what_came(env, client, title):
    command = [OWUI, "ask", "count to 200 every 50 ms", "-t", title, "-m", "count"]
    with started(command, env) as process:
        came = b""
        while b"5 " not in came:
            came += process.stdout.read(4096)
        process.send_signal(signal.SIGINT)
        rest, said = process.communicate(timeout=BOUND)
    assert process.returncode == 130
    assert title in said.decode()
    assert b"Traceback" not in said
    until(lambda: not client.tasks.running(client.chats.find(title).id))
    (_, question), (_, answer) = stored(client, title)
    assert question == "count to 200 every 50 ms"
    assert answer.startswith("1 2 3 4 5")
    assert "200" not in answer.split()
    assert (came + rest).startswith(b"1 2 3 4 5")


def test_a_reader_who_goes_away_stops_the_server_too(env, client, title):
    command = [OWUI, "ask", "count to 200 every 50 ms", "-t", title, "-m", "count"]
    with started(command, env) as process:
        assert process.stdout.read(1) == b"1"
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait(BOUND) == 1
    assert b"Traceback" not in said
    until(lambda: not client.tasks.running(client.chats.find(title).id))
    assert "200" not in stored(client, title)[1][1].split()


def test_a_terminal_sees_rendered_markdown(key, title):
    ours, theirs = pty.openpty()
    command = [OWUI, "ask", "# Head\n\nsome **bold** words", "-t", title, "-m", "echo"]
    with subprocess.Popen(command, env={**key, "TERM": "xterm"}, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        seen = b""
        try:
            while piece := os.read(ours, 4096):
                seen += piece
        except OSError:  # how Linux says that the other side has closed
            pass
    os.close(ours)
    assert process.returncode == 0
    assert b"bold" in seen
    assert b"**" not in seen
    assert b"# Head" not in seen
    assert b"/c/" in seen


def test_the_doctor_finds_that_chats_will_work(env):
    done = owui("doctor", env=env)
    assert (done.returncode, done.stderr) == (0, "")
    states = {line.split()[0] for line in done.stdout.splitlines() if not line.startswith(" ")}
    assert states <= {"ok", "warn"}
    assert "admin" in done.stdout
    assert done.stdout.splitlines()[-1].split() == ["ok", "chat", "will", "work"]


def test_the_doctor_tells_programs_the_same(env, server):
    done = owui("doctor", "--json", env=env)
    found = json.loads(done.stdout)
    assert found["ok"] is True
    states = {check["name"]: check["state"] for check in found["checks"]}
    is_session = env["OPEN_WEBUI_API_KEY"] == server.jwt
    assert states.pop("streaming") == ("ok" if is_session else "warn")
    assert set(states.values()) == {"ok"}
    assert {"address", "version", "credential", "account", "API keys", "models", "chat"} == set(states)
    assert server.token not in done.stdout
    assert server.jwt not in done.stdout


@pytest.mark.parametrize(
    ("changes", "code", "failed"),
    [
        ({"OPEN_WEBUI_API_KEY": "sk-wrong"}, 4, "account"),
        ({"OPEN_WEBUI_API_KEY": ""}, 4, "settings"),
        ({"OPEN_WEBUI_URL": "http://127.0.0.1:9"}, 1, "address"),
    ],
)
def test_the_doctor_says_what_is_wrong_and_what_to_do(key, changes, code, failed):
    done = owui("doctor", "--json", env={**key, **changes})
    found = json.loads(done.stdout)
    assert (done.returncode, found["ok"]) == (code, False)
    check = next(check for check in found["checks"] if check["state"] == "fail")
    assert check["name"] == failed
    assert check["hint"]


def test_the_doctor_sees_what_this_user_may_use(server):
    user = server.create_user()
    done = owui("doctor", env=environment(OPEN_WEBUI_URL=server.url, OPEN_WEBUI_API_KEY=user.jwt))
    assert done.returncode == 0
    assert "1 that you may use" in done.stdout


@pytest.fixture
def cache(tmp_path, server):  # noqa: ARG001 - the server has installed what is shared here
    (tmp_path / "envs").symlink_to(cache_dir() / "envs")
    settings = environment(OWUI_CACHE_DIR=str(tmp_path))
    yield settings
    owui("local", "down", env=settings)


def test_without_any_setting_and_any_local_server_the_way_is_shown(cache):
    done = owui("ask", "hello", env=cache)
    assert done.returncode == 1
    assert "OPEN_WEBUI_URL" in done.stderr
    assert "owui local up" in done.stderr
    assert owui("local", "status", env=cache).returncode == 3
    assert owui("local", "down", env=cache).returncode == 0


def test_a_local_server_comes_up_is_used_without_settings_and_goes_down(cache, title):
    up = owui("local", "up", "--model", "scripted", env=cache, timeout=180)
    assert up.returncode == 0, up.stderr
    status = json.loads(owui("local", "status", "--json", env=cache).stdout)
    assert status["running"] is True
    assert not {"token", "jwt"} & set(status)
    assert status["url"] in up.stdout
    assert status["password"] in owui("local", "status", env=cache).stdout

    asked = owui("ask", "hello", "-t", title, env=cache)
    assert (asked.returncode, asked.stdout) == (0, "hello\n")
    assert f"Using the local server at {status['url']}" in asked.stderr
    assert owui("doctor", env=cache).returncode == 0
    assert "/api/chat/completions" in owui("local", "logs", "-n", "200", env=cache).stdout

    other = owui("local", "up", "--model", "small", env=cache)
    assert other.returncode == 1
    assert "owui local down" in other.stderr

    down = owui("local", "down", env=cache)
    assert (down.returncode, down.stdout) == (0, "")
    assert json.loads(owui("local", "status", "--json", env=cache).stdout) == {"running": False}


def test_a_version_that_is_none_is_refused_before_anything_starts(cache):
    done = owui("local", "up", "--version", "newest", env=cache)
    assert done.returncode == 2
    assert "'newest'" in done.stderr


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="finds processes by their environment in /proc")
def test_the_demo_has_a_real_chat_and_leaves_nothing_behind(tmp_path):
    done = owui("demo", env=environment(TMPDIR=str(tmp_path)), timeout=600)
    assert done.returncode == 0, done.stderr
    question, *answer, chat, address, login = filter(None, done.stdout.splitlines())
    assert question.startswith("> ")
    assert "".join(answer).strip()
    assert address.endswith(f"/c/{chat.split()[1]}")
    assert "@" in login
    assert "owui demo --keep" in done.stderr
    assert list(tmp_path.iterdir()) == []
    assert processes_of(tmp_path) == []
