"""Kernels on a host behind a real sshd: pinned keys, lost connections, and what a host lacks, in words."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kernel_manager.client import SupervisorClient
from kernel_manager.engines.base import EngineAway, EngineRefused
from kernel_manager.engines.ssh.engine import SshEngine
from kernel_manager.engines.ssh.hosts import SshHost, failure, options
from kernel_manager.hardware import HardwareClass
from kernel_manager.reports import Started
from tests.kernel_manager.engines.conftest import ssh_site
from tests.support.kernels import LIMIT_S, TOKEN, Reports, placement
from tests.support.sites import Site, cleared, need
from tests.support.sshd import SshServer, missing, ssh_server

pytestmark = pytest.mark.kernel

LAB = HardwareClass("ssh-lab", "lab", "ssh", options={"host": "lab"})


@pytest.fixture
def own_sshd() -> Iterator[SshServer]:
    """An SSH server for one test that breaks it."""
    need(missing())
    with ssh_server() as running:
        yield running


@pytest.fixture
async def site(own_sshd: SshServer, tmp_path: Path) -> AsyncIterator[Site]:
    async with cleared(ssh_site(own_sshd, tmp_path)) as found:
        yield found


async def refusal_of(host: SshHost, folder: Path, hardware: HardwareClass = LAB) -> EngineRefused:
    engine = SshEngine({"lab": host})
    try:
        with pytest.raises(EngineRefused) as refused:
            await engine.submit(placement(folder, hardware=hardware))
    finally:
        await engine.close()
    return refused.value


async def follow(site: Site, reports: Reports) -> tuple[SupervisorClient, asyncio.Queue[bool]]:
    """Attach as the server does: with a way to ask again where the supervisor answers."""
    here = await site.reach(await site.submit())
    contact: asyncio.Queue[bool] = asyncio.Queue()

    async def is_gone() -> bool:
        return (await site.engine.status(here.handle)).phase == "ended"

    client = await SupervisorClient.attach(
        here.endpoint, TOKEN, 1, 0, reports.take, on_lost=reports.lose, is_gone=is_gone,
        renew=lambda: site.engine.endpoint(here.handle),
    )  # fmt: skip
    client.on_contact = contact.put_nowait
    return client, contact


async def test_a_kernel_survives_the_loss_of_the_connection_and_is_reached_again(
    site: Site, own_sshd: SshServer
) -> None:
    reports = Reports()
    client, contact = await follow(site, reports)
    client.execute("a", "import time\nfor i in range(50):\n    print(i, flush=True)\n    time.sleep(0.05)")
    await reports.first(Started)
    own_sshd.stop()
    assert await asyncio.wait_for(contact.get(), LIMIT_S) is False
    waiting = await site.engine.status(site.placed["kernel"])
    assert (waiting.phase, "does not answer" in waiting.reason) == ("queued", True)
    own_sshd.start()
    assert await asyncio.wait_for(contact.get(), LIMIT_S) is True
    await reports.finished("a")
    assert reports.text("a") == "".join(f"{i}\n" for i in range(50))
    assert reports.losses == []
    await client.interrupt()
    await client.close()


async def test_a_short_cut_goes_by_unnoticed(site: Site, own_sshd: SshServer) -> None:
    reports = Reports()
    client, _ = await follow(site, reports)
    own_sshd.cut()
    client.execute("a", "print(42)")
    await reports.finished("a")
    assert reports.text("a") == "42\n"
    await client.close()


async def test_another_host_key_than_the_pinned_one_is_not_believed(
    own_sshd: SshServer, tmp_path: Path
) -> None:
    other = (own_sshd.folder / "user_key.pub").read_text().split()[:2]
    (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{own_sshd.port} {' '.join(other)}\n")
    host = replace(own_sshd.host(tmp_path), known_hosts=str(tmp_path / "known_hosts"))
    assert "does not show the key that is pinned" in str(await refusal_of(host, tmp_path))
    unknown = replace(host, known_hosts=os.devnull)
    assert "does not show the key that is pinned" in str(await refusal_of(unknown, tmp_path))


async def test_what_a_host_lacks_is_one_sentence(own_sshd: SshServer, tmp_path: Path) -> None:
    host = own_sshd.host(tmp_path)
    stranger = replace(host, identity=str(own_sshd.folder / "host_key"))
    assert "does not let this server in" in str(await refusal_of(stranger, tmp_path))
    bare = replace(host, python="/usr/bin/python3")
    assert "has no Commonbook" in str(await refusal_of(bare, tmp_path))
    nowhere = replace(LAB, options={"host": "attic"})
    assert "There is no SSH host 'attic'" in str(await refusal_of(host, tmp_path, nowhere))


async def test_a_host_that_is_down_is_away_and_not_refused(own_sshd: SshServer, tmp_path: Path) -> None:
    own_sshd.stop()
    down = await refusal_of(own_sshd.host(tmp_path), tmp_path)
    assert isinstance(down, EngineAway)
    assert "The host lab does not answer now" in str(down)
    own_sshd.start()


def test_no_agent_no_forwarding_and_nobodys_settings() -> None:
    flags = " ".join(options(SshHost("lab", "lab.example.org", "/pinned", identity="/key"), "/control"))
    for wanted in (
        "-F /dev/null", "StrictHostKeyChecking=yes", "UserKnownHostsFile=/pinned", "ForwardAgent=no",
        "IdentityAgent=none", "GlobalKnownHostsFile=/dev/null", "BatchMode=yes",
    ):  # fmt: skip
        assert wanted in flags


@pytest.mark.parametrize(
    "said",
    [
        "ssh: connect to host lab port 22: Connection refused",
        "ssh: connect to host lab port 22: No route to host",
        "ssh: Could not resolve hostname lab: Name or service not known",
        "Timeout, server lab not responding.",
    ],
)
def test_a_host_out_of_reach_is_told_from_one_that_refuses(said: str) -> None:
    host = SshHost("lab", "lab", "/pinned")
    assert isinstance(failure(host, said), EngineAway)
    assert not isinstance(failure(host, "Permission denied (publickey)."), EngineAway)
