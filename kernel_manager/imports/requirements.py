"""A requirements.txt as lines: what it declares, and edits that leave every other character as it was.

An edit is a place and two texts, so it can be made in a file or as a transaction in a shared document. What
may be suggested and what may be installed is decided elsewhere; here a line is only found and put.
"""

from __future__ import annotations

import itertools
import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from kernel_manager.imports.lines import Refused, Wanted, parsed, read_wanted, shown

MOST_FILES = 50
"""How many files are followed through `-r` and `-c`."""
MOST_LINES = 5_000
"""How many lines are read of all these files."""

BOM = "\ufeff"
"""Where a file begins with it; it belongs to no name."""

WITHOUT_HASH = "The file lists hashes, and pip takes no line without one: add it where the hashes are made."

TRAILING = re.compile(r"([ \t]+#[^\r\n]*)?[\r\n]*$")
"""A comment behind a requirement, and the line's end."""

HIDDEN_END = re.compile("[\x0b\x0c\x1c-\x1e\x85\u2028\u2029\0]")
COMMENT = re.compile(r"(^|\s)#.*")
LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
HASH = re.compile(r"\s--hash[=\s]")
INCLUDE = re.compile(r"(?P<option>-r|--requirement|-c|--constraint)(?:\s*=\s*|\s+|(?<=-[rc]))(?P<path>\S+)$")
PER_REQUIREMENT = re.compile(r"(?<=\S)\s+--(hash|global-option|config-settings|install-option)\b.*")
NAMED = re.compile(
    r"(?P<head>\ufeff?[ \t]*[A-Za-z0-9][A-Za-z0-9._-]*[ \t]*(?:\[[^\]]*\])?)(?P<versions>[^;#@\\\r\n]*)"
)
DIRECT = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*(\[[^\]]*\])?\s*@|.*#egg=(?P<egg>[A-Za-z0-9._-]+)"
)


@dataclass(frozen=True)
class Line:
    """One logical line: with its continuations, its comment and its line end."""

    text: str
    at: int
    """The offset of its first character."""
    number: int
    requirement: Requirement | None = None
    name: str | None = None
    """Canonical; also of direct references, which have no `requirement` that may be suggested."""
    includes: str | None = None
    """The path after `-r` or `-c`."""
    is_constraint: bool = False
    has_hashes: bool = False
    objection: str | None = None
    """Why it needs a person's hand: an option, an address, a path."""

    @property
    def bare(self) -> str:
        """The line without comments, continuations and spaces around it, as pip reads it."""
        return _bare(self.text)


@dataclass(frozen=True)
class Edit:
    """Replace `removed` at `at` by `inserted`."""

    at: int
    removed: str
    inserted: str


@dataclass(frozen=True)
class Declared:
    """One requirement that a project declares."""

    name: str
    text: str
    file: str
    line: int


@dataclass(frozen=True)
class Declarations:
    """What a requirements.txt and the files it includes declare."""

    requirements: tuple[Declared, ...]
    objections: tuple[tuple[str, int, str], ...]
    """File, line and why, for what is not taken as it stands."""

    @property
    def names(self) -> frozenset[str]:
        return frozenset(each.name for each in self.requirements)


def apply(text: str, edit: Edit) -> str:
    """Return the text after the edit. Raises `ValueError` where the text is another by now."""
    end = edit.at + len(edit.removed)
    if text[edit.at : end] != edit.removed:
        raise ValueError("The file has changed since the edit was made.")
    return text[: edit.at] + edit.inserted + text[end:]


def read_lines(text: str) -> list[Line]:
    """Return the logical lines of a file; together they are the text again."""
    return list(_lines(text))


def add(text: str, line: str, *, by_hand: bool = False) -> Edit | Refused | None:
    """Return the edit that adds a line at the end; None where the file has it already.

    Only what may be suggested is taken, unless somebody has vouched for it `by_hand`. A file that lists
    hashes takes no line without them, and is refused.
    """
    wanted = read_wanted(line)
    if isinstance(wanted, Refused) and not by_hand:
        return wanted
    new = _read(line, 0, 1)
    lines = read_lines(text)
    if any(each.name == new.name if new.name is not None else each.bare == new.bare for each in lines):
        return None
    if any(each.has_hashes for each in lines) and not new.has_hashes:
        return Refused(new.bare, WITHOUT_HASH)
    end = _line_end(text)
    before = "" if not text.removeprefix(BOM) or text.endswith(("\n", "\r")) else end
    after = end if not before or _is_terminated(text) else ""
    if lines and _is_open(lines[-1].text):
        before += end
    return Edit(len(text), "", f"{before}{line.strip()}{after}")


def replace(text: str, name: str, line: str) -> Edit | Refused | None:
    """Return the edit that puts `line` where a declared name stands; its comment and line end stay.

    None where the file does not declare it.
    """
    old = _declared(text, name)
    if old is None:
        return None
    if old.has_hashes and not _read(line, 0, 1).has_hashes:
        return Refused(shown(line), WITHOUT_HASH)
    at = old.at + (len(BOM) if old.text.startswith(BOM) else 0)
    removed = old.text.removeprefix(BOM)
    kept = TRAILING.search(removed)
    assert kept is not None  # it may be empty
    return Edit(at, removed[: kept.start()], line)


def remove(text: str, name: str) -> list[Edit]:
    """Return the edits, the last first, that take a requirement and its continuation lines out."""
    wanted = canonicalize_name(name)
    return [Edit(line.at, line.text, "") for line in reversed(read_lines(text)) if line.name == wanted]


def change(text: str, name: str, versions: str) -> Edit | Refused | None:
    """Return the edit that gives a declared name other versions; extras, marker and comment stay.

    None where the file does not declare it or already says so.
    """
    wanted, line = canonicalize_name(name), _declared(text, name)
    if line is None:
        return None
    if line.requirement is None:
        return Refused(shown(line.text), "The line names an address: change it by hand.")
    if line.has_hashes:
        return Refused(
            shown(line.text), "The line lists hashes of its versions: change it where they are made."
        )
    checked = read_wanted(f"{wanted}{versions}")
    if isinstance(checked, Refused):
        return checked
    found = NAMED.match(line.text)
    assert found is not None
    old = found["versions"]
    kept = old[len(old.rstrip()) :]
    if old.strip() == versions.strip():
        return None
    return Edit(line.at + found.end("head"), old, f"{versions.strip()}{kept}")


def _declared(text: str, name: str) -> Line | None:
    wanted = canonicalize_name(name)
    return next((each for each in read_lines(text) if each.name == wanted), None)


def declarations(path: str, read: Callable[[str], str | None]) -> Declarations:
    """Return what the file at `path` declares, with what it includes.

    Paths are relative to the project; `read` gives a file's text, or None. What lies outside is not read.
    """
    found: list[Declared] = []
    objections: list[tuple[str, int, str]] = []
    waiting = [(path, False)]
    seen: set[str] = set()
    left = MOST_LINES
    while waiting and len(seen) < MOST_FILES and left > 0:
        file, is_constraint = waiting.pop(0)
        text = read(file) if file not in seen else None
        seen.add(file)
        for line in itertools.islice(_lines(text or ""), left + 1):
            left -= 1
            if left < 0:
                objections.append((file, line.number, f"Only {MOST_LINES:,} lines are read."))
                break
            if line.includes is not None:
                inside = inside_project(posixpath.join(posixpath.dirname(file), line.includes))
                if inside is None:
                    objections.append(
                        (file, line.number, f"{shown(line.includes)} lies outside the project.")
                    )
                else:
                    waiting.append((inside, is_constraint or line.is_constraint))
            elif line.name is not None and not is_constraint:
                found.append(Declared(line.name, _bare(line.text), file, line.number))
            if line.objection is not None:
                objections.append((file, line.number, line.objection))
    return Declarations(tuple(found), tuple(objections))


def inside_project(path: str) -> str | None:
    """Return a path in its shortest form, or None where it leaves the project."""
    if "\\" in path or "\0" in path or "://" in path:
        return None
    shortest = posixpath.normpath(path)
    return None if shortest.startswith(("/", "..")) else shortest


def _lines(text: str) -> Iterator[Line]:
    parts: list[str] = []
    at = number = 0
    begin_number = 1
    for physical in LINE.findall(text):
        number += 1
        if not parts:
            begin_number = number
        parts.append(physical)
        if _is_open(physical) and not physical.lstrip().startswith("#"):
            continue
        whole = "".join(parts)
        yield _read(whole, at, begin_number)
        at += len(whole)
        parts = []
    if parts:
        yield _read("".join(parts), at, begin_number)


def _read(text: str, at: int, number: int) -> Line:
    bare = _bare(text)
    if HIDDEN_END.search(text):
        return Line(text, at, number, objection="It holds a character that pip takes for the end of a line.")
    has_hashes = HASH.search(f" {bare}") is not None
    if not bare:
        return Line(text, at, number)
    include = INCLUDE.match(bare)
    if include is not None:
        return Line(
            text,
            at,
            number,
            includes=include["path"],
            is_constraint=include["option"].endswith(("c", "constraint")),
        )
    plain = PER_REQUIREMENT.sub("", bare) if has_hashes else bare
    wanted = read_wanted(plain)
    if isinstance(wanted, Wanted):
        return Line(text, at, number, Requirement(plain), wanted.name, has_hashes=has_hashes)
    direct = DIRECT.match(bare)
    name = direct and (direct["name"] or direct["egg"])
    if name is None:
        try:
            name = parsed(PER_REQUIREMENT.sub("", bare)).name
        except InvalidRequirement:
            name = None
    return Line(
        text, at, number, None, name and canonicalize_name(name), has_hashes=has_hashes, objection=wanted.why
    )


def _bare(text: str) -> str:
    joined = re.sub(r"\\(\r\n|\r|\n|$)", "", text.removeprefix(BOM))
    return COMMENT.sub("", joined).strip()


def _is_open(text: str) -> bool:
    return text.rstrip("\r\n").endswith("\\")


def _is_terminated(text: str) -> bool:
    return text.endswith(("\n", "\r"))


def _line_end(text: str) -> str:
    found = re.search(r"\r\n|\r|\n", text)
    return found[0] if found else "\n"
