"""Which units of history exist and where in the document each one stands.

The ledger mirrors the document's structure, not its content: for each author
runs of consecutive units with one place, so typing on in one text costs no
memory. It decides whether a decoded update may be integrated, before pycrdt
sees it.

An update that passes leaves nothing pending: each new unit follows its
author's last one, each reference is to a unit that exists by then, and each
place is one that the schema has. Units that exist already are ignored as Yjs
ignores them, but what they refer to is checked all the same: Yjs resolves
those references before it notices that it knows the unit.

Nor may an update cost more than it is worth: between the neighbours that a
unit names, Yjs looks at every block that somebody else put there, so some
thousand units that name the wrong neighbours stop the server for minutes.
The ledger counts the blocks of each text and refuses such a crowd.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from collab.gate.decode import GC, MAX_CLOCK, DeleteRange, Id, Section, Struct, Update
from collab.gate.ranges import Ranges
from collab.gate.refusal import GateRefusal
from collab.gate.schema import Kind, Roots, check_content, check_key

MAX_STEPS: Final = 4_000_000
"""Blocks that pycrdt may have to look at for one update: 0.2 s."""


@dataclass(slots=True, eq=False)
class Container:
    """A map or text of the document. Two containers are the same only if they are one object.

    `blocks` is at least a third of the number of blocks that pycrdt keeps for it.
    """

    kind: Kind
    blocks: int = 0


Place = tuple[Container, str | None]
"""A container and, in a map, the key."""

_DEAD: Final[Place] = (Container(Kind.DEAD), None)


@dataclass(slots=True)
class _Author:
    """Runs of one client id: run `i` covers `starts[i]` up to the next start, the last up to `end`."""

    starts: list[int] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    end: int = 0
    deleted: Ranges = field(default_factory=Ranges)


@dataclass(slots=True)
class Change:
    """What `Ledger.admit` wrote, so that it can be taken back, and the deletions that `settle` writes."""

    deletes: list[DeleteRange]
    before: dict[int, tuple[int, int]] = field(default_factory=dict)
    opened: list[Id] = field(default_factory=list)
    grown: list[Container] = field(default_factory=list)
    spots: set[Id | Place] = field(default_factory=set)
    steps: int = 0


class _Waits(Exception):
    """A reference to a unit that does not exist (yet)."""

    def __init__(self, unit: Id) -> None:
        self.unit = unit


class Ledger:
    """The structure of one document."""

    def __init__(self, roots: Roots) -> None:
        self._authors: dict[int, _Author] = {}
        self._containers: dict[Id, Container] = {}
        self._roots = {name: Container(kind) for name, kind in roots.items()}

    def state(self) -> dict[int, int]:
        """Return the state vector: for each client id the clock of its next unit."""
        return {client: author.end for client, author in self._authors.items()}

    def admit(self, update: Update, own_ids: Collection[int] | None) -> Change:
        """Record the new units of `update`, all of them by `own_ids` (`None`: whoever wrote them).

        Raises `GateRefusal` and then has recorded nothing.
        """
        change = Change(update.deletes)
        try:
            waiting: dict[int, list[Struct]] = {}
            for section in update.sections:
                fresh = self._fresh(section, own_ids)
                if fresh:
                    fresh.reverse()
                    waiting[section.client] = fresh
            for client in list(waiting):
                self._integrate(client, waiting, change)
            for deleted in update.deletes:
                author = self._authors.get(deleted.client)
                if author is None or deleted.end > author.end:
                    raise GateRefusal("delete_unknown", "The change deletes what nobody has written yet.")
            if own_ids is not None and change.steps > MAX_STEPS:
                raise GateRefusal(
                    "crowded", "The change has too many pieces for one text; make it in smaller steps."
                )
        except BaseException:
            self.retract(change)
            raise
        return change

    def settle(self, change: Change) -> None:
        """Record the deletions of `change`, which has passed for good: each may split two blocks."""
        for client, clock, end in change.deletes:
            if self._authors[client].deleted.add(clock, end):
                self._at(Id(client, clock))[0].blocks += 1

    def retract(self, change: Change) -> None:
        """Take back what `change` recorded; only the latest change can be taken back."""
        for container in change.grown:
            container.blocks -= 1
        for client, (runs, end) in change.before.items():
            if not end:
                del self._authors[client]
                continue
            author = self._authors[client]
            del author.starts[runs:], author.places[runs:]
            author.end = end
        for unit in change.opened:
            del self._containers[unit]

    def _fresh(self, section: Section, own_ids: Collection[int] | None) -> list[Struct]:
        """Return the structs that are new, wholly or from some offset on."""
        client, clock, structs = section
        author = self._authors.get(client)
        known = author.end if author else 0
        if structs[-1].clock + structs[-1].length > known:
            if own_ids is not None and client not in own_ids:
                raise GateRefusal("foreign_author", "The change claims to be somebody else's.")
            if clock > known:
                raise GateRefusal("gap", "The change skips a part of its author's history.")
        first = 0
        for unit in structs:
            if unit.clock + unit.length > known:
                break
            self._check_repeated(client, unit)
            first += 1
        return structs[first:] if first else structs

    def _check_repeated(self, client: int, unit: Struct) -> None:
        """Refuse a known unit that is told differently from what is recorded."""
        try:
            told = self._place(unit)
        except _Waits:
            raise _dangling() from None
        recorded = self._at(Id(client, unit.clock))
        if told is not _DEAD and recorded is not _DEAD and told != recorded:
            raise GateRefusal("malformed", "The change tells an old edit differently.")

    def _integrate(self, client: int, waiting: dict[int, list[Struct]], change: Change) -> None:
        """Record the structs of `client`, and just before each one those that it refers to."""
        path = [client]
        needs = [MAX_CLOCK]
        while path:
            client = path[-1]
            structs = waiting.get(client)
            author = self._authors.get(client)
            if not structs or (author is not None and author.end > needs[-1]):
                path.pop()
                needs.pop()
                continue
            try:
                self._record(client, structs[-1], change)
                structs.pop()
            except _Waits as waits:
                # An author already on the path waits for this one: neither can come first.
                if waits.unit.client in path or not waiting.get(waits.unit.client):
                    raise _dangling() from None
                path.append(waits.unit.client)
                needs.append(waits.unit.clock)

    def _record(self, client: int, unit: Struct, change: Change) -> None:
        place = self._place(unit)
        opened = None
        if unit.kind != GC:
            container, key = place
            opened = check_content(container.kind, key, unit)
        author = self._authors.get(client)
        if author is None:
            author = self._authors[client] = _Author()
        if client not in change.before:
            change.before[client] = (len(author.starts), author.end)
        if unit.clock < author.end and unit.kind != GC and author.places[-1] != place:
            raise GateRefusal("malformed", "The change continues an old edit at another place.")
        if not author.places or author.places[-1] != place:
            author.starts.append(author.end)
            author.places.append(place)
        author.end = unit.clock + unit.length
        if unit.origin is None or unit.origin != (client, unit.clock - 1):
            self._count(unit, place, change)
        if opened is not None:
            me = Id(client, unit.clock)
            self._containers[me] = Container(opened)
            change.opened.append(me)

    def _count(self, unit: Struct, place: Place, change: Change) -> None:
        """Count a new block, and how many others pycrdt may look at to find its position.

        Nothing lies between two units that were written in one go, or between
        nothing and nothing; the first unit of an update to go there is free.
        """
        container = place[0]
        if container.kind is Kind.DEAD:
            return
        spot: Id | Place = unit.origin or place
        right = (unit.origin.client, unit.origin.clock + 1) if unit.origin else None
        if spot in change.spots or unit.right != right:
            change.steps += container.blocks
        change.spots.add(spot)
        container.blocks += 1
        change.grown.append(container)

    def _place(self, unit: Struct) -> Place:
        """Return where `unit` stands; raises `_Waits` for a neighbour or parent that does not exist."""
        if unit.origin is not None:
            left = self._at(unit.origin)
            if unit.right is None:
                return left
            right = self._at(unit.right)
            if left is _DEAD or left == right:
                return right
            if right is _DEAD:
                return left
            raise GateRefusal("malformed", "The change stands in two places at once.")
        if unit.right is not None:
            return self._at(unit.right)
        if unit.root is not None:
            container = self._roots.get(unit.root)
            if container is None:
                raise GateRefusal("unknown_root", "The change writes outside the document.")
        elif unit.parent is not None:
            found = self._containers.get(unit.parent)
            if found is None:
                if self._at(unit.parent) is not _DEAD:
                    raise GateRefusal("content", "The change puts something inside a plain value.")
                return _DEAD
            container = found
        else:
            return _DEAD
        check_key(container.kind, unit.key)
        return (container, unit.key)

    def _at(self, unit: Id) -> Place:
        author = self._authors.get(unit.client)
        if author is None or unit.clock >= author.end:
            raise _Waits(unit)
        return author.places[bisect_right(author.starts, unit.clock) - 1]


def _dangling() -> GateRefusal:
    return GateRefusal("dangling", "The change refers to something that does not exist.")
