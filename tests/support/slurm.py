"""A whole Slurm cluster on loopback: one munged, one slurmctld, three slurmd, and GPUs that are /dev/null.

Everything lies in one private folder on free ports and is ended afterwards. Needs root, for `mknod` and
because one machine plays all the nodes.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

NODES = {"cpu1": "", "cpu2": "", "gpu1": "Gres=gpu:a100:2"}
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol")
START_LIMIT_S = 40.0
POLL_S = 0.05

_CONF = """\
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ctld_port}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0,bf_interval=1
ReturnToService=2
SlurmctldTimeout=2
SlurmdTimeout=15
KillWait=5
MpiDefault=none
GresTypes=gpu
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
"""


def missing() -> str:
    """Return why no cluster can be had here, or nothing."""
    absent = [name for name in PROGRAMS if _program(name) is None]
    if absent:
        return f"Slurm is not installed (no {', '.join(absent)}); `sh deploy/test-services.sh` installs it"
    return "" if os.geteuid() == 0 else "a cluster on one machine needs root"


@dataclass
class Cluster:
    """A running cluster. `conf` goes into SLURM_CONF."""

    folder: Path
    conf: Path
    _daemons: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def command(self, *arguments: str) -> str:
        """Run one of Slurm's commands and return what it prints."""
        environment = {"PATH": os.environ["PATH"], "SLURM_CONF": str(self.conf)}
        done = subprocess.run(
            arguments, env=environment, capture_output=True, text=True, timeout=30, check=False
        )
        return done.stdout + done.stderr

    def start(self, *names: str) -> None:
        """Start daemons: `munged`, `slurmctld`, or a node."""
        for name in names:
            log = (self.folder / f"{name}.out").open("ab")
            with log:
                self._daemons[name] = subprocess.Popen(
                    self._line(name), env=self._environment(), stdout=log, stderr=log, start_new_session=True
                )

    def kill(self, name: str) -> None:
        """End a daemon with SIGKILL."""
        process = self._daemons.pop(name)
        process.kill()
        process.wait()

    def stop(self, name: str) -> None:
        """End a daemon as an admin would."""
        process = self._daemons.pop(name)
        process.terminate()
        process.wait(20)

    def kill_node(self, name: str) -> None:
        """End a node as a power cut would: its slurmd, and every step and job on it."""
        doomed = [process for process in self._steps() if f"slurmd-{name}.log" in _words(process)]
        self.kill(name)
        for step in doomed:
            for process in [step, *step.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    process.kill()

    def until_up(self) -> None:
        """Wait until the controller answers and every node is ready."""
        self.wait_for(lambda: set(self._states()) == {"idle"}, "the nodes to be idle")

    def until_answering(self) -> None:
        """Wait until the controller answers."""
        self.wait_for(lambda: "is UP" in self.command("scontrol", "ping"), "slurmctld to answer")

    def until_saved(self, *names: str) -> None:
        """Wait until the controller has these jobs on its disk: what it has not, it forgets with its life."""
        saved = self.folder / "state" / "job_state"
        self.wait_for(
            lambda: saved.exists() and all(name.encode() in saved.read_bytes() for name in names),
            "the controller's state to be saved",
        )

    def wait_for(self, holds, what: str, limit_s: float = START_LIMIT_S) -> None:  # type: ignore[no-untyped-def]
        """Wait until `holds()`."""
        end = time.monotonic() + limit_s
        while not holds():
            if time.monotonic() > end:
                raise TimeoutError(
                    f"waited {limit_s:.0f} s for {what}: {self.command('sinfo', '-N')}{self._tail()}"
                )
            time.sleep(POLL_S)

    def end(self) -> None:
        """End all daemons, and every job that is left."""
        for job in self.command("squeue", "-h", "-o", "%A").split():
            self.command("scancel", job)
        for name in reversed(list(self._daemons)):
            with suppress(ProcessLookupError):
                self._daemons[name].send_signal(signal.SIGKILL if name == "munged" else signal.SIGTERM)
        for process in self._daemons.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for step in self._steps():
            with suppress(psutil.NoSuchProcess):
                step.kill()

    def _line(self, name: str) -> list[str]:
        folder = self.folder
        if name == "munged":
            files = {"key-file": "munge.key", "socket": "munge.socket", "pid-file": "munge.pid"}
            files |= {"log-file": "munge.log", "seed-file": "munge.seed"}
            flags = [f"--{flag}={folder / file}" for flag, file in files.items()]
            return [_program("munged") or "", "--foreground", "--force", "--num-threads=2", *flags]
        if name == "slurmctld":
            return [_program("slurmctld") or "", "-D", "-f", str(self.conf)]
        return [_program("slurmd") or "", "-D", "-f", str(self.conf), "-N", name]

    def _environment(self) -> dict[str, str]:
        return {"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin", "SLURM_CONF": str(self.conf)}

    def _states(self) -> list[str]:
        return [state.strip("*~#") for state in self.command("sinfo", "-h", "-N", "-o", "%t").split()]

    def _steps(self) -> list[psutil.Process]:
        """Return the step daemons of this cluster."""
        found = []
        for process in psutil.process_iter(["name"]):
            if process.info["name"] == "slurmstepd" and str(self.folder) in _words(process):
                found.append(process)
        return found

    def _tail(self) -> str:
        return "".join(
            f"\n{log.name}: " + "\n".join(log.read_text(errors="replace").splitlines()[-5:])
            for log in sorted(self.folder.glob("*.log"))
        )


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Start a cluster, about five seconds, and end it."""
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    folder.chmod(0o755)
    (folder / "munge.key").write_bytes(os.urandom(128))
    (folder / "munge.key").chmod(0o400)
    for number in range(2):
        os.mknod(folder / f"fakegpu{number}", 0o666 | 0o020000, os.makedev(1, 3))
    (folder / "state").mkdir()
    host = socket.gethostname().partition(".")[0]
    ctld, *ports = _free_ports(1 + len(NODES))
    lines = [_CONF.format(folder=folder, host=host, ctld_port=ctld)]
    for (name, more), port in zip(NODES.items(), ports, strict=True):
        memory = 8000 if more else 4000
        cpus = min(2, os.cpu_count() or 1)
        lines.append(
            f"NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={cpus} "
            f"RealMemory={memory} {more}\n"
        )
    lines.append("PartitionName=cpu-small Nodes=cpu1,cpu2 Default=YES MaxTime=INFINITE State=UP\n")
    lines.append("PartitionName=gpu-a100 Nodes=gpu1 MaxTime=INFINITE State=UP\n")
    conf = folder / "slurm.conf"
    conf.write_text("".join(lines))
    (folder / "gres.conf").write_text(f"NodeName=gpu1 Name=gpu Type=a100 File={folder}/fakegpu[0-1]\n")
    running = Cluster(folder, conf)
    try:
        running.start("munged")
        running.wait_for((folder / "munge.socket").exists, "munged")
        running.start("slurmctld", *NODES)
        running.until_up()
        yield running
    finally:
        running.end()
        shutil.rmtree(folder, ignore_errors=True)


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def _free_ports(count: int) -> Sequence[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _words(process: psutil.Process) -> str:
    """Return what tells whose a step daemon is: its open files and its working folder."""
    try:
        return " ".join([process.cwd(), *(file.path for file in process.open_files())])
    except psutil.Error:
        return ""
