"""`python -m kernel_manager.engines.kubernetes.inside SPEC FOLDER`: what a kernel's pod runs.

Takes the spec out of its secret, which is read-only, into a private folder, and becomes the supervisor. What
only the pod knows, its address, is filled in here.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from kernel_manager.engines.local import SUPERVISOR
from kernel_manager.supervisor.spec import Spec, write_spec


def main() -> None:
    """Become the supervisor."""
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    told = json.loads(source.read_text())
    address = os.environ.pop("POD_IP")
    told["network"] = f"{address}/{128 if ':' in address else 32}"
    folder.mkdir(mode=0o700, parents=True)
    Path(told["folder"]).mkdir(parents=True, exist_ok=True)
    write_spec(folder, Spec(**told))
    command = [sys.executable, "-I", "-S", str(SUPERVISOR), str(folder)]
    os.execv(sys.executable, command)  # noqa: S606


if __name__ == "__main__":
    main()
