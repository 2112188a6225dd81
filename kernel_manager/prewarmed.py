"""Which kernels to keep warm before anybody asks for them. Pure: who was active, what waits and what is free
come in.

A warm kernel is made for one project and one machine of it, and nobody else ever gets it. It is worth
its memory only where people are at work, so the projects whose people moved last come first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

IDLE_S = 15 * 60.0
"""A project in which nobody has moved for so long has no warm kernels."""

SCARCE, SHORT = 0.15, 0.08
"""With less of the machine's memory free than the first no kernel is warmed; than the second, none stays."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody was active in a project at `at`, and a kernel of theirs would get the machine `hardware`."""

    project: str
    hardware: str
    at: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """A kernel that is warm, or on its way to be."""

    id: str
    project: str
    hardware: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What to end, by id, and what to warm, by project and machine, the most urgent first."""

    end: tuple[str, ...]
    warm: tuple[tuple[str, str], ...]


def plan(
    wishes: Sequence[Wish],
    waiting: Sequence[Waiting],
    *,
    each: int,
    most: int,
    now: float,
    free: float,
) -> Plan:
    """Return what is to change so that up to `each` kernels wait in an active project, and `most` in all.

    `free` is the share of the machine's memory that nobody uses. What waits already for somebody active is
    kept before anything new, so that two people with different machines do not end each other's kernels.
    """
    if free < SHORT:
        return Plan(tuple(one.id for one in waiting), ())
    wanted: dict[str, dict[str, None]] = {}
    for wish in sorted(wishes, key=lambda one: -one.at):
        if now - wish.at < IDLE_S:
            wanted.setdefault(wish.project, {})[wish.hardware] = None
    kept: set[str] = set()
    warm: list[tuple[str, str]] = []
    for project, machines in wanted.items():
        room = min(each, most - len(kept) - len(warm))
        here = [one for one in waiting if one.project == project and one.hardware in machines][:room]
        kept |= {one.id for one in here}
        warm += [(project, next(iter(machines)))] * (room - len(here))
    ended = tuple(one.id for one in waiting if one.id not in kept)
    return Plan(ended, () if free < SCARCE else tuple(warm))
