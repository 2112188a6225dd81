"""Tables in the kernel: how they are displayed, and what can be asked of them while a cell runs.

Standard library only at import; pandas, polars, pyarrow, duckdb and numpy are used where the person's own
code has imported them. A table is never changed, and a view of it is a list of row numbers, never a copy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..agent.operations import OPERATIONS, Reply
from .display import Display
from .operations import Operations
from .shown import Shown
from .tables import Tables


def register(shell: Any) -> None:
    """Have a shell display tables with what the page draws a grid from, and its agent work with them."""
    shown = Shown()
    display = Display(shell, shown)
    display.register()
    operations = Operations(Tables(shell, shown, display.mark))

    def asking(name: str) -> Callable[[Any, dict[str, Any]], Reply]:
        return lambda _, arguments: Reply(*operations.ask(name, arguments))

    OPERATIONS.update({name: asking(name) for name in operations.table})
