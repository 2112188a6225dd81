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
    """A file that differs from the last commit. `notebook` is the notebook that it is in this project.

    Of a file with `lfs` the content is kept elsewhere (Git LFS), and a pointer to it is what is committed.
    """

    path: str
    change: Literal["added", "modified", "deleted"]
    notebook: str | None
    lfs: bool = False


class GitAccess(msgspec.Struct, frozen=True):
    """What lets the project in: a token, or a key whose public half its host has to know."""

    connection: str
    name: str
    kind: Literal["token", "key"]
    public_key: str | None


class GitWork(msgspec.Struct, frozen=True):
    """What goes on just now; `share` is the part of it that is done, where that is known.

    Without `can_stop`, stopping it would leave half of it.
    """

    kind: str
    by_name: str
    text: str
    share: float | None
    done_bytes: int
    elapsed_s: float
    can_stop: bool


class GitProblem(msgspec.Struct, frozen=True):
    """Why the last exchange with the other side did not work, and whose it was."""

    kind: str
    by_name: str
    code: str
    reason: str
    at: datetime


class Git(msgspec.Struct, frozen=True):
    """How a project stands to its repository.

    `state` is none, cloning, failed (then `problem` says why) or ready. While something goes on, `work` says
    how far it is and the rest is left out. `ahead` and `behind` count commits, as last fetched at
    `fetched_at`. `notes` says which files could not become notebooks. `last_problem` stays until something
    goes well.
    """

    state: Literal["none", "cloning", "failed", "ready"]
    url: str | None
    branch: str | None
    last: GitCommit | None
    has_upstream: bool
    ahead: int
    behind: int
    fetched_at: datetime | None
    changes: list[GitChange]
    more_changes: int
    outputs: Literal["kept", "stripped"]
    access: GitAccess | None
    work: GitWork | None
    problem: ErrorDetail | None
    notes: list[str]
    last_problem: GitProblem | None


class GitHistory(msgspec.Struct, frozen=True):
    """Commits, the newest first; with `more` there are others."""

    items: list[GitCommit]
    more: bool


class NewCommit(Body, frozen=True):
    """What to commit: all that changed, or of that the files at `paths`, and of notebooks in `cells` those
    cells alone, by the keys of a comparison. With `push` it is pushed at once.
    """

    message: CommitMessage
    paths: list[RepositoryPath] | None = None
    cells: dict[str, list[str]] = msgspec.field(default_factory=dict)
    push: bool = False


class MadeCommit(msgspec.Struct, frozen=True):
    """`problem`: why it was not pushed, where that was wanted."""

    commit: str
    pushed: bool
    problem: ErrorDetail | None = None


class Pushed(msgspec.Struct, frozen=True):
    branch: str
    commit: str


GitChoice = Literal["mine", "theirs", "both"]


class PullGit(Body, frozen=True):
    """`choices` answers the conflicts of an earlier try, by path and key; a whole file has the empty key.

    `texts` gives by path what shall stand in place of a text that both sides changed.
    """

    choices: dict[str, dict[str, GitChoice]] = msgspec.field(default_factory=dict)
    texts: dict[str, Annotated[str, Meta(max_length=400_000)]] = msgspec.field(default_factory=dict)


class CellConflict(msgspec.Struct, frozen=True):
    """A cell that both sides changed, or one changed and the other deleted (then its text is null there)."""

    key: str
    kind: Literal["both_changed", "deleted_here", "deleted_there"]
    number: int
    type: str
    base: str | None
    mine: str | None
    theirs: str | None


class GitConflict(msgspec.Struct, frozen=True):
    """A file that both sides changed: its cells to decide on; without any, the file as a whole.

    Then `mine` and `theirs` are its texts, null where it was deleted or is no text. `merged` is both in one,
    with git's marks around what differs, to be edited and sent back in `texts`.
    """

    path: str
    cells: list[CellConflict]
    mine: str | None
    theirs: str | None
    is_text: bool
    merged: str | None


class PulledGit(msgspec.Struct, frozen=True):
    """What became of a pull. With conflicts nothing has changed: pull again with the choices."""

    state: Literal["up_to_date", "updated", "merged", "conflicts"]
    commit: str | None
    changed: int
    conflicts: list[GitConflict]


class GitCell(msgspec.Struct, frozen=True):
    """A cell that differs; `skipped` cells above it do not. `outputs` and `meta` say that those changed.

    `lines` is the comparison of its texts: each line behind a space, a plus or a minus.
    """

    key: str
    change: Literal["added", "deleted", "changed", "moved"]
    type: str
    before: str | None
    after: str | None
    lines: list[str]
    outputs: bool
    meta: bool
    skipped: int


class GitDiff(msgspec.Struct, frozen=True):
    """How a file differs: a notebook by `cells`, text as a unified diff.

    `lfs` stands for a file whose content is kept elsewhere (Git LFS), with the `sizes` in bytes that the
    pointers before and after name, null where there is none. Of a `binary` file nothing is shown.
    """

    path: str
    kind: Literal["notebook", "text", "binary", "lfs", "same"]
    cells: list[GitCell]
    text: str
    is_whole: bool
    sizes: list[int | None] = []


class GitBranch(msgspec.Struct, frozen=True):
    """A branch; `here` and `there` say on which side it is."""

    name: str
    here: bool
    there: bool
    current: bool


class GitBranches(msgspec.Struct, frozen=True):
    items: list[GitBranch]


class NewBranch(Body, frozen=True):
    name: BranchName


class SwitchBranch(Body, frozen=True):
    branch: BranchName


class ChangeGit(Body, frozen=True):
    """Whether files hold what cells put out."""

    outputs: Literal["kept", "stripped"]


class GiveGitAccess(Body, frozen=True):
    """A token, and the user that belongs to it; or a connection of kind git of this project."""

    token: Annotated[str, Meta(max_length=4000)] | None = None
    user: Annotated[str, Meta(max_length=200)] | None = None
    connection: str | None = None


class GitHost(msgspec.Struct, frozen=True):
    """The key that the host shows; `standing` says whether it is the accepted one."""

    host: str
    type: str
    key: str
    fingerprint: str
    standing: Literal["new", "accepted", "changed"]


class AcceptGitHost(Body, frozen=True):
    key: Annotated[str, Meta(min_length=1, max_length=4000)]


class GitIgnore(Body, frozen=True):
    text: Annotated[str, Meta(max_length=200_000)]
