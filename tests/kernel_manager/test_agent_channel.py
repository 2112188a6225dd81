"""Questions to the agent in a real kernel: while cells run, are interrupted, break things, and end."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from kernel_manager.asking import AskRefused, KernelGone
from kernel_manager.reports import Died, Message, Ready, Started
from tests.support.kernels import Reports, attached, kernel_pid, placed

pytestmark = [pytest.mark.kernel, pytest.mark.slow]

LIMIT_S = 30.0

HOSTILE = """
import builtins, json, sys
json.dumps = json.loads = json.JSONEncoder.encode = json.JSONDecoder.decode = None
sys.modules.update(json=None, math=None, decimal=None)
globals().update(Reply=1, OPERATIONS=2, channel=3, str=4, len=5)
put = setattr
for name in [*vars(builtins)]:
    put(builtins, name, None)
"""

LIST_AND_DELETE = """
get_ipython().run_line_magic("subshell", "")
manager = get_ipython().kernel.shell_channel_thread.manager
import threading
gone = threading.Event()
def delete():
    for each in manager.list_subshell():
        manager._delete_subshell(each)
    gone.set()
get_ipython().kernel.shell_channel_thread.io_loop.add_callback(delete)
gone.wait(10);
"""

TRACES = """
import sys
print([name for name in [*globals(), *sys.modules] if "_kernel_launcher" in name or "probe" in name])
print(len(In), get_ipython().execution_count)
"""


async def test_the_agent_answers_whatever_the_cells_do(tmp_path: Path) -> None:
    async with attached(tmp_path) as (client, reports, _):

        async def answers() -> None:
            answer = await client.ask("agent.probe", {"bytes": 7}, LIMIT_S)
            assert (answer.content, answer.buffers) == ({"bytes": 7}, (bytes(7),))

        async def begin(name: str, code: str) -> None:
            client.execute(name, code)
            await reports.first(Started, lambda report: report.msg_id == name)

        async def run(name: str, code: str) -> None:
            client.execute(name, code)
            assert (await reports.finished(name)).status == "ok"

        await reports.first(Ready)
        await begin("sleep", "import time; time.sleep(60)")
        await answers()
        await client.interrupt()
        await asyncio.gather(*(answers() for _ in range(20)))
        assert (await reports.finished("sleep")).ename == "KeyboardInterrupt"

        await begin("loop", "while True: pass")
        large = await client.ask("agent.probe", {"bytes": 3_500_000}, LIMIT_S)
        assert large.buffers == (bytes(3_500_000),)
        await client.interrupt()
        assert (await reports.finished("loop")).ename == "KeyboardInterrupt"

        await run("binds", "ours = [1]")
        await run("changes", "ours.append(2)")
        snapshot = (await client.ask("variables.snapshot", {}, LIMIT_S)).content
        (ours,) = [each for each in snapshot["items"] if each["name"] == "ours"]
        assert (ours["preview"], ours["defined"], ours["changed"]) == ("[1, 2]", "binds", "changes")
        assert {each["name"] for each in snapshot["items"]} == {"time", "ours"}
        await client.ask("variables.delete", {"name": "ours"}, LIMIT_S)

        await run("deletes", LIST_AND_DELETE)
        assert "subshell list: ['" in reports.text("deletes")
        await answers()
        await run("traces", TRACES)
        assert reports.text("traces") == "[]\n7 7\n"
        await run("hostile", HOSTILE)
        await answers()
        await run("goes on", "40 + 2")
        client.execute("fails", "1 / 0")
        assert (await reports.finished("fails")).status == "error"
        await answers()

        with pytest.raises(AskRefused, match="earlier version"):
            await client.ask("agent.unknown", {}, LIMIT_S)
        with pytest.raises(AskRefused, match="could not do it"):
            await client.ask("variables.delete", {}, LIMIT_S)
        assert {message.msg_id for message in reports.of(Message)} == {
            "sleep", "loop", "deletes", "traces", "goes on", "fails",
        }  # fmt: skip


async def test_a_question_outlives_the_connection_but_not_the_kernel(tmp_path: Path) -> None:
    async with placed(tmp_path) as here:
        first, second = Reports(), Reports()
        client = await here.attach(first)
        with suppress(KernelGone):  # it may be ready by now
            await client.ask("agent.probe", {}, LIMIT_S)
        await first.first(Ready)

        client.execute("holds", "import ctypes; ctypes.PyDLL(None).usleep(500_000)")
        await first.first(Started)
        asked = asyncio.create_task(client.ask("agent.probe", {"bytes": 2}, LIMIT_S))
        await asyncio.sleep(0)
        client._connection.close()  # type: ignore[union-attr]
        assert (await asked).buffers == (bytes(2),)

        asked = asyncio.create_task(client.ask("agent.probe", {"bytes": 3}, LIMIT_S))
        await client.restart()
        with suppress(KernelGone):  # it was answered before the end, or not
            await asked
        await first.first(Ready, lambda report: report.epoch == 2)
        assert (await client.ask("agent.probe", {"bytes": 4}, LIMIT_S)).buffers == (bytes(4),)

        other = await here.attach(second, fence=2)
        assert await first.lost() == "displaced"
        with pytest.raises(KernelGone):
            await client.ask("agent.probe", {}, LIMIT_S)
        os.kill(kernel_pid(here.handle), signal.SIGSTOP)  # it can answer nothing any more
        asked = asyncio.create_task(other.ask("agent.probe", {}, LIMIT_S))
        await asyncio.sleep(0)
        os.kill(kernel_pid(here.handle), signal.SIGKILL)
        with pytest.raises(KernelGone):
            await asked
        await second.first(Died)
        with pytest.raises(KernelGone):
            await other.ask("agent.probe", {}, LIMIT_S)
        await client.close()
        await other.close()
