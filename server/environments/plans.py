"""What a wish to change an environment means for requirements.txt and for the resolver. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from kernel_manager.environment.declared import Declared
from kernel_manager.environment.lines import MOST_LINES, Kind, Line, LineRefused, read_line
from kernel_manager.imports.lines import Refused, pinned, suspicion
from kernel_manager.imports.requirements import Edit, add, apply, change, remove, replace
from server.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Install:
    """Add lines to requirements.txt and install what they ask for."""

    lines: tuple[Line, ...]
    confirmed: bool = False
    builds: bool = False


@dataclass(frozen=True, slots=True)
class Remove:
    """Take a package out of requirements.txt, and out of what the project began with."""

    name: str


@dataclass(frozen=True, slots=True)
class Upgrade:
    """Bring packages to the newest version that fits; none named means all."""

    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sync:
    """Install what requirements.txt says."""

    confirmed: bool = False
    builds: bool = False


@dataclass(frozen=True, slots=True)
class Reproduce:
    """Build the environment anew from requirements.lock.txt."""

    builds: bool = False


@dataclass(frozen=True, slots=True)
class RollBack:
    """Go back to an earlier state, `of` this title."""

    state: str
    of: str


@dataclass(frozen=True, slots=True)
class ChangePython:
    """Build the environment anew with another Python."""

    version: str


Wish = Install | Remove | Upgrade | Sync | Reproduce | RollBack | ChangePython

KINDS = {
    Install: "install",
    Remove: "remove",
    Upgrade: "upgrade",
    Sync: "sync",
    Reproduce: "reproduce",
    RollBack: "rollback",
    ChangePython: "python",
}


GO_BACK = "Go back to: "


def title(wish: Wish) -> str:
    """Return what is done, in the words of the page's lists."""
    match wish:
        case Install(lines):
            return f"Install {_some([line.text for line in lines])}"
        case Remove(name):
            return f"Remove {name}"
        case Upgrade(names):
            return f"Upgrade {_some(names)}" if names else "Upgrade everything"
        case Sync():
            return "Install what requirements.txt says"
        case Reproduce():
            return "Rebuild from requirements.lock.txt"
        case RollBack(_, of):  # a state that was gone back to itself is called as it was
            return of if of.startswith(GO_BACK) else f"{GO_BACK}{of}"
        case ChangePython(version):
            return f"Change to Python {version}"
        case _:
            assert_never(wish)


def lines_of(texts: Sequence[str], *, confirmed: bool) -> tuple[Line, ...]:
    """Return the lines that somebody wants installed; raises a `Refusal` that names the line."""
    lines: list[Line] = []
    for text in texts:
        if text.strip("\r\n") != text or "\n" in text or "\r" in text:
            raise Refusal("bad_line", f"{text[:60]!r} is more than one line. Name one package a line.")
        try:
            line = read_line(text)
        except LineRefused as refused:
            raise Refusal("bad_line", str(refused)) from None
        if line is not None and line not in lines:
            lines.append(line)
    if not lines:
        raise Refusal("nothing_asked", "There is nothing to install. Name a package.")
    if len(lines) > MOST_LINES:
        raise Refusal("too_many_lines", f"Install at most {MOST_LINES} packages at once.")
    named = [line.name for line in lines if line.name is not None]
    for name in named:
        if named.count(name) > 1:
            reason = f"{name} is named twice. Write its limits in one line, as {name}>=1,<2."
            raise Refusal("named_twice", reason)
    demand_word([line for line in lines if line.kind is not Kind.PLAIN], confirmed=confirmed)
    return tuple(lines)


def demand_word(risky: Sequence[Line], *, confirmed: bool) -> None:
    """Refuse lines that reach or run something, unless somebody has said by hand that they may."""
    if risky and not confirmed:
        named = _some([line.text[:80] for line in risky])
        why = "comes from an address, a file or a setting of its own, and may run code"
        reason = f"{named} {why}. Confirm it by hand."
        raise Refusal("confirm_first", reason, 409)


def demand_known(lines: Sequence[Line], *, confirmed: bool, known: Collection[str] = ()) -> None:
    """Refuse names that are traps or slips, unless somebody has said by hand that they are meant.

    `known` are those that the project has or asks for already.
    """
    if confirmed:
        return
    for line in lines:
        if line.kind is Kind.PLAIN and line.name is not None and line.name not in known:
            why = suspicion(line.name)
            if why is not None:
                raise Refusal("confirm_first", f"{why} Confirm it by hand.", 409)


def edited(wish: Wish, declared: Declared, versions: Mapping[str, str] | None) -> str:
    """Return the text of requirements.txt after `wish`.

    Without `versions` the lines are as loose as the resolver needs them; with
    them, a name without limits is held at the version that was found, unless
    its author has set limits.
    """
    text = declared.text
    match wish:
        case Install(lines):
            for line in lines:
                text = _with(text, declared, line, versions)
        case Remove(name):
            for edit in remove(text, name):
                text = apply(text, edit)
        case Upgrade(names):
            for line in declared.asked:
                if line.name is not None and (not names or line.name in names) and line.kind is Kind.PLAIN:
                    text = _lifted(text, line, versions)
        case Sync() | Reproduce() | RollBack() | ChangePython():
            pass
        case _:
            assert_never(wish)
    return text


def versions_in(lock: str) -> dict[str, str]:
    """Return the versions that a lock names."""
    found = re.findall(r"^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^\s;]+)", lock, re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


def held(requirement: Requirement, version: str) -> str:
    """Return a line that holds a requirement near `version`: `~=X.Y`."""
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    marker = f"; {requirement.marker}" if requirement.marker else ""
    return f"{pinned(requirement.name + extras, version)}{marker}"


def _with(text: str, declared: Declared, line: Line, versions: Mapping[str, str] | None) -> str:
    old = declared.line_of(line.name) if line.name is not None else None
    requirement = line.requirement
    is_bare = requirement is not None and not requirement.specifier
    if old is not None and is_bare and requirement is not None and not requirement.extras:
        return text
    new = line.text
    found = (versions or {}).get(line.name or "")
    if is_bare and requirement is not None and found is not None:
        new = held(requirement, found)
    return _made(text, add(text, new, by_hand=True) if old is None else replace(text, old.name or "", new))


def _made(text: str, edit: Edit | Refused | None) -> str:
    if isinstance(edit, Refused):
        raise Refusal("bad_line", f"{edit.text}: {edit.why}")
    return text if edit is None else apply(text, edit)


def _lifted(text: str, line: Line, versions: Mapping[str, str] | None) -> str:
    """Loosen the one limit that holds a package, then hold it at what was found; other limits stay."""
    requirement, name = line.requirement, line.name or ""
    if requirement is None or "--hash" in line.text:
        return text
    limits = list(requirement.specifier)
    if len(limits) != 1 or limits[0].operator not in ("~=", "==") or "*" in limits[0].version:
        return text
    if versions is None or name not in versions:
        return _made(text, change(text, name, f">={limits[0].version}"))
    if limits[0].operator == "==":
        return _made(text, change(text, name, f"=={versions[name]}"))
    return _made(text, change(text, name, pinned("", versions[name])))


def _some(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{', '.join(names[:3])} and {len(names) - 3} more"
