"""The environment variables of a local server: all it needs, nothing of the user's, no network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

KEPT = (
    "PATH",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "SYSTEMROOT",
    "WINDIR",
    "COMSPEC",
    "PATHEXT",
)
"""What a child inherits. Everything else could change what it does: proxies, keys, settings of another server."""

BUSY_TIMEOUT = "60000"
"""Milliseconds that a request waits for the database: many at once on a small machine need more than its default."""
LOCAL_KEY = "sk-local"
"""Stands where a provider's key would: the servers on this machine ask for none."""

EMBEDDING_MODEL = "embedding"
"""The name under which the scripted model offers its vectors."""

QUIET = {
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "true",
    "SCARF_NO_ANALYTICS": "true",
    "ENABLE_OTEL": "False",
    "ENABLE_VERSION_UPDATE_CHECK": "False",
    "OFFLINE_MODE": "True",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "ENABLE_PIP_INSTALL_FRONTMATTER_REQUIREMENTS": "False",
    "ENABLE_OLLAMA_API": "False",
    "ENABLE_WEB_SEARCH": "False",
    "ENABLE_IMAGE_GENERATION": "False",
    "RAG_EMBEDDING_MODEL_AUTO_UPDATE": "False",
    "RAG_RERANKING_MODEL_AUTO_UPDATE": "False",
    "WHISPER_MODEL_AUTO_UPDATE": "False",
    "ENABLE_EVALUATION_ARENA_MODELS": "False",  # a model that is none would stand in every list
    "USER_AGENT": "openwebui-chat-client-local",
}
"""No telemetry, no look-ups, no downloads."""

FEATURES = {
    "VECTOR_DB": "chroma",
    "ENABLE_API_KEYS": "true",
    "USER_PERMISSIONS_FEATURES_API_KEYS": "true",
    "ENABLE_SIGNUP": "False",
    "ENABLE_INITIAL_ADMIN_SIGNUP": "True",  # the first account and no other
    "ENABLE_TITLE_GENERATION": "True",
    "ENABLE_TAGS_GENERATION": "True",
    "ENABLE_FOLLOW_UP_GENERATION": "True",
    "ENABLE_REALTIME_CHAT_SAVE": "False",
    "AUDIO_STT_ENGINE": "openai",  # the default engine would load a speech model
    "UVICORN_WORKERS": "1",
    "GLOBAL_LOG_LEVEL": "INFO",
}


@dataclass(frozen=True)
class Layout:
    """The places of one server below its directory."""

    root: Path

    @property
    def log(self) -> Path:
        """What the server printed."""
        return self.root / "server.log"

    @property
    def model_log(self) -> Path:
        """What the small model's process printed."""
        return self.root / "model.log"

    @property
    def static(self) -> Path:
        """The server's own copy of its static files: it rewrites them at each start."""
        return self.root / "static"

    @property
    def temporary(self) -> Path:
        """Temporary files of the children."""
        return self.root / "tmp"

    @property
    def data(self) -> Path:
        """Database, uploads and vectors."""
        return self.root / "data"

    def make(self) -> None:
        """Make the directories, for their owner only."""
        for directory in (self.root, self.temporary, self.data):
            directory.mkdir(mode=0o700, exist_ok=True)


def child_environment(environ: Mapping[str, str], layout: Layout) -> dict[str, str]:
    """The minimal environment of a child process, with its home and temporary files in our directory."""
    kept = {name: environ[name] for name in KEPT if name in environ}
    temporary = str(layout.temporary)
    return {
        "LANG": "C.UTF-8",
        **kept,
        "HOME": str(layout.root),
        "USERPROFILE": str(layout.root),
        "TMPDIR": temporary,
        "TEMP": temporary,
        "TMP": temporary,
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "NO_PROXY": "*",
    }


def server_environment(
    layout: Layout, *, port: int, model_url: str, embeddings_url: str, secret: str, deployment: str, keep: bool
) -> dict[str, str]:
    """The settings of a server that listens on `port`.

    `deployment` comes back from `/api/version` and proves that the server which answers is ours. With `keep` the
    settings follow these variables at each start, because the addresses of the models change; an admin's changes
    then last until the server stops. Without, the server stores its settings as one in production does.
    """
    return {
        **QUIET,
        **FEATURES,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WEBUI_URL": f"http://127.0.0.1:{port}",
        "CORS_ALLOW_ORIGIN": f"http://127.0.0.1:{port};http://localhost:{port}",
        "WEBUI_SECRET_KEY": secret,
        "DEPLOYMENT_ID": deployment,
        "DATA_DIR": str(layout.data),
        "STATIC_DIR": str(layout.static),
        "DATABASE_SQLITE_PRAGMA_BUSY_TIMEOUT": BUSY_TIMEOUT,
        "DATABASE_SQLITE_PRAGMA_SYNCHRONOUS": "NORMAL" if keep else "OFF",
        "ENABLE_PERSISTENT_CONFIG": str(not keep),
        "ENABLE_OPENAI_API": "True",
        "OPENAI_API_BASE_URL": model_url,
        "OPENAI_API_BASE_URLS": model_url,
        "OPENAI_API_KEY": LOCAL_KEY,
        "OPENAI_API_KEYS": LOCAL_KEY,
        "RAG_EMBEDDING_ENGINE": "openai",
        "RAG_EMBEDDING_MODEL": EMBEDDING_MODEL,
        "RAG_EMBEDDING_BATCH_SIZE": "32",
        "RAG_OPENAI_API_BASE_URL": embeddings_url,
        "RAG_OPENAI_API_KEY": LOCAL_KEY,
        "AUDIO_STT_OPENAI_API_BASE_URL": model_url,
        "AUDIO_STT_OPENAI_API_KEY": LOCAL_KEY,
    }
