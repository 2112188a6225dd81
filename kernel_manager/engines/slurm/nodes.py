"""How many kernels of a class the nodes of a cluster could take now, from what sinfo says of them. Pure.

An answer before the fact: what really starts, Slurm decides, by priorities and limits that sinfo does not
tell.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from kernel_manager.engines.base import Availability
from kernel_manager.hardware import HardwareClass

FIELDS = (
    *("NodeList", "Partition", "CPUsState", "Memory", "AllocMem", "Gres", "GresUsed", "StateComplete"),
    *("Features", "Available"),
)
ARGUMENTS = ("--noheader", "--Node", f"--Format={','.join(f'{name}:|' for name in FIELDS)}")
"""What sinfo is asked: one line for each node and partition, its fields ended by bars."""

UNKNOWABLE = ("reservation", "qos")
"""Options of a class whose limits no node tells."""

_USABLE = frozenset({"idle", "mixed", "allocated", "completing"})
_PLAIN = re.compile(r"[\w.-]+", re.ASCII)
_GPUS = re.compile(r"gpu:(?:(?P<type>[\w.-]+):)?(?P<count>\d+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Node:
    """A node in one of its partitions. Memory in MiB; GPUs by type, "" for those without one."""

    name: str
    partition: str
    is_default: bool
    cpus: int
    free_cpus: int
    memory_mib: int
    free_mib: int
    gpus: dict[str, int]
    used_gpus: dict[str, int]
    is_up: bool
    features: frozenset[str]


def read_nodes(text: str) -> Sequence[Node]:
    """Return the nodes in what sinfo printed; raises `ValueError` if it is something else."""
    return [_node(line) for line in text.splitlines() if line.strip()]


def room(hardware: HardwareClass, nodes: Sequence[Node], queue: int) -> Availability:
    """Return how many kernels of a class fit into what is idle now, and into the nodes that are up."""
    options = {name: str(value) for name, value in hardware.options.items()}
    names = {options[name] for name in ("constraint", "nodelist") if name in options}
    if any(name in options for name in UNKNOWABLE) or not all(map(_PLAIN.fullmatch, names)):
        return Availability(queue=queue)
    wanted = options.get("partition")
    here = [
        node
        for node in nodes
        if (node.partition == wanted if wanted else node.is_default)
        and options.get("nodelist", node.name) == node.name
        and ("constraint" not in options or options["constraint"] in node.features)
    ]
    up = [node for node in here if node.is_up]
    total = sum(_fitting(hardware, node.cpus, node.memory_mib, node.gpus) for node in up)
    free = sum(_fitting(hardware, node.free_cpus, node.free_mib, _left(node)) for node in up)
    if total > 0:
        return Availability(free, total, queue)
    where = f"the partition {wanted!r}" if wanted else "the default partition"
    if any(_fitting(hardware, node.cpus, node.memory_mib, node.gpus) for node in here):
        return Availability(0, 0, queue, f"The machines of {where} that are large enough are down.")
    return Availability(0, 0, queue, f"No machine of {where} is large enough.", fits=False)


def _fitting(hardware: HardwareClass, cpus: int, memory_mib: int, gpus: dict[str, int]) -> int:
    fits = [cpus // max(1, math.ceil(hardware.cpus or 1))]
    if hardware.memory_mib:
        fits.append(memory_mib // hardware.memory_mib)
    if hardware.gpus:
        of_type = gpus.get(hardware.gpu_type, 0) if hardware.gpu_type else sum(gpus.values())
        fits.append(of_type // hardware.gpus)
    return max(0, min(fits))


def _left(node: Node) -> dict[str, int]:
    return {kind: count - node.used_gpus.get(kind, 0) for kind, count in node.gpus.items()}


def _node(line: str) -> Node:
    fields = [part.strip() for part in line.split("|")]
    if len(fields) != len(FIELDS) + 1:
        raise ValueError(f"sinfo did not print {len(FIELDS)} fields a line")
    name, partition, cpus, memory, allocated, gres, used, state, features, available = fields[:-1]
    _, idle, _, total = (int(part) for part in cpus.split("/"))
    return Node(
        name=name,
        partition=partition.rstrip("*"),
        is_default=partition.endswith("*"),
        cpus=total,
        free_cpus=idle,
        memory_mib=int(memory),
        free_mib=int(memory) - int(allocated),
        gpus=_gpus(gres),
        used_gpus=_gpus(used),
        is_up=available == "up" and set(re.split(r"[+*~#!%$@^-]+", state.rstrip("*~#!%$@^-"))) <= _USABLE,
        features=frozenset(features.split(",")),
    )


def _gpus(gres: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for found in _GPUS.finditer(re.sub(r"\([^)]*\)", "", gres)):
        kind = found["type"] or ""
        counts[kind] = counts.get(kind, 0) + int(found["count"])
    return counts
