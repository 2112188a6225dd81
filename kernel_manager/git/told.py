"""What git tells, as values: its machine-readable answers taken apart. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
NOTHING = "0" * 40
LINK, FOLDER_OF_OTHERS = "120000", "160000"

_SHA = re.compile("[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Change:
    """A file that differs from the last commit: added, modified or deleted; `untracked` is new to git too."""

    path: str
    kind: str
    untracked: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a tree."""

    path: str
    mode: str
    sha: str
    size: int | None


@dataclass(frozen=True, slots=True)
class Differing:
    """A file that two trees hold differently. A sha of zeros stands for none."""

    path: str
    mode_before: str
    mode_after: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit. `at_s` counts seconds since 1970."""

    sha: str
    parents: tuple[str, ...]
    author: str
    email: str
    at_s: int
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Conflicted:
    """A file that git could not merge: the contents of base, mine and theirs, where there are such."""

    path: str
    mode: str
    base: str | None
    mine: str | None
    theirs: str | None


def is_sha(text: str) -> bool:
    """Whether `text` names a commit in full."""
    return _SHA.fullmatch(text) is not None


def read_status(raw: bytes) -> list[Change]:
    """Return what `git status --porcelain=v2 -z --no-renames` told, by path."""
    found = []
    for record in _records(raw):
        kind, _, rest = record.partition(" ")
        if kind == "?":
            found.append(Change(rest, "added", untracked=True))
        elif kind == "u":
            found.append(Change(rest.split(" ", 9)[-1], "modified"))
        elif kind == "1":
            parts = rest.split(" ", 7)
            states, in_head, in_work = parts[0], parts[2], parts[4]
            if in_head == "000000":
                how = "added"
            elif in_work == "000000" or states.endswith("D") or states == "D.":
                how = "deleted"
            else:
                how = "modified"
            if not (in_head == "000000" and in_work == "000000"):
                found.append(Change(parts[7], how, untracked=in_head == "000000"))
    merged: dict[str, Change] = {}
    for change in found:  # removed from the index alone, a file is told of twice
        twice = merged.get(change.path)
        merged[change.path] = Change(change.path, "modified") if twice is not None else change
    return sorted(merged.values(), key=lambda change: change.path)


def read_tree(raw: bytes) -> list[Entry]:
    """Return what `git ls-tree -r -l -z` told."""
    found = []
    for record in _records(raw):
        head, _, path = record.partition("\t")
        mode, _, sha, size = head.split()
        found.append(Entry(path, mode, sha, int(size) if size.isdigit() else None))
    return found


def read_differing(raw: bytes) -> list[Differing]:
    """Return what `git diff-tree -r -z --no-renames` told."""
    records = _records(raw)
    found = []
    for head, path in zip(records[::2], records[1::2], strict=True):
        mode_before, mode_after, before, after, _ = head.lstrip(":").split(" ")
        found.append(Differing(path, mode_before, mode_after, before, after))
    return found


LOG_FORMAT = "%H%x00%P%x00%an%x00%ae%x00%at%x00%s%x00%b%x00"


def read_log(raw: bytes) -> list[Commit]:
    """Return what `git log --format=LOG_FORMAT` told."""
    found = []
    words = raw.decode(errors="replace").split("\0")
    for start in range(0, len(words) - 7, 7):
        sha, parents, author, email, at, subject, body = words[start : start + 7]
        seconds = int(at) if at.isdecimal() else 0
        found.append(
            Commit(sha.strip(), tuple(parents.split()), author, email, seconds, subject, body.strip())
        )
    return found


def read_merge(raw: bytes) -> tuple[str, list[Conflicted]]:
    """Return the tree that `git merge-tree --write-tree -z` made, and what it could not merge."""
    tree, *records = _records(raw)
    found: dict[str, dict[str, str]] = {}
    modes: dict[str, str] = {}
    for record in records:
        head, tab, path = record.partition("\t")
        if not tab:
            break
        mode, sha, stage = head.split(" ")
        found.setdefault(path, {})[stage] = sha
        modes[path] = mode
    conflicts = [
        Conflicted(path, modes[path], stages.get("1"), stages.get("2"), stages.get("3"))
        for path, stages in found.items()
    ]
    return tree, conflicts


def read_blobs(raw: bytes, count: int) -> list[bytes | None]:
    """Return what `git cat-file --batch` told of `count` objects; None for one that is not there."""
    found: list[bytes | None] = []
    at = 0
    for _ in range(count):
        end = raw.index(b"\n", at)
        words = raw[at:end].split(b" ")
        at = end + 1
        if len(words) != 3:
            found.append(None)
            continue
        size = int(words[2])
        found.append(raw[at : at + size])
        at += size + 1
    return found


def index_lines(entries: Sequence[tuple[str, str, str]]) -> bytes:
    """Return mode, content and path of files as `git update-index -z --index-info` reads them."""
    lines = [f"{mode} {sha}\t{path}" for mode, sha, path in entries]
    return b"".join(line.encode("utf-8", "surrogateescape") + b"\0" for line in lines)


def paths(raw: bytes) -> list[str]:
    """Return names that end with a zero byte."""
    return _records(raw)


def _records(raw: bytes) -> list[str]:
    return [part.decode("utf-8", "surrogateescape") for part in raw.split(b"\0") if part]
