import stat
import subprocess
import sys
from pathlib import Path

import pytest

from openwebui_chat_client.local.cache import Lock, cache_path, write_private

HOME = Path("/home/ada")
CASES = [  # environment, platform, cache directory
    ({}, "linux", HOME / ".cache/openwebui-chat-client"),
    ({"XDG_CACHE_HOME": "/var/xdg"}, "linux", Path("/var/xdg/openwebui-chat-client")),
    ({}, "darwin", HOME / "Library/Caches/openwebui-chat-client"),
    ({"XDG_CACHE_HOME": "/var/xdg"}, "darwin", HOME / "Library/Caches/openwebui-chat-client"),
    ({}, "win32", HOME / "AppData/Local/openwebui-chat-client"),
    ({"LOCALAPPDATA": "/local"}, "win32", Path("/local/openwebui-chat-client")),
    ({"OWUI_CACHE_DIR": "/elsewhere"}, "linux", Path("/elsewhere")),
    ({"OWUI_CACHE_DIR": ""}, "linux", HOME / ".cache/openwebui-chat-client"),
]


@pytest.mark.parametrize(("environ", "platform", "expected"), CASES)
def test_the_cache_is_where_the_platform_keeps_caches_unless_the_user_says_otherwise(environ, platform, expected):
    assert cache_path(environ, platform, HOME) == expected


def test_a_lock_is_held_once(tmp_path):
    first, second = Lock(tmp_path / "lock"), Lock(tmp_path / "lock")
    assert first.acquire(wait=False)
    assert not second.acquire(wait=False)
    first.release()
    first.release()
    assert second.acquire(wait=False)
    second.release()


def test_a_lock_is_free_again_when_its_holder_is_killed(tmp_path):
    script = "import sys; from openwebui_chat_client.local.cache import *; from pathlib import Path\n"
    script += "lock = Lock(Path(sys.argv[1])); lock.acquire(wait=True); print('held', flush=True); sys.stdin.read()"
    lock = tmp_path / "lock"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        ours = Lock(lock)
        assert not ours.acquire(wait=False)
        holder.kill()
        assert ours.acquire(wait=True)
        ours.release()


def test_a_private_file_is_readable_by_its_owner_only_and_leaves_no_half_written_copy(tmp_path):
    file = tmp_path / "secret.json"
    write_private(file, "old")
    write_private(file, "new")
    assert file.read_text() == "new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]
