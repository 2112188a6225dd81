"""The server's end of a supervisor: who gets in, who is put out, and that a lost connection costs nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from tornado.httpclient import HTTPRequest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.simple_httpclient import SimpleAsyncHTTPClient
from tornado.web import Application
from tornado.websocket import WebSocketClientConnection, WebSocketHandler

from kernel_manager import pulse
from kernel_manager.client import SupervisorClient, SupervisorLost, reach
from kernel_manager.engines.base import Endpoint, Handle
from kernel_manager.engines.local import LocalEngine
from kernel_manager.reports import InputWanted, Message, Ready, Truncated
from kernel_manager.supervisor import wire
from kernel_manager.supervisor.listener import GUESSES_AT_ONCE
from tests.support.kernels import LIMIT_S, TOKEN, Placed, Reports, attached, placed

pytestmark = pytest.mark.kernel


async def test_who_has_the_wrong_token_is_refused(tmp_path: Path) -> None:
    async with placed(tmp_path) as here:
        with pytest.raises(SupervisorLost) as refused:
            await here.attach(Reports(), token="wrong")
        assert refused.value.loss == "refused"


async def test_guessing_at_the_token_is_slow_and_holds_up_nobody_who_knows_it(tmp_path: Path) -> None:
    async with placed(tmp_path) as here:
        url = f"http://{here.endpoint.host}:{here.endpoint.port}/kernel"

        async def guess(number: int) -> int:
            headers = {"Authorization": f"Bearer {number}", "X-Fence": "99", "X-Since": "0"}
            headers |= {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
            request = HTTPRequest(url, headers=headers | {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="})
            answer = await SimpleAsyncHTTPClient(force_instance=True).fetch(request, raise_error=False)
            return answer.code

        guesses = [asyncio.ensure_future(guess(number)) for number in range(30)]
        client = await here.attach(Reports())
        assert not all(each.done() for each in guesses), "whoever knows it does not wait behind them"
        answers = await asyncio.gather(*guesses)
        assert set(answers) == {401, 429}
        assert answers.count(401) <= GUESSES_AT_ONCE
        await client.interrupt()
        await client.close()


@pytest.mark.parametrize("said", ["a later protocol", "nonsense"])
async def test_a_supervisor_of_an_unknown_version_is_given_up_with_a_reason(said: str) -> None:
    class Foreign(WebSocketHandler):
        def open(self, *args: str, **kwargs: str) -> None:
            hello = wire.encode(wire.Hello(1, "ready", 0, wire.PROTOCOL + 1))
            self.write_message(
                wire.CONTROL + (hello if said == "a later protocol" else b"\x91\xa3new"), binary=True
            )

        def check_origin(self, origin: str) -> bool:
            return True

    server = HTTPServer(Application([("/kernel", Foreign)]))
    [listening] = bind_sockets(0, "127.0.0.1")
    server.add_socket(listening)
    try:
        endpoint = Endpoint("127.0.0.1", listening.getsockname()[1])
        with pytest.raises(SupervisorLost) as lost:
            await SupervisorClient.attach(endpoint, TOKEN, 1, 0, Reports().take)
        assert lost.value.loss == "foreign"
    finally:
        server.stop()
        await server.close_all_connections()


def test_the_hello_of_the_first_version_is_understood() -> None:
    first = wire.encode(["hello", 3, "ready", 17])
    assert wire.decode_control(first) == wire.Hello(3, "ready", 17, 1)
    assert wire.OLDEST_PROTOCOL == 1


async def test_a_lower_fence_is_refused_and_a_higher_one_takes_over(tmp_path: Path) -> None:
    async with placed(tmp_path) as here:
        old, new = Reports(), Reports()
        first = await here.attach(old, fence=5)
        with pytest.raises(SupervisorLost) as refused:
            await here.attach(Reports(), fence=4)
        assert refused.value.loss == "displaced"
        assert old.losses == []
        second = await here.attach(new, fence=6)
        assert await old.lost() == "displaced"
        first.execute("from the old server", "1")
        with pytest.raises(SupervisorLost):
            await first.interrupt()
        second.execute("from the new server", "1")
        assert (await new.finished("from the new server")).count == 1
        await first.close()
        await second.close()


async def test_a_line_that_stays_cut_is_told_and_a_short_cut_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with placed(tmp_path) as here:
        relay = Relay(here.endpoint)
        client = await SupervisorClient.attach(await relay.open(), TOKEN, 1, 0, Reports().take)
        news: asyncio.Queue[bool] = asyncio.Queue()
        client.on_contact = news.put_nowait
        relay.cut()
        await client.interrupt()  # answered once the line is back
        assert news.empty()
        relay.is_open = False
        relay.cut()
        assert await asyncio.wait_for(news.get(), LIMIT_S) is False
        relay.is_open = True
        assert await asyncio.wait_for(news.get(), LIMIT_S) is True
        await client.close()
        await relay.close()


@pytest.mark.slow
async def test_a_supervisor_that_falls_silent_is_noticed_within_fifteen_seconds(tmp_path: Path) -> None:
    async with placed(tmp_path) as here:
        client = await here.attach(Reports())
        news: asyncio.Queue[bool] = asyncio.Queue()
        client.on_contact = news.put_nowait
        os.kill(
            here.handle["pid"], signal.SIGSTOP
        )  # its machine still takes what is sent, as a dead one would
        try:
            assert await asyncio.wait_for(news.get(), 15) is False
        finally:
            os.kill(here.handle["pid"], signal.SIGCONT)
        assert await asyncio.wait_for(news.get(), LIMIT_S) is True
        await client.interrupt()
        await client.close()


async def test_a_quiet_supervisor_that_answers_is_left_in_peace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "QUIET_S", 0.05)
    monkeypatch.setattr(pulse, "PONG_S", 1.0)
    pinged = asyncio.Event()
    ping = WebSocketClientConnection.ping

    def heard(self: WebSocketClientConnection, data: bytes = b"") -> None:
        if pinged.is_set():
            answered.set()  # the first was answered, or there would be no second
        pinged.set()
        ping(self, data)

    answered = asyncio.Event()
    monkeypatch.setattr(WebSocketClientConnection, "ping", heard)
    async with placed(tmp_path) as here:
        client = await here.attach(Reports())
        connection = client._connection
        await asyncio.wait_for(answered.wait(), LIMIT_S)
        assert client._connection is connection
        await client.close()


class Relay:
    """A TCP relay between a client and a supervisor, so that a test can cut the line."""

    def __init__(self, target: Endpoint) -> None:
        self._target = target
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None
        self.is_open = True

    async def open(self) -> Endpoint:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return Endpoint("127.0.0.1", self._server.sockets[0].getsockname()[1])

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def close(self) -> None:
        self.cut()
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self.is_open:
            writer.transport.abort()
            return
        far_reader, far_writer = await asyncio.open_connection(self._target.host, self._target.port)
        self._writers += [writer, far_writer]
        await asyncio.gather(self._copy(reader, far_writer), self._copy(far_reader, writer))

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        writer.close()


async def test_a_line_that_breaks_again_and_again_costs_nothing(tmp_path: Path) -> None:
    async with placed(tmp_path) as here:
        relay = Relay(here.endpoint)
        reports = Reports()
        client = await SupervisorClient.attach(await relay.open(), TOKEN, 1, 0, reports.take)
        client.execute("a", "for i in range(300_000): print(i)\ninput()\nprint('end')")
        for size in (1_000, 500_000, 1_000_000):
            await reports.until(lambda size=size: len(reports.text("a")) > size)  # type: ignore[misc]
            relay.cut()
        wanted = await reports.first(InputWanted)
        relay.cut()
        client.answer(wanted.msg_id, "")
        client.execute("b", "1 + 1")
        await reports.finished("b")
        assert reports.text("a") == "".join(f"{i}\n" for i in range(300_000)) + "end\n"
        assert reports.seqs() == sorted(set(reports.seqs()))
        assert reports.losses == []
        await client.close()
        await relay.close()


async def test_a_server_that_is_only_unreachable_is_not_lost(tmp_path: Path) -> None:
    async with placed(tmp_path) as here:
        relay = Relay(here.endpoint)
        reports = Reports()
        asked = asyncio.Event()

        async def is_gone() -> bool:
            asked.set()
            return False

        client = await SupervisorClient.attach(
            await relay.open(), TOKEN, 1, 0, reports.take, on_lost=reports.lose, is_gone=is_gone
        )
        await relay.close()
        await asyncio.wait_for(asked.wait(), LIMIT_S)
        assert reports.losses == []
        await client.close()


async def test_a_supervisor_that_is_gone_is_told_once(tmp_path: Path) -> None:
    async with attached(tmp_path) as (client, reports, here):
        await here.engine.signal(here.handle, signal.SIGKILL)
        assert await reports.lost() == "gone"
        with pytest.raises(SupervisorLost):
            await client.interrupt()
        assert reports.losses == ["gone"]


async def test_a_shutdown_ends_kernel_and_supervisor(tmp_path: Path) -> None:
    async with attached(tmp_path) as (client, reports, here):
        await reports.first(Ready)
        await client.shutdown()
        await _ended(here)
        assert reports.losses == []


@pytest.mark.slow
async def test_a_server_that_stops_reading_can_still_interrupt(tmp_path: Path) -> None:
    async with placed(tmp_path) as here:
        _, writer = await asyncio.open_connection(here.endpoint.host, here.endpoint.port, limit=1024)
        writer.write(
            f"GET /kernel HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            f"Authorization: Bearer {TOKEN}\r\nX-Fence: 1\r\nX-Since: 0\r\n\r\n".encode()
        )
        pipe = tmp_path / "work" / "flooded"
        os.mkfifo(pipe)
        pipe.chmod(0o666)  # for the project's own user
        flood = (
            "line = 'x' * 99\nfor i in range(300_000): print(line)\n"
            "open('flooded', 'w').close()\nwhile True: print(line)"
        )
        writer.write(_client_frame(wire.Request(1, wire.Execute("a", flood))))
        await asyncio.wait_for(asyncio.to_thread(pipe.read_text), LIMIT_S)
        writer.write(_client_frame(wire.Request(2, wire.Interrupt())))
        reports = Reports()
        client = await here.attach(reports, fence=2)
        assert (await reports.finished("a", limit_s=120)).ename == "KeyboardInterrupt"
        assert len(reports.text("a")) >= 30_000_000
        assert reports.of(Truncated) == []
        await client.close()
        writer.close()


def _client_frame(request: wire.Request) -> bytes:
    """Return a short websocket frame as a client sends it, masked with zeros."""
    payload = wire.encode(request)
    return b"\x82\xfe" + len(payload).to_bytes(2, "big") + bytes(4) + payload


async def test_the_journal_tells_a_late_server_what_it_had_to_drop(tmp_path: Path) -> None:
    async with placed(tmp_path, journal_bytes=1_000_000) as here:
        reports = Reports()
        client = await here.attach(reports)
        client.execute("a", "for i in range(300_000): print(i)")
        await reports.finished("a")
        await client.close()
        late = Reports()
        second = await here.attach(late, fence=2)
        await late.finished("a")
        dropped = late.of(Truncated)
        assert len(dropped) == 1
        assert dropped[0].dropped_bytes > 500_000
        assert late.text("a").endswith("\n299999\n")
        assert late.seqs() == sorted(set(late.seqs()))
        await second.close()


async def test_what_was_acknowledged_is_not_told_again(tmp_path: Path) -> None:
    async with attached(tmp_path) as (client, reports, here):
        client.execute("a", "print(1)")
        await reports.finished("a")
        client.acknowledge(client.seq - 1)
        await client.interrupt()  # answered after the acknowledgement was taken in
        await client.close()
        late = Reports()
        second = await here.attach(late, fence=2)
        await late.finished("a")
        assert late.seqs() == [client.seq]
        await second.close()


FIRST_SERVER = """
import asyncio, json, sys
from pathlib import Path
from kernel_manager.client import SupervisorClient, reach
from kernel_manager.engines.local import LocalEngine
from kernel_manager.reports import Message
from tests.support.kernels import TOKEN, placement

async def main(folder):
    engine = LocalEngine(folder / "kernels")
    handle = await engine.submit(placement(folder))
    begun = asyncio.Event()
    def on_report(report):
        if isinstance(report, Message):
            begun.set()
    client = await SupervisorClient.attach(await reach(engine, handle), TOKEN, 1, 0, on_report)
    first = "kept = 41\\nfor i in range(50): print(i)"
    client.execute("a", first + "\\ninput()\\nfor i in range(50, 100): print(i)")
    await begun.wait()
    print(json.dumps(dict(handle)), flush=True)
    await asyncio.Event().wait()

asyncio.run(main(Path(sys.argv[1])))
"""


async def test_a_kernel_survives_the_sudden_death_of_its_server(tmp_path: Path) -> None:
    script = tmp_path / "server.py"
    script.write_text(FIRST_SERVER)
    root = str(Path(__file__).parents[2])
    server = await asyncio.create_subprocess_exec(
        sys.executable,
        str(script),
        str(tmp_path),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": root},
    )
    assert server.stdout is not None
    await asyncio.wait_for(server.stdout.readline(), LIMIT_S)
    server.kill()
    await server.wait()

    engine = LocalEngine(tmp_path / "kernels")
    handles = await engine.list("tests")
    assert len(handles) == 1
    try:
        assert (await engine.status(handles[0])).phase == "running"
        here = Placed(engine, handles[0], await reach(engine, handles[0]))
        reports = Reports()
        client = await here.attach(reports, fence=2, since=0)
        await reports.first(InputWanted)
        client.answer("a", "")
        await reports.finished("a")
        assert reports.text("a") == "".join(f"{i}\n" for i in range(100))
        client.execute("b", "kept + 1")
        await reports.finished("b")
        shown = await reports.first(Message, lambda report: report.msg_type == "execute_result")
        assert shown.content["data"]["text/plain"] == "42"
        await client.close()
    finally:
        await engine.cancel(handles[0])


async def _ended(here: Placed) -> None:
    handle: Handle = here.handle
    descriptor = os.pidfd_open(handle["pid"])
    gone = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(descriptor, gone.set)
    try:
        await asyncio.wait_for(gone.wait(), LIMIT_S)
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
    assert (await here.engine.status(handle)).phase == "ended"
