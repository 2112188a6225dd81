"""Kernels without processes: scripted by the text of the cells, journaled like real ones.

A `FakeBackend` outlives the servers that use it, as supervisors do. A cell's
text is a small program, one word a line:

    print TEXT · warn TEXT · show TEXT · flood N · error NAME · hold · input PROMPT · die · suggest TEXT
    widget ID JSON · set ID JSON · custom ID JSON · view ID · close ID

`hold` runs on until the test releases it or somebody interrupts.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from collab.ids import ProjectId
from kernel_manager.asking import Answer, KernelGone, NoAgent
from kernel_manager.client import Loss, SupervisorLost
from kernel_manager.engines.base import EngineRefused
from kernel_manager.reports import (
    Died,
    Finished,
    InputWanted,
    Message,
    Quiet,
    Ready,
    Report,
    Started,
    Usage,
)
from server.db.repositories.kernels import RecordedKernel

AT = 1_800_000_000.0
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
SIGNS = ("requests", "cpu", "children", "gpu", "network", "output")


class FakeKernel:
    """One supervisor and its kernel."""

    def __init__(self, name: str, *, is_held: bool = False) -> None:
        self.name = name
        self.epoch = 1
        self.state: Literal["starting", "ready", "dead"] = "starting"
        self.journal: list[Report] = []
        self.ran: list[str] = []
        self.acknowledged = 0
        self.restarts = self.interrupts = 0
        self.reader: FakeLink | None = None
        self._seen: set[str] = set()
        self._count = 0
        self._held: str | None = None
        self._asking: str | None = None
        self._rest: list[str] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.variables: dict[str, int] = {}
        self.lost: dict[str, str] = {}
        self.saved: dict[str, list[str]] = {}
        self.restored: list[str] = []
        self.call_fails: str | None = None
        self.holds_calls = False
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self.answers: dict[str, Callable[[Mapping[str, Any]], Answer]] = {}
        """What its agent says, by operation. It may raise `AskFailed`."""
        self._held_call: tuple[str, dict[str, Any]] | None = None
        self.comms: list[tuple[str, str, dict[str, Any]]] = []
        self.buffers: tuple[bytes, ...] = ()
        """What came with the last word to a comm."""
        self.on_comm: Callable[[str, dict[str, Any]], None] = lambda msg_id, content: None
        if not is_held:
            self.get_ready()

    @property
    def seq(self) -> int:
        return len(self.journal)

    def say(self, make: Callable[[int], Report]) -> None:
        self.journal.append(make(self.seq + 1))
        if self.reader is not None:
            self.reader.deliver()

    def get_ready(self) -> None:
        self.state = "ready"
        self.say(lambda seq: Ready(seq, self.epoch, "Python 3.11.7"))

    def execute(self, msg_id: str, code: str) -> None:
        if msg_id in self._seen:
            return
        self._seen.add(msg_id)
        self.ran.append(msg_id)
        self._count += 1
        count = self._count
        self.say(lambda seq: Started(seq, self.epoch, msg_id, count, AT))
        self._go_on(msg_id, code.splitlines())

    def release(self) -> None:
        """Let a held cell go on."""
        assert self._held is not None
        held, self._held = self._held, None
        self._go_on(held, self._rest)

    def interrupt(self) -> None:
        self.interrupts += 1
        if self._held is not None:
            held, self._held = self._held, None
            self._fail(held, "KeyboardInterrupt")

    def call(self, msg_id: str, function: str, arguments: dict[str, Any]) -> None:
        """Do what the guest would do, with `variables` (names and sizes) for the person's namespace."""
        if msg_id in self._seen:
            return
        self._seen.add(msg_id)
        self.calls.append((function, arguments))
        name = next(iter(self.variables), "x")
        self.message(msg_id, "commonbook", {"progress": {"done": 0, "of": 1, "name": name}})
        result = self._result(function, arguments)
        if self.holds_calls:
            self._held_call = msg_id, result
        else:
            self._finish_call(msg_id, result)

    def release_call(self) -> None:
        """Let the guest end what it was held at."""
        assert self._held_call is not None
        held, self._held_call = self._held_call, None
        self._finish_call(*held)

    def _result(self, function: str, arguments: dict[str, Any]) -> dict[str, Any]:
        kept = [{"name": name, "type": "int", "size": size} for name, size in self.variables.items()]
        lost = [{"name": name, "type": "socket.socket", "why": why} for name, why in self.lost.items()]
        match function:
            case "save":
                self.saved[arguments["saved"]] = list(self.variables)
                total = sum(self.variables.values())
                return {"kept": kept, "lost": lost, "lost_total": len(lost), "bytes": total}
            case "restore":
                self.restored.append(arguments["saved"])
                return {"restored": ["x"], "failed": []}
            case _:
                found = [{**each, "why": None} for each in kept]
                return {"variables": found, "total": len(found), "cloudpickle": True}

    def _finish_call(self, msg_id: str, result: dict[str, Any]) -> None:
        failure = self.call_fails
        if failure is None:
            self.message(msg_id, "commonbook", {"result": result})
        status: Literal["ok", "error"] = "ok" if failure is None else "error"
        name = None if failure is None else "OSError"
        self.say(lambda seq: Finished(seq, self.epoch, msg_id, status, None, name, failure, AT))

    def rest(self, seconds: float, **changes: Any) -> None:
        """Tell the server that nothing has been done here for so long."""
        ages: dict[str, Any] = dict.fromkeys(SIGNS, seconds)
        quiet = Quiet(**{"age": seconds + 1, **ages, **changes})
        if self.reader is not None:
            self.reader.pass_on(Usage(0.0, 1 << 20, None, (), quiet))

    def comm(
        self, msg_id: str, msg_type: str, content: dict[str, Any], is_work: bool, buffers: tuple[bytes, ...]
    ) -> None:
        """Take in a word to a comm; `on_comm` is what the kernel's code does with it."""
        self.comms.append((msg_id, msg_type, content))
        self.buffers = buffers
        if msg_type == "comm_msg" and self._held is None:
            self.on_comm(msg_id, content)
            if is_work:
                self.say(lambda seq: Finished(seq, self.epoch, msg_id, "ok", None, None, None, AT))

    def answer(self, msg_id: str, text: str) -> None:
        if self._asking == msg_id:
            self._asking = None
            self._go_on(msg_id, [f"print {text}", *self._rest])

    def restart(self) -> None:
        self.restarts += 1
        self.epoch += 1
        self._held = self._asking = None
        self._count = 0
        self.get_ready()

    def die(self) -> None:
        self.state = "dead"
        self.say(lambda seq: Died(seq, self.epoch, "signal", "The kernel was killed.", -9, "", AT))

    def message(self, msg_id: str, kind: str, content: Mapping[str, Any]) -> None:
        self.say(lambda seq: Message(seq, self.epoch, msg_id, kind, content, {}))

    def _go_on(self, msg_id: str, lines: list[str]) -> None:
        suggestion: tuple[Mapping[str, Any], ...] = ()
        for number, line in enumerate(lines):
            word, _, rest = line.partition(" ")
            match word:
                case "print" | "warn":
                    name = "stdout" if word == "print" else "stderr"
                    self.message(msg_id, "stream", {"name": name, "text": rest + "\n"})
                case "flood":
                    for index in range(int(rest)):
                        self.message(msg_id, "stream", {"name": "stdout", "text": f"line {index}\n"})
                case "show":
                    data = {"data": {"text/plain": rest}, "metadata": {}}
                    self.message(msg_id, "display_data", data)
                case "widget" | "set" | "custom" | "view" | "close":
                    self._widget(msg_id, word, *rest.partition(" ")[::2])
                case "error":
                    self._fail(msg_id, rest)
                    return
                case "hold":
                    self._held, self._rest = msg_id, lines[number + 1 :]
                    return
                case "input":
                    self._asking, self._rest = msg_id, lines[number + 1 :]
                    self.say(lambda seq, p=rest: InputWanted(seq, self.epoch, msg_id, p, False))  # type: ignore[misc]
                    return
                case "die":
                    self.die()
                    return
                case "suggest":
                    suggestion = ({"source": "set_next_input", "text": rest},)
        count = self._count
        self.say(lambda seq: Finished(seq, self.epoch, msg_id, "ok", count, None, None, AT, suggestion))

    def _widget(self, msg_id: str, word: str, comm: str, text: str) -> None:
        data: dict[str, Any] = {"comm_id": comm}
        match word:
            case "widget":
                data |= {"target_name": "jupyter.widget", "data": {"state": json.loads(text)}}
                self.message(msg_id, "comm_open", data)
            case "set":
                data["data"] = {"method": "update", "state": json.loads(text)}
                self.message(msg_id, "comm_msg", data)
            case "custom":
                data["data"] = {"method": "custom", "content": json.loads(text)}
                self.message(msg_id, "comm_msg", data)
            case "view":
                mime = {WIDGET_VIEW: {"model_id": comm}, "text/plain": "a widget"}
                self.message(msg_id, "display_data", {"data": mime, "metadata": {}})
            case _:
                self.message(msg_id, "comm_close", data)

    def _fail(self, msg_id: str, name: str) -> None:
        content = {"ename": name, "evalue": "no", "traceback": [f"{name}: no"]}
        self.message(msg_id, "error", content)
        count = self._count
        self.say(lambda seq: Finished(seq, self.epoch, msg_id, "error", count, name, "no", AT))


class FakeLink:
    """A server's line to a fake kernel; words arrive in later turns of the loop, as over a socket."""

    def __init__(self, kernel: FakeKernel, since: int, on_report: Callable[[Report], None]) -> None:
        self._kernel = kernel
        self._told = since
        self._on_report = on_report
        self._is_closed = False
        self.on_contact: Callable[[bool], None] = lambda _: None
        self.isolation, self.limits = "sandbox", "cgroup version 2: memory"
        self.takes_comms = True
        kernel.reader = self
        self.deliver()

    @property
    def epoch(self) -> int:
        return self._kernel.epoch

    @property
    def state(self) -> Literal["starting", "ready", "dead"]:
        return self._kernel.state

    def deliver(self) -> None:
        asyncio.get_running_loop().call_soon(self._deliver)

    def _deliver(self) -> None:
        while not self._is_closed and self._told < self._kernel.seq:
            self._told += 1
            self._on_report(self._kernel.journal[self._told - 1])

    def pass_on(self, usage: Usage) -> None:
        """Deliver a word that is in no journal."""
        asyncio.get_running_loop().call_soon(self._on_report, usage)

    def execute(self, msg_id: str, code: str, *, store_history: bool = True, **options: Any) -> None:
        self._kernel.execute(msg_id, code)

    def call(self, msg_id: str, function: str, arguments: str) -> None:
        self._kernel.call(msg_id, function, json.loads(arguments))

    async def ask(self, operation: str, arguments: Mapping[str, Any], timeout: float) -> Answer:
        await asyncio.sleep(0)
        if self._kernel.state != "ready":
            raise KernelGone("The kernel has ended.")
        self._kernel.asked.append((operation, arguments))
        if operation not in self._kernel.answers:
            raise NoAgent("This kernel has no agent.")
        return self._kernel.answers[operation](arguments)

    def comm(
        self,
        msg_id: str,
        msg_type: str,
        content: bytes,
        buffers: tuple[bytes, ...] = (),
        *,
        is_work: bool = True,
    ) -> None:
        self._kernel.comm(msg_id, msg_type, json.loads(content), is_work, buffers)

    def answer(
        self, msg_id: str, text: str, secrets: tuple[str, ...] = (), *, is_shown: bool = False
    ) -> None:
        self._kernel.answer(msg_id, text)

    def acknowledge(self, seq: int) -> None:
        self._kernel.acknowledged = max(seq, self._kernel.acknowledged)

    async def interrupt(self) -> None:
        self._kernel.interrupt()

    async def restart(self) -> None:
        self._kernel.restart()

    async def shutdown(self) -> None:
        self._kernel.state = "dead"

    async def close(self) -> None:
        self._is_closed = True
        if self._kernel.reader is self:
            self._kernel.reader = None


@dataclass
class FakeBackend:
    """All fake kernels. `refuse` makes the next placement fail; `hold_start` leaves kernels starting."""

    engine: str = "fake"
    kernels: dict[str, FakeKernel] = field(default_factory=dict)
    ended: list[str] = field(default_factory=list)
    has_ended: asyncio.Event = field(default_factory=asyncio.Event)
    refuse: str | None = None
    hold_start: bool = False
    surrounded: list[str] = field(default_factory=list)
    does_not_take: str | None = None
    losses: list[Callable[[Loss, str], None]] = field(default_factory=list)

    @property
    def kernel(self) -> FakeKernel:
        """The newest kernel."""
        return list(self.kernels.values())[-1]

    async def engine_of(self, hardware: str, project: ProjectId) -> str:
        return self.engine

    async def place(
        self, kernel: RecordedKernel, project: ProjectId, progress: Callable[[str], None]
    ) -> Mapping[str, Any]:
        progress("Placing a scripted kernel.")
        if self.refuse is not None:
            raise EngineRefused(self.refuse)
        self.kernels[kernel.id] = FakeKernel(kernel.id, is_held=self.hold_start)
        return {"kernel_id": kernel.id}

    async def attach(
        self,
        kernel: RecordedKernel,
        fence: int,
        since: int,
        on_report: Callable[[Report], None],
        on_lost: Callable[[Loss, str], None],
        progress: Callable[[str], None],
    ) -> FakeLink:
        if kernel.id not in self.kernels:
            raise SupervisorLost("gone")
        self.losses.append(on_lost)
        return FakeLink(self.kernels[kernel.id], since, on_report)

    async def surround(self, kernel: RecordedKernel, link: FakeLink) -> str | None:
        self.surrounded.append(kernel.id)
        return self.does_not_take

    async def find(self, kernel: RecordedKernel) -> Mapping[str, Any] | None:
        return {"kernel_id": kernel.id} if kernel.id in self.kernels else None

    async def end(self, kernel: RecordedKernel) -> None:
        self.ended.append(kernel.id)
        self.has_ended.set()
        self.kernels.pop(kernel.id, None)
