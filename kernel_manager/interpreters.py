"""Finds what of the disk an interpreter needs to run, so that a sandbox can show it and nothing else."""

from __future__ import annotations

import os

SYSTEM = ("/usr/", "/bin/", "/lib/", "/lib64/", "/sbin/")
"""Where nothing needs to be added: every sandbox has the system's programs."""


class InterpreterMissing(Exception):
    """There is no such interpreter; the text is for the person who wanted it."""


class Needs:
    """The folders to show read-only, and the symbolic links to lay out as (place, target)."""

    __slots__ = ("links", "roots")

    def __init__(self, roots: list[str], links: list[tuple[str, str]]) -> None:
        self.roots = roots
        self.links = links


def needs_of(python: str) -> Needs:
    """Return what `python` needs: its environment, and the installation that the environment was made from.

    Follows every symbolic link on the way: an environment's interpreter is a link to one in an installation,
    which may be called by a shorter name that is a link too. Raises `InterpreterMissing`.
    """
    roots: list[str] = []
    links: list[tuple[str, str]] = []
    path = os.path.abspath(python)
    if os.path.exists(os.path.join(_prefix(path), "pyvenv.cfg")):
        _add(_prefix(path), roots, links)
        home = _home(os.path.join(_prefix(path), "pyvenv.cfg"))
        if home is not None:
            _add(os.path.dirname(home), roots, links)
    for _ in range(40):
        if not os.path.islink(path):
            break
        path = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path)))
        if _is_installation(_prefix(path)):
            _add(_prefix(path), roots, links)
    if not roots and _is_installation(_prefix(path)):
        _add(_prefix(path), roots, links)
    if not os.path.isfile(path):
        raise InterpreterMissing(f"There is no Python at {python}.")
    if not roots and not path.startswith(SYSTEM):
        raise InterpreterMissing(f"{python} is not the Python of an environment or of an installation.")
    return Needs(roots, links)


def _add(folder: str, roots: list[str], links: list[tuple[str, str]]) -> None:
    """Note a folder, by its real name, and the links among the names that lead to it."""
    at = os.path.sep
    for part in folder.strip(os.path.sep).split(os.path.sep):
        at = os.path.join(at, part)
        if os.path.islink(at) and not at.startswith(SYSTEM):
            target = os.path.realpath(at)
            state = os.path.normpath(os.path.join(os.path.dirname(at), os.readlink(at)))
            if at == folder and _is_within(os.path.dirname(os.path.dirname(state)), os.path.dirname(at)):
                # One of several states side by side: the link may come to name another, also for who runs.
                _add(os.path.dirname(at), roots, links)
                for beside in _links_in(os.path.dirname(state)):
                    _add(os.path.realpath(beside), roots, links)
                return
            if (at, target) not in links and not any(_is_within(at, root) for root in roots):
                links.append((at, target))
            _add(os.path.join(target, os.path.relpath(folder, at)) if folder != at else target, roots, links)
            return
    folder = os.path.normpath(folder)
    if (folder + os.path.sep).startswith(SYSTEM):
        return
    if not any(_is_within(folder, root) for root in roots):
        roots[:] = [root for root in roots if not _is_within(root, folder)]
        roots.append(folder)


def _links_in(folder: str) -> list[str]:
    return [entry.path for entry in os.scandir(folder) if entry.is_symlink() and os.path.exists(entry.path)]


def _is_within(path: str, root: str) -> bool:
    return path == root or path.startswith(root + os.path.sep)


def _prefix(python: str) -> str:
    return os.path.dirname(os.path.dirname(python))


def _is_installation(prefix: str) -> bool:
    """Tell a Python installation from a folder that happens to hold a link, such as a home."""
    try:
        return any(name.startswith("python3") for name in os.listdir(os.path.join(prefix, "lib")))
    except OSError:
        return False


def _home(settings: str) -> str | None:
    """Return the folder of the interpreter that an environment was made from."""
    with open(settings) as file:
        for line in file:
            name, _, value = line.partition("=")
            if name.strip() == "home":
                return value.strip()
    return None
