"""`commonbook run` with a real kernel: the file comes out with outputs, and the exit status tells."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from collab.formats import read_file
from collab.wire import StreamOutput

ROOT = Path(__file__).resolve().parents[2]


def run(path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"COMMONBOOK_KERNEL_PYTHON": sys.executable}
    return subprocess.run(
        [sys.executable, "-m", "server.cli", "run", str(path), *options],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
    )


def notebook(path: Path, *sources: str) -> Path:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A"), *cells]), path)
    return path


@pytest.mark.kernel
def test_a_file_is_run_beside_its_data(tmp_path: Path) -> None:
    (tmp_path / "numbers.txt").write_text("40")
    path = notebook(tmp_path / "a.ipynb", "x = int(open('numbers.txt').read())", "print('x')\nx + 2")
    done = run(path, "-o", str(tmp_path / "out.ipynb"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["[1/2] done", "[2/2] done"]
    out = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    nbformat.validate(out)
    stream, result = out.cells[2].outputs
    assert stream.text == "x\n"
    assert result.data["text/plain"] == "42"
    assert not nbformat.read(path, as_version=4).cells[2].outputs


@pytest.mark.kernel
def test_an_error_stops_the_run_and_is_in_the_file(tmp_path: Path) -> None:
    path = notebook(tmp_path / "a.ipynb", "1 / 0", "print('never')")
    done = run(path)
    assert done.returncode == 1
    assert done.stdout.splitlines() == ["[1/2] error", "[2/2] cancelled"]
    cells = nbformat.read(path, as_version=4).cells
    assert cells[1].outputs[0].ename == "ZeroDivisionError"
    assert cells[2].outputs == []


@pytest.mark.kernel
def test_a_script_is_run_into_a_file_of_another_program(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text("# %% [markdown]\n# # A\n\n# %%\nprint(40 + 2)\n")
    done = run(path, "-o", str(tmp_path / "out.deepnote"))
    assert done.returncode == 0, done.stderr
    (found,) = read_file("out.deepnote", (tmp_path / "out.deepnote").read_bytes())
    assert [cell.source for cell in found.notebook.cells] == ["# A", "print(40 + 2)"]
    (output,) = found.notebook.cells[1].outputs
    assert isinstance(output, StreamOutput)
    assert output.text == "42\n"
    assert "-o" in run(path).stderr


def test_what_is_no_notebook_is_refused_in_words(tmp_path: Path) -> None:
    assert "no file" in run(tmp_path / "missing.ipynb").stderr
    (tmp_path / "bad.ipynb").write_text("{")
    done = run(tmp_path / "bad.ipynb")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
