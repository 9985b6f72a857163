import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from openwebui_chat_client.local import guard
from openwebui_chat_client.local.errors import LocalServerError
from openwebui_chat_client.local.process import Guarded

pytestmark = pytest.mark.skipif(os.name != "posix", reason="process groups and signals of POSIX")

SLEEP = "import time; time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
)
FAMILY = "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
FAMILY += "print(p.pid, flush=True); time.sleep(600)"
PARENT = """
import os, sys
from pathlib import Path
from openwebui_chat_client.local.process import Guarded
processes = Guarded(grace=1)
room = processes.tempdir()
sleep = [sys.executable, "-c", "import time; time.sleep(600)"]
pid = processes.start("child", sleep, env={}, cwd=room, log=room / "log")
print(pid, room, flush=True)
if sys.argv[1] == "fork" and os.fork() == 0:
    os.close(1)
sys.stdin.read()
"""


def eventually(condition, bound=20.0):
    deadline = time.monotonic() + bound
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def run(processes, script, name="child"):
    room = processes.tempdir()
    pid = processes.start(name, [sys.executable, "-c", script], env={}, cwd=room, log=room / "log")
    return pid, room


BUFFERS = [  # what was read, whole lines, the rest
    (b"", [], b""),
    (b'{"a"', [], b'{"a"'),
    (b'{"a": 1}\n', [b'{"a": 1}'], b""),
    (b'{"a": 1}\n\n{"b": 2}\n{"c', [b'{"a": 1}', b'{"b": 2}'], b'{"c'),
]


@pytest.mark.parametrize(("buffer", "lines", "rest"), BUFFERS)
def test_orders_are_whole_lines(buffer, lines, rest):
    assert guard.split(buffer) == (lines, rest)


def test_a_guard_is_orphaned_when_its_parent_is_another():
    assert not guard.orphaned(os.getppid())
    assert guard.orphaned(os.getpid())


def test_closing_ends_the_process_and_removes_the_directory():
    processes = Guarded()
    pid, room = run(processes, SLEEP)
    assert processes.running("child")
    processes.close()
    processes.close()
    assert gone(pid)
    assert not room.exists()


def test_a_process_that_does_not_listen_is_killed():
    with Guarded(grace=0.2) as processes:
        pid, room = run(processes, STUBBORN)
        eventually(lambda: (room / "log").read_text() == "deaf\n")
    assert gone(pid)


def test_what_a_process_started_ends_with_it():
    with Guarded() as processes:
        _, room = run(processes, FAMILY)
        eventually(lambda: (room / "log").read_text().endswith("\n"))
        grandchild = int((room / "log").read_text())
    eventually(lambda: gone(grandchild))


def test_the_end_of_a_process_is_known_with_its_code():
    with Guarded() as processes:
        run(processes, "raise SystemExit(7)")
        assert processes.exit_code("child", wait=20) == 7
        assert not processes.running("child")


def test_a_name_can_be_used_again():
    with Guarded() as processes:
        run(processes, "raise SystemExit(7)")
        assert processes.exit_code("child", wait=20) == 7
        run(processes, "pass")
        assert processes.exit_code("child", wait=20) == 0


def test_a_program_that_is_not_there_is_an_error_with_its_name():
    with Guarded() as processes:
        room = processes.tempdir()
        with pytest.raises(LocalServerError, match="no-such-program"):
            processes.start("child", ["/no-such-program"], env={}, cwd=room, log=room / "log")


def test_a_log_is_readable_by_its_owner_only():
    with Guarded() as processes:
        _, room = run(processes, SLEEP)
        assert (room / "log").stat().st_mode & 0o777 == 0o600


def test_a_child_gets_exactly_the_environment_that_was_given(monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_USER", "1")
    with Guarded() as processes:
        _, room = run(processes, "import os; print('SECRET_OF_THE_USER' in os.environ)")
        assert processes.exit_code("child", wait=20) == 0
        assert (room / "log").read_text() == "False\n"


@pytest.mark.parametrize("way", ["killed", "fork"])
def test_after_kill_9_of_the_parent_nothing_is_left_even_if_a_fork_of_it_lives(way):
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, way], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        pid, room = parent.stdout.readline().split()
        assert not gone(int(pid))
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        eventually(lambda: gone(int(pid)) and not Path(room).exists())


def test_when_the_guard_itself_is_killed_closing_cleans_up():
    processes = Guarded()
    pid, room = run(processes, SLEEP)
    processes._process.kill()
    eventually(lambda: not processes.running("child"))
    with pytest.raises(LocalServerError, match="guards"):
        processes.exit_code("child")
    processes.close()
    eventually(lambda: gone(pid))
    assert not room.exists()
