"""The repositories of all projects: cloned, looked at, committed to, pulled and pushed.

One thing happens at a time in each. A clone goes on by itself, and a server that was killed during one says
so at its next start; everything else ends with its answer.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from collab.ids import ProjectId
from collab.ipynb import Unreadable, file_bytes, modern
from collab.merging.files import partly
from kernel_manager.git.failures import Failure
from kernel_manager.git.repository import Author, Branches, GitFailed, Look, Repository
from kernel_manager.git.runner import Git, Way
from kernel_manager.git.told import EMPTY_TREE, NOTHING, Change, Commit, Differing, Entry
from server.connections.part import connections_of
from server.connections.service import Opened
from server.db.repositories import git as rows
from server.db.repositories.connections import ConnectionRow
from server.db.repositories.git import RepositoryRow
from server.environments.part import environments_of
from server.git.access import Access
from server.git.diffs import FileDiff, diff
from server.git.files import NotebookFiles, is_notebook
from server.git.living import LivingNotebooks
from server.git.pull import Bringing, Choices, FileConflict
from server.git.sources import Source, source_of
from server.git.ways import Ways, site_of
from server.git.work import Turns, Work, refusal_of
from server.identity import Identity
from server.isolation import Sandboxes
from server.refusals import Refusal
from server.services import Services

STOPPED = ("server_stopped", "The server was stopped during this. Nothing is lost: clone again.")
WATCH_EVERY_S = 0.5
MIB = 1024 * 1024
IGNORE, IGNORE_BYTES = ".gitignore", 256 * 1024

log = logging.getLogger("commonbook.git")


@dataclass(frozen=True, slots=True)
class Pulled:
    """What became of a pull: up_to_date, updated, merged, or conflicts that somebody has to decide."""

    state: str
    commit: str | None
    changed: int
    conflicts: Sequence[FileConflict] = ()


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
        self.access = Access(self)

    async def start(self) -> None:
        """Settle what an earlier server left."""
        await asyncio.to_thread(shutil.rmtree, self._desks, ignore_errors=True)
        async with self._services.database.begin() as session:
            await rows.end_clones(session, *STOPPED)

    async def settle_files(self, project: ProjectId) -> None:
        """Return once what people have typed into text files is in them."""
        await self._services.settle_files(project)

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
        files = self._files(project)
        standing, uid = await self._sandboxes.of(files)
        return Repository(Git(site_of(self.config, standing), files, self._desks, uid))

    def notebook_files(self, project: ProjectId, repository: Repository) -> NotebookFiles:
        """Return what keeps a project's notebooks and files the same."""
        return NotebookFiles(project, repository, self.living, self._services.database)

    # Cloning

    def source(
        self, url: str, branch: str | None, copied: Opened | None, user: str | None, token: str | None
    ) -> Source:
        """Return where a project shall come from; raises a `Refusal` for what can be known to be wrong."""
        return source_of(self.config, url, branch, copied, user, token)

    async def found(self, project: ProjectId, source: Source, by: Identity) -> None:
        """Put a repository on record for a new project, and begin to clone it."""
        source = source.with_key(project)
        connection = None
        if source.fields is not None:
            name = f"Git: {source.address.host}"[:100]
            made = await self.connections.add(project, "git", name, source.fields, attached=False, by=by.user)
            connection = made.id
        row = RepositoryRow(
            project, source.address.url, source.branch, connection, True, "cloning", None, None, "", (), None
        )
        async with self._services.database.begin() as session:
            await rows.add(session, row)
        self.begin_clone(project, by)

    async def clone_again(self, project: ProjectId, by: Identity) -> None:
        """Begin anew with a clone that failed."""
        row = await self.row(project)
        if row.state == "ready":
            raise Refusal("git_exists", "This repository is here already.", 409)
        await self.change(project, state="cloning", code=None, reason=None)
        self.begin_clone(project, by)

    def begin_clone(self, project: ProjectId, by: Identity) -> None:
        """Clone beside everything else."""
        work = Work("clone", by.display_name)
        self.turns.announce(project, work)
        work.task = self._services.tasks.start(f"clone {project}", self._clone(project, by, work))

    async def cancel(self, project: ProjectId) -> None:
        """Stop what goes on; returns when it has ended."""
        work = self.turns.going_on(project)
        if work is None or work.task is None:
            raise Refusal("nothing_to_cancel", "Nothing goes on any more.", 409)
        work.task.cancel()
        await asyncio.wait([work.task])

    async def _clone(self, project: ProjectId, by: Identity, work: Work) -> None:
        try:
            async with self.turns.turn(project, work):
                await self._clone_now(project, by, work)
        except asyncio.CancelledError:
            await asyncio.shield(
                self._failed(project, Failure("cancelled", "It was cancelled. Clone again when you like."))
            )
        except GitFailed as failed:
            await self._failed(project, failed.failure)
        except Refusal as refusal:
            await self._failed(project, Failure(refusal.code, refusal.reason))
        except BaseException:
            await self._failed(project, Failure("failed", "Something failed on the server. Try again."))
            raise
        finally:
            self.turns.withdraw(project, work)

    async def _clone_now(self, project: ProjectId, by: Identity, work: Work) -> None:
        row = await self.row(project)
        repository = await self.repository(project)
        way = await self.ways.of(row, by=by.user, use="clone")
        branch = row.branch or await repository.default_branch(way) or "main"
        await self._begin_anew(project, repository, way, branch)
        try:
            await self._fetch_within_limit(project, repository, way, work)
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
                self._demand_size(sum(entry.size or 0 for entry in entries))
                files = [(each.mode, each.sha, each.path) for each in entries if each.mode != "160000"]
                await repository.lay_out(files, replaces=False)
                await repository.move(commit, None, branch)
            work.says("Opening notebooks")
            brought = await self.notebook_files(project, repository).bring_in(
                entries, by.user, with_outputs=row.with_outputs
            )
        except BaseException:
            with suppress(GitFailed):
                await asyncio.shield(repository.discard())
            raise
        await self.change(
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

    async def _fetch_within_limit(
        self, project: ProjectId, repository: Repository, way: Way, work: Work
    ) -> None:
        """Fetch, and stop where more comes than may be kept."""
        fetching = self._services.tasks.start("git fetch", _told(repository.fetch(way, work.heard)))
        try:
            while not fetching.done():
                await asyncio.wait([fetching], timeout=WATCH_EVERY_S)
                self._demand_size(await asyncio.to_thread(_size_of, self._files(project) / ".git"))
        finally:
            fetching.cancel()
            await asyncio.wait([fetching])
        failed = fetching.result()
        if failed is not None:
            raise failed

    def _demand_size(self, size: int) -> None:
        most = self.config.git_max_bytes
        if size > most:
            reason = f"The repository is larger than {most // MIB:,} MiB, the most that is kept here."
            raise GitFailed(Failure("too_large", reason))

    # Looking

    async def see(self, project: ProjectId, by: Identity) -> Seen:
        """Return how a project stands to its repository, once what its notebooks hold is written out."""
        row = await self.row(project)
        work = self.turns.going_on(project)
        if work is not None or row.state != "ready":
            return Seen(row, work, None, None, {}, await self.access.of(row))
        async with self.turns.turn(project):
            repository = await self.repository(project)
            files = self.notebook_files(project, repository)
            look = await files.sync(by.user, with_outputs=row.with_outputs)
            last = (await repository.log(look.head, 0, 1))[:1] if look.head is not None else []
            found = {each.path: each.notebook for each in await files.rows() if each.path is not None}
        return Seen(row, None, look, last[0] if last else None, found, await self.access.of(row))

    async def history(self, project: ProjectId, skip: int, most: int) -> list[Commit]:
        """Return the commits that the project's files come from."""
        async with self.ready(project) as repository:
            look = await repository.look()
            return await repository.log(look.head, skip, most) if look.head is not None else []

    async def branches(self, project: ProjectId) -> tuple[Branches, str | None]:
        """Return the branches here and on the other side, and which is checked out."""
        async with self.ready(project) as repository:
            return await repository.branches(), (await repository.look()).branch

    # Writing back

    async def commit(
        self,
        project: ProjectId,
        by: Identity,
        message: str,
        paths: Sequence[str] | None,
        cells: Mapping[str, Sequence[str]],
    ) -> str:
        """Commit what changed, or of that only `paths`, and of some notebooks only `cells`."""
        row = await self.row(project)
        async with self.ready(project) as repository:
            files = self.notebook_files(project, repository)
            look = await files.sync(by.user, with_outputs=row.with_outputs)
            changed = {change.path for change in look.changes}
            unknown = [path for path in (*(paths or ()), *cells) if path not in changed]
            if unknown:
                reason = f"{unknown[0]} has no changes to commit. Look at the list of changes again."
                raise Refusal("no_such_change", reason, 409)
            wanted = sorted(changed) if paths is None and not cells else list(paths or ())
            wanted = [path for path in wanted if path not in cells]
            partly = [await _partly(repository, look, path, chosen) for path, chosen in cells.items()]
            made = None
            if wanted or partly:
                made = await repository.commit(wanted, partly, message, author_of(by), look.head)
            if made is None:
                raise Refusal("nothing_to_commit", "Nothing has changed since the last commit.", 409)
        log.info("committed", extra={"project": project, "commit": made})
        return made

    async def push(self, project: ProjectId, by: Identity) -> tuple[str, str]:
        """Push the branch that is checked out; returns its name and commit."""
        row = await self.row(project)
        work = Work("push", by.display_name)
        async with self.ready(project, work) as repository:
            look = await repository.look()
            if look.head is None or look.branch is None:
                raise Refusal("nothing_to_push", "There is no commit to push yet. Commit first.", 409)
            way = await self.ways.of(row, by=by.user, use="push")
            work.says("Sending")
            await repository.push(way, look.head, look.branch, work.heard)
        log.info("pushed", extra={"project": project, "commit": look.head})
        return look.branch, look.head

    async def fetch(self, project: ProjectId, by: Identity) -> None:
        """Ask the other side what is new."""
        row = await self.row(project)
        work = Work("fetch", by.display_name)
        async with self.ready(project, work) as repository:
            way = await self.ways.of(row, by=by.user, use="fetch")
            work.says("Asking what is new")
            await self._fetch_within_limit(project, repository, way, work)
        await self.change(project, fetched_at=datetime.now(UTC))

    # Taking in

    async def pull(self, project: ProjectId, by: Identity, choices: Choices) -> Pulled:
        """Bring in what is new on the other side; `choices` answers the conflicts of an earlier try."""
        row = await self.row(project)
        work = Work("pull", by.display_name)
        async with self.ready(project, work) as repository:
            way = await self.ways.of(row, by=by.user, use="pull")
            work.says("Asking what is new")
            await self._fetch_within_limit(project, repository, way, work)
            await self.change(project, fetched_at=datetime.now(UTC))
            work.says("Merging")
            files = self.notebook_files(project, repository)
            look = await files.sync(by.user, with_outputs=row.with_outputs)
            if look.upstream is None:
                reason = f"The other side has no branch {look.branch}. Push this one, or switch to another."
                raise Refusal("no_upstream", reason, 409)
            if look.head is not None and look.behind == 0:
                return Pulled("up_to_date", look.head, 0)
            bringing = self._bringing(project, repository, files, row, by)
            message = f"Merge branch {look.branch} of {way.address.place}"
            target, conflicts = await bringing.target(look, look.upstream, choices, message, author_of(by))
            if target is None:
                return Pulled("conflicts", None, 0, conflicts)
            await self._demand_commit_size(repository, target)
            changed = await bringing.carry_over(look, target)
        log.info("pulled", extra={"project": project, "commit": target, "changed": changed})
        return Pulled("merged" if target != look.upstream else "updated", target, changed)

    async def switch(self, project: ProjectId, by: Identity, name: str) -> None:
        """Check another branch out; what is not committed comes along."""
        row = await self.row(project)
        async with self.ready(project, Work("switch", by.display_name)) as repository:
            files = self.notebook_files(project, repository)
            look = await files.sync(by.user, with_outputs=row.with_outputs)
            branches = await repository.branches()
            target = branches.here.get(name) or branches.there.get(name)
            if target is None:
                raise Refusal("no_branch", f"There is no branch {name}. Fetch first, or make it.", 409)
            if look.branch != name:
                bringing = self._bringing(project, repository, files, row, by)
                await self._demand_commit_size(repository, target)
                await bringing.carry_over(look, target, name)
        await self.change(project, branch=name)

    async def make_branch(self, project: ProjectId, by: Identity, name: str) -> None:
        """Make a branch of what is checked out, and check it out; what is not committed comes along."""
        async with self.ready(project, Work("branch", by.display_name)) as repository:
            look = await repository.look()
            if look.head is None:
                raise Refusal(
                    "no_commit", "There is no commit to begin a branch from yet. Commit first.", 409
                )
            await repository.make_branch(name, look.head)
            await repository.move(look.head, None, name)
        await self.change(project, branch=name)

    def _bringing(
        self,
        project: ProjectId,
        repository: Repository,
        files: NotebookFiles,
        row: RepositoryRow,
        by: Identity,
    ) -> Bringing:
        return Bringing(project, repository, files, self.living, by, with_outputs=row.with_outputs)

    async def _demand_commit_size(self, repository: Repository, commit: str) -> None:
        self._demand_size(sum(entry.size or 0 for entry in await repository.tree(commit)))

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
            return await diff(repository, path, look.head, of=None, parent=EMPTY_TREE)

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

    def ready(self, project: ProjectId, work: Work | None = None) -> _Ready:
        """Return a turn at a repository that is whole; inside, what git refuses is a `Refusal`."""
        return _Ready(self, project, work)

    def _files(self, project: ProjectId) -> Path:
        return environments_of(self._services).places.files(project)

    async def change(self, project: ProjectId, **values: object) -> None:
        async with self._services.database.begin() as session:
            await rows.change(session, project, **values)

    async def _failed(self, project: ProjectId, failure: Failure) -> None:
        log.info("clone failed", extra={"project": project, "code": failure.code})
        await self.change(project, state="failed", code=failure.code, reason=failure.sentence)


class _Ready:
    """A turn at a project's repository."""

    def __init__(self, repositories: Repositories, project: ProjectId, work: Work | None) -> None:
        self._repositories = repositories
        self._project = project
        self._work = work
        self._turn = repositories.turns.turn(project, work)

    async def __aenter__(self) -> Repository:
        row = await self._repositories.row(self._project)
        if row.state != "ready":
            raise Refusal(
                "not_cloned", "The repository is not here yet. Wait for the clone, or clone again.", 409
            )
        if self._work is not None:
            self._work.task = asyncio.current_task()
        await self._turn.__aenter__()
        await self._repositories.settle_files(self._project)
        return await self._repositories.repository(self._project)

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: object
    ) -> None:
        await self._turn.__aexit__(None, None, None)
        if isinstance(failure, GitFailed):
            raise refusal_of(failure) from None


async def _partly(
    repository: Repository, look: Look, path: str, chosen: Sequence[str]
) -> tuple[str, str, str]:
    """Return the entry of a notebook with the changes to some of its cells alone."""
    entry = await repository.entry(look.head, path) if look.head is not None else None
    here = await repository.file_here(path)
    if entry is None or here is None or not is_notebook(path):
        reason = f"{path} was not there before, or is there no more: choose it as a whole."
        raise Refusal("not_partly", reason, 409)
    before, after = await repository.blobs([entry.sha, here])
    try:
        made = partly(modern(before or b""), modern(after or b""), frozenset(chosen))
    except Unreadable as failure:
        raise Refusal("not_partly", f"{path} cannot be taken in part. {failure.reason}", 409) from None
    (sha,) = await repository.keep([file_bytes(made, with_outputs=True)])
    return (entry.mode, sha, path)


def _how(change: Differing) -> str:
    if change.before == NOTHING:
        return "added"
    return "deleted" if change.after == NOTHING else "modified"


def author_of(by: Identity) -> Author:
    """Return whoever acts, as commits name them."""
    return Author(by.display_name or by.name, by.email or f"{by.name}@users.invalid")


async def _told(work: Awaitable[None]) -> GitFailed | None:
    """Run something and return how it failed, so that nobody logs what is an answer to a person."""
    try:
        await work
    except GitFailed as failed:
        return failed
    return None


def _size_of(folder: Path) -> int:
    """Return how many bytes a folder holds, as far as it stands still."""
    size, waiting = 0, [str(folder)]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        size += entry.stat(follow_symlinks=False).st_size
    return size
