"""One requirement as it may be suggested: a name from the index with its specifier, and nothing else.

Everything that could run or fetch something else is refused with a sentence: options, addresses, paths,
variables, letters that only look like others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from kernel_manager.imports.lookalikes import look_alike
from kernel_manager.imports.table import curated, is_listed

LONGEST_LINE = 500
LONGEST_NAME = 100
MOST_BRACKETS = 20
"""More of them nest deeper than any marker, and a parser that calls itself would exhaust the stack."""

OPTION = re.compile(r"(^|\s)-{1,2}[A-Za-z]")
ADDRESS = re.compile(r"://|^(git|hg|svn|bzr)\+|^file:|\s@\s|^[^\[;]+@")
PATH = re.compile(r"^[.~/\\]|[/\\]|\.(whl|zip|tar|gz|tgz|bz2)$", re.IGNORECASE)


@dataclass(frozen=True)
class Wanted:
    """A requirement that names something on the index."""

    name: str
    """Canonical."""
    text: str
    """As it goes into a file."""
    has_version: bool
    """Whether it says which versions will do."""


@dataclass(frozen=True)
class Refused:
    """What is not taken as a requirement, and why."""

    text: str
    why: str


def read_wanted(text: str) -> Wanted | Refused:
    """Return a line as a requirement, or why it is none that may be suggested."""
    stripped = text.strip()
    why = _objection(stripped)
    if why is not None:
        return Refused(shown(text), why)
    try:
        requirement = parsed(stripped)
    except InvalidRequirement:
        return Refused(
            shown(text), "It is no requirement: write a name and, if you like, versions, as in pandas>=2."
        )
    if requirement.url is not None:
        return Refused(shown(text), "It names an address: add such a line by hand.")
    if len(requirement.name) > LONGEST_NAME:
        return Refused(shown(text), "The name is too long for any package.")
    return Wanted(canonicalize_name(requirement.name), stripped, bool(requirement.specifier))


def parsed(text: str) -> Requirement:
    """Return a requirement that may come from anybody; raises `InvalidRequirement`."""
    if text.count("(") > MOST_BRACKETS:
        raise InvalidRequirement("too many brackets")
    return Requirement(text)


def objection_to_name(name: str) -> str | None:
    """Return why a well-formed name is not offered: it is a dummy, a look-alike, or known to nobody."""
    if is_listed(name) and name not in curated().refused:
        return None
    return suspicion(name) or f"{name} is not a known package: add it by hand if you trust it."


def suspicion(name: str) -> str | None:
    """Return why a name, also one that somebody typed, is rather a slip or a trap than what is meant."""
    meant = curated().refused.get(name)
    if meant is not None:
        return f"{name} is not what it seems; {meant} is meant."
    near = None if is_listed(name) else look_alike(name.replace("-", "_"))
    return None if near is None else f"{name} is not a known package, and looks like {near}."


def suggestible(text: str) -> Wanted | Refused:
    """Return a line that may be offered with one click, or why not."""
    wanted = read_wanted(text)
    if isinstance(wanted, Refused):
        return wanted
    why = objection_to_name(wanted.name)
    return wanted if why is None else Refused(shown(text), why)


def pinned(name: str, version: str | None, style: str = "~=") -> str:
    """Return the line for a name at the version that is installed; `style` is `~=`, `==`, `>=` or empty.

    `~=` takes the first two numbers, so that repairs come in and the next change of the interface does not.
    """
    if version is None or not style:
        return name
    try:
        parsed = Version(version)
    except InvalidVersion:
        return name
    public = parsed.public
    if style != "~=" or parsed.is_devrelease:
        return f"{name}{'==' if style == '~=' else style}{public}"
    if len(parsed.release) < 2:
        return f"{name}>={public}"
    if parsed.is_prerelease:
        return f"{name}~={public}"
    epoch = f"{parsed.epoch}!" if parsed.epoch else ""
    return f"{name}~={epoch}{parsed.release[0]}.{parsed.release[1]}"


def shown(text: str) -> str:
    """Return a refused line as it can be shown: short, and without characters that hide."""
    visible = "".join(character if character.isprintable() else "�" for character in text[:120])
    return f"{visible}…" if len(text) > 120 else visible


def _objection(text: str) -> str | None:
    if not text:
        return "It is empty."
    if len(text) > LONGEST_LINE:
        return "It is too long for a requirement."
    if not text.isascii() or not text.isprintable():
        return "It holds characters that no package name has."
    if "$" in text or "`" in text:
        return "It holds a variable, which would be filled in when it is installed."
    if OPTION.search(text):
        return "It holds an option: requirements.txt takes those only by hand."
    if ADDRESS.search(text):
        return "It names an address: add such a line by hand."
    if PATH.search(text.partition(";")[0].strip()):
        return "It names a file or folder: add such a line by hand."
    return None
