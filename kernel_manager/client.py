"""The server's end of a supervisor: typed reports in order and once, commands that survive a lost connection.

Requests that the supervisor has not confirmed are sent again after a reconnect. It recognises what came
before (a msg_id, an epoch, an announced input), so none of them takes effect twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Literal

import msgspec
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, websocket_connect

from kernel_manager.asking import Answer, Asks, KernelGone, NoAgent
from kernel_manager.engines.base import Endpoint, Engine, EngineAway, EngineRefused, Handle, NotReady
from kernel_manager.engines.certificates import trust_only
from kernel_manager.pulse import Pulse
from kernel_manager.reports import Died, Finished, InputWanted, Ready, Report, Usage
from kernel_manager.supervisor import wire

Loss = Literal["gone", "displaced", "refused", "foreign"]
"""Why a client gave up: the supervisor is proven gone, another server took over, the token is wrong, or the
supervisor speaks as no version does that this one knows."""

PATH = "/kernel"
ANSWER_LIMIT_S = 10.0
CONNECT_LIMIT_S = 5.0
BACKOFF_S = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
REFUSED_S = 3.0
"""A supervisor never opens its port again, so one that refuses connections for so long is gone."""
SILENCE_S = 1.0
"""How long a lost connection may take to come back before anybody hears of it."""
SOONEST_S, LATEST_S = 0.005, 0.25
"""How often somebody looks whether a supervisor answers, at first and at last."""


log = logging.getLogger(__name__)


class SupervisorLost(Exception):
    """There is no supervisor to talk to any more; `loss` says why, `reason` in the engine's own words."""

    def __init__(self, loss: Loss, reason: str = "") -> None:
        super().__init__(reason or f"The kernel's supervisor is lost ({loss}).")
        self.loss: Loss = loss
        self.reason = reason


class CommandRefused(Exception):
    """The supervisor would not do it; the text is for the person who asked."""


async def _not_known() -> bool:
    return False


class SupervisorClient:
    """One attached supervisor. Make it with `attach`; it reconnects by itself until `close` or a loss.

    Reports reach `on_report` in order, each once, from the event loop. `epoch` and `state` are what the
    supervisor said when it was last reached. `on_contact` hears False when the connection has been lost
    for a while, and True when it is back.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        token: str,
        fence: int,
        since: int,
        on_report: Callable[[Report], None],
        on_lost: Callable[[Loss], None] | None,
        is_gone: Callable[[], Awaitable[bool]] | None,
        renew: Callable[[], Awaitable[Endpoint]] | None,
    ) -> None:
        self.epoch = 0
        self.state: Literal["starting", "ready", "dead"] = "starting"
        self.isolation = self.limits = ""
        """What holds the kernel, in words."""
        self.takes_comms = False
        """Whether the supervisor is new enough for `comm`."""
        self.takes_surroundings = False
        """Whether the supervisor is new enough for `surround`."""
        self.seq = since
        """The number of the newest journaled report that was passed on."""
        self._endpoint = endpoint
        self._tls = trust_only(endpoint.certificate) if endpoint.certificate else None
        self._token = token
        self._fence = fence
        self._on_report = on_report
        self._on_lost = on_lost
        self.on_contact: Callable[[bool], None] = lambda _: None
        self._silence: asyncio.TimerHandle | None = None
        self._is_silent = False
        self._is_gone = is_gone or _not_known
        self._renew = renew
        self._connection: WebSocketClientConnection | None = None
        self._unconfirmed: dict[int, wire.Command] = {}
        self._waiting: dict[int, asyncio.Future[str | None]] = {}
        self._inputs: dict[str, int] = {}
        self._asks = Asks(lambda question: self._send(0, question))
        self._may_ask = False
        self._next_id = 0
        self._attached: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._closed = False
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def attach(
        cls,
        endpoint: Endpoint,
        token: str,
        fence: int,
        since: int,
        on_report: Callable[[Report], None],
        *,
        on_lost: Callable[[Loss], None] | None = None,
        is_gone: Callable[[], Awaitable[bool]] | None = None,
        renew: Callable[[], Awaitable[Endpoint]] | None = None,
    ) -> SupervisorClient:
        """Connect and follow the journal from `since` on; raises `SupervisorLost` if that can never be.

        `is_gone` is asked when the supervisor cannot be reached: only a true answer counts as its end. Then
        `renew` says where it answers now.
        """
        client = cls(endpoint, token, fence, since, on_report, on_lost, is_gone, renew)
        client._task = asyncio.get_running_loop().create_task(client._run())
        try:
            await asyncio.shield(client._attached)
        except BaseException:
            await client.close()
            raise
        return client

    def execute(
        self,
        msg_id: str,
        code: str,
        *,
        stop_on_error: bool = True,
        store_history: bool = True,
        silent: bool = False,
        allow_stdin: bool = True,
        expressions: Mapping[str, str] | None = None,
    ) -> None:
        """Run code as the request `msg_id`, at most once however often this is called."""
        command = wire.Execute(
            msg_id, code, stop_on_error, store_history, silent, allow_stdin, dict(expressions or {})
        )
        self._post(command)

    def call(self, msg_id: str, function: Literal["save", "restore", "survey"], arguments: str) -> None:
        """Have the guest in the kernel do `function`, at most once; it tells of it as `msg_id`."""
        self._post(wire.Call(msg_id, function, arguments))

    async def ask(self, operation: str, arguments: Mapping[str, Any], timeout: float) -> Answer:
        """Have the kernel's agent do `operation`, also while a cell runs, and return its answer.

        Raises `KernelGone`, `NoAgent`, `AskRefused`, or `NoAnswer` after `timeout` seconds. After a lost
        connection it is asked again.
        """
        if self._closed:
            raise KernelGone("The kernel is gone.")
        if not self._may_ask:
            raise NoAgent("This kernel is of an earlier version. Restart it to see its variables.")
        return await self._asks.ask(operation, arguments, timeout)

    def comm(
        self,
        msg_id: str,
        msg_type: Literal["comm_open", "comm_msg", "comm_close"],
        content: bytes,
        buffers: tuple[bytes, ...] = (),
        *,
        is_work: bool = True,
    ) -> None:
        """Say something to a comm of the kernel, at most once; `content` is JSON."""
        self._post(wire.Comm(msg_id, msg_type, content, buffers, is_work))

    def answer(
        self, msg_id: str, text: str, secrets: tuple[str, ...] = (), *, is_shown: bool = False
    ) -> None:
        """Answer the `input()` that the request waits for; ignored when it waits no more.

        The kernel's words are shown without `secrets` from then on. With `is_shown` the question and its
        answer stay below the cell; of a password, only that there was one.
        """
        self._post(wire.Answer(msg_id, self._inputs.get(msg_id, 0), text, secrets, is_shown))

    def acknowledge(self, seq: int) -> None:
        """Tell the supervisor that everything up to `seq` is safe and may be forgotten."""
        self._send(0, wire.Acknowledge(seq))  # not repeated: the next one says as much and more

    async def surround(
        self, variables: dict[str, str], files: dict[str, str], secrets: Sequence[str]
    ) -> None:
        """Give the kernel environment variables in place of those before; see `wire.Surround`.

        Raises `CommandRefused` with a sentence where it could not take them.
        """
        if not self.takes_surroundings:
            raise CommandRefused("The kernel is of an earlier version.")
        await self._ask(wire.Surround(variables, files, tuple(secrets)))

    async def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the running code. Returns when the signal is sent or due."""
        await self._ask(wire.Interrupt())

    async def restart(self) -> None:
        """Replace the kernel; returns when the new process was started. Its `Ready` follows."""
        epoch = self.epoch
        await self._ask(wire.Restart(epoch))
        self.epoch, self.state = max(self.epoch, epoch + 1), "starting"

    async def shutdown(self) -> None:
        """End the kernel and the supervisor, and close this client."""
        await self._ask(wire.Shutdown())
        await self.close()

    async def close(self) -> None:
        """Stop following. The kernel goes on."""
        self._end_silence()
        if self._connection is not None:
            self._connection.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._fail_waiting(SupervisorLost("gone"))

    def _post(self, command: wire.Command) -> int:
        self._next_id += 1
        self._unconfirmed[self._next_id] = command
        self._send(self._next_id, command)
        return self._next_id

    async def _ask(self, command: wire.Command) -> None:
        if self._closed:
            raise SupervisorLost("gone")
        future: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        number = self._post(command)
        self._waiting[number] = future
        try:
            refusal = await asyncio.wait_for(future, ANSWER_LIMIT_S)
        finally:
            self._waiting.pop(number, None)
            self._unconfirmed.pop(number, None)
        if refusal is not None:
            raise CommandRefused(refusal)

    def _send(self, number: int, command: wire.Command) -> None:
        if self._connection is None:
            return
        with suppress(WebSocketClosedError):  # closed: it is sent again after the reconnect
            # The frame is written at once; the returned future only tells when it left.
            self._connection.write_message(wire.encode(wire.Request(number, command)), binary=True)

    async def _run(self) -> None:
        attempt, refused_since = 0, None
        loop = asyncio.get_running_loop()
        while not self._closed:
            loss: Loss | None = None
            try:
                try:
                    await self._follow(await self._connect())
                finally:
                    self._lose_contact()
                attempt, refused_since = 0, None
            except HTTPClientError as error:
                loss = {401: "refused", 409: "displaced"}.get(error.code)  # type: ignore[assignment]
            except _Displaced:
                loss = "displaced"
            except (_Foreign, msgspec.MsgspecError):
                loss = "foreign"
            except (OSError, StreamClosedError, TimeoutError) as error:
                cause = error.real_error if isinstance(error, StreamClosedError) else error
                if not isinstance(cause, ConnectionRefusedError) or not self._endpoint.is_direct:
                    refused_since = None
                elif refused_since is None:
                    refused_since = loop.time()
                elif loop.time() - refused_since > REFUSED_S:
                    loss = "gone"
            if loss is None and not self._closed and await self._is_gone():
                loss = "gone"
            if loss is not None:
                self._lose(loss)
                return
            await asyncio.sleep(BACKOFF_S[min(attempt, len(BACKOFF_S) - 1)])
            attempt += 1
            if self._renew is not None:
                with suppress(EngineRefused, NotReady, OSError):  # it is asked again after the next failure
                    self._endpoint = await self._renew()

    async def _connect(self) -> WebSocketClientConnection:
        headers = {
            "Authorization": f"Bearer {self._token}",
            "X-Fence": str(self._fence),
            "X-Since": str(self.seq),
        }
        host = f"[{self._endpoint.host}]" if ":" in self._endpoint.host else self._endpoint.host
        url = f"{'wss' if self._tls else 'ws'}://{host}:{self._endpoint.port}{PATH}"
        request = HTTPRequest(url, headers=headers, connect_timeout=CONNECT_LIMIT_S, ssl_options=self._tls)
        return await websocket_connect(request, max_message_size=wire.FRAME_LIMIT)

    async def _follow(self, connection: WebSocketClientConnection) -> None:
        self._connection = connection
        assert connection.protocol is not None
        connection.protocol.set_nodelay(True)
        parts: list[bytes] = []
        told: list[bytes] = []
        pulse = Pulse(connection)
        try:
            while True:
                frame = await connection.read_message()
                if frame is None:
                    break
                pulse.felt()
                assert isinstance(frame, bytes)
                kind, payload = frame[:1], frame[1:]
                if kind == wire.CONTROL:
                    self._control(wire.decode_control(payload))
                elif kind == wire.TOLD_PART:
                    told.append(payload)
                elif kind == wire.TOLD:
                    self._asks.told(wire.decode_told(b"".join([*told, payload])))
                    told.clear()
                elif kind == wire.PART:
                    parts.append(payload)
                else:
                    self._batch(b"".join([*parts, payload]))
                    parts.clear()
        finally:
            pulse.stop()
            self._connection = None
            connection.close()
        if connection.close_code == wire.DISPLACED:
            raise _Displaced

    def _control(self, message: wire.Control) -> None:
        match message:
            case wire.Hello():
                if not wire.OLDEST_PROTOCOL <= message.protocol <= wire.PROTOCOL:
                    raise _Foreign
                self.epoch, self.state = message.epoch, message.state
                self.isolation, self.limits = message.isolation, message.limits
                self._may_ask = message.asks
                self.takes_comms = message.takes_comms
                self.takes_surroundings = message.takes_surroundings
                self._regain_contact()
                if not self._attached.done():
                    self._attached.set_result(None)
                for number, command in list(self._unconfirmed.items()):
                    self._send(number, command)
                self._asks.again()
            case wire.UsageNow():
                self._on_report(
                    Usage(
                        message.cpu,
                        message.memory,
                        message.memory_limit,
                        message.gpus,
                        message.quiet,
                        message.unsandboxed,
                    )
                )
            case wire.Done():
                self._unconfirmed.pop(message.id, None)
                future = self._waiting.get(message.id)
                if future is not None and not future.done():
                    future.set_result(message.refusal)

    def _batch(self, payload: bytes) -> None:
        for seq, epoch, body in wire.decode_batch(payload):
            if seq <= self.seq:
                continue
            report = wire.report(seq, epoch, body)
            self.seq = seq
            self._note(report)
            self._on_report(report)

    def _note(self, report: Report) -> None:
        match report:
            case InputWanted():
                self._inputs[report.msg_id] = report.seq
            case Finished():
                self._inputs.pop(report.msg_id, None)
            case Ready():
                self.epoch, self.state = report.epoch, "ready"
            case Died():
                self.epoch, self.state = report.epoch, "dead"

    def _lose_contact(self) -> None:
        if self._silence is None and not self._closed:
            self._silence = asyncio.get_running_loop().call_later(SILENCE_S, self._tell_silence)

    def _tell_silence(self) -> None:
        self._is_silent = True
        self.on_contact(False)

    def _regain_contact(self) -> None:
        was_silent, self._is_silent = self._is_silent, False
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None
        if was_silent:
            self.on_contact(True)

    def _end_silence(self) -> None:
        self._closed = True
        if self._silence is not None:
            self._silence.cancel()

    def _lose(self, loss: Loss) -> None:
        self._end_silence()
        error = SupervisorLost(loss)
        self._fail_waiting(error)
        if not self._attached.done():
            self._attached.set_exception(error)
        elif self._on_lost is not None:
            self._on_lost(loss)

    def _fail_waiting(self, error: SupervisorLost) -> None:
        self._asks.fail_all()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(error)


class _Foreign(Exception):
    """The supervisor's protocol is not one of ours."""


class _Displaced(Exception):
    """The supervisor closed the connection in favour of another server."""


async def reach(engine: Engine, handle: Handle, *, limit_s: float = 30.0) -> Endpoint:
    """Wait until a placed supervisor answers.

    Raises `EngineRefused` if it ended, `TimeoutError` after `limit_s`.
    """
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with asyncio.timeout(limit_s):
        while True:
            try:
                return await engine.endpoint(handle)
            except (NotReady, EngineAway):
                status = await engine.status(handle)
                if status.phase in ("ended", "lost"):
                    raise EngineRefused(status.reason) from None
            waited = loop.time() - begun
            await asyncio.sleep(min(max(SOONEST_S, waited / 20), LATEST_S))  # at most a twentieth too late
