"""A kernel within its limits: what takes too much ends, is interrupted or is refused; nobody else notices."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from kernel_manager import limits
from kernel_manager.client import SupervisorClient
from kernel_manager.engines.processes import birth
from kernel_manager.hardware import HardwareClass
from kernel_manager.reports import Died, Ready, Started, Usage
from kernel_manager.supervisor.interrupts import ENDED, IGNORED
from kernel_manager.supervisor.sweep import sweep
from tests.support.kernels import LIMIT_S, Placed, Reports, attached, kernel_pid, placed

MIB = 1024 * 1024
SMALL = HardwareClass("s", "Small", "local", cpus=1.0, memory_mib=300, processes=64, disk_mib=40)

HOSTILE = Path(__file__).parents[1] / "data" / "hostile" / "kernel_code.json"
ITEMS = json.loads(HOSTILE.read_text())["items"]
ENDLESS = {"kernel_code-005", "kernel_code-012", "kernel_code-015"}
"""They go on until they are stopped."""
LONG = {"kernel_code-014"}
"""They take long: so many displays."""

needs_groups = pytest.mark.skipif(limits.find_groups() is None, reason="no cgroups can be made here")
pytestmark = pytest.mark.kernel


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[tuple[SupervisorClient, Reports, Placed]]:
    async with attached(tmp_path, hardware=SMALL) as (client, reports, here):
        await reports.first(Ready)
        yield client, reports, here


@needs_groups
async def test_a_cell_whose_memory_grows_is_interrupted_and_its_variables_live(
    small: tuple[SupervisorClient, Reports, Placed],
) -> None:
    client, reports, _ = small
    client.execute("grow", "kept = 1\nheld = []\nwhile True: held.append(b'%d' % len(held) * 1000)")
    assert (await reports.finished("grow")).ename == "KeyboardInterrupt"
    said = reports.text("grow", "stderr")
    assert "of the 300 MiB" in said
    assert "Commonbook interrupted this cell" in said
    client.execute("after", "held.clear()\nprint(kept)")
    assert (await reports.finished("after")).status == "ok"
    assert reports.text("after") == "1\n"


@needs_groups
async def test_ten_gigabytes_at_once_end_the_kernel_with_a_report_that_proves_it(
    small: tuple[SupervisorClient, Reports, Placed],
) -> None:
    client, reports, here = small
    client.execute("before", "held = bytearray(20 * 2**20)")
    await reports.finished("before")
    client.execute("all", "import time\n\nnothing = bytes(10 * 2**30) + b'x'")
    died = await reports.first(Died)
    assert died.cause == "memory"
    assert "control group counts 1" in died.reason
    assert died.memory_limit == 300 * MIB
    assert died.peak is not None
    assert died.peak >= 0.9 * died.memory_limit
    assert [(each.name, each.type) for each in died.variables] == [("held", "bytearray")]
    assert died.line in (None, 3)  # memory may fill up faster than anybody can ask
    await client.restart()
    await reports.first(Ready, lambda ready: ready.epoch == 2)
    assert psutil.pid_exists(here.handle["pid"])


async def test_a_crash_names_the_line(small: tuple[SupervisorClient, Reports, Placed]) -> None:
    client, reports, _ = small
    client.execute("crash", "import ctypes\n\ndef crash():\n    ctypes.string_at(0)\n\ncrash()")
    died = await reports.first(Died)
    assert (died.cause, died.returncode, died.line) == ("signal", -signal.SIGSEGV, 6)


@needs_groups
async def test_a_fork_bomb_stops_at_the_limit_and_others_go_on(
    small: tuple[SupervisorClient, Reports, Placed], tmp_path: Path
) -> None:
    client, reports, here = small
    (tmp_path / "other").mkdir()
    async with attached(tmp_path / "other") as (other, others, _):
        await others.first(Ready)
        client.execute(
            "bomb", "import os, time\nwhile True:\n    try: os.fork()\n    except OSError: time.sleep(1)"
        )
        await reports.first(Started)
        other.execute("mine", "sum(range(1000))")
        assert (await others.finished("mine")).status == "ok"
        below = psutil.Process(here.handle["pid"]).children(recursive=True)
        assert len(below) <= 70
        await client.restart()
        await reports.first(Ready, lambda ready: ready.epoch == 2)
        left = [each for each in below if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
        assert left == []


DEAF = """
import os, signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
print("deaf")
held = []
while True:
    if os.path.exists("grow") and not held:
        held.append(b"x" * (230 * 2**20))
"""


@needs_groups
async def test_a_kernel_that_ignores_interrupts_says_so_and_ends_at_the_next_one_of_a_person(
    small: tuple[SupervisorClient, Reports, Placed], tmp_path: Path
) -> None:
    client, reports, _ = small
    client.execute("deaf", DEAF)
    await reports.until(lambda: "deaf" in reports.text("deaf"))
    await client.interrupt()
    await reports.until(lambda: IGNORED in reports.text("deaf", "stderr"))
    (tmp_path / "work" / "grow").touch()
    await reports.until(lambda: any(used.memory > 260 * MIB for used in reports.of(Usage)))
    assert reports.of(Died) == [], "want of memory ends no kernel that only people may end"
    await client.interrupt()
    died = await reports.first(Died)
    assert (died.cause, died.reason) == ("interrupt", ENDED)


async def test_a_file_stops_at_the_limit(small: tuple[SupervisorClient, Reports, Placed]) -> None:
    client, reports, _ = small
    for name in ("/project/large", "/tmp/large"):
        client.execute(name, f"open({name!r}, 'wb').write(bytes(50 * 2**20))")
        assert (await reports.finished(name)).ename == "OSError"


@pytest.mark.parametrize(
    "item",
    [pytest.param(item, id=item["id"], marks=[pytest.mark.slow] * (item["id"] in LONG)) for item in ITEMS],
)
async def test_hostile_code_harms_its_own_kernel_at_most(
    item: dict[str, str], small: tuple[SupervisorClient, Reports, Placed]
) -> None:
    client, reports, here = small
    client.execute("hostile", item["payload"])
    # A kernel that leaves at once takes the word of its start along.
    await reports.until(lambda: bool(reports.of(Started) or reports.of(Died)))
    if item["id"] in ENDLESS:
        await client.interrupt()
        await client.restart()
        await reports.first(Ready, lambda ready: ready.epoch == 2)
    else:
        await reports.until(
            lambda: bool(reports.of(Died)) or any(r.msg_id == "hostile" for r in finished(reports))
        )
        if reports.of(Died):
            await client.restart()
            await reports.first(Ready, lambda ready: ready.epoch == 2)
    client.execute("after", "print('alive')")
    assert (await reports.finished("after")).status == "ok"
    assert reports.text("after") == "alive\n" or item["id"] == "kernel_code-008"  # it closed stdout
    assert psutil.pid_exists(here.handle["pid"])
    assert CANARY not in "".join(reports.text(each) for each in ("hostile", "after"))


CANARY = "COMMONBOOK"


def finished(reports: Reports) -> list[object]:
    from kernel_manager.reports import Finished

    return reports.of(Finished)


@needs_groups
async def test_the_groups_of_a_killed_supervisor_are_removed(tmp_path: Path) -> None:
    groups = limits.find_groups()
    assert groups is not None
    async with placed(tmp_path) as here:
        reports = Reports()
        client = await here.attach(reports)
        await reports.first(Ready)
        pid, born = here.handle["pid"], birth(here.handle["pid"])
        name = limits.PREFIX + limits.group_name(pid, born, 1)
        folder = Path(groups.folders["memory"]) / name
        assert str(kernel_pid(here.handle)) in (folder / "cgroup.procs").read_text().split()
        assert str(pid) not in (folder / "cgroup.procs").read_text().split()
        await here.engine.signal(here.handle, signal.SIGKILL)
        assert await reports.lost(LIMIT_S) == "gone"
        sweep()
        assert not folder.exists()
        await client.close()


def fake_system(root: Path, controllers: str) -> Path:
    """Write what a delegated group of version 2 looks like, and return its folder."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text("0::/service\n")
    (root / "proc/self/mountinfo").write_text("31 1 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
    service = root / "sys/fs/cgroup/service"
    service.mkdir(parents=True)
    (service / "cgroup.controllers").write_text(controllers)
    (service / "cgroup.subtree_control").write_text("cpu memory pids")
    return service


def test_version_2_is_used_where_it_is_delegated(tmp_path: Path) -> None:
    service = fake_system(tmp_path, "cpu memory pids\n")
    groups = limits.find_groups(str(tmp_path))
    assert groups is not None
    assert (groups.version, set(groups.folders.values())) == (2, {str(service)})
    group = limits.make_group(groups, "1.2.3", limits.Wanted(5 * MIB, 0.5, 7))
    assert group is not None
    made = service / "commonbook-1.2.3"
    assert {each.name: each.read_text() for each in made.iterdir()} == {
        "memory.max": str(5 * MIB),
        "cpu.max": "50000 100000",
        "pids.max": "7",
    }


def test_without_its_controllers_version_2_is_not_used(tmp_path: Path) -> None:
    fake_system(tmp_path, "hugetlb\n")
    assert limits.find_groups(str(tmp_path)) is None


def test_rlimits_stand_in_for_what_no_group_limits() -> None:
    wanted = limits.Wanted(100, 1.0, 5)
    none = limits.resource_limits(wanted, None, controllers=(), own_user=True)
    assert none == {"RLIMIT_CORE": 0, "RLIMIT_DATA": 100, "RLIMIT_NPROC": 5}
    shared = limits.resource_limits(wanted, 9, controllers=("memory",), own_user=False)
    assert shared == {"RLIMIT_CORE": 0, "RLIMIT_FSIZE": 9}


def test_a_group_is_left_over_once_its_supervisor_is_another_process(tmp_path: Path) -> None:
    groups = limits.Groups(1, {"memory": str(tmp_path)})
    for name in ("10.500.1", "11.600.1"):
        (tmp_path / (limits.PREFIX + name)).mkdir()
    found = limits.leftovers(groups, {10: "500", 11: "601"})
    assert [os.path.basename(os.path.dirname(group.join_files[0])) for group in found] == [
        "commonbook-11.600.1"
    ]
