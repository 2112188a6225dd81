"""The default environment is made once, whole, and says why when it cannot be."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from kernel_manager.environment import EnvironmentFailed, ensure_default, tool_environment

FAKE_UV = """#!/bin/sh
echo "$1" >> "{log}"
if [ "$1" = venv ]; then
    for place; do :; done
    mkdir -p "$place/bin" && echo made > "$place/bin/python" && touch "$place/pyvenv.cfg"
else
    echo "Resolved 4 packages"
    {install}
fi
"""


def fake_uv(folder: Path, install: str = "true") -> Path:
    path = folder / "uv"
    path.write_text(FAKE_UV.format(log=folder / "calls", install=install))
    path.chmod(0o755)
    return path


def calls(folder: Path) -> list[str]:
    return (folder / "calls").read_text().split()


async def test_the_environment_is_made_once(tmp_path: Path) -> None:
    uv = fake_uv(tmp_path, 'echo " + one-of-many==1.0"')
    said: list[str] = []
    first = await ensure_default(tmp_path, said.append, uv=uv)
    assert first == tmp_path / "environments" / "default" / "bin" / "python"
    assert first.exists()
    assert "Resolved 4 packages" in said
    assert not any("one-of-many" in line for line in said), "the names of all packages bury the set-up link"
    assert await ensure_default(tmp_path, said.append, uv=uv) == first
    assert calls(tmp_path) == ["venv", "pip"]


async def test_callers_at_the_same_time_share_one_installation(tmp_path: Path) -> None:
    uv = fake_uv(tmp_path)
    pythons = await asyncio.gather(*(ensure_default(tmp_path, lambda line: None, uv=uv) for _ in range(5)))
    assert len(set(pythons)) == 1
    assert calls(tmp_path) == ["venv", "pip"]


async def test_a_failed_installation_tells_the_last_lines_and_is_tried_again(tmp_path: Path) -> None:
    broken = fake_uv(tmp_path, install="echo 'No solution found' >&2; exit 1")
    with pytest.raises(EnvironmentFailed, match="No solution found"):
        await ensure_default(tmp_path, lambda line: None, uv=broken)
    await ensure_default(tmp_path, lambda line: None, uv=fake_uv(tmp_path))
    assert calls(tmp_path) == ["venv", "pip", "venv", "pip"]


async def test_an_installation_that_was_cut_short_is_done_again_from_nothing(tmp_path: Path) -> None:
    reached = asyncio.Event()

    def progress(line: str) -> None:
        if line == "half way":
            reached.set()

    place = tmp_path / "environments" / "default"
    slow = fake_uv(tmp_path, install=f"touch {place}/debris; echo half way; exec sleep 600")
    task = asyncio.create_task(ensure_default(tmp_path, progress, uv=slow))
    await asyncio.wait_for(reached.wait(), 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await ensure_default(tmp_path, lambda line: None, uv=fake_uv(tmp_path))
    assert not (place / "debris").exists()


async def test_a_missing_tool_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFailed, match="could not start: No such file or directory"):
        await ensure_default(tmp_path, lambda line: None, uv=tmp_path / "missing")


def test_the_tool_sees_its_settings_and_no_secrets() -> None:
    own = {"PATH": os.defpath, "UV_INDEX_URL": "x", "HTTPS_PROXY": "y", "COMMONBOOK_SECRET": "z"}
    seen = tool_environment(own, {"UV_OFFLINE": "1"})
    ours = {"UV_PYTHON_DOWNLOADS", "UV_LINK_MODE", "UV_OFFLINE"}
    assert set(seen) == {"PATH", "UV_INDEX_URL", "HTTPS_PROXY", *ours}
