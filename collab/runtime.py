"""The runtime document: what the kernel did and does. Written by the server alone.

A typed view over its Y types; the schema is in `docs/protocol.md`. Text of
running streams is not in here, only its counters.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any

import msgspec
from pycrdt import Array, Doc, Map

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
    RunState,
    StreamOutput,
    UnknownOutput,
)

_PlainOutput = StreamOutput | ErrorOutput | UnknownOutput

_SCALARS = frozenset(
    {
        "run",
        "by",
        "by_name",
        "state",
        "count",
        "source_hash",
        "queued",
        "started",
        "ended",
        "stale",
        "suggestion",
    }
)


class KernelEntry(msgspec.Struct, frozen=True):
    """The kernel as everybody sees it. `epoch` counts its starts."""

    state: KernelState = "none"
    epoch: int = 0
    hardware: str | None = None
    language: str | None = None
    progress: str | None = None
    started_at: str | None = None
    input: InputRequest | None = None
    death: Death | None = None


class RunEntry(msgspec.Struct, frozen=True):
    """The last run of one cell. Times are RFC 3339 text."""

    run: str
    by: str
    by_name: str
    state: RunState
    count: int | None = None
    source_hash: str = ""
    queued: str | None = None
    started: str | None = None
    ended: str | None = None
    stale: bool = False
    suggestion: str | None = None
    outputs: list[Output] = []


class RuntimeDocument:
    """A typed view of one runtime document. Each call is one transaction, or part of the one around it."""

    def __init__(self, doc: Doc[Any]) -> None:
        self.doc = doc
        self._cells: Map[Any] = doc.get("cells", type=Map)
        self._kernel: Map[Any] = doc.get("kernel", type=Map)
        self._queue: Array[Any] = doc.get("queue", type=Array)

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
        return _entry(msgspec.json.decode(str(cell))) if isinstance(cell, Map) else None

    def entries(self) -> dict[str, RunEntry]:
        """Return the last run of every cell that has one."""
        cells = msgspec.json.decode(str(self._cells))
        return {cell_id: _entry(values) for cell_id, values in cells.items()}

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
        values: dict[str, Any] = {
            name: value
            for name in RunEntry.__struct_fields__
            if name in _SCALARS and not _is_empty(value := getattr(entry, name))
        }
        outputs = [_packed(output) for output in entry.outputs]
        self._cells[cell_id] = Map(values | {"outputs": Array(outputs)})

    def update_run(self, cell_id: str, **scalars: Any) -> bool:
        """Set fields of a cell's run (all but `outputs`); False when the cell has none.

        Values that stand there already cause no update. `suggestion=None` removes it.
        """
        unknown = scalars.keys() - _SCALARS
        if unknown:
            raise TypeError(f"no such fields: {sorted(unknown)}")
        cell = self._cells.get(cell_id)
        if not isinstance(cell, Map):
            return False
        self._set(cell, scalars)
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

    def _outputs(self, cell_id: str) -> Array[Any] | None:
        cell = self._cells.get(cell_id)
        return cell["outputs"] if isinstance(cell, Map) else None

    def _set(self, map: Map[Any], fields: dict[str, Any]) -> None:
        with self.transaction():
            for name, value in fields.items():
                value = msgspec.to_builtins(value)
                if name == "suggestion" and value is None:
                    if name in map:
                        del map[name]
                elif name not in map or map[name] != value:
                    map[name] = value


def _entry(values: dict[str, Any]) -> RunEntry:
    scalars = {"by": "", "by_name": ""} | {name: value for name, value in values.items() if name in _SCALARS}
    return RunEntry(**scalars, outputs=[_output(output) for output in values.get("outputs", ())])


def _is_empty(value: object) -> bool:
    """Say whether a field can say the same by not being there, as most fields of most cells can."""
    return value is None or value is False or value == ""


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
