"""A start is quick: nothing is imported before it that only later work needs."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import psutil

from tests.support.server import empty_database

ONLY_LATER = {
    "alembic": "migrations, which most starts do not need",
    "asyncpg": "PostgreSQL",
    "jupyter_client": "kernels, which live in other processes",
    "jupyter_server": "nothing yet",
    "nbformat": "files that people bring",
    "server.schema": "whoever asks for the description of the API",
    "sqlalchemy.dialects.postgresql": "PostgreSQL",
    "zmq": "kernels, which live in other processes",
}
"""What a start on SQLite does without, and who needs it."""

STARTED = """
import asyncio, json, sys
from pathlib import Path
import server.cli, server.serve
from server.app import Server
from server.config import Config

async def start():
    server = await Server.start(Config(data=Path(sys.argv[1]), port=0))
    print(json.dumps(sorted(sys.modules)))
    await server.stop()

asyncio.run(start())
"""


async def test_what_only_later_work_needs_is_not_imported_first(tmp_path: Path) -> None:
    (tmp_path / "commonbook.sqlite3").write_bytes(empty_database().read_bytes())
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", STARTED, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0
    assert set(json.loads(out)) & set(ONLY_LATER) == set()


async def test_a_second_start_costs_less_than_three_seconds(tmp_path: Path) -> None:
    """Counted in time of the processor, which does not depend on what else the machine does."""
    (tmp_path / "commonbook.sqlite3").write_bytes(empty_database().read_bytes())
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "server.cli", "serve", "--no-browser", "--port", "0", "--data", tmp_path),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"COMMONBOOK_KERNEL_PYTHON": sys.executable},
    )
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), 60)
        spent = psutil.Process(process.pid).cpu_times()
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), 30)
    assert line.startswith(b"Commonbook is at ")
    assert spent.user + spent.system < 3
