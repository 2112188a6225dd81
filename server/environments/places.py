"""Where environments and the files of projects are, and the last step of a change: putting it to use."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from collab.ids import ProjectId
from kernel_manager.environment import PACKAGES
from kernel_manager.environment.base import MARKER
from kernel_manager.environment.declared import FILE, LOCK
from kernel_manager.environment.papers import PaperUnreadable, read_text, write_text
from kernel_manager.environment.states import STATES, Home
from server.config import Config
from server.db.repositories.environments import StateRow

Edit = Callable[[str], str]
"""What a change does to the text of requirements.txt."""

KEPT_STATES = 5
"""How many states of a project stay on disk, to go back to at once; older ones are built again."""

CACHE_BYTES = 4 * 1024**3
"""How much uv may keep for a project between two installs."""


class Places:
    """The folders of one server that have to do with environments."""

    def __init__(self, config: Config) -> None:
        self.data = config.data
        self.root = config.data / "environments"
        self.may_build = config.source_builds
        self.base_packages = config.base_packages
        self.base_name = base_name(config.base_packages)
        self.shares_base = not config.allow_unsandboxed
        """Whether a project begins in the base itself: what runs there is shut in and cannot write to it."""

    def home(self, project: ProjectId) -> Home:
        """Return the environment of a project."""
        return Home(self.root / project)

    def in_use(self, project: ProjectId) -> Path:
        """Return the environment of a project's kernels: the base, where the project has none of its own."""
        home = self.home(project)
        state = home.current
        return self.root / self.base_name if state is None else home.state(state)

    def is_ready(self, project: ProjectId) -> bool:
        """Whether a project's kernels can start in its environment as it is."""
        home = self.home(project)
        return home.current is not None and (self.shares_base or not home.is_base(home.current))

    def is_at_hand(self, project: ProjectId) -> bool:
        """Whether they can, or will in a moment: to begin in the base takes no time once it is there."""
        return self.is_ready(project) or (self.shares_base and (self.root / self.base_name / MARKER).exists())

    def files(self, project: ProjectId) -> Path:
        """Return the folder of a project's files."""
        return self.data / "projects" / project / "files"

    def projects(self) -> list[Path]:
        """Return the folders of all environments."""
        return [folder.parent for folder in self.root.glob(f"*/{STATES}")]

    def put_to_use(self, state: StateRow, edit: Edit | None = None) -> None:
        """Write what belongs to a state into the project's files, then let kernels follow.

        Where somebody has edited the file since it was read, `edit` is made in what it has become.
        """
        files = self.files(state.project)
        there, wanted = _text(files, FILE), state.requirements
        if edit is not None and there is not None:
            wanted = edit(there)
        if there != wanted:
            write_text(files, FILE, wanted)
        if state.requirements is not None or _text(files, LOCK) is not None:
            write_text(files, LOCK, state.lock)
        self.home(state.project).use(state.folder)

    def finish(self, state: StateRow, before: StateRow | None) -> None:
        """Put a state to use after a kill. A requirements.txt that people have changed since stays theirs."""
        files = self.files(state.project)
        known = (state.requirements, before.requirements if before is not None else None)
        if _text(files, FILE) in known:
            self.put_to_use(state)
        else:
            self.home(state.project).use(state.folder)

    def prune(self, project: ProjectId, states: Sequence[StateRow]) -> None:
        """Remove from disk what nobody will go back to soon, and what was never finished."""
        folders = dict.fromkeys(state.folder for state in states)
        home = self.home(project)
        home.sweep(list(folders)[:KEPT_STATES])
        home.trim_cache(CACHE_BYTES)


def base_name(packages: Sequence[str]) -> str:
    """Return the name of the environment that projects begin with: another one for other packages."""
    if tuple(packages) == PACKAGES:
        return "default"
    return f"default-{hashlib.sha256(' '.join(packages).encode()).hexdigest()[:8]}"


def _text(folder: Path, name: str) -> str | None:
    try:
        return read_text(folder, name)
    except PaperUnreadable:
        return ""
