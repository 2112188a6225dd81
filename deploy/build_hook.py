"""Refuse to build a package without the pages in it.

The frontend's build writes them to `server/static`, which git ignores and
`[tool.hatch.build] artifacts` puts into wheel and sdist. An editable install
needs none: `make run` builds them in place.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Builds the pages with npm where they are missing and npm is at hand."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        if version == "editable" or (root / "server" / "static" / "index.html").exists():
            return
        npm = shutil.which("npm")
        if npm is None or not (root / "frontend").exists():
            raise RuntimeError("The pages are not built: install Node 20.19 or newer and run 'make wheel'.")
        for arguments in (["ci"], ["run", "build"]):
            subprocess.run([npm, *arguments], cwd=root / "frontend", check=True)  # noqa: S603
