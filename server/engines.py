"""Makes the engines that the settings name, and tries whether each works here."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from kernel_manager.engines.base import Engine, EngineRefused
from kernel_manager.engines.local import LocalEngine
from server.config import Config

TRY_LIMIT_S = 20.0


@dataclass(frozen=True, slots=True)
class Tried:
    """How an engine did when it was asked whether it works; `words` say what it said."""

    name: str
    works: bool
    words: str


def make_engines(config: Config) -> Mapping[str, Engine]:
    """Return the engines by name, this machine first. What is not in the settings is not even imported."""
    engines: dict[str, Engine] = {"local": local_engine(config)}
    slurm, ssh = config.engines.slurm, config.engines.ssh
    if slurm is not None:
        from pathlib import Path

        from kernel_manager.engines.slurm.engine import SlurmEngine

        engines["slurm"] = SlurmEngine(
            Path(slurm.folder) if slurm.folder else config.data / "slurm-kernels",
            network=slurm.network,
            conf=slurm.conf,
            python=slurm.python,
            tls=slurm.tls,
            poll_s=slurm.poll_s,
        )
    if ssh:
        from kernel_manager.engines.ssh.engine import SshEngine

        engines["ssh"] = SshEngine(ssh)
    kubernetes = config.engines.kubernetes
    if kubernetes is not None:
        from kernel_manager.engines.kubernetes.engine import KubernetesEngine

        engines["kubernetes"] = KubernetesEngine(
            kubernetes.cluster(str(config.data / "projects")),
            kubeconfig=kubernetes.kubeconfig,
            context=kubernetes.context,
        )
    return engines


def local_engine(config: Config, *, own_users: bool = True) -> LocalEngine:
    """Return the engine of this machine. Without `own_users` kernels run as whoever runs the server."""
    return LocalEngine(config.data / "kernels", users_from=config.kernel_users_from if own_users else 0)


async def try_engines(config: Config) -> list[Tried]:
    """Ask each engine of the settings whether it works from here."""
    tried = [Tried("local", True, "kernels run on this machine")]
    for name, engine in make_engines(config).items():
        if name == "local":
            continue
        try:
            await asyncio.wait_for(engine.list("doctor"), TRY_LIMIT_S)
        except EngineRefused as refused:
            tried.append(Tried(name, False, str(refused)))
        except TimeoutError:
            tried.append(Tried(name, False, f"It did not answer within {TRY_LIMIT_S:.0f} seconds."))
        else:
            tried.append(Tried(name, True, "answers"))
        close = getattr(engine, "close", None)
        if close is not None:
            await close()
    return tried
