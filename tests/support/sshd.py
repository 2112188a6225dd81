"""A real SSH server on loopback, with a host key and a user key of its own."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from kernel_manager.engines.ssh.hosts import SshHost

PROGRAMS = ("sshd", "ssh", "ssh-keygen")
START_LIMIT_S = 20.0

_CONF = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AllowAgentForwarding no
"""


def missing() -> str:
    """Return why no SSH server can be had here, or nothing."""
    absent = [name for name in PROGRAMS if _program(name) is None]
    words = f"OpenSSH is not installed (no {', '.join(absent)}); `sh deploy/test-services.sh` installs it"
    return words if absent else ""


@dataclass
class SshServer:
    """A running server and its keys; `stop` and `start` play a host that goes away and comes back."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def host(self, folder: Path) -> SshHost:
        """Return the settings with which it is reached, for kernels below `folder`."""
        return SshHost(
            name="lab",
            address="127.0.0.1",
            known_hosts=str(self.folder / "known_hosts"),
            user=getpass.getuser(),
            port=self.port,
            identity=str(self.folder / "user_key"),
            python=sys.executable,
            folder=str(folder),
        )

    def start(self) -> None:
        """Listen, and return when somebody would be let in."""
        log = (self.folder / "sshd.log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [_program("sshd") or "", "-D", "-e", "-f", str(self.folder / "sshd_config")],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + START_LIMIT_S
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                assert self.process.poll() is None, (self.folder / "sshd.log").read_text()
                time.sleep(0.02)
            else:
                return
        raise TimeoutError("sshd did not listen")

    def stop(self) -> None:
        """End the server with every connection that it has."""
        assert self.process is not None
        for process in psutil.Process(self.process.pid).children(recursive=True):
            if process.name().startswith("sshd"):
                process.kill()
        self.process.kill()
        self.process.wait()

    def cut(self) -> None:
        """End the connections and go on listening."""
        assert self.process is not None
        for process in psutil.Process(self.process.pid).children(recursive=True):
            if process.name().startswith("sshd"):
                process.kill()


@contextmanager
def ssh_server() -> Iterator[SshServer]:
    """Start a server, and end it."""
    folder = Path(tempfile.mkdtemp(prefix="sshd-"))
    for name in ("host_key", "user_key"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True, timeout=30)
    shutil.copy(folder / "user_key.pub", folder / "authorized_keys")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where a root sshd keeps its children
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "sshd_config").write_text(_CONF.format(folder=folder, port=port))
    key = " ".join((folder / "host_key.pub").read_text().split()[:2])
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {key}\n")
    running = SshServer(folder, port)
    running.start()
    try:
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
