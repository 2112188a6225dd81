"""Commands that change the database by themselves. They work beside a running server."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import msgspec

from collab.ids import ProjectId, UserId
from server import payloads
from server.config import BadSetting, Config
from server.credentials import Passwords
from server.db.engine import Database
from server.db.migrate import migrate
from server.db.repositories import credentials, members, people, projects
from server.names import clean_name
from server.refusals import Refusal
from server.tasks import Tasks

log = logging.getLogger("commonbook.accounts")


@contextlib.asynccontextmanager
async def _database(config: Config) -> AsyncIterator[Database]:
    config.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(config.database)
    try:
        await migrate(database)
        yield database
    except Refusal as refusal:
        raise BadSetting(refusal.reason) from None
    finally:
        await database.close()


async def add_user(config: Config, name: str, email: str, password: str, *, admin: bool) -> str:
    """Make an account and return a sentence about it. The first one also gets the Welcome project."""
    try:
        body = msgspec.convert({"name": name, "email": email, "password": password}, payloads.NewAccount)
    except msgspec.ValidationError as failure:
        raise BadSetting(f"{failure}.") from None
    passwords = Passwords()
    try:
        async with _database(config) as database:
            password_hash = await passwords.hash(body.password)
            now = datetime.now(UTC)
            async with database.begin() as session:
                is_first = not await people.any_account(session)
                account = await people.add_account(
                    session,
                    now,
                    name=body.name,
                    email=body.email,
                    display_name=clean_name(body.name),
                    password_hash=password_hash,
                    admin=admin,
                )
                await people.set_setting(session, people.SETUP_CODE, None)
                project = await projects.add(session, "Welcome", account, now) if is_first else None
            if project is not None:
                await _fill_welcome(config, database, project, account)
    finally:
        passwords.close()
    return f"The account {body.name} is ready{' and may manage the site' if admin else ''}."


async def _fill_welcome(config: Config, database: Database, project: ProjectId, account: UserId) -> None:
    """Put the welcome notebook into the first project; an account without it is still an account."""
    from server.db.documents import SqlDocumentStore
    from server.sessions.part import add_welcome, local_kernels
    from server.sessions.registry import Sessions

    tasks = Tasks()
    sessions = Sessions(config, database, SqlDocumentStore(database, tasks), tasks, local_kernels(config))
    try:
        await add_welcome(sessions, database, project, account)
    except Exception:
        log.exception("the welcome notebook could not be made")
    finally:
        await sessions.close()
        await tasks.close()


async def create_token(config: Config, name: str, expires_days: int | None) -> str:
    """Make an API token for the account called `name` and return it."""
    try:
        body = msgspec.convert({"name": "command line", "expires_days": expires_days}, payloads.NewToken)
    except msgspec.ValidationError as failure:
        raise BadSetting(f"--expires-days: {failure}.") from None
    async with _database(config) as database, database.begin() as session:
        account = await members.account_called(session, name)
        if account is None:
            raise BadSetting(f"There is no account {name!r}. Make it with `commonbook user add`.")
        made = await credentials.add_token(session, account, body.name, datetime.now(UTC), body.expires_days)
    return made.secret
