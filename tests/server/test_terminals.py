"""Terminals of a project: real shells in the sandbox, shared by whoever may run and write files."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from kernel_manager.terminals.backlog import RESET, Backlog
from server.terminals.part import terminals_of
from tests.support.backend import FakeBackend
from tests.support.server import Client, running
from tests.support.world import World, open_world

LIMIT_S = 60.0


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A server whose terminals have the Python of these tests, so that none has to be made."""
    async with running(tmp_path / "data", kernel_python=sys.executable) as server:
        yield await open_world(server, FakeBackend())


class Seat:
    """Somebody's page at a terminal."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.shown = b""
        self.told: dict[str, Any] = {}

    async def type(self, text: str) -> None:
        await self.socket.send_bytes(text.encode())

    async def see(self, text: str) -> str:
        """Read until `text` is on the screen; returns all that was shown so far."""
        try:
            async with asyncio.timeout(LIMIT_S):
                while text.encode() not in self.shown:
                    assert await self._hear(), self.told
        except TimeoutError:
            raise AssertionError(f"{text!r} is not in {self.shown[-500:]!r}") from None
        return self.shown.decode(errors="replace")

    async def know(self, **words: Any) -> None:
        """Read until the terminal has said all of this."""
        async with asyncio.timeout(LIMIT_S):
            while not words.items() <= self.told.items():
                await self._hear()

    async def end(self) -> int | None:
        """Read to the end of the socket and return its code."""
        async with asyncio.timeout(LIMIT_S):
            while await self._hear():
                pass
        return self.socket.close_code

    async def _hear(self) -> bool:
        message = await self.socket.receive()
        if message.type is aiohttp.WSMsgType.BINARY:
            self.shown += message.data
        elif message.type is aiohttp.WSMsgType.TEXT:
            self.told |= json.loads(message.data)
        else:
            return False
        return True


@asynccontextmanager
async def at(world: World, client: Client, terminal: str) -> AsyncIterator[Seat]:
    path = f"/api/projects/{world.project}/terminals/{terminal}/socket"
    async with client.http.ws_connect(client.base + path, headers={"Origin": client.base}) as socket:
        yield Seat(socket)


async def opened(world: World, by: Client, *, shared: bool = False) -> str:
    answer = await by.post(f"/api/projects/{world.project}/terminals", {"shared": shared})
    assert answer.status == 201, answer.body
    terminal: str = answer.json["id"]
    return terminal


@pytest.mark.kernel
async def test_a_terminal_is_a_shell_in_the_projects_sandbox(world: World, tmp_path: Path) -> None:
    """One long flow, as each shell costs a sandbox."""
    folder = f"/api/projects/{world.project}/terminals"
    terminal = await opened(world, world.ada)
    async with at(world, world.ada, terminal) as ada:
        await ada.type("stty -echo; echo begin\n")
        await ada.see("begin\r\n")
        # Only the project's files are there, it may write to them, and the environment's programs come first.
        await ada.type(
            f"pwd; ls {tmp_path} 2>&1 | grep -c 'No such'; ls /etc/shadow 2>&1; echo is > made; id -u\n"
        )
        seen = await ada.see("/project\r\n1\r\n")
        await ada.see("shadow': No such file")
        await ada.type("command -v python; cat /proc/1/environ | tr '\\0' '\\n' | wc -l; echo next\n")
        seen = await ada.see("next\r\n")
        assert "/bin/python" in seen
        files = world.server.config.data / "projects" / world.project / "files"
        assert (files / "made").read_text() == "is\n"
        # Its size is that of the page; a job counts as work and Ctrl-C ends it.
        await ada.socket.send_str(json.dumps({"columns": 101, "rows": 33}))
        await ada.know(columns=101, rows=33)
        await ada.type("stty size; sleep 600\n")
        await ada.see("33 101")
        async with asyncio.timeout(LIMIT_S):
            while not (await world.ada.get(folder)).json["items"][0]["working"]:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        service = terminals_of(world.server.services)
        service.idle_s = 0.0
        service.sweep()
        assert len((await world.ada.get(folder)).json["items"]) == 1
        service.idle_s = 3600.0
        await ada.type("\x03")
        await ada.type("echo after $((40 + 2))\n")
        await ada.see("after 42")
    # A page that comes anew sees what was there, and the shell still has what was set in it.
    async with at(world, world.ada, terminal) as again:
        assert RESET.decode() in await again.see("after 42")
        await again.type("exit\n")
        assert await again.end() == 4404
        assert again.told["ended"] == "The shell has ended."
    assert (await world.ada.get(folder)).json["items"] == []


@pytest.mark.kernel
async def test_a_shared_terminal_says_who_types_and_a_private_one_is_nobody_elses(world: World) -> None:
    ada, collaborator = world.ada, world.people["collaborator"]
    folder = f"/api/projects/{world.project}/terminals"
    private, shared = await opened(world, ada), await opened(world, ada, shared=True)
    assert [each["id"] for each in (await collaborator.get(folder)).json["items"]] == [shared]
    with pytest.raises(aiohttp.WSServerHandshakeError, match="404"):
        async with at(world, collaborator, private):
            pass
    for role in ("viewer", "editor", "executor"):
        assert (await world.people[role].get(folder)).status == 403
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            async with at(world, world.people[role], shared):
                pass
    async with at(world, ada, shared) as one, at(world, collaborator, shared) as other:
        await one.know(people=["Ada", "Collaborator"])
        await other.type("echo from the other\n")
        await one.see("from the other")
        await one.know(typist="Collaborator")
        await one.type("echo back\n")
        await other.know(typist="Ada")
        # Who may run no more is out at once, and what they still send goes nowhere.
        await ada.put(f"/api/projects/{world.project}/members/{collaborator.user}", {"role": "editor"})
        await other.type("echo too late\n")
        assert await other.end() == 4403
        await one.type("echo still\n")
        assert "too late" not in await one.see("still\r\n")
        # A terminal ends with the rights of who opened it.
        answer = await ada.delete(f"{folder}/{shared}")
        assert answer.status == 204
        assert await one.end() == 4404


@pytest.mark.kernel
async def test_a_flood_reaches_nobody_faster_than_they_read_and_terminals_are_counted(world: World) -> None:
    terminals = [await opened(world, world.ada) for _ in range(4)]
    refused = await world.ada.post(f"/api/projects/{world.project}/terminals", {})
    assert (refused.status, refused.code) == (409, "too_many_terminals")
    async with at(world, world.ada, terminals[0]) as ada:
        await ada.type("yes | head -c 1000000; echo do''ne\n")
        seen = await ada.see("done\r\n")
        assert len(seen) > 1_000_000
    async with at(world, world.ada, terminals[0]) as late:
        await late.see("done\r\n")
        assert len(late.shown) < 300_000


async def test_where_no_sandbox_holds_there_is_no_terminal(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kernel_manager.isolation_probe import Standing
    from server.isolation import Sandboxes

    async def none(self: Sandboxes, files: Path) -> tuple[Standing, None]:
        return Standing(works=False, why="The trial failed."), None

    monkeypatch.setattr(Sandboxes, "of", none)
    refused = await world.ada.post(f"/api/projects/{world.project}/terminals", {})
    assert (refused.status, refused.code) == (409, "no_terminal")
    assert "The trial failed." in refused.json["error"]["reason"]


def test_a_backlog_keeps_the_newest_and_begins_with_a_whole_line() -> None:
    backlog = Backlog(10)
    for line in (b"one\n", b"two\n", b"three\n", b"four\n"):
        backlog.add(line)
    assert backlog.replay() == RESET + b"four\n"
    whole = Backlog(100)
    whole.add(b"$ ")
    assert whole.replay() == RESET + b"$ "
