"""Reads from uv's lines how far an installation is. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Literal

Phase = Literal["waiting", "preparing", "resolving", "downloading", "building", "installing", "finishing"]

_UNITS = {"B": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
_DOWNLOADING = re.compile(r"Downloading (\S+) \(([\d.]+)\s*(B|KiB|MiB|GiB)\)")
_DOWNLOADED = re.compile(r"Downloaded (\S+)")
_BUILDING = re.compile(r"Building (\S+)")
_RESOLVED = re.compile(r"Resolved (\d+) packages?")
_PREPARED = re.compile(r"Prepared (\d+) packages?")
_INSTALLED = re.compile(r"Installed (\d+) packages?")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is. Bytes count the packages large enough for uv to name their size."""

    phase: Phase = "waiting"
    text: str = ""
    done_bytes: int = 0
    total_bytes: int = 0
    sizes: dict[str, int] = field(default_factory=dict)
    open: tuple[str, ...] = ()


def after(progress: Progress, line: str) -> Progress:
    """Return the progress once uv has said `line`."""
    line = line.strip()
    if found := _DOWNLOADING.match(line):
        size = int(float(found[2]) * _UNITS[found[3]])
        sizes = {**progress.sizes, found[1]: size}
        return _downloading(replace(progress, sizes=sizes, open=(*progress.open, found[1])))
    if found := _DOWNLOADED.match(line):
        done = progress.done_bytes + progress.sizes.get(found[1], 0)
        rest = tuple(name for name in progress.open if name != found[1])
        return _downloading(replace(progress, open=rest, done_bytes=done))
    if found := _BUILDING.match(line):
        return replace(progress, phase="building", text=f"Building {found[1]} from its source")
    if found := _RESOLVED.match(line):
        return replace(progress, text=f"{found[1]} packages fit together")
    if found := _PREPARED.match(line):
        return replace(progress, phase="installing", text=f"Installing {_packages(int(found[1]))}", open=())
    if found := _INSTALLED.match(line):
        return replace(progress, phase="installing", text=f"{_packages(int(found[1]))} installed")
    return progress


def _downloading(progress: Progress) -> Progress:
    names = ", ".join(progress.open[:3]) + (", ..." if len(progress.open) > 3 else "")
    return replace(
        progress,
        phase="downloading",
        text=f"Downloading {names}" if names else "Downloaded",
        total_bytes=sum(progress.sizes.values()),
    )


def _packages(count: int) -> str:
    return "1 package" if count == 1 else f"{count} packages"
