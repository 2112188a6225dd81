"""`commonbook hardware` and `commonbook run --hardware`: the same rules as in the browser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from server.cli import main
from tests.server.test_headless import notebook

CLASSES = """
[[hardware]]
id = "small"
label = "Small"
engine = "local"
cpus = 1
memory_mib = 2048
price_per_hour = 0.5

[[hardware]]
id = "kept"
label = "Kept"
engine = "local"
users = ["ann"]
"""


def commonbook(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(arguments)
    out, err = capsys.readouterr()
    return status, out, err


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with an account and two classes."""
    monkeypatch.setenv("COMMONBOOK_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("COMMONBOOK_KERNEL_PYTHON", sys.executable)
    (tmp_path / "classes.toml").write_text(CLASSES)
    from io import StringIO

    monkeypatch.setattr("sys.stdin", StringIO("correct horse\n"))
    assert main(["user", "add", "ann", "--email", "a@example.org", "--password-stdin"]) == 0
    return tmp_path


def test_a_file_is_previewed_taken_and_listed(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(site / "classes.toml")
    status, out, _ = commonbook(capsys, "hardware", "import", file, "--preview")
    assert status == 0
    assert out.endswith("small: added\nkept: added\nNothing was changed: this was a preview.\n")
    status, out, _ = commonbook(capsys, "hardware", "list")
    assert "This machine" in out
    assert commonbook(capsys, "hardware", "import", file)[0] == 0
    status, out, _ = commonbook(capsys, "hardware", "list")
    assert [line.split()[0] for line in out.splitlines()] == ["ID", "small", "kept"]
    assert "2,048 MiB" in out
    found = json.loads(commonbook(capsys, "hardware", "list", "--json")[1])
    assert [(each["id"], each["cpus"], each["enabled"]) for each in found] == [
        ("small", 1, True),
        ("kept", None, True),
    ]
    (site / "classes.toml").write_text(CLASSES.replace("cpus = 1", "cpus = 4"))
    out = commonbook(capsys, "hardware", "import", file)[1]
    assert out == "small: changed\n  cpus: 1.0 -> 4.0\nkept: unchanged\nDone.\n"


def test_a_bad_file_changes_nothing_and_names_its_lines(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = site / "classes.toml"
    file.write_text(CLASSES.replace("cpus = 1", "cpus = -1"))
    status, _, err = commonbook(capsys, "hardware", "import", str(file))
    assert status == 1
    assert err.startswith(f"{file}:6: small, cpus: -1 is out of range")
    assert "This machine" in commonbook(capsys, "hardware", "list")[1]
    status, _, err = commonbook(capsys, "hardware", "import", str(site / "missing.toml"))
    assert (status, "cannot be read" in err) == (1, True)


@pytest.mark.kernel
def test_a_headless_run_takes_a_class_by_the_same_rules(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commonbook(capsys, "hardware", "import", str(site / "classes.toml"))
    path = notebook(site / "a.ipynb", "1 + 1")

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "server.cli", "run", str(path), *options]
        return subprocess.run(command, env=os.environ, capture_output=True, text=True, timeout=100)

    done = run("--hardware", "small")
    assert (done.returncode, done.stdout) == (0, "[1/1] done\n"), done.stderr
    for hardware, words in (("nowhere", "no machine 'nowhere'"), ("kept", "kept for other people")):
        refused = run("--hardware", hardware)
        assert refused.returncode == 1
        assert words in refused.stderr
        assert "Traceback" not in refused.stderr
