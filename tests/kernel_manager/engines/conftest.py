"""The engines that the contract suite runs on, each on the real thing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from kernel_manager.engines.local import LocalEngine
from kernel_manager.engines.slurm.engine import SlurmEngine
from kernel_manager.engines.ssh.engine import SshEngine
from kernel_manager.hardware import HardwareClass
from tests.support import slurm
from tests.support.sites import Site, cleared, need
from tests.support.sshd import SshServer, ssh_server
from tests.support.sshd import missing as sshd_missing

NETWORK = "127.0.0.0/8"


@pytest.fixture(scope="session")
def cluster() -> Iterator[slurm.Cluster]:
    """A Slurm cluster, shared by all tests that leave it as they found it."""
    need(slurm.missing())
    with slurm.cluster() as running:
        yield running


@pytest.fixture
async def on_slurm(cluster: slurm.Cluster, tmp_path: Path) -> AsyncIterator[Site]:
    """The Slurm engine on the shared cluster."""
    async with cleared(slurm_site(cluster, tmp_path)) as site:
        yield site


@pytest.fixture(scope="session")
def sshd() -> Iterator[SshServer]:
    """An SSH server, shared by all tests that leave it as they found it."""
    need(sshd_missing())
    with ssh_server() as running:
        yield running


@pytest.fixture(params=["local", "slurm", "ssh"])
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    """Each engine in turn."""
    match request.param:
        case "local":
            found = local_site(tmp_path)
        case "ssh":
            found = ssh_site(request.getfixturevalue("sshd"), tmp_path)
        case _:
            found = slurm_site(request.getfixturevalue("cluster"), tmp_path)
    async with cleared(found) as site:
        yield site


def ssh_site(server: SshServer, folder: Path) -> Site:
    host = server.host(folder)
    recipe = (
        "from kernel_manager.engines.ssh.engine import SshEngine\n"
        "from kernel_manager.engines.ssh.hosts import SshHost\n"
        f"engine = SshEngine({{'lab': {host!r}}})"
    )
    hardware = HardwareClass("ssh-lab", "lab", "ssh", options={"host": "lab"})
    return Site(SshEngine({"lab": host}), recipe, _work(folder), hardware)


def local_site(folder: Path) -> Site:
    kernels, work = folder / "kernels", _work(folder)
    recipe = (
        f"from kernel_manager.engines.local import LocalEngine\nengine = LocalEngine(Path({str(kernels)!r}))"
    )
    return Site(LocalEngine(kernels), recipe, work, HardwareClass("local", "This machine", "local"))


def slurm_site(cluster: slurm.Cluster, folder: Path, **changes: object) -> Site:
    kernels, conf = folder / "kernels", str(cluster.conf)
    recipe = (
        "from kernel_manager.engines.slurm.engine import SlurmEngine\n"
        f"engine = SlurmEngine(Path({str(kernels)!r}), network={NETWORK!r}, conf={conf!r})"
    )
    engine = SlurmEngine(kernels, network=NETWORK, conf=conf, poll_s=0.2)
    hardware = HardwareClass("cpu", "A processor", "slurm", cpus=1, memory_mib=500)
    return Site(engine, recipe, _work(folder), hardware)


def _work(folder: Path) -> Path:
    work = folder / "work"
    work.mkdir(exist_ok=True)
    return work
