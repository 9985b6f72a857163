import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from openwebui_chat_client.errors import ConfigError, OpenWebUIError
from openwebui_chat_client.local import install
from openwebui_chat_client.local.errors import InstallError, PlatformError, log_tail
from openwebui_chat_client.local.install import Environment, explain, python_request, server_recipe, uv_environment

PYTHONS = [  # version, executable, implementation, what uv is asked for
    ((3, 11), "/usr/bin/python3.11", "cpython", "/usr/bin/python3.11"),
    ((3, 12), "/usr/bin/python3.12", "cpython", "/usr/bin/python3.12"),
    ((3, 13), "/usr/bin/python3.13", "cpython", ">=3.11,<3.13"),
    ((3, 11), "/usr/bin/pypy", "pypy", ">=3.11,<3.13"),
    ((3, 11), "", "cpython", ">=3.11,<3.13"),
]


@pytest.mark.parametrize(("version", "executable", "implementation", "wanted"), PYTHONS)
def test_our_own_python_is_used_when_the_server_can_run_on_it(version, executable, implementation, wanted):
    assert python_request(version, executable, implementation) == wanted


@pytest.mark.parametrize("version", ["", "latest", "0.12", ">=0.12", "0.12.4 evil", "0.12.4; x", "../0.12.4"])
def test_what_is_no_version_is_refused_before_anything_is_installed(version):
    with pytest.raises(ValueError, match="is not a version"):
        server_recipe(version)


def test_another_recipe_lives_in_another_directory():
    names = {server_recipe(version).directory for version in ("0.6.43", "0.12.4")} | {install.SMALL_MODEL.directory}
    assert len(names) == 3
    assert server_recipe("0.12.4").directory.startswith("open-webui-0.12.4-")


def test_the_users_index_and_certificates_reach_uv_and_what_changes_the_result_does_not():
    kept = {"UV_DEFAULT_INDEX": "x", "UV_CACHE_DIR": "x", "HTTPS_PROXY": "x", "SSL_CERT_FILE": "x", "HOME": "x"}
    dropped = {"VIRTUAL_ENV": "x", "PYTHONPATH": "x", "UV_PYTHON": "x", "UV_OVERRIDE": "x", "UV_EXCLUDE_NEWER": "x"}
    assert uv_environment(kept | dropped) == kept


OUTPUTS = [  # what uv said last, the error, a word of ours
    ("cause: dns error\ncause: failed to lookup address information", InstallError, "is there a network"),
    ("cause: Because there is no version of open-webui==0.99.4 and you require", InstallError, "no such version"),
    ("Because xllamacpp==1 has no usable wheels and you require xllamacpp==1", PlatformError, "no build"),
    ("failed to copy file: No space left on device (os error 28)", InstallError, "disk is full"),
    ("error: No interpreter found for Python >=3.11, <3.13", InstallError, "found none"),
    ("error: something new", InstallError, "something new"),
]


@pytest.mark.parametrize(("output", "kind", "words"), OUTPUTS)
def test_a_failed_installation_says_why(tmp_path, output, kind, words):
    log = tmp_path / "uv.log"
    log.write_text(f"Resolving\n{output}\n")
    error = explain("Open WebUI 0.12.4", log)
    assert type(error) is kind
    assert isinstance(error, OpenWebUIError)
    assert words in str(error)
    assert str(log) in str(error)


def test_without_uv_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "uv", None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigError, match=r"pip install 'openwebui-chat-client\[local\]'"):
        install.find_uv()


def test_an_environment_counts_only_when_it_was_built_to_its_end_and_its_python_is_there(tmp_path):
    environment = Environment(tmp_path)
    environment.python.parent.mkdir(parents=True)
    environment.python.symlink_to(sys.executable)
    assert not environment.complete
    (tmp_path / install.MARKER).write_text("{}")
    assert environment.complete
    environment.python.unlink()
    environment.python.symlink_to(tmp_path / "gone")
    assert not environment.complete


def fake_uv(directory):
    """A program that notes its runs and makes what `uv venv` would make, as far as anybody looks."""
    program = directory / "uv"
    program.write_text(
        f"#!/bin/sh\necho $1 >> '{directory}/runs'\n"
        'for last; do :; done\n[ "$1" = venv ] || exit 0\n'
        'mkdir -p "$last/bin" && ln -s /bin/sh "$last/bin/python"\n'
    )
    program.chmod(0o755)
    return program


def test_a_failed_build_leaves_its_log_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setenv("OWUI_CACHE_DIR", str(tmp_path / "cache"))
    program = tmp_path / "uv"
    program.write_text("#!/bin/sh\necho cause: dns error\nexit 2\n")
    program.chmod(0o755)
    monkeypatch.setattr(install, "find_uv", lambda: str(program))
    said: list[str] = []
    with pytest.raises(InstallError, match=r"Python 3\.11 or 3\.12"):
        install.environment(server_recipe("0.12.4"), said.append)
    assert said == ["Installing Open WebUI 0.12.4 (about 1 GB, once) ..."]
    assert list((tmp_path / "cache" / "envs").iterdir()) == []


def test_a_build_removes_what_an_earlier_one_left_and_is_not_repeated(tmp_path, monkeypatch):
    monkeypatch.setenv("OWUI_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(install, "find_uv", lambda: str(fake_uv(tmp_path)))
    recipe = server_recipe("0.12.4")
    leftover = tmp_path / "cache" / "envs" / f".{recipe.directory}.dead"
    leftover.mkdir(parents=True)
    built = install.environment(recipe, print)
    assert json.loads((built.root / install.MARKER).read_text())["name"] == "open-webui-0.12.4"
    assert [path.name for path in built.root.parent.iterdir()] == [recipe.directory]
    said: list[str] = []
    assert install.environment(recipe, said.append) == built
    assert said == []


def test_two_who_install_at_once_build_once(tmp_path, monkeypatch):
    monkeypatch.setenv("OWUI_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(install, "find_uv", lambda: str(fake_uv(tmp_path)))
    recipe = server_recipe("0.12.4")
    with ThreadPoolExecutor(4) as pool:
        built = set(pool.map(lambda _: install.environment(recipe, print), range(4)))
    assert len(built) == 1
    assert (tmp_path / "runs").read_text() == "venv\npip\n"


def test_the_tail_of_a_log_is_its_last_lines_without_the_empty_ones(tmp_path: Path):
    log = tmp_path / "log"
    log.write_text("one\n\ntwo\nthree\n\n")
    assert log_tail(log, 2) == "two\nthree"
    assert "not there" in log_tail(tmp_path / "none")
