"""What a project's notebooks and files import, beside what it declares and what its kernels have.

Read from the living documents where somebody has them open, else from the stored ones; no kernel is needed,
and nothing is opened for it. Each text is parsed once, whatever notebook it stands in.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from collab.hub import Room
from collab.ids import NotebookId, ProjectId
from collab.kinds import is_python, special
from collab.source import CellView, SourceDocument
from collab.store import DocumentStore
from kernel_manager.imports.cells import CellImports, read_cell, read_source
from kernel_manager.imports.guess import Guess, Need, Source, guess
from kernel_manager.imports.installed import NotAnswered, ask, ask_folder, site_packages
from kernel_manager.imports.project import own_modules
from kernel_manager.imports.requirements import Declarations, Declared, declarations
from kernel_manager.imports.resolve import Evidence, Installed, resolve
from kernel_manager.imports.stdlib import PythonVersion
from kernel_manager.imports.unused import unused
from server.config import Config
from server.db.engine import Database
from server.db.repositories import sources as rows
from server.db.repositories.sources import TextHead
from server.environments.places import Places
from server.requirements.files import read_sources, read_text
from server.sessions.sources import Sources

FILE = "requirements.txt"
MOST_PARSED = 20_000
"""How many texts' answers are kept."""
MOST_ENVIRONMENTS = 100
"""How many environments' packages are kept."""

OVER_TABLES = "import duckdb"
"""What a cell of SQL over the kernel's tables needs, as the Python that would import it."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell's text, and where it stands."""

    id: str
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Environment:
    """What the project's kernels have; `installed` is null while no environment has been made."""

    python: PythonVersion | None
    installed: Installed | None


NO_ENVIRONMENT = Environment(None, None)


@dataclass(frozen=True, slots=True)
class Offer:
    """What somebody may be offered whose import failed."""

    state: Literal["missing", "installed", "own", "unknown"]
    distribution: str | None = None
    line: str | None = None
    evidence: Evidence | None = None
    confidence: float = 0.0
    looks_like: str | None = None


@dataclass(frozen=True, slots=True)
class Requirements:
    """A project's needs, sorted by what there is to do about them."""

    declared: Declarations
    has_file: bool
    missing: tuple[Need, ...]
    """Imported, and the kernels do not have it."""
    undeclared: tuple[Need, ...]
    """Imported and installed, and a new environment would not have it."""
    guess: Guess
    unused: tuple[Declared, ...]
    environment: Environment
    is_whole: bool
    """Whether all files were read."""


class RequirementsReader:
    """Answers for all projects of a server."""

    def __init__(
        self,
        config: Config,
        database: Database,
        store: DocumentStore,
        room_of: Callable[[NotebookId], Room | None],
    ) -> None:
        self._config = config
        self._places = Places(config)
        self._database = database
        self._sources = Sources(store, room_of, _code_cells)
        self._parsed: OrderedDict[tuple[str, bytes], CellImports] = OrderedDict()
        self._environments: dict[Path, tuple[int, Environment]] = {}

    async def read(self, project: ProjectId) -> Requirements:
        """Return what `project` needs now."""
        async with self._database.read() as session:
            heads = (await rows.heads(session, [project]))[project]
        cells = {head: await self._sources.cells(head) for head in heads}
        environment = await self._environment(project)
        folder = self._places.files(project)
        return await asyncio.to_thread(self._answer, cells, folder, environment)

    async def offer(self, project: ProjectId, name: str) -> Offer:
        """Return what `name` needs, whose import has just failed."""
        found = await self.read(project)
        top = _top(name)
        if top in map(_top, found.guess.local):
            return Offer("own")
        has = found.environment.installed or Installed()
        told = resolve(name, found.environment.python, has)
        if told.evidence is Evidence.STDLIB:
            return Offer("own")
        if told.evidence is Evidence.INSTALLED or told.distribution in has.versions:
            return Offer("installed", told.distribution)
        for need in (*found.missing, *found.guess.optional):  # in its author's words, where there are any
            is_meant = name in need.imports or told.distribution in (need.distribution, *need.alternatives)
            if is_meant and need.distribution not in has.versions:
                return Offer("missing", need.distribution, need.line, need.evidence, need.confidence)
        if told.distribution is None or not told.is_offered:
            return Offer("unknown", looks_like=told.looks_like)
        return Offer("missing", told.distribution, told.distribution, told.evidence, told.confidence)

    async def _environment(self, project: ProjectId) -> Environment:
        """Return what the project's kernels have; asked anew only when packages came or went."""
        own = self._config.kernel_python
        place = Path(own) if own else self._places.in_use(project).resolve()  # many may be in the same one
        watched = site_packages(place.parent.parent if own else place) or place
        try:
            changed_ns = watched.stat().st_mtime_ns
        except OSError:
            return NO_ENVIRONMENT
        kept = self._environments.get(place)
        if kept is not None and kept[0] == changed_ns:
            return kept[1]
        try:
            # An interpreter that the settings name is trusted; kernels may write to a project's.
            python, installed = await (ask(place) if own else ask_folder(place))
        except NotAnswered:
            return NO_ENVIRONMENT
        environment = Environment(python, installed)
        self._environments[place] = (changed_ns, environment)
        while len(self._environments) > MOST_ENVIRONMENTS:
            del self._environments[next(iter(self._environments))]
        return environment

    def _answer(
        self, cells: Mapping[TextHead, Sequence[Cell]], folder: Path, environment: Environment
    ) -> Requirements:
        files = read_sources(folder)
        sources = [
            Source(f"{head.name}.ipynb", self._parse("cell", cell.text), cell.id, cell.number)
            for head, found in cells.items()
            for cell in found
        ]
        sources += [Source(path, self._parse("file", text)) for path, text in files.texts.items()]
        declared = declarations(FILE, lambda path: read_text(folder, path))
        installed, python = environment.installed or Installed(), environment.python
        found = guess(sources, own_modules(files.texts), python, installed)
        imported = {each.name for source in sources for each in source.found.imports}
        names = declared.names
        has_it = {need.distribution for need in found.needs if need.evidence is Evidence.INSTALLED}
        has_it |= {need.distribution for need in found.needs if need.distribution in installed.versions}
        is_declared = {
            need.distribution for need in found.needs if {need.distribution, *need.alternatives} & names
        }
        lacking = has_it if environment.installed is not None else is_declared
        return Requirements(
            declared,
            read_text(folder, FILE) is not None,
            tuple(need for need in found.needs if need.distribution not in lacking),
            tuple(need for need in found.needs if need.distribution in has_it - is_declared),
            found,
            unused(declared.requirements, imported, python, installed),
            environment,
            files.is_whole,
        )

    def _parse(self, kind: str, text: str) -> CellImports:
        key = (kind, hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
        found = self._parsed.get(key)
        if found is None:
            found = self._parsed[key] = read_cell(text) if kind == "cell" else read_source(text)
            while len(self._parsed) > MOST_PARSED:
                self._parsed.popitem(last=False)
        return found


def _top(name: str) -> str:
    return name.partition(".")[0]


def _code_cells(source: SourceDocument) -> tuple[Cell, ...]:
    return tuple(
        Cell(cell.id, number, cell.source if is_python(cell) else OVER_TABLES)
        for number, cell in enumerate(source.cells(), 1)
        if is_python(cell) or _asks_tables(cell)
    )


def _asks_tables(cell: CellView) -> bool:
    found = special(cell.meta) if cell.type == "code" else None
    return found is not None and found.connection is None
