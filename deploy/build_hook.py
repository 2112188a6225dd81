"""Put the built frontend into the package, and refuse to build one without it.

An editable install skips this: there the server reads `frontend/dist` itself.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Copies `frontend/dist` to `server/static`, building it with npm where it is missing."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        root = Path(self.root)
        static, dist = root / "server" / "static", root / "frontend" / "dist"
        if not (root / "frontend").exists() and (static / "index.html").exists():
            return  # built from an sdist, which already carries the pages
        if not (dist / "index.html").exists():
            npm = shutil.which("npm")
            if npm is None:
                raise RuntimeError("The frontend is not built and npm is missing: install Node 20 or newer.")
            subprocess.run([npm, "ci"], cwd=root / "frontend", check=True)
            subprocess.run([npm, "run", "build"], cwd=root / "frontend", check=True)
        shutil.rmtree(static, ignore_errors=True)
        shutil.copytree(dist, static)
