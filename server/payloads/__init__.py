"""The JSON of the HTTP API, as structs: one for each body and each answer.

`server.schema` turns them into `openapi.json`, from which the frontend's
types are generated. Times are RFC 3339 UTC, sizes bytes, durations seconds.
One file a subject; the API has one set of names, so callers see one module.
"""

from server.payloads.analysis import (
    AboutCode,
    CompletedName,
    Completions,
    Definition,
    Explanation,
    Signature,
    Signatures,
)
from server.payloads.comments import (
    ChangeThread,
    CommentMessage,
    CommentRange,
    CommentsRead,
    CommentsReading,
    CommentThread,
    NewComment,
    NewReply,
)
from server.payloads.common import (
    Body,
    Email,
    ErrorBody,
    ErrorDetail,
    Health,
    Page,
)
from server.payloads.connections import (
    ChangeConnection,
    Connection,
    ConnectionChoice,
    ConnectionEvent,
    ConnectionEvents,
    ConnectionField,
    ConnectionKernels,
    ConnectionKind,
    ConnectionKinds,
    ConnectionTest,
    ConnectionWhen,
    NewConnection,
)
from server.payloads.environments import (
    ChangeEnvironment,
    DeclaredLine,
    Environment,
    EnvironmentPython,
    EnvironmentState,
    InstallPackages,
    Job,
    JobKind,
    Package,
)
from server.payloads.files import (
    DeletedFile,
    FileEntry,
    FilesUsage,
    FileUpload,
    FolderListing,
    FolderMark,
    FolderMarks,
    MoveFile,
    NewFolder,
    RestoreFile,
)
from server.payloads.frames import (
    FrameAnswer,
    FrameChart,
    FrameFilter,
    FramePage,
    FrameProfiles,
    FrameQuestion,
    FrameRows,
    FrameSortKey,
)
from server.payloads.git import (
    Git,
    GitChange,
    GitCommit,
    GitHistory,
    GitSource,
    GitWork,
    MadeCommit,
    NewCommit,
    Pushed,
)
from server.payloads.hardware import (
    ArrangeHardware,
    ChangeGroup,
    ChangeHardwareClass,
    ChooseHardware,
    ChosenHardware,
    FieldChange,
    Group,
    Groups,
    Hardware,
    HardwareCatalogue,
    HardwareChange,
    HardwareChoices,
    HardwareClass,
    HardwareEngine,
    HardwareFault,
    HardwareFaults,
    HardwareFile,
    HardwareImport,
    HardwareKernel,
    HardwareText,
    NewGroup,
    NewHardwareClass,
    RemovedHardware,
    SiteKernel,
    SiteKernels,
    WarmKernel,
)
from server.payloads.jupyter import JupyterModel, JupyterStatus, JupyterVersion
from server.payloads.kernels import (
    KeepableVariable,
    KeepableVariables,
    KeptVariable,
    Kernel,
    KernelAction,
    KernelDeath,
    KernelIdle,
    KernelUsage,
    KernelVariable,
    LostVariable,
    Nudge,
    Nudged,
    SavedSets,
    SavedVariables,
)
from server.payloads.notebooks import (
    Cell,
    CellType,
    ChangeCell,
    ChangeNotebook,
    ImportNote,
    MadeNotebook,
    NewCell,
    NewNotebook,
    Notebook,
    NotebookSummary,
)
from server.payloads.packages import (
    AnswerRequest,
    AskForPackages,
    DeclaredRequirement,
    ImportOffer,
    ImportPlace,
    NeededPackage,
    PackageRequest,
    ProjectRequirements,
    RequirementObjection,
    UnknownImport,
)
from server.payloads.people import (
    ChangeMe,
    JoinBegun,
    MadeToken,
    Me,
    NewAccount,
    NewToken,
    Session,
    SetUp,
    SetUpState,
    SignIn,
    SignInWay,
    SiteUser,
    Token,
    User,
)
from server.payloads.projects import (
    ChangeProject,
    Invite,
    Invited,
    Link,
    MadeLink,
    Member,
    NewLink,
    NewProject,
    Project,
    SetRole,
    UsedLink,
    UseLink,
)
from server.payloads.runs import (
    LogEnds,
    MadeRun,
    NewRun,
    Run,
    RunCell,
    StreamEnds,
)
from server.payloads.stores import (
    AskObjectLink,
    ObjectLink,
    ObjectPreview,
    StoreListing,
    StoreObject,
    UploadObject,
)
from server.payloads.variables import (
    InsideVariable,
    SeriesPath,
    SeriesPoints,
    VariableChildren,
    VariableList,
)
from server.payloads.versions import (
    ComparedVersion,
    NewVersion,
    NotebookVersion,
    RestoredVersion,
    RestoreVersion,
    VersionCell,
)
from server.payloads.widgets import WidgetLibrary, Widgets
