"""`python -m kernel_manager.engines.ssh.far`: the far end of the SSH engine, one call a run.

Reads one call as JSON from standard input, carries it out with the local engine of the host that it runs
on, and prints the answer as JSON. So a kernel on an SSH host is a local kernel there, with its sandbox and
limits.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, assert_never

import msgspec

from kernel_manager.engines.base import EngineRefused, NotReady, Placement
from kernel_manager.engines.local import LocalEngine


class Submit(msgspec.Struct, tag="submit"):
    """Place a supervisor. Without `shared_files`, the project's files lie below `root` as well."""

    root: str
    placement: Placement
    shared_files: bool


class Look(msgspec.Struct, tag="look"):
    """Say where a supervisor stands and where it answers."""

    root: str
    handle: dict[str, Any]


class Signal(msgspec.Struct, tag="signal"):
    """Send the supervisor a signal."""

    root: str
    handle: dict[str, Any]
    signum: int


class Cancel(msgspec.Struct, tag="cancel"):
    """End the supervisor and its kernel."""

    root: str
    handle: dict[str, Any]


class ListAll(msgspec.Struct, tag="list"):
    """Name every living supervisor of an owner."""

    root: str
    owner: str


Call = Submit | Look | Signal | Cancel | ListAll


class Answer(msgspec.Struct, omit_defaults=True):
    """What came of a call. `refusal` is for the person who asked; the rest depends on the call."""

    refusal: str | None = None
    handle: dict[str, Any] | None = None
    handles: list[dict[str, Any]] = []
    phase: str = ""
    reason: str = ""
    node: str = ""
    port: int | None = None


def main() -> None:
    """Carry out the call on standard input."""
    call = msgspec.json.decode(sys.stdin.buffer.read(), type=Call)
    try:
        answer = asyncio.run(_carry_out(call, Path(call.root).expanduser().absolute()))
    except EngineRefused as refused:
        answer = Answer(refusal=str(refused))
    sys.stdout.buffer.write(msgspec.json.encode(answer))


async def _carry_out(call: Call, root: Path) -> Answer:
    engine = LocalEngine(root / "kernels")
    match call:
        case Submit():
            placement = call.placement
            if not call.shared_files:
                files = root / "files" / (placement.project or placement.kernel_id)
                await asyncio.to_thread(files.mkdir, parents=True, exist_ok=True)
                placement = replace(placement, folder=str(files))
            return Answer(handle=dict(await engine.submit(placement)))
        case Look():
            status = await engine.status(call.handle)
            port = None
            if status.phase == "running":
                with suppress(NotReady):  # it has just ended
                    port = (await engine.endpoint(call.handle)).port
            return Answer(phase=status.phase, reason=status.reason, node=status.node or "", port=port)
        case Signal():
            await engine.signal(call.handle, call.signum)
        case Cancel():
            await engine.cancel(call.handle)
        case ListAll():
            return Answer(handles=[dict(handle) for handle in await engine.list(call.owner)])
        case _:
            assert_never(call)
    return Answer()


if __name__ == "__main__":
    main()
