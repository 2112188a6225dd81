"""What all cells of one notebook put out, and the pace at which it is shown."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from collab.hub import Room
from collab.ids import CellId, RunId
from collab.wire import StreamOutput
from kernel_manager.reports import Message
from server.sessions.displays import Displays
from server.sessions.outputs import COUNTED_EVERY_S, CellOutputs, Keep
from server.sessions.streams import StreamFiles

FLUSH_EVERY_S = 0.075

FINISHED_KEPT = 8
"""Cells that have ended and still take what their threads print."""


class Screen:
    """Outputs by the ids of their requests. `ring` is called when something is due to be shown."""

    def __init__(self, room: Room, streams: StreamFiles, keep: Keep, ring: Callable[[], None]) -> None:
        self._room = room
        self._streams = streams
        self._keep = keep
        self._ring = ring
        self._displays = Displays(room.runtime)
        self._outputs: OrderedDict[str, CellOutputs] = OrderedDict()
        self._lent: dict[str, str] = {}
        self._flushed_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def open(self, cell: CellId, msg_id: str, *, again: bool) -> None:
        """Take what the request puts out from now on; with `again`, in the place of what is shown."""
        if again or msg_id not in self._outputs:
            self._outputs[msg_id] = CellOutputs(
                cell, msg_id, self._room.runtime, self._streams, self._keep, self._room.stream, again=again
            )

    def lend(self, msg_id: str, cell: CellId, run: RunId) -> None:
        """Show what a request puts out below the outputs of the run `run` of `cell`, if those still stand."""
        if msg_id in self._lent:
            return
        entry = self._room.runtime.entry(cell)
        if entry is None or entry.run != run:
            self._lent[msg_id] = ""
            return
        known = next((name for name, each in self._outputs.items() if each.cell == cell), None)
        if known is None:
            known, below = msg_id, len(entry.outputs)
            self._outputs[msg_id] = CellOutputs(
                cell,
                msg_id,
                self._room.runtime,
                self._streams,
                self._keep,
                self._room.stream,
                below=below,
            )
        self._lent[msg_id] = known

    async def returned(self, msg_id: str) -> None:
        """What was lent to a request ends with it."""
        known = self._lent.pop(msg_id, None)
        if known is not None:
            await self.finish(known)

    def take(self, message: Message) -> None:
        """Fold a message in; one of a request that is not open changes nothing."""
        outputs = self._outputs.get(self._lent.get(message.msg_id, message.msg_id))
        if outputs is None:
            return
        for change in outputs.take(message):
            self._displays.changed(change, outputs.cell)

    async def finish(self, msg_id: str) -> None:
        """Show the final state of what the request put out."""
        if (outputs := self._outputs.get(msg_id)) is not None:
            await outputs.finish()

    def forget(self, cell: str) -> None:
        """Let go of what a cell put out, because it runs again or is cleared."""
        for msg_id in [msg_id for msg_id, outputs in self._outputs.items() if outputs.cell == cell]:
            del self._outputs[msg_id]
        entry = self._room.runtime.entry(cell)
        for output in entry.outputs if entry else ():
            if isinstance(output, StreamOutput):
                self._streams.remove(output.id)

    def drop_old(self) -> None:
        """Let go of cells that have ended, but for the last few."""
        while len(self._outputs) > FINISHED_KEPT:
            _, oldest = self._outputs.popitem(last=False)
            oldest.let_go()

    def is_due(self) -> bool:
        """Say whether what waits is to be shown now; if not, ring when it is."""
        if self._displays.has_changes or any(o.has_changes for o in self._outputs.values()):
            pace_s = FLUSH_EVERY_S
        elif any(o.has_grown for o in self._outputs.values()):
            pace_s = COUNTED_EVERY_S
        else:
            return False
        loop = asyncio.get_running_loop()
        wait_s = self._flushed_at + pace_s - loop.time()
        if wait_s <= 0:
            return True
        due = loop.time() + wait_s
        if self._timer is None or self._timer.when() <= loop.time() or self._timer.when() > due + 0.001:
            self.quiet()
            self._timer = loop.call_later(wait_s, self._ring)
        return False

    async def flush(self) -> None:
        """Show everything that was put out so far."""
        for outputs in list(self._outputs.values()):
            await outputs.flush()
        await self._displays.flush(self._keep)
        self._flushed_at = asyncio.get_running_loop().time()

    def quiet(self) -> None:
        """Ring no more."""
        if self._timer is not None:
            self._timer.cancel()

    def close(self) -> None:
        """No log grows any more."""
        self._streams.close_all()
