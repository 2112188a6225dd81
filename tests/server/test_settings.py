"""Settings, limits, logs, background tasks and the command line."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path

import nbformat
import pytest

from server import welcome
from server.config import BadSetting, Config, load
from server.credentials import digest, new_secret, parse_token, token_text
from server.folder_lock import FolderLock, FolderTaken
from server.limits import TryLimit, attempt
from server.logs import JsonLines, PlainLines, safe
from server.offline import add_user
from server.refusals import Refusal
from server.tasks import Tasks
from server.welcome import read_welcome
from tests.server.test_requests import corpus, text_of
from tests.support.server import Client, empty_database


def test_later_sources_win_and_are_remembered(tmp_path: Path) -> None:
    (tmp_path / "commonbook.toml").write_text(
        'port = 1\nhost = "::1"\nhosts = ["a", "b"]\nopen_signup = true\n'
    )
    environment = {"COMMONBOOK_PORT": "2", "COMMONBOOK_HOSTS": "c, d", "COMMONBOOK_DATA": str(tmp_path)}
    config = load({"port": 3}, environment)
    assert (config.port, config.host, config.hosts, config.open_signup) == (3, "::1", ("c", "d"), True)
    assert config.sources["port"] == "--port"
    assert config.sources["hosts"] == "COMMONBOOK_HOSTS"
    assert config.sources["host"] == str(tmp_path / "commonbook.toml")
    assert config.sources["kernel_python"] == "default"


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"COMMONBOOK_PORT": "many"}, "whole number"),
        ({"COMMONBOOK_PORT": "70000"}, "between 0 and 65535"),
        ({"COMMONBOOK_OPEN_SIGNUP": "perhaps"}, "true or false"),
        ({"COMMONBOOK_BASE_URL": "notes.example.org"}, "without a path"),
        ({"COMMONBOOK_BASE_URL": "https://a.example/b"}, "without a path"),
        ({"COMMONBOOK_TRUSTED_PROXIES": "proxy"}, "no address"),
        ({"COMMONBOOK_PREWARMED": "-1"}, "whole number"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    tmp_path: Path, environment: dict[str, str], words: str
) -> None:
    with pytest.raises(BadSetting, match=words):
        load({"data": tmp_path}, environment)


def test_a_misspelt_setting_is_an_error_and_not_ignored(tmp_path: Path) -> None:
    (tmp_path / "commonbook.toml").write_text("prot = 1\n")
    with pytest.raises(BadSetting, match="prot"):
        load({"data": tmp_path}, {})


def test_hosts_and_origins_are_exact() -> None:
    config = Config(port=80, base_url="https://Notes.example", hosts=("a.example:81",))
    assert {"notes.example", "localhost:80", "[::1]:80", "a.example:81"} <= config.allowed_hosts
    assert "https://notes.example" in config.allowed_origins
    assert "https://a.example:81" in config.allowed_origins
    assert "http://a.example:81" not in config.allowed_origins
    assert "http://b.example" in Config(hosts=("B.example",)).allowed_origins


def test_tries_are_counted_for_each_key_within_a_window() -> None:
    limit = TryLimit(2, 10)
    for now in (0, 1):
        attempt([(limit, "a")], now)
    with pytest.raises(Refusal) as refused:
        attempt([(limit, "a")], 2)
    assert refused.value.retry_after_s == 9
    attempt([(limit, "b")], 2)
    attempt([(limit, "a")], 10.5)
    limit.forgive("a")
    attempt([(limit, "a")], 10.6)


def test_a_refused_try_counts_nowhere() -> None:
    full, empty = TryLimit(1, 10), TryLimit(5, 10)
    attempt([(full, "a")], 0)
    with pytest.raises(Refusal):
        attempt([(full, "a"), (empty, "b")], 1)
    assert empty.wait_s("b", 1) == 0
    assert "b" not in empty._seen


def test_a_token_is_read_back_and_nothing_else_is() -> None:
    secret = new_secret()
    parts = parse_token(token_text("abc", secret))
    assert parts is not None
    assert (parts.id, parts.sha256) == ("abc", digest(secret))
    for wrong in ("", "cb", "cb_a", "xx_a_b", "cb_" + "a" * 65 + "_b"):
        assert parse_token(wrong) is None


def _record(message: str, **extra: object) -> logging.LogRecord:
    record = logging.LogRecord("commonbook", logging.INFO, "", 0, message, (), None)
    vars(record).update(extra)
    return record


@pytest.mark.parametrize("item", corpus("log_value"))
@pytest.mark.parametrize("formatter", [JsonLines(), PlainLines()])
def test_a_hostile_value_stays_on_its_line(formatter: logging.Formatter, item: dict[str, str]) -> None:
    line = formatter.format(_record("request", path=text_of(item)))
    assert line.isprintable()
    assert len(line) < 3000
    if isinstance(formatter, JsonLines):
        assert json.loads(line)["event"] == "request"


def test_what_looks_like_our_secrets_is_blotted_out() -> None:
    for secret in (token_text("0123456789abcdef", new_secret()), new_secret("l-"), f"/setup#{new_secret()}"):
        assert new_secret("")[:0] + secret[-20:] not in safe(f"before {secret} after")
        assert "[secret]" in safe(f"before {secret} after")


async def test_a_task_that_fails_begins_again(caplog: pytest.LogCaptureFixture) -> None:
    tasks, tries = Tasks(), 0
    again = asyncio.Event()

    async def work() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise RuntimeError("once")
        again.set()

    tasks.keep("work", work)
    await asyncio.wait_for(again.wait(), 3)
    assert "task failed" in caplog.text
    await tasks.close()


async def test_a_required_task_that_fails_stops_the_server(caplog: pytest.LogCaptureFixture) -> None:
    fatal: list[str] = []
    tasks = Tasks(fatal.append)

    async def fail() -> None:
        raise RuntimeError("gone")

    with pytest.raises(RuntimeError):
        await tasks.require("heart", fail())
    await asyncio.sleep(0)
    assert fatal == ["heart"]
    await tasks.close()


async def test_closing_ends_all_tasks() -> None:
    tasks = Tasks()
    endless = tasks.start("endless", asyncio.Event().wait())
    await tasks.close()
    assert endless.cancelled()


def test_a_folder_has_one_server(tmp_path: Path) -> None:
    lock = FolderLock.take(tmp_path)
    with pytest.raises(FolderTaken, match=str(os.getpid())):
        FolderLock.take(tmp_path)
    lock.release()
    FolderLock.take(tmp_path).release()


async def _command(folder: Path, *arguments: str, given: str = "") -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "server.cli",
        *arguments,
        "--data",
        str(folder),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(given.encode()), 60)
    return process.returncode, out.decode(), err.decode()


async def test_accounts_and_tokens_are_made_beside_a_running_server(tmp_path: Path) -> None:
    (tmp_path / "commonbook.sqlite3").write_bytes(empty_database().read_bytes())
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "server.cli",
            "serve",
            "--no-browser",
            "--port",
            "0",
            "--data",
            str(tmp_path),
        ),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"COMMONBOOK_KERNEL_PYTHON": sys.executable},
    )
    assert process.stdout is not None
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), 60)).decode()
        assert "/setup#" in line
        user = ("user", "add", "olga", "--email", "olga@example.org", "--password-stdin", "--admin")
        assert (await _command(tmp_path, *user, given="short\n"))[0] == 1
        assert (await _command(tmp_path, *user, given="correct horse battery\n"))[0] == 0
        status, token, _ = await _command(tmp_path, "token", "create", "olga", "--expires-days", "2")
        assert status == 0
        base = line.split()[3]
        script = Client(base, headers={"Authorization": f"Bearer {token.strip()}"})
        try:
            assert (await script.get("/api/me")).json["admin"] is True
            await _shows_the_welcome_notebook(script)
        finally:
            await script.close()
        status, _, words = await _command(tmp_path, "serve", "--no-browser", "--port", "0")
        assert (status, f"process {process.pid}" in words) == (1, True)
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 0
    assert "Traceback" not in errors.decode()
    assert "/setup#" not in errors.decode()


async def _shows_the_welcome_notebook(script: Client) -> None:
    (project,) = (await script.get("/api/projects")).json["items"]
    (listed,) = (await script.get(f"/api/projects/{project['id']}/notebooks")).json["items"]
    assert (project["name"], listed["name"]) == ("Welcome", "Welcome")
    held = read_welcome()
    notebook = (await script.get(f"/api/notebooks/{listed['id']}")).json
    assert len(notebook["cells"]) == listed["cells"] == len(json.loads(held)["cells"])
    file = await script.get(f"/api/notebooks/{listed['id']}/ipynb")
    assert json.loads(file.body) == nbformat.reads(held.decode(), as_version=4)


async def test_an_account_is_made_even_where_the_welcome_notebook_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "commonbook.sqlite3").write_bytes(empty_database().read_bytes())
    monkeypatch.setattr(welcome, "read_welcome", lambda: b"{")
    said = await add_user(Config(data=tmp_path), "olga", "o@example.org", "correct horse", admin=True)
    assert "olga is ready" in said
    assert "welcome notebook" in caplog.text
    with pytest.raises(BadSetting, match="already"):
        await add_user(Config(data=tmp_path), "olga", "o@example.org", "correct horse", admin=True)


async def test_the_doctor_says_where_each_setting_came_from(tmp_path: Path) -> None:
    _, out, _ = await _command(tmp_path, "doctor")
    assert f"data = '{tmp_path}'  (--data)" in out
    assert "port = 8800  (default)" in out
    assert "isolation: bubblewrap holds" in out
    assert "limits: cgroup" in out
