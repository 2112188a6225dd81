"""The server is killed while a file is on its way: what arrived stays, and the upload goes on from there."""

from __future__ import annotations

import json
import socket
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.support.live import LiveServer

pytestmark = [pytest.mark.faults]

SIZE, SENT = 6_000_000, 4_000_000
LIMIT_S = 30.0


def test_a_server_killed_during_an_upload_keeps_what_arrived(live: LiveServer) -> None:
    ada = live.person("ada")
    project = ada.project("Tides")
    path = f"/api/projects/{project}/files/large.bin"
    head = (
        f"PUT {path} HTTP/1.1\r\nHost: {live.url.removeprefix('http://')}\r\n"
        f"Authorization: Bearer {ada.token}\r\nContent-Length: {SIZE}\r\n"
        f"Content-Range: bytes 0-{SIZE - 1}/{SIZE}\r\n\r\n"
    )
    host, _, port = live.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as line:
        line.sendall(head.encode() + b"a" * SENT)
        uploads = live.folder / "projects" / project / "uploads"
        end = time.monotonic() + LIMIT_S
        while time.monotonic() < end and not _arrived(uploads):
            time.sleep(0.02)  # another process writes there
        live.kill()
    files = live.folder / "projects" / project / "files"
    assert not (files / "large.bin").exists()
    live.start()

    def put(body: bytes, part: str) -> Any:
        headers = {"Authorization": f"Bearer {ada.token}", "Content-Range": f"bytes {part}/{SIZE}"}
        request = urllib.request.Request(live.url + path, body, headers, method="PUT")
        with urllib.request.urlopen(request, timeout=LIMIT_S) as answer:
            return json.loads(answer.read())

    offset = put(b"", "*")["offset"]
    assert 1_000_000 <= offset <= SENT
    put(b"b" * (SIZE - offset), f"{offset}-{SIZE - 1}")
    assert (files / "large.bin").read_bytes() == b"a" * offset + b"b" * (SIZE - offset)


def _arrived(uploads: Path) -> bool:
    return any(each.stat().st_size >= 1_000_000 for each in uploads.rglob("*") if each.is_file())
