"""A real server on a loopback port, and people who talk to it over HTTP.

People and projects are put straight into the database, so a test pays for
argon2 only where passwords are what it tests.
"""

from __future__ import annotations

import contextlib
import functools
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any
from unittest.mock import patch

import aiohttp
from sqlalchemy.ext.asyncio import AsyncSession

from collab.ids import NotebookId, ProjectId, UserId
from collab.roles import Role
from collab.wire import ServerMessage
from server.app import Server
from server.config import Config
from server.credentials import cookie_name
from server.db.engine import Database
from server.db.migrate import migrate
from server.db.repositories import credentials, members, notebooks, people, projects
from server.glance import Glance
from server.services import ChangedModules
from server.sessions.backend import KernelBackend
from server.sessions.registry import Sessions


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    json: Any

    @property
    def code(self) -> str | None:
        """The code of an error."""
        return self.json["error"]["code"] if isinstance(self.json, dict) and "error" in self.json else None


class Client:
    """One browser or script. A browser sends its own Origin with every write, as real ones do."""

    def __init__(
        self, base: str, *, headers: Mapping[str, str] | None = None, origin: str | None = None
    ) -> None:
        self.base = base
        self.user = UserId("")
        self.name = ""
        self._origin = origin
        self.http = aiohttp.ClientSession(
            headers=headers,
            auto_decompress=False,
            cookie_jar=aiohttp.CookieJar(unsafe=True, quote_cookie=False),
        )

    async def __call__(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        data: Any = None,
    ) -> Answer:
        sent = dict(headers or {})
        if self._origin is not None and method not in {"GET", "HEAD"}:
            sent.setdefault("Origin", self._origin)
        options: dict[str, Any] = {"data": data} if data is not None else {}
        if json is not None:
            options["json"] = json
        request = self.http.request(
            method, self.base + path, headers=sent, allow_redirects=False, timeout=_TIMEOUT, **options
        )
        async with request as response:
            body = await response.read()
            is_json = response.content_type == "application/json" and bool(body)
            return Answer(response.status, response.headers, body, await response.json() if is_json else None)

    async def get(self, path: str, **options: Any) -> Answer:
        return await self("GET", path, **options)

    async def post(self, path: str, json: Any = None, **options: Any) -> Answer:
        return await self("POST", path, json, **options)

    async def put(self, path: str, json: Any = None, **options: Any) -> Answer:
        return await self("PUT", path, json, **options)

    async def patch(self, path: str, json: Any = None, **options: Any) -> Answer:
        return await self("PATCH", path, json, **options)

    async def delete(self, path: str, **options: Any) -> Answer:
        return await self("DELETE", path, **options)

    async def close(self) -> None:
        await self.http.close()


_TIMEOUT = aiohttp.ClientTimeout(total=20)


@dataclass
class SpySessions:
    """`LiveSessions` that writes down what it was told."""

    changed: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    announced: list[ServerMessage] = field(default_factory=list)
    loaded: list[ChangedModules] = field(default_factory=list)

    def look(self, notebook: NotebookId) -> Glance:
        return Glance()

    async def rights_changed(self, project: ProjectId) -> None:
        self.changed.append(project)

    async def credential_ended(self, credential: str) -> None:
        self.ended.append(credential)

    async def notebook_deleted(self, notebook: NotebookId) -> None:
        self.deleted.append(notebook)

    async def project_deleted(self, project: ProjectId) -> None:
        self.deleted.append(project)

    def announce(self, project: ProjectId, message: ServerMessage) -> None:
        self.announced.append(message)

    async def distributions_changed(self, project: ProjectId, changed: Sequence[ChangedModules]) -> None:
        self.loaded.extend(changed)

    async def connections_changed(self, project: ProjectId) -> tuple[int, list[NotebookId]]:
        self.changed.append(project)
        return 0, []

    async def python_changed(self, project: ProjectId, before: str, after: str) -> None:
        self.loaded.append(ChangedModules("Python", before, after, ()))

    async def close(self) -> None:
        return


class RunningServer:
    """A server under test. Leaving the context closes its clients and stops it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.services = server.services
        self.config = server.services.config
        self.url = f"http://127.0.0.1:{self.config.port}"
        self._clients: list[Client] = []

    async def __aenter__(self) -> RunningServer:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients:
            await client.close()
        await self.server.stop()

    def client(self, *, headers: Mapping[str, str] | None = None, origin: str | None = None) -> Client:
        """Return somebody who is not signed in: a script, or with `origin` a browser."""
        client = Client(self.url, headers=headers, origin=origin)
        self._clients.append(client)
        return client

    def browser(self) -> Client:
        """Return a browser in which nobody is signed in."""
        return self.client(origin=self.url)

    async def person(self, name: str, *, admin: bool = False, password_hash: str | None = None) -> Client:
        """Return a browser in which `name`, a new account, is signed in."""
        (client,) = await self.persons(name, admin=admin, password_hash=password_hash)
        return client

    async def persons(
        self, *names: str, admin: bool = False, password_hash: str | None = None
    ) -> list[Client]:
        """Return a browser for each of `names`, all new accounts that are signed in."""
        now = datetime.now(UTC)
        made = []
        async with self.services.database.begin() as session:
            for name in names:
                account = await people.add_account(
                    session,
                    now,
                    name=name,
                    email=f"{name}@example.org",
                    display_name=name.title(),
                    password_hash=password_hash,
                    admin=admin,
                )
                made.append((name, account, await _sign_in(session, account, now)))
        clients = []
        for name, account, secret in made:
            client = self._signed_in(account, secret)
            client.name = name
            clients.append(client)
        return clients

    async def browser_of(self, account: UserId) -> Client:
        """Return another browser in which `account` is signed in."""
        async with self.services.database.begin() as session:
            secret = await _sign_in(session, account, datetime.now(UTC))
        return self._signed_in(account, secret)

    def _signed_in(self, account: UserId, secret: str) -> Client:
        client = self.browser()
        client.user = account
        client.http.cookie_jar.update_cookies({self.cookie: secret})
        return client

    async def script_of(self, account: UserId, *, expires_days: int | None = None) -> Client:
        """Return a script that holds a new API token of `account`."""
        async with self.services.database.begin() as session:
            made = await credentials.add_token(session, account, "test", datetime.now(UTC), expires_days)
        client = self.client(headers={"Authorization": f"Bearer {made.secret}"})
        client.user = account
        return client

    @property
    def cookie(self) -> str:
        """The name of the session cookie."""
        return cookie_name(https=self.config.is_https, port=self.config.port)

    async def project(self, owner: Client, name: str = "Research", **roles: Client) -> ProjectId:
        """Make a project of `owner`, with further members by role: `viewer=ann`."""
        now = datetime.now(UTC)
        async with self.services.database.begin() as session:
            project = await projects.add(session, name, owner.user, now)
            for role, member in roles.items():
                await members.add(session, project, member.user, Role(role), now)
        return project

    async def notebook(self, project: ProjectId, by: Client, name: str = "Notes") -> NotebookId:
        """Make an empty notebook."""
        async with self.services.database.begin() as session:
            return await notebooks.add(session, project, name, by.user, datetime.now(UTC))


async def _sign_in(session: AsyncSession, account: UserId, now: datetime) -> str:
    return await credentials.add_session(session, now, days=30, user_agent="test", account=account)


@functools.cache
def empty_database() -> Path:
    """Return a SQLite file with all tables and no rows, made once by the real migrations."""
    import asyncio
    import threading

    path = Path(tempfile.mkdtemp(prefix="commonbook-test-")) / "empty.sqlite3"

    async def make() -> None:
        database = Database(f"sqlite:///{path}")
        await migrate(database)
        await database.close()

    thread = threading.Thread(target=lambda: asyncio.run(make()))
    thread.start()
    thread.join()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    return path


@contextlib.asynccontextmanager
async def running(
    folder: Path, *, config: Config | None = None, backend: KernelBackend | None = None, **settings: Any
) -> AsyncIterator[RunningServer]:
    """Start a server in `folder` on a free port; `settings` are those of `Config`. No kernel is kept warm.

    With a `backend`, what an earlier server left is looked for there, from the first moment on.
    """
    wanted = replace(config or Config(), data=folder, port=0, **{"prewarmed": 0, **settings})
    if not wanted.database_url:
        _begin_empty(folder)
    with contextlib.nullcontext() if backend is None else _kernels_of(backend):
        started = await Server.start(wanted)
    async with RunningServer(started) as server:
        yield server


@contextlib.contextmanager
def _kernels_of(backend: KernelBackend) -> Iterator[None]:
    really_start = Sessions.start

    def start(sessions: Sessions) -> None:
        sessions.backend = backend
        really_start(sessions)

    with patch.object(Sessions, "start", start):
        yield


def _begin_empty(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "commonbook.sqlite3"
    if not file.exists():
        shutil.copyfile(empty_database(), file)
