"""The environments of all projects: one change at a time in each, seen by everybody there.

A change is built beside what is in use. Then come, in this order: the record, the project's files, the link
that kernels follow. A server killed between them finishes at the next start; one killed earlier changed
nothing.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from collab.ids import JobId, ProjectId, UserId, new_id
from collab.wire import PackagesAsked
from kernel_manager.environment import EnvironmentFailed, compile_bytecode
from kernel_manager.environment.declared import FILE, Declared, parse, read_declared
from kernel_manager.environment.failures import Failure, explain
from kernel_manager.environment.installed import Distribution, installed
from kernel_manager.environment.papers import PaperUnreadable
from kernel_manager.environment.progress import Progress
from kernel_manager.environment.pythons import Python, discover
from kernel_manager.environment.seal import Tampered
from kernel_manager.environment.states import Home
from kernel_manager.environment.workshop import NotShutIn
from server.db.repositories import environments as rows
from server.db.repositories import package_requests
from server.db.repositories.environments import JobRow, StateRow
from server.environments import plans
from server.environments.change import COPYING, Change, Refused
from server.environments.jobs import LiveJob, tick
from server.environments.places import Edit, Places
from server.environments.plans import Wish
from server.environments.settings import uv_settings
from server.environments.workshops import Workshops
from server.refusals import Refusal
from server.services import ChangedModules, Services

KEPT_JOBS = 200
KEPT_READINGS = 50
MOST_NAMED = 12
MOST_WAITING = 20

log = logging.getLogger("commonbook.environments")


class Environments:
    """The environments of one server."""

    def __init__(self, services: Services) -> None:
        self.places = Places(services.config)
        self.settings = uv_settings(services.config)
        self._services = services
        self._locks: dict[ProjectId, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._jobs: dict[JobId, LiveJob] = {}
        self._pythons: list[Python] | None = None
        self._looking = asyncio.Lock()
        self._workshops = Workshops(services.config, self.places)
        self._read: dict[Path, dict[str, Distribution]] = {}

    @property
    def fixed(self) -> str | None:
        """Why nothing can be changed on this server, where that is so."""
        python = self._services.config.kernel_python
        return f"All kernels of this server use {python}, which its admin looks after." if python else None

    async def start(self) -> None:
        """Settle what an earlier server left: jobs that did not end, states that were not put to use."""
        reason = "The server was stopped during this. Nothing was changed; try again."
        async with self._services.database.begin() as session:
            await rows.end_open_jobs(session, datetime.now(UTC), "server_stopped", reason)
        self._services.tasks.start("settle environments", self._settle_all())

    async def pythons(self) -> list[Python]:
        """Return the Pythons to choose from, looked for once."""
        async with self._looking:
            if self._pythons is None:
                self.places.root.mkdir(parents=True, exist_ok=True)
                named = self._services.config.pythons
                self._pythons = await discover(self.places.root, named, self.settings)
        return self._pythons

    async def installed(self, state: Path) -> dict[str, Distribution]:
        """Return what a whole state holds; it never changes, so it is read once."""
        state = await asyncio.to_thread(state.resolve)  # several projects may be in the base
        found = self._read.get(state)
        if found is None:
            found = await asyncio.to_thread(installed, state)
            self._read[state] = found
            for old in list(self._read)[:-KEPT_READINGS]:
                del self._read[old]
        return found

    # For kernels

    async def python_of(self, project: ProjectId, progress: Callable[[str], None]) -> str:
        """Return the interpreter of a project's environment, made first where there is none.

        Raises `EnvironmentFailed` with a sentence.
        """
        if not self.places.is_ready(project):
            if self._locks[project].locked():
                progress("Waiting for the project's Python environment.")
            async with self._locks[project]:
                try:
                    await self._ready(project, progress)
                except (Refused, Tampered) as refused:
                    raise EnvironmentFailed(refused.args[-1]) from None
        return str(self.places.home(project).python)

    # For people

    async def names_of(self, project: ProjectId) -> set[str]:
        """Return the distributions that a project has or declares."""
        declared = await self._declared(project)
        return {*await self._has(project), *(line.name for line in declared.all if line.name is not None)}

    async def submit(self, project: ProjectId, user: UserId, name: str, wish: Wish) -> LiveJob:
        """Queue a change. The same wish that waits or runs already is the same job."""
        if self.fixed is not None:
            raise Refusal("fixed_environment", f"{self.fixed} Packages cannot be changed here.", 409)
        seen = frozenset((await self._declared(project)).risky)
        waiting = [job for job in self._jobs.values() if job.project == project and not job.has_ended]
        for job in waiting:
            if job.wish == wish:
                return job
        if len(waiting) >= MOST_WAITING:
            raise Refusal("too_many_jobs", "Many changes wait already. Try again when they are done.", 429)
        now = datetime.now(UTC)
        row = JobRow(
            id=JobId(new_id()),
            project=project,
            by=user,
            kind=plans.KINDS[type(wish)],
            title=plans.title(wish)[:300],
            state="queued",
            code=None,
            reason=None,
            detail=None,
            changes=(),
            created_at=now,
            ended_at=None,
        )
        job = LiveJob(row, wish, name, seen)
        self._jobs[job.id] = job
        self._forget_old()
        try:
            async with self._services.database.begin() as session:
                await rows.add_job(session, row)
        except BaseException:
            del self._jobs[job.id]
            raise
        job.task = self._services.tasks.start(f"environment job {job.id}", self._run(job))
        return job

    async def told_when_ended(self, job: LiveJob) -> str:
        """Wait for a job and return what became of it; raises a `Refusal` where it failed."""
        if job.task is not None:
            await asyncio.wait([job.task])
        row = job.row
        if row.state != "done":
            raise Refusal(row.code or "failed", row.reason or "It could not be done.", 409)
        if not row.changes:
            return row.reason or "Nothing had to be changed."
        named = [_said(*change) for change in row.changes]
        rest = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
        return f"{', '.join(named[:MOST_NAMED])}{rest}. requirements.txt says so too."

    def live(self, job: JobId) -> LiveJob | None:
        """Return a job of this server, if it is still remembered."""
        return self._jobs.get(job)

    def running(self, project: ProjectId) -> LiveJob | None:
        """Return the job that goes on in a project, or the first that waits."""
        return next((j for j in self._jobs.values() if j.project == project and not j.has_ended), None)

    async def cancel(self, job: JobId) -> None:
        """End a job that has not ended; what it built is removed. Returns when it has ended."""
        live = self._jobs.get(job)
        if live is None or live.has_ended or live.task is None:
            raise Refusal("job_ended", "This has ended already.", 409)
        if live.is_final:
            raise Refusal("job_ended", "It is just being put to use. Go back afterwards, if you like.", 409)
        live.task.cancel()
        await asyncio.wait([live.task])

    # The work

    async def _run(self, job: LiveJob) -> None:
        ticking = self._services.tasks.start("environment progress", tick(job, self._tell))
        try:
            async with self._locks[job.project]:
                job.row = _with_state(job.row, "running")
                await self._ready(job.project, lambda text: self._moved(job, Progress("preparing", text)))
                await self._demand_seen(job)
                await self._change(job)
        except asyncio.CancelledError:
            await self._ended(
                job, "cancelled", Failure("cancelled", "It was cancelled. Nothing was changed.", "")
            )
        except Refused as refused:
            await self._ended(job, "failed", Failure(refused.code, refused.reason, ""))
        except Refusal as refusal:
            await self._ended(job, "failed", Failure(refusal.code, refusal.reason, ""))
        except NotShutIn as failure:
            await self._ended(job, "failed", Failure("not_isolated", str(failure), ""))
        except EnvironmentFailed as failure:
            await self._ended(job, "failed", explain(str(failure)))
        except Tampered as failure:
            await self._ended(job, "failed", Failure("tampered", str(failure), ""))
        except PaperUnreadable as failure:
            await self._ended(job, "failed", Failure("bad_requirements", f"{failure}", ""))
        except OSError as failure:
            await self._ended(job, "failed", explain(f"{failure.strerror} (os error {failure.errno})"))
        except Exception:
            await self._ended(job, "failed", Failure("failed", "Something failed on the server.", ""))
            raise
        finally:
            ticking.cancel()

    async def _change(self, job: LiveJob) -> None:
        async with self._services.database.read() as session:
            newest = (await rows.states(session, job.project, 1))[0]
        change = Change(
            self.places,
            job.project,
            newest,
            self.pythons,
            await self._workshops.of(job.project, self.settings),
            self.settings,
            self._services.database,
            lambda progress: self._moved(job, progress),
        )
        work = self.places.home(job.project).folder / "work" / job.id
        work.mkdir(parents=True, exist_ok=True)
        try:
            made = await change.make(job.wish, job.id, work)
            if made is None:
                await self._ended(job, "done", None)
                await self._answer(job)
                return
            before = change.before
            state = made.row(job.row)
            job.is_final = True
            await asyncio.shield(self._commit(job, state, newest, made.edit))
        finally:
            shutil.rmtree(work, ignore_errors=True)
            await asyncio.to_thread(self._drop_unused, job)
        lost = [
            ChangedModules(name, old, new, before[name].modules)
            for name, old, new in state.changes
            if old is not None and name in before
        ]
        sessions = self._services.sessions
        if state.python != newest.python:
            await sessions.python_changed(job.project, newest.python, state.python)
        else:
            await sessions.distributions_changed(job.project, lost)
        await self._answer(job)

    async def _commit(self, job: LiveJob, state: StateRow, newest: StateRow, edit: Edit | None) -> None:
        """Put a whole state on record, then to use."""
        now = datetime.now(UTC)
        async with self._services.database.begin() as session:
            await rows.add_state(session, state)
            await rows.end_job(session, job.id, "done", now, changes=state.changes)
        try:
            # Whoever types on is not written over: their next words reach the disk after ours.
            await self._services.settle_files(job.project)
            await asyncio.to_thread(self.places.put_to_use, state, edit)
        except OSError:
            async with self._services.database.begin() as session:
                await rows.take_back_state(session, state.id)
            await asyncio.to_thread(self.places.finish, newest, state)
            raise
        job.ended("done", now, changes=state.changes)
        self._tell(job)
        async with self._services.database.read() as session:
            kept = await rows.states(session, job.project)
        await asyncio.to_thread(self.places.prune, job.project, kept)
        self._compile(job.project)

    async def _answer(self, job: LiveJob) -> None:
        """Answer whoever asked for packages that are there now."""
        home = self.places.home(job.project)
        has = await self.installed(home.state(home.current or ""))
        async with self._services.database.begin() as session:
            answered = await package_requests.answer_installed(
                session, job.project, has.keys(), UserId(job.row.by or ""), datetime.now(UTC)
            )
        if answered:
            self._services.sessions.announce(job.project, PackagesAsked(job.project))

    def _drop_unused(self, job: LiveJob) -> None:
        if job.row.state != "done" or not job.row.changes:
            home = self.places.home(job.project)
            if home.current != job.id:
                home.drop(job.id)

    async def _ended(self, job: LiveJob, state: str, failure: Failure | None) -> None:
        code, reason, detail = (failure.code, failure.sentence, failure.detail) if failure else (None,) * 3
        if failure is None:
            reason = "Nothing had to be changed."
        now = datetime.now(UTC)
        job.ended(state, now, code=code, reason=reason, detail=detail or None)
        async with self._services.database.begin() as session:
            await rows.end_job(session, job.id, state, now, code=code, reason=reason, detail=detail or None)
        log.info("environment job ended", extra={"job": job.id, "state": state, "code": code})
        self._tell(job)

    async def _ready(self, project: ProjectId, progress: Callable[[str], None]) -> None:
        """Make sure that the newest state on record is in use; make the first one where there is none."""
        home = self.places.home(project)
        async with self._services.database.read() as session:
            known = await rows.states(session, project, 2)
        if known and home.is_whole(known[0].folder):
            if home.current != known[0].folder:  # the server was killed before the last step
                await asyncio.to_thread(self.places.finish, *_two(known))
            if not self.places.is_ready(project):
                progress(COPYING)
                await home.part(known[0].folder)
            return
        change = Change(
            self.places,
            project,
            known[0] if known else None,
            self.pythons,
            await self._workshops.of(project, self.settings),
            self.settings,
            self._services.database,
            lambda moved: progress(moved.text),
        )
        if known:
            progress("Building the project's Python environment again.")
            work = home.folder / "work" / new_id()
            work.mkdir(parents=True, exist_ok=True)
            try:
                await change.rebuild(known[0], work)
            finally:
                shutil.rmtree(work, ignore_errors=True)
            await asyncio.to_thread(home.use, known[0].folder)
            self._compile(project)
            return
        state = await change.first(progress)
        async with self._services.database.begin() as session:
            await rows.add_state(session, state)
        await asyncio.to_thread(home.use, state.folder)
        self._compile(project)

    def _compile(self, project: ProjectId) -> None:
        work = compile_bytecode(self.places.in_use(project))
        self._services.tasks.start("compile bytecode", work)

    async def _settle_all(self) -> None:
        for folder in await asyncio.to_thread(self.places.projects):
            project = ProjectId(folder.name)
            async with self._locks[project]:
                async with self._services.database.read() as session:
                    known = await rows.states(session, project)
                home = Home(folder)
                if known and home.is_whole(known[0].folder) and home.current != known[0].folder:
                    await asyncio.to_thread(
                        self.places.finish, known[0], known[1] if len(known) > 1 else None
                    )
                await asyncio.to_thread(self.places.prune, project, known)
            if known:
                await compile_bytecode(self.places.in_use(project))

    def _moved(self, job: LiveJob, progress: Progress) -> None:
        is_new = progress.phase != job.progress.phase
        job.progress = progress
        if is_new:
            self._tell(job)

    def _tell(self, job: LiveJob) -> None:
        self._services.sessions.announce(job.project, job.message())

    def _forget_old(self) -> None:
        ended = [job.id for job in self._jobs.values() if job.has_ended]
        for old in ended[: max(0, len(self._jobs) - KEPT_JOBS)]:
            del self._jobs[old]

    def requirements(self, project: ProjectId) -> Path:
        """Return where a project's requirements.txt is."""
        return self.places.files(project) / FILE

    async def demand_word(self, project: ProjectId, *, confirmed: bool) -> None:
        """Refuse while requirements.txt cannot be used, or has lines that nobody has vouched for.

        Those are lines that reach or run something, and names that are traps or slips.
        """
        await self._services.settle_files(project)
        declared = await self._declared(project)
        if declared.problems:
            raise Refusal("bad_requirements", declared.problems[0], 409)
        async with self._services.database.read() as session:
            known = await rows.states(session, project, 1)
        vouched = set(parse((known[0].requirements or "") if known else "", self.places.files(project)).asked)
        plans.demand_word([line for line in declared.risky if line not in vouched], confirmed=confirmed)
        fresh = [line for line in declared.all if line not in vouched]
        plans.demand_known(fresh, confirmed=confirmed, known=await self._has(project))

    async def _demand_seen(self, job: LiveJob) -> None:
        """Refuse what has come into requirements.txt since somebody gave their word for it."""
        await self._services.settle_files(job.project)  # what was typed before counts
        if not isinstance(job.wish, (plans.RollBack, plans.Reproduce)):
            found = await self._declared(job.project)
            plans.demand_word([line for line in found.risky if line not in job.seen], confirmed=False)

    async def _declared(self, project: ProjectId) -> Declared:
        return await asyncio.to_thread(read_declared, self.places.files(project))

    async def _has(self, project: ProjectId) -> Collection[str]:
        home = self.places.home(project)
        return await self.installed(home.state(home.current)) if home.current is not None else ()


def _said(name: str, before: str | None, after: str | None) -> str:
    if after is None:
        return f"{name} removed"
    return f"{name} {after} installed" if before is None else f"{name} {before} -> {after}"


def _two(known: Sequence[StateRow]) -> tuple[StateRow, StateRow | None]:
    return known[0], known[1] if len(known) > 1 else None


def _with_state(row: JobRow, state: str) -> JobRow:
    return replace(row, state=state)
