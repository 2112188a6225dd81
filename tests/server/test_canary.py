"""One server uses secrets of every kind; then none is in a file, a log, a process or a database dump."""

from __future__ import annotations

import base64
import json
import logging
import secrets
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.server.test_connections import add
from tests.server.test_git import cloned, edit, ended, notebook, notebooks
from tests.server.test_git_access import Watch
from tests.server.test_sql import failure_of, sql
from tests.server.test_store import KINDS, empty_database
from tests.support.databases import postgres
from tests.support.git_http import git_server, missing
from tests.support.server import RunningServer, running
from tests.support.socket_page import Page

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(bool(missing()), reason=missing()), pytest.mark.slow]

LEAK = """
import os, sys
print(dict(os.environ))
raise ValueError(os.environ["AWS_SECRET_ACCESS_KEY"])
"""


def canary(kind: str) -> str:
    return f"cAnAry{kind}{secrets.token_hex(8)}"


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def found_in(content: bytes, canaries: Sequence[str]) -> list[str]:
    """Return which secrets occur in a content: as they are, as JSON or base64 write them, or packed."""
    contents = [content]
    with suppress(zlib.error):
        contents.append(zlib.decompress(content))  # git's own objects
    return [
        each
        for each in canaries
        for form in (each.encode(), json.dumps(each).encode()[1:-1], base64.b64encode(each.encode())[:-4])
        if any(form in content for content in contents)
    ]


def files_with(folder: Path, canaries: Sequence[str]) -> list[str]:
    """Return the files in which one of them occurs."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return [f"{path}: {found}" for path in files if (found := found_in(path.read_bytes(), canaries))]


def dump_of(server: RunningServer) -> bytes:
    """Return everything that the server's database holds."""
    url = server.services.database.url
    if url.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(url.database))) as database:
            database.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
            return "\n".join(database.iterdump()).encode("utf-8", "surrogateescape")
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return subprocess.run(["pg_dump", "--inserts", address], capture_output=True, check=True).stdout


@pytest.mark.parametrize("kind", KINDS)
async def test_after_git_sql_and_s3_no_secret_is_anywhere(
    tmp_path: Path, moto: str, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "commonbook")
    token, password, key = canaries = [canary("git"), canary("sql"), canary("s3")]
    data = tmp_path / "data"
    settings: dict[str, Any] = {"private_hosts": ("127.0.0.1",), "kernel_python": sys.executable}
    with git_server(tmp_path / "far") as far, postgres() as shop:
        far.tokens = {token}
        far.new("tides", {"lunar.ipynb": notebook("a = 1")})
        async with empty_database(kind, tmp_path) as database, Watch(*canaries) as watch:
            if kind == "postgres":
                settings["database_url"] = database.url.set(drivername="postgresql").render_as_string(
                    hide_password=False
                )
            async with running(data, **settings) as near:
                ada = await near.person("ada")
                project = await cloned(ada, far.url("tides"), user="ann", token=token)
                git = f"/api/projects/{project}/git"
                assert (await ended(ada, project))["state"] == "ready"
                lunar = (await notebooks(ada, project))["lunar"]
                await edit(ada, lunar, 0, LEAK)
                made = await ada.post(f"{git}/commit", {"message": "Two", "push": True})
                assert made.status == 201, made.json

                store = await add(
                    ada, project, "s3", "Store", access_key_id="AKIA", secret_access_key=key, endpoint=moto
                )
                base = await add(ada, project, "postgresql", "Shop", **{**shop, "password": password})
                connections = f"/api/projects/{project}/connections"
                for each in (store, base):
                    tested = (await ada.post(f"{connections}/{each['id']}/test")).json
                    assert tested["outcome"] == "ok", tested
                assert (await ada.get(f"{connections}/{store['id']}/objects")).status == 200

                page = await Page.open(ada, lunar)
                # The kernel is lent the password; its sandbox has no way to this machine, so it fails.
                failed = await failure_of(page, sql(page, "select 1", connection=base["id"]))
                uses = (await ada.get(f"{connections}/{base['id']}/events")).json["items"]
                assert "query" in [each["detail"].get("for") for each in uses]
                leaks = (await ada.get(f"/api/notebooks/{lunar}")).json["cells"][0]["id"]
                await page.order("run", cell_id=leaks)
                leaked = (await page.until_state(leaks, "error")).outputs
                shown = [
                    str(failed),
                    str(leaked),
                    (await ada.get(f"/api/notebooks/{lunar}/ipynb")).body.decode(),
                    (await ada.get(connections)).body.decode(),
                    (await ada.get(git)).body.decode(),
                ]
                assert "[secret]" in str(leaked)
                far.tokens = {"another"}
                assert (await ada.post(f"{git}/pull", {})).code == "bad_token"
                await ada.post(f"/api/notebooks/{lunar}/kernel", {"action": "stop"})
                await page.close()
                shown.append(caplog.text + "".join(str(record.__dict__) for record in caplog.records))
                assert [found_in(text.encode(), canaries) for text in shown] == [[]] * len(shown)
                dump = dump_of(near)
                assert b"lunar" in dump, "the dump holds what there is"
                assert found_in(dump, canaries) == []
                assert files_with(data, canaries) == []
    assert watch.looks > 0
    assert watch.seen == []
    (tmp_path / "planted").write_bytes(zlib.compress(f"it is {password}".encode()))
    assert len(files_with(tmp_path, canaries)) == 1, "a secret in a packed file would have been found"
