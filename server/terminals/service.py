"""The terminals of all projects: opened, listed, ended when nobody needs them any more."""

from __future__ import annotations

import asyncio
import logging
import shutil
from pathlib import Path
from typing import cast

from collab.ids import ProjectId, UserId, new_id
from kernel_manager.engines.base import EngineRefused
from kernel_manager.environment import EnvironmentFailed
from kernel_manager.hardware import HardwareClass
from kernel_manager.terminals import shell as shells
from server.connections.reach import opened_networks
from server.environments.part import environments_of
from server.identity import Identity
from server.isolation import Sandboxes
from server.refusals import NotFound, Refusal
from server.services import Services
from server.sessions.registry import Sessions
from server.terminals.terminal import Terminal

MOST_IN_PROJECT = 8
MOST_OF_PERSON = 4
MOST = 100
IDLE_S = 3600.0
SWEEP_EVERY_S = 30.0

MIB = 1024 * 1024
FOLDER = "terminals"

log = logging.getLogger("commonbook.terminals")


class Terminals:
    """All terminals of one server. They live in its process, and end with it."""

    def __init__(self, services: Services) -> None:
        self.idle_s = IDLE_S
        self._services = services
        self._sandboxes = Sandboxes(services.config)
        self._living: dict[str, Terminal] = {}
        self._opening = 0

    def of(self, project: ProjectId, user: UserId) -> list[Terminal]:
        """Return those that a person may open, the oldest first."""
        return [each for each in self._living.values() if each.project == project and each.may_open(user)]

    def get(self, project: ProjectId, user: UserId, terminal_id: str) -> Terminal:
        """Return one of them; raises `NotFound`, also for somebody else's private one."""
        found = self._living.get(terminal_id)
        if found is None or found.project != project or not found.may_open(user):
            raise NotFound
        return found

    async def open(self, project: ProjectId, by: Identity, *, is_shared: bool) -> Terminal:
        """Start a terminal; raises a `Refusal` with what stands in the way."""
        self._demand_room(project, by.user)
        self._opening += 1
        try:
            desk = await self._desk(project, by.user)
            try:
                shell = shells.start(await asyncio.to_thread(shells.prepare, desk), 80, 24)
            except shells.ShellRefused as refused:
                shutil.rmtree(desk.own, ignore_errors=True)
                raise Refusal("no_terminal", str(refused), 409) from None
        finally:
            self._opening -= 1
        taken = {each.number for each in self._living.values() if each.project == project}
        number = next(n for n in range(1, len(taken) + 2) if n not in taken)
        made = Terminal(
            desk.own.name, number, project, by, shell, self._services.tasks, self._ended, is_shared=is_shared
        )
        self._living[made.id] = made
        self._sessions.followers.add(made)
        log.info("terminal opened", extra={"project": project, "terminal": made.id, "by": by.user})
        return made

    async def sweep_for_ever(self) -> None:
        """End what nobody has used for long; all of them when the server stops."""
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
        try:
            while True:
                await asyncio.sleep(SWEEP_EVERY_S)
                self.sweep()
        finally:
            for each in list(self._living.values()):
                each.end("The server stops.")
                each.bury()

    def sweep(self) -> None:
        """End terminals in which nobody has typed and nothing has run for long."""
        for each in list(self._living.values()):
            if each.idle_s() > self.idle_s:
                each.end("Nobody used this terminal for an hour.")

    async def are_sandboxed(self) -> bool:
        """Whether terminals are kept apart from the machine here."""
        standing, _ = await self._sandboxes.of(self._folder)
        return standing.works

    def _demand_room(self, project: ProjectId, user: UserId) -> None:
        here = [each for each in self._living.values() if each.project == project]
        own = [each for each in here if each.person.user == user]
        if len(here) >= MOST_IN_PROJECT or len(own) >= MOST_OF_PERSON:
            reason = (
                f"A project has at most {MOST_IN_PROJECT} terminals, one person {MOST_OF_PERSON} of them. "
                "Close one first."
            )
            raise Refusal("too_many_terminals", reason, 409)
        if len(self._living) + self._opening >= MOST:
            raise Refusal("too_many_terminals", "This server has no room for more terminals now.", 409)

    async def _desk(self, project: ProjectId, user: UserId) -> shells.Desk:
        config, environments = self._services.config, environments_of(self._services)
        files = environments.places.files(project)
        await asyncio.to_thread(files.mkdir, parents=True, exist_ok=True)
        standing, uid = await self._sandboxes.of(files)
        hardware = await self._hardware(project, user)
        try:
            python = config.kernel_python or await environments.python_of(project, lambda _: None)
        except EnvironmentFailed as failure:
            reason = f"The project's Python environment could not be made: {failure}"
            raise Refusal("no_environment", reason, 409) from None
        own = self._folder / new_id()
        await asyncio.to_thread(own.mkdir, mode=0o700, parents=True)
        memory, disk = (hardware.memory_mib, hardware.disk_mib) if hardware else (None, None)
        return shells.Desk(
            python,
            files,
            own,
            standing,
            uid,
            config.allow_unsandboxed,
            cpus=hardware.cpus if hardware else None,
            memory_bytes=memory * MIB if memory else None,
            processes=hardware.processes if hardware else None,
            disk_bytes=disk * MIB if disk else None,
            internet=hardware.internet if hardware else False,
            opened_networks=await opened_networks(config.private_hosts),
        )

    async def _hardware(self, project: ProjectId, user: UserId) -> HardwareClass | None:
        """Return the class of the project's next kernel: a terminal may use as much as one of those."""
        machines = self._sessions.machines
        try:
            return await machines.class_of((await machines.choice(project, user)).id, project)
        except EngineRefused:
            return None

    def _ended(self, terminal: Terminal) -> None:
        self._living.pop(terminal.id, None)
        self._sessions.followers.discard(terminal)
        log.info("terminal ended", extra={"project": terminal.project, "terminal": terminal.id})
        if not self._services.tasks.is_closing:
            self._services.tasks.start("end a terminal", self._bury(terminal))

    async def _bury(self, terminal: Terminal) -> None:
        await asyncio.to_thread(terminal.bury)
        await asyncio.to_thread(shutil.rmtree, self._folder / terminal.id, ignore_errors=True)

    @property
    def _folder(self) -> Path:
        return self._services.config.data / FOLDER

    @property
    def _sessions(self) -> Sessions:
        return cast(Sessions, self._services.sessions)
