"""Three versions of a notebook into one, cell by cell: never through the text of its file. Pure.

The answer is the list of cells as they shall stand, each one of mine, perhaps changed, or one of theirs. So
it can be made true in a file and in an open notebook alike.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from collab.merging.cells import Piece, aligned
from collab.merging.lines import merge_lines

Choice = Literal["mine", "theirs", "both"]
Kind = Literal["both_changed", "deleted_here", "deleted_there"]


@dataclass(frozen=True, slots=True)
class Placed:
    """A cell of the merged notebook: the one at `mine`, or a new one made after the one at `theirs`.

    For one of mine: what changes about it. `outputs` names the cell of theirs whose outputs it gets.
    """

    mine: int | None
    theirs: int | None = None
    source: str | None = None
    type: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)
    outputs: int | None = None
    moved: bool = False

    @property
    def is_changed(self) -> bool:
        return self.mine is None or self.moved or self != Placed(self.mine)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A cell that both sides changed differently. Absent texts are those of a cell that was deleted."""

    key: str
    kind: Kind
    number: int
    type: str
    base: str | None
    mine: str | None
    theirs: str | None


@dataclass(frozen=True, slots=True)
class Merged:
    """The cells as they shall stand, and what somebody has to decide. Undecided cells stay mine."""

    cells: Sequence[Placed]
    conflicts: Sequence[Conflict]
    deleted: Sequence[int]
    """Cells of mine that go."""

    @property
    def changes_mine(self) -> bool:
        return bool(self.deleted) or any(cell.is_changed for cell in self.cells)


def merge(
    base: Sequence[Piece],
    mine: Sequence[Piece],
    theirs: Sequence[Piece],
    choices: Mapping[str, Choice] | None = None,
) -> Merged:
    """Return `mine` with what `theirs` changed since `base`. `choices` answers conflicts, by their keys."""
    return _Merge(base, mine, theirs, choices or {}).result()


class _Merge:
    def __init__(
        self,
        base: Sequence[Piece],
        mine: Sequence[Piece],
        theirs: Sequence[Piece],
        choices: Mapping[str, Choice],
    ) -> None:
        self._base, self._mine, self._theirs, self._choices = base, mine, theirs, choices
        self._conflicts: list[Conflict] = []
        self._deleted: list[int] = []
        in_base = aligned(base, theirs)
        mine_in_base = aligned(base, mine)
        self._mine_of = {old: index for index, old in enumerate(mine_in_base) if old is not None}
        self._theirs_of = {old: index for index, old in enumerate(in_base) if old is not None}
        self._base_of_theirs = in_base
        self._pairs = self._new_in_both(mine_in_base)

    def _new_in_both(self, mine_in_base: Sequence[int | None]) -> dict[int, int]:
        """Return cells that both sides added and that are one: theirs to mine."""
        ours = [index for index, old in enumerate(mine_in_base) if old is None]
        others = [index for index, old in enumerate(self._base_of_theirs) if old is None]
        pairs: dict[int, int] = {}
        for theirs in others:
            for mine in ours:
                one, other = self._mine[mine], self._theirs[theirs]
                if (one.id and one.id == other.id) or one.is_like(other):
                    pairs[theirs] = mine
                    ours.remove(mine)
                    break
        return pairs

    def result(self) -> Merged:
        entries: dict[int, Placed] = {}
        extra: dict[int, int] = {}
        for index in range(len(self._mine)):
            entries[index] = Placed(index)
        for old, mine in self._mine_of.items():
            theirs = self._theirs_of.get(old)
            if theirs is None:
                self._gone_there(old, mine)
            else:
                entries[mine] = self._both(self._base[old], mine, theirs, extra)
        for theirs, mine in self._pairs.items():
            entries[mine] = self._both(None, mine, theirs, extra)
        order = [entries[index] for index in range(len(self._mine)) if index not in self._deleted]
        return Merged(self._placed(order, extra), self._conflicts, sorted(self._deleted))

    def _placed(self, order: list[Placed], extra: Mapping[int, int]) -> list[Placed]:
        """Put in what is new in theirs, and move what they moved: below the cell that is above it there."""
        moved = self._moved()
        above: int | None = None  # of mine, or below: of theirs as -1 - index
        for index in range(len(self._theirs)):
            old = self._base_of_theirs[index]
            mine = self._pairs.get(index) if old is None else self._mine_of.get(old)
            if mine is not None:
                if mine in self._deleted:
                    continue
                if old is not None and old in moved:
                    entry = order.pop(_place(order, mine))
                    order.insert(_place(order, above) + 1, replace(entry, moved=True))
                above = mine
                if mine in extra:
                    order.insert(_place(order, mine) + 1, Placed(None, extra[mine]))
                    above = -1 - extra[mine]
            elif old is None or self._comes_back(old, index):
                order.insert(_place(order, above) + 1, Placed(None, index))
                above = -1 - index
        return order

    def _moved(self) -> set[int]:
        """Return the cells of the base that theirs has in another order, as few as explain it."""
        common = [old for old in self._base_of_theirs if old is not None]
        tails: list[int] = []
        at: list[int] = []
        before: list[int] = []
        for place, old in enumerate(common):
            length = bisect_left(tails, old)
            before.append(at[length - 1] if length else -1)
            if length == len(tails):
                tails.append(old)
                at.append(place)
            else:
                tails[length], at[length] = old, place
        stay: set[int] = set()
        step = at[-1] if at else -1
        while step >= 0:
            stay.add(common[step])
            step = before[step]
        return {old for old in common if old not in stay}

    def _both(self, base: Piece | None, mine: int, theirs: int, extra: dict[int, int]) -> Placed:
        ours, other = self._mine[mine], self._theirs[theirs]
        text = self._text(base, mine, theirs, extra)
        meta = _meta(base.meta if base is not None else {}, ours.meta, other.meta)
        type_ = None
        if base is not None and other.type != base.type and ours.type == base.type:
            type_ = other.type
        outputs = None
        was = base.outputs if base is not None else ""
        if other.outputs not in (was, ours.outputs) and (ours.outputs == was or text == other.source):
            outputs = theirs
        return Placed(mine, None, text, type_, meta, outputs)

    def _text(self, base: Piece | None, mine: int, theirs: int, extra: dict[int, int]) -> str | None:
        ours, other = self._mine[mine].source, self._theirs[theirs].source
        merged = merge_lines(base.source if base is not None else "", ours, other)
        if merged is not None and (base is not None or ours == other):
            return None if merged == ours else merged
        match self._asked("both_changed", base, mine, theirs):
            case "theirs":
                return other
            case "both":
                extra[mine] = theirs
        return None

    def _gone_there(self, old: int, mine: int) -> None:
        base, ours = self._base[old], self._mine[mine]
        if ours.is_like(base) or self._asked("deleted_there", base, mine, None) == "theirs":
            self._deleted.append(mine)

    def _comes_back(self, old: int, theirs: int) -> bool:
        """Whether a cell that is deleted here shall be here again, because they changed it."""
        base, other = self._base[old], self._theirs[theirs]
        if other.is_like(base):
            return False
        return self._asked("deleted_here", base, None, theirs) in ("theirs", "both")

    def _asked(self, kind: Kind, base: Piece | None, mine: int | None, theirs: int | None) -> Choice | None:
        ours = self._mine[mine] if mine is not None else None
        other = self._theirs[theirs] if theirs is not None else None
        shown = ours or other
        assert shown is not None
        key = shown.id or f"{kind}-{mine if mine is not None else theirs}"
        choice = self._choices.get(key)
        if choice is None:
            number = 1 + (mine if mine is not None else theirs or 0)
            self._conflicts.append(
                Conflict(
                    key,
                    kind,
                    number,
                    shown.type,
                    base.source if base is not None else None,
                    ours.source if ours is not None else None,
                    other.source if other is not None else None,
                )
            )
        return choice


def _place(order: Sequence[Placed], what: int | None) -> int:
    """Return where a cell stands in the list; -1 for the top."""
    if what is None:
        return -1
    for place, entry in enumerate(order):
        if (entry.mine == what) if what >= 0 else (entry.mine is None and entry.theirs == -1 - what):
            return place
    return -1


def _meta(base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries that theirs changed and mine did not; None for one that goes."""
    changed = {
        key: theirs.get(key)
        for key in {*base, *theirs}
        if theirs.get(key) != base.get(key) and mine.get(key) == base.get(key)
    }
    return dict(sorted(changed.items()))
