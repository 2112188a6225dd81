"""The package that people install: everything is in it, and it serves from anywhere without Node."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tarfile
import urllib.request
import zipfile
from pathlib import Path

import pytest
from uv import find_uv_bin

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("server", "collab", "kernel_manager", "deploy")
FILES = ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", ".gitignore")
LIMIT_S = 60

pytestmark = pytest.mark.slow


def checkout(folder: Path, *, pages: bool) -> Path:
    """Copy what a source checkout holds; the pages are small ones of our own."""
    without = shutil.ignore_patterns("__pycache__", "static")
    for name in SOURCES:
        shutil.copytree(ROOT / name, folder / name, ignore=without)
    for name in FILES:
        shutil.copy(ROOT / name, folder / name)
    if pages:
        (folder / "server/static/assets").mkdir(parents=True)
        (folder / "server/static/index.html").write_text("<!doctype html><title>the app</title>")
        (folder / "server/static/output-frame.html").write_text("<!doctype html><title>the frame</title>")
        (folder / "server/static/assets/main-1a2b.js").write_text("export {}")
    return folder


def build(checkout: Path, target: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(checkout / "dist")],
        cwd=checkout,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with its wheel and its source package in `dist`."""
    folder = checkout(tmp_path_factory.mktemp("package") / "checkout", pages=True)
    for target in ("wheel", "sdist"):
        done = build(folder, target)
        assert done.returncode == 0, done.stderr
    return folder


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as held:
        return set(held.namelist())


def test_the_wheel_holds_pages_migrations_and_the_welcome_notebook(built: Path) -> None:
    names = names_in(only(built / "dist", "*.whl"))
    sources = (path for name in SOURCES[:3] for path in (built / name).rglob("*") if path.is_file())
    expected = {str(path.relative_to(built)) for path in sources}
    assert {name for name in names if ".dist-info/" not in name} == expected
    assert {
        "server/static/assets/main-1a2b.js",
        "server/db/migrations/versions/0001_first_tables.py",
        "server/welcome/welcome.ipynb",
    } <= expected


def test_the_wheel_serves_from_an_environment_of_its_own(built: Path, tmp_path: Path) -> None:
    uv, venv = find_uv_bin(), tmp_path / "venv"
    wheel = only(built / "dist", "*.whl")
    subprocess.run([uv, "venv", "-q", "--offline", "--python", sys.executable, venv], check=True)
    install = [uv, "pip", "install", "-q", "--offline", "--no-deps", "--python", venv, wheel]
    subprocess.run(install, check=True, timeout=LIMIT_S)
    # What it depends on is taken from here: as a bare path, so that our own checkout is not in it.
    borrowed = only(venv, "lib/*/site-packages") / "borrowed.pth"
    borrowed.write_text(sysconfig.get_path("purelib") + "\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    command = [venv / "bin/commonbook", "serve", "--no-browser", "--port", "0", "--data", tmp_path / "data"]
    alone = {"PATH": "/usr/bin:/bin", "COMMONBOOK_KERNEL_PYTHON": sys.executable}
    with subprocess.Popen(command, cwd=elsewhere, stdout=subprocess.PIPE, text=True, env=alone) as server:
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            assert line.startswith("Commonbook is at http://127.0.0.1:")
            url = line.split()[3]
            assert b"<title>the app</title>" in fetch(url + "/")
            assert fetch(url + "/assets/main-1a2b.js") == b"export {}"
            assert b'"status":"ok"' in fetch(url + "/api/health")
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.wait(LIMIT_S) == 0
    assert not list(elsewhere.iterdir())


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=LIMIT_S) as response:
        content: bytes = response.read()
    return content


def test_the_source_package_builds_the_same_wheel(built: Path, tmp_path: Path) -> None:
    with tarfile.open(only(built / "dist", "*.tar.gz")) as source:
        source.extractall(tmp_path, filter="data")
    unpacked = only(tmp_path, "commonbook-*")
    done = build(unpacked, "wheel", PATH="/nowhere")
    assert done.returncode == 0, done.stderr
    first, second = (names_in(only(folder / "dist", "*.whl")) for folder in (built, unpacked))
    assert first == second


def test_no_wheel_is_built_without_pages(tmp_path: Path) -> None:
    done = build(checkout(tmp_path / "checkout", pages=False), "wheel", PATH="/nowhere")
    assert done.returncode != 0
    assert "install Node" in done.stderr
    assert not list(tmp_path.rglob("*.whl"))
