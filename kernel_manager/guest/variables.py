"""Saves a notebook's variables one by one, and brings them back: runs inside the kernel, between two cells.

Standard library only; cloudpickle is used where the kernel's environment has it. Everything here may meet
objects that lie, raise, hang or are larger than the disk, so each variable is saved by itself, into a file
that is cut at a cap, within a time limit; whatever fails ends in a list with its reason. Leaves nothing in
the person's namespace. Called by `runpy.run_path`, so none of it stays in `sys.modules` either.
"""

from __future__ import annotations

import contextlib
import json
import marshal
import os
import pickle
import signal
import sys
import threading
import time
import types
from collections.abc import Iterator
from typing import Any

PLACE = os.path.join(".commonbook", "variables")
"""Where saved variables lie, below the folder that the kernel began in."""

MESSAGE = "commonbook"
MANIFEST = "manifest.jsonl"
PRIVATE = "_commonbook_saved"
PROGRESS_EVERY_S = 0.2
MOST_LISTED = 500
REASON_CHARACTERS = 200
PROTOCOL = 5

NEVER_KEPT = {
    "generator": "a generator cannot be kept",
    "coroutine": "a coroutine cannot be kept",
    "async_generator": "a generator cannot be kept",
    "socket.socket": "an open connection cannot be kept",
    "_io.TextIOWrapper": "an open file cannot be kept",
    "_io.BufferedReader": "an open file cannot be kept",
    "_io.BufferedWriter": "an open file cannot be kept",
    "_thread.lock": "a lock cannot be kept",
    "threading.Thread": "a thread cannot be kept",
}


class TooLarge(Exception):
    """A file grew over its cap."""


class TooSlow(BaseException):
    """A variable took longer than its time. No `Exception`, so that nobody's code swallows it."""


def call(function: str, arguments: str) -> None:
    """Do one of the things below in the shell of this kernel, and tell what came of it."""
    shell = sys.modules["IPython"].get_ipython()
    work: dict[str, Any] = {"save": save, "restore": restore, "survey": survey}
    tell(shell, {"result": work[function](shell, **json.loads(arguments))})


def tell(shell: Any, content: dict[str, Any]) -> None:
    """Send a word to the server, beside everything that a cell could print."""
    kernel = shell.kernel
    kernel.send_response(kernel.iopub_socket, MESSAGE, content)


def survey(shell: Any) -> dict[str, Any]:
    """Return every variable with its type, a size where that costs nothing, and why it could not be kept."""
    found = []
    for name, value in variables(shell):
        why = hopeless(value)
        found.append({"name": name, "type": type_name(value), "size": size_of(value), "why": why})
    return {"variables": found[:MOST_LISTED], "total": len(found), "cloudpickle": cloudpickle() is not None}


def save(shell: Any, saved: str, cap: int, total_cap: int, each_s: float, total_s: float) -> dict[str, Any]:
    """Save all variables into a new folder `saved`, sizes in bytes; returns what was kept and what not."""
    folder = os.path.join(shell.starting_dir, PLACE, saved)
    os.makedirs(folder, mode=0o700)
    kept: list[dict[str, Any]] = []
    lost: list[dict[str, Any]] = []
    everything = sorted(variables(shell), key=by_size)
    began, told, total = time.monotonic(), 0.0, 0
    with helpers(shell):
        for number, (name, value) in enumerate(everything):
            now = time.monotonic()
            if now - told >= PROGRESS_EVERY_S:
                told = now
                tell(shell, {"progress": {"done": number, "of": len(everything), "name": name}})
            left_s, room = total_s - (now - began), min(cap, total_cap - total)
            why = hopeless(value)
            if why is not None:
                lost.append(entry(name, value, why))
                continue
            try:
                if left_s <= 0:
                    raise TooSlow(f"there was no time left of {total_s:g} s")
                with deadline(min(each_s, left_s)):
                    how, size = keep(shell, folder, number, value, room)
            except KeyboardInterrupt:
                lost += [
                    entry(rest, other, "the saving was interrupted") for rest, other in everything[number:]
                ]
                break
            except BaseException as failure:  # noqa: BLE001 - anything at all may come out of a person's object
                lost.append(entry(name, value, reason_of(failure, room, cap)))
                continue
            total += size
            line = {"name": name, "type": type_name(value), "size": size, **how}
            note(folder, line)
            kept.append({"name": name, "type": line["type"], "size": size})
    return {"kept": kept, "lost": lost[:MOST_LISTED], "lost_total": len(lost), "bytes": total}


def restore(shell: Any, saved: str, names: list[str] | None, each_s: float) -> dict[str, Any]:
    """Bring back saved variables, of these names or all. One that exists already is left alone."""
    folder = os.path.join(shell.starting_dir, PLACE, saved)
    with open(os.path.join(folder, MANIFEST)) as file:
        entries = [each for each in map(json.loads, file) if names is None or each["name"] in names]
    restored: list[str] = []
    failed: list[dict[str, Any]] = []
    taken = {name for name, _ in variables(shell)}
    told = 0.0
    with helpers(shell):
        for number, each in enumerate(entries):
            name, now = each["name"], time.monotonic()
            if now - told >= PROGRESS_EVERY_S:
                told = now
                tell(shell, {"progress": {"done": number, "of": len(entries), "name": name}})
            if name in taken:
                failed.append({"name": name, "why": "there is a newer variable of this name"})
                continue
            try:
                with deadline(each_s):
                    value = bring_back(folder, each)
            except KeyboardInterrupt:
                failed += [{"name": rest["name"], "why": "it was interrupted"} for rest in entries[number:]]
                break
            except BaseException as failure:  # noqa: BLE001 - as above
                failed.append({"name": name, "why": reason_of(failure, 0, 0)})
                continue
            shell.user_ns[name] = value
            restored.append(name)
    return {"restored": restored, "failed": failed[:MOST_LISTED]}


# One variable


def keep(shell: Any, folder: str, number: int, value: Any, room: int) -> tuple[dict[str, Any], int]:
    """Keep one variable; returns how, and its bytes on disk."""
    if type(value) is types.ModuleType:
        return {"module": value.__name__}, 0
    budget, name = Budget(room), f"{number:05d}"
    path = os.path.join(folder, name)
    sizes: list[int] = []
    with contextlib.ExitStack() as stack:
        file, raw = (stack.enter_context(Capped(path + end, budget)) for end in (".pickle", ".raw"))

        def beside(buffer: Any) -> bool:
            """Write the memory of an array as it is: pickled, it would be copied first, all ten gigabytes."""
            try:
                memory = buffer.raw()
            except BufferError:
                return True  # it does not lie in one piece
            raw.write(memory)
            sizes.append(memory.nbytes)
            return False

        pickler_class()(file, shell, beside).dump(value)
    return {"file": name, "buffers": sizes}, budget.spent


def bring_back(folder: str, each: dict[str, Any]) -> Any:
    """Return one saved variable."""
    if "module" in each:
        import importlib

        return importlib.import_module(each["module"])
    path = os.path.join(folder, os.path.basename(each["file"]))
    with open(path + ".pickle", "rb") as file, open(path + ".raw", "rb") as raw:
        buffers = []
        for size in each["buffers"]:
            buffers.append(bytearray(size))
            if raw.readinto(buffers[-1]) != size:
                raise EOFError("its file was cut short")
        return pickle.load(file, buffers=buffers)  # noqa: S301 - here, in the kernel, and nowhere else


class Budget:
    """How many bytes a variable may still take."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.spent = 0

    def spend(self, size: int) -> None:
        if self.spent + size > self.room:
            raise TooLarge
        self.spent += size


class Capped:
    """A new file that takes from a budget before it takes any bytes; it is gone again if anything fails."""

    def __init__(self, path: str, budget: Budget) -> None:
        self._path = path
        self._budget = budget
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb", buffering=1 << 20)

    def write(self, data: Any) -> int:
        self._budget.spend(data.nbytes if isinstance(data, memoryview) else len(data))
        return self._file.write(data)

    def __enter__(self) -> Capped:
        return self

    def __exit__(self, kind: Any, failure: Any, traceback: Any) -> None:
        try:
            self._file.close()
        except OSError:
            os.unlink(self._path)
            raise
        if failure is not None:
            os.unlink(self._path)


def pickler_class() -> Any:
    """Return a pickler for what a notebook holds: cloudpickle's where there is one."""
    base: Any = getattr(cloudpickle(), "CloudPickler", None) or pickle.Pickler
    is_cloud = base is not pickle.Pickler

    class NotebookPickler(base):  # type: ignore[misc]
        def __init__(self, file: Any, shell: Any, beside: Any) -> None:
            super().__init__(file, protocol=PROTOCOL, buffer_callback=beside)
            self._namespace = shell.user_ns

        def reducer_override(self, obj: Any) -> Any:
            if type(obj) is types.FunctionType and obj.__globals__ is self._namespace and not obj.__closure__:
                # Not with copies of the variables that it uses: those are saved by themselves.
                return function_reduced(obj)
            if is_cloud:
                return super().reducer_override(obj)
            if isinstance(obj, (type, types.FunctionType)) and obj.__module__ == "__main__":
                raise pickle.PicklingError("needs the package cloudpickle, which is not installed here")
            return NotImplemented

    return NotebookPickler


def function_reduced(function: types.FunctionType) -> tuple[Any, ...]:
    """Return a function of the notebook as its code and what hangs on it."""
    helper = sys.modules[PRIVATE]
    state = {
        "__defaults__": function.__defaults__,
        "__kwdefaults__": function.__kwdefaults__,
        "__annotations__": function.__annotations__,
        "__dict__": function.__dict__,
        "__doc__": function.__doc__,
        "__qualname__": function.__qualname__,
        "__module__": function.__module__,
    }
    return helper.make, (marshal.dumps(function.__code__), function.__name__), state, None, None, helper.fill


@contextlib.contextmanager
def helpers(shell: Any) -> Iterator[None]:
    """Give pickles the two functions that they call by name, for as long as they are written or read."""
    module = types.ModuleType(PRIVATE)

    def make(code: bytes, name: str) -> types.FunctionType:
        return types.FunctionType(marshal.loads(code), shell.user_ns, name)  # noqa: S302 - as for pickles

    def fill(function: types.FunctionType, state: dict[str, Any]) -> None:
        own = state.pop("__dict__")
        for name, value in state.items():
            setattr(function, name, value)
        function.__dict__.update(own)

    for helper in (make, fill):
        helper.__module__, helper.__qualname__ = PRIVATE, helper.__name__
        setattr(module, helper.__name__, helper)
    sys.modules[PRIVATE] = module
    try:
        yield
    finally:
        del sys.modules[PRIVATE]


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise `TooSlow` in what runs for longer: in Python code, that is; a library may hold on to the end."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return
    is_armed = True

    def ring(signum: int, frame: Any) -> None:
        if is_armed:
            raise TooSlow(f"it took longer than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    other = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        is_armed = False
        signal.setitimer(signal.ITIMER_REAL, *other)
        signal.signal(signal.SIGALRM, before)


# What is there


def variables(shell: Any) -> list[tuple[str, Any]]:
    """Return the person's own variables, in the order in which they came to be."""
    hidden = shell.user_ns_hidden
    return [
        (name, value)
        for name, value in list(shell.user_ns.items())
        if type(name) is str and not name.startswith("_") and not (name in hidden and hidden[name] is value)
    ]


def hopeless(value: Any) -> str | None:
    """Return why a variable certainly cannot be kept, by its exact type: none of its code runs."""
    return NEVER_KEPT.get(type_name(value))


def size_of(value: Any) -> int | None:
    """Return about how many bytes a variable takes; None where asking could run somebody's code."""
    kind, modules = type(value), sys.modules
    if kind in (str, bytes, bytearray, int, float, bool, list, tuple, dict, set, frozenset):
        return sys.getsizeof(value)
    try:
        if kind is getattr(modules.get("numpy"), "ndarray", None):
            return int(value.nbytes)
        if kind is getattr(modules.get("pandas"), "DataFrame", None):
            return int(value.memory_usage(index=True, deep=False).sum())
        if kind is getattr(modules.get("pandas"), "Series", None):
            return int(value.memory_usage(index=True, deep=False))
        if kind is getattr(modules.get("polars"), "DataFrame", None):
            return int(value.estimated_size())
    except Exception:  # noqa: BLE001 - a broken frame has no size
        return None
    return None


def by_size(pair: tuple[str, Any]) -> tuple[bool, int]:
    """Order what is known to be small before the rest, so that a large variable costs only itself."""
    size = size_of(pair[1])
    return (size is None, size or 0)


def type_name(value: Any) -> str:
    """Return a type's name as people write it."""
    kind = type(value)
    module, name = (type.__dict__[part].__get__(kind) for part in ("__module__", "__qualname__"))
    usual = type(module) is not str or module in ("builtins", "__main__")
    return (name if usual else f"{module}.{name}")[:100]


def entry(name: str, value: Any, why: str) -> dict[str, Any]:
    """Return the line on a variable that was not kept."""
    return {"name": name, "type": type_name(value), "why": why}


def reason_of(failure: BaseException, room: int, cap: int) -> str:
    """Return a failure in a few words, whatever its own text does."""
    if type(failure) is TooLarge:
        if room < cap:
            return "there was no room left for it"
        return f"it is larger than {cap / 2**20:,.4g} MiB"
    try:
        text = str(failure)
    except BaseException:  # noqa: BLE001 - an exception's text is somebody's code
        text = ""
    if type(failure) is TooSlow:
        return text
    return f"{type(failure).__name__}: {text}"[:REASON_CHARACTERS]


def note(folder: str, line: dict[str, Any]) -> None:
    """Write down what is there so far: the kernel may die of the next variable."""
    with open(os.path.join(folder, MANIFEST), "a") as file:
        file.write(json.dumps(line) + "\n")


def cloudpickle() -> Any:
    """Return cloudpickle, or None where the environment has none."""
    try:
        import cloudpickle
    except Exception:  # noqa: BLE001 - also one that is broken
        return None
    return cloudpickle
