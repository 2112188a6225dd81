"""The kernel that the launcher starts: ipykernel, and what is added to it.

Its iopub socket keeps a long queue. ipykernel leaves that at 1,000 messages and drops the rest without a
word; the lost ones include the idle status, which a reader sees as a cell that never ends.
"""

from __future__ import annotations

import builtins
import os
from typing import Any

import zmq
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp

from . import frames, installs, sizes, sql
from .agent import channel

IOPUB_QUEUE = 1_000_000
USUAL_QUEUE = 1_000


class LaunchedKernel(IPythonKernel):
    """Questions to the agent are taken before ipykernel sees them."""

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
    """Wires in what is added. `folder` is the kernel's own."""

    folder = ""

    def init_kernel(self) -> None:
        super().init_kernel()  # type: ignore[no-untyped-call]
        channel.steady(self.session)

    def init_shell(self) -> None:
        super().init_shell()  # type: ignore[no-untyped-call]
        if self.shell is not None:
            run_as_cells_do(self.shell)
            sizes.watch(self.shell, self.folder)
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


def run_as_cells_do(shell: Any) -> None:
    """Have `%run` run a file with the builtins of cells; otherwise they would be IPython's own."""
    usual = shell.safe_execfile

    def safe_execfile(fname: str, *where: dict[str, Any], **options: Any) -> None:
        for names in where[:1]:
            names.setdefault("__builtins__", vars(builtins))
        usual(fname, *where, **options)

    shell.safe_execfile = safe_execfile


def prepared(folder: str) -> LaunchedKernelApp:
    """Return a kernel that only has to be started."""
    app: LaunchedKernelApp = LaunchedKernelApp.instance(kernel_class=LaunchedKernel)
    app.folder = folder
    # The history of a shared kernel stays out of the home folder of whoever runs the server.
    connection = os.path.join(folder, "connection.json")
    app.initialize(["-f", connection, "--HistoryManager.hist_file=:memory:"])  # type: ignore[no-untyped-call]
    return app
