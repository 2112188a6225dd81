"""Notebooks and files are read from disk; an interpreter is asked what it has, in its own process."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from kernel_manager.imports.installed import NotAnswered, ask, ask_folder, read_answer
from kernel_manager.imports.resolve import Evidence, resolve
from kernel_manager.imports.sources import Unreadable, read_path


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def notebook(*cells: str | list[str]) -> str:
    made = [{"cell_type": "code", "source": cell} for cell in cells]
    return json.dumps(
        {"nbformat": 4, "cells": [{"cell_type": "markdown", "source": "import nothing"}, *made]}
    )


def imported(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for source in read_path(path).sources:
        found.setdefault(source.file, []).extend(each.name for each in source.found.imports)
    return found


def test_a_folder_is_read_without_what_tools_and_others_put_in_it(tmp_path: Path) -> None:
    write(tmp_path / "a.ipynb", notebook("import a", ["import b\n", "import c"]))
    write(tmp_path / "deep" / "d.py", "import d")
    for place in (".venv", ".git", "node_modules", "__pycache__", ".ipynb_checkpoints", "venv", "deep/build"):
        write(tmp_path / place / "x.py", "import nothing")
    write(tmp_path / "python-3" / "pyvenv.cfg", "")
    write(tmp_path / "python-3" / "lib" / "x.py", "import nothing")
    assert imported(tmp_path) == {"a.ipynb": ["a", "b", "c"], "deep/d.py": ["d"]}
    assert read_path(tmp_path).paths == ("deep/d.py",)


def test_cells_have_their_number_in_the_notebook(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ipynb", notebook("import a", "import b"))
    assert [source.number for source in read_path(path).sources] == [2, 3]


def test_the_modules_beside_a_single_notebook_are_its_own(tmp_path: Path) -> None:
    write(tmp_path / "helper.py", "")
    write(tmp_path / "package" / "inner.py", "")
    write(tmp_path / "src" / "mine" / "__init__.py", "")
    (tmp_path / "data").mkdir()
    path = write(tmp_path / "a.ipynb", notebook("import helper"))
    assert sorted(read_path(path).paths) == ["helper.py", "package/__init__.py", "src/mine/__init__.py"]


@pytest.mark.parametrize("text", ["", "[]", "null", '{"cells": 1}', "not json", "[" * 100_000])
def test_a_broken_notebook_in_a_folder_hides_no_other(tmp_path: Path, text: str) -> None:
    write(tmp_path / "bad.ipynb", text)
    write(tmp_path / "good.ipynb", notebook("import a"))
    found = read_path(tmp_path)
    assert [source.file for source in found.sources] == ["good.ipynb"]
    assert found.skipped == ("bad.ipynb is not a notebook that can be read.",)


def test_a_broken_cell_hides_no_other(tmp_path: Path) -> None:
    odd = [None, 3, {}, {"cell_type": "code", "source": 5}, {"cell_type": "code", "source": [None, "\n"]}]
    whole = {"cell_type": "code", "source": "import a", "metadata": None}
    path = write(tmp_path / "odd.ipynb", json.dumps({"cells": [*odd, whole]}))
    assert imported(path) == {"odd.ipynb": ["a"]}


def test_a_notebook_of_the_third_format_is_read(tmp_path: Path) -> None:
    cells = [{"cell_type": "code", "input": ["import a"]}]
    path = write(tmp_path / "old.ipynb", json.dumps({"nbformat": 3, "worksheets": [{"cells": cells}]}))
    assert imported(path) == {"old.ipynb": ["a"]}


@pytest.mark.parametrize("name", ["missing.ipynb", "notes.txt"])
def test_what_cannot_be_read_is_said_in_a_sentence(tmp_path: Path, name: str) -> None:
    write(tmp_path / "notes.txt", "")
    with pytest.raises(Unreadable, match=r"\.$"):
        read_path(tmp_path / name)


async def test_an_interpreter_tells_its_version_and_packages() -> None:
    python, installed = await ask(Path(sys.executable))
    assert python == sys.version_info[:2]
    assert installed.tops["packaging"] == ("packaging",)
    assert installed.tops["yaml"] == ("pyyaml",)
    assert installed.versions["tornado"]
    assert resolve("yaml", python, installed).evidence is Evidence.INSTALLED


async def test_what_an_interpreter_prints_is_not_trusted(tmp_path: Path) -> None:
    for name, script in (("silent", "exit 0"), ("failing", "exit 3"), ("lying", "echo '{\"python\": 3}'")):
        program = write(tmp_path / name, f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        with pytest.raises(NotAnswered, match=r"[.?]$"):
            await ask(program)
    with pytest.raises(NotAnswered):
        await ask(tmp_path / "absent")
    with pytest.raises(NotAnswered):
        read_answer(b'{"python": [3, 11], "tops": [], "portions": {}, "versions": {}}')


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """An environment with two distributions in one namespace, and code that would run at a start."""
    place = tmp_path / "lib" / "python3.12" / "site-packages"
    for name, package in (("acme-one", "acme/one"), ("acme-two", "acme/two")):
        info = place / f"{name.replace('-', '_')}-1.0.dist-info"
        write(info / "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        write(info / "RECORD", f"{package}/__init__.py,sha256=x,1\n{info.name}/METADATA,,\n")
        write(place / package / "__init__.py", "")
    write(place / "loose.py", "")
    mark = tmp_path / "was-run"
    write(place / "evil.pth", f"import pathlib; pathlib.Path({str(mark)!r}).touch()\n")
    write(place / "sitecustomize.py", f"import pathlib; pathlib.Path({str(mark)!r}).touch()\n")
    return tmp_path


async def test_shared_namespaces_are_told_portion_by_portion(environment: Path) -> None:
    python, installed = await ask_folder(environment)
    assert python == (3, 12)
    assert sorted(installed.tops["acme"]) == ["acme-one", "acme-two"]
    assert installed.portions["acme.one"] == "acme-one"
    assert installed.tops["loose"] == ()
    assert resolve("acme.two.thing", python, installed).distribution == "acme-two"


async def test_an_environment_is_read_without_running_what_is_in_it(environment: Path) -> None:
    await ask_folder(environment)
    assert not (environment / "was-run").exists()


async def test_the_readers_own_packages_are_not_the_environments(environment: Path) -> None:
    _, installed = await ask_folder(environment)
    assert "tornado" not in installed.tops
    with pytest.raises(NotAnswered):
        await ask_folder(environment / "nothing")
