"""The data that ship with the resolver: the ranked table, the curated one, and pipreqs' mapping.

The ranked table is made by `deploy/import_table.py`, which also describes its format; the curated one is
written by hand. Each is read once, when the first name is asked for.
"""

from __future__ import annotations

import functools
import importlib.resources
import lzma
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from packaging.utils import canonicalize_name

TABLES = importlib.resources.files(__package__) / "tables"


@dataclass(frozen=True)
class Ranked:
    """What the most downloaded distributions are imported as."""

    names: Mapping[str, str]
    """Import name to distribution."""
    alternatives: Mapping[str, tuple[str, ...]]
    """Import name to other distributions that ship it."""
    imports: Mapping[str, tuple[str, ...]]
    """Distribution to import names; empty where it has none of its own, as portions of namespaces."""
    well_known: frozenset[str]
    """The distributions that look-alikes imitate."""


@dataclass(frozen=True)
class Curated:
    """What is known by hand."""

    names: Mapping[str, tuple[str, ...]]
    """Import name, dotted or not, to the distribution and what else would do; empty: deliberately unknown."""
    namespaces: Mapping[str, tuple[str, ...]]
    """Roots that distributions share, with what these put around the dotted name."""
    refused: Mapping[str, str]
    """Distributions that are not what their name says, with what is meant."""
    never: frozenset[str]
    """Imports that are never offered: the notebook's own machinery, other people's machines."""
    private: frozenset[str]
    """Words that people call their own modules."""
    own: frozenset[str]
    """Those of `names` that are imported by their own name and that few know."""
    tools: frozenset[str]
    """Distributions that are used without an import."""
    tool_families: tuple[str, ...]
    """What such distributions' names begin with."""


@functools.cache
def ranked() -> Ranked:
    """Return the ranked table; the first call takes some 10 ms."""
    names: dict[str, str] = {}
    imports: dict[str, tuple[str, ...]] = {}
    others: dict[str, list[str]] = {}
    well_known: frozenset[str] = frozenset()
    text = lzma.decompress((TABLES / "ranked.xz").read_bytes()).decode()
    for line in _whole_lines(text):
        if not line:
            well_known = frozenset(imports)
            continue
        distribution, *found = line.split(" ")
        plain = distribution.replace("-", "_")
        own = tuple(
            plain if name == "=" else name
            for name in found or ["="]
            if name != "-" and not name.startswith("?")
        )
        imports[distribution] = own
        names.update(dict.fromkeys(own, distribution))
        for name in found:
            if name.startswith("?"):
                others.setdefault(name[1:], []).append(distribution)
    alternatives = {name: tuple(distributions) for name, distributions in others.items()}
    return Ranked(names, alternatives, imports, well_known)


@functools.cache
def curated() -> Curated:
    """Return the curated table."""
    tables = tomllib.loads((TABLES / "curated.toml").read_text("utf-8"))
    own = {name: (canonicalize_name(name),) for name in tables["own"]["words"].split()}
    by_hand = {name: tuple(found) for name, found in {**tables["names"], **tables["dotted"]}.items()}
    return Curated(
        names={**own, **by_hand},
        namespaces={root: tuple(affixes) for root, affixes in tables["namespaces"].items()},
        refused=tables["refused"],
        never=frozenset(tables["never"]["platform"]),
        private=frozenset(tables["private"]["words"].split()),
        own=frozenset(own),
        tools=frozenset(tables["tools"]["words"].split()),
        tool_families=tuple(tables["tools"]["families"]),
    )


@functools.cache
def pipreqs_mapping() -> Mapping[str, str]:
    """Return pipreqs' mapping of imports to distributions; empty where pipreqs is not installed."""
    try:
        text = (importlib.resources.files("pipreqs") / "mapping").read_text("utf-8")
    except (ModuleNotFoundError, FileNotFoundError):
        return {}
    pairs = (line.strip().partition(":") for line in text.splitlines())
    return {name: canonicalize_name(distribution) for name, colon, distribution in pairs if colon}


def is_listed(distribution: str) -> bool:
    """Tell whether a canonical name is one of those that may be offered with one click."""
    return distribution in ranked().imports or distribution in _curated_distributions()


@functools.cache
def _curated_distributions() -> frozenset[str]:
    return frozenset(distribution for found in curated().names.values() for distribution in found)


def _whole_lines(text: str) -> Iterator[str]:
    before = ""
    for line in text.split("\n"):
        whole = before[: ord(line[0]) - ord("0")] + line[1:] if line else ""
        yield whole
        before = whole
