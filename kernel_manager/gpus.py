"""The GPUs of a machine, by NVIDIA's management library: which there are, who uses them, whose turn it is.

`pynvml` (of the package nvidia-ml-py) is imported late, and only where a driver is. Any of its calls may
raise, at any time: what cannot be read is None, which means that nobody knows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DRIVERS = ("/dev/nvidiactl", "/dev/dxg")
VISIBLE = "CUDA_VISIBLE_DEVICES"


class NoFreeGpu(Exception):
    """Fewer GPUs are free than somebody wants; the text is for the person who asked."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """One device. `uuid` is what CUDA_VISIBLE_DEVICES takes; a MIG slice has one of its own."""

    uuid: str
    name: str
    memory_total: int | None = None


@dataclass(frozen=True, slots=True)
class GpuSample:
    """A device now. `use` from 0 to 1. `is_busy` is about the asking kernel: None if nobody can tell."""

    name: str
    use: float | None
    memory: int | None
    memory_total: int | None
    is_ours: bool | None
    is_busy: bool | None


class Gpus:
    """The devices that one kernel may use. `nvml` is the module pynvml, or a stand-in for it."""

    def __init__(self, nvml: Any, handles: Sequence[Any], *, is_exclusive: bool, proc: Path = Path("/proc")):
        self._nvml = nvml
        self._handles = list(handles)
        self._is_exclusive = is_exclusive
        self._proc = proc
        self._seen_until: dict[int, int] = {}

    @classmethod
    def open(cls, visible: str | None, nvml: Any = None) -> Gpus | None:
        """Return the devices that `visible` names, all for None; None where there are none to be seen."""
        module = nvml or load()
        if module is None or visible in ("", "-1"):
            return None
        try:
            handles = _handles(module, visible)
        except Exception:  # noqa: BLE001 - whatever the driver does, a kernel runs without a meter
            return None
        return cls(module, handles, is_exclusive=visible is not None) if handles else None

    def sample(self, pids: Collection[int]) -> list[GpuSample]:
        """Return every device that concerns the processes `pids`. May take long: not for an event loop."""
        found = (self._sample(number, handle, pids) for number, handle in enumerate(self._handles))
        return [each for each in found if self._is_exclusive or each.is_ours is not False]

    def _sample(self, number: int, handle: Any, pids: Collection[int]) -> GpuSample:
        use = self._use(handle)
        memory = _ask(self._nvml.nvmlDeviceGetMemoryInfo, handle)
        is_ours = self._is_ours(handle, pids)
        return GpuSample(
            _text(_ask(self._nvml.nvmlDeviceGetName, handle)) or "GPU",
            use,
            getattr(memory, "used", None),
            getattr(memory, "total", None),
            is_ours,
            self._is_busy(number, handle, pids, use, is_ours),
        )

    def _use(self, handle: Any) -> float | None:
        rates = _ask(self._nvml.nvmlDeviceGetUtilizationRates, handle)
        return None if rates is None else min(1.0, rates.gpu / 100)

    def _is_ours(self, handle: Any, pids: Collection[int]) -> bool | None:
        """Say whether one of `pids` is on the device.

        In a container the driver may name processes by the ids of its host, which say nothing here.
        """
        running: list[int] = []
        for call in ("nvmlDeviceGetComputeRunningProcesses", "nvmlDeviceGetGraphicsRunningProcesses"):
            found = _ask(getattr(self._nvml, call, None), handle)
            if found is None and call == "nvmlDeviceGetComputeRunningProcesses":
                return None
            running += [each.pid for each in found or ()]
        if any(pid in pids for pid in running):
            return True
        are_all_known = all((self._proc / str(pid)).exists() for pid in running)
        return False if are_all_known else None

    def _is_busy(
        self, number: int, handle: Any, pids: Collection[int], use: float | None, is_ours: bool | None
    ) -> bool | None:
        if use == 0 or is_ours is False:
            return False
        if use is None:  # a MIG slice, or a driver that failed
            return None
        if is_ours is None:
            return True if self._is_exclusive else None
        shares = _ask(self._nvml.nvmlDeviceGetProcessUtilization, handle, self._seen_until.get(number, 0))
        if shares is None:
            return True  # one of ours is there, and the device works
        self._seen_until[number] = max((share.timeStamp for share in shares), default=0)
        return any(share.pid in pids and share.smUtil > 0 for share in shares)


def load() -> Any:
    """Return the module pynvml, ready for use; None without a driver or the package."""
    if not any(Path(driver).exists() for driver in DRIVERS):
        return None
    try:
        import pynvml

        pynvml.nvmlInit()
    except Exception:  # noqa: BLE001 - not installed, or a driver that does not answer
        return None
    return pynvml


def discover(nvml: Any = None) -> list[Gpu]:
    """Return the devices of this machine; MIG slices in the place of a device that is cut into them."""
    module = nvml or load()
    found = []
    try:
        handles = _handles(module, None) if module is not None else []
    except Exception:  # noqa: BLE001 - a driver that does not answer has no devices for anybody
        return []
    for handle in handles:
        uuid = _text(_ask(module.nvmlDeviceGetUUID, handle))
        if uuid:
            memory = _ask(module.nvmlDeviceGetMemoryInfo, handle)
            name = _text(_ask(module.nvmlDeviceGetName, handle)) or "GPU"
            found.append(Gpu(uuid, name, getattr(memory, "total", None)))
    return found


def assign(count: int, kind: str | None, found: Iterable[Gpu], taken: Collection[str]) -> list[str]:
    """Return the ids of `count` free devices of a kind; raises `NoFreeGpu`."""
    suitable = [gpu for gpu in found if kind is None or kind.lower() in gpu.name.lower()]
    free = [gpu.uuid for gpu in suitable if gpu.uuid not in taken]
    if len(free) < count:
        wanted = f"{count} GPU{'' if count == 1 else 's'}" + (f" of type {kind}" if kind else "")
        raise NoFreeGpu(
            f"This needs {wanted}; {len(free)} of {len(suitable)} are free here. "
            "Stop a kernel that holds one, or choose another machine."
        )
    return free[:count]


def _handles(nvml: Any, visible: str | None) -> list[Any]:
    if visible is None:
        whole = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]
        return [part for handle in whole for part in _slices(nvml, handle) or [handle]]
    handles = []
    for name in (part.strip() for part in visible.split(",")):
        if name.isdigit():
            handles.append(nvml.nvmlDeviceGetHandleByIndex(int(name)))
        elif name:
            handles.append(nvml.nvmlDeviceGetHandleByUUID(name))
    return handles


def _slices(nvml: Any, handle: Any) -> list[Any]:
    count = _ask(getattr(nvml, "nvmlDeviceGetMaxMigDeviceCount", None), handle) or 0
    found = (_ask(nvml.nvmlDeviceGetMigDeviceHandleByIndex, handle, index) for index in range(count))
    return [each for each in found if each is not None]


def _ask(call: Any, *arguments: Any) -> Any:
    """Return what the driver says, or None if it does not."""
    if call is None:
        return None
    try:
        return call(*arguments)
    except Exception:  # noqa: BLE001 - a driver may raise anything, and then nobody knows
        return None


def _text(value: Any) -> str | None:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
