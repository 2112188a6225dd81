"""A project's Python environment: what is declared and installed, what changes it, what it was before."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from collab.wire import JobProgress, PackageChange
from server.payloads.common import Body
from server.payloads.people import User

PackageLine = Annotated[str, Meta(max_length=1000)]
JobKind = Literal["create", "install", "remove", "upgrade", "sync", "reproduce", "rollback", "python"]


class InstallPackages(Body, frozen=True):
    """`confirmed` is somebody's word, given by hand, for lines that name addresses, files or options.

    `builds` allows to build from source what has no ready-made file: that runs its code.
    """

    lines: Annotated[list[PackageLine], Meta(min_length=1, max_length=50)]
    confirmed: bool = False
    builds: bool = False


class ChangeEnvironment(Body, frozen=True):
    """`sync` installs what requirements.txt says, `reproduce` builds anew what requirements.lock.txt says.

    `rollback` goes back to `state`, `python` changes to the Python `version`,
    `upgrade` brings everything to its newest version that fits.
    """

    action: Literal["sync", "reproduce", "rollback", "python", "upgrade"]
    state: Annotated[str, Meta(max_length=64)] | None = None
    version: Annotated[str, Meta(max_length=16)] | None = None
    confirmed: bool = False
    builds: bool = False


class Job(JobProgress, frozen=True):
    """A change of an environment, as the notebook socket tells it; `detail` is what the installer said."""

    detail: str | None = None


class Package(msgspec.Struct, frozen=True):
    """An installed distribution. `size` in bytes; `origin` says why it is there."""

    name: str
    version: str
    size: int
    summary: str
    origin: Literal["declared", "base", "needed"]
    needed_by: list[str]


class DeclaredLine(msgspec.Struct, frozen=True):
    """A line of requirements.txt, and the version that is installed for it."""

    line: str
    kind: Literal["plain", "direct", "local", "option"]
    name: str | None
    installed: str | None


class EnvironmentState(msgspec.Struct, frozen=True):
    """What the environment was after a change. One that is `kept` comes back at once, others are rebuilt."""

    id: str
    kind: str
    title: str
    python: str
    by: User | None
    created_at: datetime
    changes: list[PackageChange]
    packages: int
    current: bool
    kept: bool


class EnvironmentPython(msgspec.Struct, frozen=True):
    """The Python of the project, and the ones it may be changed to."""

    version: str
    available: list[str]


class Environment(msgspec.Struct, frozen=True):
    """`lock` is `fresh` when what is installed is what requirements.txt asks for, `stale` when it is not.

    `fixed` says why nothing can be changed here, where that is so.
    """

    python: EnvironmentPython
    lock: Literal["none", "fresh", "stale"]
    declared: list[DeclaredLine]
    problems: list[str]
    packages: list[Package]
    size: int
    history: list[EnvironmentState]
    job: Job | None
    fixed: str | None
