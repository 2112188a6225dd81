"""Starts ipykernel inside the kernel's own interpreter: `python launch.py PARENT_PID LIMITS FOLDER`.

Runs where nothing of this project is installed: standard library and ipykernel only. It adds to a bare
`ipykernel_launcher`: the kernel dies with its supervisor (PARENT_PID 0 leaves that to a sandbox), it sets
LIMITS (`RLIMIT_CORE=0,...`) on itself, it leaves in FOLDER what tells of its end, and its iopub socket keeps
a long queue. ipykernel leaves that socket at 1,000 messages and drops the rest without a
word; the lost ones include the idle status, which a reader sees as a cell that never ends.
"""

import ctypes
import os
import signal
import sys
from types import ModuleType
from typing import Any

IOPUB_QUEUE = 1_000_000
USUAL_QUEUE = 1_000
PR_SET_PDEATHSIG = 1
PRIVATE = "_kernel_launcher"

TELL_WHERE = signal.SIGRTMIN + 13 if hasattr(signal, "SIGRTMIN") else None
"""The signal with which a supervisor asks which line runs."""


def die_with(parent: int) -> None:
    """Ask the system to kill this process when its parent ends; exit at once if that already happened."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def set_limits(listed: str) -> None:
    """Set resource limits, for good: a kernel cannot raise them again."""
    import resource

    for name, _, value in (part.partition("=") for part in listed.split(",") if part):
        number = getattr(resource, name)
        _, most = resource.getrlimit(number)
        wanted = int(value) if most == resource.RLIM_INFINITY else min(int(value), most)
        resource.setrlimit(number, (wanted, wanted))


def leave_last_words(folder: str) -> None:
    """Have a crash, or `TELL_WHERE` at any time, write down which lines run. Works while Python cannot."""
    import faulthandler

    path = os.path.join(folder, "last-words")
    words = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    faulthandler.enable(words)
    if TELL_WHERE is not None:
        faulthandler.register(TELL_WHERE, words)


def load(*names: str) -> list[Any]:
    """Load modules that lie beside this one, out of reach of the person's code.

    They stand in `sys.modules` under no name, and have builtins of their own: who replaces `len` for the
    cells does not replace it here. Between each other they import with dots, and only while they are loaded.
    """
    import builtins
    from importlib import import_module
    from importlib.machinery import FileFinder, SourceFileLoader

    folder, own = os.path.dirname(os.path.abspath(__file__)), dict(vars(builtins))

    class Apart(SourceFileLoader):
        def exec_module(self, module: ModuleType) -> None:
            vars(module)["__builtins__"] = own
            super().exec_module(module)

    def find(path: str) -> FileFinder:
        if not path.startswith(folder):
            raise ImportError
        return FileFinder(path, (Apart, [".py"]))

    package = ModuleType(PRIVATE)
    package.__path__ = [folder]
    sys.modules[PRIVATE] = package
    sys.path_hooks.insert(0, find)
    try:
        return [import_module(f"{PRIVATE}.{name}") for name in names]
    finally:
        sys.path_hooks.remove(find)
        for name in [name for name in sys.modules if name.partition(".")[0] == PRIVATE]:
            del sys.modules[name]
        for path in [path for path in sys.path_importer_cache if path.startswith(folder)]:
            del sys.path_importer_cache[path]


def main() -> None:
    """Run the kernel until it is told to stop."""
    parent, listed, folder = sys.argv[1:]
    if parent != "0":
        die_with(int(parent))
    set_limits(listed)
    leave_last_words(folder)
    del sys.path[0]  # this script's folder, which is no business of the person's code

    sizes, installs, frames, sql, channel = load("sizes", "installs", "frames", "sql", "agent.channel")

    import zmq
    from ipykernel.ipkernel import IPythonKernel
    from ipykernel.kernelapp import IPKernelApp

    class LaunchedKernel(IPythonKernel):
        async def shell_main(self, subshell_id: str | None, msg: Any) -> None:
            if subshell_id is None or not channel.take(self, subshell_id, msg):
                await super().shell_main(subshell_id, msg)

        @property
        def kernel_info(self) -> dict[str, Any]:
            known: dict[str, Any] = super().kernel_info
            if getattr(self, "_supports_kernel_subshells", False):
                known["supported_features"] = [*known["supported_features"], channel.FEATURE]
            return known

    class LaunchedKernelApp(IPKernelApp):
        def init_kernel(self) -> None:
            super().init_kernel()  # type: ignore[no-untyped-call]
            channel.steady(self.session)

        def init_shell(self) -> None:
            super().init_shell()  # type: ignore[no-untyped-call]
            if self.shell is not None:
                sizes.watch(self.shell, folder)
                installs.register(self.shell)
                frames.register(self.shell)
                sql.register(self.shell)
                channel.settle(self.shell)

        def init_iopub(self, context: zmq.Context) -> None:  # type: ignore[type-arg]
            usual = context.sockopts.get(zmq.SNDHWM, USUAL_QUEUE)
            context.setsockopt(zmq.SNDHWM, IOPUB_QUEUE)
            try:
                super().init_iopub(context)  # type: ignore[no-untyped-call]
            finally:
                context.setsockopt(zmq.SNDHWM, usual)

    # The history of a shared kernel stays out of the home folder of whoever runs the server.
    connection = os.path.join(folder, "connection.json")
    LaunchedKernelApp.launch_instance(
        argv=["-f", connection, "--HistoryManager.hist_file=:memory:"], kernel_class=LaunchedKernel
    )


if __name__ == "__main__":
    main()
