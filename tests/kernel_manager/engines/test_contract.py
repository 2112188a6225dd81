"""What every engine promises, tried on each of them with real kernels."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import sys
import time
from pathlib import Path

import psutil
import pytest

from kernel_manager.client import SupervisorLost
from kernel_manager.engines.base import EngineRefused
from kernel_manager.reports import Message, Ready, Started
from tests.support.kernels import LIMIT_S, Reports
from tests.support.sites import Site, kill, living, processes_of, until_phase

pytestmark = pytest.mark.kernel

LOST_WITHIN_S = 15.0


def result(reports: Reports, msg_id: str) -> str:
    """Return the value that a request showed."""
    [shown] = [m for m in reports.of(Message) if m.msg_id == msg_id and m.msg_type == "execute_result"]
    value: str = shown.content["data"]["text/plain"]
    return value


async def test_a_placed_kernel_is_reached_runs_and_says_where_it_is(site: Site) -> None:
    client, reports, here = await site.attach()
    client.execute("a", "6 * 7")
    await reports.finished("a")
    assert result(reports, "a") == "42"
    status = await site.engine.status(here.handle)
    assert (status.phase, bool(status.node)) == ("running", True)
    assert json.loads(json.dumps(dict(here.handle))) == here.handle, "a handle is kept as JSON"
    await client.close()


async def test_a_name_is_placed_once(site: Site) -> None:
    await site.reach(await site.submit())
    with pytest.raises(EngineRefused, match="placed already"):
        await site.submit()


async def test_an_interrupt_arrives_within_a_second(site: Site) -> None:
    client, reports, _ = await site.attach()
    client.execute("a", "import time\nwhile True: time.sleep(60)")
    await reports.first(Started)
    began = time.monotonic()
    await client.interrupt()
    assert (await reports.finished("a")).ename == "KeyboardInterrupt"
    assert time.monotonic() - began < 1
    await client.close()


async def test_a_cancel_leaves_no_process_and_no_folder(site: Site) -> None:
    _, reports, here = await site.attach()
    await reports.first(Ready)
    processes = processes_of(here.handle)
    assert len(processes) >= 2
    await site.engine.cancel(here.handle)
    assert list(living(processes)) == []
    assert (await site.engine.status(here.handle)).phase == "ended"
    assert await reports.lost() == "gone"
    assert not os.access(here.handle["dir"], os.F_OK)
    await site.engine.cancel(here.handle)


async def test_a_signal_reaches_the_supervisor(site: Site) -> None:
    client, reports, here = await site.attach()
    await reports.first(Ready)
    await site.engine.signal(here.handle, signal.SIGTERM)
    await until_phase(site.engine, here.handle, "ended")
    assert await reports.lost() == "gone"
    await client.close()


async def test_what_was_placed_is_found_by_its_owner_and_by_nobody_else(site: Site) -> None:
    first = await site.submit("first")
    second = await site.submit("second", owner="somebody else")
    await site.reach(first)
    await site.reach(second)
    assert [found["dir"] for found in await site.engine.list("tests")] == [first["dir"]]
    [found] = await site.engine.list("tests")
    here = await site.reach(found)
    client = await here.attach(Reports())
    await client.close()
    await site.engine.cancel(first)
    assert await site.engine.list("tests") == []


async def test_the_folder_of_a_kernel_is_private_and_its_token_is_not_left_there(site: Site) -> None:
    here = await site.reach(await site.submit())
    mode, texts = looked_into(Path(here.handle["dir"]))
    assert mode == 0o700
    assert not any(b"token-of-the-tests" in text or b"PRIVATE KEY" in text for text in texts)


async def test_a_wrong_token_is_refused(site: Site) -> None:
    here = await site.reach(await site.submit())
    with pytest.raises(SupervisorLost) as refused:
        await here.attach(Reports(), token="guessed")
    assert refused.value.loss == "refused"


async def test_nothing_of_the_servers_secrets_reaches_the_job(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMMONBOOK_DATABASE_URL", "postgresql://me:secret-of-the-server@host/db")
    client, reports, here = await site.attach()
    client.execute("a", "import os; print(dict(os.environ))")
    await reports.finished("a")
    assert "secret-of-the-server" not in reports.text("a")
    for process in processes_of(here.handle):
        assert "secret-of-the-server" not in " ".join(process.environ().values())
        assert "secret-of-the-server" not in " ".join(process.cmdline())
    await client.close()


FIRST_SERVER = """
import asyncio, json, sys
from pathlib import Path
from kernel_manager.reports import InputWanted
from tests.support.kernels import Reports, Placed, placement
from tests.support.sites import endpoint
from kernel_manager.hardware import HardwareClass
{recipe}

async def main():
    hardware = HardwareClass({hardware!r}, "A machine", engine.name)
    handle = await engine.submit(placement(Path({work!r}), hardware=hardware))
    reports = Reports()
    client = await Placed(engine, handle, await endpoint(engine, handle)).attach(reports)
    client.execute("a", "kept = 41\\nfor i in range(100): print(i)\\ninput()")
    await reports.first(InputWanted)
    print(json.dumps(dict(handle)), flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_kernel_outlives_who_placed_it_and_is_taken_over_in_mid_cell(site: Site) -> None:
    script = FIRST_SERVER.format(recipe=site.recipe, work=str(site.work), hardware=site.hardware.id)
    server = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        script,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        start_new_session=True,
    )
    assert server.stdout is not None
    line = await asyncio.wait_for(server.stdout.readline(), LIMIT_S)
    server.kill()
    await server.wait()
    handle = site.placed["kernel"] = json.loads(line)

    here, reports = await site.reach(handle), Reports()
    client = await here.attach(reports, fence=2, since=0)
    await reports.until(lambda: reports.text("a").count("\n") == 100)
    assert reports.text("a") == "".join(f"{i}\n" for i in range(100))
    client.answer("a", "")
    await reports.finished("a")
    client.execute("b", "kept + 1")
    await reports.finished("b")
    assert result(reports, "b") == "42"
    await client.close()


async def test_a_lost_machine_is_noticed_within_fifteen_seconds(site: Site) -> None:
    client, reports, here = await site.attach()
    client.execute("a", "import time\ntime.sleep(100)")
    await reports.first(Started)
    began = time.monotonic()
    kill(machine_of(here.handle, site))
    assert await reports.lost(LOST_WITHIN_S) == "gone"
    assert time.monotonic() - began < LOST_WITHIN_S
    await client.close()


def looked_into(folder: Path) -> tuple[int, list[bytes]]:
    """Return a folder's mode and what is in its files."""
    texts = [path.read_bytes() for path in folder.iterdir() if path.is_file()]
    return stat.S_IMODE(folder.stat().st_mode), texts


def machine_of(handle: object, site: Site) -> list[psutil.Process]:
    """Return what dies with a kernel's machine: all of its processes, whatever watches over them first."""
    mine = processes_of(site.placed["kernel"])
    keepers = [p for each in mine for p in each.parents() if p.name() == "slurmstepd"]
    return [*{keeper.pid: keeper for keeper in keepers}.values(), *mine]
