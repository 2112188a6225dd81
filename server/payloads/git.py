"""A project's repository: how it stands, what differs, and what can be done with it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from server.payloads.common import Body, ErrorDetail

RepositoryPath = Annotated[str, Meta(min_length=1, max_length=4096)]
BranchName = Annotated[str, Meta(min_length=1, max_length=200)]
CommitMessage = Annotated[str, Meta(min_length=1, max_length=20_000)]


class GitSource(Body, frozen=True):
    """Where a project comes from.

    `connection` names one of kind git, of any project in which you may manage connections; the new project
    gets a copy. Or give the `token` itself, and the `user` that belongs to it.
    """

    url: Annotated[str, Meta(min_length=1, max_length=1000)]
    branch: BranchName | None = None
    connection: str | None = None
    user: Annotated[str, Meta(max_length=200)] | None = None
    token: Annotated[str, Meta(max_length=4000)] | None = None


class GitCommit(msgspec.Struct, frozen=True):
    """One commit: who made it, when, and what for. `message` is the whole text, `subject` its first line."""

    commit: str
    author: str
    email: str
    at: datetime
    subject: str
    message: str
    parents: list[str]


class GitChange(msgspec.Struct, frozen=True):
    """A file that differs from the last commit. `notebook` is the notebook that it is in this project."""

    path: str
    change: Literal["added", "modified", "deleted"]
    notebook: str | None


class GitWork(msgspec.Struct, frozen=True):
    """What goes on just now; `share` is the part of it that is done, where that is known."""

    kind: str
    by_name: str
    text: str
    share: float | None
    done_bytes: int
    elapsed_s: float


class Git(msgspec.Struct, frozen=True):
    """How a project stands to its repository.

    `state` is none, cloning, failed (then `problem` says why) or ready. While something goes on, `work` says
    how far it is and the rest is left out. `ahead` and `behind` count commits, as last fetched at
    `fetched_at`. `notes` says which files could not become notebooks.
    """

    state: Literal["none", "cloning", "failed", "ready"]
    url: str | None = None
    host: str | None = None
    branch: str | None = None
    last: GitCommit | None = None
    has_upstream: bool = False
    ahead: int = 0
    behind: int = 0
    fetched_at: datetime | None = None
    changes: list[GitChange] = []
    more_changes: int = 0
    outputs: Literal["kept", "stripped"] = "kept"
    connection: str | None = None
    work: GitWork | None = None
    problem: ErrorDetail | None = None
    notes: list[str] = []


class GitHistory(msgspec.Struct, frozen=True):
    """Commits, the newest first; with `more` there are others."""

    items: list[GitCommit]
    more: bool


class NewCommit(Body, frozen=True):
    """What to commit: all that changed, or of that the files at `paths`. With `push` it is pushed at once."""

    message: CommitMessage
    paths: list[RepositoryPath] | None = None
    push: bool = False


class MadeCommit(msgspec.Struct, frozen=True):
    commit: str
    pushed: bool


class Pushed(msgspec.Struct, frozen=True):
    branch: str
    commit: str
