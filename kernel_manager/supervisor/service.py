"""The supervisor of one kernel: carries out the server's commands and journals what the kernel says.

Knows nothing of websockets: a listener hands it commands and is woken when the journal grows.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar, assert_never

import msgspec
import zmq

from kernel_manager.reports import Quiet
from kernel_manager.supervisor import deaths, wire
from kernel_manager.supervisor.activity import Activity, Sampled
from kernel_manager.supervisor.asking import gone
from kernel_manager.supervisor.discretion import Discretion, Owner
from kernel_manager.supervisor.interrupts import Interrupts
from kernel_manager.supervisor.journal import Journal
from kernel_manager.supervisor.kernel import START_LIMIT_S, Kernel
from kernel_manager.supervisor.process import KernelProcess
from kernel_manager.supervisor.requests import Reply, Requests
from kernel_manager.supervisor.session import Incoming
from kernel_manager.supervisor.spawn import StartFailed, hand_over
from kernel_manager.supervisor.spec import Spec
from kernel_manager.supervisor.surrounding import Surrounding
from kernel_manager.supervisor.wire import FinishedBody, InputBody, MessageBody, ReadyBody, StartedBody

VARIABLES_GUEST = "variables.py"
"""What runs in the kernel on our behalf. It lies beside the launcher, which every sandbox shows to it."""

STOP_GRACE_S = 2.0
MISSING_REPLY_S = 1.5
"""How long after the idle status a reply may still come; the two travel on different sockets."""

NO_OUTPUT = frozenset({"iopub_welcome", "shutdown_reply", "debug_event"})
"""Messages of iopub that say nothing about any cell."""
NO_WORK = NO_OUTPUT | {"status", "execute_input", "commonbook"}
"""What a kernel also says of a request that does nothing."""

HIDDEN = "········"
"""What stands for a password; it tells nothing of the length."""

LOST = Sampled(None, None, None, None)


_Content = TypeVar("_Content", bound=msgspec.Struct)


class _Status(msgspec.Struct):
    execution_state: str = ""


class _ExecuteInput(msgspec.Struct):
    execution_count: int | None = None


class _Stream(msgspec.Struct):
    name: str
    text: str


class _InputRequest(msgspec.Struct):
    prompt: str = ""
    password: bool = False


@dataclass(slots=True)
class _WaitingInput:
    """An `input()` without an answer, and where the journal announced it first and last."""

    first_announced: int
    announced: int
    body: InputBody
    since: float


class Supervisor:
    """Keeps one kernel, under one epoch after another.

    `on_growth` is called after the journal grew, `on_told` with what a kernel's agent answers.
    """

    def __init__(
        self,
        spec: Spec,
        folder: Path,
        sockets: Path,
        first: KernelProcess | StartFailed,
        on_growth: Callable[[], None],
        on_told: Callable[[wire.Told], None],
    ) -> None:
        self.epoch = 1
        self.journal = Journal(folder, cap_bytes=spec.journal_bytes)
        self.finished = asyncio.Event()
        """The kernel was shut down on request: nothing is left to do."""
        self._spec = spec
        self._home = folder.parent
        self._sockets = sockets
        self._on_growth = on_growth
        self._on_told = on_told
        self._discretion = Discretion(self._put_text)
        self._surrounding = Surrounding()
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._requests = Requests()
        self.activity = Activity(time.monotonic())
        self.stirred = asyncio.Event()
        """Somebody has asked the kernel for something."""
        self._kernel: Kernel | None = None
        self._held: list[wire.Execute | wire.Call] = []
        self._comms: dict[str, bool] = {}
        """Words to comms that the kernel has not dealt with, and whether they are somebody's work."""
        self._input: _WaitingInput | None = None
        self._replacing = asyncio.Lock()
        self._interrupts = Interrupts(self._requests, lambda: self._kernel, self._say)
        self.busy = asyncio.Event()
        """A request is with the kernel."""
        self._adopt(first)

    @property
    def hello(self) -> wire.Hello:
        """Return what a server needs to know when it attaches."""
        kernel, seq = self._kernel, self.journal.last_seq
        if kernel is None:
            return wire.Hello(
                self.epoch,
                "dead",
                seq,
                wire.PROTOCOL,
                asks=True,
                takes_comms=True,
                takes_surroundings=True,
            )
        state: Literal["ready", "starting"] = "ready" if kernel.is_ready else "starting"
        process = kernel.process
        return wire.Hello(
            self.epoch,
            state,
            seq,
            wire.PROTOCOL,
            process.isolation,
            process.limits,
            asks=True,
            takes_comms=True,
            takes_surroundings=True,
        )

    @property
    def kernel(self) -> Kernel | None:
        """Return the kernel that runs now."""
        return self._kernel

    @property
    def is_sandboxed(self) -> bool:
        """Whether the kernel is kept apart from the machine."""
        return self._kernel is None or self._kernel.process.is_sandboxed

    @property
    def kernel_pid(self) -> int | None:
        """Return the process id of the kernel that runs now."""
        return None if self._kernel is None else self._kernel.process.pid

    def quiet(self, sampled: Sampled | None) -> Quiet:
        """Take in a measurement, lost for None, and return how long ago each sign of work was seen."""
        now, activity = time.monotonic(), self.activity
        activity.took(sampled or LOST, now)
        asking_since = self._input.since if self._input is not None else None
        return activity.report(now, open_requests=self._requests.count_open, asking_since=asking_since)

    def begin(self) -> None:
        """Somebody takes the kernel that was only kept warm: it is to be as one that was started just now."""
        self.activity = Activity(time.monotonic())
        if self._kernel is not None and self._spec.uid and self._kernel.process.standing.own_users:
            hand_over(self._spec.folder, self._spec.uid)

    def attached(self, since: int) -> None:
        """A server that is new here reads from `since` on: tell it of an input it would not hear of."""
        if self._input is not None and self._input.announced <= since:
            self._input.announced = self._journal(self.epoch, self._input.body)

    async def perform(self, command: wire.Command) -> str | None:
        """Carry out a command; returns a sentence if it is refused."""
        match command:
            case wire.Execute() | wire.Call():
                self._execute(command)
            case wire.Ask():
                self._ask(command)
            case wire.Comm():
                return self._say_to_comm(command)
            case wire.Surround():
                self._discretion.know(command.secrets)
                return await self._surround(command)
            case wire.Interrupt():
                self._interrupts.ask()
            case wire.Restart(epoch):
                await self._restart(epoch)
            case wire.Shutdown():
                await self.shut_down()
            case wire.Answer():
                return self._answer(command)
            case wire.Acknowledge(seq):
                self.journal.acknowledge(seq)
            case _:
                assert_never(command)
        return None

    def interrupt_for(self, reason: str) -> None:
        """Interrupt what runs, and say why under its cell. Only people end a kernel that ignores it."""
        running = self._requests.running
        if running is not None and not self._interrupts.ignored_by(running):
            self._say(running, reason)
            self._interrupts.ask()

    async def shut_down(self) -> None:
        """End the kernel and let the supervisor end."""
        async with self._replacing:
            if self._kernel is not None:
                await self._kernel.stop(STOP_GRACE_S)
            self.finished.set()

    def close(self) -> None:
        """Delete the journal and let go of ZMQ."""
        self.journal.close()
        self._context.destroy(linger=0)

    def ready(self, kernel: Kernel, language: str) -> None:
        """Give the kernel what it is to have, tell the server, and send what waited for this."""
        self._surrounding.begin(kernel.asking.ask, lambda: self._announce(kernel, language))

    def _announce(self, kernel: Kernel, language: str) -> None:
        if kernel is self._kernel:
            self._journal(kernel.epoch, ReadyBody(language))
            if self._takes_work(kernel):
                self._send_held(kernel)

    def _send_held(self, kernel: Kernel) -> None:
        held, self._held = self._held, []
        for command in held:
            self._send(kernel, command)

    async def _surround(self, wanted: wire.Surround) -> str | None:
        kernel = self._kernel
        refusal = await self._surrounding.change(wanted)
        if kernel is not None and kernel is self._kernel and self._takes_work(kernel):
            self._send_held(kernel)
        return refusal

    def _takes_work(self, kernel: Kernel) -> bool:
        return kernel.is_ready and not kernel.stopping and not self._surrounding.is_under_way

    def said(self, kernel: Kernel, channel: str, message: Incoming) -> None:
        """Journal a message of the kernel."""
        if channel == "iopub" and message.msg_type not in NO_WORK and self._comms.get(message.parent, True):
            self.activity.put_out(time.monotonic())
        match channel, message.msg_type:
            case "iopub", "stream":
                content = _read(message.content, _Stream)
                if content is not None:
                    owner = self._requests.owner_of(message.parent)
                    self._discretion.text((kernel.epoch, owner, content.name), content.text)
            case "iopub", "status":
                status = _read(message.content, _Status)
                if status is not None and status.execution_state == "idle":
                    self._finish(kernel, self._requests.idle(message.parent, time.time()))
                    if self._requests.waits_for_reply(message.parent):
                        loop = asyncio.get_running_loop()
                        loop.call_later(MISSING_REPLY_S, self._give_up_reply, kernel, message.parent)
            case "iopub", "execute_input":
                if self._requests.started(message.parent):
                    began = _read(message.content, _ExecuteInput) or _ExecuteInput()
                    self._journal(
                        kernel.epoch, StartedBody(message.parent, began.execution_count, time.time())
                    )
                    self._interrupts.begun()
            case "iopub", msg_type if msg_type not in NO_OUTPUT:
                owner = self._requests.owner_of(message.parent)
                body = MessageBody(owner, msg_type, message.content, message.metadata, message.buffers)
                self._journal(kernel.epoch, body)
            case "shell", "execute_reply":
                reply = _read(message.content, Reply) or Reply()
                self._finish(kernel, self._requests.replied(message.parent, reply, time.time()))
            case "stdin", "input_request":
                wanted = _read(message.content, _InputRequest) or _InputRequest()
                owner = self._requests.owner_of(message.parent)
                self._want_input(InputBody(owner, wanted.prompt, wanted.password))

    def ended(self, kernel: Kernel, returncode: int) -> None:
        """Report a death, unless the end was asked for."""
        self._kernel = None
        self._input = None
        self._interrupts.over()
        self._surrounding.over()
        if kernel.stopping:
            return
        now, tail = time.time(), kernel.process.log_tail()
        if kernel.timed_out:
            why = f"It did not answer within {START_LIMIT_S:.0f} seconds."
            self._die(kernel.epoch, deaths.start_failure(why, tail, now))
            return
        memory = kernel.died_of_memory(returncode)
        self._die(
            kernel.epoch,
            deaths.death(
                returncode,
                was_ready=kernel.is_ready,
                out_of_memory=memory,
                ended_by=kernel.ended_by,
                remains=kernel.remains,
                log_tail=tail,
                at=now,
            ),
        )

    def _execute(self, command: wire.Execute | wire.Call) -> None:
        if not self._requests.admit(command.msg_id):
            return
        self.activity.worked(time.monotonic())
        self.stirred.set()
        if self._kernel is None and not self._replacing.locked():
            self._abort_open()
        elif self._kernel is not None and self._takes_work(self._kernel):
            self._send(self._kernel, command)
        else:
            self._held.append(command)

    def _say_to_comm(self, command: wire.Comm) -> str | None:
        """A word to a comm is for the kernel that lives now: it never waits for another one."""
        kernel = self._kernel
        if kernel is None or not kernel.is_ready or kernel.stopping:
            return "The kernel is not there."
        if self._requests.admit(command.msg_id, has_reply=False):
            self._comms[command.msg_id] = command.is_work
            if command.is_work:
                self.activity.worked(time.monotonic())
                self.stirred.set()
                self.busy.set()
            kernel.comm(command.msg_id, command.msg_type, command.content, command.buffers)
        return None

    def _send(self, kernel: Kernel, command: wire.Execute | wire.Call) -> None:
        self.busy.set()
        if isinstance(command, wire.Call):
            code = guest_call(command.function, command.arguments, kernel.process.guest)
            kernel.execute(command.msg_id, code, silent=True, stop_on_error=False, store_history=False)
            return
        kernel.execute(
            command.msg_id,
            command.code,
            silent=command.silent,
            stop_on_error=command.stop_on_error,
            store_history=command.store_history,
            allow_stdin=command.allow_stdin and not command.silent,
            expressions=command.expressions,
        )

    def _ask(self, command: wire.Ask) -> None:
        if self._kernel is None:
            self._on_told(gone(command))
        else:
            self._kernel.asking.ask(command)

    async def _restart(self, epoch: int) -> None:
        async with self._replacing:
            if epoch != self.epoch or self.finished.is_set():
                return
            if self._kernel is not None:
                await self._kernel.stop(0.0 if self._requests.any_open else STOP_GRACE_S)
            self._abort_open()
            self._input = None
            self.epoch += 1
            try:
                process = KernelProcess.start(self._spec, self._home, self._sockets, self.epoch)
            except StartFailed as failure:
                self._adopt(failure)
            else:
                self._adopt(process)

    def _answer(self, command: wire.Answer) -> str | None:
        if self._input is None or self._kernel is None or command.seq < self._input.first_announced:
            return "Nothing waits for this input any more."
        asked, self._input = self._input.body, None
        self._discretion.know(command.secrets)
        if command.is_shown:
            answer = HIDDEN if asked.password else command.text
            self._discretion.text((self._kernel.epoch, asked.msg_id, "stdout"), f"{asked.prompt}{answer}\n")
        self._kernel.answer(command.text)
        return None

    def _adopt(self, started: KernelProcess | StartFailed) -> None:
        self.activity = Activity(time.monotonic())
        if isinstance(started, StartFailed):
            self._die(self.epoch, deaths.start_failure(f"{started}.", "", time.time()))
        else:
            self._kernel = Kernel(started, self.epoch, self._context, self, self._told)

    def _told(self, told: wire.Told) -> None:
        if not self._surrounding.hears(told):
            self._on_told(self._discretion.told(told))

    def _give_up_reply(self, kernel: Kernel, msg_id: str) -> None:
        if kernel is self._kernel:
            self._finish(kernel, self._requests.give_up_reply(msg_id, time.time()))

    def _abort_open(self) -> None:
        self._held.clear()
        self._comms.clear()
        for body in self._requests.abort_all(time.time()):
            self._journal(self.epoch, body)
        self._note_busy()

    def _finish(self, kernel: Kernel, body: FinishedBody | None) -> None:
        if body is None:
            return
        is_work = self._comms.pop(body.msg_id, None)
        if is_work is False:
            return
        if is_work is None:  # the end of code that was run, and not of a word to a comm beside it
            self._input = None
            self._interrupts.over()
        self.activity.worked(time.monotonic())
        self._note_busy()
        self._journal(kernel.epoch, body)

    def _want_input(self, body: InputBody) -> None:
        seq = self._journal(self.epoch, body)
        self._input = _WaitingInput(seq, seq, body, time.monotonic())

    def _die(self, epoch: int, body: wire.DiedBody) -> None:
        self._requests.forget_open()
        self._note_busy()
        self._held.clear()
        self._journal(epoch, body)

    def _note_busy(self) -> None:
        if not self._requests.any_open:
            self.busy.clear()

    def _say(self, msg_id: str, text: str) -> None:
        """Put a text under the cell of a request, as if its code had written it to stderr."""
        self._discretion.let_go()
        self._put_text((self.epoch, msg_id, "stderr"), text)

    def _put_text(self, owner: Owner, text: str) -> None:
        self.journal.append_text(*owner, text)
        self._on_growth()

    def _journal(self, epoch: int, body: wire.Body) -> int:
        self._discretion.let_go()
        vital = not isinstance(body, MessageBody)
        seq = self.journal.append(epoch, wire.encode(self._discretion.body(body)), vital=vital)
        self._on_growth()
        return seq


def guest_call(function: str, arguments: str, guest: str) -> str:
    """Return the expression that has the guest do something; it binds no name in the person's namespace.

    `guest` is the folder of the launcher as the kernel sees it.
    """
    return (
        f"__import__('runpy').run_path({f'{guest}/{VARIABLES_GUEST}'!r})['call']({function!r}, {arguments!r})"
    )


def _read(content: bytes, kind: type[_Content]) -> _Content | None:
    """Return a message's content as `kind`, or None if it has another shape."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        return msgspec.convert(wire.decode_json(content), kind)
    except msgspec.ValidationError:
        return None
