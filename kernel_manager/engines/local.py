"""Places supervisors as processes of this machine that outlive the server which started them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from kernel_manager.engines import gpu_shares
from kernel_manager.engines.base import (
    Availability,
    Endpoint,
    EngineRefused,
    Handle,
    NotReady,
    Placement,
    Status,
)
from kernel_manager.engines.folders import last_line, prepare, remove
from kernel_manager.engines.processes import birth
from kernel_manager.engines.room import room, this_machine
from kernel_manager.engines.specs import spec_of
from kernel_manager.gpus import VISIBLE, Gpu, discover
from kernel_manager.hardware import HardwareClass
from kernel_manager.owners import FIRST, Owners
from kernel_manager.supervisor.spec import ADDRESS, JOURNAL_BYTES, LOG, PROCESS, read_json

PASSED_ON = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
"""What of the server's environment reaches a supervisor and its kernel, beside `LC_*`. Never secrets."""

SUPERVISOR = Path(__file__).parent.parent / "supervisor" / "__main__.py"

GONE = "The process beside the kernel, its supervisor, has ended."

STOP_LIMIT_S = 6.0
POLL_S = 0.05


class LocalEngine:
    """The default engine: one folder, one subfolder for each kernel."""

    name = "local"

    def __init__(
        self,
        folder: Path,
        *,
        journal_bytes: int = JOURNAL_BYTES,
        users_from: int = FIRST,
        gpus: Callable[[], Sequence[Gpu]] = discover,
    ) -> None:
        self._folder = folder
        self._gpus = gpus
        self._giving = asyncio.Lock()
        self._owners = Owners(folder, first=users_from) if users_from else None
        self._journal_bytes = journal_bytes

    async def classes(self) -> Sequence[HardwareClass]:
        """Return this machine, unlimited."""
        return [
            HardwareClass(id="local", label="This machine", engine=self.name, cpus=float(os.cpu_count() or 1))
        ]

    async def availability(self, hardware: HardwareClass) -> Availability:
        """Return how many kernels of the class fit into this machine's memory and have their GPUs."""
        free = room(hardware, await asyncio.to_thread(this_machine))
        if hardware.gpus == 0:
            return free
        found = await asyncio.to_thread(self._gpus)
        return gpu_shares.fewer(free, self._folder, hardware, found)

    async def submit(self, placement: Placement) -> Handle:
        """Start a supervisor and return at once; the kernel gets ready by itself."""
        free = room(placement.hardware, await asyncio.to_thread(this_machine))
        if not free.fits:
            raise EngineRefused(
                f"{placement.hardware.label} can never start here. {free.reason} Choose another machine."
            )
        if placement.hardware.gpus == 0:
            return await self._start(placement)
        found = await asyncio.to_thread(self._gpus)
        async with self._giving:  # until it is on record who has them
            ids = gpu_shares.choose(self._folder, placement.hardware, found)
            environment = {**placement.environment, VISIBLE: ",".join(ids)}
            handle = await self._start(replace(placement, environment=environment))
            gpu_shares.hold(handle, ids)
        return handle

    async def _start(self, placement: Placement) -> Handle:
        spec = spec_of(await asyncio.to_thread(self._with_user, placement), journal_bytes=self._journal_bytes)
        folder = prepare(self._folder, spec)
        try:
            pid = _spawn(folder)
        except OSError as error:
            raise EngineRefused(f"The kernel's supervisor could not start: {error.strerror}.") from error
        return {"pid": pid, "birth": birth(pid), "dir": str(folder)}

    def _with_user(self, placement: Placement) -> Placement:
        """Give the project's own user to its kernel, where a kernel may run as somebody else."""
        if placement.uid is not None or self._owners is None or os.geteuid() != 0:
            return placement
        try:
            return replace(placement, uid=self._owners.of(Path(placement.folder)))
        except OSError as error:
            raise EngineRefused(
                f"The kernel's folder could not be made in {self._folder}: {error.strerror}. "
                "An admin can mend it."
            ) from error

    async def status(self, handle: Handle) -> Status:
        """Return `starting` until the supervisor answers, then `running`, then `ended`."""
        folder = Path(handle["dir"])
        if not _is_alive(handle):
            return Status("ended", last_line(folder) or GONE)
        if read_json(folder / ADDRESS) is None:
            return Status("starting")
        return Status("running", node=os.uname().nodename)

    async def signal(self, handle: Handle, signum: int) -> None:
        """Send a signal to the supervisor, if it is still the same process."""
        if _is_alive(handle):
            with suppress(ProcessLookupError):  # it ended first
                os.kill(handle["pid"], signum)

    async def cancel(self, handle: Handle) -> None:
        """End the supervisor with its kernel, by force if it takes too long, and remove its folder."""
        await self.signal(handle, signal.SIGTERM)
        loop = asyncio.get_running_loop()
        end = loop.time() + STOP_LIMIT_S
        while _is_alive(handle):
            if loop.time() > end:
                await self.signal(handle, signal.SIGKILL)
            await asyncio.sleep(POLL_S)
        await remove(handle["dir"])

    async def list(self, owner: str) -> Sequence[Handle]:
        """Return the supervisors of `owner` that are alive."""
        found: list[Handle] = []
        for path in sorted(self._folder.glob(f"*/{PROCESS}")):
            process = read_json(path)
            if process is None or process["owner"] != owner:
                continue
            handle = {"pid": process["pid"], "birth": process["birth"], "dir": str(path.parent)}
            if _is_alive(handle):
                found.append(handle)
        return found

    async def endpoint(self, handle: Handle) -> Endpoint:
        """Return the address that the supervisor wrote down."""
        address = read_json(Path(handle["dir"]) / ADDRESS)
        if address is None:
            raise NotReady("The kernel's supervisor is still starting.")
        return Endpoint(address["host"], address["port"])


def passed_on(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what of the server's environment a supervisor may see."""
    return {name: value for name, value in environment.items() if name in PASSED_ON or name.startswith("LC_")}


def _spawn(folder: Path) -> int:
    """Start a supervisor in its own session, with default signals and none blocked.

    A blocked or ignored SIGINT would be inherited by the kernel, which then cannot be interrupted.
    """
    environment = passed_on(os.environ)
    log = os.open(folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return os.posix_spawn(
            sys.executable,
            [sys.executable, "-I", "-S", str(SUPERVISOR), str(folder)],
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, log, 1),
                (os.POSIX_SPAWN_DUP2, log, 2),
            ],
            setsid=True,
            setsigmask=[],
            setsigdef=signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP},
        )
    finally:
        os.close(log)


def _is_alive(handle: Handle) -> bool:
    pid = handle["pid"]
    with suppress(ChildProcessError):  # started by a server before this one
        os.waitpid(pid, os.WNOHANG)  # a child that ended would otherwise stay a zombie
    return handle["birth"] is not None and birth(pid) == handle["birth"]
