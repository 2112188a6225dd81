"""The JSON of the HTTP API, as structs: one for each body and each answer.

`server.schema` turns them into `openapi.json`, from which the frontend's
types are generated. Times are RFC 3339 UTC, sizes bytes, durations seconds.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta

from collab.roles import Role

T = TypeVar("T")

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Email = Annotated[str, Meta(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
Password = Annotated[str, Meta(min_length=8, max_length=1000)]
LoginName = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request body. Fields that it does not name are refused."""


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A part of a list; `next` is the cursor of the following part, or null."""

    items: list[T]
    next: str | None = None


class ErrorDetail(msgspec.Struct, frozen=True):
    """A stable code, and a sentence that says what to do next."""

    code: str
    reason: str


class ErrorBody(msgspec.Struct, frozen=True):
    """Every error has this shape."""

    error: ErrorDetail


class Health(msgspec.Struct, frozen=True):
    status: Literal["ok"]
    version: str


# People


class User(msgspec.Struct, frozen=True):
    """A person as others see them; `color` is an index into the ten people colours."""

    id: str
    name: str
    display_name: str
    color: int


class Me(msgspec.Struct, frozen=True):
    """The person signed in. `guest` is somebody who watches by a share link, without an account."""

    id: str
    name: str
    display_name: str
    color: int
    email: str | None
    admin: bool
    guest: bool


class SiteUser(msgspec.Struct, frozen=True):
    """An account, as a site admin sees it."""

    id: str
    name: str
    display_name: str
    color: int
    email: str
    admin: bool
    created_at: datetime


class SetUp(Body, frozen=True):
    """The first account, made with the one-time link that the server printed."""

    code: str
    name: LoginName
    email: Email
    password: Password
    display_name: Annotated[str, Meta(max_length=100)] | None = None


class SetUpState(msgspec.Struct, frozen=True):
    """Whether the first account is still to be made."""

    needed: bool


class SignIn(Body, frozen=True):
    """`name` is the login name or the e-mail address."""

    name: Annotated[str, Meta(min_length=1, max_length=254)]
    password: Annotated[str, Meta(min_length=1, max_length=1000)]


class NewAccount(Body, frozen=True):
    """An account, made from an invitation (`invite`) or by a site admin (without)."""

    name: LoginName
    email: Email
    password: Password
    display_name: Annotated[str, Meta(max_length=100)] | None = None
    invite: str | None = None


class ChangeMe(Body, frozen=True):
    """Own settings; changing the password needs the present one and ends all other sessions."""

    display_name: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    password: Password | None = None
    present_password: str | None = None


class Session(msgspec.Struct, frozen=True):
    id: str
    created_at: datetime
    last_seen_at: datetime
    user_agent: str
    current: bool


class SignInWay(msgspec.Struct, frozen=True):
    """One way to sign in; `start` is the path that the login page's button leads to."""

    name: str
    label: str
    start: str


class JoinBegun(msgspec.Struct, frozen=True):
    """`url` is where the person proves to the provider who they are."""

    url: str


class Token(msgspec.Struct, frozen=True):
    id: str
    name: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class NewToken(Body, frozen=True):
    name: Name
    expires_days: Annotated[int, Meta(ge=1, le=3650)] | None = None


class MadeToken(msgspec.Struct, frozen=True):
    """`secret` is shown once."""

    token: Token
    secret: str


# Projects


class Project(msgspec.Struct, frozen=True):
    """`rights` are what the asking person may do there; `role` is null for a visitor by link."""

    id: str
    name: str
    role: Role | None
    rights: list[str]
    created_at: datetime
    updated_at: datetime
    viewers_comment: bool
    links_without_account: bool
    notebooks: int
    owner: User | None
    deleted_at: datetime | None = None


class GitSource(Body, frozen=True):
    url: str
    branch: str | None = None
    connection: str | None = None


class NewProject(Body, frozen=True):
    name: Name
    template: str | None = None
    git: GitSource | None = None


class ChangeProject(Body, frozen=True):
    """`deleted: false` takes the project back out of the bin."""

    name: Name | None = None
    viewers_comment: bool | None = None
    links_without_account: bool | None = None
    deleted: bool | None = None


class Member(msgspec.Struct, frozen=True):
    """`pending` marks an invitation by e-mail that nobody has taken up yet (`user.id` is its id)."""

    user: User
    role: Role
    email: str | None
    since: datetime
    pending: bool = False


class SetRole(Body, frozen=True):
    role: Role


class Invite(Body, frozen=True):
    """Invite by login name or e-mail address."""

    who: Annotated[str, Meta(min_length=1, max_length=254)]
    role: Role


class Invited(msgspec.Struct, frozen=True):
    """`url` is the sign-up link for a person without an account, shown once; null for a member at once."""

    member: Member
    url: str | None


class Link(msgspec.Struct, frozen=True):
    id: str
    role: Role
    created_at: datetime
    created_by: User | None
    expires_at: datetime | None
    uses: int


class NewLink(Body, frozen=True):
    role: Role
    expires_at: datetime | None = None


class MadeLink(msgspec.Struct, frozen=True):
    """`url` is shown once; the server keeps only its hash."""

    link: Link
    url: str


class UseLink(Body, frozen=True):
    """Exchange the secret of a share link (the part of its address behind `#`) for access."""

    secret: Annotated[str, Meta(min_length=1, max_length=200)]


class UsedLink(msgspec.Struct, frozen=True):
    """`needs_account` says that the project lets nobody watch without signing in first."""

    project: str | None
    needs_account: bool


# Notebooks


class NotebookSummary(msgspec.Struct, frozen=True):
    """One line of the project page. `deleted_at` is set for those in the bin."""

    id: str
    name: str
    project: str
    cells: int
    created_at: datetime
    edited_at: datetime
    edited_by: User | None
    kernel: str
    people: list[User]
    deleted_at: datetime | None = None


class NewNotebook(Body, frozen=True):
    """`ipynb` is the text or the object of a notebook file to import."""

    name: Name
    ipynb: str | dict[str, Any] | None = None
    copy_of: str | None = None


class ImportNote(msgspec.Struct, frozen=True):
    """One repair made while importing a file, in words."""

    code: str
    reason: str


class MadeNotebook(msgspec.Struct, frozen=True):
    id: str
    name: str
    project: str
    repairs: list[ImportNote]


class ChangeNotebook(Body, frozen=True):
    """`deleted` moves the notebook into the bin, or back out of it."""

    name: Name | None = None
    deleted: bool | None = None


class Cell(msgspec.Struct, frozen=True):
    """`run` is the last run of the cell, or null."""

    id: str
    type: str
    source: str
    run: dict[str, Any] | None


class Notebook(msgspec.Struct, frozen=True):
    id: str
    name: str
    project: str
    project_name: str
    epoch: str
    rights: list[str]
    cells: list[Cell]


CellType = Literal["code", "markdown", "raw"]
Source = Annotated[str, Meta(max_length=500_000)]


class NewCell(Body, frozen=True):
    """`after` is the id of the cell above; null for the top, left out for the bottom."""

    type: CellType = "code"
    source: Source = ""
    after: str | msgspec.UnsetType | None = msgspec.UNSET


class ChangeCell(Body, frozen=True):
    type: CellType | None = None
    source: Source | None = None
    after: str | msgspec.UnsetType | None = msgspec.UNSET


# Runs and kernels


class NewRun(Body, frozen=True):
    cells: list[str] | Literal["all"] = "all"


class MadeRun(msgspec.Struct, frozen=True):
    id: str


class RunCell(msgspec.Struct, frozen=True):
    cell: str
    state: str
    queued: datetime
    started: datetime | None
    ended: datetime | None
    source_sha256: str


class Run(msgspec.Struct, frozen=True):
    """`state` sums up the cells: queued, running, done, error, cancelled or lost."""

    id: str
    notebook: str
    state: str
    by: User | None
    cells: list[RunCell]


class KernelIdle(msgspec.Struct, frozen=True):
    """`because` says in words what the kernel does; `stops_at` until when somebody asked to keep it.

    No kernel is stopped for being idle yet, so nothing happens at `stops_at`.
    """

    because: str
    stops_at: datetime | None


class KernelUsage(msgspec.Struct, frozen=True):
    cpu: float
    memory: int
    memory_limit: int | None


class KernelDeath(msgspec.Struct, frozen=True):
    cause: str
    reason: str
    at: datetime
    cell: str | None


class Kernel(msgspec.Struct, frozen=True):
    state: str
    hardware: str
    usage: KernelUsage | None
    idle: KernelIdle
    death: KernelDeath | None = None


class KernelAction(Body, frozen=True):
    action: Literal["start", "interrupt", "restart", "stop", "keep"]
