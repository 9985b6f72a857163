"""An OpenAI-compatible server whose models do one thing each, always the same: for tests and benchmarks."""

from openwebui_chat_client.local.scripted.conversation import ChatRequest
from openwebui_chat_client.local.scripted.models import MODELS
from openwebui_chat_client.local.scripted.recording import RecordedRequest
from openwebui_chat_client.local.scripted.server import ScriptedModel
from openwebui_chat_client.local.scripted.steps import (
    Break,
    Close,
    ErrorFrame,
    Fail,
    Hang,
    Pause,
    Reasoning,
    Script,
    Step,
    Text,
    ToolCall,
)

__all__ = [
    "MODELS",
    "Break",
    "ChatRequest",
    "Close",
    "ErrorFrame",
    "Fail",
    "Hang",
    "Pause",
    "Reasoning",
    "RecordedRequest",
    "Script",
    "ScriptedModel",
    "Step",
    "Text",
    "ToolCall",
]
