"""`commonbook run`: a notebook file from top to bottom, through the server's own rooms, rules and kernels."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from collab.commands import RunCells, Stop
from collab.formats import as_deepnote, as_script, read_file
from collab.ids import NotebookId, ProjectId, UserId, new_id
from collab.ipynb import Imported, Unreadable
from collab.packed_run import stamp
from collab.roles import Capability
from collab.session.decide import Refusal
from kernel_manager.catalogue import Listed
from server.config import BadSetting, Config
from server.db.documents import SqlDocumentStore
from server.db.engine import Database
from server.db.migrate import is_current, migrate
from server.db.repositories import hardware as classes_of
from server.db.repositories import notebooks, people, projects
from server.identity import Identity
from server.refusals import Refusal as Refused
from server.sessions.actor import NotebookSession
from server.sessions.files import exported, fill
from server.sessions.part import local_kernels
from server.sessions.registry import Sessions
from server.storage import DATABASE_AWAY
from server.tasks import Tasks

Say = Callable[[str], None]

NOBODY = "headless"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a headless run went: the cells that ran, and those that did not end well."""

    cells: int
    failed: int


async def run_file(config: Config, path: Path, out: Path, hardware: str | None, say: Say) -> Outcome:
    """Run the notebook at `path`, write it with its outputs to `out`, and tell the progress to `say`.

    The kernel starts in the notebook's own folder. Nothing is kept but the file.
    """
    imported = await asyncio.to_thread(_read, path)
    with tempfile.TemporaryDirectory(prefix="commonbook-run-") as folder:
        classes = await _catalogue(config)
        alone = replace(config, data=Path(folder), database_url="")
        database, tasks = Database(alone.database), Tasks()
        try:
            await migrate(database)
            kernels = local_kernels(alone, database, environments=config.data, folder=path.parent.absolute())
            sessions = Sessions(alone, database, SqlDocumentStore(database, tasks), tasks, *kernels)
            project, notebook, identity = await _make(database, path.stem, classes)
            if hardware is not None:
                await _choose(sessions, project, identity, hardware)
            session = await sessions.get(notebook)
            await fill(sessions, notebook, session.room, imported, identity.user)
            try:
                outcome = await _run(sessions, session, identity, say)
                content = await exported(sessions, session)
                await asyncio.to_thread(_write, out, content)
            finally:
                await _stop(sessions, session, identity)
                await sessions.close()
        finally:
            await tasks.close()
            await database.close()
    return outcome


def _read(path: Path) -> Imported:
    """Return the one notebook of a file; raises `BadSetting`."""
    try:
        found = read_file(path.name, path.read_bytes())
    except FileNotFoundError:
        raise BadSetting(f"There is no file {path}.") from None
    except Unreadable as failure:
        raise BadSetting(f"{path}: {failure.reason}") from None
    if len(found) > 1:
        names = ", ".join(each.name for each in found[:5])
        raise BadSetting(f"{path} holds {len(found)} notebooks ({names}). Run a file that holds one.")
    return found[0].notebook


def _write(out: Path, content: bytes) -> None:
    """Write a notebook file in the format that the name of `out` asks for."""
    at = stamp(datetime.now(UTC))
    match out.suffix.lower():
        case ".py":
            content = as_script(json.loads(content)).encode()
        case ".deepnote":
            content = as_deepnote(json.loads(content), out.stem, new_id(), at).encode()
    out.write_bytes(content)


async def _catalogue(config: Config) -> list[Listed]:
    """Return the hardware classes of the site; none where no server was ever started."""
    if not config.database_url and not (config.data / "commonbook.sqlite3").exists():
        return []
    database = Database(config.database)
    try:
        if not await is_current(database):
            raise BadSetting(
                "The site's database is of another version. Start the server once, then run again."
            )
        async with database.read() as session:
            return await classes_of.catalogue(session)
    except (OSError, *DATABASE_AWAY) as failure:
        raise BadSetting(f"The site's hardware classes cannot be read: {failure}") from None
    finally:
        await database.close()


async def _choose(sessions: Sessions, project: ProjectId, identity: Identity, hardware: str) -> None:
    """Choose the machine as a person would. Whoever a class names is somebody else here."""
    try:
        await sessions.machines.choose(project, hardware, identity.user)
    except Refused as refusal:
        raise BadSetting(refusal.reason) from None


async def _make(
    database: Database, name: str, classes: Sequence[Listed]
) -> tuple[ProjectId, NotebookId, Identity]:
    now = datetime.now(UTC)
    async with database.begin() as session:
        for listed in classes:
            await classes_of.add(session, listed, now)
        account = await people.add_account(
            session,
            now,
            name=NOBODY,
            email="headless@localhost",
            display_name="commonbook run",
            password_hash=None,
            admin=False,
        )
        project = await projects.add(session, "run", account, now)
        notebook = await notebooks.add(session, project, name, account, now)
    user = UserId(account)
    return project, notebook, Identity(user, NOBODY, "commonbook run", 0, None, False, NOBODY, "token")


async def _run(sessions: Sessions, session: NotebookSession, identity: Identity, say: Say) -> Outcome:
    rights = frozenset(Capability)
    try:
        await sessions.ask(session.room.notebook, identity, rights, RunCells(cells="all"))
    except Refusal as refusal:
        if refusal.code != "nothing_to_run":
            raise BadSetting(str(refusal)) from None
        return Outcome(0, 0)
    code = [cell.id for cell in session.cells() if cell.type == "code"]
    told: set[str] = set()
    while True:
        waiting = {cell.cell for cell in session.state.queue}
        for number, cell in enumerate(code, start=1):
            if cell not in waiting and cell not in told:
                told.add(cell)
                entry = session.room.runtime.entry(cell)
                say(f"[{number}/{len(code)}] {entry.state if entry else 'done'}")
        if not session.state.queue:
            break
        await session.changed()
    if session.state.death is not None:
        say(session.state.death.reason)
    entries = session.room.runtime.entries()
    failed = [cell for cell in code if cell in entries and entries[cell].state != "done"]
    return Outcome(len(code), len(failed))


async def _stop(sessions: Sessions, session: NotebookSession, identity: Identity) -> None:
    if session.state.kernel not in ("none", "dead"):
        await sessions.ask(session.room.notebook, identity, frozenset(Capability), Stop())
    while session.state.kernel not in ("none", "dead"):
        await session.changed()
