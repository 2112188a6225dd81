"""The same on PostgreSQL: typing and a running kernel outlive the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from collab.wire import StreamOutput
from tests.faults.test_kill import clear_away, page_of
from tests.server.test_store import empty_database
from tests.support.live import LiveServer

ROUNDS = 3
LINES = 60
PROGRAM = f"""
import time
total = globals().get('total', 0) + 1
for line in range({LINES}):
    print('line', line, flush=True)
    time.sleep(0.01)
print('total', total)
"""

pytestmark = [pytest.mark.faults, pytest.mark.kernel, pytest.mark.postgres]


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[LiveServer]:
    async with empty_database("postgres", tmp_path) as database:
        url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        server = LiveServer(tmp_path, settings={"COMMONBOOK_DATABASE_URL": url})
        server.start()
        yield server
        server.stop()
        await clear_away(tmp_path / "kernels")


async def test_kills_lose_nothing_on_postgresql(live: LiveServer) -> None:
    ada = await asyncio.to_thread(live.person, "ada")
    notebook = ada.notebook(ada.project(), PROGRAM, "# notes\n")
    cell, notes = (found["id"] for found in ada("GET", f"/api/notebooks/{notebook}")["cells"])
    for number in range(1, ROUNDS + 1):
        async with page_of(ada, notebook) as page:
            await page.order("run", cell_id=cell)
            await page.until(lambda: page.logs or page.closed)
            page.source.set_source(notes, f"# notes\nround {number}\n")
            await page.saved()
            await asyncio.to_thread(live.kill)
        await asyncio.to_thread(live.start)
        async with page_of(ada, notebook) as page:
            entry = await page.until_state(cell, "done")
            texts = [output.text for output in entry.outputs if isinstance(output, StreamOutput)]
            lines = "".join(f"line {line}\n" for line in range(LINES))
            assert texts == [f"{lines}total {number}\n"]
            assert page.source.source_of(notes) == f"# notes\nround {number}\n"
    assert not (live.folder / "commonbook.sqlite3").exists()
