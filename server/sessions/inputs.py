"""Input cells: a person's value becomes the text of the cell, and what reads its variable is found.

Whoever sets a value may not be one who edits: they change nothing but the literal that the cell's definition
takes. So a text that is anything else than such an assignment is left alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import msgspec

from collab.commands import SetInput
from collab.hub import Room
from collab.ids import CellId, UserId
from collab.inputs import (
    BadValue,
    Input,
    Option,
    SelectInput,
    assigned,
    assignment,
    input_of,
    options_of,
)
from collab.kinds import SqlCell, special
from collab.session.decide import Refusal
from collab.session.state import CellText
from kernel_manager.analysis.names import Names, dependants, names_of, sql_names
from kernel_manager.asking import AskFailed, AskRefused
from server.sessions.backend import Link
from server.sessions.inbox import Asked

OPTIONS_S = 3.0

Texts = Callable[[], Sequence[CellText]]


class Inputs:
    """The input cells of one notebook. `cells` gives the living cells with the texts that would run."""

    def __init__(self, room: Room, cells: Texts) -> None:
        self._room = room
        self._cells = cells
        self._names: dict[CellId, tuple[str, Names]] = {}
        self._held: dict[str, Asked] = {}
        self._offered: dict[tuple[str, str], tuple[Option, ...]] = {}
        """What a page was last told that an input may be set to, by cell and variable."""

    def set(self, command: SetInput, by: UserId) -> Input:
        """Put the value of a command, if it has one, into the cell, and return what the cell is."""
        definition = self._definition(command.cell_id)
        if command.value is msgspec.UNSET:
            return definition
        before = self._room.source.source_of(command.cell_id) or ""
        if before.strip() and assigned(definition.name, before) is None:
            raise Refusal(
                "input_edited",
                "The code of this input was written by hand, so the form cannot set it. Ask an editor.",
            )
        try:
            text = assignment(self._with_options(command.cell_id, definition), command.value)
        except BadValue as bad:
            raise Refusal("bad_value", str(bad)) from None
        if self._room.cannot_save:
            raise Refusal("storage_away", "The server cannot save anything at the moment. Try again soon.")
        if text != before:
            with self._room.edit(by):
                self._room.source.set_source(command.cell_id, text)
        return definition

    async def offer(self, cell_id: str, link: Link | None) -> tuple[Option, ...]:
        """Return what a select may be set to, asked of the kernel where a variable holds it.

        Raises `Refusal`, with what to do.
        """
        definition = self._definition(cell_id)
        if not isinstance(definition, SelectInput):
            raise Refusal("no_input", "This input has no options.")
        if definition.variable == "":
            return definition.options
        name = definition.variable
        if link is None:
            raise Refusal("no_kernel", f"The options are in {name}, and there is no kernel. Run its cell.")
        try:
            answer = await link.ask("variables.options", {"name": name}, OPTIONS_S)
        except AskRefused as refusal:
            raise Refusal("no_options", str(refusal)) from None
        except AskFailed as failure:
            raise Refusal("kernel_busy", f"{failure} Open the list again in a moment.") from None
        found = options_of(answer.content.get("options"))
        if not found:
            raise Refusal("no_options", f"There are no texts and no numbers in {name} to choose from.")
        self._offered[cell_id, name] = found
        return found

    async def affected(self, cell_id: str, definition: Input) -> tuple[CellText, ...]:
        """Return the cell and, if its definition says so, the cells below that depend on its variable."""
        cells = self._cells()
        at = next((place for place, cell in enumerate(cells) if cell.id == cell_id), None)
        if at is None or definition.runs == "nothing":
            return ()
        chosen = cells[at : at + 1]
        below = [cell for cell in cells[at + 1 :] if cell.type == "code"]
        if definition.runs == "dependants" and below:
            await self._read(below)
            names = {str(cell.id): self._names[cell.id][1] for cell in below}
            wanted = set(dependants([definition.name], names))
            chosen = [*chosen, *(cell for cell in below if cell.id in wanted)]
        return tuple(chosen)

    # Those that wait for a cell to end that depends on them

    @property
    def waiting(self) -> tuple[Asked, ...]:
        """What runs as soon as the cell has ended that runs now."""
        return tuple(self._held.values())

    def hold(self, asked: Asked, cell_id: str) -> None:
        """Run what depends on an input once more later, for whoever set it last."""
        self._held[cell_id] = replace(asked, command=SetInput(cell_id))

    def take(self, *, of: frozenset[UserId] | None = None) -> list[Asked]:
        """Let go of those that wait: all, or those `of` some people."""
        taken = {cell: asked for cell, asked in self._held.items() if of is None or asked.user in of}
        self._held = {cell: asked for cell, asked in self._held.items() if cell not in taken}
        return list(taken.values())

    # Private

    def _with_options(self, cell_id: str, definition: Input) -> Input:
        if not isinstance(definition, SelectInput) or definition.variable == "":
            return definition
        offered = self._offered.get((cell_id, definition.variable), ())
        return msgspec.structs.replace(definition, options=offered)

    def _definition(self, cell_id: str) -> Input:
        source = self._room.source
        if source.type_of(cell_id) is None:
            raise Refusal(
                "unknown_cell", f"The notebook has no cell {cell_id}; somebody may have deleted it."
            )
        definition = input_of(source.meta_of(cell_id)) if source.type_of(cell_id) == "code" else None
        if definition is None:
            raise Refusal("no_input", "This cell is no input; somebody may have changed it. Look again.")
        return definition

    async def _read(self, cells: Sequence[CellText]) -> None:
        """Read the texts that are not known yet, beside the loop: parsing many takes long."""
        known = self._names
        fresh = [
            (cell, self._sql(cell))
            for cell in cells
            if cell.id not in known or known[cell.id][0] != cell.source
        ]
        read = await asyncio.to_thread(lambda: [(cell, _names(cell, sql)) for cell, sql in fresh])
        kept = {cell.id: known[cell.id] for cell in cells if cell.id in known}
        self._names = kept | {cell.id: (cell.source, names) for cell, names in read}

    def _sql(self, cell: CellText) -> SqlCell | None:
        return special(self._room.source.meta_of(cell.id))


def _names(cell: CellText, sql: SqlCell | None) -> Names:
    if sql is None:
        return names_of(cell.source)
    return sql_names(cell.source, sql.result)
