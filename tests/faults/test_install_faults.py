"""Installations that are cut short: the server killed, the disk full. What was there is there afterwards."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from server.environments.part import environments_of
from tests.support.live import LiveServer, Script
from tests.support.server import running
from tests.support.wheels import pipe, source, wheel

pytestmark = pytest.mark.faults
LIMIT_S = 60


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    wheel(folder, "basekit", "1.0")
    wheel(folder, "tidy", "1.0")
    return folder


@pytest.fixture
def live(tmp_path: Path, wheels: Path) -> Iterator[LiveServer]:
    folder = tmp_path / "data"
    folder.mkdir()
    packages = {"COMMONBOOK_WHEELHOUSE": str(wheels), "COMMONBOOK_BASE_PACKAGES": "basekit"}
    packages["COMMONBOOK_SOURCE_BUILDS"] = "true"
    server = LiveServer(folder, settings={"COMMONBOOK_KERNEL_PYTHON": "", **packages})
    server.start()
    yield server
    server.stop()
    server.end_kernels()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[None]:
    """Four megabytes for the environments."""
    small = tmp_path / "data" / "environments"
    small.mkdir(parents=True)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", small], check=False).returncode:
        pytest.skip("no small disk can be mounted here")
    yield
    subprocess.run(["umount", "-l", small], check=True)


def wait_for_job(ada: Script, job: str) -> dict[str, object]:
    """Ask until the job has ended; each question waits for the server's answer."""
    end = time.monotonic() + LIMIT_S
    while time.monotonic() < end:
        found: dict[str, object] = ada("GET", f"/api/jobs/{job}")
        if found["state"] not in ("queued", "running"):
            return found
    raise TimeoutError(job)


def test_a_server_killed_in_mid_install_changed_nothing(live: LiveServer, wheels: Path) -> None:
    ada = live.person("ada")
    project = ada.project()
    at = f"/api/projects/{project}"
    wait_for_job(ada, ada("POST", f"{at}/packages", {"lines": ["tidy"]})["id"])
    files = live.folder / "projects" / project / "files"
    before = (ada("GET", f"{at}/environment")["packages"], (files / "requirements.txt").read_bytes())
    building = pipe(live.folder / "environments" / project / "cache" / "building")
    backend = f"import time\nopen({str(building)!r}, 'w').write('x')\ntime.sleep(600)\n"
    source(wheels, "slow", "1.0", backend)
    job = ada("POST", f"{at}/packages", {"lines": ["slow"], "builds": True})["id"]
    assert building.read_text() == "x"  # it builds
    live.kill()
    live.start()
    ended = ada("GET", f"/api/jobs/{job}")
    assert (ended["state"], ended["code"]) == ("failed", "server_stopped")
    assert (ada("GET", f"{at}/environment")["packages"], (files / "requirements.txt").read_bytes()) == before
    at_work = psutil.process_iter(["name", "cmdline"])
    at_work = (each for each in at_work if project in " ".join(each.info["cmdline"] or ()))
    assert not [each.info["name"] for each in at_work]
    done = wait_for_job(ada, ada("DELETE", f"{at}/packages/tidy")["id"])
    assert done["state"] == "done"
    assert (files / "requirements.txt").read_text() == ""
    states = list((live.folder / "environments" / project / "states").iterdir())
    assert all((state / ".complete").exists() for state in states)


@pytest.mark.slow
def test_a_state_on_record_that_was_not_put_to_use_is_at_the_next_start(live: LiveServer) -> None:
    ada = live.person("ada")
    project = ada.project()
    at = f"/api/projects/{project}"
    wait_for_job(ada, ada("POST", f"{at}/packages", {"lines": ["tidy"]})["id"])
    home = live.folder / "environments" / project
    files = live.folder / "projects" / project / "files"
    first = ada("GET", f"{at}/environment")["history"][-1]["id"]
    live.kill()
    (home / "current").unlink()  # as the kill would have left it: recorded, files and link as before
    (home / "current").symlink_to(Path("states") / first)
    (files / "requirements.txt").unlink()
    live.start()
    done = wait_for_job(ada, ada("POST", f"{at}/environment", {"action": "sync"})["id"])
    assert (done["state"], done["changes"]) == ("done", [])
    assert (files / "requirements.txt").read_text() == "tidy~=1.0\n"
    assert list(home.glob("current/lib/*/site-packages/tidy/__init__.py"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")
@pytest.mark.usefixtures("small_disk")
async def test_a_full_disk_leaves_all_as_it_was(tmp_path: Path, wheels: Path) -> None:
    wheel(wheels, "huge", "1.0", files={"huge/__init__.py": "#" * 8_000_000})
    packages = {"wheelhouse": str(wheels), "base_packages": ("basekit",)}
    async with running(tmp_path / "data", **packages) as server:
        ada = await server.person("ada")
        project = await server.project(ada)
        environments = environments_of(server.services)
        for line, state in (("tidy", "done"), ("huge", "failed")):
            answer = await ada.post(f"/api/projects/{project}/packages", {"lines": [line]})
            job = environments.live(answer.json["id"])
            assert job is not None
            assert job.task is not None
            await asyncio.wait_for(job.task, LIMIT_S)
            assert job.row.state == state, job.row
        assert job.row.code == "disk_full"
        files = server.config.data / "projects" / project / "files"
        assert (files / "requirements.txt").read_text() == "tidy~=1.0\n"
        seen = (await ada.get(f"/api/projects/{project}/environment")).json
        assert {package["name"] for package in seen["packages"]} == {"basekit", "tidy"}
