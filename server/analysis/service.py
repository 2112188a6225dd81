"""One analyser for each project in which people write, with its Python; those not asked lately end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from collab.ids import NotebookId, ProjectId
from collab.kinds import is_python, special
from collab.source import SourceDocument
from kernel_manager.analysis import Analyst, Code, LintCell, Linter, NoAnswer, Seat, code_of, python_in
from kernel_manager.analysis.analyst import Kind
from server.environments.part import environments_of
from server.isolation import Sandboxes
from server.services import Services

IDLE_S = 600.0
MOST = 12
"""How many analysers live at once, at about 150 MB each; the one not asked for longest makes room."""

SWEEP_EVERY_S = 60.0

log = logging.getLogger("commonbook.analysis")


@dataclass(slots=True)
class _Checked:
    """The last check of a notebook: for many who look at the same text, ruff reads it once."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    cells: Sequence[LintCell] = ()
    answer: dict[str, Any] | None = None


@dataclass(slots=True)
class _Seated:
    analyst: Analyst
    linter: Linter
    asked_at: float
    checked: dict[NotebookId, _Checked] = field(default_factory=dict)


class Analysts:
    """The analysers of one server."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._seated: dict[ProjectId, _Seated] = {}
        self._seating = asyncio.Lock()
        self._is_closed = False
        self._sandboxes = Sandboxes(services.config)

    async def ask(
        self, kind: Kind, project: ProjectId, notebook: NotebookId, code: Code
    ) -> dict[str, Any] | None:
        """Return what the project's analyser answers; None where it cannot, or not in time."""
        try:
            seated = await self._take(project)
            at = code.position
            return await seated.analyst.ask(kind, code.text, at.line, at.column, name=f"notebook-{notebook}")
        except NoAnswer as failure:
            log.info("no answer about code", extra={"project": project, "reason": str(failure)})
            return None

    async def check(
        self, project: ProjectId, notebook: NotebookId, cells: Sequence[LintCell]
    ) -> dict[str, Any] | None:
        """Return the marks of a notebook's cells; None where there is no answer."""
        try:
            seated = await self._take(project)
            checked = seated.checked.setdefault(notebook, _Checked())
            async with checked.turn:
                if checked.answer is None or checked.cells != cells:
                    checked.answer = None
                    checked.answer, checked.cells = await seated.linter.check(cells), cells
                return checked.answer
        except NoAnswer as failure:
            log.info("no marks of code", extra={"project": project, "reason": str(failure)})
            return None

    async def format(self, project: ProjectId, cells: Sequence[LintCell]) -> dict[str, Any] | None:
        """Return cells as they look when formatted; None where there is no answer."""
        try:
            return await (await self._take(project)).linter.format(cells)
        except NoAnswer as failure:
            log.info("no formatted code", extra={"project": project, "reason": str(failure)})
            return None

    async def sweep_for_ever(self) -> None:
        """End the analysers that nobody asks any more, and all of them with the server."""
        try:
            while True:
                await asyncio.sleep(SWEEP_EVERY_S)
                now = asyncio.get_running_loop().time()
                for project, seated in list(self._seated.items()):
                    if now - seated.asked_at > IDLE_S:
                        await self._end(project)
        finally:
            self._is_closed = True
            await asyncio.gather(*(self._end(project) for project in list(self._seated)))

    async def _take(self, project: ProjectId) -> _Seated:
        """Return the analyser of a project, made if need be; raises `NoAnswer`."""
        async with self._seating:
            if self._is_closed:
                raise NoAnswer("the server is closing")
            return await self._seated_in(project)

    async def _seated_in(self, project: ProjectId) -> _Seated:
        seat = await self._seat(project)
        seated = self._seated.get(project)
        if seated is not None and seated.analyst.seat != seat:
            await self._end(project)
            seated = None
        now = asyncio.get_running_loop().time()
        if seated is None:
            while len(self._seated) >= MOST:
                await self._end(min(self._seated, key=lambda each: self._seated[each].asked_at))
            await asyncio.to_thread(seat.files.mkdir, parents=True, exist_ok=True)
            seated = self._seated[project] = _Seated(Analyst(seat), Linter(seat), now)
        seated.asked_at = now
        return seated

    async def _seat(self, project: ProjectId) -> Seat:
        config, places = self._services.config, environments_of(self._services).places
        state = places.in_use(project)
        python = config.kernel_python or str(state / "bin" / "python")
        files = places.files(project)
        standing, uid = await self._sandboxes.of(files)
        cache = config.data / "analysis" / project
        return Seat(python, files, cache, standing, uid, config.allow_unsandboxed)

    async def _end(self, project: ProjectId) -> None:
        seated = self._seated.pop(project, None)
        if seated is not None:
            await asyncio.gather(seated.analyst.close(), seated.linter.close())


def code_at(source: SourceDocument, cell: str, text: str, offset: int) -> Code:
    """Return a notebook's code down to `cell`, whose `text` is what whoever asks sees of it."""
    above: list[tuple[str, str]] = []
    for each in source.cells():
        if each.id == cell:
            break
        if is_python(each):
            above.append((each.id, each.source))
    return code_of(above, cell, text, offset)


def lint_cells(source: SourceDocument, seen: Mapping[str, str]) -> tuple[LintCell, ...]:
    """Return a notebook's Python cells, some with the text that whoever asks has `seen` in them.

    Of another kind of cell only the name counts under which it keeps its result.
    """
    cells: list[LintCell] = []
    given: list[str] = []
    for each in source.cells():
        if is_python(each):
            text = seen.get(each.id, each.source)
            cells.append(LintCell(each.id, text, python_in(text)))
        elif each.type == "code" and (name := getattr(special(each.meta), "result", None)):
            given.append(name)
    if cells and given:
        cells[0] = msgspec.structs.replace(cells[0], gives=given)
    return tuple(cells)
