"""One request's view of a project: who asks, what they may, and the notebooks by Jupyter's names."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from collab import commands
from collab.commands import AnyCommand
from collab.ids import NotebookId, ProjectId
from collab.roles import Capability, Rights
from collab.session.decide import Refusal as SessionRefusal
from collab.source import CellContent
from server.db.repositories import git, notebooks
from server.identity import Identity
from server.jupyter_api.book import Book
from server.jupyter_api.names import Listed, with_paths
from server.names import clean_name
from server.refusals import Forbidden, NotFound, Refusal
from server.services import Services
from server.sessions.actor import NotebookSession
from server.sessions.registry import Sessions
from server.sessions.taps import Absent

BOOK = "jupyter"
"""Under which name the services keep the sessions that programs have made."""

_NO_KERNEL = ("none", "dead")


@dataclass
class Place:
    """A project, as one person's program sees it."""

    services: Services
    identity: Identity
    project: ProjectId
    rights: Rights
    listed: list[Listed] = field(default_factory=list)

    @property
    def sessions(self) -> Sessions:
        return cast(Sessions, self.services.sessions)

    @property
    def book(self) -> Book:
        book: Book = self.services.extras.setdefault(BOOK, Book())
        return book

    async def look(self) -> None:
        """Read which notebooks there are, once the kernels that an earlier server left are known."""
        await self.sessions.resumed.wait()
        async with self.services.database.read() as session:
            rows = await notebooks.named(session, self.project)
            files = await git.paths(session, self.project)
        self.listed = with_paths((Listed(*row) for row in rows), files)

    def by_kernel(self, kernel_id: str) -> Listed:
        """Return the notebook of a kernel, also of one that does not live; raises `NotFound`."""
        return self._find(lambda each: each.kernel == kernel_id)

    def by_path(self, path: str) -> Listed | None:
        """Return the notebook at a path, if there is one."""
        plain = path.strip("/")
        return next((each for each in self.listed if each.path == plain), None)

    def by_spec(self, spec: str) -> Listed:
        """Return the notebook of a kernelspec; raises `NotFound`."""
        return self._find(lambda each: each.spec == spec)

    def by_id(self, notebook: NotebookId) -> Listed:
        """Return one notebook; raises `NotFound`."""
        return self._find(lambda each: each.id == notebook)

    def living(self, notebook: Listed) -> NotebookSession | None:
        """Return the open notebook if it has a kernel."""
        session = self.sessions.opened(notebook.id)
        return session if session is not None and session.state.kernel not in _NO_KERNEL else None

    def demand(self, right: Capability) -> None:
        """Refuse somebody who lacks a right beside the one that the route asked for."""
        if right not in self.rights:
            raise Forbidden(f"This needs the right {right.value}; ask an admin of the project.")

    async def open(self, notebook: Listed) -> NotebookSession:
        """Return the open notebook."""
        try:
            return await self.sessions.get(notebook.id)
        except KeyError:
            raise NotFound from None

    async def ask(self, notebook: Listed, command: AnyCommand) -> dict[str, Any]:
        """Ask the session of a notebook for something, as its page does."""
        try:
            return await self.sessions.ask(notebook.id, self.identity, self.rights, command)
        except SessionRefusal as refusal:
            status = 403 if refusal.code == "forbidden" else 409
            raise Refusal(refusal.code, str(refusal), status) from None

    async def start(self, notebook: Listed) -> None:
        """Start the kernel of a notebook, where it has none."""
        await self.ask(notebook, commands.StartKernel())

    async def make(self, name: str) -> Listed:
        """Make a notebook with one empty cell."""
        self.demand(Capability.EDIT)
        person = self.identity.user
        async with self.services.database.begin() as writing:
            made = await notebooks.add(writing, self.project, clean_name(name), person, datetime.now(UTC))
        session = await self.sessions.get(made)
        with session.room.edit(person):
            session.room.source.populate([CellContent(f"{made}-1", "code", "")])
        await session.room.flush()
        await session.note_edit()
        await self.look()
        return self.by_id(made)

    async def scratch(self) -> Listed:
        """Return a notebook for a program that names none: an earlier one without a kernel, or a new one.

        It is only where the kernel is at home; people see there that it runs, and whose it is.
        """
        stem = f"Kernel of {self.identity.display_name}"
        names = {each.name for each in self.listed}
        for each in self.listed:
            if each.name.startswith(stem) and self.living(each) is None and self._is_blank(each):
                return each
        number = 1
        while (name := stem if number == 1 else f"{stem} {number}") in names:
            number += 1
        return await self.make(name)

    def _is_blank(self, notebook: Listed) -> bool:
        suffix = notebook.name.removeprefix(f"Kernel of {self.identity.display_name}").strip()
        return suffix == "" or suffix.isdecimal()

    def _find(self, is_meant: Any) -> Listed:
        found = next((each for each in self.listed if is_meant(each)), None)
        if found is None:
            raise NotFound
        return found

    def is_shared(self, notebook: Listed) -> bool:
        """Whether somebody else works with this notebook now, in a page or with a program."""
        session = self.sessions.opened(notebook.id)
        if session is None:
            return False
        people = {connection.user for connection in session.room.connections}
        left = [tap for tap in session.taps if isinstance(tap, Absent) and not tap.requests]
        people |= {tap.user for tap in session.taps if tap not in left and hasattr(tap, "user")}
        return bool(people - {self.identity.user})
