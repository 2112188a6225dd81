"""Puts a supervisor together and runs it until its kernel is shut down."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from kernel_manager.engines.processes import birth
from kernel_manager.supervisor.address import LOOPBACK, own_address, tls_context
from kernel_manager.supervisor.listener import Door, listen, measure
from kernel_manager.supervisor.process import KernelProcess
from kernel_manager.supervisor.service import Supervisor
from kernel_manager.supervisor.spawn import Spawned, StartFailed
from kernel_manager.supervisor.spec import ADDRESS, PROCESS, Spec, write_json
from kernel_manager.supervisor.sweep import sweep
from kernel_manager.supervisor.usage import Meter, gpus_of
from kernel_manager.supervisor.watch import watch_memory

log = logging.getLogger(__name__)

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
AT_ONCE_BYTES = 128 * 1024

GOODBYE_S = 1.0

LOOK_EVERY_S = 2.0
LOOKS = 2
"""So many looks in a row must find the folder gone: a network file system may lose it for a moment."""


def run(written: Mapping[str, Any], folder: str, sockets: str, first: Spawned | StartFailed) -> None:
    """Serve until the kernel was shut down on request or by SIGTERM. `written` is the spec as it was read."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    give_memory_back()
    spec = Spec(**written)
    here = Path(folder)
    write_json(here / PROCESS, {"pid": os.getpid(), "birth": birth(os.getpid()), "owner": spec.owner})
    started = first if isinstance(first, StartFailed) else KernelProcess(first)
    asyncio.run(_serve(spec, here, Path(sockets), started))


def give_memory_back() -> None:
    """Have what is freed go back to the system: the allocator of glibc would keep what a flood once took."""
    with suppress(AttributeError):  # another C library
        for which in (M_TRIM_THRESHOLD, M_MMAP_THRESHOLD):
            ctypes.CDLL(None).mallopt(which, AT_ONCE_BYTES)


async def _serve(spec: Spec, folder: Path, sockets: Path, first: KernelProcess | StartFailed) -> None:
    door = Door(spec.token)
    supervisor = Supervisor(spec, folder, sockets, first, door.journal_grew, door.tell_answer)
    door.supervisor = supervisor
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: door.start(supervisor.shut_down()))
    host = own_address(spec.network) if spec.network else LOOPBACK
    server, port = listen(door, host, spec.port, tls_context(folder, spec.certificate, spec.certificate_key))
    write_json(folder / ADDRESS, {"host": host, "port": port, "node": os.uname().nodename})
    gpus = gpus_of(spec.environment, os.environ)
    watch = door.start(watch_folder(folder, supervisor))
    meter = door.start(measure(door, supervisor, Meter(gpus), spec.memory_limit_bytes))
    guard = door.start(watch_memory(supervisor))
    door.start(asyncio.to_thread(sweep))
    await supervisor.finished.wait()
    for task in (meter, watch, guard):
        task.cancel()
    server.stop()
    (folder / ADDRESS).unlink(missing_ok=True)
    await door.say_goodbye(GOODBYE_S)
    await server.close_all_connections()
    supervisor.close()


async def watch_folder(folder: Path, supervisor: Supervisor) -> None:
    """End everything once the folder is deleted: no server finds this supervisor any more, or ends it."""
    missed = 0
    while missed < LOOKS:
        await asyncio.sleep(LOOK_EVERY_S)
        missed = missed + 1 if await asyncio.to_thread(_is_gone, folder) else 0
    log.warning("the folder of this kernel is gone: ending")
    await supervisor.shut_down()


def _is_gone(folder: Path) -> bool:
    try:
        return not folder.exists()
    except OSError:
        return False  # a disk that does not answer says nothing
