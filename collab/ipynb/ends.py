"""How much of its long texts an imported notebook shows before somebody asks for all of them.

Both ends of a long text live in the document that everybody loads on joining,
so the long texts of one file share a budget.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import msgspec

from collab.ipynb.values import ImportedCell
from collab.wire import Output, StreamOutput

ENDS_BYTES: Final = 12 * 1024
"""Of all long texts together. Keeps joining 200 cells with 25 kB each under 100 kB."""


def with_fair_ends(cells: Sequence[ImportedCell]) -> tuple[ImportedCell, ...]:
    """Return the cells with the ends of long texts cut to an equal share of the budget."""
    long = sum(_is_long(output) for cell in cells for output in cell.outputs)
    if not long:
        return tuple(cells)
    share = ENDS_BYTES // long // 2
    return tuple(replace(cell, outputs=[_cut(output, share) for output in cell.outputs]) for cell in cells)


def _is_long(output: Output) -> bool:
    return isinstance(output, StreamOutput) and output.text is None


def _cut(output: Output, share: int) -> Output:
    if not isinstance(output, StreamOutput) or output.text is not None:
        return output
    head, tail = (output.head or "").encode(), (output.tail or "").encode()
    return msgspec.structs.replace(
        output,
        head=head[:share].decode(errors="ignore"),
        tail=tail[max(0, len(tail) - share) :].decode(errors="ignore"),
    )
