import os
import subprocess
import sys

import pytest

COMMANDS = ["", "ask", "demo", "doctor", "local", "local up", "local down", "local status", "local logs"]
HEAVY = ("httpx2", "rich", "socketio", "openwebui_chat_client.client", "openwebui_chat_client.local")
RUN = "import sys; from openwebui_chat_client.cli import main; code = main(); "


def python(program, *arguments):
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_loads_nothing_heavy(option):
    done = python(RUN + f"sys.stderr.write(' '.join(n for n in {HEAVY} if n in sys.modules)); sys.exit(code)", option)
    assert (done.returncode, done.stderr) == (0, "")
    assert "owui" in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_has_an_example(command):
    done = python(RUN + "sys.exit(code)", *command.split(), "--help")
    assert done.returncode == 0
    assert f"Usage: owui {command}".rstrip() in done.stdout
    assert f"owui {command}".rstrip() in done.stdout.partition("Example")[2]


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_without_the_extra_one_sentence_says_what_to_install(missing):
    done = python(f"import sys; sys.modules['{missing}'] = None; " + RUN + "sys.exit(code)", "ask", "hello")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "pip install 'openwebui-chat-client[cli]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments", [["nosuch"], ["ask", "a", "b"], ["ask", "--nosuch"], ["local", "up", "--port", "0"]]
)
def test_a_wrong_command_line_is_a_matter_of_usage(arguments):
    done = python(RUN + "sys.exit(code)", *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert "--help" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["local"]])
def test_no_command_at_all_shows_the_help(arguments):
    done = python(RUN + "sys.exit(code)", *arguments)
    assert done.returncode == 2
    assert "Usage: owui" in done.stderr
