"""Kernels find compiled modules in their read-only environment, and compiling runs nothing."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from kernel_manager.environment import bytecode, compile_bytecode
from kernel_manager.environment.bytecode import GUEST


def environment(folder: Path) -> Path:
    """Return the packages folder of a new, empty environment."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return next(folder.glob("lib/python3*/site-packages"))


async def test_what_an_environment_holds_is_compiled(tmp_path: Path) -> None:
    packages = environment(tmp_path / "environment")
    (packages / "thing.py").write_text("answer = 42\n")
    await compile_bytecode(tmp_path / "environment")
    assert list(packages.glob("__pycache__/thing.*.pyc"))


async def test_nothing_is_looked_at_again_until_packages_come_or_go(tmp_path: Path) -> None:
    packages = environment(tmp_path / "environment")
    (packages / "thing").mkdir()
    (packages / "thing" / "__init__.py").write_text("answer = 42\n")
    await compile_bytecode(tmp_path / "environment")
    (compiled,) = packages.glob("thing/__pycache__/*.pyc")
    compiled.unlink()
    await compile_bytecode(tmp_path / "environment")
    assert not compiled.exists()
    (packages / "other.py").write_text("")
    await compile_bytecode(tmp_path / "environment")
    assert compiled.exists()


async def test_those_who_come_at_the_same_time_compile_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment(tmp_path / "environment")
    (tmp_path / "state").symlink_to("environment")
    compiled: list[Path] = []
    compiles = bytecode._compile

    async def noted(place: Path) -> None:
        compiled.append(place)
        await compiles(place)

    monkeypatch.setattr(bytecode, "_compile", noted)
    await asyncio.gather(*(compile_bytecode(tmp_path / name) for name in ("environment", "state")))
    assert compiled == [tmp_path / "environment"]


async def test_tests_of_packages_are_left_out_wherever_the_environment_lies(tmp_path: Path) -> None:
    packages = environment(tmp_path / "tests" / "environment")
    for module in ("thing/tests/test_it.py", "thing/it.py"):
        (packages / module).parent.mkdir(parents=True, exist_ok=True)
        (packages / module).write_text("")
    await compile_bytecode(tmp_path / "tests" / "environment")
    assert list(packages.glob("thing/__pycache__/it.*.pyc"))
    assert not list(packages.glob("thing/tests/__pycache__"))


async def test_a_module_that_does_not_compile_hinders_no_other(tmp_path: Path) -> None:
    packages = environment(tmp_path / "environment")
    (packages / "broken.py").write_text("print 'for another Python'\n")
    (packages / "thing.py").write_text("answer = 42\n")
    await compile_bytecode(tmp_path / "environment")
    assert list(packages.glob("__pycache__/thing.*.pyc"))


async def test_compiling_runs_no_code_of_the_packages(tmp_path: Path) -> None:
    packages = environment(tmp_path / "environment")
    trace = tmp_path / "ran"
    (packages / "hostile.pth").write_text(f"import pathlib; pathlib.Path({str(trace)!r}).touch()\n")
    (packages / "thing.py").write_text(f"import pathlib; pathlib.Path({str(trace)!r}).touch()\n")
    await compile_bytecode(tmp_path / "environment")
    assert list(packages.glob("__pycache__/thing.*.pyc"))
    assert not trace.exists()


async def test_what_we_run_in_kernels_is_compiled_for_their_python(tmp_path: Path) -> None:
    environment(tmp_path / "environment")
    tag = sys.implementation.cache_tag
    modules = {path for path in GUEST.rglob("*.py") if path.name != "__init__.py"}
    await compile_bytecode(tmp_path / "environment")
    compiled = {path.with_suffix("").with_suffix(".py").name for path in GUEST.rglob(f"*.{tag}.pyc")}
    assert {path.name for path in modules} <= compiled
