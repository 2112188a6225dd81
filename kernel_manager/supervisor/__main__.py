"""`python __main__.py FOLDER`: supervise the kernel that the folder's spec describes.

The kernel is started before anything heavy is imported: it needs half a second of its own, and the rest
of this program is ready before it. An engine starts this file with `-I -S`, so that not even the
interpreter looks for packages first.
"""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def main() -> None:
    """Start the kernel, then everything that serves it."""
    os.closerange(3, 4096)  # whatever the server had open is not ours to keep open
    os.umask(0o077)
    if ROOT not in sys.path:
        sys.path.insert(0, ROOT)

    from kernel_manager.supervisor.spawn import (
        Spawned,
        StartFailed,
        socket_folder,
        spawn_kernel,
        take_spec,
    )

    folder = os.path.abspath(sys.argv[1])
    spec = take_spec(folder)
    sockets = socket_folder(folder)
    first: Spawned | StartFailed
    try:
        first = spawn_kernel(spec, os.path.dirname(folder), sockets, epoch=1)
    except StartFailed as failure:
        first = failure

    if sys.flags.no_site:
        import site

        site.main()
    import shutil

    from kernel_manager.supervisor.run import run

    try:
        run(spec, folder, sockets, first)
    finally:
        if sockets != folder:
            shutil.rmtree(sockets, ignore_errors=True)


if __name__ == "__main__":
    main()
