"""A stand-in for NVIDIA's management library."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any


class FakeNvml:
    """A driver with scripted devices. `broken` names calls that raise."""

    def __init__(self, *devices: dict[str, Any], broken: tuple[str, ...] = ()) -> None:
        self.devices = devices
        self.broken = broken

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("nvml"):
            raise AttributeError(name)

        def call(*arguments: Any) -> Any:
            if name in self.broken:
                raise RuntimeError("NVMLError_Unknown")
            return self.answer(name, *arguments)

        return call

    def answer(self, name: str, handle: Any = None, *more: Any) -> Any:
        match name:
            case "nvmlDeviceGetCount":
                return len(self.devices)
            case "nvmlDeviceGetHandleByIndex":
                return self.devices[handle]
            case "nvmlDeviceGetHandleByUUID":
                slices = [part for device in self.devices for part in device.get("slices", ())]
                return next(each for each in (*self.devices, *slices) if each["uuid"] == handle)
            case "nvmlDeviceGetMaxMigDeviceCount":
                return len(handle.get("slices", ()))
            case "nvmlDeviceGetMigDeviceHandleByIndex":
                return handle["slices"][more[0]]
            case "nvmlDeviceGetUUID":
                return handle["uuid"]
            case "nvmlDeviceGetName":
                return handle.get("name", "NVIDIA A100").encode()
            case "nvmlDeviceGetMemoryInfo":
                return SimpleNamespace(used=handle.get("used", 0), total=80)
            case "nvmlDeviceGetUtilizationRates":
                if "use" not in handle:
                    raise RuntimeError("NVMLError_NotSupported")
                return SimpleNamespace(gpu=handle["use"])
            case "nvmlDeviceGetComputeRunningProcesses":
                return [SimpleNamespace(pid=pid) for pid in handle.get("pids", ())]
            case "nvmlDeviceGetGraphicsRunningProcesses":
                return []
            case "nvmlDeviceGetProcessUtilization":
                return [
                    SimpleNamespace(pid=pid, smUtil=share, timeStamp=1)
                    for pid, share in handle.get("shares", {}).items()
                ]
        raise AssertionError(name)
