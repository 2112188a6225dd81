"""All open notebooks of one server: opened when somebody needs them, let go when nobody does."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from collab import commands
from collab.commands import AnyCommand, Restart, RunCells
from collab.hub import CLOSE_GONE, CLOSE_SESSION, Connection, Room, Socket
from collab.ids import NotebookId, ProjectId, RunId, UserId, new_id
from collab.roles import NO_RIGHTS, Capability, Rights
from collab.session import reports as told
from collab.session.decide import Refusal, demand
from collab.session.state import Asker, QueuedCell
from collab.store import DocumentStore
from collab.wire import Cmd, Error, LoadedVersion, Notice, Person, Result, ServerMessage
from server.access import OpenedNotebook, rights_in, rights_of
from server.config import Config
from server.connections.lending import Lender, nothing_to_lend
from server.db.engine import Database
from server.db.repositories import credentials, kernels, notebooks
from server.environments.cell_installs import Installer, nothing_to_install_with
from server.glance import Glance
from server.identity import Identity
from server.payloads import User
from server.services import ChangedModules
from server.sessions.actor import NotebookSession
from server.sessions.asides import AnswerCell, AnswersCells
from server.sessions.backend import KernelBackend
from server.sessions.blobs import BlobStore
from server.sessions.calls import Calls
from server.sessions.followers import Follower
from server.sessions.forgetting import Forgetting
from server.sessions.inbox import Answer, Asked, Reply
from server.sessions.ledger import Ledger
from server.sessions.leftovers import remove_for_ever
from server.sessions.line import KernelLine
from server.sessions.machines import Machines
from server.sessions.outputs import Keep
from server.sessions.resuming import resume_all
from server.sessions.shelf import Shelf
from server.sessions.streams import StreamFiles
from server.sessions.versions import Versions
from server.sessions.warm import WarmKernels
from server.sessions.watch import Watch
from server.sessions.widgets import Widgets
from server.tasks import Tasks

SWEEP_EVERY_S = 5.0
UNUSED_FOR_SWEEPS = 2
MAX_COMMAND_ID = 64

SERVER = UserId("server")

_SESSION_OVER = "Your session has ended. Sign in again."
_DELETED = "The notebook was deleted."

log = logging.getLogger("commonbook.sessions")


class Sessions:
    """The open notebooks. `backend` places the kernels of those that open from now on."""

    def __init__(
        self,
        config: Config,
        database: Database,
        store: DocumentStore,
        tasks: Tasks,
        backend: KernelBackend,
        machines: Machines,
    ) -> None:
        self.backend = backend
        self.machines = machines
        self.on_text_change: Callable[[ProjectId], None] = lambda project: None
        self.installer: Installer = nothing_to_install_with
        self.lender: Lender = nothing_to_lend
        self.warm: WarmKernels | None = None
        self.streams = config.data / "streams"
        self.blobs = BlobStore(config.data / "blobs", database)
        self._projects_folder = config.data / "projects"
        self._keep_days = config.bin_days
        self._database = database
        self._store = store
        self._tasks = tasks
        self._opening: dict[NotebookId, asyncio.Task[NotebookSession]] = {}
        self.resumed = asyncio.Event()
        """Set once everything that an earlier server left is open."""
        self._live: dict[NotebookId, NotebookSession] = {}
        self._projects: dict[NotebookId, ProjectId] = {}
        self._closing: dict[NotebookId, asyncio.Task[None]] = {}
        self._identities: dict[Connection, Identity] = {}
        self.followers: set[Follower] = set()
        """Other sockets that live by a right in a project."""
        self._unused: dict[NotebookId, int] = {}
        self._is_closed = False
        self.watch = Watch(self._live.values, machines)
        self.forgetting = Forgetting(database, store, self.room_of)

    # Opening and letting go

    def start(self) -> None:
        """Open what an earlier server left running, and begin to let go of what nobody uses."""
        self._tasks.keep("resume notebooks", self._resume)
        self._tasks.keep("let notebooks go", self._sweep_for_ever)
        self._tasks.keep("idle clocks", self.watch.for_ever)
        if self.warm is not None:
            self._tasks.keep("warm kernels", self.warm.tend)
        self._tasks.keep("forgetting", self.forgetting.for_ever)
        self._tasks.keep(
            "leftovers",
            lambda: remove_for_ever(self._database, self.blobs, self.streams, self._projects_folder),
        )

    async def _resume(self) -> None:
        await resume_all(self._database, self.get, self.notebook_deleted)
        self.resumed.set()

    async def get(self, notebook: NotebookId) -> NotebookSession:
        """Return the open notebook, opening it first where needed. Raises `KeyError` for an unknown one."""
        self._unused.pop(notebook, None)
        while (closing := self._closing.get(notebook)) is not None:
            await asyncio.wait([closing])
        opening = self._opening.get(notebook)
        if opening is None:
            opening = self._opening[notebook] = self._tasks.start("open notebook", self._open(notebook))
        try:
            return await asyncio.shield(opening)
        except BaseException:
            if opening.done() and self._opening.get(notebook) is opening:
                del self._opening[notebook]
            raise

    async def close(self) -> None:
        """Drain all notebooks and leave their kernels running."""
        self._is_closed = True
        for notebook in list(self._opening):
            self._let_go(notebook)
        if self._closing:
            await asyncio.wait(list(self._closing.values()))
        if self.warm is not None:
            await self.warm.close()

    async def _open(self, notebook: NotebookId) -> NotebookSession:
        async with self._database.read() as reading:
            project = await kernels.project_of(reading, notebook)
        box: list[NotebookSession] = []
        room = await Room.open(
            notebook,
            self._store,
            spawn=self._spawn,
            on_command=lambda connection, cmd: self._command(box[0], connection, cmd),
            on_source_change=lambda cells, by: self._text_changed(project, box, cells, by),
            on_left=self._left,
            on_fault=lambda _: self._let_go(notebook),
            on_move=lambda connection: self._moved(box[0], connection),
        )

        def line_for(session: NotebookSession) -> KernelLine:
            return KernelLine(
                notebook,
                project,
                self.backend,
                self.machines,
                self._database,
                self._tasks,
                session.hear,
                session.tell,
                self.warm,
            )

        def shelf_for(session: NotebookSession, calls: Calls) -> Shelf:
            folder = self._projects_folder / project / "files"
            return Shelf(notebook, folder, self._database, calls, session.tell, self._keep_days)

        session = NotebookSession(
            room,
            Ledger(notebook, self._database),
            StreamFiles(self.streams, notebook),
            Keep(notebook, self.blobs),
            line_for,
            shelf_for,
            lambda session: Widgets(notebook, session.room, self.blobs),
            Versions(room, self._database),
            (await self.machines.choice(project, None)).id,
        )
        session.install = self._installs_in(project)
        session.lend = self._lends_in(project)
        box.append(session)
        await session.resume()
        self._live[notebook] = session
        self._projects[notebook] = project
        session.task = self._tasks.start(f"notebook {notebook}", session.run())
        session.task.add_done_callback(lambda _: self._let_go(notebook))
        await self._bar(session, project)
        return session

    def _installs_in(self, project: ProjectId) -> AnswersCells:
        async def install(cell: QueuedCell, line: str, answer: AnswerCell) -> None:
            answer(await self.installer(project, cell.by, cell.by_name, line))

        def begin(cell: QueuedCell, line: str, answer: AnswerCell) -> None:
            self._tasks.start("install from a cell", install(cell, line, answer))

        return begin

    def _lends_in(self, project: ProjectId) -> AnswersCells:
        async def lend(cell: QueuedCell, connection: str, answer: AnswerCell) -> None:
            lent = await self.lender(project, cell.by, connection)
            answer(lent.text, lent.secrets)

        def begin(cell: QueuedCell, connection: str, answer: AnswerCell) -> None:
            self._tasks.start("lend a connection", lend(cell, connection, answer))

        return begin

    def _let_go(self, notebook: NotebookId) -> None:
        opening = self._opening.pop(notebook, None)
        if opening is not None:
            self._closing[notebook] = self._tasks.start("close notebook", self._close(notebook, opening))

    async def _close(self, notebook: NotebookId, opening: asyncio.Task[NotebookSession]) -> None:
        try:
            session = await opening
            self._live.pop(notebook, None)
            self._projects.pop(notebook, None)
            self._unused.pop(notebook, None)
            await session.close()
        finally:
            del self._closing[notebook]

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            self.sweep()

    def sweep(self) -> None:
        """Let go of notebooks that nobody has needed for a while."""
        for notebook, session in list(self._live.items()):
            idle = 0 if session.is_needed else self._unused.get(notebook, 0) + 1
            self._unused[notebook] = idle
            if idle > UNUSED_FOR_SWEEPS:
                self._let_go(notebook)

    def room_of(self, notebook: NotebookId) -> Room | None:
        """Return the living documents of a notebook that is open, without opening one that is not."""
        session = self._live.get(notebook)
        return session.room if session is not None else None

    def _text_changed(
        self, project: ProjectId, box: list[NotebookSession], cells: frozenset[str], by: UserId | None
    ) -> None:
        if box:
            box[0].source_changed(cells, by)
        self.on_text_change(project)

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        return self._tasks.start(name, work)

    # People

    async def follow(self, follower: Follower) -> None:
        """Tell a socket its person's rights, now and whenever they change, until it leaves `followers`."""
        self.followers.add(follower)
        async with self._database.read() as reading:
            rights = await rights_in(reading, follower.person, follower.project)
            if not await credentials.is_living(reading, follower.person):
                rights = NO_RIGHTS
        follower.rights_changed(rights)

    async def connect(self, opened: OpenedNotebook, identity: Identity, socket: Socket) -> Connection:
        """Let a socket into the notebook. All is checked again once it is in, so that no change slips by."""
        session = await self.get(opened.id)
        person = Person(identity.user, identity.display_name, identity.color, identity.is_guest)
        connection = await session.room.join(socket, person, identity.user, opened.rights)
        self._identities[connection] = identity
        async with self._database.read() as reading:
            rights = await rights_in(reading, identity, opened.project_id)
            has_ended = not await credentials.is_living(reading, identity)
            is_deleted = await notebooks.is_deleted(reading, opened.id)
        session.room.set_rights(identity.user, rights)
        if has_ended:
            connection.close(CLOSE_SESSION, _SESSION_OVER)
        elif is_deleted:
            connection.close(CLOSE_GONE, _DELETED)
        else:
            for message in (session.alive, session.advice):
                if message is not None:
                    connection.send_control(message)
        self._expect(opened.id, connection)
        return connection

    def _moved(self, session: NotebookSession, connection: Connection) -> None:
        """Somebody moved the cursor: a sign of work if they could also do something."""
        if connection.rights & {Capability.EDIT, Capability.RUN}:
            session.moved(connection.person.name)
        self._expect(session.room.notebook, connection)

    def _expect(self, notebook: NotebookId, connection: Connection) -> None:
        """Somebody is at work who may want a kernel."""
        project = self._projects.get(notebook)
        if self.warm is not None and project is not None and Capability.RUN in connection.rights:
            self.warm.expect(project, connection.user)

    def nudge(self, notebook: NotebookId, by: str, text: str) -> bool:
        """Ask whoever has the notebook open for its kernel; False if nobody has."""
        session = self._live.get(notebook)
        if session is None or not session.room.connections:
            return False
        session.room.send_control(Notice("nudge", text, by))
        return True

    def _left(self, connection: Connection) -> None:
        self._identities.pop(connection, None)

    async def rights_changed(self, project: ProjectId) -> None:
        """Read again what everybody connected may do, and apply it."""
        for follower in [each for each in self.followers if each.project == project]:
            follower.rights_changed(await rights_of(self._database, follower.person, project))
        for notebook, of in list(self._projects.items()):
            session = self._live.get(notebook)
            if of != project or session is None:
                continue
            people = {self._identities[c] for c in session.room.connections if c in self._identities}
            for identity in people:
                rights = await rights_of(self._database, identity, project)
                session.room.set_rights(identity.user, rights)
            await self._bar(session, project)

    async def _bar(self, session: NotebookSession, project: ProjectId) -> None:
        """Take what people who may not run any more have queued out of the queue."""
        barred = set()
        for user in session.people_waiting - {SERVER}:
            rights = await rights_of(self._database, Identity.of_account(user), project)
            if Capability.RUN not in rights:
                barred.add(user)
        if barred:
            session.tell(told.Barred(datetime.now(UTC), frozenset(barred)))

    async def credential_ended(self, credential: str) -> None:
        """Close every socket opened with this session or token."""
        for follower in [each for each in self.followers if each.person.credential == credential]:
            follower.rights_changed(NO_RIGHTS)
        for connection, identity in list(self._identities.items()):
            if identity.credential == credential:
                connection.close(CLOSE_SESSION, _SESSION_OVER)

    async def notebook_deleted(self, notebook: NotebookId) -> None:
        """Send everybody away and stop the kernel, also one that a run is just about to start."""
        opening = self._opening.get(notebook)
        if opening is not None:
            await asyncio.wait([opening])
        session = self._live.get(notebook)
        if session is not None:
            session.room.close_all(CLOSE_GONE, _DELETED)
            if session.state.kernel != "dead":
                self.post(session, SERVER, new_id(), commands.Stop(), _server_asks, lambda reply: None)

    async def project_deleted(self, project: ProjectId) -> None:
        """Do the same with every notebook of `project`."""
        if self.warm is not None:
            self.warm.forget(project)
        for follower in [each for each in self.followers if each.project == project]:
            follower.rights_changed(NO_RIGHTS)
        async with self._database.read() as reading:
            gone = await notebooks.ids(reading, project)
        for notebook in gone:
            await self.notebook_deleted(notebook)

    def announce(self, project: ProjectId, message: ServerMessage) -> None:
        """Tell everybody connected to a notebook of `project`."""
        for session in self._of_project(project):
            session.room.send_control(message)

    async def distributions_changed(self, project: ProjectId, changed: Sequence[ChangedModules]) -> None:
        """Have the kernels of `project` look again; tell people where a changed distribution is loaded."""
        for session in self._of_project(project):
            await session.look_again(changed)

    async def python_changed(self, project: ProjectId, before: str, after: str) -> None:
        """Tell people in `project` that every kernel there goes on with another Python than is installed."""
        for session in self._of_project(project):
            await session.advise([LoadedVersion("Python", before, after)])

    async def connections_changed(self, project: ProjectId) -> tuple[int, list[NotebookId]]:
        """Give the kernels of `project` the connections that are attached now.

        Returns how many have them, and the notebooks whose kernels must be started anew for it.
        """
        sessions = [each for each in self._of_project(project) if each.link is not None]
        missing = await asyncio.gather(*(each.surround() for each in sessions))
        late = [each.room.notebook for each, why in zip(sessions, missing, strict=True) if why is not None]
        return len(sessions) - len(late), late

    def _of_project(self, project: ProjectId) -> list[NotebookSession]:
        notebooks = [notebook for notebook, of in self._projects.items() if of == project]
        return [self._live[notebook] for notebook in notebooks if notebook in self._live]

    def look(self, notebook: NotebookId) -> Glance:
        """Return what is to be seen of a notebook without opening it."""
        session = self._live.get(notebook)
        if session is None:
            return Glance()
        found = {
            identity.user: User(identity.user, identity.name, identity.display_name, identity.color)
            for connection in session.room.connections
            if (identity := self._identities.get(connection)) is not None
        }
        state = session.state
        return Glance("none" if state.is_at_rest else state.kernel, list(found.values()))

    def opened(self, notebook: NotebookId) -> NotebookSession | None:
        """Return a notebook if it is open."""
        return self._live.get(notebook)

    def began(self, notebook: NotebookId) -> Mapping[str, datetime]:
        """Return when the cells that run in a notebook began, by the ids of their requests."""
        session = self._live.get(notebook)
        return session.began if session is not None else {}

    # Commands

    async def ask(
        self, notebook: NotebookId, identity: Identity, rights: Rights, command: AnyCommand
    ) -> dict[str, Any]:
        """Carry out a command that did not come by a socket; raises the session's `Refusal`."""
        session = await self.get(notebook)
        done: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()

        def answer(reply: Reply) -> None:
            if not done.done():
                done.set_result(reply)

        def asker() -> Asker:
            return Asker(identity.user, identity.display_name, rights)

        self.post(session, identity.user, new_id(), command, asker, answer)
        reply = await done
        if isinstance(reply, Refusal):
            raise reply
        return reply

    def _command(self, session: NotebookSession, connection: Connection, cmd: Cmd) -> None:
        def answer(reply: Reply) -> None:
            if isinstance(reply, Refusal):
                connection.send_control(Error(cmd.id, reply.code, str(reply)))
            else:
                connection.send_control(Result(cmd.id, reply))

        def asker() -> Asker:
            return Asker(connection.user, connection.person.name, connection.rights)

        try:
            if not 1 <= len(cmd.id) <= MAX_COMMAND_ID:
                raise Refusal("bad_command", f"A command's id has 1 to {MAX_COMMAND_ID} characters.")
            command = _parsed(cmd)
            if isinstance(command, commands.LookAtVariables):
                demand(command, asker())
                answer({})
                session.variables.look(connection, is_open=command.open)
                return
        except Refusal as refusal:
            answer(refusal)
            return
        self.post(session, connection.user, cmd.id, command, asker, answer)

    def run_of(self, session: NotebookSession, user: UserId, command_id: str) -> RunId:
        """Return the id of the run that a command of this id makes."""
        return run_id(session.room.notebook, user, command_id)

    def post(
        self,
        session: NotebookSession,
        user: UserId,
        command_id: str,
        command: AnyCommand,
        asker: Callable[[], Asker],
        answer: Answer,
    ) -> None:
        """Post a command with the texts as they are now: after every earlier keystroke of its socket.

        The session checks the right again when the command's turn has come.
        """
        try:
            demand(command, asker())
        except Refusal as refusal:
            answer(refusal)
            return
        cells = session.cells() if isinstance(command, (RunCells, Restart, commands.ClearOutputs)) else ()
        run = run_id(session.room.notebook, user, command_id)
        session.ask(Asked((user, command_id), command, asker, run, cells, answer))


def run_id(notebook: NotebookId, user: UserId, command_id: str) -> RunId:
    """Return the id of the run that a command makes: the same for the same command, for nobody else's."""
    digest = hashlib.sha256(f"{notebook}\n{user}\n{command_id}".encode()).hexdigest()
    return RunId(digest[:24])


def _parsed(cmd: Cmd) -> AnyCommand | commands.LookAtVariables:
    try:
        return commands.parse(cmd.op, cmd.args)
    except KeyError:
        known = ", ".join(sorted((*commands.COMMANDS, *commands.BESIDE)))
        raise Refusal("unknown_command", f"There is no such command here. There are: {known}.") from None
    except msgspec.ValidationError as failure:
        raise Refusal("bad_command", f"The command is not right: {str(failure)[:300]}.") from None


def _server_asks() -> Asker:
    return Asker(SERVER, "Commonbook", frozenset(Capability))
