"""What a real kernel does while Jupyter would call it idle: a supervisor sees it at work."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import zmq

from kernel_manager.client import SupervisorClient
from kernel_manager.reports import Started, Usage
from kernel_manager.supervisor.session import Session
from tests.support.kernels import LIMIT_S, Placed, Reports, attached, placed

pytestmark = pytest.mark.kernel

BURN = """
import threading

def burn():
    while True: pass

threading.Thread(target=burn, daemon=True).start()
"""

Attached = tuple[SupervisorClient, Reports, Placed]


@pytest.fixture
async def kernel(tmp_path: Path) -> AsyncIterator[Attached]:
    async with attached(tmp_path) as everything:
        yield everything


def _is_at(sign: str, *, most: float) -> Callable[[Usage], bool]:
    """Say whether a sign of work was seen at most so many seconds ago."""

    def holds(usage: Usage) -> bool:
        age = getattr(usage.quiet, sign, None)
        return age is not None and age <= most

    return holds


async def test_a_thread_that_computes_is_seen_at_work_without_a_request(kernel: Attached) -> None:
    """The stock culler looks at `execution_state` and `last_activity`: both are silent here."""
    client, reports, _ = kernel
    client.execute("a", BURN)
    await reports.finished("a")
    usage = await reports.first(
        Usage, lambda usage: _is_at("cpu", most=0)(usage) and _later(usage, "requests")
    )
    assert usage.quiet is not None
    assert usage.quiet.requests is not None
    assert usage.quiet.requests > 0.5


def _later(usage: Usage, sign: str, seconds: float = 0.5) -> bool:
    return usage.quiet is not None and (getattr(usage.quiet, sign) or 0) > seconds


async def test_a_sleeping_cell_is_at_work_although_a_subshell_has_answered(kernel: Attached) -> None:
    """ipykernel says idle as soon as the subshell's request ends; the cell of the main shell still sleeps."""
    client, reports, here = kernel
    client.execute("a", "import time; time.sleep(60)")
    await reports.first(Started, lambda report: report.msg_id == "a")
    said = await asyncio.to_thread(_ask_subshell, Path(here.handle["dir"]))
    assert said[-1] == "idle"
    count = len(reports.of(Usage))
    await reports.until(lambda: len(reports.of(Usage)) >= count + 2)
    usage = reports.of(Usage)[-1]
    assert usage.quiet is not None
    assert usage.quiet.requests == 0.0
    await client.interrupt()


def _ask_subshell(folder: Path) -> list[str]:
    """Have a subshell of the kernel compute 1 + 1, as a second client; returns the states that it told."""
    (path,) = folder.rglob("connection.json")
    connection = json.loads(path.read_text())
    session = Session(connection["key"].encode())
    with zmq.Context() as context:
        sockets = {}
        for name, kind in (("iopub", zmq.SUB), ("control", zmq.DEALER), ("shell", zmq.DEALER)):
            sockets[name] = context.socket(kind)
            sockets[name].setsockopt(zmq.LINGER, 0)
            sockets[name].setsockopt(zmq.RCVTIMEO, int(LIMIT_S * 1000))
            sockets[name].connect(f"ipc://{path.parent / 'k'}-{connection[f'{name}_port']}")
        sockets["iopub"].setsockopt(zmq.SUBSCRIBE, b"")
        sockets["control"].send_multipart(session.request("create_subshell_request", "make", {}))
        made = session.read(sockets["control"].recv_multipart())
        assert made is not None
        subshell = json.loads(made.content)["subshell_id"]
        frames = session.request("execute_request", "sub", {"code": "1 + 1", "silent": False})
        frames[2] = json.dumps({**json.loads(frames[2]), "subshell_id": subshell}).encode()
        frames[1] = session._sign(frames[2:])
        sockets["shell"].send_multipart(frames)
        states: list[str] = []
        while "idle" not in states:
            message = session.read(sockets["iopub"].recv_multipart())
            if message is not None and (message.parent, message.msg_type) == ("sub", "status"):
                states.append(json.loads(message.content)["execution_state"])
        for socket in sockets.values():
            socket.close()
        return states


async def test_a_busy_child_is_seen_and_a_sleeping_one_is_not(kernel: Attached) -> None:
    client, reports, _ = kernel
    code = "import subprocess, sys\nchild = subprocess.Popen([sys.executable, '-c', {!r}])"
    client.execute("a", code.format("import time; time.sleep(100)"))
    await reports.finished("a")
    await reports.until(lambda: any(_later(usage, "children", 3) for usage in reports.of(Usage)))
    client.execute("b", code.format("while True: pass"))
    await reports.first(Usage, _is_at("children", most=0))


async def test_a_wait_for_input_is_told_with_its_length(kernel: Attached) -> None:
    client, reports, _ = kernel
    client.execute("a", "input()")
    usage = await reports.first(Usage, lambda usage: usage.quiet is not None and usage.quiet.input_wait > 1)
    assert usage.quiet is not None
    assert usage.quiet.requests == 0.0
    client.answer("a", "x")
    await reports.finished("a")


async def test_a_server_that_attaches_later_hears_for_how_long_the_kernel_was_quiet(tmp_path: Path) -> None:
    async with placed(tmp_path) as here:
        first = Reports()
        client = await here.attach(first)
        await first.first(Usage, lambda usage: _later(usage, "requests", 1))
        await client.close()
        second = Reports()
        client = await here.attach(second, fence=2)
        usage = await second.first(Usage)
        assert _later(usage, "requests", 1)
        await client.close()
