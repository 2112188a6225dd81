"""Looks for a pattern in texts and files, in a process of its own: no regular expression holds up the server.

Reads one request as JSON from its input, then writes a JSON line for each hit, and one for the end. Whoever
asked ends the process when its time is over; what it had found by then stands.
"""

from __future__ import annotations

import os
import re
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from kernel_manager.imports.encoded import decode
from kernel_manager.imports.sources import SKIPPED
from server.files.beneath import read_plain, walk
from server.files.paths import address_of, as_text

LARGEST_BYTES: Final = 2 * 1024 * 1024
MOST_BYTES: Final = 512 * 1024 * 1024
MOST_ENTRIES: Final = 200_000
MOST_HITS: Final = 500
MOST_IN_ONE: Final = 20
AROUND: Final = 120
"""Characters shown before a hit and after it; a hit itself is shown up to as many."""
MEMORY_BYTES: Final = 1024**3


class Cell(msgspec.Struct, frozen=True):
    """A cell of a notebook; `number` counts from 1."""

    notebook: str
    cell: str
    number: int
    text: str


class Place(msgspec.Struct, frozen=True):
    """A project: its cells, and the folder of its files."""

    project: str
    folder: str
    cells: list[Cell]


class Request(msgspec.Struct, frozen=True):
    """What to look for, and where."""

    query: str
    is_regex: bool
    match_case: bool
    places: list[Place]


class Hit(msgspec.Struct, frozen=True, tag="hit"):
    """A line with the pattern in it: of a file (`address`, `path`), or of a cell. `line` counts from 1."""

    project: str
    line: int
    before: str
    hit: str
    after: str
    path: str | None = None
    address: str | None = None
    notebook: str | None = None
    cell: str | None = None
    number: int | None = None


class End(msgspec.Struct, frozen=True, tag="end"):
    """The search is over: why before its end, and how many files were too large to be read."""

    cut: str | None
    too_large: int


class Bad(msgspec.Struct, frozen=True, tag="bad"):
    """The pattern cannot be read."""

    reason: str


Told = Hit | End | Bad


def pattern_of(request: Request) -> re.Pattern[str]:
    """Return what to look for in a line; raises `re.error`."""
    text = request.query if request.is_regex else re.escape(request.query)
    return re.compile(text, 0 if request.match_case else re.IGNORECASE)


def lines_with(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, str, str, str]]:
    """Return the lines that have it, each with its number and its first hit, as text before, hit, after."""
    for number, line in enumerate(text.splitlines(), 1):
        for found in pattern.finditer(line):
            if found.end() > found.start():
                before = line[max(0, found.start() - AROUND) : found.start()]
                after = line[found.end() : found.end() + AROUND]
                yield number, before.lstrip(), found[0][:AROUND], after
                break


class Search:
    """One search."""

    def __init__(self, request: Request) -> None:
        self._pattern = pattern_of(request)
        self._places = request.places
        self._hits = self._entries = self._bytes = self._too_large = 0
        self._cut: str | None = None

    def run(self) -> Iterator[Told]:
        """Give each hit as it is found: first the cells of all projects, then the files."""
        yield from self._in_cells()
        for place in self._places:
            yield from self._in_files(place)
        yield End(self._cut, self._too_large)

    def _in_cells(self) -> Iterator[Hit]:
        for place in self._places:
            for cell in place.cells:
                for number, before, hit, after in self._first(cell.text):
                    yield Hit(
                        place.project,
                        number,
                        before,
                        hit,
                        after,
                        notebook=cell.notebook,
                        cell=cell.cell,
                        number=cell.number,
                    )

    def _in_files(self, place: Place) -> Iterator[Hit]:
        for inside in walk(Path(place.folder)):
            if self._cut is not None:
                return
            inside.folders[:] = [n for n in inside.folders if n not in SKIPPED and not n.startswith(".")]
            if "pyvenv.cfg" in inside.others:
                inside.folders.clear()
                continue
            for name in inside.others:
                text = self._text(name, inside.descriptor)
                path = (*inside.path, name)
                for number, before, hit, after in self._first(text) if text is not None else ():
                    yield Hit(
                        place.project,
                        number,
                        before,
                        hit,
                        after,
                        path=as_text(path),
                        address=address_of(path),
                    )

    def _text(self, name: str, folder: int) -> str | None:
        self._entries += 1
        if self._entries > MOST_ENTRIES or self._bytes > MOST_BYTES:
            self._cut = "size"
            return None
        raw = read_plain(name, folder, LARGEST_BYTES)
        if raw is None:
            self._too_large += _is_large(name, folder)
            return None
        self._bytes += len(raw)
        if raw.startswith(b"%PDF-"):
            return None
        text = decode(raw).text
        return None if "\0" in text else text

    def _first(self, text: str) -> Iterator[tuple[int, str, str, str]]:
        for count, found in enumerate(lines_with(self._pattern, text)):
            if self._hits >= MOST_HITS:
                self._cut = "hits"
                return
            if count >= MOST_IN_ONE:
                return
            self._hits += 1
            yield found


def _is_large(name: str, folder: int) -> bool:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_size > LARGEST_BYTES
    except OSError:
        return False


def main() -> None:
    """Answer one request."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=Request)
    out = sys.stdout.buffer
    try:
        search = Search(request)
    except (re.error, RecursionError, OverflowError) as failure:
        out.write(msgspec.json.encode(Bad(str(failure))) + b"\n")
        return
    for told in search.run():
        out.write(msgspec.json.encode(told) + b"\n")
        out.flush()


if __name__ == "__main__":
    main()
