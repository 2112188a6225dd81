"""What lets a project into its repository, and what must never get out: tokens and keys."""

from __future__ import annotations

import asyncio
import getpass
import os
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.server.test_git import cloned, edit, ended, notebook, notebooks
from tests.support import sshd
from tests.support.git_http import GitServer, git, git_server, missing
from tests.support.server import RunningServer, running

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(bool(missing()), reason=missing())]


@pytest.fixture
def far(tmp_path: Path) -> Iterator[GitServer]:
    with git_server(tmp_path / "far") as server:
        yield server


def holds(folder: Path, canary: str) -> list[Path]:
    """Return the files below `folder` that hold a text."""
    found = []
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink() and canary.encode() in file.read_bytes():
            found.append(file)
    return found


def fingerprint(key: Path) -> str:
    """Return what ssh itself says of a key."""
    return subprocess.run(["ssh-keygen", "-lf", str(key)], capture_output=True, text=True).stdout


class Watch:
    """Looks at every process there is, as `ps e` does, for as long as it is open."""

    def __init__(self, *canaries: str) -> None:
        self._canaries = [each.encode() for each in canaries]
        self.seen: list[str] = []
        self.looks = 0

    async def __aenter__(self) -> Watch:
        self._task = asyncio.create_task(asyncio.to_thread(self._look))
        self._open = True
        return self

    async def __aexit__(self, *_: object) -> None:
        self._open = False
        await self._task

    def _look(self) -> None:
        while self._open:
            self.looks += 1
            for pid in psutil.pids():
                for name in ("cmdline", "environ"):
                    try:
                        told = Path(f"/proc/{pid}/{name}").read_bytes()
                        if any(each in told for each in self._canaries):
                            self.seen.append(f"{pid} {name}")
                    except OSError:
                        continue


async def test_a_token_opens_the_repository_and_is_found_nowhere(
    near: RunningServer, far: GitServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    canary = f"canary{secrets.token_hex(8)}"
    far.tokens = {canary}
    far.new("tides", {"lunar.ipynb": notebook("a = 1")})
    ada = await near.person("ada")
    async with Watch(canary) as watch:
        closed = await ended(ada, await cloned(ada, far.url("tides")))
        assert (closed["state"], closed["problem"]["code"]) == ("failed", "needs_token")
        wrong = await ended(ada, await cloned(ada, far.url("tides"), token="wrong"))
        assert (wrong["state"], wrong["problem"]["code"]) == ("failed", "bad_token")
        project = await cloned(ada, far.url("tides"), user="ann", token=canary)
        assert (await ended(ada, project))["state"] == "ready"
        await edit(ada, (await notebooks(ada, project))["lunar"], 0, "a = 2")
        body = {"message": "Two", "push": True}
        assert (await ada.post(f"/api/projects/{project}/git/commit", body)).status == 201
        far.tokens = {"another"}
        revoked = await ada.post(f"/api/projects/{project}/git/pull", {})
        assert (revoked.status, revoked.code) == (409, "bad_token")
        told = await ada.get(f"/api/projects/{project}/git")
    assert watch.looks > 0
    assert watch.seen == []
    assert holds(tmp_path / "data", canary) == []
    assert canary not in told.body.decode()
    assert canary not in caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    far.tokens = {canary}
    given = await ada.put(f"/api/projects/{project}/git/access", {"token": canary})
    assert given.status == 204
    assert (await ada.post(f"/api/projects/{project}/git/pull", {})).json["state"] == "up_to_date"


@pytest.mark.skipif(bool(sshd.missing()), reason=sshd.missing())
async def test_a_deploy_key_is_made_and_the_host_key_is_accepted_by_somebody(
    near: RunningServer, far: GitServer
) -> None:
    bare = far.new("tides", {"lunar.ipynb": notebook("a = 1")})
    ada = await near.person("ada")
    with sshd.ssh_server() as host:
        url = f"ssh://{getpass.getuser()}@127.0.0.1:{host.port}{bare}"
        project = await cloned(ada, url)
        path = f"/api/projects/{project}/git"
        state = await ended(ada, project)
        assert state["problem"]["code"] == "host_key_unknown"
        assert state["access"]["public_key"].startswith("ssh-ed25519 ")
        shown = (await ada.post(f"{path}/host")).json
        assert shown["fingerprint"] in fingerprint(host.folder / "host_key.pub")
        assert shown["standing"] == "new"
        assert (await ada.put(f"{path}/host", {"key": "AAAA"})).code == "host_key_changed"
        assert (await ada.put(f"{path}/host", {"key": shown["key"]})).status == 204
        await ada.post(f"{path}/clone")
        assert (await ended(ada, project))["problem"]["code"] == "key_refused"
        with (host.folder / "authorized_keys").open("a") as file:
            file.write(state["access"]["public_key"] + "\n")
        await ada.post(f"{path}/clone")
        assert (await ended(ada, project))["state"] == "ready"
        await edit(ada, (await notebooks(ada, project))["lunar"], 0, "a = 2")
        made = await ada.post(f"{path}/commit", {"message": "Two", "push": True})
        assert made.status == 201, made.json
        assert far.show("tides", "lunar.ipynb") == notebook("a = 2")


async def test_no_code_of_a_repository_runs_and_no_setting_of_it_counts(
    near: RunningServer, far: GitServer
) -> None:
    marker = f"pwned-{secrets.token_hex(4)}"
    mark = f"touch /project/{marker} /tmp/{marker}"
    far.new(
        "tides",
        {
            "lunar.ipynb": notebook("a = 1"),
            "x.dat": "1\n",
            ".gitattributes": "* filter=e diff=e merge=e\n",
            ".gitmodules": f'[submodule "s"]\n\tpath = s\n\turl = "ext::sh -c {marker}"\n',
        },
    )
    ada = await near.person("ada")
    project = await cloned(ada, far.url("tides"))
    files = near.config.data / "projects" / project / "files"
    settings = files / ".git" / "config"
    settings.write_text(
        settings.read_text()
        + f'[core]\n\tfsmonitor = "{mark};false"\n\tsshCommand = "{mark}"\n\thooksPath = .git/hooks\n'
        + f'\tpager = "{mark}"\n\teditor = "{mark}"\n\taskPass = "{mark}"\n\tgitProxy = "{mark}"\n'
        + f'[filter "e"]\n\tclean = "{mark}; cat"\n\tsmudge = "{mark}; cat"\n\tprocess = "{mark}"\n'
        + f'[diff]\n\texternal = "{mark}"\n[diff "e"]\n\tcommand = "{mark}"\n\ttextconv = "{mark}"\n'
        + f'[merge "e"]\n\tdriver = "{mark}"\n[credential]\n\thelper = "!{mark}"\n'
        + f'[gpg]\n\tprogram = "{mark}"\n[commit]\n\tgpgSign = true\n[alias]\n\tstatus = "!{mark}"\n'
        + '[url "http://127.0.0.1:1/"]\n\tinsteadOf = http://127.0.0.1\n'
        + f'[include]\n\tpath = ../evil\n[remote "origin"]\n\tuploadpack = "{mark}"\n'
    )
    hooks = files / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("pre-commit", "post-checkout", "reference-transaction", "pre-push", "post-index-change"):
        (hooks / name).write_text(f"#!/bin/sh\n{mark}\n")
        (hooks / name).chmod(0o755)
    (files / "x.dat").write_text("2\n")
    path = f"/api/projects/{project}/git"
    await edit(ada, (await notebooks(ada, project))["lunar"], 0, "a = 2")
    assert {each["path"] for each in (await ended(ada, project))["changes"]} == {"lunar.ipynb", "x.dat"}
    assert (await ada.get(f"{path}/diff?path=x.dat")).json["text"].endswith("-1\n+2\n")
    made = await ada.post(f"{path}/commit", {"message": "Two", "push": True})
    assert made.status == 201, made.json
    far.commit("tides", {"x.dat": "3\n"})
    assert (await ada.post(f"{path}/pull", {})).json["state"] == "updated"
    assert (await ada.post(f"{path}/branches", {"name": "b"})).status == 204
    assert (await ada.post(f"{path}/switch", {"branch": "main"})).status == 204
    assert not list(files.rglob(f"*{marker}*"))
    assert marker not in os.listdir("/tmp")


async def test_who_may_not_bring_in_code_may_look_and_no_more(near: RunningServer, far: GitServer) -> None:
    far.new("tides", {"lunar.ipynb": notebook("a = 1")})
    ada, eve = await near.person("ada"), await near.person("eve")
    project = await cloned(ada, far.url("tides"))
    path = f"/api/projects/{project}/git"
    assert (await eve.get(path)).status == 404
    await ada.post(f"/api/projects/{project}/members", {"who": "eve", "role": "editor"})
    assert (await eve.get(path)).json["state"] == "ready"
    for method, where, body in (
        ("POST", "commit", {"message": "x"}),
        ("POST", "pull", {}),
        ("POST", "push", None),
        ("POST", "switch", {"branch": "main"}),
        ("PUT", "access", {"token": "x"}),
        ("PUT", "ignore", {"text": "*"}),
    ):
        assert (await eve(method, f"{path}/{where}", body)).status == 403, where


async def test_a_repository_that_is_too_large_is_refused_and_leaves_nothing(
    tmp_path: Path, far: GitServer
) -> None:
    far.new("tides", {"big.bin": secrets.token_bytes(3 * 1024 * 1024)})
    settings = {"private_hosts": ("127.0.0.1",), "git_max_bytes": 1024 * 1024}
    async with running(tmp_path / "data", **settings) as near:
        ada = await near.person("ada")
        project = await cloned(ada, far.url("tides"))
        state = await ended(ada, project)
        assert (state["state"], state["problem"]["code"]) == ("failed", "too_large")
        assert not (near.config.data / "projects" / project / "files" / ".git").exists()
        assert (
            await ada.post("/api/projects", {"name": "x", "git": {"url": "ext::sh"}})
        ).code == "bad_address"


async def test_an_empty_repository_gets_its_first_commit_from_here(
    near: RunningServer, far: GitServer
) -> None:
    far.new("tides")
    ada = await near.person("ada")
    project = await cloned(ada, far.url("tides"))
    assert (await ended(ada, project))["state"] == "ready"
    made = await ada.post(f"/api/projects/{project}/notebooks", {"name": "Lunar: 1/2"})
    await edit(ada, made.json["id"], 0, "a = 1")
    assert [each["path"] for each in (await ended(ada, project))["changes"]] == ["Lunar_ 1/2.ipynb"]
    body = {"message": "First", "push": True}
    assert (await ada.post(f"/api/projects/{project}/git/commit", body)).status == 201
    assert git(far.bare("tides"), "log", "--format=%an %s", "main").strip() == "Ada First"
