"""Every record, event and option type that users may name; each is defined in the room that it belongs to."""

from ._bulk import BulkResult, Failure, Progress
from ._flat.asking import Responses
from ._flat.knowledge import FilledBases
from ._flat.models import ModelFailure, PermissionReport
from ._server import ServerInfo, Version
from .resources._access import Access, grant
from .resources._chat_records import (
    ArchivedChat,
    ArchiveReport,
    Chat,
    ChatSummary,
    ChatUsage,
    ExportedChat,
    ExportReport,
    ImportedChat,
    ImportReport,
    Share,
    SharedChat,
    Tag,
    UnarchivedChat,
    UnimportedChat,
)
from .resources._hits import Hit
from .resources._knowledge_records import Creations, Deletions, Knowledge, KnowledgeFile, NewKnowledge, Uploads
from .resources._model_entries import ModelDetails, ModelFields
from .resources._plugins import Deployed
from .resources._prompts import Prompt
from .resources._skills import Skill, SkillFile, SkillFiles
from .resources._sync import Difference, SyncReport
from .resources._variables import Variable
from .resources._versions import SavedVersion
from .resources.auths import Account, Session
from .resources.configs import Banner
from .resources.files import File
from .resources.folders import Folder
from .resources.functions import Function
from .resources.groups import Group, Member
from .resources.memories import Memory, MemoryHit
from .resources.models import Model, ModelEntry
from .resources.notes import Note
from .resources.tools import Tool
from .resources.users import User
from .turns.conversation import Conversation
from .turns.events import (
    FollowUpsSuggested,
    ReasoningDelta,
    SourcesFound,
    StatusUpdate,
    TagsChanged,
    TextDelta,
    TextReplaced,
    TitleChanged,
    ToolCalled,
    TurnDone,
    TurnEvent,
    TurnStarted,
    Usage,
)
from .turns.metadata import Suggested
from .turns.options import FurtherOptions, TurnOptions
from .turns.results import ParallelAnswer, ParallelTurn, Passage, Source, ToolCall, Turn

__all__ = [
    "Access",
    "Account",
    "ArchiveReport",
    "ArchivedChat",
    "Banner",
    "BulkResult",
    "Chat",
    "ChatSummary",
    "ChatUsage",
    "Conversation",
    "Creations",
    "Deletions",
    "Deployed",
    "Difference",
    "ExportReport",
    "ExportedChat",
    "Failure",
    "File",
    "FilledBases",
    "Folder",
    "FollowUpsSuggested",
    "Function",
    "FurtherOptions",
    "Group",
    "Hit",
    "ImportReport",
    "ImportedChat",
    "Knowledge",
    "KnowledgeFile",
    "Member",
    "Memory",
    "MemoryHit",
    "Model",
    "ModelDetails",
    "ModelEntry",
    "ModelFailure",
    "ModelFields",
    "NewKnowledge",
    "Note",
    "ParallelAnswer",
    "ParallelTurn",
    "Passage",
    "PermissionReport",
    "Progress",
    "Prompt",
    "ReasoningDelta",
    "Responses",
    "SavedVersion",
    "ServerInfo",
    "Session",
    "Share",
    "SharedChat",
    "Skill",
    "SkillFile",
    "SkillFiles",
    "Source",
    "SourcesFound",
    "StatusUpdate",
    "Suggested",
    "SyncReport",
    "Tag",
    "TagsChanged",
    "TextDelta",
    "TextReplaced",
    "TitleChanged",
    "Tool",
    "ToolCall",
    "ToolCalled",
    "Turn",
    "TurnDone",
    "TurnEvent",
    "TurnOptions",
    "TurnStarted",
    "UnarchivedChat",
    "UnimportedChat",
    "Uploads",
    "Usage",
    "User",
    "Variable",
    "Version",
    "grant",
]
