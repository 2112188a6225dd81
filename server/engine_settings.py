"""Settings of the engines beside the local one: the tables `[engines.…]` of the settings file.

Pure, but for a look whether files are there. Every refusal names the setting and says what would be right.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from kernel_manager.engines.kubernetes.pods import Cluster
from kernel_manager.engines.ssh.hosts import SshHost


class BadEngine(Exception):
    """A setting of an engine that cannot be used; the text names it and says what would be right."""


@dataclass(frozen=True, slots=True)
class SlurmSettings:
    """The Slurm engine. `folder` must be on a file system that the nodes share; empty: in the data folder.

    `network` is the one on which the nodes' addresses meet this server's.
    """

    network: str
    folder: str = ""
    conf: str = ""
    python: str = ""
    tls: bool = True
    poll_s: float = 2.0


@dataclass(frozen=True, slots=True)
class KubernetesSettings:
    """The Kubernetes engine. Without `kubeconfig`, this server is itself a pod of the cluster.

    The other fields are those of `Cluster`.
    """

    image: str
    namespace: str = "default"
    kubeconfig: str = ""
    context: str = ""
    python: str = "python3"
    projects_claim: str = ""
    service_account: str = ""
    runtime_class: str = ""

    def cluster(self, projects: str) -> Cluster:
        """Return where pods go; this server keeps its projects' files in the folder `projects`."""
        return Cluster(
            self.namespace,
            self.image,
            self.python,
            self.projects_claim,
            projects,
            self.service_account,
            self.runtime_class,
        )


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """What there is beside this machine."""

    slurm: SlurmSettings | None = None
    ssh: Mapping[str, SshHost] = field(default_factory=dict)
    kubernetes: KubernetesSettings | None = None


def read_engines(told: Any) -> EngineSettings:
    """Return the settings in the table `engines`; raises `BadEngine`."""
    table = _table("engines", told)
    readers: Mapping[str, Callable[[Any], Any]] = {"slurm": _slurm, "ssh": _ssh, "kubernetes": _kubernetes}
    for name in table:
        if name not in readers:
            known = ", ".join(f"engines.{each}" for each in sorted(readers))
            raise BadEngine(f"There is no engine {name!r}. The settings may hold {known}.")
    return EngineSettings(**{name: readers[name](value) for name, value in table.items()})


def _slurm(told: Any) -> SlurmSettings:
    where = "engines.slurm"
    values = _known(where, _table(where, told), SlurmSettings)
    _text(where, values, "network", "folder", "conf", "python")
    if "network" not in values:
        raise BadEngine(
            f"{where}.network is missing. Name the network of nodes and server, as in 10.0.0.0/8."
        )
    _network(f"{where}.network", values["network"])
    if not isinstance(values.get("tls", True), bool):
        raise BadEngine(f"{where}.tls must be true or false.")
    poll_s = values.get("poll_s", 2.0)
    if isinstance(poll_s, bool) or not isinstance(poll_s, (int, float)) or not 0.5 <= poll_s <= 60:
        raise BadEngine(f"{where}.poll_s must be a number of seconds between 0.5 and 60.")
    for name in ("folder", "conf"):
        if values.get(name) and not Path(values[name]).is_absolute():
            raise BadEngine(f"{where}.{name} = {values[name]!r} must be a whole path, from / on.")
    return SlurmSettings(**values)


def _ssh(told: Any) -> Mapping[str, SshHost]:
    hosts = {}
    for name, each in _table("engines.ssh", told).items():
        where = f"engines.ssh.{name}"
        values = _known(where, _table(where, each), SshHost) | {"name": name}
        texts = [item.name for item in fields(SshHost) if item.type == "str"]
        _text(where, values, *texts)
        for needed in ("address", "known_hosts"):
            if not values.get(needed):
                raise BadEngine(f"{where}.{needed} is missing.")
        if values["address"].startswith("-"):
            raise BadEngine(f"{where}.address = {values['address']!r} is no address.")
        for file in ("known_hosts", "identity"):
            if values.get(file) and not Path(values[file]).is_absolute():
                raise BadEngine(f"{where}.{file} = {values[file]!r} must be a whole path, from / on.")
        port = values.get("port", 22)
        if isinstance(port, bool) or not isinstance(port, int) or not 1 <= port <= 65535:
            raise BadEngine(f"{where}.port must be between 1 and 65535.")
        if not isinstance(values.get("shared_files", False), bool):
            raise BadEngine(f"{where}.shared_files must be true or false.")
        hosts[name] = SshHost(**values)
    return hosts


def _kubernetes(told: Any) -> KubernetesSettings:
    where = "engines.kubernetes"
    values = _known(where, _table(where, told), KubernetesSettings)
    _text(where, values, *(item.name for item in fields(KubernetesSettings)))
    if not values.get("image"):
        raise BadEngine(f"{where}.image is missing. Name an image that has Commonbook and ipykernel.")
    return KubernetesSettings(**values)


def _table(where: str, told: Any) -> Mapping[str, Any]:
    if not isinstance(told, Mapping):
        raise BadEngine(f"{where} must be a table, as in [{where}].")
    return told


def _known(
    where: str, table: Mapping[str, Any], kind: type[SlurmSettings | SshHost | KubernetesSettings]
) -> dict[str, Any]:
    known = {item.name for item in fields(kind)} - {"name"}
    for name in table:
        if name not in known:
            raise BadEngine(f"{where} holds the unknown setting {name!r}. Known: {', '.join(sorted(known))}.")
    return dict(table)


def _text(where: str, values: Mapping[str, Any], *names: str) -> None:
    for name in names:
        value = values.get(name, "")
        if not isinstance(value, str) or "\n" in value or "\0" in value:
            raise BadEngine(f"{where}.{name} must be a text of one line.")


def _network(where: str, told: str) -> None:
    try:
        ipaddress.ip_network(told)
    except ValueError:
        raise BadEngine(f"{where} = {told!r} is no network; write it as 10.0.0.0/8.") from None
