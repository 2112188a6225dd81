"""The operations of the variable explorer: one snapshot of everything, one level deeper, delete, draw."""

from __future__ import annotations

import time
from typing import Any

from .children import children_of, count_of
from .kinds import name_of
from .libraries import library, thing
from .looks import Look, cut, plain
from .operations import Operation, Refused, Reply
from .options import options_of
from .origins import Origins, variables
from .plots import plot_of

LIMIT_S = 0.25
"""Of this thread's own work: waiting for a cell that holds Python's lock is no reason to show less."""
MOST_VARIABLES = 2000
MOST_CHILDREN = 100
NAME_CHARACTERS = 200

_wall, _used = time.time, time.thread_time


def look_at(value: Any) -> Look:
    """Return how a value looks; for an unknown type, its name and what hangs on it."""
    try:
        return plain(value) or library(value) or thing(value)
    except BaseException:  # noqa: BLE001 - one value that defies looking hides no other
        return Look("other", name_of(type(value)))


def shown(name: str, value: Any) -> dict[str, Any]:
    """Return a variable, or a child, as the server gets it."""
    look = look_at(value)
    told: dict[str, Any] = {"name": cut(name, NAME_CHARACTERS), "kind": look.kind, "type": cut(look.type)}
    told["preview"] = look.preview
    for field in ("length", "shape", "size", "children", "plot", "frame"):
        known = getattr(look, field)
        if known is not None and known is not False:
            told[field] = known
    return told


class Explorer:
    """Looks into one kernel's variables. `origins` says where they come from."""

    def __init__(self, shell: Any) -> None:
        self._origins = Origins(shell)

    @property
    def operations(self) -> dict[str, Operation]:
        """Return what can be asked."""
        return {
            "variables.snapshot": self.snapshot,
            "variables.expand": self.expand,
            "variables.plot": self.plot,
            "variables.options": self.options,
            "variables.delete": self.delete,
        }

    def snapshot(self, shell: Any, arguments: dict[str, Any]) -> Reply:
        """Return every variable: `total` of them, and as many as `LIMIT_S` and `MOST_VARIABLES` allow."""
        end = _used() + LIMIT_S
        items: list[dict[str, Any]] = []
        found = variables(shell)
        for name, value in found[-MOST_VARIABLES:]:
            if _used() > end:
                break
            defined, changed, is_fresh = self._origins.now(name, value)
            items.append({**shown(name, value), "defined": defined, "changed": changed, "fresh": is_fresh})
        content = {"items": items, "total": len(found), "at": _wall(), "last": self._origins.last}
        return Reply(content)

    def expand(self, shell: Any, arguments: dict[str, Any]) -> Reply:
        """Return what is inside the variable at `path`, at most `MOST_CHILDREN` from `start` on."""
        value, start = self._at(shell, arguments["path"]), int(arguments.get("start", 0))
        try:
            total = count_of(value)
            inside = list(children_of(value, start, start + MOST_CHILDREN))
        except RuntimeError:
            raise Refused("A cell is changing it right now. Try again.") from None
        return Reply(
            {"items": [shown(label, child) for label, child in inside], "total": total, "start": start}
        )

    def plot(self, shell: Any, arguments: dict[str, Any]) -> Reply:
        """Return a few points of the series at `path`."""
        value = self._at(shell, arguments["path"])
        if not look_at(value).plot:
            raise Refused("Only a series of numbers can be drawn.")
        return Reply(plot_of(value))

    def options(self, shell: Any, arguments: dict[str, Any]) -> Reply:
        """Return the texts and numbers in the variable `name`."""
        name = str(arguments["name"])[:NAME_CHARACTERS]
        value = dict(variables(shell)).get(name, self)
        if value is self:
            raise Refused(f"There is no variable called {name} in the kernel. Run its cell.")
        try:
            return Reply({"options": options_of(value)})
        except RuntimeError:
            raise Refused("A cell is changing it right now. Try again.") from None

    def delete(self, shell: Any, arguments: dict[str, Any]) -> Reply:
        """Delete the variable `name`. One that is gone already is no failure."""
        name = arguments["name"]
        if any(name == own for own, _ in variables(shell)):
            self._origins.forget(name)
            del shell.user_ns[name]
        return Reply({})

    def _at(self, shell: Any, path: list[Any]) -> Any:
        """Return the value at a path: a variable's name, then positions inside."""
        name, *steps = path
        value = dict(variables(shell)).get(name, self)
        if value is self:
            raise Refused("There is no variable of this name any more.")
        for step in steps:
            inside = [child for _, child in children_of(value, int(step), int(step) + 1)]
            if not inside:
                raise Refused("It has changed, and this part of it is gone.")
            value = inside[0]
        return value
