"""The installer is shut in: what a hostile source package finds while it is built, and what it leaves."""

from __future__ import annotations

import http.server
import json
import os
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel_manager import isolation_probe
from kernel_manager.isolation_probe import Standing
from server.environments.part import environments_of
from tests.server.test_environments import Lab
from tests.support.server import running
from tests.support.wheels import source, wheel

PROBE = """
import json, os, socket, sys, urllib.request
told = json.loads({told!r})
def reads(path):
    try:
        return bool(os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1))
    except OSError:
        return False
def plants(path):
    try:
        open(path + "/planted", "w").close()
    except OSError:
        pass
def fetches(address):
    try:
        return urllib.request.urlopen(address, timeout=5).status
    except OSError as error:
        return getattr(error, "code", type(error).__name__)
def connects(host, port):
    try:
        socket.create_connection((host, port), 3).close()
        return True
    except OSError:
        return False
numbers = [each for each in os.listdir("/proc") if each.isdigit()]
environments = [open(f"/proc/{{each}}/environ", "rb").read() for each in numbers]
for each in told["places"]:
    plants(each)
report = {{
    "read": [each for each in told["secret"] if reads(each)],
    "secret": any(b"canary-secret" in each for each in environments),
    "fetched": {{each: fetches(each) for each in told["addresses"]}},
    "connected": [each for each in told["hosts"] if connects(*each)],
    "user": os.getuid(),
}}
raise RuntimeError("REPORT" + json.dumps(report) + "END")
"""


@pytest.fixture
def index(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A package index on loopback, as a site's own is in its private network."""
    packages = tmp_path / "packages"
    packages.mkdir()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = self.path.strip("/").split("/")
            if parts[0] == "simple" and len(parts) == 2:
                found = [each.name for each in packages.iterdir() if each.name.lower().startswith(parts[1])]
                links = "".join(f'<a href="/files/{name}">{name}</a>' for name in found)
                self._answer(200 if found else 404, "text/html", links.encode())
            elif parts[0] == "files":
                self._answer(200, "application/octet-stream", (packages / parts[1]).read_bytes())
            else:
                self._answer(200, "text/plain", b"here")

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", packages
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("users_from", [1_900_000_000, 0])
async def test_a_hostile_source_package_reaches_its_index_and_nothing_else(
    tmp_path: Path, index: tuple[str, Path], monkeypatch: pytest.MonkeyPatch, users_from: int
) -> None:
    monkeypatch.setenv("COMMONBOOK_MASTER_KEY", "canary-secret")
    address, packages = index
    for name in ("basekit", "tidy"):
        wheel(packages, name, "1.0")
    settings = {
        "index_url": f"{address}/simple",
        "base_packages": ("basekit",),
        "kernel_users_from": users_from,
    }
    with socket.create_server(("127.0.0.1", 0)) as other:
        async with running(tmp_path / "data", **settings) as server:
            ada = await server.person("ada")
            lab = Lab(server, ada, await server.project(ada), packages)
            neighbour = Lab(server, ada, await server.project(ada, "Other"), packages)
            for each in (lab, neighbour):
                (each.files / "notes.txt").write_text("private")
                await each.done(await each.install("tidy"))  # a wheel, through the gate
            data, port = server.config.data, other.getsockname()[1]
            secret = [data / "commonbook.sqlite3", data / "projects", data / "kernels", neighbour.files]
            secret += [lab.files, neighbour.home.folder, Path("/etc/shadow"), Path(__file__)]
            current = lab.home.state(lab.home.current or "")
            places = [data, lab.home.folder, current, current / "lib", lab.files, Path("/usr"), Path("/etc")]
            inside = ["http://169.254.169.254/", "http://10.0.0.1/", f"http://127.0.0.1:{port}/"]
            inside += [f"http://localhost:{port}/", f"http://[::ffff:127.0.0.1]:{port}/"]
            told = {
                "secret": [str(each) for each in secret],
                "places": [str(each) for each in places],
                "addresses": [f"{address}/", *inside],
                "hosts": [["127.0.0.1", port], ["169.254.169.254", 80], ["1.1.1.1", 443]],
            }
            source(packages, "hostile", "1.0", PROBE.format(told=json.dumps(told)))
            job = await lab.ended(await lab.install("hostile", builds=True))
            assert job["code"] in ("build_failed", "host_closed"), job
            report = json.loads(re.findall(r"REPORT(\{.*\})END", job["detail"])[0])
            assert report["fetched"].pop(f"{address}/") == 200
            assert set(report["fetched"].values()) == {403}
            assert (report["read"], report["connected"]) == ([], [])
            assert not [place for place in places if (place / "planted").exists()]
            assert not report["secret"]
            if users_from and os.geteuid() == 0:
                assert report["user"] >= users_from
            assert lab.requirements == "tidy~=1.0\n"
            assert await lab.versions() == {"basekit": "1.0", "tidy": "1.0"}


LEAVE = """
import os, zipfile
ABOUT = {{
    "METADATA": "Metadata-Version: 2.1\\nName: sly\\nVersion: 1.0\\n",
    "WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    "RECORD": "",
}}
def prepare_metadata_for_build_wheel(folder, config_settings=None):
    os.mkdir(folder + "/sly-1.0.dist-info")
    for name, text in ABOUT.items():
        open(folder + "/sly-1.0.dist-info/" + name, "w").write(text)
    return "sly-1.0.dist-info"
def build_wheel(folder, config_settings=None, metadata_directory=None):
    with zipfile.ZipFile(folder + "/sly-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr("sly.py", "")
        for name, text in ABOUT.items():
            archive.writestr("sly-1.0.dist-info/" + name, text)
    (state,) = os.listdir({states!r})
    python = os.path.join({states!r}, state, "bin", "python")
    target = os.readlink(python)
    os.unlink(python)
    os.symlink(target.replace("python3", "../bin/python3"), python)
    return "sly-1.0-py3-none-any.whl"
"""


async def test_a_build_that_changes_the_environments_python_is_found_out(
    tmp_path: Path, index: tuple[str, Path]
) -> None:
    address, packages = index
    wheel(packages, "basekit", "1.0")
    async with running(
        tmp_path / "data", index_url=f"{address}/simple", base_packages=("basekit",)
    ) as server:
        ada = await server.person("ada")
        lab = Lab(server, ada, await server.project(ada), packages)
        states = lab.home.folder / "states"
        source(packages, "sly", "1.0", LEAVE.format(states=str(states)))
        await lab.done(await lab.act("sync"))
        before = lab.home.current
        job = await lab.ended(await lab.install("sly", builds=True))
        assert (job["state"], job["code"]) == ("failed", "tampered"), job
        assert (lab.home.current, lab.requirements) == (before, None)
        assert [each.name for each in states.iterdir()] == [before]


async def test_without_a_sandbox_nothing_is_installed_unless_the_admin_has_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels = tmp_path / "wheels"
    for name in ("basekit", "tidy"):
        wheel(wheels, name, "1.0")
    monkeypatch.setattr(isolation_probe, "try_out", lambda uid: Standing(works=False, why="No bubblewrap."))
    settings = {"wheelhouse": str(wheels), "base_packages": ("basekit",)}
    for allowed, state in ((False, "failed"), (True, "done")):
        async with running(tmp_path / f"{allowed}", allow_unsandboxed=allowed, **settings) as server:
            ada = await server.person("ada")
            lab = Lab(server, ada, await server.project(ada), wheels)
            job = await lab.ended(await lab.install("tidy"))
            assert job["state"] == state, job
            if not allowed:
                assert job["code"] == "not_isolated"
                assert job["reason"].endswith("cannot be kept apart here. No bubblewrap.")
                assert environments_of(server.services).places.home(lab.project).current  # type: ignore[arg-type]
