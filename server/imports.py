"""The commands `imports` and `requirements`: what a name means, what a folder needs, and what it forgot.

They need no server and no data folder, so that people can use them in their own repositories.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kernel_manager.imports.encoded import decode
from kernel_manager.imports.guess import Guess, Need, Place, Source, guess
from kernel_manager.imports.installed import NotAnswered, ask
from kernel_manager.imports.project import own_modules
from kernel_manager.imports.requirements import Declarations, declarations
from kernel_manager.imports.resolve import NOTHING_INSTALLED, Installed, Resolution, resolve
from kernel_manager.imports.sources import Read, Unreadable, read_path
from kernel_manager.imports.stdlib import PythonVersion, own_version
from kernel_manager.imports.told import hint, reasons, text_of
from kernel_manager.imports.unused import unused
from server.config import BadSetting

FILE = "requirements.txt"


@dataclass(frozen=True)
class Kernel:
    """What the answers are for: a Python version, and an environment where one was named."""

    python: PythonVersion
    installed: Installed = NOTHING_INSTALLED


async def kernel_of(version: str | None, environment: Path | None) -> Kernel:
    """Return the kernel that a command's options describe. Raises `BadSetting`."""
    python = _version(version) if version else None
    if environment is None:
        return Kernel(python or own_version())
    try:
        told, installed = await ask(_interpreter(environment))
    except NotAnswered as failure:
        raise BadSetting(str(failure)) from None
    return Kernel(python or told, installed)


def resolved(names: Sequence[str], kernel: Kernel, *, as_json: bool) -> str:
    """Return what each import name means, as lines or as a JSON list."""
    found = [resolve(name, kernel.python, kernel.installed) for name in names]
    if as_json:
        return json.dumps([_resolution(each) for each in found], indent=2)
    return "\n".join(_sentence(each) for each in found)


def guessed(paths: Sequence[Path], kernel: Kernel, *, pin: str, as_json: bool) -> str:
    """Return the requirements.txt that the paths need. Raises `BadSetting` where one cannot be read."""
    read = _read(paths)
    found = _guess(read, kernel, pin)
    skipped = [sentence for each in read for sentence in each.skipped]
    return json.dumps(_guess_as_json(found, skipped), indent=2) if as_json else text_of(found, skipped)


def checked(path: Path, kernel: Kernel, *, as_json: bool) -> tuple[str, bool]:
    """Return what a folder's requirements.txt lacks, and whether it is whole. Raises `BadSetting`."""
    read = _read([path])
    folder = read[0].folder
    declared = _declared(folder)
    found = _guess(read, kernel, "")
    missing = [need for need in found.needs if not {need.distribution, *need.alternatives} & declared.names]
    imported = {each.name for source in read[0].sources for each in source.found.imports}
    idle = unused(declared.requirements, imported, kernel.python, kernel.installed)
    if as_json:
        answer = {
            "missing": [_need(need) for need in missing],
            "unknown": _unknown(found),
            "unused": [{"line": each.text, "file": each.file, "number": each.line} for each in idle],
            "objections": [
                {"file": file, "number": number, "why": why} for file, number, why in declared.objections
            ],
        }
        return json.dumps(answer, indent=2), not missing
    lines = [f"missing: {need.line}  ({reasons(need.places)})" for need in missing]
    lines += [f"unused: {each.text}  ({each.file}, line {each.line})" for each in idle]
    lines += [f"note: {file}, line {number}: {why}" for file, number, why in declared.objections]
    if not missing:
        lines.append(f"{folder / FILE} declares everything that is imported.")
    return "\n".join(lines), not missing


def _read(paths: Sequence[Path]) -> list[Read]:
    try:
        return [read_path(path) for path in paths]
    except Unreadable as failure:
        raise BadSetting(str(failure)) from None
    except OSError as failure:
        raise BadSetting(f"{failure.filename} could not be read: {failure.strerror}.") from None


def _guess(read: Sequence[Read], kernel: Kernel, pin: str) -> Guess:
    """Guess over all that was read; what several folders call the same stays apart by the folder's name."""
    if len(read) == 1:
        return guess(read[0].sources, own_modules(read[0].paths), kernel.python, kernel.installed, pin)
    sources: list[Source] = []
    paths: list[str] = []
    for each in read:
        inside = each.folder.as_posix().strip("/") or "."
        sources += [replace(source, file=f"{inside}/{source.file}") for source in each.sources]
        paths += [f"{inside}/{path}" for path in each.paths]
    return guess(sources, own_modules(paths), kernel.python, kernel.installed, pin)


def _declared(folder: Path) -> Declarations:
    root = folder.resolve()

    def read(name: str) -> str | None:
        path = (root / name).resolve()
        if not path.is_relative_to(root) or not path.is_file():
            return None
        return decode(path.read_bytes()).text

    return declarations(FILE, read)


def _interpreter(environment: Path) -> Path:
    return environment / "bin" / "python" if environment.is_dir() else environment


def _version(text: str) -> PythonVersion:
    major, dot, minor = text.partition(".")
    if not dot or not major.isdigit() or not minor.isdigit():
        raise BadSetting(f"{text} is no Python version: write it as 3.12.")
    return int(major), int(minor)


def _sentence(found: Resolution) -> str:
    if found.evidence.value == "stdlib":
        return f"{found.name}: part of Python"
    if found.distribution is None:
        return f"{found.name}: {found.evidence.value}{hint(found.looks_like)}"
    others = f"; also in {', '.join(found.alternatives)}" if found.alternatives else ""
    return f"{found.name}: {found.distribution} ({found.evidence.value}, {found.confidence:.0%}{others})"


def _resolution(found: Resolution) -> dict[str, Any]:
    return {
        "import": found.name,
        "distribution": found.distribution,
        "evidence": found.evidence.value,
        "confidence": found.confidence,
        "alternatives": list(found.alternatives),
        "looks_like": found.looks_like,
    }


def _guess_as_json(found: Guess, skipped: Sequence[str]) -> dict[str, Any]:
    return {
        "requirements": list(found.lines),
        "reasons": [_need(need) for need in found.needs],
        "optional": [_need(need) for need in found.optional],
        "unknown": _unknown(found),
        "local": list(found.local),
        "refused": [{"line": each.text, "why": each.why} for each in found.refused],
        "skipped": list(skipped),
        "text": text_of(found, skipped),
    }


def _need(need: Need) -> dict[str, Any]:
    return {
        "line": need.line,
        "distribution": need.distribution,
        "imports": list(need.imports),
        "evidence": need.evidence.value,
        "confidence": need.confidence,
        "alternatives": list(need.alternatives),
        "places": [_place(place) for place in need.places],
    }


def _unknown(found: Guess) -> list[dict[str, Any]]:
    return [
        {
            "import": each.name,
            "looks_like": each.looks_like,
            "places": [_place(place) for place in each.places],
        }
        for each in found.unknown
    ]


def _place(place: Place) -> dict[str, Any]:
    return {"file": place.file, "cell": place.cell, "number": place.number, "line": place.line}
