"""Starts ipykernel inside the kernel's own interpreter: `python launch.py PARENT_PID LIMITS FOLDER`.

Runs where nothing of this project is installed: standard library and ipykernel only. All that the kernel is
made of, ipykernel and what it stands on included, keeps builtins of its own: who replaces `len` or
`isinstance` for the cells does not replace it for the loop that runs them. So nothing may be imported here
before that is so. See `kernel` for what this adds to a bare `ipykernel_launcher`.
"""

from __future__ import annotations

import builtins
import gc
import os
import sys
from _frozen_importlib_external import FileFinder, SourceFileLoader

TYPE_CHECKING = False  # as in `typing`, which is not to be imported yet
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

PRIVATE = "_kernel_launcher"
EARLY = ("_collections_abc", "codecs", "genericpath", "os", "posixpath")


def kept() -> dict[str, Any]:
    """Return the builtins as they are now. `input` is that of the moment: ipykernel puts its own there."""

    def ask(prompt: object = "") -> str:
        return builtins.input(prompt)

    return {**vars(builtins), "input": ask}


def keep_early(own: dict[str, Any]) -> None:
    """Have what Python loads before any program keep them too: each message of a kernel passes there."""
    function: Any = type(keep_early)

    def again(found: Any, **names: Any) -> Any:
        into = found.__globals__ if not names else {**found.__globals__, **names}
        made = function(found.__code__, into, found.__name__, found.__defaults__, found.__closure__)
        for name in ("__kwdefaults__", "__dict__", "__doc__", "__qualname__"):
            setattr(made, name, getattr(found, name))
        return made

    modules = [sys.modules[name] for name in EARLY]
    for module in modules:
        vars(module)["__builtins__"] = own
    for module in modules:
        for holder in (module, *(each for each in vars(module).values() if isinstance(each, type))):
            for name, found in list(vars(holder).items()):
                if type(found) is function and found.__globals__.get("__builtins__") is own:
                    setattr(holder, name, again(found))
    for name in ("encodekey", "decodekey", "encodevalue", "decodevalue"):
        setattr(os.environ, name, again(getattr(os.environ, name)))
    # Of importing itself only `from a import b`: all else of it hands its builtins on to what it loads.
    importing = sys.modules["_frozen_importlib"]
    vars(importing)["_handle_fromlist"] = again(vars(importing)["_handle_fromlist"], __builtins__=own)


class Keeping:
    """While it is entered, every module that is loaded gets builtins of its own."""

    def __enter__(self) -> None:
        own, usual = kept(), SourceFileLoader.exec_module
        keep_early(own)

        def exec_module(loader: SourceFileLoader, module: ModuleType) -> None:
            vars(module)["__builtins__"] = own
            usual(loader, module)

        SourceFileLoader.exec_module = exec_module  # type: ignore[method-assign, assignment]

    def __exit__(self, *_: object) -> None:
        del SourceFileLoader.exec_module  # which was inherited


def load(*names: str) -> list[Any]:
    """Load modules that lie beside this one, out of reach of the person's code.

    They stand in `sys.modules` under no name. Between each other they import with dots, and only while they
    are loaded.
    """
    from importlib import import_module

    folder = os.path.dirname(os.path.abspath(__file__))

    def find(path: str) -> FileFinder:
        if not path.startswith(folder):
            raise ImportError
        return FileFinder(path, (SourceFileLoader, [".py"]))

    package = type(sys)(PRIVATE)
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


def skip_debugger() -> None:
    """Have ipykernel find no debugger: it takes long to import, and no debug request is ever passed on."""
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    try:
        import ipykernel.debugger  # noqa: F401 - it looks once
    finally:
        del sys.modules["debugpy"]


def main() -> None:
    """Run the kernel until it is told to stop."""
    gc.disable()  # all that a start makes stays, so looking for garbage there is in vain
    parent, listed, folder = sys.argv[1:]
    del sys.path[0]  # this script's folder, which is no business of the person's code
    with Keeping():
        (bounds,) = load("bounds")
        bounds.put(int(parent), listed, folder)
        skip_debugger()
        (kernel,) = load("kernel")
        app = kernel.prepared(folder)
    gc.enable()
    app.start()


if __name__ == "__main__":
    main()
