"""Connections in real kernels: there under their usual names before the first cell, and nowhere else."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from kernel_manager.engines.local import LocalEngine
from server.connections.surroundings import names_of
from server.db.repositories.connections import ConnectionRow
from server.sessions.part import owner_of
from tests.server.test_connections import CANARY, add, files_holding
from tests.server.test_warm_kernel import Desk
from tests.support.server import running
from tests.support.socket_page import Page

S3 = {"access_key_id": "AKIAEXAMPLE", "secret_access_key": CANARY, "endpoint": "http://127.0.0.1:9"}
KEY = "MIIEcanary5d0fKEYcanary"
GOOGLE = json.dumps(
    {
        "type": "service_account",
        "project_id": "p",
        "client_email": "a@b",
        "private_key": f"-----BEGIN PRIVATE KEY-----\n{KEY}\n-----END PRIVATE KEY-----\n",
    }
)

LOOK = r"""
import json, os, subprocess, sys
path = os.environ.get("GOOGLE_APPLICATION_CREDENTIALS")
read = "import os; print(len(open(os.environ['GOOGLE_APPLICATION_CREDENTIALS']).read()))"
print(json.dumps({
    "names": sorted(n for n in os.environ if n[:4] in ("AWS_", "GOOG", "TEAM")),
    "length": len(os.environ.get("AWS_SECRET_ACCESS_KEY", "")),
    "file": path and [json.load(open(path))["project_id"], oct(os.stat(path).st_mode & 0o777)],
    "child": path and subprocess.check_output([sys.executable, "-c", read], text=True).strip(),
    "started with": "cAnAry" in open("/proc/self/environ", errors="replace").read(),
}))
"""

LEAK = r"""
import os, sys, time, warnings
from IPython.display import HTML
secret = os.environ["AWS_SECRET_ACCESS_KEY"]
for part in (secret[:7], secret[7:], "|\n"):
    sys.stdout.write(part)
    sys.stdout.flush()
print(dict(os.environ), file=sys.stderr)
print(open(os.environ["GOOGLE_APPLICATION_CREDENTIALS"]).read())
os.system('echo "from a child: $AWS_SECRET_ACCESS_KEY"')
display(HTML(f"<b>{secret}</b>"), {"deep": [secret]})
raise ValueError(f"the password {secret} is wrong")
"""


def row(id: str, kind: str, name: str) -> Any:
    return ConnectionRow(id, "p", kind, name, True, {}, None, None, None)  # type: ignore[arg-type]


def test_the_older_connection_has_the_usual_names_and_the_next_one_its_own_before_them() -> None:
    database = {"host": "h", "port": 5432, "user": "u", "password": "p", "tls": "verify", "ca": "PEM"}
    found = names_of(
        [
            (row("1", "postgresql", "Shop"), database),
            (row("2", "postgresql", "7 Größen!"), {"host": "h2"}),
            (row("3", "variables", "Keys"), {"TOKEN": "t", "PGHOST": "x"}),
            (row("4", "git", "Code"), {"token": "t"}),
            (row("5", "gcs", "Bucket"), {"credentials": "{}", "bucket": "b"}),
        ]
    )
    assert found["1"].variables == {
        "PGHOST": "h",
        "PGPORT": "5432",
        "PGUSER": "u",
        "PGPASSWORD": "p",
        "PGSSLMODE": "verify-full",
    }
    assert found["1"].files == {"PGSSLROOTCERT": "PEM"}
    assert found["2"].all == ["CONNECTION_7_GROEN_PGHOST"]
    assert found["3"].variables == {"KEYS_TOKEN": "t", "KEYS_PGHOST": "x"}
    assert found["4"].all == []
    assert found["5"].files == {"GOOGLE_APPLICATION_CREDENTIALS": "{}"}


def processes_holding(secrets: list[str]) -> list[str]:
    """Return the processes that show a secret on their command line or were started with one."""
    found = []
    for process in psutil.process_iter():
        try:
            told = [*process.cmdline(), *process.environ().values()]
        except (psutil.Error, OSError):
            continue
        if any(secret in text for secret in secrets for text in told):
            found.append(process.name())
    return found


@pytest.mark.kernel
async def test_a_kernel_has_its_connections_and_nothing_else_ever_holds_a_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with running(tmp_path, prewarmed=1, kernel_python=sys.executable) as server:
        ada = await server.person("ada")
        desk = Desk(server, ada, await server.project(ada))
        at, (look, leak) = await desk.notebook(LOOK, LEAK)
        store = await add(ada, desk.project, "s3", "Store", **S3)
        page = await Page.open(ada, at.rpartition("/")[2])
        await (
            desk.until_warm()
        )  # a kernel that waits knows no secret; whoever takes it brings what holds then
        await add(ada, desk.project, "gcs", "Google", credentials=GOOGLE)

        names = ["AWS_ACCESS_KEY_ID", "AWS_ALLOW_HTTP", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"]
        names += [
            "AWS_ENDPOINT_URL_S3",
            "AWS_REGION",
            "AWS_SECRET_ACCESS_KEY",
            "GOOGLE_APPLICATION_CREDENTIALS",
        ]
        seen = json.loads(await desk.run(at, look))
        assert seen == {
            "names": names,
            "length": len(CANARY),
            "file": ["p", "0o600"],
            "child": str(len(GOOGLE)),
            "started with": False,
        }
        said = await desk.run(at, leak)
        assert "[secret]|" in said
        assert "from a child: [secret]" in said
        assert "the password [secret] is wrong" in said
        for shown in ((await ada.get(f"{at}/ipynb")).body, (await ada.get(f"{at}/variables")).body):
            assert b"9fe1" not in shown
            assert KEY.encode() not in shown

        # A change reaches the kernel that runs; what was detached is gone.
        where = f"/api/projects/{desk.project}/connections/{store['id']}"
        changed = await ada.patch(where, {"attached": False})
        assert changed.json["kernels"] == {"told": 1, "restart": []}
        await add(ada, desk.project, "variables", "Team", TEAM_TOKEN="a token of the team")
        assert json.loads(await desk.run(at, look))["names"] == [
            "GOOGLE_APPLICATION_CREDENTIALS",
            "TEAM_TOKEN",
        ]
        await ada.post(f"{at}/kernel", {"action": "restart"})
        assert json.loads(await desk.run(at, look))["names"] == [
            "GOOGLE_APPLICATION_CREDENTIALS",
            "TEAM_TOKEN",
        ]

        secrets = [CANARY, KEY, "a token of the team"]
        assert processes_holding(secrets) == []
        for secret in secrets:
            assert files_holding(tmp_path, secret) == []
            assert secret not in caplog.text
        events = (await ada.get(f"{where}/events")).json["items"]
        assert ("connection used", "kernel", "ada") in [
            (each["action"], each["detail"].get("for"), each["by"]["name"]) for each in events
        ]
        await page.close()
        owner = await owner_of(server.services.database)
    engine = LocalEngine(tmp_path / "kernels")
    for handle in await engine.list(owner):
        await engine.cancel(handle)
