"""The server is killed again and again under typing and running: nothing is lost, nothing runs twice."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from collab.ids import new_id
from collab.wire import StreamOutput
from kernel_manager.engines.local import LocalEngine
from kernel_manager.supervisor.spec import PROCESS, read_json
from tests.support.live import LiveServer, Script
from tests.support.server import Client
from tests.support.socket_page import Page

LINES = 40

pytestmark = [pytest.mark.faults, pytest.mark.kernel]


async def clear_away(folder: Path) -> None:
    """End the kernels of a test that failed."""
    engine = LocalEngine(folder)
    for owner in owners_in(folder):
        for handle in await engine.list(owner):
            await engine.cancel(handle)


def owners_in(folder: Path) -> set[str]:
    """Return whose kernels there are."""
    return {process["owner"] for path in folder.glob(f"*/{PROCESS}") if (process := read_json(path))}


@asynccontextmanager
async def page_of(script: Script, notebook: str) -> AsyncIterator[Page]:
    browser = Client(script.url, headers={"Authorization": f"Bearer {script.token}"})
    browser.name = script.name
    page = await Page.open(browser, notebook)
    try:
        yield page
    finally:
        await page.close()
        await browser.close()


LOG = "runs.txt"

PROGRAM = (
    "import time\n"
    "total = globals().get('total', 0) + 1\n"
    f"with open({LOG!r}, 'a') as file:\n"
    "    file.write(f'{total}\\n')\n"
    f"for line in range({LINES}):\n"
    "    print('line', line, flush=True)\n"
    "    time.sleep(0.003)\n"
    "print('total', total)"
)
"""Counts the runs in a variable and in a file of the project, and prints slowly."""


@pytest.mark.parametrize("kills", [5, pytest.param(20, marks=pytest.mark.slow)])
async def test_kills_lose_nothing_and_run_nothing_twice(live: LiveServer, tmp_path: Path, kills: int) -> None:
    ada = live.person("ada")
    project = ada.project()
    log = tmp_path / "projects" / project / "files" / LOG
    notebook = ada.notebook(project, PROGRAM, "# notes\n")
    cell, notes = (found["id"] for found in ada("GET", f"/api/notebooks/{notebook}")["cells"])
    chance = random.Random(7)
    acknowledged: list[str] = []
    started = time.monotonic()
    async with page_of(ada, notebook) as page:
        await page.order("start")
        await page.until(lambda: page.kernel() == "idle")

    for number in range(kills):
        command = new_id()
        async with page_of(ada, notebook) as page:
            written = await type_and_run(page, notes, cell, command, number, chance)
            live.kill()
            acknowledged += [line for line, frame in written if frame <= page.acked]
        live.start()
        async with page_of(ada, notebook) as page:
            # A page that lost its connection sends what was not answered again, under the same id.
            answer = await page.order("run", id=command, cell_id=cell)
            assert answer["type"] == "result", answer
            run = answer["value"]["run"]
            await page.until(lambda: (e := page.entry(cell)) and e.run == run and e.state == "done")  # noqa: B023
            entry = page.entry(cell)
            assert entry is not None
            [stream] = entry.outputs
            assert isinstance(stream, StreamOutput)
            expected = "".join(f"line {line}\n" for line in range(LINES)) + f"total {number + 1}\n"
            assert stream.text == expected
            text = page.source.source_of(notes) or ""
            missing = [line for line in acknowledged if line not in text.splitlines()]
            assert missing == []

    assert log.read_text().splitlines() == [str(number + 1) for number in range(kills)]
    assert len(acknowledged) > kills, "the test must have written something that counts"
    assert time.monotonic() - started < 300
    ada("POST", f"/api/notebooks/{notebook}/kernel", {"action": "stop"})


async def type_and_run(
    page: Page, notes: str, cell: str, command: str, number: int, chance: random.Random
) -> list[tuple[str, int]]:
    """Type lines and press Run in between; returns each line with the number of its write frame."""
    lines = [f"round {number} line {index}" for index in range(12)]
    written = []
    run_at, stop_after = chance.randrange(4), chance.randrange(4, 12)
    for index, line in enumerate(lines[: stop_after + 1]):
        if index == run_at:
            page.control(type="cmd", id=command, op="run", args={"cell_id": cell})
        text = page.source.source_of(notes) or ""
        page.source.set_source(notes, text + line + "\n")
        written.append((line, page.sent))
        if chance.random() < 0.5:
            await page.saved()
    patience = chance.choice([None, "answered", "begun"])
    if patience is not None:
        [answer] = await page.until(lambda: page.answers(command))
    if patience == "begun":  # and, on a slow machine, perhaps over by now
        await page.until(lambda: (e := page.entry(cell)) and e.run == answer["value"]["run"] and e.outputs)
    return written


async def test_a_killed_servers_warm_kernel_ends_with_the_next_start_and_another_one_waits(
    tmp_path: Path,
) -> None:
    live = LiveServer(tmp_path, settings={"COMMONBOOK_PREWARMED": "1"})
    root = live.person("root", admin=True)
    live.start()
    try:
        notebook = root.notebook(root.project(), "1")

        async def warm(besides: str = "") -> str:
            async with asyncio.timeout(60):
                while True:
                    told = await asyncio.to_thread(root, "GET", "/api/admin/kernels")
                    for one in told["warm"]:
                        if one["is_ready"] and one["id"] != besides:
                            return str(one["id"])
                    await asyncio.sleep(0.05)

        async with page_of(root, notebook):
            left = await warm()
            live.kill()
        assert (tmp_path / "kernels" / left).is_dir()
        live.start()
        async with page_of(root, notebook):
            another = await warm(besides=left)
        assert not (tmp_path / "kernels" / left).exists()
        live.stop()
        assert not (tmp_path / "kernels" / another).exists()
    finally:
        live.stop()
        await clear_away(tmp_path / "kernels")
