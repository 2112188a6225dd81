"""The gate: every update of a document that people write passes it before pycrdt sees the update."""

from __future__ import annotations

from collections.abc import Collection

from collab.gate.decode import decode
from collab.gate.ledger import Ledger
from collab.gate.schema import NOTEBOOK, Roots
from collab.gate.twin import Twin

_EMPTY = b"\x00\x00"


class Gate:
    """The gate of one document, which must start out as `state` (its full state as an update).

    For each update of a client: `check` it, apply it to the document, and
    send on what the document's observer then reports, never the bytes that
    came: known structs in them are ignored here, but a client that lags
    behind would believe them. For each update that the server makes itself:
    `learn` it. The order of these calls is the order of the history.
    """

    def __init__(self, state: bytes | None = None, roots: Roots = NOTEBOOK) -> None:
        self._ledger = Ledger(roots)
        self._last = _EMPTY
        if state is not None:
            self._ledger.settle(self._ledger.admit(decode(state, trusted=True), None))
        self._twin = Twin(state, roots)

    def check(self, update: bytes, own_ids: Collection[int]) -> None:
        """Accept an update of a connection that may write as `own_ids`, or raise `GateRefusal`.

        An accepted update counts as applied. After a refusal the gate is as
        before it. Costs tens of microseconds for an edit, milliseconds for a
        refusal that only the twin could find.
        """
        change = self._ledger.admit(decode(update), own_ids)
        try:
            if update != _EMPTY:
                self._twin.try_update(update)
        except BaseException:
            self._ledger.retract(change)
            raise
        self._ledger.settle(change)
        self._last = update

    def learn(self, update: bytes) -> None:
        """Take note of an update that the server wrote or that is in the document already.

        Repeating one does no harm. Raises `GateRefusal` for an update outside the
        schema, which is then a bug of the server.
        """
        if update in (self._last, _EMPTY):
            return
        self._ledger.settle(self._ledger.admit(decode(update, trusted=True), None))
        self._twin.apply(update)

    def state(self) -> dict[int, int]:
        """Return the state vector: for each client id the clock of its next unit."""
        return self._ledger.state()

    def full_state(self) -> bytes:
        """Return everything that passed, as one update."""
        return self._twin.full_state()

    def close(self) -> None:
        """Drop the twin."""
        self._twin.close()
