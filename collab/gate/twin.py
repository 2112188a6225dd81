"""A second copy of the document on which each update is tried first.

pycrdt cannot roll back, so a copy takes the blow: what it reports as changed
is compared with the schema, and after a refusal it is made again from the
updates that passed. The twin sees what the ledger cannot: that a living cell
was replaced, that a cell lacks a part, that pycrdt itself gave up.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from pycrdt import Doc, Map, MapEvent, Subscription, Text, TextEvent

from collab.gate.refusal import GateRefusal
from collab.gate.schema import MAX_FILE_BYTES, REQUIRED_KEYS, Kind, Roots, check_key, check_value

_COMPACT_UPDATES: Final = 500
_COMPACT_BYTES: Final = 256 * 1024

Check = Callable[[Any], None]


class Twin:
    """A private copy of the document."""

    def __init__(self, state: bytes | None, roots: Roots) -> None:
        self._roots = roots
        self._base = state
        self._passed: list[bytes] = []
        self._passed_bytes = 0
        self._watch = False
        self._refusal: GateRefusal | None = None
        self._subscriptions: list[tuple[Map[Any] | Text, Subscription]] = []
        self._build()

    def try_update(self, update: bytes) -> None:
        """Apply `update` to the copy; raises `GateRefusal` and is then as before."""
        self._watch, self._refusal = True, None
        try:
            self._doc.apply_update(update)
        except BaseException as error:  # pycrdt's PanicException is one
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise
            self._refusal = GateRefusal("unappliable", "The change cannot be applied to the document.")
        self._watch = False
        if self._refusal is not None:
            self._build()
            raise self._refusal
        self._keep(update)

    def apply(self, update: bytes) -> None:
        """Apply an update of the server's own."""
        self._doc.apply_update(update)
        self._keep(update)

    def full_state(self) -> bytes:
        """Return everything that passed, as one update."""
        return self._doc.get_update()

    def close(self) -> None:
        """Let go of the copy; a subscription left behind would keep it alive."""
        for root, subscription in self._subscriptions:
            root.unobserve(subscription)
        self._subscriptions.clear()

    def _build(self) -> None:
        self.close()
        self._doc: Doc[Any] = Doc()
        watched = {name: _watched(kind) for name, kind in self._roots.items()}
        for name, (root, _) in watched.items():
            self._doc[name] = root
        if self._base is not None:
            self._doc.apply_update(self._base)
        for update in self._passed:
            self._doc.apply_update(update)
        self._subscriptions = [
            (root, root.observe_deep(self._judging(check))) for root, check in watched.values()
        ]

    def _keep(self, update: bytes) -> None:
        self._passed.append(update)
        self._passed_bytes += len(update)
        if len(self._passed) >= _COMPACT_UPDATES or self._passed_bytes >= _COMPACT_BYTES:
            self._base = self._doc.get_update()
            self._passed.clear()
            self._passed_bytes = 0

    def _judging(self, check: Check) -> Callable[[list[Any]], None]:
        def judge(events: list[Any]) -> None:
            if not self._watch or self._refusal is not None:
                return
            try:
                for event in events:
                    check(event)
            except GateRefusal as refusal:
                # A callback's exception would surface only after the transaction, and wrapped.
                self._refusal = refusal

        return judge


def _watched(kind: Kind) -> tuple[Map[Any] | Text, Check]:
    """Return a new root of this kind, and what judges its changes."""
    if kind is Kind.META:
        return Map(), _check_meta
    if kind is Kind.CELLS:
        return Map(), _check_cells
    return Text(), _check_text


def _check_text(event: Any) -> None:
    kind: type[object] = type(event)
    if kind is not TextEvent or event.path:
        raise _misplaced()
    for piece in event.delta:
        inserted = piece.get("insert", "")
        if "attributes" in piece or not isinstance(inserted, str):
            raise _misplaced()
        if "\r" in inserted:
            # Editors would break the line there, and count other characters than the document has.
            raise GateRefusal("schema", "Lines of a text file end with a line feed while it is edited.")
    if len(event.target) > MAX_FILE_BYTES:
        raise GateRefusal("too_large", "The file would be larger than 2 MiB; keep more in another file.")


def _check_meta(event: Any) -> None:
    kind = type(event)
    if kind is not MapEvent or event.path:
        raise _misplaced()
    for key, change in event.keys.items():
        if change["action"] != "delete":
            check_key(Kind.META, key)
            check_value(Kind.META, key, change["newValue"])
        elif key == "schema":
            raise _misplaced()


def _check_cells(event: Any) -> None:
    path: list[Any] = event.path
    kind = type(event)
    if kind is TextEvent and len(path) == 2 and path[1] == "source":
        for piece in event.delta:
            if "attributes" in piece or not isinstance(piece.get("insert", ""), str):
                raise _misplaced()
    elif kind is not MapEvent or len(path) > 2:
        raise _misplaced()
    elif not path:
        _check_cell_ids(event.keys)
    elif len(path) == 1:
        _check_cell_keys(event.keys)
    elif path[1] == "meta":
        for key, change in event.keys.items():
            if change["action"] != "delete":
                check_value(Kind.CELL_META, key, change["newValue"])
    else:
        raise _misplaced()


def _check_cell_ids(keys: dict[str, Any]) -> None:
    for key, change in keys.items():
        if change["action"] == "update":
            raise GateRefusal("replaced", "The change replaces a cell that is there already.")
        if change["action"] == "add":
            check_key(Kind.CELLS, key)
            _check_cell(change["newValue"])


def _check_cell_keys(keys: dict[str, Any]) -> None:
    for key, change in keys.items():
        if change["action"] == "delete":
            if key in REQUIRED_KEYS:
                raise GateRefusal("schema", f"The change takes {key!r} away from a cell.")
        elif key == "source" and change["action"] == "update":
            raise GateRefusal("replaced", "The change replaces the text of a cell instead of editing it.")
        else:
            _check_cell_value(key, change["newValue"])


def _check_cell(cell: object) -> None:
    if not isinstance(cell, Map):
        raise _misplaced()
    values = dict(cell.items())
    if not values.keys() >= REQUIRED_KEYS:
        raise GateRefusal("schema", "The change adds a cell that lacks a part.")
    for key, value in values.items():
        _check_cell_value(key, value)


def _check_cell_value(key: str, value: object) -> None:
    check_key(Kind.CELL, key)
    if key == "source":
        if not isinstance(value, Text):
            raise _misplaced()
    elif key == "meta":
        if not isinstance(value, Map):
            raise _misplaced()
        for name, scalar in value.items():
            check_value(Kind.CELL_META, name, scalar)
    else:
        check_value(Kind.CELL, key, value)


def _misplaced() -> GateRefusal:
    return GateRefusal("schema", "The change puts something where a document has no place for it.")
