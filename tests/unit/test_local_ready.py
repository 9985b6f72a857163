import socket

import pytest

from openwebui_chat_client.local.errors import LocalServerError, PortTakenError, ProcessDiedError
from openwebui_chat_client.local.model import check_model, first_model
from openwebui_chat_client.local.process import Guarded
from openwebui_chat_client.local.ready import Probe, free_port, lost_the_port, require_port, wait_until
from openwebui_chat_client.local.scripted import ScriptedModel


def test_a_free_port_can_be_used():
    port = free_port()
    assert require_port(port) == port


def test_a_taken_port_is_an_error_that_names_it():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTakenError, match=str(port)):
            require_port(port)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_what_is_no_port_is_refused(port):
    with pytest.raises(ValueError, match="not a port"):
        require_port(port)


LOGS = [  # the end of a log, did the server lose its port?
    ("[Errno 98] error while attempting to bind on address ('127.0.0.1', 1): address already in use", True),
    ("[Errno 48] error while attempting to bind on address: [errno 48] address already in use", True),
    ("[WinError 10013] An attempt was made to access a socket in a way forbidden", True),
    ("ModuleNotFoundError: No module named 'torch'", False),
]


@pytest.mark.parametrize(("text", "lost"), LOGS)
def test_a_lost_race_for_a_port_is_told_from_other_deaths(tmp_path, text, lost):
    (tmp_path / "log").write_text(text + "\na line of a traceback" * 300)
    assert lost_the_port(tmp_path / "log") is lost


@pytest.mark.parametrize("model", ["", "gpt-4", "ftp://host", "Small"])
def test_what_is_no_model_is_refused(model):
    with pytest.raises(ValueError, match="is not a model"):
        check_model(model)


def test_the_model_of_another_server_is_the_first_it_offers():
    with ScriptedModel() as model:
        assert first_model(model.url) == "echo"


def test_a_url_without_models_behind_it_is_an_error_that_names_it():
    with ScriptedModel() as model, pytest.raises(LocalServerError, match="nothing/models"):
        first_model(f"{model.url}/nothing")


def test_a_server_that_answers_but_is_not_ours_is_not_ready():
    with ScriptedModel() as model, Probe(model.url.removesuffix("/v1"), "ours") as ready:
        assert not ready()


def test_waiting_for_a_process_that_died_shows_the_end_of_its_log():
    with Guarded() as processes:
        room = processes.tempdir()
        processes.start("x", ["/bin/sh", "-c", "echo why it died; exit 3"], env={}, cwd=room, log=room / "log")
        with pytest.raises(ProcessDiedError, match=r"(?s)the thing ended with exit code 3.*why it died"):
            wait_until(lambda: False, "the thing", processes, "x", room / "log", 20)


def test_waiting_is_bounded():
    with Guarded() as processes:
        room = processes.tempdir()
        processes.start("x", ["/bin/sleep", "600"], env={}, cwd=room, log=room / "log")
        with pytest.raises(LocalServerError, match="not ready after 0 s"):
            wait_until(lambda: False, "the thing", processes, "x", room / "log", 0.2)
