"""The repositories of all projects: what is on record of each, how it stands, and whose turn it is.

One thing happens at a time in each: a clone (`clones`), an exchange with the other side (`exchange`), a
commit (`commits`), or a look.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from collab.ids import ProjectId
from kernel_manager.git.calls import GitFailed
from kernel_manager.git.repository import Branches, Look, Repository
from kernel_manager.git.runner import Git
from kernel_manager.git.told import EMPTY_TREE, NOTHING, Change, Commit, Differing
from server.connections.part import connections_of
from server.db.repositories import git as rows
from server.db.repositories.connections import ConnectionRow
from server.db.repositories.git import RepositoryRow
from server.environments.part import environments_of
from server.files.paths import shown
from server.git.access import Access
from server.git.clones import Clones
from server.git.diffs import FileDiff, diff
from server.git.exchange import Exchange
from server.git.files import NotebookFiles
from server.git.limits import Limits
from server.git.living import LivingNotebooks
from server.git.ways import Ways, site_of
from server.git.work import Problem, Turns, Work, refusal_of
from server.identity import Identity
from server.isolation import Sandboxes
from server.refusals import Refusal
from server.services import Services

IGNORE, IGNORE_BYTES = ".gitignore", 256 * 1024


@dataclass(frozen=True, slots=True)
class Seen:
    """A project's repository as people see it. `look` is None where nobody could look just now."""

    row: RepositoryRow
    work: Work | None
    look: Look | None
    last: Commit | None
    notebooks: Mapping[str, str]
    """The ids of the notebooks that are files here, by path."""
    access: ConnectionRow | None = None
    problem: Problem | None = None


class Repositories:
    """The repositories of one server."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.config = services.config
        self._sandboxes = Sandboxes(services.config)
        self._desks = services.config.data / "git"
        self.turns = Turns()
        self.connections = connections_of(services)
        self.ways = Ways(services.config, self.connections)
        self.living = LivingNotebooks(services)
        self.limits = Limits(services.config.git_max_bytes, services.tasks)
        self.access = Access(self)
        self.clones = Clones(self, services)
        self.exchange = Exchange(self, services.tasks)
        self._began_s = time.time()
        self._recovered: set[ProjectId] = set()

    async def start(self) -> None:
        """Settle what an earlier server left."""
        await asyncio.to_thread(shutil.rmtree, self._desks, ignore_errors=True)
        await self.clones.start()

    async def recover(self, project: ProjectId, repository: Repository) -> None:
        """Remove, once, what a git that died with an earlier server left in a project's repository."""
        if project not in self._recovered:
            await repository.recover(self._began_s)
            self._recovered.add(project)

    async def row(self, project: ProjectId) -> RepositoryRow:
        """Return what is on record of a project's repository; raises a `Refusal` where there is none."""
        row = await self.known(project)
        if row is None:
            raise Refusal("no_git", "This project belongs to no repository. Connect it to one first.", 409)
        return row

    async def known(self, project: ProjectId) -> RepositoryRow | None:
        """Return what is on record of a project's repository, where there is one."""
        async with self._services.database.read() as session:
            return await rows.one(session, project)

    async def repository(self, project: ProjectId) -> Repository:
        """Return the repository itself."""
        files = self.folder(project)
        standing, uid = await self._sandboxes.of(files)
        return Repository(Git(site_of(self.config, standing), files, self._desks, uid))

    def notebook_files(self, project: ProjectId, repository: Repository) -> NotebookFiles:
        """Return what keeps a project's notebooks and files the same."""
        return NotebookFiles(project, repository, self.living, self._services.database)

    # Looking

    async def see(self, project: ProjectId, by: Identity) -> Seen:
        """Return how a project stands to its repository, once what its notebooks hold is written out."""
        row = await self.row(project)
        work = self.turns.going_on(project)
        if work is not None or row.state != "ready":
            access, problem = await self.access.of(row), self.turns.problem(project)
            return Seen(row, work, None, None, {}, access, problem)
        async with self.turns.turn(project):
            repository = await self.repository(project)
            await self.recover(project, repository)
            files = self.notebook_files(project, repository)
            look = await files.sync(by.user, with_outputs=row.with_outputs)
            last = (await repository.log(look.head, 0, 1))[:1] if look.head is not None else []
            found = {each.path: each.notebook for each in await files.rows() if each.path is not None}
        access, problem = await self.access.of(row), self.turns.problem(project)
        return Seen(row, None, look, last[0] if last else None, found, access, problem)

    async def history(self, project: ProjectId, skip: int, most: int) -> list[Commit]:
        """Return the commits that the project's files come from."""
        async with self.ready(project) as repository:
            look = await repository.look()
            return await repository.log(look.head, skip, most) if look.head is not None else []

    async def branches(self, project: ProjectId) -> tuple[Branches, str | None]:
        """Return the branches here and on the other side, and which is checked out."""
        async with self.ready(project) as repository:
            return await repository.branches(), (await repository.look()).branch

    # Looking closer

    async def diff(self, project: ProjectId, by: Identity, path: str, commit: str | None) -> FileDiff:
        """Return how a file differs from the last commit, or in `commit` from the one before."""
        row = await self.row(project)
        async with self.ready(project) as repository:
            if commit is not None:
                found = await repository.log(commit, 0, 1)
                parent = found[0].parents[0] if found and found[0].parents else EMPTY_TREE
                return await diff(repository, path, None, of=commit, parent=parent)
            files = self.notebook_files(project, repository)
            look = await files.sync(by.user, with_outputs=row.with_outputs)
            named = next((each.path for each in look.changes if shown(each.path) == path), path)
            return await diff(repository, named, look.head, of=None, parent=EMPTY_TREE)

    async def changed_in(self, project: ProjectId, commit: str) -> list[Change]:
        """Return the files that a commit changed."""
        async with self.ready(project) as repository:
            found = await repository.log(commit, 0, 1)
            parent = found[0].parents[0] if found and found[0].parents else EMPTY_TREE
            changes = await repository.differing(parent, commit)
        return [Change(each.path, _how(each)) for each in changes]

    async def ignored(self, project: ProjectId) -> str:
        """Return what the project's .gitignore says."""
        async with self.ready(project) as repository:
            return (await repository.text_here(IGNORE, IGNORE_BYTES)).decode(errors="replace")

    async def ignore(self, project: ProjectId, text: str) -> None:
        """Write the project's .gitignore."""
        async with self.ready(project) as repository:
            await repository.write({IGNORE: text.encode()})

    # What is on record

    async def keep_outputs(self, project: ProjectId, *, with_outputs: bool) -> None:
        """Say whether files hold what cells put out. Every notebook is written anew at the next look."""
        await self.row(project)
        async with self._services.database.begin() as session:
            await rows.change(session, project, with_outputs=with_outputs)
            await rows.forget_heads(session, project)

    async def disconnect(self, project: ProjectId) -> None:
        """Let the project belong to no repository; its files and notebooks stay."""
        await self.row(project)
        async with self.turns.turn(project):
            repository = await self.repository(project)
            with suppress(GitFailed):
                await repository.discard()
            async with self._services.database.begin() as session:
                await rows.remove(session, project)

    # Private

    @asynccontextmanager
    async def ready(self, project: ProjectId, work: Work | None = None) -> AsyncIterator[Repository]:
        """Take a turn at a repository that is whole; what git refuses in it is a `Refusal`."""
        row = await self.row(project)
        if row.state != "ready":
            raise Refusal(
                "not_cloned", "The repository is not here yet. Wait for the clone, or clone again.", 409
            )
        try:
            async with self.turns.turn(project, work):
                await self._services.settle_files(project)
                repository = await self.repository(project)
                await self.recover(project, repository)
                yield repository
        except GitFailed as failed:
            raise refusal_of(failed) from None

    def folder(self, project: ProjectId) -> Path:
        """Return where a project's files are."""
        return environments_of(self._services).places.files(project)

    async def change(self, project: ProjectId, **values: object) -> None:
        async with self._services.database.begin() as session:
            await rows.change(session, project, **values)


def _how(change: Differing) -> str:
    if change.before == NOTHING:
        return "added"
    return "deleted" if change.after == NOTHING else "modified"
