"""Updates of a display that another cell had shown: `update_display` reaches across cells."""

from __future__ import annotations

from collab.ids import CellId
from collab.runtime import RuntimeDocument
from collab.wire import DisplayOutput
from kernel_manager.outputs import DisplayUpdated
from server.sessions.outputs import Keep


class Displays:
    """Gathers updates, of which the newest of each display counts, and writes them at the next flush."""

    def __init__(self, runtime: RuntimeDocument) -> None:
        self._runtime = runtime
        self._changes: dict[str, tuple[DisplayUpdated, CellId]] = {}

    @property
    def has_changes(self) -> bool:
        return bool(self._changes)

    def changed(self, change: DisplayUpdated, by: CellId) -> None:
        """Note an update; the cell that made it shows it by itself."""
        self._changes[change.display_id] = (change, by)

    async def flush(self, keep: Keep) -> None:
        """Show the updates in every other cell."""
        if not self._changes:
            return
        changes, self._changes = self._changes, {}
        bundles = {
            display_id: (await keep.bundle(change.data, change.metadata), by)
            for display_id, (change, by) in changes.items()
        }
        with self._runtime.transaction():
            for cell, entry in self._runtime.entries().items():
                for index, output in enumerate(entry.outputs):
                    if not isinstance(output, DisplayOutput) or output.display_id not in bundles:
                        continue
                    (data, metadata), by = bundles[output.display_id]
                    if cell != by:
                        shown = DisplayOutput(output.id, data, metadata, output.display_id, output.count)
                        self._runtime.replace_output(cell, index, shown)
