"""What the agent can be asked to do: names of operations, and what each of them returns.

An operation gets IPython's shell and its arguments, and returns JSON-able content and buffers. It runs in the
subshell's own thread, beside whatever runs in the cells; so it holds no lock that cells could want, calls no
code of the person's, and watches its own time. Everything that it needs is imported when the kernel starts:
later, a name may stand for something else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple


class Reply(NamedTuple):
    """An answer: content that JSON can hold, and bytes beside it."""

    content: dict[str, Any]
    buffers: Sequence[Any] = ()


class Refused(Exception):
    """The agent does not do it; the text is a sentence for the person who asked."""


Operation = Callable[[Any, dict[str, Any]], Reply]

MOST_PROBE_BYTES = 64 * 1024 * 1024


def probe(shell: Any, arguments: dict[str, Any]) -> Reply:
    """Return so many `bytes`: tells how long the way takes."""
    size = min(int(arguments.get("bytes", 0)), MOST_PROBE_BYTES)
    return Reply({"bytes": size}, (bytes(size),) if size else ())


OPERATIONS: dict[str, Operation] = {"agent.probe": probe}
"""What can be asked. Features of the kernel add theirs when it starts."""
