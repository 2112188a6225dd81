"""The supervisor's decisions, without a kernel: when a request is over, what a death is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel_manager.isolation import inner_environment
from kernel_manager.reports import Message
from kernel_manager.supervisor import wire
from kernel_manager.supervisor.deaths import death, ending, oom_kills
from kernel_manager.supervisor.remains import Remains
from kernel_manager.supervisor.requests import Reply, Requests
from kernel_manager.supervisor.session import Session
from kernel_manager.supervisor.spawn import SPEC, kernel_environment, socket_folder, take_spec
from kernel_manager.supervisor.spec import Spec, write_spec
from kernel_manager.supervisor.wire import DiedBody

OK = Reply(status="ok", execution_count=3)


def test_a_request_is_over_when_reply_and_idle_are_there_in_either_order() -> None:
    requests = Requests()
    requests.admit("a")
    assert requests.replied("a", OK, 1.0) is None
    assert requests.idle("a", 2.0) == wire.FinishedBody("a", "ok", 2.0, 3)
    requests.admit("b")
    assert requests.idle("b", 3.0) is None
    assert requests.replied("b", OK, 4.0) == wire.FinishedBody("b", "ok", 4.0, 3)


def test_a_reply_that_never_comes_is_given_up_only_when_the_kernel_is_idle() -> None:
    requests = Requests()
    requests.admit("a")
    assert requests.give_up_reply("a", 1.0) is None
    requests.idle("a", 1.0)
    assert requests.waits_for_reply("a")
    finished = requests.give_up_reply("a", 2.0)
    assert finished is not None
    assert (finished.status, finished.ename) == ("error", "KeyboardInterrupt")
    assert requests.replied("a", OK, 3.0) is None


def test_a_request_is_over_only_once() -> None:
    requests = Requests()
    requests.admit("a")
    requests.replied("a", OK, 1.0)
    requests.idle("a", 2.0)
    assert requests.idle("a", 3.0) is None
    assert requests.replied("a", OK, 3.0) is None
    assert requests.abort_all(4.0) == []


def test_a_request_that_came_before_is_not_admitted_even_when_it_is_over() -> None:
    requests = Requests()
    assert requests.admit("a")
    assert not requests.admit("a")
    requests.abort_all(1.0)
    assert not requests.admit("a")


def test_output_of_nobody_goes_to_the_last_that_ran() -> None:
    requests = Requests()
    assert requests.owner_of("somebody") == ""
    for msg_id in ("a", "b"):
        requests.admit(msg_id)
    requests.started("a")
    assert requests.owner_of("somebody") == "a"
    assert requests.owner_of("b") == "b"


def test_an_interrupt_waits_only_for_code_that_has_not_begun() -> None:
    requests = Requests()
    assert not requests.waiting_to_start
    requests.admit("a")
    assert requests.waiting_to_start
    requests.started("a")
    assert not requests.waiting_to_start


@pytest.mark.parametrize(("word", "status"), [("aborted", "aborted"), ("abort", "aborted"), ("odd", "error")])
def test_every_reply_has_one_of_three_ends(word: str, status: str) -> None:
    requests = Requests()
    requests.admit("a")
    requests.idle("a", 1.0)
    finished = requests.replied("a", Reply(status=word), 2.0)
    assert finished is not None
    assert finished.status == status


def test_an_exit_status_is_a_sentence() -> None:
    assert ending(3) == "Python exited with code 3."
    assert ending(-9) == "The kernel was killed by signal 9 (SIGKILL)."
    assert ending(-99) == "The kernel was killed by signal 99."


def test_the_cause_of_a_death() -> None:
    def report(
        returncode: int, *, was_ready: bool = True, out_of_memory: bool = False, ended_by: str | None = None
    ) -> DiedBody:
        return death(
            returncode,
            was_ready=was_ready,
            out_of_memory=out_of_memory,
            ended_by=ended_by,
            remains=Remains(),
            log_tail="a\nOh no\n",
            at=0.0,
        )

    assert report(1).cause == "exit"
    assert report(-11).cause == "signal"
    assert report(-9, out_of_memory=True).cause == "memory"
    assert report(-9, ended_by="It was told to.").cause == "interrupt"
    assert report(1, was_ready=False).cause == "start_failed"
    assert report(1, was_ready=False).reason == "The kernel could not start. Oh no."


@pytest.mark.parametrize(
    ("cgroup", "counter"),
    [
        ("0::/jobs/7\n", "sys/fs/cgroup/jobs/7/memory.events"),
        ("4:cpu:/x\n3:memory:/jobs/7\n", "sys/fs/cgroup/memory/jobs/7/memory.oom_control"),
    ],
    ids=["v2", "v1"],
)
def test_the_proof_of_no_memory_is_read_from_either_kind_of_cgroup(
    tmp_path: Path, cgroup: str, counter: str
) -> None:
    for path, text in (("proc/5/cgroup", cgroup), (counter, "low 0\noom_kill 2\n")):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(text)
    assert oom_kills(5, tmp_path) == 2
    assert oom_kills(6, tmp_path) is None


def test_a_message_that_the_kernel_did_not_sign_is_not_read() -> None:
    ours, theirs = Session(b"key"), Session(b"another")
    frames = ours.request("execute_request", "id", {"code": "1"})
    message = ours.read([b"routing", *frames, b"buffer"])
    assert message is not None
    assert (message.msg_id, message.msg_type, message.buffers) == ("id", "execute_request", (b"buffer",))
    assert theirs.read(frames) is None
    assert ours.read([*frames[:-1], b'{"code":"2"}']) is None
    assert ours.read(frames[:4]) is None
    assert ours.read([b"x"]) is None


def test_frames_stay_small_and_join_to_what_was_sent() -> None:
    big = wire.MessageBody("m", "display_data", b'{"data":"' + b"x" * 3_000_000 + b'"}', b"{}", (b"\x00",))
    entries = [
        wire.encode_entry(seq, 1, wire.encode(body)) for seq, body in ((1, wire.ReadyBody("P")), (2, big))
    ]
    frames = list(wire.batch_frames(entries))
    assert all(len(frame) <= wire.FRAME_LIMIT for frame in frames)
    assert [frame[:1] for frame in frames] == [wire.PART, wire.PART, wire.LAST]
    decoded = wire.decode_batch(b"".join(frame[1:] for frame in frames))
    assert decoded == [(1, 1, wire.ReadyBody("P")), (2, 1, big)]


def test_content_that_is_no_utf8_is_read_with_its_bytes_replaced() -> None:
    report = wire.report(1, 1, wire.MessageBody("m", "stream", b'{"text":"a\x80b"}'))
    assert isinstance(report, Message)
    assert report.content == {"text": "a\ufffdb"}
    assert wire.decode_json(b"[1]") == wire.decode_json(b"{") == {}


def test_the_token_does_not_stay_on_the_disk(tmp_path: Path) -> None:
    spec = Spec("k", "me", "token", "python", "folder")
    write_spec(tmp_path, spec)
    assert (tmp_path / SPEC).stat().st_mode & 0o777 == 0o600
    assert Spec(**take_spec(str(tmp_path))) == spec
    assert list(tmp_path.iterdir()) == []


def test_sockets_never_lie_deeper_than_the_system_allows(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 100)
    short = Path(socket_folder(str(deep)))
    assert len(str(short / "k1000000-5")) <= 107
    assert short.stat().st_mode & 0o777 == 0o700
    short.rmdir()
    assert socket_folder("/near") == "/near"


def test_the_environments_own_programs_come_first() -> None:
    own = {"PATH": "/usr/bin", "PYTHONPATH": "ours", "JPY_PARENT_PID": "1"}
    environment = kernel_environment("/env/bin/python", {"X": "1"}, own)
    assert environment["PATH"] == "/env/bin:/usr/bin"
    assert environment["X"] == "1"
    assert not {"PYTHONPATH", "JPY_PARENT_PID"} & set(environment)


def test_a_sandboxed_kernel_knows_the_gpus_that_a_scheduler_gave_its_supervisor_and_little_else() -> None:
    own = {"CUDA_VISIBLE_DEVICES": "1", "LC_ALL": "C.UTF-8", "SECRET": "x", "HOME": "/home/server"}
    inside = inner_environment("/env/bin/python", {}, own)
    assert (inside["CUDA_VISIBLE_DEVICES"], inside["LC_ALL"]) == ("1", "C.UTF-8")
    assert "SECRET" not in inside
    assert inside["HOME"] != "/home/server"
    assert (
        inner_environment("/env/bin/python", {"CUDA_VISIBLE_DEVICES": "0"}, own)["CUDA_VISIBLE_DEVICES"]
        == "0"
    )
