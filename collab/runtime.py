"""The runtime document: what the kernel did and does. Written by the server alone.

A typed view over its Y types; the schema is in `docs/protocol.md`. Everybody
loads all of it on joining, so it is kept small: the text of streams is not in
here, and a run is one packed value (`collab.packed_run`).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any

import msgspec
from pycrdt import Array, Doc, Map

from collab.packed_run import RunFields, packed, unpacked
from collab.wire import (
    BlobRef,
    Death,
    DisplayOutput,
    ErrorOutput,
    Inline,
    InputRequest,
    KernelState,
    Output,
    QueueEntry,
    SavedOffer,
    StreamOutput,
    UnknownOutput,
)

_PlainOutput = StreamOutput | ErrorOutput | UnknownOutput

_RUN_FIELDS = frozenset(RunFields.__struct_fields__) | {"by_name"}


class KernelEntry(msgspec.Struct, frozen=True):
    """The kernel as everybody sees it. `epoch` counts its starts.

    `widgets` is the last state of the widgets that earlier kernels left.
    """

    state: KernelState = "none"
    epoch: int = 0
    hardware: str | None = None
    language: str | None = None
    progress: str | None = None
    started_at: str | None = None
    input: InputRequest | None = None
    death: Death | None = None
    saved: SavedOffer | None = None
    widgets: BlobRef | None = None


class RunEntry(RunFields, frozen=True):
    """The last run of one cell."""

    outputs: list[Output] = msgspec.field(default_factory=list)


class RuntimeDocument:
    """A typed view of one runtime document. Each call is one transaction, or part of the one around it."""

    def __init__(self, doc: Doc[Any]) -> None:
        self.doc = doc
        self._cells: Map[Any] = doc.get("cells", type=Map)
        self._kernel: Map[Any] = doc.get("kernel", type=Map)
        self._queue: Array[Any] = doc.get("queue", type=Array)
        self._people: Map[Any] = doc.get("people", type=Map)

    def transaction(self) -> AbstractContextManager[Any]:
        """Join several changes into one update."""
        return self.doc.transaction()

    # Reading

    def kernel(self) -> KernelEntry:
        """Return the state of the kernel."""
        return msgspec.json.decode(str(self._kernel), type=KernelEntry)

    def queue(self) -> list[QueueEntry]:
        """Return what waits and runs, in order."""
        return msgspec.json.decode(str(self._queue), type=list[QueueEntry])

    def entry(self, cell_id: str) -> RunEntry | None:
        """Return the last run of a cell with its outputs, or None."""
        cell = self._cells.get(cell_id)
        return self._entry(msgspec.json.decode(str(cell))) if isinstance(cell, Map) else None

    def entries(self) -> dict[str, RunEntry]:
        """Return the last run of every cell that has one."""
        cells = msgspec.json.decode(str(self._cells))
        return {cell_id: self._entry(values) for cell_id, values in cells.items()}

    # Writing

    def set_kernel(self, **fields: Any) -> None:
        """Set fields of `KernelEntry`; those that hold the value already cause no update."""
        unknown = fields.keys() - KernelEntry.__struct_fields__
        if unknown:
            raise TypeError(f"no such fields: {sorted(unknown)}")
        self._set(self._kernel, fields)

    def set_queue(self, entries: Iterable[QueueEntry]) -> None:
        """Make the queue these entries; those at its head and tail that are the same stay untouched."""
        new, old = list(entries), self.queue()
        head = 0
        while head < min(len(new), len(old)) and new[head] == old[head]:
            head += 1
        tail = 0
        while tail < min(len(new), len(old)) - head and new[-1 - tail] == old[-1 - tail]:
            tail += 1
        with self.transaction():
            if len(old) - tail > head:
                del self._queue[head : len(old) - tail]
            for index, entry in enumerate(new[head : len(new) - tail], start=head):
                self._queue.insert(index, msgspec.to_builtins(entry))

    def begin_run(self, cell_id: str, entry: RunEntry) -> None:
        """Replace what the cell shows by a new run."""
        outputs = [_packed(output) for output in entry.outputs]
        with self.transaction():
            self._name(entry.by, entry.by_name)
            self._cells[cell_id] = Map({"run": packed(entry), "outputs": Array(outputs)})

    def update_run(self, cell_id: str, **fields: Any) -> bool:
        """Set fields of a cell's run (all but `outputs`); False when the cell has none.

        Values that stand there already cause no update.
        """
        unknown = fields.keys() - _RUN_FIELDS
        if unknown:
            raise TypeError(f"no such fields: {sorted(unknown)}")
        cell = self._cells.get(cell_id)
        if not isinstance(cell, Map):
            return False
        before = {name: value for name, value in cell.items() if name != "outputs"}
        run = msgspec.structs.replace(unpacked(before, self._people.get), **fields)
        now = packed(run)
        if before != {"run": now}:
            with self.transaction():
                self._name(run.by, run.by_name)
                for name in before.keys() - {"run"}:  # of an earlier version
                    del cell[name]
                cell["run"] = now
        return True

    def append_output(self, cell_id: str, output: Output) -> int | None:
        """Add an output at the end and return its index; None when the cell has no run."""
        outputs = self._outputs(cell_id)
        if outputs is None:
            return None
        with self.transaction():
            index = len(outputs)
            outputs.insert(index, _packed(output))
        return index

    def replace_output(self, cell_id: str, index: int, output: Output) -> bool:
        """Put `output` in the place of another; False when there is none at `index`."""
        outputs = self._outputs(cell_id)
        if outputs is None or not 0 <= index < len(outputs):
            return False
        with self.transaction():
            del outputs[index]
            outputs.insert(index, _packed(output))
        return True

    def clear_outputs(self, cell_id: str) -> None:
        """Remove the outputs of a cell; its run stays."""
        outputs = self._outputs(cell_id)
        if outputs is not None and len(outputs):
            with self.transaction():
                del outputs[0 : len(outputs)]

    def remove(self, cell_id: str) -> None:
        """Forget the run of a cell."""
        if cell_id in self._cells:
            del self._cells[cell_id]

    # Private

    def _entry(self, values: dict[str, Any]) -> RunEntry:
        outputs = [_output(output) for output in values.pop("outputs", ())]
        fields = msgspec.structs.asdict(unpacked(values, self._people.get))
        return RunEntry(**fields, outputs=outputs)

    def _name(self, user: str, name: str) -> None:
        if user and self._people.get(user) != name:
            self._people[user] = name

    def _outputs(self, cell_id: str) -> Array[Any] | None:
        cell = self._cells.get(cell_id)
        return cell["outputs"] if isinstance(cell, Map) else None

    def _set(self, map: Map[Any], fields: dict[str, Any]) -> None:
        with self.transaction():
            for name, value in fields.items():
                value = msgspec.to_builtins(value)
                if name not in map or map[name] != value:
                    map[name] = value


def _packed(output: Output) -> dict[str, Any]:
    packed: dict[str, Any] = msgspec.to_builtins(output)
    if isinstance(output, StreamOutput) and not output.truncated:
        del packed["truncated"]
    return {name: value for name, value in packed.items() if value is not None}


def _output(value: dict[str, Any]) -> Output:
    if value["type"] != "display":
        plain: Output = msgspec.convert(value, type=_PlainOutput)
        return plain
    data = {mime: _datum(datum) for mime, datum in value["data"].items()}
    fields = {name: field for name, field in value.items() if name not in ("type", "data")}
    return DisplayOutput(data=data, **fields)


def _datum(value: dict[str, Any]) -> Inline | BlobRef:
    return Inline(value["inline"]) if "inline" in value else BlobRef(value["sha256"], value["size"])
