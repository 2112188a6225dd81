"""The peers, installed into `.peers/` and started on loopback: jupyter-collaboration and y-websocket."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.product import free_port, wait_for

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".peers"
JUPYTER = ("jupyterlab==4.6.6", "jupyter-collaboration==5.0.4", "ipykernel")
Y_WEBSOCKET = "y-websocket@2.0.4"


def run(command: Sequence[str | Path], folder: Path) -> None:
    subprocess.run([str(part) for part in command], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def install() -> None:
    """Install both peers, once."""
    python, node = PEERS / "python", PEERS / "node"
    if not (python / "bin" / "jupyter").exists():
        PEERS.mkdir(exist_ok=True)
        run([sys.executable, "-m", "venv", python], ROOT)
        run([python / "bin" / "python", "-m", "pip", "install", "-q", *JUPYTER], ROOT)
    if not (node / "node_modules" / ".bin" / "y-websocket-server").exists():
        shutil.rmtree(node, ignore_errors=True)
        node.mkdir(parents=True)
        (node / "package.json").write_text('{"private": true}')
        run(["npm", "install", "--silent", Y_WEBSOCKET], node)


@contextmanager
def jupyter(ipynb: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """Start Jupyter Server with collaboration on a folder that holds `bench.ipynb`; yields (url, pid).

    Its kernels run in this Python, as those of the product do.
    """
    install()
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="jupyter-bench-") as folder:
        named = {"kernelspec": {"name": "here", "display_name": "Here", "language": "python"}}
        (Path(folder) / "bench.ipynb").write_text(json.dumps({**ipynb, "metadata": named}))
        kernel = Path(folder) / "kernels" / "here" / "kernel.json"
        kernel.parent.mkdir(parents=True)
        command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        kernel.write_text(json.dumps({"argv": command, "display_name": "Here", "language": "python"}))
        arguments = [
            str(PEERS / "python" / "bin" / "jupyter"), "lab", "--no-browser", "--allow-root",
            "--port", str(port), "--ServerApp.port_retries=0",
            "--IdentityProvider.token=bench", f"--ServerApp.root_dir={folder}",
        ]  # fmt: skip
        environment = os.environ | {"HOME": folder, "JUPYTER_CONFIG_DIR": folder, "JUPYTER_DATA_DIR": folder}
        with subprocess.Popen(arguments, cwd=folder, env=environment, stderr=subprocess.DEVNULL) as process:
            try:
                wait_for(f"http://127.0.0.1:{port}/api", process)
                yield f"http://127.0.0.1:{port}", process.pid
            finally:
                process.terminate()
                process.wait(30)


def lab_notebook(url: str) -> str:
    """Return the address at which the JupyterLab of `jupyter` shows its notebook."""
    return f"{url}/lab/tree/bench.ipynb?token=bench"


@contextmanager
def y_websocket() -> Iterator[tuple[str, int]]:
    """Start y-websocket's own server, which stores nothing; yields (url, pid)."""
    install()
    port = free_port()
    program = PEERS / "node" / "node_modules" / ".bin" / "y-websocket-server"
    environment = os.environ | {"HOST": "127.0.0.1", "PORT": str(port)}
    with subprocess.Popen([str(program)], env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/", process)
            yield f"ws://127.0.0.1:{port}", process.pid
        finally:
            process.kill()
