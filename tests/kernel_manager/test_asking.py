"""What a supervisor and a server do with questions to an agent, without a kernel."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from kernel_manager.asking import Asks, KernelGone, NoAnswer
from kernel_manager.supervisor import asking, wire
from kernel_manager.supervisor.asking import ANSWER_BYTES, FEATURE, Asking
from kernel_manager.supervisor.session import Incoming


class Kernel:
    """What a kernel was sent, and words that come from it."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str, Any, str | None]] = []
        self.told: list[wire.Told] = []
        self.asking = Asking(self._send, self.told.append)

    def _send(self, channel: str, kind: str, msg_id: str, content: Any, subshell: str | None = None) -> None:
        self.sent.append((channel, kind, msg_id, content, subshell))

    def says(self, channel: str, kind: str, content: object, buffers: tuple[bytes, ...] = ()) -> bool:
        """Answer what was sent last."""
        said = json.dumps(content).encode()
        return self.asking.hears(channel, Incoming(kind, "m", self.sent[-1][2], b"{}", said, buffers))

    def makes(self, subshell: str) -> None:
        self.says("control", "create_subshell_reply", {"status": "ok", "subshell_id": subshell})


def question(name: str, limit_s: float = 60) -> wire.Ask:
    return wire.Ask(name, "agent.probe", '{"bytes":1}', limit_s)


async def test_a_question_waits_for_the_subshell_and_goes_there() -> None:
    kernel = Kernel()
    kernel.asking.begin([FEATURE])
    kernel.asking.ask(question("a"))
    assert [sent[:2] for sent in kernel.sent] == [("control", "create_subshell_request")]
    kernel.makes("s1")
    channel, _, msg_id, content, subshell = kernel.sent[-1]
    assert (channel, msg_id, subshell, content["operation"]) == ("shell", "agent-a", "s1", "agent.probe")
    assert kernel.says("shell", "agent_reply", {"status": "ok", "content": {"x": 1}}, (b"z",))
    assert kernel.told == [wire.Told("a", "ok", b'{"x": 1}', (b"z",))]


async def test_a_kernel_that_nobody_asks_anything_gets_the_subshell_a_moment_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asking, "SUBSHELL_AFTER_S", 0.0)
    kernel = Kernel()
    kernel.asking.begin([FEATURE])
    assert kernel.sent == []
    await asyncio.sleep(0.001)
    assert [sent[:2] for sent in kernel.sent] == [("control", "create_subshell_request")]


async def test_a_deleted_subshell_is_made_anew_and_asked_again() -> None:
    kernel = Kernel()
    kernel.asking.begin([FEATURE])
    kernel.asking.ask(question("a"))
    kernel.makes("s1")
    kernel.says("shell", "agent_reply", {"status": "error", "ename": "UnknownSubshellError"})
    kernel.makes("s2")
    assert kernel.sent[-1][2:5:2] == ("agent-a", "s2")


async def test_a_question_that_is_asked_again_before_its_answer_is_asked_once() -> None:
    kernel = Kernel()
    kernel.asking.begin([FEATURE])
    kernel.asking.ask(question("a"))
    kernel.makes("s1")
    kernel.asking.ask(question("a"))
    assert len(kernel.sent) == 2


async def test_other_kernels_say_that_they_have_no_agent() -> None:
    kernel = Kernel()
    kernel.asking.ask(question("early"))
    kernel.asking.begin(["kernel subshells"])
    kernel.asking.ask(question("late"))
    assert [(told.id, told.status) for told in kernel.told] == [("early", "gone"), ("late", "none")]
    assert kernel.sent == []


async def test_what_the_kernel_says_of_a_question_belongs_to_nobody_else() -> None:
    kernel = Kernel()
    kernel.asking.begin([FEATURE])
    kernel.asking.ask(question("a"))
    kernel.makes("s1")
    assert kernel.says("iopub", "stream", {"name": "stderr", "text": "a warning of a library"})
    assert not kernel.asking.hears("iopub", Incoming("stream", "m", "cell", b"{}", b"{}", ()))
    assert kernel.told == []


@pytest.mark.parametrize("reply", [{"status": "failed", "reason": "KeyError"}, {}, [], {"status": 5}])
async def test_an_answer_that_is_none_is_a_refusal(reply: object) -> None:
    kernel = Kernel()
    kernel.asking.begin([FEATURE])
    kernel.asking.ask(question("a"))
    kernel.makes("s1")
    kernel.says("shell", "agent_reply", reply)
    assert [told.status for told in kernel.told] == ["refused"]


async def test_an_answer_over_the_limit_is_refused() -> None:
    kernel = Kernel()
    kernel.asking.begin([FEATURE])
    kernel.asking.ask(question("a"))
    kernel.makes("s1")
    kernel.says("shell", "agent_reply", {"status": "ok", "content": {}}, (bytes(ANSWER_BYTES),))
    assert kernel.told[0].reason == "The answer is too large. Ask for less at a time."


async def test_the_end_of_a_kernel_answers_every_question() -> None:
    kernel = Kernel()
    kernel.asking.begin([FEATURE])
    kernel.asking.ask(question("a"))
    kernel.asking.ask(question("b"))
    kernel.makes("s1")
    kernel.asking.over()
    assert [(told.id, told.status) for told in kernel.told] == [("a", "gone"), ("b", "gone")]


async def test_a_question_that_nobody_waits_for_is_forgotten() -> None:
    kernel = Kernel()
    kernel.asking.begin([FEATURE])
    kernel.asking.ask(question("a", limit_s=0))
    kernel.makes("s1")
    await asyncio.sleep(0.01)
    kernel.asking.over()
    assert kernel.told == []


async def test_a_server_asks_again_until_it_is_told() -> None:
    sent: list[wire.Ask] = []
    asks = Asks(sent.append)
    task = asyncio.create_task(asks.ask("agent.probe", {"bytes": 1}, 60))
    await asyncio.sleep(0)
    asks.again()
    assert sent[0] == sent[1]
    asks.told(wire.Told("another", "ok"))
    asks.told(wire.Told(sent[0].id, "ok", b'{"a": 1}', (b"x",)))
    asks.told(wire.Told(sent[0].id, "gone"))
    answer = await task
    assert (answer.content, answer.buffers) == ({"a": 1}, (b"x",))
    asks.again()
    assert len(sent) == 2


async def test_a_server_stops_waiting_in_time_and_when_the_supervisor_is_lost() -> None:
    asks = Asks(lambda question: None)
    with pytest.raises(NoAnswer, match=r"within 0\.01 seconds"):
        await asks.ask("agent.probe", {}, 0.01)
    task = asyncio.create_task(asks.ask("agent.probe", {}, 60))
    await asyncio.sleep(0)
    asks.fail_all()
    with pytest.raises(KernelGone):
        await task


def test_an_answer_of_any_size_fits_into_frames() -> None:
    told = wire.Told("a", "ok", b"{}", (bytes(3 * wire.FRAME_LIMIT),))
    frames = list(wire.told_frames(told))
    assert [frame[:1] for frame in frames] == [*[wire.TOLD_PART] * (len(frames) - 1), wire.TOLD]
    assert max(map(len, frames)) <= wire.FRAME_LIMIT
    assert wire.decode_told(b"".join(frame[1:] for frame in frames)) == told
