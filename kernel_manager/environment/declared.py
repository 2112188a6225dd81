"""What a project's requirements.txt asks for: read with all it refers to, and edited line by line.

Edits leave every other byte as it was: comments, order, line ends, a missing last newline.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from packaging.utils import canonicalize_name

from kernel_manager.environment.lines import Kind, Line, LineRefused, read_line
from kernel_manager.environment.papers import PaperUnreadable, read_text

FILE, LOCK = "requirements.txt", "requirements.lock.txt"

_REFERENCE = re.compile(r"(-r|--requirement|-c|--constraint)[ =]?\s*(\S+)\s*(?:#.*)?$")
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


def with_line(text: str, line: str) -> str:
    """Add a line at the end, with the line ends that the file has."""
    end = "\r\n" if "\r\n" in text else "\n"
    if not text.strip("\ufeff"):
        return f"{text}{line}{end}"
    return f"{text}{line}{end}" if text.endswith("\n") else f"{text}{end}{line}"


def without(text: str, name: str) -> str:
    """Take out the line of a distribution."""
    return "".join(raw for raw in _logical(text) if _name_of(raw) != name)


def with_instead(text: str, name: str, line: str) -> str:
    """Put `line` where the line of a distribution is; its comment stays."""
    return "".join(_replaced(raw, line) if _name_of(raw) == name else raw for raw in _logical(text))


def _replaced(raw: str, line: str) -> str:
    end = raw[len(raw.rstrip("\r\n")) :]
    comment = re.search(r"\s+#.*$", raw.rstrip("\r\n"))
    return f"{line}{comment[0] if comment else ''}{end}"


@dataclass(frozen=True, slots=True)
class _Placed:
    place: str
    line: Line
    limits: bool


def _follow(
    text: str, folder: Path, place: str, problems: list[str], depth: int, *, limits: bool
) -> Iterator[_Placed]:
    for raw in _logical(text.removeprefix("\ufeff")):
        joined = re.sub(r"\\\r?\n", " ", raw).strip()
        reference = _REFERENCE.match(joined)
        try:
            if reference is None:
                line = read_line(joined)
                if line is not None:
                    yield _Placed(place, line, limits)
                continue
        except LineRefused as refused:
            problems.append(f"{place}: {refused}")
            continue
        name = str(PurePosixPath(place).parent / reference[2])
        parts = PurePosixPath(name).parts
        if depth >= _DEEPEST or ".." in parts or PurePosixPath(name).is_absolute() or "://" in reference[2]:
            problems.append(f"{place}: {joined[:60]!r} leads out of the project's files. Copy the file here.")
            continue
        try:
            beyond = _read_below(folder, parts)
        except PaperUnreadable as problem:
            problems.append(f"{place}: {problem}")
            continue
        constrains = limits or reference[1] in ("-c", "--constraint")
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


def _logical(text: str) -> list[str]:
    """Split into lines, each with its end; one that ends with a backslash goes on in the next."""
    lines: list[str] = []
    for raw in re.split(r"(?<=\n)", text):
        if not raw:
            continue
        if lines and re.search(r"\\\r?\n$", lines[-1]) and not lines[-1].lstrip().startswith("#"):
            lines[-1] += raw
        else:
            lines.append(raw)
    return lines


def _name_of(raw: str) -> str | None:
    """Return the distribution that a line of the file is about."""
    joined = re.sub(r"\\\r?\n", " ", raw).strip().removeprefix("\ufeff")
    try:
        line = read_line(joined)
    except LineRefused:
        return None
    return canonicalize_name(line.name) if line is not None and line.name is not None else None
