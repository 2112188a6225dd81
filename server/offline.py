"""Commands that change the database by themselves. They work beside a running server."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from collab.ids import ProjectId, UserId
from server import payloads
from server.config import BadSetting, Config
from server.credentials import Passwords
from server.db.engine import Database
from server.db.migrate import migrate
from server.db.repositories import credentials, members, people, projects
from server.engines import make_engines
from server.hardware_import import import_classes
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
    kernels = local_kernels(config, database)
    sessions = Sessions(config, database, SqlDocumentStore(database, tasks), tasks, *kernels)
    try:
        await add_welcome(sessions, database, project, account)
    except Exception:
        log.exception("the welcome notebook could not be made")
    finally:
        await sessions.close()
        await tasks.close()


async def password_link(config: Config, name: str) -> str:
    """Make a link with which the account called `name` gets a new password, and return it."""
    from server.handlers.passwords import password_url

    async with _database(config) as database, database.begin() as session:
        account = await members.account_called(session, name)
        if account is None:
            raise BadSetting(f"There is no account {name!r} that is open.")
        secret, _ = await people.add_password_link(session, account, datetime.now(UTC))
    return password_url(config, secret)


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


async def import_hardware(config: Config, path: Path, *, preview: bool) -> tuple[list[str], bool]:
    """Take a TOML file of classes into the catalogue; returns what to print, and whether it is good."""
    try:
        text = await asyncio.to_thread(path.read_text, "utf-8")
    except (OSError, UnicodeDecodeError) as failure:
        raise BadSetting(f"{path} cannot be read: {failure}.") from None
    async with _database(config) as database:
        engines = tuple(make_engines(config))
        told = await import_classes(database, text, engines, apply=not preview)
    if told.faults:
        return [_fault_line(path, fault) for fault in told.faults], False
    lines = []
    for change in told.changes:
        lines.append(f"{change.id}: {change.kind}")
        lines += [f"  {each.field}: {each.before or '-'} -> {each.after or '-'}" for each in change.fields]
    return [*lines, "Nothing was changed: this was a preview." if preview else "Done."], True


async def list_hardware(config: Config, *, as_json: bool) -> str:
    """Return the hardware classes that people see: as a table for readers, or as JSON for programs."""
    async with _database(config) as database:
        from server.sessions.part import local_kernels

        _, machines = local_kernels(config, database)
        classes = await machines.all()
    if as_json:
        plain = [{**asdict(each.hardware), "enabled": each.enabled} for each in classes]
        return msgspec.json.format(msgspec.json.encode(plain), indent=2).decode()
    rows = [("ID", "NAME", "ENGINE", "CPUS", "MEMORY", "GPUS", "AN HOUR", "")]
    for each in classes:
        hardware = each.hardware
        rows.append(
            (
                hardware.id,
                hardware.label,
                hardware.engine,
                "-" if hardware.cpus is None else f"{hardware.cpus:g}",
                "-" if hardware.memory_mib is None else f"{hardware.memory_mib:,} MiB",
                f"{hardware.gpus} {hardware.gpu_type or ''}".strip() if hardware.gpus else "-",
                "-" if hardware.price_per_hour is None else f"{hardware.price_per_hour:g}",
                "" if each.enabled else "off",
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


async def rotate_secrets(config: Config) -> tuple[str, bool]:
    """Encrypt the secrets of all connections anew; returns what to print, and whether all of them opened."""
    from server.connections.rotation import rotate
    from server.secrets.keys import BadKeys, Keys, take_variable

    try:
        keys = Keys(config.data, take_variable(os.environ))
        async with _database(config) as database:
            done = await rotate(database, keys)
    except BadKeys as failure:
        raise BadSetting(f"The keys of secrets cannot be used. {failure}") from None
    text = f"{done.done} secrets are encrypted with the key {done.key} now."
    if done.forgotten:
        text += f" Forgotten, because nothing needs them: {', '.join(done.forgotten)}."
    if done.failed:
        text += (
            f" {done.failed} secrets did not open with any key that is here and stay as they are: "
            "put the right keys back and rotate again, or give these secrets again."
        )
    return text, done.failed == 0


def _fault_line(path: Path, fault: payloads.HardwareFault) -> str:
    where = f"{path}:{fault.line}" if fault.line else str(path)
    named = ", ".join(part for part in (fault.hardware, fault.field) if part)
    return f"{where}: {named}: {fault.reason}" if named else f"{where}: {fault.reason}"
