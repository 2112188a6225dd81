"""What Slurm is told and what it answers, as text and back. Pure.

Reads `squeue --json` of Slurm 22.05 and of later versions, which wrap numbers in objects and states in lists.
"""

from __future__ import annotations

import json
import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kernel_manager import soundness
from kernel_manager.engines.base import EngineRefused
from kernel_manager.hardware import HardwareClass

MARK = "commonbook:"
"""A job's comment begins with it, and goes on with whose it is."""

OPTIONS = soundness.OPTIONS["slurm"].keys()
"""What a hardware class may ask of Slurm beside its own fields; the names are sbatch's."""

SOON_S = 7 * 24 * 3600.0
"""An expected start later than this is Slurm's way of saying that it does not know."""

_WAITING = frozenset({"PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "SPECIAL_EXIT"})
_ENDS = {
    "CANCELLED": "The job was cancelled in Slurm.",
    "COMPLETED": "The job has ended.",
    "TIMEOUT": "Slurm ended the job: it had reached its longest life.",
    "DEADLINE": "Slurm ended the job: its deadline had come.",
    "OUT_OF_MEMORY": "Slurm ended the job: it used more memory than its machine size has.",
    "NODE_FAIL": "The job's machine has failed, says Slurm.",
    "BOOT_FAIL": "The job's machine could not be started, says Slurm.",
    "PREEMPTED": "Slurm ended the job in favour of another one.",
    "FAILED": "The job has failed.",
    "REVOKED": "The job was given to another cluster.",
}
"""The states of a job that is over. One that is not known here is no end."""

_REASONS = {
    "Priority": "others come first",
    "Dependency": "it waits for another job",
    "PartitionDown": "the partition is down",
    "PartitionNodeLimit": "the partition does not allow so many nodes",
    "PartitionTimeLimit": "the partition does not allow so long a life",
    "ReqNodeNotAvail": "the machines it needs are down or reserved",
    "QOSMaxJobsPerUserLimit": "too many jobs of this account run already",
    "BadConstraints": "no machine has what it asks for",
    "JobHeldAdmin": "an admin of Slurm holds it",
    "JobHeldUser": "it is held",
    "BeginTime": "its time has not come",
    "Licenses": "a licence is not free",
}
"""Slurm's words for why a job waits, where the word alone does not say it."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as squeue tells it. `expected_at` is when Slurm thinks that it starts, in Unix seconds."""

    id: int
    name: str
    comment: str
    state: str
    reason: str
    partition: str
    priority: int
    node: str
    expected_at: float

    @property
    def is_waiting(self) -> bool:
        return self.state in _WAITING

    @property
    def has_ended(self) -> bool:
        return self.state in _ENDS


def sbatch_arguments(
    kernel: str, owner: str, hardware: HardwareClass, folder: str, log: str
) -> Sequence[str]:
    """Return sbatch's arguments for a kernel; raises `EngineRefused` for options that Slurm has not."""
    unknown = sorted(hardware.options.keys() - OPTIONS)
    if unknown:
        raise EngineRefused(
            f"The machine size {hardware.label!r} has the option {unknown[0]!r}, which is none of "
            f"{', '.join(sorted(OPTIONS))}. Ask an admin to correct it."
        )
    wanted = [f"--{name}={hardware.options[name]}" for name in sorted(hardware.options)]
    if hardware.memory_mib is not None:
        wanted.append(f"--mem={hardware.memory_mib}")
    if hardware.cpus is not None:
        wanted.append(f"--cpus-per-task={max(1, math.ceil(hardware.cpus))}")
    if hardware.gpus:
        kind = f"{hardware.gpu_type}:" if hardware.gpu_type else ""
        wanted.append(f"--gres=gpu:{kind}{hardware.gpus}")
    if hardware.max_life_s is not None:
        wanted.append(f"--time={max(1, math.ceil(hardware.max_life_s / 60))}")
    return [
        "--parsable",
        # A second run under the same id would be a second kernel; and ALL would hand it our secrets.
        "--no-requeue",
        "--export=NIL",
        "--nodes=1",
        f"--job-name={kernel}",
        f"--comment={MARK}{owner}",
        f"--chdir={folder}",
        f"--output={log}",
        "--open-mode=append",
        *wanted,
    ]


def script(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return the batch script that becomes the supervisor."""
    exports = [f"export {name}={shlex.quote(value)}" for name, value in sorted(environment.items())]
    return "\n".join(["#!/bin/sh", *exports, f"exec {shlex.join(command)}", ""])


def refusal(stderr: str) -> str:
    """Return why sbatch would not, in Slurm's words: the last thing it said, as a sentence."""
    lines = [line.partition("error:")[2].strip() for line in stderr.splitlines() if "error:" in line]
    said = (lines or [stderr.strip() or "it does not say why"])[-1]
    said = said.removeprefix("Batch job submission failed:").strip()
    return f"Slurm refused the kernel: {said.rstrip('.')}. Choose another machine, or ask an admin."


def is_away(stderr: str) -> bool:
    """Whether a command failed because the controller did not answer it."""
    signs = ("Unable to contact slurm controller", "Connection refused", "Socket timed out", "communication")
    return any(sign.lower() in stderr.lower() for sign in signs)


def read_jobs(text: str) -> Sequence[Job]:
    """Return the jobs in what `squeue --json` printed; raises `ValueError` if it is something else."""
    answer = json.loads(text)
    if not isinstance(answer, dict) or not isinstance(answer.get("jobs"), list):
        raise ValueError("squeue did not print a list of jobs")
    if answer.get("errors"):
        raise ValueError(f"squeue reports: {answer['errors'][0]}")
    return [_job(each) for each in answer["jobs"]]


def ended_because(job: Job) -> str:
    """Return in a sentence how a job ended."""
    why = "" if job.reason in ("", "None") else f" Slurm's reason: {_in_words(job.reason)}."
    return _ENDS[job.state] + why


def waits_for(job: Job, jobs: Sequence[Job], wants: str, now: float) -> str:
    """Return in a sentence what a queued job waits for, its place, and when Slurm expects it to start."""
    why = f": {_in_words(job.reason)}" if job.reason not in ("", "None") else ""
    sentence = f"Waiting for {wants}{why}, place {place(job, jobs)} in the queue."
    wait_s = job.expected_at - now
    if 0 < wait_s < SOON_S:
        sentence += f" Slurm expects it to start in about {_duration(wait_s)}."
    return sentence


def place(job: Job, jobs: Sequence[Job]) -> int:
    """Return which of the jobs that wait in its partition this is, the first being 1."""
    key = (-job.priority, job.id)
    waiting = (other for other in jobs if other.is_waiting and other.partition == job.partition)
    return 1 + sum((-other.priority, other.id) < key for other in waiting)


def wants_of(hardware: HardwareClass) -> str:
    """Return what a class asks for, as people say it."""
    if hardware.gpus:
        kind = hardware.gpu_type.upper() if hardware.gpu_type else "GPU"
        return f"{hardware.gpus} {kind}"
    if hardware.cpus is not None:
        count = max(1, math.ceil(hardware.cpus))
        return f"{count} processor{'s' if count > 1 else ''}"
    return "a machine"


def _job(told: Mapping[str, Any]) -> Job:
    state = told.get("job_state")
    states = [str(each) for each in state] if isinstance(state, list) else [str(state)]
    return Job(
        id=_number(told.get("job_id")),
        name=str(told.get("name") or ""),
        comment=str(told.get("comment") or ""),
        state=states[0],
        reason=str(told.get("state_reason") or ""),
        partition=str(told.get("partition") or ""),
        priority=_number(told.get("priority")),
        node=str(told.get("batch_host") or told.get("nodes") or ""),
        expected_at=float(_number(told.get("start_time"))),
    )


def _number(told: Any) -> int:
    if isinstance(told, dict):
        told = told.get("number") if told.get("set", True) and not told.get("infinite") else 0
    return int(told or 0)


def _in_words(reason: str) -> str:
    plain = reason.partition(",")[0]
    words = _REASONS.get(plain)
    return f"{plain} ({words})" if words else plain


def _duration(seconds: float) -> str:
    if seconds < 90 * 60:
        minutes = max(1, round(seconds / 60))
        return f"{minutes} minute{'s' if minutes > 1 else ''}"
    hours = round(seconds / 3600)
    return f"{hours} hours" if hours < 48 else f"{round(hours / 24)} days"
