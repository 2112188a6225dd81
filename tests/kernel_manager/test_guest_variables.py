"""Saving and restoring variables: what comes back, and that nothing a variable does stops the others."""

from __future__ import annotations

import json
import os
import runpy
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

GUEST = Path(__file__).parents[2] / "kernel_manager/guest/variables.py"
LIMITS = {"cap": 1 << 20, "total_cap": 1 << 22, "each_s": 5.0, "total_s": 30.0}


class Shell:
    """As much of an IPython shell as the guest uses. Cells run as the module `__main__`."""

    def __init__(self, folder: Path) -> None:
        self.starting_dir = str(folder)
        self.user_ns: dict[str, Any] = {"__name__": "__main__", "In": [], "_": 1}
        self.user_ns_hidden = dict(self.user_ns)
        self.said: list[Any] = []
        self.kernel = SimpleNamespace(
            iopub_socket=None, send_response=lambda socket, kind, content: self.said.append(content)
        )

    def run(self, code: str) -> None:
        exec(code, self.user_ns)

    @property
    def names(self) -> set[str]:
        return {name for name in self.user_ns if not name.startswith("_") and name not in self.user_ns_hidden}


@pytest.fixture
def guest() -> dict[str, Any]:
    return runpy.run_path(str(GUEST))


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def save(guest: dict[str, Any], shell: Shell, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = guest["save"](shell, "s1", **{**LIMITS, **changes})
    json.dumps(found)
    return found


def again(guest: dict[str, Any], shell: Shell, code: str = "") -> tuple[Shell, dict[str, Any]]:
    """Restore everything into a fresh kernel in the same folder."""
    fresh = Shell(Path(shell.starting_dir))
    fresh.run(code)
    found: dict[str, Any] = guest["restore"](fresh, "s1", names=None, each_s=5.0)
    return fresh, found


def why(found: dict[str, Any], name: str) -> str:
    return next(str(each["why"]) for each in found["lost"] if each["name"] == name)


def test_values_modules_functions_and_classes_come_back(guest: dict[str, Any], shell: Shell) -> None:
    shell.run(
        """
import json as j
x = 41
table = {"a": [1, 2, {3}]}
def add(n: int = 1, *, twice=False) -> int:
    "Adds to x."
    return (x + n) * (2 if twice else 1)
add.tag = "mine"
class Point:
    def __init__(self, x): self.x = x
    def double(self): return add(self.x)
here = Point(3)
square = lambda n: n * n
"""
    )
    found = save(guest, shell)
    assert found["lost"] == []
    assert {each["name"] for each in found["kept"]} == shell.names
    fresh, back = again(guest, shell)
    assert set(back["restored"]) == shell.names
    assert fresh.user_ns["j"] is json
    assert fresh.user_ns["table"] == {"a": [1, 2, {3}]}
    fresh.run("x = 100; a = add(2, twice=True); b = square(3); c = isinstance(here, Point); d = here.x")
    assert (fresh.user_ns["a"], fresh.user_ns["b"], fresh.user_ns["c"], fresh.user_ns["d"]) == (
        204,
        9,
        True,
        3,
    )
    assert (fresh.user_ns["add"].__doc__, fresh.user_ns["add"].tag) == ("Adds to x.", "mine")


def test_a_function_does_not_drag_along_what_it_uses(guest: dict[str, Any], shell: Shell) -> None:
    shell.run("import socket\nbig = bytes(500_000)\nlink = socket.socket()\ndef use(): return big, link")
    found = save(guest, shell)
    assert next(each["size"] for each in found["kept"] if each["name"] == "use") < 1000
    shell.run("link.close()")


HOSTILE = """
class Raises:
    def __reduce__(self): raise ValueError("not me")
class Exits:
    def __reduce__(self): raise SystemExit(1)
class Lies:
    def __reduce__(self): raise type("E", (Exception,), {"__str__": lambda self: 1 / 0})()
class Hangs:
    def __reduce__(self):
        while True: pass
class Swallows:
    def __reduce__(self):
        while True:
            try:
                while True: pass
            except Exception: pass
class Meta(type):
    __name__ = property(lambda self: 1 / 0)
class Odd(metaclass=Meta):
    def __sizeof__(self): raise RuntimeError
    def __class__(self): raise RuntimeError
    def __reduce__(self): return (int, (1,))
a_raises, b_exits, c_lies, d_hangs, e_swallows = Raises(), Exits(), Lies(), Hangs(), Swallows()
f_generator = (n for n in range(3))
g_large = b"x" * 3_000_000
h_deep = []
for _ in range(100_000): h_deep = [h_deep]
i_good = "good"
j_recursive = [1]; j_recursive.append(j_recursive)
k_odd = Odd()
"""


def test_nothing_that_a_variable_does_stops_the_others(guest: dict[str, Any], shell: Shell) -> None:
    shell.run(HOSTILE)
    began = time.monotonic()
    found = save(guest, shell, each_s=0.3)
    assert time.monotonic() - began < 20
    assert why(found, "a_raises") == "ValueError: not me"
    assert why(found, "b_exits") == "SystemExit: 1"
    assert why(found, "c_lies") == "E: "
    assert why(found, "d_hangs") == why(found, "e_swallows") == "it took longer than 0.3 s"
    assert why(found, "f_generator") == "a generator cannot be kept"
    assert why(found, "g_large") == "it is larger than 1 MiB"
    assert "recursion" in why(found, "h_deep").lower()
    kept = {each["name"] for each in found["kept"]}
    assert {"i_good", "j_recursive", "k_odd"} <= kept
    fresh, _ = again(guest, shell)
    recursive = fresh.user_ns["j_recursive"]
    assert recursive[1] is recursive
    shell.run("h_deep = None")


def test_sockets_files_locks_and_threads_are_named_as_what_they_are(
    guest: dict[str, Any], shell: Shell, tmp_path: Path
) -> None:
    with socket.socket() as link, open(tmp_path / "f", "w") as file:
        shell.user_ns |= {"link": link, "file": file, "lock": threading.Lock(), "thread": threading.Thread()}
        found = save(guest, shell)
    assert why(found, "link") == "an open connection cannot be kept"
    assert why(found, "file") == "an open file cannot be kept"
    assert why(found, "lock") == "a lock cannot be kept"
    assert why(found, "thread") == "a thread cannot be kept"


def test_an_array_over_the_cap_is_never_copied(guest: dict[str, Any], shell: Shell) -> None:
    class Buffered:
        """As numpy does it: the memory itself is handed to the pickler."""

        def __init__(self, memory: bytearray) -> None:
            self.memory = memory

        def __reduce_ex__(self, protocol: Any) -> Any:
            import pickle

            return bytearray, (pickle.PickleBuffer(self.memory),)

    shell.user_ns |= {"large": Buffered(bytearray(64 << 20)), "small": Buffered(bytearray(b"abc" * 100_000))}
    import tracemalloc

    tracemalloc.start()
    found = save(guest, shell)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert why(found, "large") == "it is larger than 1 MiB"
    assert peak < 16 << 20
    fresh, _ = again(guest, shell)
    assert fresh.user_ns["small"] == bytearray(b"abc" * 100_000)


def test_the_whole_has_a_cap_and_a_time_too(guest: dict[str, Any], shell: Shell) -> None:
    shell.user_ns |= {f"v{n}": os.urandom(900_000) for n in range(4)}
    found = save(guest, shell, total_cap=2_000_000)
    assert len(found["kept"]) == 2
    assert {each["why"] for each in found["lost"]} == {"there was no room left for it"}
    late = guest["save"](shell, "s2", **{**LIMITS, "total_s": 0.0})
    assert late["kept"] == []
    assert late["lost"][0]["why"] == "there was no time left of 0 s"


def test_an_interrupt_ends_the_saving_and_says_what_is_missing(guest: dict[str, Any], shell: Shell) -> None:
    shell.run("import os, signal\nclass I:\n    def __reduce__(self): os.kill(os.getpid(), signal.SIGINT)")
    shell.run("one = 1\nstop = I()\nz = dict.fromkeys(range(1000))")
    found = save(guest, shell)
    assert "one" in {each["name"] for each in found["kept"]}
    assert "interrupted" in {each["name"]: each["why"] for each in found["lost"]}.get("stop", "")


def test_without_cloudpickle_the_rest_is_kept_and_the_reason_is_said(
    guest: dict[str, Any], shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    shell.run("x = [1, 2]\ndef double(n): return 2 * n\nclass C: pass\nc = C()\nnested = [lambda: 1]")
    found = save(guest, shell)
    assert {each["name"] for each in found["kept"]} == {"x", "double", "nested"}
    assert "cloudpickle" in why(found, "C")
    assert "cloudpickle" in why(found, "c")
    fresh, _ = again(guest, shell)
    assert fresh.user_ns["double"](4) == 8


def test_a_newer_variable_is_left_alone_and_a_broken_file_costs_only_itself(
    guest: dict[str, Any], shell: Shell, tmp_path: Path
) -> None:
    shell.run("x = 1; y = 2; z = 3")
    save(guest, shell)
    (broken,) = tmp_path.glob(".commonbook/variables/s1/00001.pickle")
    broken.write_bytes(b"\x80\x05")
    fresh, back = again(guest, shell, "x = 'newer'")
    assert fresh.user_ns["x"] == "newer"
    failed = {each["name"]: each["why"] for each in back["failed"]}
    assert failed["x"] == "there is a newer variable of this name"
    assert len(failed) == 2
    assert len(back["restored"]) == 1


def test_nothing_of_ours_stays_behind(guest: dict[str, Any], shell: Shell, tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGALRM)
    modules, names = set(sys.modules), set(shell.user_ns)
    shell.run("x = 1\ndef f(): pass")
    save(guest, shell)
    guest["survey"](shell)
    assert set(shell.user_ns) - names == {"x", "f", "__builtins__"}
    assert not {name for name in set(sys.modules) - modules if "commonbook" in name}
    assert signal.getsignal(signal.SIGALRM) is before
    folder = tmp_path / ".commonbook/variables/s1"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.glob("*.pickle"))


def test_a_survey_runs_nobodys_code_and_names_sizes(guest: dict[str, Any], shell: Shell) -> None:
    shell.run(
        "import json\nclass T:\n    def __getattribute__(self, name): raise SystemExit\n"
        "t = T()\nb = b'x' * 1000"
    )
    found = guest["survey"](shell)
    rows = {each["name"]: each for each in found["variables"]}
    assert set(rows) == {"json", "T", "t", "b"}
    assert rows["b"]["size"] > 1000
    assert rows["t"]["size"] is None
    assert rows["t"]["type"] == "T"


def test_progress_names_the_variable_that_is_being_saved(guest: dict[str, Any], shell: Shell) -> None:
    shell.run("x = 1")
    save(guest, shell)
    assert shell.said[0] == {"progress": {"done": 0, "of": 1, "name": "x"}}
