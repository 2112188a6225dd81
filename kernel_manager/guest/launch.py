"""Starts ipykernel inside the kernel's own interpreter: `python launch.py PARENT_PID -f CONNECTION_FILE`.

Runs where nothing of this project is installed: standard library and ipykernel only. It adds two
things to a bare `ipykernel_launcher`: the kernel dies with its supervisor, and its iopub socket
keeps a long queue. ipykernel leaves that socket at 1,000 messages and drops the rest without a
word; the lost ones include the idle status, which a reader sees as a cell that never ends.
"""

import ctypes
import os
import signal
import sys

IOPUB_QUEUE = 1_000_000
USUAL_QUEUE = 1_000
PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Ask the system to kill this process when its parent ends; exit at once if that already happened."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def main() -> None:
    """Run the kernel until it is told to stop."""
    die_with(int(sys.argv.pop(1)))
    del sys.path[0]  # this script's folder, which is no business of the person's code

    import zmq
    from ipykernel.kernelapp import IPKernelApp

    class LaunchedKernelApp(IPKernelApp):
        def init_iopub(self, context: zmq.Context) -> None:  # type: ignore[type-arg]
            usual = context.sockopts.get(zmq.SNDHWM, USUAL_QUEUE)
            context.setsockopt(zmq.SNDHWM, IOPUB_QUEUE)
            try:
                super().init_iopub(context)  # type: ignore[no-untyped-call]
            finally:
                context.setsockopt(zmq.SNDHWM, usual)

    # The history of a shared kernel stays out of the home folder of whoever runs the server.
    LaunchedKernelApp.launch_instance(argv=[*sys.argv[1:], "--HistoryManager.hist_file=:memory:"])


if __name__ == "__main__":
    main()
