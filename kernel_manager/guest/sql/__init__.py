"""Cells of SQL in the kernel. A text that begins with the magic of `collab.kinds.SQL_MAGIC` comes here.

Standard library only at import; drivers are used where the project's environment has them.
"""

from __future__ import annotations

from typing import Any

from ..agent import json
from .run import Runner, SQLError
from .session import Details
from .show import show

MAGIC = "commonbook_sql"
QUESTION = "\x00commonbook-connection:"
"""How a question to the server for a connection's details begins; no person's prompt does."""


def register(shell: Any) -> None:
    """Teach a kernel's shell SQL."""

    def ask(connection: str) -> Details:
        if getattr(shell, "kernel", None) is None or not shell.kernel._allow_stdin:
            raise SQLError("This run cannot be given a connection. Run the cell in its notebook.")
        answer = json.loads(shell.kernel.raw_input(QUESTION + json.dumps(connection)))
        if not answer["ok"]:
            raise SQLError(answer["reason"])
        told = answer["connection"]
        return Details(told["id"], told["kind"], told["name"], told["fields"], told["read_only"])

    runner = Runner(shell, ask)

    def cell(line: str, text: str) -> None:
        show(shell, runner.cell(line, text))

    cell._ipython_magic_no_var_expand = True  # type: ignore[attr-defined]
    shell.register_magic_function(cell, "cell", MAGIC)
