"""Clones: the first fetch of a project's repository, and its notebooks and files as the project's.

A clone goes on by itself. A server that was killed during one says so at its next start, and whoever may
can begin anew.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from collab.ids import ProjectId
from kernel_manager.git.calls import GitFailed
from kernel_manager.git.desk import Way
from kernel_manager.git.failures import Failure
from kernel_manager.git.repository import Repository
from kernel_manager.git.told import Entry
from server.connections.service import Opened
from server.db.repositories import git as rows
from server.db.repositories.git import RepositoryRow
from server.git.sources import Source, source_of
from server.git.work import Work
from server.identity import Identity
from server.refusals import Refusal
from server.services import Services

if TYPE_CHECKING:
    from server.git.service import Repositories

STOPPED = ("server_stopped", "The server was stopped during this. Nothing is lost: clone again.")

log = logging.getLogger("commonbook.git")


class Clones:
    """The clones of one server."""

    def __init__(self, repositories: Repositories, services: Services) -> None:
        self._of = repositories
        self._services = services

    async def start(self) -> None:
        """Settle what an earlier server left."""
        async with self._services.database.begin() as session:
            await rows.end_clones(session, *STOPPED)

    def source(
        self, url: str, branch: str | None, copied: Opened | None, user: str | None, token: str | None
    ) -> Source:
        """Return where a project shall come from; raises a `Refusal` for what can be known to be wrong."""
        return source_of(self._of.config, url, branch, copied, user, token)

    async def found(self, project: ProjectId, source: Source, by: Identity) -> None:
        """Put a repository on record for a new project, and begin to clone it."""
        source = source.with_key(project)
        connection = None
        if source.fields is not None:
            name = f"Git: {source.address.host}"[:100]
            made = await self._of.connections.add(
                project, "git", name, source.fields, attached=False, by=by.user
            )
            connection = made.id
        row = RepositoryRow(
            project, source.address.url, source.branch, connection, True, "cloning", None, None, "", (), None
        )
        async with self._services.database.begin() as session:
            await rows.add(session, row)
        self.begin(project, by)

    async def again(self, project: ProjectId, by: Identity) -> None:
        """Begin anew with a clone that failed."""
        row = await self._of.row(project)
        if row.state == "ready":
            raise Refusal("git_exists", "This repository is here already.", 409)
        await self._of.change(project, state="cloning", code=None, reason=None)
        self.begin(project, by)

    def begin(self, project: ProjectId, by: Identity) -> None:
        """Clone beside everything else."""
        work = Work("clone", by.display_name)
        self._of.turns.announce(project, work)
        work.task = self._services.tasks.start(f"clone {project}", self._clone(project, by, work))

    async def _clone(self, project: ProjectId, by: Identity, work: Work) -> None:
        try:
            async with self._of.turns.turn(project, work):
                await self._clone_now(project, by, work)
        except asyncio.CancelledError:
            reason = f"{work.stopped_by or 'The server'} stopped this. Clone again when you like."
            await asyncio.shield(self._failed(project, Failure("cancelled", reason)))
        except GitFailed as failed:
            await self._failed(project, failed.failure)
        except Refusal as refusal:
            await self._failed(project, Failure(refusal.code, refusal.reason))
        except BaseException:
            await self._failed(project, Failure("failed", "Something failed on the server. Try again."))
            raise
        finally:
            self._of.turns.withdraw(project, work)

    async def _clone_now(self, project: ProjectId, by: Identity, work: Work) -> None:
        row = await self._of.row(project)
        repository = await self._of.repository(project)
        way = await self._of.ways.of(row, by=by.user, use="clone")
        branch = row.branch or await repository.far.default_branch(way) or "main"
        await self._begin_anew(project, repository, way, branch)
        try:
            await self._of.limits.fetch(repository, self._of.folder(project), way, work)
            branches = await repository.branches()
            commit = branches.there.get(branch)
            if commit is None and branches.there:
                known = ", ".join(sorted(branches.there)[:5])
                reason = f"The repository has no branch {branch}. It has: {known}."
                raise GitFailed(Failure("no_branch", reason))
            entries: list[Entry] = []
            if commit is not None:
                work.says("Writing files")
                entries = await repository.tree(commit)
                self._of.limits.demand(sum(entry.size or 0 for entry in entries))
                files = [(each.mode, each.sha, each.path) for each in entries if each.mode != "160000"]
                await repository.lay_out(files, replaces=False)
                await repository.move(commit, None, branch)
            work.says("Opening notebooks")
            brought = await self._of.notebook_files(project, repository).bring_in(
                entries, by.user, with_outputs=row.with_outputs
            )
        except BaseException:
            with suppress(GitFailed):
                await asyncio.shield(repository.discard())
            raise
        await self._of.change(
            project,
            state="ready",
            branch=branch,
            code=None,
            reason=None,
            notes=brought.notes[:50],
            fetched_at=datetime.now(UTC),
        )
        log.info("repository cloned", extra={"project": project, "notebooks": len(brought.made)})

    async def _begin_anew(self, project: ProjectId, repository: Repository, way: Way, branch: str) -> None:
        if await repository.exists():
            await repository.discard()
        await repository.begin(way.address.url, branch)

    async def _failed(self, project: ProjectId, failure: Failure) -> None:
        log.info("clone failed", extra={"project": project, "code": failure.code})
        await self._of.change(project, state="failed", code=failure.code, reason=failure.sentence)
