"""What sinfo prints, and how many kernels of a class that leaves room for; without a Slurm."""

from __future__ import annotations

from typing import Any

import pytest

from kernel_manager.engines.base import Availability
from kernel_manager.engines.slurm.nodes import read_nodes, room
from kernel_manager.hardware import HardwareClass

PRINTED = """\
cpu1|cpu-small*|0/2/0/2|4000|0|(null)|gpu:0|idle|(null)|up|
cpu2|cpu-small*|1/1/0/2|4000|3000|(null)|gpu:0|mixed|fast,big|up|
cpu3|cpu-small*|0/0/2/2|4000|0|(null)|gpu:0|idle+drain|(null)|up|
gpu1|gpu|3/5/0/8|64000|8000|gpu:a100:4(S:0-1),gpu:t4:2|gpu:a100:3(IDX:0-2),gpu:t4:0(IDX:N/A)|mixed|(null)|up|
gpu2|gpu|0/0/8/8|64000|0|gpu:a100:4|gpu:a100:0(IDX:N/A)|down*|(null)|up|
old1|closed|0/8/0/8|64000|0|(null)|gpu:0|idle|(null)|down|

"""


def of(**fields: Any) -> HardwareClass:
    return HardwareClass("c", "C", "slurm", **fields)


@pytest.mark.parametrize(
    ("hardware", "free", "total"),
    [
        (of(cpus=1), 3, 4),
        (of(cpus=1, memory_mib=1000), 3, 4),
        (of(cpus=1, memory_mib=1001), 2, 4),
        (of(cpus=1.5), 1, 2),
        (of(cpus=1, options={"constraint": "fast"}), 1, 2),
        (of(cpus=1, options={"nodelist": "cpu1"}), 2, 2),
        (of(gpus=1, gpu_type="a100", options={"partition": "gpu"}), 1, 4),
        (of(gpus=2, gpu_type="a100", options={"partition": "gpu"}), 0, 2),
        (of(gpus=1, options={"partition": "gpu"}), 3, 6),
        (of(cpus=4, gpus=1, options={"partition": "gpu"}), 1, 2),
    ],
)
def test_what_fits_into_the_nodes_that_are_up(hardware: HardwareClass, free: int, total: int) -> None:
    assert room(hardware, read_nodes(PRINTED), queue=5) == Availability(free, total, 5)


@pytest.mark.parametrize(
    ("hardware", "words"),
    [
        (of(memory_mib=5000), "No machine of the default partition is large enough"),
        (of(gpus=1, options={"partition": "gone"}), "No machine of the partition 'gone'"),
        (of(options={"partition": "closed"}), "that are large enough are down"),
    ],
)
def test_where_nothing_can_ever_start_it_says_why(hardware: HardwareClass, words: str) -> None:
    found = room(hardware, read_nodes(PRINTED), queue=0)
    assert (found.free, found.total) == (0, 0)
    assert words in found.reason
    assert found.fits == ("down" in words)


@pytest.mark.parametrize("options", [{"qos": "short"}, {"reservation": "r"}, {"constraint": "fast&big"}])
def test_limits_that_no_node_tells_leave_it_unknown(options: dict[str, str]) -> None:
    assert room(of(options=options), read_nodes(PRINTED), queue=1) == Availability(queue=1)


@pytest.mark.parametrize("text", ["sinfo: error\n", "a|b|0/1|x|0|||idle||up|\n", "{}\n"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_nodes(text)
