"""The two clients: what they are told, the namespaces they hold, and how they end."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NoReturn, Self, Unpack, cast
from urllib.parse import urlsplit

import httpx2

from ._arguments import KEEP, Keep
from ._config import Anonymous, ClientOptions, Config, resolve, timeouts
from ._credential import Credential
from ._dual import Async, M, Sync, blocking, operation
from ._flat import FlatNames
from ._http import Http
from ._runtime import AsyncRuntime, Runtime, SyncRuntime
from ._server import Server
from ._socket import Socket
from .agents.namespace import Agents
from .resources.auths import Auths
from .resources.chats import Chats
from .resources.configs import Configs
from .resources.files import Files
from .resources.folders import Folders
from .resources.functions import Functions
from .resources.groups import Groups
from .resources.knowledge import KnowledgeBases
from .resources.memories import Memories
from .resources.models import Models
from .resources.notes import Notes
from .resources.prompts import Prompts
from .resources.skills import Skills
from .resources.tasks import Tasks
from .resources.tools import Tools
from .resources.users import Users
from .turns.conversation import Conversation
from .turns.turn import Memory, Turns

GONE = {
    "model_id": "each turn has .model",
    "chat_id": "each turn has .chat_id",
    "chat_object_from_server": "client.chats.get(chat_id)",
    "available_model_ids": "client.models.list()",
    "session": "client.request(…)",
    "json_headers": "client.request(…)",
    "task_model": "the server chooses the model for its tasks",
}


class _Client(FlatNames[M]):
    """What both clients are: a credential, a pool of connections, and the namespaces."""

    server: Server[M]
    auths: Auths[M]
    chats: Chats[M]
    files: Files[M]
    folders: Folders[M]
    knowledge: KnowledgeBases[M]
    groups: Groups[M]
    models: Models[M]
    notes: Notes[M]
    prompts: Prompts[M]
    tasks: Tasks[M]
    tools: Tools[M]
    functions: Functions[M]
    skills: Skills[M]
    memories: Memories[M]
    configs: Configs[M]
    turns: Turns[M]
    agents: Agents[M]
    users: Users[M]
    _http: Http
    _memory: Memory
    _socket: Socket | None

    def _hold(self: _Client[Async], http: Http, server: Server[Async], memory: Memory, socket: Socket | None) -> None:
        self._http, self._memory, self._socket = http, memory, socket
        self.server = server
        self.auths = Auths(http, server)
        self.chats = Chats(http, server)
        self.files = Files(http, server)
        self.folders = Folders(http, server)
        self.knowledge = KnowledgeBases(http, server, self.files)
        self.groups = Groups(http, server)
        self.models = Models(http, server)
        self.notes = Notes(http, server)
        self.prompts = Prompts(http, server)
        self.tasks = Tasks(http, server)
        self.tools = Tools(http, server)
        self.functions = Functions(http, server)
        self.skills = Skills(http, server)
        self.memories = Memories(http, server)
        self.configs = Configs(http, server)
        self.users = Users(http, server)
        parts = (self.chats, self.folders, self.tasks, self.files, self.knowledge, self.tools, self.notes)
        self.turns = Turns(http, server, *parts, memory=memory, socket=socket)
        default = http.config.default_model_id
        self.agents = Agents(self.turns, self.chats, runtime=http.runtime, default_model_id=default)

    def _start(self: _Client[Async], config: Config, runtime: Runtime) -> None:
        http = Http(config, runtime, Credential(config.token, config.login))
        socket = runtime.socket(lambda: _dialling(http)) if config.is_session else None
        self._hold(http, Server(http), Memory(), socket)

    @property
    def base_url(self) -> str:
        """The server's address, without `/api` and the like."""
        return self._http.config.base_url

    @property
    def default_model_id(self) -> str | None:
        """The model of new chats for which none is named."""
        return self._http.config.default_model_id

    def with_options(
        self,
        *,
        timeout: float | httpx2.Timeout | Keep | None = KEEP,
        answer_timeout: float | None = None,
        max_retries: int | None = None,
        default_model_id: str | None = None,
    ) -> Self:
        """This client with other settings, on the same connections; closing either closes both. What is left out stays.

        Args:
            timeout: Seconds for each request, None for no limit; or httpx2's own limits.
            answer_timeout: Seconds that a model may be silent in a turn.
            max_retries: How often a request is tried again where that is safe.
            default_model_id: The model of new chats for which none is named.

        Example:
            >>> client.with_options(timeout=5, max_retries=0).chats.list()
        """
        changes = {"answer_timeout": answer_timeout, "max_retries": max_retries, "default_model_id": default_model_id}
        given: dict[str, Any] = {name: value for name, value in changes.items() if value is not None}
        if not isinstance(timeout, Keep):
            given["timeout"] = timeouts(timeout)
        core = copy.copy(cast("_Client[Async]", self._twin or self))
        config = replace(self._http.config, **given)
        core._hold(replace(self._http, config=config), core.server, core._memory, core._socket)
        return cast("Self", core) if self._twin is None else self._around(core)

    def _around(self, core: _Client[Async]) -> Self:
        """A client like this one that runs on `core`."""
        face = copy.copy(self)
        vars(face).update(vars(blocking(core)))
        return face

    def conversation(
        self, title: str | None = None, *, chat_id: str | None = None, model_id: str | None = None
    ) -> Conversation[M]:
        """One chat as an object: ask, stream, regenerate, edit, branch. Sends nothing.

        Args:
            title: The newest own chat with exactly this title, or one to be made with the first question.
            chat_id: Or the chat with this id.
            model_id: The model of its turns; left out, the chat's, or the client's default.

        Example:
            >>> talk = client.conversation("Monads")
            >>> talk.ask("What is a monad?")
            >>> talk.regenerate().response
        """
        core = cast("_Client[Async]", self._twin or self)
        made = Conversation[Async](core.turns, core.chats, title=title, chat_id=chat_id, model_id=model_id)
        return cast("Conversation[M]", made if self._twin is None else blocking(made))

    @operation
    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        repeatable: bool | None = None,
    ) -> Any:
        """Any route of the server, by the same path as everything else: retries, errors, parsed JSON.

        Args:
            method: The HTTP method.
            path: From the root of the server, such as `/api/v1/notes/`.
            params: The query.
            json: The body.
            repeatable: Whether a second arrival would do no harm; by default true for GET.

        Example:
            >>> client.request("GET", "/api/v1/notes/")
        """
        return await self._http.call(object, method, path, params=params, json=json, repeatable=repeatable)

    @operation
    async def close(self) -> None:
        """Release the connections; closing twice is harmless."""
        try:
            if self._socket is not None:
                await self._socket.close()
        finally:
            await self._http.runtime.close()

    def __getattr__(self, name: str) -> NoReturn:
        hint = f"; instead: {GONE[name]}" if name in GONE else ""
        raise AttributeError(f"{type(self).__name__!r} has no attribute {name!r}{hint}")

    def __repr__(self) -> str:
        login = self._http.config.login
        return f"{type(self).__name__}(base_url={self.base_url!r}{f', email={login.email!r}' if login else ''})"


class OpenWebUIClient(_Client[Sync]):
    """A client whose methods block; right from many threads, and inside a running event loop.

    Args:
        base_url: The server's address; `OPEN_WEBUI_URL` or `OUI_BASE_URL` when left out.
        token: An API key (`sk-…`) or a session's token; `OPEN_WEBUI_API_KEY` or `OUI_AUTH_TOKEN` when left out.
            `ANONYMOUS` for signing in.
        default_model_id: The model of new chats for which none is named; `OUI_DEFAULT_MODEL` when left out.
        **options: See `ClientOptions`; all have a default. With `email` and `password` instead of a token the client
            signs in itself, with the first request that needs it, and again before the session ends.

    Raises:
        ConfigError: There is no address or no token, neither given nor in the environment; or there are a token and a
            password.

    Example:
        >>> with OpenWebUIClient("http://localhost:3000", "sk-…", "gpt-5") as client:
        ...     print(client.chat("What is a monad?", "Monads")["response"])
    """

    def __init__(
        self,
        base_url: str | None = None,
        token: str | Anonymous | None = None,
        default_model_id: str | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        config = resolve(base_url, token, default_model_id, **options)
        core = _Client[Async]()
        core._start(config, SyncRuntime(httpx2.Client(**config.connection)))
        vars(self).update(vars(blocking(core)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncOpenWebUIClient(_Client[Async]):
    """A client whose methods are awaited, on asyncio or trio; otherwise as `OpenWebUIClient`.

    Example:
        >>> async with AsyncOpenWebUIClient("http://localhost:3000", "sk-…", "gpt-5") as client:
        ...     print((await client.chat("What is a monad?", "Monads"))["response"])
    """

    def __init__(
        self,
        base_url: str | None = None,
        token: str | Anonymous | None = None,
        default_model_id: str | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        config = resolve(base_url, token, default_model_id, **options)
        self._start(config, AsyncRuntime(httpx2.AsyncClient(**config.connection)))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


async def _dialling(http: Http) -> dict[str, Any]:
    """How the live connection of this server is reached, with the credential of the moment."""
    config = http.config
    if config.login is not None:  # a session that was ended is replaced by this; what the connection says tells nothing
        await http.call(dict[str, Any], "GET", "/api/v1/auths/")
    address = urlsplit(config.base_url)
    return {
        "url": f"{address.scheme}://{address.netloc}",
        "socketio_path": f"{address.path}/ws/socket.io",
        "transports": ["websocket"],
        "auth": {"token": await http.credential.token(http)},
        "headers": dict(config.headers),
        "ssl_verify": config.connection.get("verify") is not False,
    }
