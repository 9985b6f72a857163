"""LocalServer: a real Open WebUI of your own, from installation to a signed-in admin, and back to nothing."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

from openwebui_chat_client.errors import ConflictError
from openwebui_chat_client.local import provision
from openwebui_chat_client.local.cache import Lock, private_dir
from openwebui_chat_client.local.errors import LocalServerError, ProcessDiedError, log_tail
from openwebui_chat_client.local.install import Environment, Progress, environment, server_recipe
from openwebui_chat_client.local.model import ModelEndpoint, check_model, prepare_model, start_model
from openwebui_chat_client.local.process import Guarded
from openwebui_chat_client.local.ready import HOST, Probe, free_port, lost_the_port, require_port, wait_until
from openwebui_chat_client.local.scripted import ScriptedModel
from openwebui_chat_client.local.settings import Layout, child_environment, server_environment

DEFAULT_VERSION = "0.12.4"
PORT_TRIES = 5
LOCK_FILE = "lock"


def to_stderr(line: str) -> None:
    """Show a line of progress."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


class LocalServer:
    """A throw-away Open WebUI with a model, on 127.0.0.1. A context manager; the attributes exist once it runs.

    The first start installs the server, and the model, into your cache directory. Nothing is left of a server when it
    is closed or its process ends, even by a crash, except its `data` directory if you gave one.

    Args:
        version: The version of Open WebUI, 0.6.43 or later.
        model: "small" (a real one), "scripted" (for tests), or the URL of an OpenAI-compatible server.
        env: Environment variables of the server that shall differ from ours.
        data: A directory that keeps accounts and chats between starts. An admin's changes of settings are not kept.
        port: The port to listen on; any free one if not given.
        progress: Gets a line of text for each step; standard error if not given.
        start_timeout: Seconds that the server gets to become ready, without the installation.
    """

    url: str
    token: str
    """The admin's API key; "" if your `env` forbids API keys."""
    jwt: str
    """The admin's session token."""
    email: str
    password: str
    model_id: str
    model: ScriptedModel | None
    """The scripted model, whose `requests` tell what it was asked; None with another model."""
    log_path: Path

    def __init__(
        self,
        version: str = DEFAULT_VERSION,
        model: str = "small",
        env: Mapping[str, str] | None = None,
        data: str | os.PathLike[str] | None = None,
        port: int | None = None,
        progress: Progress | None = None,
        *,
        start_timeout: float = 120.0,
    ) -> None:
        self.version = version
        self._recipe = server_recipe(version)
        check_model(model)
        self._wanted_model = model
        self._env = dict(env or {})
        self._data = None if data is None else Path(data).expanduser().resolve()
        self._port = port
        self._progress = progress or to_stderr
        self._start_timeout = start_timeout
        self._stack = ExitStack()
        self._processes: Guarded | None = None
        self._published = False
        self._users = threading.Lock()

    def __repr__(self) -> str:
        state = f"at {self.url}" if self.running else "not running"
        return f"<LocalServer {self.version} {state}>"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def running(self) -> bool:
        """Whether the server's process is alive."""
        return self._processes is not None and self._processes.running("server")

    def start(self) -> Self:
        """Install what is missing, start, and sign in; returns when the server answers.

        Raises:
            ConfigError: uv is needed and not installed.
            PortTakenError: The port that you chose is taken.
            LocalServerError: It could not be installed or started; the message has the log's last lines.
        """
        if self._processes is not None:
            raise LocalServerError(f"{self!r} has been started already")
        try:
            self._start()
        except OSError as error:
            self.close()
            raise LocalServerError(f"the local server's files cannot be written: {error}") from error
        except BaseException:
            self.close()
            raise
        return self

    def close(self) -> None:
        """Stop the server and the model and remove their files; harmless when done before."""
        self._stack.close()
        self._processes = None

    def log_tail(self, lines: int = 15) -> str:
        """The last lines of the server's log."""
        return log_tail(self.log_path, lines)

    def create_user(self, name: str | None = None, role: str = "user") -> provision.LocalUser:
        """Make a user, sign in as them, and let all users use `model_id`."""
        with self._users:
            if not self._published:
                try:
                    provision.publish_model(self.url, self.jwt, self.model_id)
                except ConflictError:  # an earlier start of a kept directory did it
                    self._progress(f"{self.model_id} is published already")
                self._published = True
        return provision.add_user(self.url, self.jwt, name, role)

    def _start(self) -> None:
        if self._port is not None:
            require_port(self._port)
        server = environment(self._recipe, self._progress)
        model_python = prepare_model(self._wanted_model, self._progress)
        began = time.monotonic()
        self._progress(f"Starting Open WebUI {self.version} ...")
        if self._data is not None:
            self._stack.enter_context(claim(self._data))
        processes = self._processes = self._stack.enter_context(Guarded())
        layout = Layout(self._data or processes.tempdir())
        layout.make()
        self._published = False
        account = provision.load_account(layout.root)
        model = start_model(self._wanted_model, model_python, processes, layout, self._stack, self._start_timeout)
        copy_static_files(server, layout)
        self._start_server(processes, server, layout, account.secret, model)
        signed_in = provision.sign_in(self.url, account)
        self.email, self.password = account.email, account.password
        self.jwt, self.token = signed_in.jwt, signed_in.token
        self.model_id = model.model_id
        self.model = model.vectors if model.url == model.vectors.url else None
        self._progress(f"Ready at {self.url} after {time.monotonic() - began:.0f} s")

    def _start_server(
        self, processes: Guarded, server: Environment, layout: Layout, secret: str, model: ModelEndpoint
    ) -> None:
        self.log_path = layout.log
        for attempt in range(1, PORT_TRIES + 1):
            port = self._port or free_port()
            env = child_environment(os.environ, layout) | server_environment(
                layout,
                port=port,
                model_url=model.url,
                embeddings_url=model.vectors.url,
                secret=secret,
                deployment=secrets.token_hex(8),
                keep=self._data is not None,
            )
            env |= self._env
            argv = [str(server.program("open-webui")), "serve", "--host", HOST, "--port", str(port)]
            processes.start("server", argv, env=env, cwd=layout.root, log=layout.log)
            self.url = f"http://{HOST}:{port}"
            try:
                self._await_server(processes, env["DEPLOYMENT_ID"])
            except ProcessDiedError:
                if attempt == PORT_TRIES or self._port or not lost_the_port(layout.log):
                    raise
            else:
                return

    def _await_server(self, processes: Guarded, deployment: str) -> None:
        title = f"Open WebUI {self.version}"
        with Probe(self.url, deployment) as ready:
            wait_until(ready, title, processes, "server", self.log_path, self._start_timeout)
        self.version = ready.version


@contextmanager
def claim(data: Path) -> Generator[None]:
    """Have a data directory to ourselves.

    Raises:
        LocalServerError: Another local server has it, or it belongs to something else.
    """
    lock = Lock(private_dir(data) / LOCK_FILE)
    if {file.name for file in data.iterdir()} - {LOCK_FILE} and not (data / provision.ACCOUNT_FILE).exists():
        raise LocalServerError(f"{data} is neither empty nor the directory of a local server: choose another")
    if not lock.acquire(wait=False):
        raise LocalServerError(f"another local server uses {data}")
    try:
        yield
    finally:
        lock.release()


def copy_static_files(server: Environment, layout: Layout) -> None:
    """Give the server its own static files; it writes to them, and several may share one environment."""
    shutil.rmtree(layout.static, ignore_errors=True)
    shutil.copytree(server.packages / "open_webui" / "static", layout.static)
