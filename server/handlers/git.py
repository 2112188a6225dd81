"""A project's repository: how it stands, and writing back to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from collab.roles import Capability
from kernel_manager.git.told import Commit
from server import payloads
from server.git.part import repositories_of
from server.git.service import Repositories, Seen
from server.git.work import Work
from server.handlers.base import ApiHandler, needs, route
from server.refusals import Refusal

MOST_CHANGES = 1000
MOST_COMMITS = 50


class RepositoryHandler(ApiHandler):
    """What the routes of repositories share."""

    @property
    def repositories(self) -> Repositories:
        return repositories_of(self.services)


@route("/api/projects/{project}/git")
class GitHandler(RepositoryHandler):
    """How the project stands to its repository, once what its notebooks hold is written out."""

    @needs(Capability.READ, answer=payloads.Git)
    async def get(self) -> payloads.Git:
        project = self.opened_project.id
        if await self.repositories.known(project) is None:
            return payloads.Git("none")
        return _told(await self.repositories.see(project, self.person))


@route("/api/projects/{project}/git/history")
class GitHistoryHandler(RepositoryHandler):
    """The commits that the project's files come from: `?skip=` leaves out the newest."""

    @needs(Capability.READ, answer=payloads.GitHistory)
    async def get(self) -> payloads.GitHistory:
        skip = self.get_query_argument("skip", "0")
        if not skip.isdecimal() or len(skip) > 7:
            raise Refusal("bad_query", "`skip` must be a whole number.")
        found = await self.repositories.history(self.opened_project.id, int(skip), MOST_COMMITS + 1)
        return payloads.GitHistory(
            [told_commit(each) for each in found[:MOST_COMMITS]], len(found) > MOST_COMMITS
        )


@route("/api/projects/{project}/git/commit")
class GitCommitHandler(RepositoryHandler):
    """Commits under the name of whoever asks."""

    @needs(Capability.FILES, body=payloads.NewCommit, answer=payloads.MadeCommit, status=201)
    async def post(self, body: payloads.NewCommit) -> payloads.MadeCommit:
        if not body.message.strip():
            raise Refusal("bad_message", "Say in a few words what changed.")
        project = self.opened_project.id
        made = await self.repositories.commit(project, self.person, body.message.strip(), body.paths)
        if body.push:
            await self.repositories.push(project, self.person)
        return payloads.MadeCommit(made, body.push)


@route("/api/projects/{project}/git/push")
class GitPushHandler(RepositoryHandler):
    """Pushes the branch that is checked out."""

    @needs(Capability.FILES, answer=payloads.Pushed)
    async def post(self) -> payloads.Pushed:
        branch, commit = await self.repositories.push(self.opened_project.id, self.person)
        return payloads.Pushed(branch, commit)


@route("/api/projects/{project}/git/fetch")
class GitFetchHandler(RepositoryHandler):
    """Asks the other side what is new; nothing here changes."""

    @needs(Capability.FILES)
    async def post(self) -> None:
        await self.repositories.fetch(self.opened_project.id, self.person)


@route("/api/projects/{project}/git/clone")
class GitCloneHandler(RepositoryHandler):
    """Begins anew with a clone that failed."""

    @needs(Capability.FILES, status=202)
    async def post(self) -> None:
        if Capability.RUN not in self.opened_project.rights:
            raise Refusal("forbidden", "Cloning needs the right to run code, too.", 403)
        await self.repositories.clone_again(self.opened_project.id, self.person)


@route("/api/projects/{project}/git/work")
class GitWorkHandler(RepositoryHandler):
    """What goes on just now. Deleting stops it."""

    @needs(Capability.FILES)
    async def delete(self) -> None:
        await self.repositories.cancel(self.opened_project.id)


def told_commit(commit: Commit) -> payloads.GitCommit:
    """Return a commit as the API tells it."""
    message = f"{commit.subject}\n\n{commit.body}" if commit.body else commit.subject
    at = datetime.fromtimestamp(min(max(commit.at_s, 0), 253_402_300_799), UTC)
    return payloads.GitCommit(
        commit.sha, commit.author, commit.email, at, commit.subject, message, list(commit.parents)
    )


def _told(seen: Seen) -> payloads.Git:
    row, look = seen.row, seen.look
    shown: dict[str, Any] = {
        "state": row.state,
        "url": row.url,
        "branch": row.branch,
        "fetched_at": row.fetched_at,
        "outputs": "kept" if row.with_outputs else "stripped",
        "connection": row.connection,
        "work": _work(seen.work) if seen.work is not None else None,
        "problem": payloads.ErrorDetail(row.code or "failed", row.reason or "It could not be cloned.")
        if row.state == "failed"
        else None,
        "notes": list(row.notes),
    }
    if look is None:
        return payloads.Git(**shown)
    changes = [
        payloads.GitChange(each.path, each.kind, seen.notebooks.get(each.path))  # type: ignore[arg-type]
        for each in look.changes[:MOST_CHANGES]
    ]
    shown |= {
        "branch": look.branch,
        "last": told_commit(seen.last) if seen.last is not None else None,
        "has_upstream": look.upstream is not None,
        "ahead": look.ahead,
        "behind": look.behind,
        "changes": changes,
        "more_changes": max(0, len(look.changes) - MOST_CHANGES),
    }
    return payloads.Git(**shown)


def _work(work: Work) -> payloads.GitWork:
    progress = work.progress
    return payloads.GitWork(
        work.kind,
        work.by_name,
        progress.text,
        progress.share,
        progress.done_bytes,
        round(work.elapsed_s, 1),
    )
