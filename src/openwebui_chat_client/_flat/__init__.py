"""The flat names of the original client: aliases of namespace methods, and thin adapters of shape; a room per area."""

from .._dual import M
from .agents import AgentNames
from .asking import AskingNames
from .chats import ChatNames
from .knowledge import KnowledgeNames
from .models import ModelNames
from .notes import NoteNames
from .prompts import PromptNames
from .users import UserNames


class FlatNames(
    AskingNames[M],
    AgentNames[M],
    ChatNames[M],
    KnowledgeNames[M],
    NoteNames[M],
    ModelNames[M],
    UserNames[M],
    PromptNames[M],
):
    """Every flat name, for scripts written for the original."""
