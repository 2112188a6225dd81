"""What a supervisor counts as work: the folding of samples, trees, connections and GPUs."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from kernel_manager.gpus import Gpu, Gpus, NoFreeGpu, assign, discover
from kernel_manager.supervisor.activity import BYTES_PER_S, CPU_SHARE, CPU_WINDOW_S, Activity, Sampled
from kernel_manager.supervisor.traffic import Traffic
from kernel_manager.supervisor.tree import Process, Tree, read_tree
from kernel_manager.supervisor.usage import Meter, _are_children_busy, cgroup_cpu_s
from tests.support.nvml import FakeNvml

# Folding


def sampled(cpu_s: float | None = 0.0, **changes: Any) -> Sampled:
    values: dict[str, Any] = {"children_busy": False, "gpu_busy": False, "traffic": 0.0, **changes}
    return Sampled(cpu_s, **values)


class Watched:
    """A kernel born at 0 that is sampled every two seconds."""

    def __init__(self) -> None:
        self.activity = Activity(0.0)
        self.now = 0.0
        self.cpu_s = 0.5
        self.step()
        self.step()

    def step(self, cores: float = 0.0, seconds: float = 2.0, **changes: Any) -> None:
        self.now += seconds
        self.cpu_s += cores * seconds
        self.activity.took(sampled(self.cpu_s, **changes), self.now)

    def quiet(self, **changes: Any) -> Any:
        values: dict[str, Any] = {"open_requests": 0, "asking_since": None, **changes}
        return self.activity.report(self.now, **values)


def test_a_kernel_that_does_nothing_has_been_quiet_all_its_life() -> None:
    watched = Watched()
    watched.step()
    quiet = watched.quiet()
    assert quiet.age == quiet.gpu == quiet.output == quiet.requests == watched.now
    assert quiet.cpu == watched.now - 2.0, "before the second sample nobody knew"


def test_the_first_sample_says_nothing_of_the_processor() -> None:
    activity = Activity(0.0)
    activity.took(sampled(0.3), 2.0)
    assert activity.report(2.0, open_requests=0, asking_since=None).cpu is None


def test_a_thread_that_computes_is_work_until_it_ends_and_not_for_the_rest_of_the_window() -> None:
    watched = Watched()
    for _ in range(30):
        watched.step(cores=1.0)
    assert watched.quiet().cpu == 0.0
    for _ in range(5):
        watched.step()
    assert watched.quiet().cpu == 10.0


def test_a_blip_that_is_little_in_the_mean_is_no_work() -> None:
    watched = Watched()
    for _ in range(200):
        watched.step()
    watched.step(cores=0.5)
    assert watched.quiet().cpu > CPU_WINDOW_S


def test_steady_work_just_above_the_threshold_is_work() -> None:
    watched = Watched()
    for _ in range(200):
        watched.step(cores=CPU_SHARE * 1.1)
    assert watched.quiet().cpu == 0.0


def test_a_lost_sample_is_unknown_and_then_the_clock_starts_anew() -> None:
    watched = Watched()
    for _ in range(10):
        watched.step()
    watched.activity.took(Sampled(None, None, None, None), watched.now)
    quiet = watched.quiet()
    assert (quiet.cpu, quiet.children, quiet.gpu, quiet.network) == (None, None, None, None)
    watched.step()
    watched.step()
    quiet = watched.quiet()
    assert 0 < quiet.cpu <= 4.0
    assert quiet.gpu == 4.0


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"children_busy": True}, "children"),
        ({"gpu_busy": True}, "gpu"),
        ({"traffic": BYTES_PER_S}, "network"),
    ],
)
def test_each_measured_sign_is_told_by_itself(change: dict[str, Any], name: str) -> None:
    watched = Watched()
    watched.step(**change)
    assert getattr(watched.quiet(), name) == 0.0
    watched.step()
    assert getattr(watched.quiet(), name) == 2.0
    assert watched.quiet().output == watched.now


def test_what_open_connections_say_to_stay_open_is_no_work() -> None:
    watched = Watched()
    watched.step(traffic=BYTES_PER_S / 2)
    assert watched.quiet().network == watched.now


def test_an_open_request_is_work_and_its_end_starts_the_clock() -> None:
    watched = Watched()
    watched.step()
    assert watched.quiet(open_requests=1).requests == 0.0
    watched.step()
    assert watched.quiet().requests == 2.0


def test_a_wait_for_input_is_told_with_its_length() -> None:
    watched = Watched()
    assert watched.quiet(open_requests=1, asking_since=watched.now - 7).input_wait == 7.0


@given(st.lists(st.tuples(st.floats(0, 8), st.floats(0.1, 20)), max_size=60))
def test_no_age_is_negative_or_longer_than_a_life(steps: list[tuple[float, float]]) -> None:
    watched = Watched()
    for cores, seconds in steps:
        watched.step(cores, seconds)
        quiet = watched.quiet()
        for age in (quiet.cpu, quiet.output, quiet.requests, quiet.network):
            assert age is None or 0 <= age <= quiet.age


# Trees


def process(pid: int, name: str = "python", state: str = "S", cpu_s: float = 0.0) -> Process:
    return Process(pid, name, state, cpu_s, 0.0, 1)


def test_a_tree_counts_children_that_came_and_went() -> None:
    before = read_tree(os.getpid())
    assert before is not None
    os.waitpid(
        os.posix_spawn("/bin/sh", ["sh", "-c", "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done"], {}), 0
    )
    after = read_tree(os.getpid())
    assert after is not None
    assert after.cpu_s - before.cpu_s >= 0.02


def test_a_tree_that_is_gone_is_unknown() -> None:
    assert read_tree(2**22 + 1) is None


def test_the_kernel_is_found_inside_what_wraps_it(tmp_path: Path) -> None:
    (tmp_path / "self").mkdir()
    (tmp_path / "self/stat").write_text("")
    for pid, name, child in (
        (10, "bwrap", "11"),
        (11, "bwrap", "12"),
        (12, "python (x) y", "13"),
        (13, "sh", ""),
    ):
        (tmp_path / f"{pid}/task/{pid}").mkdir(parents=True)
        (tmp_path / f"{pid}/stat").write_text(f"{pid} ({name}) S " + "1 " * 40)
        (tmp_path / f"{pid}/task/{pid}/children").write_text(child)
    tree = read_tree(10, tmp_path)
    assert tree is not None
    assert (tree.kernel, [each.pid for each in tree.children]) == (12, [13])


def test_a_child_that_computes_or_waits_for_a_disk_is_busy_and_one_that_sleeps_is_not() -> None:
    def tree(child: Process) -> Tree:
        return Tree(1, {1: process(1, cpu_s=child.cpu_s * 10), child.pid: child})

    asleep = tree(process(2))
    assert not _are_children_busy(asleep, tree(process(2)), 2.0)
    assert _are_children_busy(asleep, tree(process(2, cpu_s=1.0)), 2.0)
    assert not _are_children_busy(asleep, tree(process(2, state="D")), 2.0), "one look may be chance"
    assert _are_children_busy(tree(process(2, state="D")), tree(process(2, state="D")), 2.0)
    assert not _are_children_busy(asleep, Tree(1, {1: process(1, cpu_s=9.0)}), 2.0), "the kernel is no child"


def test_a_cgroup_counts_only_when_it_is_the_kernels_own(tmp_path: Path) -> None:
    for pid, path in (("self", "/server"), ("5", "/kernels/k"), ("6", "/server")):
        (tmp_path / f"proc/{pid}").mkdir(parents=True)
        (tmp_path / f"proc/{pid}/cgroup").write_text(f"0::{path}\n")
        (tmp_path / f"cgroup{path}").mkdir(parents=True, exist_ok=True)
        (tmp_path / f"cgroup{path}/cpu.stat").write_text("usage_usec 2500000\nuser_usec 1\n")
    assert cgroup_cpu_s(5, tmp_path / "proc", tmp_path / "cgroup") == 2.5
    assert cgroup_cpu_s(6, tmp_path / "proc", tmp_path / "cgroup") is None


def test_a_meter_knows_its_use_from_the_second_sample_on() -> None:
    meter = Meter()
    first, second = meter.sample(os.getpid()), meter.sample(os.getpid())
    assert first is not None
    assert second is not None
    assert first.cpu is None
    assert first.memory > 1024 * 1024
    assert second.cpu is not None
    assert second.work.gpu_busy is False
    assert meter.sample(2**22 + 1) is None


# Traffic


def test_bytes_of_a_connection_are_counted_and_an_idle_one_adds_nothing() -> None:
    me = os.getpid()
    traffic = Traffic()
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as ours,
        server.accept()[0] as theirs,
    ):
        first = traffic.read(me, [me])
        assert first is not None
        assert traffic.read(me, [me]) == first
        ours.sendall(b"x" * 50_000)
        left = 50_000
        while left:
            left -= len(theirs.recv(65536))
        assert (traffic.read(me, [me]) or 0) - first >= 50_000


def test_a_namespace_of_its_own_is_counted_without_its_loopback(tmp_path: Path) -> None:
    for pid, space in (("self", "net:[1]"), ("7", "net:[2]")):
        (tmp_path / pid / "ns").mkdir(parents=True)
        (tmp_path / pid / "ns/net").symlink_to(space)
    (tmp_path / "7/net").mkdir()
    header = "Inter-| Receive\n face | bytes\n"

    def counted(received: int) -> int | None:
        lines = f"    lo: 999 {'1 ' * 15}\n  tap0: {received} 1 1 1 1 1 1 1 50 {'1 ' * 7}\n"
        (tmp_path / "7/net/dev").write_text(header + lines)
        return traffic.read(7, [7])

    traffic = Traffic(tmp_path)
    assert counted(100) == 150
    assert counted(400) == 450


def test_counters_that_cannot_be_read_are_unknown(tmp_path: Path) -> None:
    assert Traffic(tmp_path).read(1, [1]) is None


# GPUs


ME = os.getpid()


def busy_of(visible: str | None, *devices: dict[str, Any], broken: tuple[str, ...] = ()) -> bool | None:
    gpus = Gpus.open(visible, FakeNvml(*devices, broken=broken))
    assert gpus is not None
    (sample,) = gpus.sample([ME])
    return sample.is_busy


def test_a_gpu_that_works_for_the_kernel_is_busy() -> None:
    assert busy_of("0", {"uuid": "GPU-a", "use": 87, "pids": [ME], "shares": {ME: 87}}) is True


def test_memory_held_without_use_is_shown_and_is_no_work() -> None:
    gpus = Gpus.open("0", FakeNvml({"uuid": "GPU-a", "use": 0, "pids": [ME], "used": 40}))
    assert gpus is not None
    (sample,) = gpus.sample([ME])
    assert (sample.memory, sample.memory_total, sample.use, sample.is_busy) == (40, 80, 0.0, False)


def test_the_work_of_another_process_on_the_same_gpu_is_not_ours() -> None:
    other = os.getppid()
    assert busy_of("0", {"uuid": "GPU-a", "use": 90, "pids": [other]}) is False
    shared = {"uuid": "GPU-a", "use": 90, "pids": [other, ME], "shares": {other: 90, ME: 0}}
    assert busy_of("0", shared) is False


def test_processes_named_by_the_ids_of_another_namespace_prove_nothing() -> None:
    assert busy_of("0", {"uuid": "GPU-a", "use": 90, "pids": [2**22 + 7]}) is True


def test_a_slice_whose_use_cannot_be_read_is_unknown_while_the_kernel_is_on_it() -> None:
    assert busy_of("MIG-1", {"uuid": "GPU-a", "slices": [{"uuid": "MIG-1", "pids": [ME]}]}) is None
    assert busy_of("MIG-1", {"uuid": "GPU-a", "slices": [{"uuid": "MIG-1", "pids": []}]}) is False


@pytest.mark.parametrize(
    "call",
    ["nvmlDeviceGetUtilizationRates", "nvmlDeviceGetComputeRunningProcesses", "nvmlDeviceGetMemoryInfo"],
)
def test_a_driver_that_fails_in_a_call_is_never_an_error(call: str) -> None:
    device = {"uuid": "GPU-a", "use": 50, "pids": [ME]}
    assert busy_of("0", device, broken=(call,)) is not False or call == "nvmlDeviceGetMemoryInfo"


def test_a_driver_that_does_not_count_its_devices_has_none() -> None:
    assert Gpus.open(None, FakeNvml({"uuid": "GPU-a"}, broken=("nvmlDeviceGetCount",))) is None
    assert discover(FakeNvml({"uuid": "GPU-a"}, broken=("nvmlDeviceGetCount",))) == []


@pytest.mark.parametrize("visible", ["", "-1"])
def test_a_kernel_that_may_use_no_gpu_has_none(visible: str) -> None:
    assert Gpus.open(visible, FakeNvml({"uuid": "GPU-a", "use": 1})) is None


def test_without_a_list_only_the_gpus_that_the_kernel_is_on_are_shown() -> None:
    gpus = Gpus.open(
        None, FakeNvml({"uuid": "a", "use": 0, "pids": [ME]}, {"uuid": "b", "use": 9, "pids": []})
    )
    assert gpus is not None
    assert len(gpus.sample([ME])) == 1


def test_discovery_names_slices_in_the_place_of_their_device() -> None:
    found = discover(
        FakeNvml({"uuid": "GPU-a"}, {"uuid": "GPU-b", "slices": [{"uuid": "MIG-1"}, {"uuid": "MIG-2"}]})
    )
    assert [gpu.uuid for gpu in found] == ["GPU-a", "MIG-1", "MIG-2"]


def test_no_gpu_is_given_twice() -> None:
    found = [Gpu("a", "NVIDIA A100"), Gpu("b", "NVIDIA A100"), Gpu("c", "NVIDIA T4")]
    assert assign(1, "a100", found, {"a"}) == ["b"]
    assert assign(2, None, found, {"b"}) == ["a", "c"]
    with pytest.raises(NoFreeGpu, match="1 of 2 are free here"):
        assign(2, "A100", found, {"a"})
