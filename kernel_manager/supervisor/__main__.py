"""`python -m kernel_manager.supervisor FOLDER`: supervise the kernel that the folder's spec describes.

The kernel is started before anything heavy is imported: it needs half a second of its own, and the rest
of this program is ready before it.
"""

import os
import shutil
import sys
from pathlib import Path

from kernel_manager.supervisor.process import KernelProcess, StartFailed, socket_folder
from kernel_manager.supervisor.spec import take_spec


def main() -> None:
    """Start the kernel, then everything that serves it."""
    os.closerange(3, 4096)  # whatever the server had open is not ours to keep open
    os.umask(0o077)
    folder = Path(sys.argv[1])
    spec = take_spec(folder)
    sockets = socket_folder(folder)
    first: KernelProcess | StartFailed
    try:
        first = KernelProcess.start(spec, sockets, epoch=1)
    except StartFailed as failure:
        first = failure

    from kernel_manager.supervisor.run import run

    try:
        run(spec, folder, sockets, first)
    finally:
        if sockets != folder:
            shutil.rmtree(sockets, ignore_errors=True)


if __name__ == "__main__":
    main()
