"""What is said to Slurm and read from it, without a Slurm."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kernel_manager.engines.base import EngineRefused
from kernel_manager.engines.slurm.jobs import (
    Job,
    ended_because,
    is_away,
    place,
    read_jobs,
    refusal,
    sbatch_arguments,
    script,
    waits_for,
    wants_of,
)
from kernel_manager.hardware import HardwareClass

NOW = 1_800_000_000.0

A100 = HardwareClass(
    "a", "A100", "slurm", cpus=1.5, memory_mib=8000, gpus=2, gpu_type="a100", max_life_s=90,
    options={"partition": "gpu", "qos": "short"},
)  # fmt: skip


def job(number: int, **changes: Any) -> Job:
    values: dict[str, Any] = {
        "id": number, "name": "k", "comment": "", "state": "PENDING", "reason": "Resources",
        "partition": "gpu", "priority": 10, "node": "", "expected_at": 0.0,
    }  # fmt: skip
    return Job(**values | changes)


def test_a_class_becomes_arguments_and_nothing_may_start_twice_or_inherit() -> None:
    arguments = sbatch_arguments("k1", "me", A100, "/shared/k1", "/shared/k1/log")
    assert {"--no-requeue", "--export=NIL", "--job-name=k1", "--comment=commonbook:me"} <= set(arguments)
    wanted = {"--partition=gpu", "--qos=short", "--mem=8000", "--cpus-per-task=2", "--time=2"}
    assert wanted | {"--gres=gpu:a100:2"} <= set(arguments)


def test_what_a_class_does_not_limit_is_left_to_slurm() -> None:
    arguments = sbatch_arguments("k1", "me", HardwareClass("x", "Any", "slurm"), "/d", "/l")
    assert not [
        each for each in arguments if each.startswith(("--mem", "--cpus", "--gres", "--time", "--part"))
    ]


def test_an_option_that_slurm_has_not_is_refused_by_name() -> None:
    with pytest.raises(EngineRefused, match=r"'Any' has the option 'wrap'"):
        sbatch_arguments("k", "me", HardwareClass("x", "Any", "slurm", options={"wrap": "rm"}), "/d", "/l")


def test_the_script_is_safe_from_what_stands_in_paths_and_variables() -> None:
    text = script(["/p y/python", "/f'older"], {"A": "x; rm -rf $HOME"})
    assert text == "#!/bin/sh\nexport A='x; rm -rf $HOME'\nexec '/p y/python' '/f'\"'\"'older'\n"


@pytest.mark.parametrize(
    ("stderr", "words"),
    [
        (
            "sbatch: error: invalid partition specified: x\n"
            "sbatch: error: Batch job submission failed: Invalid partition name specified\n",
            "Slurm refused the kernel: Invalid partition name specified. Choose",
        ),
        ("", "Slurm refused the kernel: it does not say why. Choose"),
    ],
)
def test_a_refusal_is_one_sentence_with_slurms_own_reason(stderr: str, words: str) -> None:
    assert refusal(stderr).startswith(words)


def test_a_controller_that_is_down_is_told_from_a_refusal() -> None:
    down = "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)"
    assert is_away(down)
    assert not is_away("sbatch: error: Batch job submission failed: Invalid partition name specified")


def test_jobs_are_read_in_the_old_shape_and_in_the_new() -> None:
    old = {"job_id": 7, "job_state": "PENDING", "priority": 5, "start_time": 0, "state_reason": "Resources"}
    new = old | {
        "job_state": ["PENDING"],
        "priority": {"set": True, "infinite": False, "number": 5},
        "start_time": {"set": False, "infinite": False, "number": 99},
    }
    read = [read_jobs(json.dumps({"jobs": [shape], "errors": []})) for shape in (old, new)]
    assert read[0] == read[1]
    assert (read[0][0].id, read[0][0].priority, read[0][0].is_waiting) == (7, 5, True)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"jobs": [], "errors": ["no"]}', "slurm_load_jobs error"])
def test_anything_else_is_no_empty_queue(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_jobs(text)


def test_a_place_counts_who_comes_first_in_the_same_partition() -> None:
    mine = job(5)
    others = [
        job(4), job(6), job(9, priority=11), job(1, partition="cpu"), job(2, state="RUNNING"), mine,
    ]  # fmt: skip
    assert place(mine, others) == 3


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "Waiting for 2 A100: Resources, place 1 in the queue."),
        ({"reason": "None"}, "Waiting for 2 A100, place 1 in the queue."),
        ({"reason": "Priority"}, "Waiting for 2 A100: Priority (others come first), place 1 in the queue."),
        (
            {"expected_at": NOW + 600},
            "Waiting for 2 A100: Resources, place 1 in the queue. "
            "Slurm expects it to start in about 10 minutes.",
        ),
        ({"expected_at": NOW + 400 * 86400}, "Waiting for 2 A100: Resources, place 1 in the queue."),
    ],
)
def test_what_a_queued_job_waits_for_is_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    mine = job(1, **changes)
    assert waits_for(mine, [mine], wants_of(A100), NOW) == sentence


def test_only_a_known_end_is_an_end() -> None:
    assert job(1, state="TIMEOUT", reason="None").has_ended
    assert not job(1, state="RUNNING").has_ended
    assert not job(1, state="SOMETHING_NEW").has_ended
    assert ended_because(job(1, state="TIMEOUT", reason="None")) == (
        "Slurm ended the job: it had reached its longest life."
    )
