"""What a project's requirements.txt asks for, read with all it refers to, as the installer may have it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from kernel_manager.environment.lines import Kind, Line, LineRefused, read_line
from kernel_manager.environment.papers import PaperUnreadable, read_text
from kernel_manager.imports.requirements import read_lines

FILE, LOCK = "requirements.txt", "requirements.lock.txt"

_DEEPEST = 5


@dataclass(frozen=True, slots=True)
class Declared:
    """The lines of requirements.txt. `asked` are those of the file itself, `all` also what it refers to."""

    text: str
    asked: tuple[Line, ...] = ()
    all: tuple[Line, ...] = ()
    constraints: tuple[Line, ...] = ()
    problems: tuple[str, ...] = ()

    def line_of(self, name: str) -> Line | None:
        """Return the file's own line for a distribution."""
        return next((line for line in self.asked if line.name == name), None)

    @property
    def risky(self) -> list[Line]:
        """The lines that need somebody's explicit word."""
        return [line for line in (*self.all, *self.constraints) if line.kind is not Kind.PLAIN]


def read_declared(folder: Path) -> Declared:
    """Read the project's requirements.txt below `folder`; what cannot be used is told in `problems`."""
    try:
        return parse(read_text(folder, FILE) or "", folder)
    except PaperUnreadable as problem:
        return Declared("", problems=(str(problem),))


def parse(text: str, folder: Path) -> Declared:
    """Read `text` as the requirements.txt of `folder`."""
    problems: list[str] = []
    found = list(_follow(text, folder, FILE, problems, 0, limits=False))
    return Declared(
        text,
        asked=tuple(each.line for each in found if each.place == FILE),
        all=tuple(each.line for each in found if not each.limits),
        constraints=tuple(each.line for each in found if each.limits),
        problems=tuple(problems),
    )


@dataclass(frozen=True, slots=True)
class _Placed:
    place: str
    line: Line
    limits: bool


def _follow(
    text: str, folder: Path, place: str, problems: list[str], depth: int, *, limits: bool
) -> Iterator[_Placed]:
    for found in read_lines(text):
        try:
            if found.includes is None:
                line = read_line(found.bare)
                if line is not None:
                    yield _Placed(place, line, limits)
                continue
        except LineRefused as refused:
            problems.append(f"{place}: {refused}")
            continue
        name = str(PurePosixPath(place).parent / found.includes)
        parts = PurePosixPath(name).parts
        if depth >= _DEEPEST or ".." in parts or PurePosixPath(name).is_absolute() or "://" in found.includes:
            words = f"{found.bare[:60]!r} leads out of the project's files. Copy the file here."
            problems.append(f"{place}: {words}")
            continue
        try:
            beyond = _read_below(folder, parts)
        except PaperUnreadable as problem:
            problems.append(f"{place}: {problem}")
            continue
        constrains = limits or found.is_constraint
        yield from _follow(beyond, folder, name, problems, depth + 1, limits=constrains)


def _read_below(folder: Path, parts: tuple[str, ...]) -> str:
    """Read a file that requirements.txt refers to; no folder on the way may be a link."""
    at = folder
    for part in parts[:-1]:
        at = at / part
        if at.is_symlink():
            raise PaperUnreadable(f"{'/'.join(parts)} is behind a link. Copy the file into the project.")
    found = read_text(at, parts[-1])
    if found is None:
        raise PaperUnreadable(f"there is no file {'/'.join(parts)}.")
    return found
