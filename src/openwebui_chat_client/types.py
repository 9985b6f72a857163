"""Every record, event and option type that users may name; each is defined in the room that it belongs to."""

from ._bulk import BulkResult, Failure, Progress
from ._flat.asking import Responses
from ._flat.knowledge import FilledBases
from ._flat.models import ModelFailure, PermissionReport
from ._server import ServerInfo, Version
from .agents.events import (
    ActionEvent,
    AgentEvent,
    ConversationComplete,
    DecisionEvent,
    FinalAnswerEvent,
    FirstRoundError,
    IterationStart,
    ObservationEvent,
    ReportComplete,
    RoundComplete,
    RoundContent,
    RoundError,
    RoundStart,
    StepComplete,
    StepPlanned,
    StepSkipped,
    TaskError,
    TaskEvent,
    ThoughtEvent,
    TodoListUpdate,
    ToolCallEvent,
)
from .agents.options import FurtherTalkOptions, ResearchOptions, TalkOptions, TaskOptions
from .agents.prompts import AgentPrompts
from .agents.results import (
    ContinuousChat,
    ContinuousParallelChat,
    Option,
    ParallelRound,
    ReportSource,
    Research,
    ResearchStep,
    Round,
    SkippedStep,
    TaskRun,
    Todo,
)
from .resources._access import Access, grant
from .resources._chat_contents import Compacted
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
from .resources._knowledge_records import (
    Creations,
    Deletions,
    Directory,
    Knowledge,
    KnowledgeFile,
    NewKnowledge,
    Uploads,
)
from .resources._model_entries import ModelDetails, ModelFields
from .resources._notes import Note
from .resources._plugins import Deployed, LoadedScript
from .resources._prompts import Prompt
from .resources._reach import Named, Reach
from .resources._skills import Skill, SkillFile, SkillFiles
from .resources._sync import SyncReport
from .resources._sync_plan import Difference
from .resources._user_own import AccountUsage
from .resources._variables import Variable
from .resources._versions import SavedVersion, VersionDiff
from .resources.auths import Account, ProfileFields, Session
from .resources.configs import Banner, Suggestion
from .resources.files import File
from .resources.folders import Folder, FolderChat, SharedFolder
from .resources.functions import Function
from .resources.groups import Group, Member
from .resources.memories import Memory, MemoryHit, MemoryPath
from .resources.models import Model, ModelEntry
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
    "AccountUsage",
    "ActionEvent",
    "AgentEvent",
    "AgentPrompts",
    "ArchiveReport",
    "ArchivedChat",
    "Banner",
    "BulkResult",
    "Chat",
    "ChatSummary",
    "ChatUsage",
    "Compacted",
    "ContinuousChat",
    "ContinuousParallelChat",
    "Conversation",
    "ConversationComplete",
    "Creations",
    "DecisionEvent",
    "Deletions",
    "Deployed",
    "Difference",
    "Directory",
    "ExportReport",
    "ExportedChat",
    "Failure",
    "File",
    "FilledBases",
    "FinalAnswerEvent",
    "FirstRoundError",
    "Folder",
    "FolderChat",
    "FollowUpsSuggested",
    "Function",
    "FurtherOptions",
    "FurtherTalkOptions",
    "Group",
    "Hit",
    "ImportReport",
    "ImportedChat",
    "IterationStart",
    "Knowledge",
    "KnowledgeFile",
    "LoadedScript",
    "Member",
    "Memory",
    "MemoryHit",
    "MemoryPath",
    "Model",
    "ModelDetails",
    "ModelEntry",
    "ModelFailure",
    "ModelFields",
    "Named",
    "NewKnowledge",
    "Note",
    "ObservationEvent",
    "Option",
    "ParallelAnswer",
    "ParallelRound",
    "ParallelTurn",
    "Passage",
    "PermissionReport",
    "ProfileFields",
    "Progress",
    "Prompt",
    "Reach",
    "ReasoningDelta",
    "ReportComplete",
    "ReportSource",
    "Research",
    "ResearchOptions",
    "ResearchStep",
    "Responses",
    "Round",
    "RoundComplete",
    "RoundContent",
    "RoundError",
    "RoundStart",
    "SavedVersion",
    "ServerInfo",
    "Session",
    "Share",
    "SharedChat",
    "SharedFolder",
    "Skill",
    "SkillFile",
    "SkillFiles",
    "SkippedStep",
    "Source",
    "SourcesFound",
    "StatusUpdate",
    "StepComplete",
    "StepPlanned",
    "StepSkipped",
    "Suggested",
    "Suggestion",
    "SyncReport",
    "Tag",
    "TagsChanged",
    "TalkOptions",
    "TaskError",
    "TaskEvent",
    "TaskOptions",
    "TaskRun",
    "TextDelta",
    "TextReplaced",
    "ThoughtEvent",
    "TitleChanged",
    "Todo",
    "TodoListUpdate",
    "Tool",
    "ToolCall",
    "ToolCallEvent",
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
    "VersionDiff",
    "grant",
]
