"""Two whole servers on one PostgreSQL, each with a data folder of its own: one kernel never obeys both."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from collab.wire import StreamOutput
from tests.faults.test_kill import clear_away
from tests.server.test_store import empty_database
from tests.support.kernels import LIMIT_S
from tests.support.server import running
from tests.support.socket_page import Page

pytestmark = [pytest.mark.faults, pytest.mark.kernel, pytest.mark.postgres]

SOURCES = ("kept = 41", "print(kept + 1)")


async def run(page: Page, cell: str) -> str:
    """Run a cell to its end and return what it printed."""
    answer = await page.order("run", cell_id=cell)
    wanted = answer["value"]["run"]
    entry = await page.until(lambda: (e := page.entry(cell)) and e.run == wanted and e.state == "done" and e)
    return "".join(o.text or "" for o in entry.outputs if isinstance(o, StreamOutput))


async def test_the_server_that_came_later_has_the_kernel_and_the_other_lets_go(tmp_path: Path) -> None:
    async with empty_database("postgres", tmp_path) as database:
        url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        settings = {"database_url": url, "kernel_python": sys.executable}
        try:
            async with running(tmp_path / "first", **settings) as first:
                ada = await first.person("ada")
                notebook = await first.notebook(await first.project(ada), ada)
                cells = [
                    (await ada.post(f"/api/notebooks/{notebook}/cells", {"source": source})).json["id"]
                    for source in SOURCES
                ]
                at_first = await Page.open(ada, notebook)
                await run(at_first, cells[0])
                async with running(tmp_path / "second", **settings) as second:
                    at_second = await Page.open(await second.browser_of(ada.user), notebook)
                    await at_first.until(lambda: at_first.kernel() == "dead")
                    death = at_first.runtime_view.kernel().death
                    assert death is not None
                    assert "Another server with the same database" in death.reason
                    assert await run(at_second, cells[1]) == "42\n"
                    await at_second.close()
                await at_first.close()
        finally:
            for name in ("first", "second"):
                await asyncio.wait_for(clear_away(tmp_path / name / "kernels"), LIMIT_S)
