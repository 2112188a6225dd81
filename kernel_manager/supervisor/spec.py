"""What an engine tells a supervisor, and what the supervisor tells back, as files in one private folder.

`spec.json` goes in (mode 0600: it holds the token) and is deleted once read; `process.json` and
`address.json` come out, each written under another name and then renamed, so that nobody reads half
of one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from kernel_manager.supervisor.spawn import SPEC

PROCESS = "process.json"
ADDRESS = "address.json"
LOG = "supervisor.log"

JOURNAL_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Spec:
    """One kernel to supervise, and what it may use; a limit of None is no limit.

    `environment` is added to the kernel's own. `uid` is the system user to run it as; a supervisor that may
    not choose one runs it as itself.
    """

    kernel_id: str
    owner: str
    token: str
    python: str
    folder: str
    environment: Mapping[str, str] = field(default_factory=dict)
    cpus: float | None = None
    memory_limit_bytes: int | None = None
    process_limit: int | None = None
    disk_limit_bytes: int | None = None
    gpus: int = 0
    internet: bool = False
    opened_networks: list[str] = field(default_factory=list)
    uid: int | None = None
    allow_unsandboxed: bool = False
    journal_bytes: int = JOURNAL_BYTES
    network: str = ""
    port: int = 0
    certificate: str = ""
    certificate_key: str = ""


def write_spec(folder: Path, spec: Spec) -> None:
    """Leave the spec for a supervisor that is about to start in `folder`."""
    write_json(folder / SPEC, asdict(spec))


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write a whole file, readable by its owner alone, or none."""
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w") as file:
        json.dump(value, file)
    draft.replace(path)


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the file's object, or None while there is no such file."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        return None
    value: dict[str, Any] = json.loads(text)
    return value
