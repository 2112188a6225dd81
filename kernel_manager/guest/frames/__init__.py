"""Tables in the kernel: how they are displayed, and what can be asked of them while a cell runs.

Standard library only at import; pandas, polars, pyarrow, duckdb and numpy are used where the person's own
code has imported them. A table is never changed, and a view of it is a list of row numbers, never a copy.
"""

from __future__ import annotations

from typing import Any

from .display import Display
from .shown import Shown


def register(shell: Any) -> Display:
    """Have a kernel's shell display tables with what the page draws a grid from."""
    display = Display(shell, Shown())
    display.register()
    return display
