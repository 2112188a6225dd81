"""One kernel from start to end: an epoch of its supervisor. Shakes hands, passes messages, sees the end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol

import msgspec
import zmq

from kernel_manager.supervisor.asking import Asking
from kernel_manager.supervisor.channels import Channels
from kernel_manager.supervisor.deaths import oom_kills
from kernel_manager.supervisor.process import KernelProcess
from kernel_manager.supervisor.remains import Remains, remains_of
from kernel_manager.supervisor.session import Incoming, Session
from kernel_manager.supervisor.wire import Told

START_LIMIT_S = 120.0
"""A cold disk and a busy machine may take long; a kernel that says nothing for this long never will."""

HANDSHAKE_AGAIN_S = 0.1
LAST_WORDS_QUIET_S = 0.05
LAST_WORDS_LIMIT_S = 5.0
OUTLIVED_S = 1.0


class _LanguageInfo(msgspec.Struct):
    name: str = "unknown"
    version: str = ""


class _KernelInfo(msgspec.Struct):
    language_info: _LanguageInfo = msgspec.field(default_factory=_LanguageInfo)
    supported_features: list[str] = []


class Listener(Protocol):
    """Whoever supervises. Every call names the kernel, so that one that was replaced can be told apart."""

    def ready(self, kernel: Kernel, language: str) -> None:
        """The kernel answers, and nothing it publishes from now on is lost."""

    def said(self, kernel: Kernel, channel: str, message: Incoming) -> None:
        """The kernel sent a message."""

    def ended(self, kernel: Kernel, returncode: int) -> None:
        """The process is gone, and everything it said has been passed on."""


class Kernel:
    """A running kernel process with its sockets."""

    def __init__(
        self,
        process: KernelProcess,
        epoch: int,
        context: zmq.Context[zmq.Socket[bytes]],
        listener: Listener,
        on_told: Callable[[Told], None],
    ) -> None:
        self.epoch = epoch
        self.process = process
        self.is_ready = False
        self.timed_out = False
        self.stopping = False
        """The end of the process was asked for: it is no death."""
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._session = Session(process.wiring.key)
        self._channels = Channels(context, process.wiring, self._session.identity, self._on_frames)
        self.asking = Asking(self._send, on_told)
        self._language: str | None = None
        self._features: list[str] = []
        self._info = b"{}"
        self._hears_iopub = False
        self._oom_kills = oom_kills(process.pid)
        self.remains = Remains()
        """What is known of it after its end."""
        self._oom_kills_survived = 0
        self._oom_kills_seen = (0, float("-inf"))
        self.ended_by: str | None = None
        """Why the supervisor itself ended it, in a sentence, where nobody asked for that."""
        self._last_words: asyncio.Task[None] | None = None
        self.gone = asyncio.Event()
        self._again: asyncio.TimerHandle | None = None
        self._limit = self._loop.call_later(START_LIMIT_S, self._give_up)
        self._loop.add_reader(process.log_descriptor, self._read_log)
        self._watch_exit()
        self._shake_hands()

    def execute(
        self,
        msg_id: str,
        code: str,
        *,
        silent: bool = False,
        stop_on_error: bool,
        store_history: bool,
        allow_stdin: bool = False,
        expressions: Mapping[str, str] | None = None,
    ) -> None:
        """Send an execute request."""
        content = {
            "code": code,
            "silent": silent,
            "store_history": store_history,
            "user_expressions": expressions or {},
            "allow_stdin": allow_stdin,
            "stop_on_error": stop_on_error,
        }
        self._send("shell", "execute_request", msg_id, content)

    def comm(self, msg_id: str, msg_type: str, content: bytes, buffers: Sequence[bytes]) -> None:
        """Say something to a comm."""
        self._channels.send("shell", self._session.request(msg_type, msg_id, content, buffers=buffers))

    def answer(self, text: str) -> None:
        """Send the text that `input()` waits for."""
        self._send("stdin", "input_reply", self._session.new_id(), {"status": "ok", "value": text})

    async def stop(self, grace_s: float) -> None:
        """End the process, by force unless it obeys a request within `grace_s`. Returns when it is gone."""
        self.stopping = True
        if self.is_ready:
            self._send("control", "shutdown_request", self._session.new_id(), {"restart": False})
            with suppress(TimeoutError):
                await asyncio.wait_for(self.gone.wait(), grace_s)
        if not self.gone.is_set():
            self.process.send_signal(signal.SIGKILL)
        await self.gone.wait()

    def outlived(self, oom_kills: int, now: float) -> None:
        """Note how many of its processes the system has ended for want of memory, while it lives itself.

        Only after a while does a count say that it was a child: the kernel may just be dying of it.
        """
        seen, at = self._oom_kills_seen
        if oom_kills != seen:
            self._oom_kills_seen = oom_kills, now
        elif now - at > OUTLIVED_S:
            self._oom_kills_survived = oom_kills

    def died_of_memory(self, returncode: int) -> bool:
        """Did the system end something here for want of memory, and the kernel by SIGKILL?

        A group of the kernel's own is proof. Without one, a kill in the supervisor's group is a strong hint.
        """
        if self.remains.oom_kills is not None:
            return returncode == -signal.SIGKILL and self.remains.oom_kills > self._oom_kills_survived
        now = oom_kills(os.getpid())
        return (
            returncode == -signal.SIGKILL
            and now is not None
            and self._oom_kills is not None
            and now > self._oom_kills
        )

    def _send(
        self,
        channel: str,
        msg_type: str,
        msg_id: str,
        content: Mapping[str, Any],
        subshell: str | None = None,
    ) -> None:
        self._channels.send(channel, self._session.request(msg_type, msg_id, content, subshell))

    def _shake_hands(self) -> None:
        """Ask who is there. Repeated until iopub is heard too: a subscription takes its time."""
        self._send("shell", "kernel_info_request", self._session.new_id(), {})

    def _on_frames(self, channel: str, frames: Sequence[bytes]) -> None:
        message = self._session.read(frames)
        if message is None:
            return
        if channel == "iopub":
            self._hears_iopub = True
        elif message.msg_type == "kernel_info_reply":
            info = msgspec.json.decode(message.content, type=_KernelInfo)
            name, version = info.language_info.name, info.language_info.version
            self._language = f"{name[:1].upper()}{name[1:]} {version}".strip()
            self._features = info.supported_features
            self._info = message.content
        if self.is_ready:
            if not self.asking.hears(channel, message):
                self._listener.said(self, channel, message)
        elif self._language is not None:
            self._advance(self._language)

    def _advance(self, language: str) -> None:
        if self._again is not None:
            self._again.cancel()
        if not self._hears_iopub:
            self._again = self._loop.call_later(HANDSHAKE_AGAIN_S, self._shake_hands)
            return
        self._limit.cancel()
        self.is_ready = True
        self.asking.begin(self._features, self._info)
        self.process.read_log()
        self.process.forget_log()  # what it said of its start matters only to one that did not
        self._listener.ready(self, language)

    def _read_log(self) -> None:
        if not self.process.read_log():
            self._loop.remove_reader(self.process.log_descriptor)

    def _give_up(self) -> None:
        self.timed_out = True
        self.process.send_signal(signal.SIGKILL)

    def _watch_exit(self) -> None:
        try:
            descriptor = os.pidfd_open(self.process.pid)
        except (AttributeError, OSError):  # not Linux, or a sandbox without the call
            self._poll_exit()
            return
        self._loop.add_reader(descriptor, self._exited, descriptor)

    def _poll_exit(self) -> None:
        if self.process.poll() is None:
            self._loop.call_later(0.2, self._poll_exit)
        else:
            self._exited(None)

    def _exited(self, descriptor: int | None) -> None:
        returncode = self.process.poll()
        if returncode is None:
            return
        if descriptor is not None:
            self._loop.remove_reader(descriptor)
            os.close(descriptor)
        self._last_words = self._loop.create_task(self._bury(returncode))

    async def _bury(self, returncode: int) -> None:
        await self._channels.settle(LAST_WORDS_QUIET_S, LAST_WORDS_LIMIT_S)
        self._limit.cancel()
        if self._again is not None:
            self._again.cancel()
        self._channels.close()
        self._loop.remove_reader(self.process.log_descriptor)
        self.process.read_log()
        self.remains = remains_of(self.process)
        self.process.clean()
        self.asking.over()
        self.gone.set()
        self._listener.ended(self, returncode)
