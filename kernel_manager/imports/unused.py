"""Declared packages that nothing imports. Pointed out, never removed: much is used without an import."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from kernel_manager.imports.requirements import Declared
from kernel_manager.imports.resolve import NOTHING_INSTALLED, Installed, resolve
from kernel_manager.imports.stdlib import PythonVersion
from kernel_manager.imports.table import curated, ranked


def unused(
    declared: Iterable[Declared],
    imported: Collection[str],
    python: PythonVersion | None = None,
    installed: Installed = NOTHING_INSTALLED,
) -> tuple[Declared, ...]:
    """Return the declarations whose modules are known and are not among the `imported` dotted names.

    Tools, plugins, drivers and engines that others load are left alone, and so is what is not known.
    """
    used: set[str] = set()
    for name in imported:
        found = resolve(name, python, installed)
        used.update(each for each in (found.distribution, *found.alternatives) if each)
        used.update(installed.tops.get(name.partition(".")[0], ()))
    return tuple(
        each for each in declared if each.name not in used and _is_imported_by_name(each.name, installed)
    )


def _is_imported_by_name(distribution: str, installed: Installed) -> bool:
    if distribution in curated().tools or distribution.startswith(curated().tool_families):
        return False
    own = any(distribution in owners for owners in installed.tops.values())
    return own or bool(ranked().imports.get(distribution))
