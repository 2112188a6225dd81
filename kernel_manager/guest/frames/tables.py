"""The tables that people look at: found by variable or by output, with the rows of their views.

What was found stands until the next cell has run. Each answer carries a token of the state that it was read
in; a question with a token of another state is told that the table changed, and gets no rows. After a run the
rows of a view are found anew, since a table may have been changed in place where no sample shows it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .engine import Engine, Rows, Unsupported
from .engines import engine_of, is_frame
from .filters import View, read_view
from .schema_only import RelationEngine
from .shown import Shown

KEPT_ROWS = 60_000_000
"""How many row numbers are kept over all views, of 4 bytes each."""

MOST_OPEN = 12

OUTPUT = "@"
"""What the name of an output's table begins with; no variable does."""


class Changed(Exception):
    """The table is not as it was when the token was given; the text is for the person who asked."""


@dataclass
class Opened:
    """A table in one state."""

    name: str
    engine: Engine
    value: Any
    fingerprint: Any
    rows: OrderedDict[View, Rows] = field(default_factory=OrderedDict)


class Tables:
    """What is open in one kernel. Everything happens in the agent's thread, but for the shell's events."""

    def __init__(self, shell: Any, shown: Shown, mark: str) -> None:
        self._shell = shell
        self._shown = shown
        self._mark = mark
        self._generation = 0
        self._seen_generation = 0
        self._open: OrderedDict[str, Opened] = OrderedDict()
        self.is_running = False
        shell.events.register("pre_run_cell", self._began)
        shell.events.register("post_run_cell", self._ended)

    def _began(self, *_: object) -> None:
        self.is_running = True

    def _ended(self, *_: object) -> None:
        self.is_running = False
        self._generation += 1

    def open(self, name: str, token: str | None = None) -> Opened:
        """Return a table in its present state.

        Raises `Changed` if that is not the token's, and `Unsupported` if the table is gone.
        """
        if self._seen_generation != self._generation:
            self._seen_generation = self._generation
            self._open.clear()
        value = self._value(name)
        opened = self._open.get(name)
        if opened is None or opened.value is not value or opened.fingerprint != opened.engine.fingerprint():
            opened = self._made(name, value)
        self._open[name] = opened
        self._open.move_to_end(name)
        while len(self._open) > MOST_OPEN:
            self._open.popitem(last=False)
        if token is not None and token.partition(".")[2] != self.token(opened).partition(".")[2]:
            raise Changed(f"{_called(name)} has changed since these rows were read. Load it again.")
        return opened

    def named(self) -> Iterator[tuple[str, Any]]:
        """Yield the tables that variables hold, by name; nothing is read of them."""
        for name, value in list(self._shell.user_ns.items()):
            if type(name) is str and not name.startswith("_") and is_frame(value):
                yield name, value

    def token(self, opened: Opened) -> str:
        """Return what stands for the state of a table: the run it was seen after, and what it looked like."""
        return f"{self._generation}.{hash(opened.fingerprint) & 0xFFFFFFFFFFFF:012x}"

    def view(self, opened: Opened, given: Mapping[str, Any] | None) -> tuple[View, Rows]:
        """Return a view that was asked for, and its rows."""
        engine = opened.engine
        view = read_view(given, len(engine.columns), len(engine.index))
        return view, self.rows(opened, view)

    def rows(self, opened: Opened, view: View) -> Rows:
        """Return the rows of a view, kept from the last time where that was in the same state."""
        if view.is_plain:
            return None
        if view in opened.rows:
            opened.rows.move_to_end(view)
            return opened.rows[view]
        engine = opened.engine
        if view.sort:
            columns = {column.at: column for column in (*engine.index, *engine.columns)}
            keys = [(columns[at], descending) for at, descending in view.sort]
            found = engine.sort(keys, self.rows(opened, View((), view.filters, view.search)))
        else:
            found = engine.select(view.filters, view.search)
        opened.rows[view] = found
        self._let_go()
        return found

    def _let_go(self) -> None:
        kept = sum(each.engine.count(rows) for each in self._open.values() for rows in each.rows.values())
        for each in self._open.values():
            while kept > KEPT_ROWS and len(each.rows) > 1:
                _, rows = each.rows.popitem(last=False)
                kept -= each.engine.count(rows)

    def _made(self, name: str, value: Any) -> Opened:
        engine = engine_of(value)
        if engine is None:
            raise Unsupported(f"{_called(name)} is not a table.")
        if isinstance(engine, RelationEngine):
            # A relation is a question; what it answers is asked once and looked at from then on.
            known = self._open.get(name)
            if known is not None and known.value is value:
                return known
            found = engine_of(engine.table())
            assert found is not None
            engine = found
        return Opened(name, engine, value, engine.fingerprint())

    def _value(self, name: str) -> Any:
        if not name.startswith(OUTPUT):
            if name.startswith("_") or not name.isidentifier() or name not in self._shell.user_ns:
                raise Unsupported(
                    f"There is no variable called {name[:60]} in the kernel. Run its cell again."
                )
            return self._shell.user_ns[name]
        if not name[1:].startswith(f"{self._mark}-"):
            raise Unsupported("The kernel has been started anew since this output. Run the cell again.")
        value = self._shown.get(name[1:])
        if value is None:
            raise Unsupported("This table is no longer in the kernel's memory. Run the cell again.")
        return value


def _called(name: str) -> str:
    return "This table" if name.startswith(OUTPUT) else name[:60]
