"""`commonbook imports` and `commonbook requirements` answer in sentences, JSON and exit codes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from kernel_manager.imports.requirements import read_lines
from server.cli import main


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cells = [
        "import numpy\nfrom helper import x",
        "import yaml, acme_inhouse\ntry:\n    import torch\nexcept ImportError: ...",
    ]
    made = [{"cell_type": "code", "source": cell} for cell in cells]
    write(tmp_path / "n.ipynb", json.dumps({"nbformat": 4, "cells": made}))
    write(tmp_path / "helper.py", "import requests, os")
    return tmp_path


def test_names_are_resolved_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["imports", "resolve", "cv2", "os", "tltk", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(each["import"], each["distribution"], each["evidence"]) for each in found] == [
        ("cv2", "opencv-python", "curated"),
        ("os", None, "stdlib"),
        ("tltk", None, "unknown"),
    ]
    assert all(0 <= each["confidence"] <= 1 for each in found)
    assert found[2]["looks_like"] == "nltk"


def test_names_are_resolved_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["imports", "resolve", "yaml", "utils", "tltk", "json"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "yaml: pyyaml (curated, 98%)",
        "utils: unknown",
        "tltk: unknown (looks like nltk)",
        "json: part of Python",
    ]


def test_the_kernels_python_decides_what_is_standard(capsys: pytest.CaptureFixture[str]) -> None:
    for version, expected in (("3.11", "part of Python"), ("3.12", "unknown")):
        assert main(["imports", "resolve", "imp", "--python", version]) == 0
        assert expected in capsys.readouterr().out


def test_a_guess_is_a_requirements_file_with_its_reasons(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["requirements", "guess", str(folder)]) == 0
    text = capsys.readouterr().out
    assert [line.name for line in read_lines(text) if line.name] == ["numpy", "pyyaml", "requests"]
    assert "numpy     # n.ipynb, cell 1" in text
    assert "# acme_inhouse  # n.ipynb, cell 2" in text
    assert "# torch  # n.ipynb, cell 2" in text


def test_a_guess_as_json_has_everything(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["requirements", "guess", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["requirements"] == ["numpy", "pyyaml", "requests"]
    assert found["local"] == ["helper"]
    assert [each["line"] for each in found["optional"]] == ["torch"]
    assert [each["import"] for each in found["unknown"]] == ["acme_inhouse"]
    assert found["reasons"][1]["places"] == [{"file": "n.ipynb", "cell": None, "number": 2, "line": 1}]


def test_an_environment_gives_the_versions(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "requirements",
        "guess",
        str(folder / "helper.py"),
        "--environment",
        sys.executable,
        "--pin",
        ">=",
    ]
    assert main(arguments) == 0
    assert capsys.readouterr().out.startswith("requests>=2.")


def test_several_paths_are_one_guess(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = write(folder / "apart" / "x.py", "import pandas, numpy")
    assert main(["requirements", "guess", str(folder / "n.ipynb"), str(other), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["requirements"] == ["numpy", "pandas", "pyyaml"]


def test_a_check_fails_until_everything_is_declared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder / "requirements.txt", "NumPy>=1\nflask\n-r more.txt\n")
    write(folder / "more.txt", "PyYAML\n")
    assert main(["requirements", "check", str(folder)]) == 1
    text = capsys.readouterr().out
    assert "missing: requests  (helper.py, line 1)" in text
    assert "unused: flask  (requirements.txt, line 2)" in text
    write(folder / "more.txt", "PyYAML\nrequests\n")
    assert main(["requirements", "check", str(folder)]) == 0


def test_a_check_without_a_file_misses_everything(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["requirements", "check", str(folder), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [each["line"] for each in found["missing"]] == ["numpy", "pyyaml", "requests"]


def test_a_check_reads_no_file_outside_the_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inner = folder / "inner"
    write(inner / "a.py", "import numpy")
    write(folder / "requirements.txt", "numpy\n")
    (inner / "link.txt").symlink_to(folder / "requirements.txt")
    write(inner / "requirements.txt", "-r link.txt\n-r ../requirements.txt\n")
    assert main(["requirements", "check", str(inner)]) == 1
    assert "../requirements.txt lies outside the project." in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        ["requirements", "guess", "no-such-folder"],
        ["requirements", "guess", __file__, "--python", "three"],
        ["requirements", "guess", __file__, "--environment", "no-such-python"],
        ["requirements", "check", "no-such-folder"],
    ],
)
def test_a_failure_is_one_sentence(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 1
    failure = capsys.readouterr().err
    assert failure.startswith("commonbook: ")
    assert failure.count("\n") == 1
