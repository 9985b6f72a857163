import stat

import pytest

from openwebui_chat_client.local.settings import Layout, child_environment, server_environment

USERS_OWN = {
    "PATH": "/bin",
    "HTTPS_PROXY": "http://proxy",
    "OPENAI_API_KEY": "sk-real",
    "OPEN_WEBUI_API_KEY": "sk-real",
    "DATABASE_URL": "sqlite:////real.db",
    "PYTHONPATH": "/real",
    "HOME": "/home/ada",
}


def settings(tmp_path, *, keep=False):
    return server_environment(
        Layout(tmp_path),
        port=1234,
        model_url="http://127.0.0.1:1/v1",
        embeddings_url="http://127.0.0.1:2/v1",
        secret="s",
        deployment="d",
        keep=keep,
    )


def test_a_child_gets_nothing_of_the_users_environment_that_could_change_what_it_does(tmp_path):
    env = child_environment(USERS_OWN, Layout(tmp_path))
    assert env["PATH"] == "/bin"
    assert env["HOME"] == str(tmp_path)
    assert not {"HTTPS_PROXY", "OPENAI_API_KEY", "OPEN_WEBUI_API_KEY", "DATABASE_URL", "PYTHONPATH"} & set(env)


def test_every_file_of_the_server_is_below_its_own_directory(tmp_path):
    env = child_environment({}, Layout(tmp_path)) | settings(tmp_path)
    for name in ("HOME", "TMPDIR", "DATA_DIR", "STATIC_DIR"):
        assert env[name].startswith(str(tmp_path))


def test_the_server_is_told_to_stay_off_the_network(tmp_path):
    env = settings(tmp_path)
    assert env["OFFLINE_MODE"] == "True"
    assert env["HF_HUB_OFFLINE"] == "1"
    assert env["ENABLE_VERSION_UPDATE_CHECK"] == "False"
    addresses = [value for value in env.values() if "://" in value]
    assert addresses
    assert all(
        part.startswith(("http://127.0.0.1:", "http://localhost:")) for value in addresses for part in value.split(";")
    )


def test_vectors_come_from_the_scripted_model_and_answers_from_the_wanted_one(tmp_path):
    env = settings(tmp_path)
    assert env["OPENAI_API_BASE_URL"] == env["OPENAI_API_BASE_URLS"] == "http://127.0.0.1:1/v1"
    assert env["RAG_OPENAI_API_BASE_URL"] == "http://127.0.0.1:2/v1"


@pytest.mark.parametrize(("keep", "stored"), [(True, "False"), (False, "True")])
def test_a_kept_directory_follows_the_new_addresses_at_each_start(tmp_path, keep, stored):
    assert settings(tmp_path, keep=keep)["ENABLE_PERSISTENT_CONFIG"] == stored


def test_the_directories_of_a_server_are_its_owners_only(tmp_path):
    layout = Layout(tmp_path / "server")
    layout.make()
    for directory in (layout.root, layout.data, layout.temporary):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
