"""Exchanges with the other side: fetch, pull, push, and changes of the branch.

Each goes on by itself, also when whoever asked for it has left; every member sees how far it is, may stop it
where that leaves nothing half done, and reads why it did not work.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from collab.ids import ProjectId
from kernel_manager.git.repository import Repository
from server.git.commits import author_of
from server.git.files import NotebookFiles
from server.git.pull import Bringing, Choices, FileConflict, Texts
from server.git.work import Problem, Work, nothing_to_cancel
from server.identity import Identity
from server.refusals import Refusal
from server.tasks import Tasks

if TYPE_CHECKING:
    from server.db.repositories.git import RepositoryRow
    from server.git.service import Repositories

T = TypeVar("T")

ANSWERS = frozenset(
    {
        "branch_exists",
        "cannot_merge",
        "conflict_marks",
        "git_busy",
        "no_branch",
        "no_commit",
        "no_git",
        "no_upstream",
        "not_cloned",
        "nothing_to_push",
        "uncommitted",
        "unreadable_notebook",
    }
)
"""Refusals that are for whoever asked, and no problem of the repository."""

log = logging.getLogger("commonbook.git")


@dataclass(frozen=True, slots=True)
class Pulled:
    """What became of a pull: up_to_date, updated, merged, or conflicts that somebody has to decide."""

    state: str
    commit: str | None
    changed: int
    conflicts: Sequence[FileConflict] = ()


class Exchange:
    """The exchanges of one server's projects."""

    def __init__(self, repositories: Repositories, tasks: Tasks) -> None:
        self._of = repositories
        self._tasks = tasks

    async def cancel(self, project: ProjectId, by: Identity) -> None:
        """Stop what goes on; returns when it has ended."""
        work = self._of.turns.going_on(project)
        if work is None:
            raise nothing_to_cancel()
        await work.stop(by.display_name)

    async def push(self, project: ProjectId, by: Identity) -> tuple[str, str]:
        """Push the branch that is checked out; returns its name and commit."""
        row = await self._of.row(project)

        async def pushed(repository: Repository, work: Work) -> tuple[str, str]:
            look = await repository.look()
            if look.head is None or look.branch is None:
                raise Refusal("nothing_to_push", "There is no commit to push yet. Commit first.", 409)
            way = await self._of.ways.of(row, by=by.user, use="push")
            work.says("Sending")
            await repository.far.push(way, look.head, look.branch, work.heard)
            return look.branch, look.head

        branch, commit = await self._go_on(project, "push", by, pushed)
        log.info("pushed", extra={"project": project, "commit": commit})
        return branch, commit

    async def fetch(self, project: ProjectId, by: Identity) -> None:
        """Ask the other side what is new."""
        row = await self._of.row(project)

        async def fetched(repository: Repository, work: Work) -> None:
            await self._fetch(project, row, by, repository, work)

        await self._go_on(project, "fetch", by, fetched)

    async def pull(self, project: ProjectId, by: Identity, choices: Choices, texts: Texts) -> Pulled:
        """Bring in what is new on the other side; the rest answers the conflicts of an earlier try."""
        row = await self._of.row(project)

        async def pulled(repository: Repository, work: Work) -> Pulled:
            place = await self._fetch(project, row, by, repository, work)
            work.says("Merging")
            files = self._of.notebook_files(project, repository)
            look = await files.sync(by.user, with_outputs=row.with_outputs)
            if look.upstream is None:
                reason = f"The other side has no branch {look.branch}. Push this one, or switch to another."
                raise Refusal("no_upstream", reason, 409)
            if look.head is not None and look.behind == 0:
                return Pulled("up_to_date", look.head, 0)
            bringing = self._bringing(project, repository, files, row, by)
            message = f"Merge branch {look.branch} of {place}"
            target, conflicts = await bringing.target(
                look, look.upstream, choices, texts, message, author_of(by)
            )
            if target is None:
                return Pulled("conflicts", None, 0, conflicts)
            await self._of.limits.demand_commit(repository, target)
            work.can_stop = False
            changed = await bringing.carry_over(look, target)
            return Pulled("merged" if target != look.upstream else "updated", target, changed)

        found = await self._go_on(project, "pull", by, pulled)
        log.info("pulled", extra={"project": project, "commit": found.commit, "changed": found.changed})
        return found

    async def switch(self, project: ProjectId, by: Identity, name: str) -> None:
        """Check another branch out; what is not committed comes along."""
        row = await self._of.row(project)

        async def switched(repository: Repository, work: Work) -> None:
            files = self._of.notebook_files(project, repository)
            look = await files.sync(by.user, with_outputs=row.with_outputs)
            branches = await repository.branches()
            target = branches.here.get(name) or branches.there.get(name)
            if target is None:
                raise Refusal("no_branch", f"There is no branch {name}. Fetch first, or make it.", 409)
            if look.branch != name:
                bringing = self._bringing(project, repository, files, row, by)
                await self._of.limits.demand_commit(repository, target)
                work.can_stop = False
                await bringing.carry_over(look, target, name)

        await self._go_on(project, "switch", by, switched)
        await self._of.change(project, branch=name)

    async def make_branch(self, project: ProjectId, by: Identity, name: str) -> None:
        """Make a branch of what is checked out, and check it out; what is not committed comes along."""

        async def made(repository: Repository, work: Work) -> None:
            look = await repository.look()
            if look.head is None:
                raise Refusal(
                    "no_commit", "There is no commit to begin a branch from yet. Commit first.", 409
                )
            work.can_stop = False
            await repository.make_branch(name, look.head)
            await repository.move(look.head, None, name)

        await self._go_on(project, "branch", by, made)
        await self._of.change(project, branch=name)

    async def _fetch(
        self, project: ProjectId, row: RepositoryRow, by: Identity, repository: Repository, work: Work
    ) -> str:
        """Fetch; returns the name of the host."""
        way = await self._of.ways.of(row, by=by.user, use=work.kind)
        work.says("Asking what is new")
        await self._of.limits.fetch(repository, self._of.folder(project), way, work)
        await self._of.change(project, fetched_at=datetime.now(UTC))
        return way.address.place

    async def _go_on(
        self, project: ProjectId, kind: str, by: Identity, do: Callable[[Repository, Work], Awaitable[T]]
    ) -> T:
        """Do something in a task of its own, and return what came of it."""
        work = Work(kind, by.display_name)
        work.task = self._tasks.start(f"git {kind} {project}", self._outcome(project, work, do))
        await asyncio.wait([work.task])
        if work.task.cancelled():
            reason = f"{work.stopped_by or 'The server'} stopped this. Nothing has changed; try again."
            outcome: T | Refusal = Refusal("cancelled", reason, 409)
        else:
            outcome = work.task.result()
        if not isinstance(outcome, Refusal):
            self._of.turns.note(project, None)
            return outcome
        if outcome.code not in ANSWERS:
            problem = Problem(kind, by.display_name, outcome.code, outcome.reason, datetime.now(UTC))
            self._of.turns.note(project, problem)
        raise outcome

    async def _outcome(
        self, project: ProjectId, work: Work, do: Callable[[Repository, Work], Awaitable[T]]
    ) -> T | Refusal:
        """Do it; a refusal is an outcome, too, so that nobody logs it."""
        try:
            async with self._of.ready(project, work) as repository:
                return await do(repository, work)
        except Refusal as refusal:
            return refusal

    def _bringing(
        self,
        project: ProjectId,
        repository: Repository,
        files: NotebookFiles,
        row: RepositoryRow,
        by: Identity,
    ) -> Bringing:
        return Bringing(project, repository, files, self._of.living, by, with_outputs=row.with_outputs)
