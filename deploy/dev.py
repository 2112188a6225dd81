"""Run the server and Vite side by side; a change to Python code restarts the server.

Vite serves the pages on its own port and passes `/api` on, so the address to
open is the one that Vite prints.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("server", "collab", "kernel_manager")


def newest() -> float:
    """Return the time of the latest change to any Python file."""
    return max(path.stat().st_mtime for name in PACKAGES for path in (ROOT / name).rglob("*.py"))


def start_server(arguments: list[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "server.cli", "serve", "--no-browser", *arguments]
    return subprocess.Popen(command, cwd=ROOT)  # noqa: S603


def main() -> None:
    vite = subprocess.Popen(["npm", "run", "dev"], cwd=ROOT / "frontend")  # noqa: S607
    server, seen = start_server(sys.argv[1:]), newest()
    try:
        while vite.poll() is None:
            time.sleep(0.5)
            if newest() > seen:
                seen = newest()
                server.send_signal(signal.SIGTERM)
                server.wait()
                server = start_server(sys.argv[1:])
    except KeyboardInterrupt:
        pass
    finally:
        server.terminate()
        vite.terminate()


if __name__ == "__main__":
    main()
