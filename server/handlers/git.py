"""A project's repository: how it stands, and writing back to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from collab.roles import Capability
from kernel_manager.git.told import Commit, is_sha
from server import payloads
from server.connections.part import connections_of
from server.db.repositories.connections import ConnectionRow
from server.files.paths import shown
from server.git.commits import commit
from server.git.part import repositories_of
from server.git.pull import FileConflict
from server.git.service import Repositories, Seen
from server.git.sources import branch_of
from server.git.work import Problem, Work
from server.handlers.base import ApiHandler, needs, route
from server.refusals import Forbidden, Refusal

MOST_CHANGES = 1000
MOST_COMMITS = 50


class RepositoryHandler(ApiHandler):
    """What the routes of repositories share."""

    @property
    def repositories(self) -> Repositories:
        return repositories_of(self.services)

    def demand_run(self) -> None:
        """Refuse whoever may not run code: what comes from elsewhere may be code that runs."""
        if Capability.RUN not in self.opened_project.rights:
            raise Refusal("forbidden", "This brings in code, so it needs the right to run it, too.", 403)

    def commit_of(self, name: str) -> str | None:
        """Return the commit that the query names."""
        commit = self.get_query_argument(name, None)
        if commit is not None and not is_sha(commit):
            raise Refusal("bad_query", f"`{name}` must be the whole name of a commit.")
        return commit


@route("/api/projects/{project}/git")
class GitHandler(RepositoryHandler):
    """How the project stands to its repository, once what its notebooks hold is written out."""

    @needs(Capability.READ, answer=payloads.Git)
    async def get(self) -> payloads.Git:
        project = self.opened_project.id
        if await self.repositories.known(project) is None:
            return payloads.Git(**_nothing())
        return _told(await self.repositories.see(project, self.person))

    @needs(Capability.FILES, body=payloads.GitSource, answer=payloads.Git, status=202)
    async def post(self, body: payloads.GitSource) -> payloads.Git:
        """Connect a project that has no repository yet; what is here already stays."""
        self.demand_run()
        project = self.opened_project
        copied = None
        if body.token is not None and Capability.CONNECTIONS not in project.rights:
            raise Forbidden
        if body.connection is not None:
            connections = connections_of(self.services)
            copied = await connections.open(project.id, body.connection, by=self.person.user, use="git copy")
        source = self.repositories.clones.source(body.url, body.branch, copied, body.user, body.token)
        await self.repositories.clones.found(project.id, source, self.person)
        return _told(await self.repositories.see(project.id, self.person))

    @needs(Capability.FILES, body=payloads.ChangeGit, answer=payloads.Git)
    async def patch(self, body: payloads.ChangeGit) -> payloads.Git:
        project = self.opened_project.id
        await self.repositories.keep_outputs(project, with_outputs=body.outputs == "kept")
        return _told(await self.repositories.see(project, self.person))

    @needs(Capability.SHARE)
    async def delete(self) -> None:
        """Let the project belong to no repository. Its files and notebooks stay."""
        await self.repositories.disconnect(self.opened_project.id)


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
        made = await commit(
            self.repositories, project, self.person, body.message.strip(), body.paths, body.cells
        )
        try:
            if body.push:
                await self.repositories.exchange.push(project, self.person)
        except Refusal as refusal:
            problem = payloads.ErrorDetail(refusal.code, refusal.reason)
            return payloads.MadeCommit(made, pushed=False, problem=problem)
        return payloads.MadeCommit(made, body.push)


@route("/api/projects/{project}/git/push")
class GitPushHandler(RepositoryHandler):
    """Pushes the branch that is checked out."""

    @needs(Capability.FILES, answer=payloads.Pushed)
    async def post(self) -> payloads.Pushed:
        branch, commit = await self.repositories.exchange.push(self.opened_project.id, self.person)
        return payloads.Pushed(branch, commit)


@route("/api/projects/{project}/git/pull")
class GitPullHandler(RepositoryHandler):
    """Brings in what is new on the other side, as edits of what people have open."""

    @needs(Capability.FILES, body=payloads.PullGit, answer=payloads.PulledGit)
    async def post(self, body: payloads.PullGit) -> payloads.PulledGit:
        self.demand_run()
        found = await self.repositories.exchange.pull(
            self.opened_project.id, self.person, body.choices, body.texts
        )
        conflicts = [_conflict(each) for each in found.conflicts]
        return payloads.PulledGit(found.state, found.commit, found.changed, conflicts)  # type: ignore[arg-type]


@route("/api/projects/{project}/git/branches")
class GitBranchesHandler(RepositoryHandler):
    """The branches of both sides, as last fetched."""

    @needs(Capability.READ, answer=payloads.GitBranches)
    async def get(self) -> payloads.GitBranches:
        project = self.opened_project.id
        found, current = await self.repositories.branches(project)
        names = sorted({*found.here, *found.there})
        return payloads.GitBranches(
            [payloads.GitBranch(n, n in found.here, n in found.there, n == current) for n in names]
        )

    @needs(Capability.FILES, body=payloads.NewBranch)
    async def post(self, body: payloads.NewBranch) -> None:
        """Make a branch of what is checked out, and check it out."""
        self.demand_run()
        await self.repositories.exchange.make_branch(
            self.opened_project.id, self.person, branch_of(body.name)
        )


@route("/api/projects/{project}/git/switch")
class GitSwitchHandler(RepositoryHandler):
    """Checks another branch out; what is not committed comes along."""

    @needs(Capability.FILES, body=payloads.SwitchBranch)
    async def post(self, body: payloads.SwitchBranch) -> None:
        self.demand_run()
        await self.repositories.exchange.switch(self.opened_project.id, self.person, branch_of(body.branch))


@route("/api/projects/{project}/git/diff")
class GitDiffHandler(RepositoryHandler):
    """How a file differs from the last commit, or with `?commit=` in that one from the one before."""

    @needs(Capability.READ, answer=payloads.GitDiff)
    async def get(self) -> payloads.GitDiff:
        path = self.get_query_argument("path", "")
        if not path or len(path) > 4096 or "\0" in path or ".." in path.split("/") or path.startswith("/"):
            raise Refusal("bad_query", "Say which file with ?path=.")
        commit = self.commit_of("commit")
        found = await self.repositories.diff(self.opened_project.id, self.person, path, commit)
        cells = [
            payloads.GitCell(
                each.key,
                each.how,
                each.type,
                each.before,
                each.after,
                list(each.lines),
                each.outputs,
                each.meta,
                each.skipped,
            )
            for each in found.cells
        ]
        return payloads.GitDiff(
            shown(found.path), found.kind, cells, found.text, found.is_whole, list(found.sizes)
        )


@route("/api/projects/{project}/git/commits/{commit:[0-9a-f]{40}}")
class GitCommitFilesHandler(RepositoryHandler):
    """The files that a commit changed."""

    @needs(Capability.READ, answer=payloads.Page[payloads.GitChange])
    async def get(self, commit: str) -> payloads.Page[payloads.GitChange]:
        found = await self.repositories.changed_in(self.opened_project.id, commit)
        items = [payloads.GitChange(shown(each.path), each.kind, None) for each in found[:MOST_CHANGES]]  # type: ignore[arg-type]
        return payloads.Page(items)


@route("/api/projects/{project}/git/ignore")
class GitIgnoreHandler(RepositoryHandler):
    """The project's .gitignore: what never becomes part of a commit."""

    @needs(Capability.READ, answer=payloads.GitIgnore)
    async def get(self) -> payloads.GitIgnore:
        return payloads.GitIgnore(await self.repositories.ignored(self.opened_project.id))

    @needs(Capability.FILES, body=payloads.GitIgnore)
    async def put(self, body: payloads.GitIgnore) -> None:
        await self.repositories.ignore(self.opened_project.id, body.text)


@route("/api/projects/{project}/git/access")
class GitAccessHandler(RepositoryHandler):
    """What lets the project in. A token goes in and never comes out."""

    @needs(Capability.CONNECTIONS, body=payloads.GiveGitAccess)
    async def put(self, body: payloads.GiveGitAccess) -> None:
        project = self.opened_project.id
        if body.token is not None:
            await self.repositories.access.give_token(project, self.person, body.user, body.token)
        else:
            await self.repositories.access.choose(project, body.connection)


@route("/api/projects/{project}/git/host")
class GitHostHandler(RepositoryHandler):
    """The key of an ssh host: looked at, and accepted by somebody who has compared it."""

    @needs(Capability.CONNECTIONS, answer=payloads.GitHost)
    async def post(self) -> payloads.GitHost:
        """Ask the host which key it has. Nothing secret is sent along."""
        key = await self.repositories.access.host_key(self.opened_project.id)
        return payloads.GitHost(key.place, key.type, key.key, key.fingerprint, key.standing)

    @needs(Capability.CONNECTIONS, body=payloads.AcceptGitHost)
    async def put(self, body: payloads.AcceptGitHost) -> None:
        await self.repositories.access.accept_host_key(self.opened_project.id, self.person, body.key)


@route("/api/projects/{project}/git/fetch")
class GitFetchHandler(RepositoryHandler):
    """Asks the other side what is new; nothing here changes."""

    @needs(Capability.FILES)
    async def post(self) -> None:
        await self.repositories.exchange.fetch(self.opened_project.id, self.person)


@route("/api/projects/{project}/git/clone")
class GitCloneHandler(RepositoryHandler):
    """Begins anew with a clone that failed."""

    @needs(Capability.FILES, status=202)
    async def post(self) -> None:
        self.demand_run()
        await self.repositories.clones.again(self.opened_project.id, self.person)


@route("/api/projects/{project}/git/work")
class GitWorkHandler(RepositoryHandler):
    """What goes on just now. Deleting stops it."""

    @needs(Capability.FILES)
    async def delete(self) -> None:
        await self.repositories.exchange.cancel(self.opened_project.id, self.person)


def told_commit(commit: Commit) -> payloads.GitCommit:
    """Return a commit as the API tells it."""
    message = f"{commit.subject}\n\n{commit.body}" if commit.body else commit.subject
    at = datetime.fromtimestamp(min(max(commit.at_s, 0), 253_402_300_799), UTC)
    return payloads.GitCommit(
        commit.sha, commit.author, commit.email, at, commit.subject, message, list(commit.parents)
    )


def _nothing() -> dict[str, Any]:
    """Return how a project stands that belongs to no repository."""
    empty: dict[str, Any] = dict.fromkeys(
        ("url", "branch", "last", "fetched_at", "access", "work", "problem", "last_problem")
    )
    counts = {"has_upstream": False, "ahead": 0, "behind": 0, "more_changes": 0}
    return {"state": "none", **empty, **counts, "changes": [], "outputs": "kept", "notes": []}


def _told(seen: Seen) -> payloads.Git:
    row, look = seen.row, seen.look
    answer = _nothing() | {
        "state": row.state,
        "url": row.url,
        "branch": row.branch,
        "fetched_at": row.fetched_at,
        "outputs": "kept" if row.with_outputs else "stripped",
        "access": _access(seen.access) if seen.access is not None else None,
        "work": _work(seen.work) if seen.work is not None else None,
        "problem": payloads.ErrorDetail(row.code or "failed", row.reason or "It could not be cloned.")
        if row.state == "failed"
        else None,
        "notes": list(row.notes),
        "last_problem": _problem(seen.problem) if seen.problem is not None else None,
    }
    if look is None:
        return payloads.Git(**answer)
    changes = [
        payloads.GitChange(
            shown(each.path),
            each.kind,  # type: ignore[arg-type]
            seen.notebooks.get(each.path),
            each.path in look.lfs,
        )
        for each in look.changes[:MOST_CHANGES]
    ]
    answer |= {
        "branch": look.branch,
        "last": told_commit(seen.last) if seen.last is not None else None,
        "has_upstream": look.upstream is not None,
        "ahead": look.ahead,
        "behind": look.behind,
        "changes": changes,
        "more_changes": max(0, len(look.changes) - MOST_CHANGES),
    }
    return payloads.Git(**answer)


def _access(row: ConnectionRow) -> payloads.GitAccess:
    is_key = row.fields.get("auth") == "ssh"
    public = row.fields.get("public_key")
    return payloads.GitAccess(
        row.id, row.name, "key" if is_key else "token", str(public) if is_key and public else None
    )


def _conflict(conflict: FileConflict) -> payloads.GitConflict:
    cells = [
        payloads.CellConflict(c.key, c.kind, c.number, c.type, c.base, c.mine, c.theirs)
        for c in conflict.cells
    ]
    return payloads.GitConflict(
        shown(conflict.path), cells, conflict.mine, conflict.theirs, conflict.is_text, conflict.merged
    )


def _problem(problem: Problem) -> payloads.GitProblem:
    return payloads.GitProblem(problem.kind, problem.by_name, problem.code, problem.reason, problem.at)


def _work(work: Work) -> payloads.GitWork:
    progress = work.progress
    return payloads.GitWork(
        work.kind,
        work.by_name,
        progress.text,
        progress.share,
        progress.done_bytes,
        round(work.elapsed_s, 1),
        work.can_stop,
    )
