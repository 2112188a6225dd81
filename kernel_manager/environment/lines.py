"""Tells harmless requirement lines from those that reach or run something. Pure: no files, no network.

A *plain* line names a distribution and which versions will do. A *direct* one names an address, a *local* one
a folder or file of the project, an *option* changes where packages come from: those three need somebody's
explicit word. Everything else is refused, with the line named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from kernel_manager.imports.lines import parsed

LONGEST = 200
MOST_SPECIFIERS = 10
MOST_LINES = 50

_HASH = re.compile(r"\s+--hash=sha(256|384|512):[0-9a-f]{64,128}(?=\s|$)")
_COMMENT = re.compile(r"(^|\s+)#.*$")
_OPTION = re.compile(r"(-i|--index-url|--extra-index-url|-f|--find-links)[ =]\s*(\S+)$|--pre$")
_EDITABLE = re.compile(r"(?:-e|--editable)[ =]\s*(\S+)$")
_ARCHIVE = re.compile(r"\.(whl|zip|tar|gz|tgz|bz2|xz)$", re.IGNORECASE)
"""What the installer takes for a file, also where it is written as a name."""
_LOCAL = re.compile(r"\./[A-Za-z0-9][A-Za-z0-9._/-]*(\[[A-Za-z0-9,._-]+\])?$|\.$")


class LineRefused(Exception):
    """A line that is never used here; the text names it and says what would do."""


class Kind(StrEnum):
    """What a line may bring about."""

    PLAIN = "plain"
    DIRECT = "direct"
    LOCAL = "local"
    OPTION = "option"


@dataclass(frozen=True, slots=True)
class Line:
    """One requirement. `name` is canonical, and null where the line does not say it."""

    text: str
    kind: Kind
    name: str | None = None

    @property
    def requirement(self) -> Requirement | None:
        """The parsed requirement of a plain line."""
        return Requirement(_HASH.sub("", self.text)) if self.kind is Kind.PLAIN else None


def read_line(text: str) -> Line | None:
    """Return what a line asks for, `None` for an empty one or a comment; raises `LineRefused`."""
    shown = text if len(text) <= 60 else f"{text[:57]}..."
    if any(ord(c) < 32 and c != "\t" for c in text.strip("\r\n")) or not text.isascii():
        raise LineRefused(f"{shown!r} holds characters that no package name has. Write it by hand.")
    line = _COMMENT.sub("", text).strip()
    if not line:
        return None
    if "${" in line:
        raise LineRefused(f"{shown!r} holds a variable, which is not filled in here. Write its value.")
    if len(_HASH.sub("", line)) > LONGEST:
        raise LineRefused(f"{shown!r} is longer than {LONGEST} characters. Name one package a line.")
    if (found := _special(line)) is not None:
        return found
    bare = _HASH.sub("", line).strip()
    try:
        requirement = parsed(bare)
    except InvalidRequirement:
        raise LineRefused(
            f"{shown!r} is no package name. Write a name, or a name with versions as in numpy>=2."
        ) from None
    if requirement.url is not None:
        _check_address(requirement.url, shown)
        return Line(bare, Kind.DIRECT, canonicalize_name(requirement.name))
    if _ARCHIVE.search(requirement.name):
        raise LineRefused(f"{shown!r} is a file: write ./{requirement.name}, from the project's folder.")
    if len(requirement.specifier) > MOST_SPECIFIERS:
        raise LineRefused(
            f"{shown!r} has more than {MOST_SPECIFIERS} version limits. Keep the ones you need."
        )
    return Line(line, Kind.PLAIN, canonicalize_name(requirement.name))


def _special(line: str) -> Line | None:
    """Return a line that is no requirement by name, where it is of a kind that is known."""
    option = _OPTION.match(line)
    if option is not None:
        if option[2] is not None:
            _check_address(option[2], line)
        return Line(line, Kind.OPTION)
    editable = _EDITABLE.match(line)
    target = editable[1] if editable else line
    if _LOCAL.match(target) and ".." not in target.split("/") and (editable or target != "."):
        return Line(line, Kind.LOCAL)
    if editable or line.startswith(("-", "/", ".", "~", "file:")):
        raise LineRefused(
            f"{line[:60]!r} is not used here. Name a package, or a file of the project as in ./name.whl."
        )
    if "://" in line.partition("@")[0] or re.match(r"(git|hg|svn|bzr)\+", line):
        _check_address(line, line[:60])
        return Line(line, Kind.DIRECT)
    return None


def _check_address(address: str, shown: str) -> None:
    """Refuse what is no https address of a public host: it would be fetched from where the server stands."""
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        raise LineRefused(f"{shown!r} holds an address that cannot be read.") from None
    if parts.scheme not in ("https", "git+https") or not host:
        raise LineRefused(f"{shown!r} needs an address that begins with https.")
    if parts.username is not None or parts.password is not None:
        raise LineRefused(f"{shown!r} holds a password, which everybody here would read. Take it out.")
    if "@-" in parts.path or ".." in parts.fragment:
        raise LineRefused(f"{shown!r} holds an option, or a folder outside what it fetches. Take it out.")
    try:
        ip_address(host)
    except ValueError:
        is_numeric = re.fullmatch(r"[0-9.]+|0x[0-9a-f]+", host) is not None
        if not is_numeric and "." in host and not host.endswith((".localhost", ".local", ".internal")):
            return
    raise LineRefused(f"{shown!r} points into the server's own network. Use a public host's name.")
