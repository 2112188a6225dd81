"""Builds what one wish asks for, beside the state in use; puts nothing to use itself."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from collab.ids import ProjectId, new_id
from kernel_manager.environment import ensure_default
from kernel_manager.environment.build import LOCK_HEAD, Builder, Local, Sources
from kernel_manager.environment.build import Wish as Asked
from kernel_manager.environment.declared import FILE, LOCK, Declared, parse, read_declared
from kernel_manager.environment.installed import Distribution, changes, installed, needed_by
from kernel_manager.environment.lines import Kind
from kernel_manager.environment.papers import read_text
from kernel_manager.environment.progress import Progress
from kernel_manager.environment.pythons import OWN, Python
from kernel_manager.environment.tool import EnvironmentFailed
from kernel_manager.environment.workshop import Workshop
from server.db.engine import Database
from server.db.repositories import environments as rows
from server.db.repositories.environments import JobRow, StateRow
from server.environments import plans
from server.environments.places import Edit, Places
from server.environments.plans import Install, Remove, Reproduce, RollBack, Sync, Upgrade, Wish
from server.refusals import Refusal

NO_BUILDS = (
    "This has to be built from source, which runs its code. This server does not allow that; "
    "its admin can, with source_builds."
)
OVERWRITES = r"[Pp]ermission denied|os error 13"
"""What uv says where a package brings a file that another one has brought: sealed files are read-only."""
COPYING = "Copying the default Python environment for this project."
LOCAL = re.compile(r"(-e |--editable[ =])?\.(/|$)|.*file://\./")
"""A line that names a file or folder of the project."""


class Refused(Exception):
    """The wish cannot be carried out; nothing was built."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Made:
    """A whole state that is not in use yet."""

    folder: str
    python: str
    base: tuple[str, ...]
    built: tuple[str, ...]
    requirements: str | None
    lock: str
    changes: tuple[tuple[str, str | None, str | None], ...]
    edit: Edit | None = None
    """What `requirements` was made with of the file's text, where it was."""

    def row(self, job: JobRow) -> StateRow:
        """Return the state as it goes on record."""
        return StateRow(
            id=job.id,
            project=job.project,
            folder=self.folder,
            by=job.by,
            kind=job.kind,
            title=job.title,
            python=self.python,
            base=self.base,
            built=self.built,
            requirements=self.requirements,
            lock=self.lock,
            changes=self.changes,
            created_at=datetime.now(UTC),
        )


class Change:
    """One change of one project's environment. `newest` is the state in use."""

    def __init__(
        self,
        places: Places,
        project: ProjectId,
        newest: StateRow | None,
        pythons: Callable[[], Awaitable[Sequence[Python]]],
        workshop: Workshop,
        settings: Mapping[str, str],
        database: Database,
        heard: Callable[[Progress], None],
    ) -> None:
        self._places = places
        self._project = project
        self._home = places.home(project)
        self._files = places.files(project)
        self._newest = newest
        self._pythons = pythons
        self._workshop = workshop
        self._settings = settings
        self._database = database
        self._heard = heard
        self.before: dict[str, Distribution] = {}

    async def first(self, progress: Callable[[str], None]) -> StateRow:
        """Make the state that a project begins with: the base, or a copy where a kernel could write to it."""
        folder, now = new_id(), datetime.now(UTC)
        base = await self._base(progress)
        if self._places.shares_base:
            await asyncio.to_thread(self._home.begin, folder, base)
        else:
            progress(COPYING)
            await self._builder(self._home.folder).copied(self._home, base, self._home.state(folder))
            self._home.finish(folder)
        found = await asyncio.to_thread(installed, self._home.state(folder))
        pins = "".join(f"{each.name}=={each.version}\n" for each in found.values())
        return StateRow(
            id=folder,
            project=self._project,
            folder=folder,
            by=None,
            kind="create",
            title="Made for this project",
            python=OWN.version,
            base=self._places.base_packages,
            built=(),
            requirements=None,
            lock=LOCK_HEAD.format(python=OWN.version) + pins,
            changes=(),
            created_at=now,
        )

    async def make(self, wish: Wish, folder: str, work: Path) -> Made | None:
        """Build what `wish` asks for in the state `folder`; null where everything is so already."""
        newest = self._in_use
        self.before = await asyncio.to_thread(installed, self._home.state(newest.folder))
        builder = self._builder(work)
        match wish:
            case RollBack(state):
                return await self._back(state, work)
            case Reproduce(builds):
                return await self._again(builder, folder, builds=builds)
            case _:
                return await self._resolved(wish, builder, folder)

    async def rebuild(self, state: StateRow, work: Path) -> None:
        """Build a state again whose folder is gone, from its lock."""
        builder = self._builder(work)
        sources = self._allowed(Sources(built=state.built))
        await self._anew(builder, state.folder, state.lock, await self._python(state.python), sources)

    async def _resolved(self, wish: Wish, builder: Builder, folder: str) -> Made | None:
        newest = self._in_use
        declared = await asyncio.to_thread(read_declared, self._files)
        base = self._base_after(wish, declared)
        loose = parse(plans.edited(wish, declared, None), self._files)
        if loose.problems:
            raise Refused("bad_requirements", loose.problems[0])
        python = await self._python(wish.version if isinstance(wish, plans.ChangePython) else newest.python)
        sources = self._sources(wish, loose)
        asked = Asked(
            python=python.path,
            version=python.version,
            base=base,
            requirements=[self._reachable(line.text, line.kind) for line in loose.all],
            constraints=[line.text for line in loose.constraints if line.kind is Kind.PLAIN],
            preferred=newest.lock,
            upgrade=(wish.names or "all") if isinstance(wish, Upgrade) else _upgraded(wish),
            sources=sources,
        )
        lock = self._relative(await builder.resolve(asked, self._local([line.text for line in loose.all])))
        versions = plans.versions_in(lock)
        is_same_python = python.version == newest.python
        have = {name: each.version for name, each in self.before.items()}
        target = folder
        if versions == have and is_same_python and lock.count("\n") == len(versions) + 1:
            target = newest.folder
        else:
            await self._fill(builder, folder, lock, loose, sources, python if not is_same_python else None)
        after = await asyncio.to_thread(installed, self._home.state(target))
        text = plans.edited(wish, declared, versions)
        differing = _triples(self.before, after)
        requirements = text if declared.text or text or (self._files / FILE).exists() else None
        is_on_record = requirements == newest.requirements and text == declared.text
        if target == newest.folder and is_on_record and base == newest.base:
            return None
        built = tuple(sorted({*newest.built, *builder.built} & set(after)))
        edit = partial(self._edited, wish, versions)
        return Made(target, python.version, base, built, requirements, lock, differing, edit)

    def _edited(self, wish: Wish, versions: Mapping[str, str], text: str) -> str:
        """Return a text of requirements.txt after `wish`, or as it is where it has no place for it."""
        try:
            return plans.edited(wish, parse(text, self._files), versions)
        except Refusal:
            return text

    async def _fill(
        self,
        builder: Builder,
        folder: str,
        lock: str,
        loose: Declared,
        sources: Sources,
        other_python: Python | None,
    ) -> None:
        """Build the state `folder`: a copy of what is in use, made to hold what `lock` says."""
        options = [line.text for line in loose.all if line.kind is Kind.OPTION]
        wanted = "\n".join([*options, lock])
        if other_python is not None:
            await self._anew(builder, folder, wanted, other_python, sources)
            return
        try:
            await self._copied(builder, folder, wanted, sources, alone=False)
        except EnvironmentFailed as failure:
            if re.search(OVERWRITES, str(failure)) is None:
                raise
            self._home.drop(folder)
            await self._copied(builder, folder, wanted, sources, alone=True)

    async def _copied(
        self, builder: Builder, folder: str, lock: str, sources: Sources, *, alone: bool
    ) -> None:
        source, target = self._home.state(self._in_use.folder), self._home.state(folder)
        python = (await self._python(self._in_use.python)).path
        await builder.copied(self._home, source, target, alone=alone)
        await builder.install(
            self._absolute(lock), python, target, sources, self._local(lock.splitlines()), alone=alone
        )
        self._home.finish(folder)

    async def _anew(self, builder: Builder, folder: str, lock: str, python: Python, sources: Sources) -> None:
        target = self._home.state(folder)
        await builder.fresh(python.path, target)
        await builder.install(
            self._absolute(lock), python.path, target, sources, self._local(lock.splitlines()), alone=False
        )
        self._home.finish(folder)

    async def _back(self, state: str, work: Path) -> Made | None:
        async with self._database.read() as session:
            row = await rows.state(session, self._project, state)
        if row is None:
            raise Refused("no_such_state", "There is no such state of this environment. Reload the page.")
        if not self._home.is_whole(row.folder):
            await self.rebuild(row, work)
        after = await asyncio.to_thread(installed, self._home.state(row.folder))
        differing = _triples(self.before, after)
        newest = self._in_use
        if row.folder == newest.folder and row.requirements == newest.requirements:
            return None
        return Made(row.folder, row.python, row.base, row.built, row.requirements, row.lock, differing)

    async def _again(self, builder: Builder, folder: str, *, builds: bool) -> Made:
        newest = self._in_use
        lock = await asyncio.to_thread(read_text, self._files, LOCK) or newest.lock
        pins = parse(lock, self._files)
        if pins.problems:
            raise Refused("bad_lock", f"{LOCK}: {pins.problems[0].partition(': ')[2]}")
        strange = [line for line in pins.risky if line.text not in newest.lock]
        if strange:
            words = f"{LOCK} names {strange[0].text[:80]!r}, which requirements.txt does not. Take it out."
            raise Refused("bad_lock", words)
        python = await self._python(newest.python)
        sources = self._allowed(Sources(builds=builds, built=newest.built))
        await self._anew(builder, folder, lock, python, sources)
        after = await asyncio.to_thread(installed, self._home.state(folder))
        text = await asyncio.to_thread(read_text, self._files, "requirements.txt")
        return Made(
            folder, python.version, newest.base, newest.built, text, lock, _triples(self.before, after)
        )

    async def _base(self, progress: Callable[[str], None]) -> Path:
        made = await ensure_default(
            self._places.data,
            progress,
            python=OWN.path,
            name=self._places.base_name,
            packages=self._places.base_packages,
            settings=self._settings,
        )
        return made.parent.parent

    @property
    def _in_use(self) -> StateRow:
        assert self._newest is not None
        return self._newest

    async def _python(self, version: str) -> Python:
        minor = ".".join(version.split(".")[:2])
        if minor == OWN.minor:
            return OWN
        pythons = await self._pythons()
        for python in pythons:
            if python.minor == minor:
                return python
        known = ", ".join(python.minor for python in pythons)
        raise Refused("no_python", f"Python {minor} is not on this machine. There is: {known}.")

    def _base_after(self, wish: Wish, declared: Declared) -> tuple[str, ...]:
        """Return what the environment holds beside requirements.txt; refuse to remove what is needed."""
        base = self._in_use.base
        if not isinstance(wish, Remove):
            return base
        if wish.name == "ipykernel":
            raise Refused("needed", "ipykernel has to stay: without it no cell can run.")
        if declared.line_of(wish.name) is None and wish.name not in base:
            users = needed_by(self.before).get(wish.name)
            if users:
                raise Refused("needed", f"{wish.name} is needed by {users[0]}. Remove {users[0]} instead.")
            raise Refused("not_installed", f"{wish.name} is neither installed nor in requirements.txt.")
        return tuple(name for name in base if name != wish.name)

    def _sources(self, wish: Wish, declared: Declared) -> Sources:
        """Say what may be built: what somebody allowed, now or earlier, and what somebody vouched for."""
        may_build = isinstance(wish, (Install, Sync)) and wish.builds
        vouched = any(
            line.kind in (Kind.DIRECT, Kind.LOCAL)
            and not line.text.partition("#")[0].rstrip().endswith(".whl")
            for line in declared.all
        )
        return self._allowed(Sources(builds=may_build or vouched, built=self._in_use.built))

    def _allowed(self, sources: Sources) -> Sources:
        """Refuse builds where the admin has not opened them: they run with the server's own rights."""
        if self._places.may_build:
            return sources
        if sources.builds:
            raise Refused("no_builds", NO_BUILDS)
        return Sources()

    def _builder(self, work: Path) -> Builder:
        return Builder(work, self._workshop, self._settings, self._heard)

    @property
    def _root(self) -> str:
        return self._workshop.root_of(self._files)

    def _local(self, lines: Sequence[str]) -> Local | None:
        """Say which of the project's files uv has to see: none, where no line names one."""
        named = [line.partition("#")[0].rstrip() for line in lines if LOCAL.match(line)]
        if not named:
            return None
        return Local(self._files.resolve(), builds=not all(line.endswith(".whl") for line in named))

    def _reachable(self, text: str, kind: Kind) -> str:
        """Return a line as the resolver can use it from its own folder."""
        if kind is not Kind.LOCAL:
            return text
        option, _, target = text.rpartition(" ")
        path = (self._files / target.partition("[")[0]).resolve()
        if not path.is_relative_to(self._files.resolve()):
            raise Refused("bad_line", f"{text[:60]!r} leads out of the project's files. Copy it here.")
        return f"{option} {self._root}/{path.relative_to(self._files.resolve())}".strip()

    def _relative(self, lock: str) -> str:
        """Return a lock that names the project's files from the project's folder, and no place of ours."""
        return lock.replace(f"file://{self._root}/", "file://./").replace(f"{self._root}/", "./")

    def _absolute(self, lock: str) -> str:
        lock = lock.replace("file://./", f"file://{self._root}/")
        return re.sub(r"^(-e )?\./", rf"\g<1>{self._root}/", lock, flags=re.MULTILINE)


def _upgraded(wish: Wish) -> tuple[str, ...]:
    """Return what need not stay at its locked version: what is asked for anew."""
    return tuple(line.name for line in wish.lines if line.name) if isinstance(wish, Install) else ()


def _triples(
    before: Mapping[str, Distribution], after: Mapping[str, Distribution]
) -> tuple[tuple[str, str | None, str | None], ...]:
    return tuple((each.name, each.before, each.after) for each in changes(before, after))
