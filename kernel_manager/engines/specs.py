"""What an engine hands to the supervisor that it places, the same for every engine. Pure."""

from __future__ import annotations

from kernel_manager.engines.base import Placement
from kernel_manager.engines.certificates import Certificate
from kernel_manager.supervisor.spec import JOURNAL_BYTES, Spec

MIB = 1024 * 1024


def spec_of(
    placement: Placement,
    *,
    journal_bytes: int = JOURNAL_BYTES,
    network: str = "",
    port: int = 0,
    certificate: Certificate | None = None,
) -> Spec:
    """Return the spec of a placement, for a supervisor that will be reached over `network`, or loopback."""
    hardware = placement.hardware
    return Spec(
        kernel_id=placement.kernel_id,
        owner=placement.owner,
        token=placement.token,
        python=placement.python,
        folder=placement.folder,
        environment=dict(placement.environment),
        cpus=hardware.cpus,
        memory_limit_bytes=_bytes(hardware.memory_mib),
        process_limit=hardware.processes,
        disk_limit_bytes=_bytes(hardware.disk_mib),
        gpus=hardware.gpus,
        internet=hardware.internet,
        opened_networks=list(placement.opened_networks),
        uid=placement.uid,
        allow_unsandboxed=placement.allow_unsandboxed,
        journal_bytes=journal_bytes,
        network=network,
        port=port,
        certificate=certificate.public if certificate else "",
        certificate_key=certificate.key if certificate else "",
    )


def _bytes(mib: int | None) -> int | None:
    return None if mib is None else mib * MIB
