"""Small wheels and source archives, made by the tests that install them: no index, no network."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path


def wheel(
    folder: Path,
    name: str,
    version: str,
    *,
    needs: Sequence[str] = (),
    files: Mapping[str, str] | None = None,
    python: str = ">=3.9",
) -> Path:
    """Write a pure wheel; without `files` it holds one module that knows its version."""
    folder.mkdir(parents=True, exist_ok=True)
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    content = dict(files or {f"{module}/__init__.py": f"__version__ = {version!r}\n"})
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: The {name} of a test."]
    metadata += [f"Requires-Python: {python}", *(f"Requires-Dist: {need}" for need in needs)]
    content[f"{info}/METADATA"] = "\n".join([*metadata, "", ""])
    content[f"{info}/WHEEL"] = (
        "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    record = []
    for path, text in content.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record.append(f"{path},sha256={digest},{len(text.encode())}")
    content[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""])
    place = folder / f"{module}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(place, "w") as archive:
        for path, text in content.items():
            archive.writestr(path, text)
    return place


def pipe(place: Path) -> Path:
    """Make a pipe that somebody else may write to, through which a build says that it has begun."""
    os.mkfifo(place)
    place.chmod(0o666)
    return place


def source(folder: Path, name: str, version: str, backend: str) -> Path:
    """Write a source archive whose build runs the Python text `backend`, a PEP 517 backend of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    project = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    place = folder / f"{name}-{version}.tar.gz"
    with tarfile.open(place, "w:gz") as archive:
        for path, text in {"pyproject.toml": project, "backend.py": backend, "PKG-INFO": about}.items():
            entry = tarfile.TarInfo(f"{name}-{version}/{path}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return place
