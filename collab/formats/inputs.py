"""Other programs' form fields as input cells, where `collab.inputs` can express them."""

from __future__ import annotations

from typing import Any

from collab.inputs import BadValue, assignment, input_of
from collab.kinds import KEY


def input_cell(definition: dict[str, Any], value: Any, metadata: dict[str, Any]) -> dict[str, Any] | None:
    """Return a cell of a notebook file that sets one variable; None where no input takes this value."""
    meta = {**metadata, KEY: {"kind": "input", **definition}}
    found = input_of(meta)
    if found is None:
        return None
    try:
        source = assignment(found, value)
    except BadValue:
        return None
    return {
        "cell_type": "code",
        "metadata": meta,
        "source": source,
        "outputs": [],
        "execution_count": None,
    }
