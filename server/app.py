"""The composition root: builds every object once, wires them, starts and stops them in order."""

from __future__ import annotations

import functools
import importlib
import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.routing import URLSpec
from tornado.web import Application, RequestHandler

from server import housekeeping
from server.config import Config
from server.credentials import Passwords, digest, new_secret
from server.db.documents import SqlDocumentStore
from server.db.engine import Database
from server.db.migrate import migrate
from server.db.repositories import people
from server.folder_lock import FolderLock
from server.handlers.base import regex_of
from server.handlers.pages import NothingHere
from server.limits import Limits
from server.routes import routes
from server.services import Services
from server.tasks import Tasks

log = logging.getLogger("commonbook.http.access")

PARTS: tuple[str, ...] = (
    "server.environments.part",
    "server.analysis.part",
    "server.connections.part",
    "server.databases.part",
    "server.sessions.part",
    "server.git.part",
    "server.terminals.part",
    "server.requirements.part",
    "server.files.part",
    "server.texts.part",
    "server.search.part",
)
"""Modules with an `async def join(services) -> None` that put their part into the services at start."""

HEADER_BYTES = 32 * 1024
BODY_TIMEOUT_S = 120.0
IDLE_TIMEOUT_S = 300.0
SOCKET_MESSAGE_BYTES = 1024 * 1024
PING_S = 20.0


def application(services: Services) -> Application:
    """Return the web application over `services`."""
    return Application(
        _rules(),
        default_handler_class=NothingHere,
        services=services,
        log_function=_log_request,
        websocket_ping_interval=PING_S,
        websocket_max_message_size=SOCKET_MESSAGE_BYTES,
    )


@functools.cache
def _rules() -> list[URLSpec]:
    """Return what Tornado looks addresses up in: the same for every server of a process."""
    return [URLSpec(regex_of(route.pattern) + "$", route.handler) for route in routes()]


class Server:
    """One running server. `start` returns when it listens, `stop` when everything is stored and closed."""

    def __init__(self, services: Services, http: HTTPServer, lock: FolderLock, setup_url: str | None) -> None:
        self.services = services
        self.setup_url = setup_url
        self._http = http
        self._lock = lock

    @property
    def url(self) -> str:
        """The address that people open."""
        return self.services.config.public_url

    @classmethod
    async def start(cls, config: Config, *, on_fatal: Callable[[str], None] | None = None) -> Server:
        """Start a server. `on_fatal` is told when a part failed without which it cannot go on."""
        config.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FolderLock.take(config.data)
        try:
            _keep_private(config)
            sockets = bind_sockets(config.port, config.host or None)
            config = replace(config, port=sockets[0].getsockname()[1])
            services = await _build(config, Tasks(on_fatal))
            setup_url = await first_account_url(services)
        except BaseException:
            lock.release()
            raise
        http = HTTPServer(
            application(services),
            max_body_size=config.max_import_bytes,
            max_header_size=HEADER_BYTES,
            body_timeout=BODY_TIMEOUT_S,
            idle_connection_timeout=IDLE_TIMEOUT_S,
        )
        http.add_sockets(sockets)
        services.tasks.keep("link expiry", lambda: housekeeping.expire_links(services))
        services.tasks.keep("housekeeping", lambda: housekeeping.sweep_for_ever(services))
        return cls(services, http, lock, setup_url)

    async def stop(self) -> None:
        """Stop accepting, drain and flush the open notebooks, leave their kernels running, close."""
        self._http.stop()
        await self.services.sessions.close()
        for put_away in self.services.on_stop:
            await put_away()
        await self._http.close_all_connections()
        await self.services.tasks.close()
        self.services.passwords.close()
        await self.services.database.close()
        self._lock.release()


def _keep_private(config: Config) -> None:
    """Let nobody else read what is kept, also where the data folder itself was made by somebody else."""
    for name in ("blobs", "streams", "projects", "kernels"):
        (config.data / name).mkdir(mode=0o700, exist_ok=True)
    if not config.database_url:  # the files beside it get the same mode from SQLite
        (config.data / "commonbook.sqlite3").touch(mode=0o600, exist_ok=True)


async def _build(config: Config, tasks: Tasks) -> Services:
    database = Database(config.database)
    try:
        await migrate(database)
        services = Services(
            config=config,
            database=database,
            tasks=tasks,
            store=SqlDocumentStore(database, tasks),
            passwords=Passwords(),
            limits=Limits(),
            static=built_pages(),
            openapi=_openapi,
        )
        for name in PARTS:
            await importlib.import_module(name).join(services)
    except BaseException:
        await database.close()
        raise
    return services


async def first_account_url(services: Services) -> str | None:
    """Make a new one-time set-up link and return it; `None` once there is an account."""
    async with services.database.read() as session:
        if await people.any_account(session):
            return None
    code = new_secret()
    async with services.database.begin() as session:
        await people.set_setting(session, people.SETUP_CODE, digest(code))
    return f"{services.config.public_url}/setup#{code}"


@functools.cache
def _openapi() -> bytes:
    """Describe the API, when somebody asks for the first time: nobody needs it to start."""
    described: bytes = importlib.import_module("server.schema").text()
    return described


def built_pages() -> Path | None:
    """Return the folder of the built frontend: the package's own, or that of a source checkout."""
    package = Path(__file__).parent
    for folder in (package / "static", package.parent / "frontend" / "dist"):
        if (folder / "index.html").is_file():
            return folder
    return None


def _log_request(handler: RequestHandler) -> None:
    """One event for each answer. The query is left out: people paste secrets into addresses."""
    request = handler.request
    log.info(
        "request",
        extra={
            "method": request.method,
            "path": request.path,
            "status": handler.get_status(),
            "ms": round(1000 * request.request_time(), 1),
        },
    )
