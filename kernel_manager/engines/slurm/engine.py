"""Places supervisors as Slurm jobs. The kernels' folder must be on a file system that all nodes share.

Slurm places; whether a kernel lives is known from its supervisor's line, not from Slurm's word, which says
RUNNING for half a minute about a node that is gone. Slurm's silence proves nothing either.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from kernel_manager.engines.base import (
    Availability,
    Endpoint,
    EngineAway,
    EngineRefused,
    Handle,
    NotReady,
    Placement,
    Status,
)
from kernel_manager.engines.certificates import new_certificate
from kernel_manager.engines.folders import last_line, prepare, remove
from kernel_manager.engines.local import SUPERVISOR, passed_on
from kernel_manager.engines.slurm import jobs
from kernel_manager.engines.slurm.commands import AWAY, Commands, Nodes, Queue
from kernel_manager.engines.slurm.nodes import room
from kernel_manager.engines.specs import spec_of
from kernel_manager.hardware import HardwareClass
from kernel_manager.supervisor.spec import ADDRESS, JOURNAL_BYTES, LOG, read_json

POLL_S = 2.0
NODES_EVERY_S = 3.0
"""What is free is only shown, and sinfo is asked less often than the queue, which kernels depend on."""

CANCEL_LIMIT_S = 15.0
CANCEL_POLL_S = 0.2

NODES_OWN = frozenset({"TMPDIR", "SHELL"})
"""What of the server's environment means something else on another machine."""


class SlurmEngine:
    """`folder` is where the kernels' folders go; `network` is the one on which nodes and server meet.

    `python` is an interpreter on the nodes that has Commonbook installed; without one the server's own, with
    its code, must be there under the same path. `tls` may be given up only on a network of one's own.
    """

    name = "slurm"

    def __init__(
        self,
        folder: Path,
        *,
        network: str,
        conf: str = "",
        python: str = "",
        tls: bool = True,
        poll_s: float = POLL_S,
        journal_bytes: int = JOURNAL_BYTES,
    ) -> None:
        self._folder = folder
        self._network = network
        self._tls = tls
        self._command = (
            [python, "-I", "-m", "kernel_manager.supervisor"]
            if python
            else [sys.executable, "-I", "-S", str(SUPERVISOR)]
        )
        self._poll_s = poll_s
        self._journal_bytes = journal_bytes
        self._commands = Commands(conf)
        self.queue = Queue(self._commands, poll_s)
        self._nodes = Nodes(self._commands, max(poll_s, NODES_EVERY_S))
        self._submitted: dict[int, float] = {}

    async def classes(self) -> Sequence[HardwareClass]:
        """Return none: a partition is no machine size until an admin gives it a name."""
        return ()

    async def availability(self, hardware: HardwareClass) -> Availability:
        """Return how many of a class the nodes could take now, and how many wait in its partition."""
        seen, known = await asyncio.gather(self.queue.look(), self._nodes.look())
        if seen.is_away or known is None:
            return Availability(reason=AWAY)
        wanted = hardware.options.get("partition")
        waiting = [job for job in seen.jobs.values() if job.is_waiting and wanted in (None, job.partition)]
        return room(hardware, known, len(waiting))

    async def submit(self, placement: Placement) -> Handle:
        """Hand a job to Slurm and return at once, whether it starts or waits."""
        certificate = await new_certificate() if self._tls else None
        spec = spec_of(
            placement, journal_bytes=self._journal_bytes, network=self._network, certificate=certificate
        )
        # Its options are looked at before anything is made.
        place = str(self._folder / placement.kernel_id)
        arguments = jobs.sbatch_arguments(
            placement.kernel_id, placement.owner, placement.hardware, place, f"{place}/{LOG}"
        )
        folder = await asyncio.to_thread(prepare, self._folder, spec)
        if certificate is not None:
            (folder / "certificate.pem").write_text(certificate.public)
        own = {name: value for name, value in passed_on(os.environ).items() if name not in NODES_OWN}
        text = jobs.script([*self._command, place], own)
        try:
            printed = await self._commands.run("sbatch", *arguments, text=text)
            if printed.status != 0:
                raise EngineRefused(jobs.refusal(printed.err))
            job = int(printed.out.partition(";")[0])
        except BaseException:
            await remove(place)  # a job that was taken all the same finds no spec and ends
            raise
        self._submitted[job] = time.monotonic()
        return self._handle(job, folder, jobs.wants_of(placement.hardware))

    async def status(self, handle: Handle) -> Status:
        """Return where the job stands, from the last look at the queue that everybody shares."""
        folder, job_id = Path(handle["dir"]), int(handle["job"])
        address = await asyncio.to_thread(read_json, folder / ADDRESS)
        seen = await self.queue.look()
        job = seen.jobs.get(job_id)
        if job is None and seen.at > self._submitted.get(job_id, float("-inf")):
            return Status("ended", last_line(folder) or "The job is gone from Slurm's queue.")
        if job is not None and job.has_ended:
            return Status("ended", jobs.ended_because(job), job.node or None)
        if address is not None:
            return Status("running", AWAY if seen.is_away else "", str(address.get("node", "")) or None)
        if seen.is_away:
            return Status("queued", f"{AWAY} It is asked again; the kernel keeps its place.")
        if job is None or job.is_waiting:
            waiting = list(seen.jobs.values())
            why = "" if job is None else jobs.waits_for(job, waiting, str(handle["wants"]), time.time())
            return Status("queued", why)
        return Status("starting", node=job.node or None)

    async def signal(self, handle: Handle, signum: int) -> None:
        """Have Slurm send a signal to the supervisor, which is the batch script's own process."""
        name = signal.Signals(signum).name.removeprefix("SIG")
        await self._commands.run("scancel", "--batch", f"--signal={name}", str(handle["job"]))

    async def cancel(self, handle: Handle) -> None:
        """End the job, wait until Slurm says that it has ended, and remove the folder."""
        job, end = int(handle["job"]), time.monotonic() + CANCEL_LIMIT_S
        await self._commands.run("scancel", str(job))
        while time.monotonic() < end:
            found = (await self.queue.look_now()).jobs.get(job)
            if found is None or found.has_ended:
                break
            await asyncio.sleep(CANCEL_POLL_S)
        self._submitted.pop(job, None)
        await remove(handle["dir"])

    async def list(self, owner: str) -> Sequence[Handle]:
        """Return the jobs of `owner` that wait or run; raises `EngineAway`."""
        return [
            self._handle(job.id, self._folder / job.name, "a machine")
            for job in (await self.queue.look_now()).jobs.values()
            if job.comment == f"{jobs.MARK}{owner}" and not job.has_ended
        ]

    async def endpoint(self, handle: Handle) -> Endpoint:
        """Return the address that the supervisor wrote down in its folder."""
        address = await asyncio.to_thread(read_json, Path(handle["dir"]) / ADDRESS)
        if address is None:
            raise NotReady("The kernel's supervisor is still starting.")
        return Endpoint(address["host"], address["port"], handle["certificate"])

    async def version(self) -> str:
        """Return what Slurm says it is; raises `EngineRefused` where it is not to be had."""
        printed = await self._commands.run("scontrol", "ping")
        if "is UP" not in printed.out:
            raise EngineAway(AWAY)
        return (await self._commands.run("sbatch", "--version")).out.strip()

    def _handle(self, job: int, folder: Path, wants: str) -> Handle:
        certificate = folder / "certificate.pem"
        pinned = certificate.read_text() if certificate.exists() else None
        return {"job": job, "dir": str(folder), "wants": wants, "certificate": pinned}
