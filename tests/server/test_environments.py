"""Environments of projects with the real uv and wheels that the tests make: nothing is fetched."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from collab.wire import JobProgress
from kernel_manager.environment.states import Home
from server.environments.cell_installs import wishes_of
from server.environments.change import Change
from server.environments.part import environments_of
from server.environments.plans import Install
from server.refusals import Refusal
from server.services import ChangedModules
from tests.support.server import Answer, Client, RunningServer, SpySessions, running
from tests.support.text_page import TextPage
from tests.support.wheels import pipe, source, wheel

HOSTILE = Path(__file__).parents[1] / "data" / "hostile" / "requirements.json"
LIMIT_S = 60.0


class Lab:
    """A project on a server whose packages come from a folder of wheels, and people in it."""

    def __init__(self, server: RunningServer, owner: Client, project: str, wheels: Path) -> None:
        self.server = server
        self.owner = owner
        self.project = project
        self.wheels = wheels
        self.at = f"/api/projects/{project}"
        self.sessions = server.services.sessions
        self.spy = SpySessions()
        server.services.sessions = self.spy  # type: ignore[assignment]

    @property
    def home(self) -> Home:
        return environments_of(self.server.services).places.home(self.project)  # type: ignore[arg-type]

    @property
    def files(self) -> Path:
        folder = self.server.config.data / "projects" / self.project / "files"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def requirements(self) -> str | None:
        path = self.files / "requirements.txt"
        return path.read_bytes().decode() if path.exists() else None

    async def begin(self) -> None:
        """Make the environment, as the first kernel does."""
        await environments_of(self.server.services).python_of(self.project, lambda _: None)  # type: ignore[arg-type]

    async def install(self, *lines: str, by: Client | None = None, **more: Any) -> Answer:
        return await (by or self.owner).post(f"{self.at}/packages", {"lines": list(lines), **more})

    async def act(self, action: str, **more: Any) -> Answer:
        return await self.owner.post(f"{self.at}/environment", {"action": action, **more})

    async def ended(self, answer: Answer) -> dict[str, Any]:
        """Wait until the job of an answer has ended, and return it."""
        assert answer.status == 202, answer.body
        live = environments_of(self.server.services).live(answer.json["id"])
        assert live is not None
        assert live.task is not None
        await asyncio.wait_for(asyncio.wait([live.task]), LIMIT_S)
        job: dict[str, Any] = (await self.owner.get(f"/api/jobs/{answer.json['id']}")).json
        return job

    async def done(self, answer: Answer) -> dict[str, Any]:
        job = await self.ended(answer)
        assert job["state"] == "done", f"{job['reason']}\n{job['detail']}"
        return job

    async def see(self) -> dict[str, Any]:
        seen: dict[str, Any] = (await self.owner.get(f"{self.at}/environment")).json
        return seen

    async def versions(self) -> dict[str, str]:
        return {package["name"]: package["version"] for package in (await self.see())["packages"]}

    def python(self, code: str) -> str:
        """Run code as a kernel of the project would see it, in a fresh process."""
        done = subprocess.run(
            [self.home.python, "-c", code], capture_output=True, text=True, check=True, timeout=LIMIT_S
        )
        return done.stdout.strip()


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """What can be installed: a base, and packages that need, fit and contradict each other."""
    folder = tmp_path / "wheels"
    for name, version in (("basekit", "1.0"), ("tidy", "1.0"), ("tidy", "1.4.2"), ("tidy", "2.1")):
        wheel(folder, name, version)
    wheel(folder, "needy", "1.0", needs=["tidy<2"])
    wheel(folder, "modern", "1.0", needs=["tidy>=2"])
    wheel(folder, "future-only", "1.0", python=">=3.99")
    return folder


@pytest.fixture
async def lab(tmp_path: Path, wheels: Path) -> AsyncIterator[Lab]:
    settings = {"wheelhouse": str(wheels), "base_packages": ("basekit",), "source_builds": True}
    async with running(tmp_path / "data", **settings) as server:
        owner = await server.person("ada")
        yield Lab(server, owner, await server.project(owner), wheels)


async def test_an_install_brings_the_package_the_line_and_the_lock(lab: Lab) -> None:
    job = await lab.done(await lab.install("tidy"))
    assert job["changes"] == [{"name": "tidy", "before": None, "after": "2.1"}]
    assert lab.requirements == "tidy~=2.1\n"
    lock = (lab.files / "requirements.lock.txt").read_text()
    assert "tidy==2.1" in lock
    assert "basekit==1.0" in lock
    assert lab.python("import tidy, basekit; print(tidy.__version__)") == "2.1"
    seen = await lab.see()
    assert seen["lock"] == "fresh"
    assert [(p["name"], p["origin"]) for p in seen["packages"]] == [("basekit", "base"), ("tidy", "declared")]
    assert all(package["size"] > 0 for package in seen["packages"])


async def test_the_authors_limits_win_and_every_other_byte_stays(lab: Lab) -> None:
    file = lab.files / "requirements.txt"
    for head, encoding in (
        ("\ufeff", "utf-8"),
        ("\ufeff", "utf-16-le"),
        ("\ufeff", "utf-16-be"),
        ("# -*- coding: cp1252 -*- \u20ac\r\n", "cp1252"),
        ("# donn\xe9es, in no encoding that it names\r\n", "latin-1"),
    ):
        before = head + "# what we use\r\n\r\nbasekit \\\r\n  >=1  # a comment\r\n# the end"
        file.write_bytes(before.encode(encoding))
        await lab.done(await lab.install("tidy<2"))
        assert file.read_bytes() == (before + "\r\ntidy<2").encode(encoding), encoding
    assert (await lab.versions())["tidy"] == "1.4.2"
    file.write_bytes("# no mark: basekit\n".encode("utf-16-le"))
    answer = await lab.install("tidy<2")
    assert (answer.status, answer.json["error"]["code"]) == (409, "bad_requirements")
    assert file.read_bytes() == "# no mark: basekit\n".encode("utf-16-le")


async def test_two_clicks_at_the_same_time_are_one_install_and_one_line(lab: Lab) -> None:
    answers = await asyncio.gather(*(lab.install("tidy") for _ in range(4)))
    assert len({answer.json["id"] for answer in answers}) == 1
    await lab.done(answers[0])
    again = await lab.done(await lab.install("tidy"))
    assert again["changes"] == []
    assert again["reason"] == "Nothing had to be changed."
    assert lab.requirements == "tidy~=2.1\n"
    assert len((await lab.see())["history"]) == 2


async def test_different_installs_at_the_same_time_both_count(lab: Lab) -> None:
    answers = [await lab.install("tidy<2"), await lab.install("needy")]
    for answer in answers:
        await lab.done(answer)
    assert lab.requirements == "tidy<2\nneedy~=1.0\n"


@pytest.mark.parametrize(
    ("lines", "code", "words"),
    [
        (["tydi"], "no_such_package", "There is no package named tydi. Check the spelling."),
        (["tidy==99"], "no_version", "No version of tidy fits what is asked for, tidy==99."),
        (["needy", "modern"], "conflict", "they need different versions of tidy. Loosen one of them."),
        (["future-only"], "wrong_python", "future-only needs Python >=3.99"),
    ],
)
async def test_a_failed_install_says_why_and_changes_nothing(
    lab: Lab, lines: list[str], code: str, words: str
) -> None:
    await lab.done(await lab.install("tidy<2"))
    before = (await lab.see(), lab.requirements, lab.home.current)
    job = await lab.ended(await lab.install(*lines))
    assert (job["state"], job["code"]) == ("failed", code)
    assert words in job["reason"]
    assert "No solution found" in job["detail"]
    after = await lab.see()
    assert after["job"]["id"] == job["id"]
    assert (after | {"job": before[0]["job"]}, lab.requirements, lab.home.current) == before
    assert not list((lab.home.folder / "states").glob(f"{job['id']}*"))


async def test_a_package_that_fails_to_build_says_so_and_nothing_is_built_unasked(lab: Lab) -> None:
    source(lab.wheels, "rough", "1.0", "raise RuntimeError('no compiler here')\n")
    unasked = await lab.ended(await lab.install("rough", confirmed=True))
    assert unasked["code"] == "needs_build"
    assert "rough has no ready-made file for this Python" in unasked["reason"]
    assert "compiler" not in unasked["detail"]
    asked = await lab.ended(await lab.install("rough", builds=True, confirmed=True))
    assert asked["code"] == "build_failed"
    assert asked["reason"].startswith("rough could not be built from its source.")
    assert "no compiler here" in asked["detail"]
    assert lab.requirements is None


async def test_nothing_is_built_where_the_admin_has_not_opened_it(tmp_path: Path, wheels: Path) -> None:
    source(wheels, "rough", "1.0", "")
    settings = {"wheelhouse": str(wheels), "base_packages": ("basekit",), "source_builds": False}
    async with running(tmp_path / "data", **settings) as server:
        owner = await server.person("ada")
        lab = Lab(server, owner, await server.project(owner), wheels)
        (lab.files / "lib").mkdir()
        for line in ("rough", "-e ./lib"):
            job = await lab.ended(await lab.install(line, builds=True, confirmed=True))
            assert (job["state"], job["code"]) == ("failed", "no_builds")
        assert lab.requirements is None


async def test_the_installer_sees_no_secret_of_the_server(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMONBOOK_MASTER_KEY", "canary-secret")
    backend = "import os\nraise RuntimeError(str(dict(os.environ)))\n"
    source(lab.wheels, "nosy", "1.0", backend)
    job = await lab.ended(await lab.install("nosy", builds=True, confirmed=True))
    assert job["code"] == "build_failed"
    assert "PATH" in job["detail"]
    assert "canary-secret" not in job["detail"]


async def test_removing_takes_out_the_line_and_going_back_brings_all_of_it_again(lab: Lab) -> None:
    await lab.done(await lab.install("needy"))
    assert set(await lab.versions()) == {"basekit", "needy", "tidy"}
    job = await lab.done(await lab.owner.delete(f"{lab.at}/packages/needy"))
    assert {change["name"] for change in job["changes"]} == {"needy", "tidy"}
    assert lab.requirements == ""
    history = (await lab.see())["history"]
    assert [state["kind"] for state in history] == ["remove", "install", "create"]
    await lab.done(await lab.act("rollback", state=history[1]["id"]))
    assert lab.requirements == "needy~=1.0\n"
    assert lab.python("import needy, tidy; print('both')") == "both"
    assert (await lab.see())["history"][0]["kind"] == "rollback"


async def test_a_state_that_was_removed_from_disk_is_built_again(lab: Lab) -> None:
    await lab.done(await lab.install("tidy<2"))
    first = (await lab.see())["history"][0]
    await lab.done(await lab.install("tidy>=2"))
    await asyncio.to_thread(lab.home.drop, first["id"])
    assert [state["kept"] for state in (await lab.see())["history"]][1] is False
    await lab.done(await lab.act("rollback", state=first["id"]))
    assert lab.python("import tidy; print(tidy.__version__)") == "1.4.2"


async def test_what_is_needed_is_not_removed(lab: Lab) -> None:
    await lab.done(await lab.install("needy"))
    job = await lab.ended(await lab.owner.delete(f"{lab.at}/packages/tidy"))
    assert (job["state"], job["reason"]) == ("failed", "tidy is needed by needy. Remove needy instead.")
    assert (await lab.ended(await lab.owner.delete(f"{lab.at}/packages/nothing")))["code"] == "not_installed"


async def test_an_upgrade_lifts_the_limit_that_an_install_wrote(lab: Lab) -> None:
    (lab.files / "requirements.txt").write_text("tidy~=1.0  # ours\nbasekit<2\n")
    await lab.done(await lab.act("sync"))
    assert (await lab.versions())["tidy"] == "1.4.2"
    job = await lab.done(await lab.owner.post(f"{lab.at}/packages/tidy/upgrade"))
    assert job["changes"] == [{"name": "tidy", "before": "1.4.2", "after": "2.1"}]
    assert lab.requirements == "tidy~=2.1  # ours\nbasekit<2\n"
    assert (await lab.done(await lab.act("upgrade")))["changes"] == []


async def test_a_changed_file_is_stale_until_it_is_synced(lab: Lab) -> None:
    assert (await lab.see())["lock"] == "none"
    (lab.files / "requirements.txt").write_text("needy\n-r more.txt\n-c limits.txt\n")
    (lab.files / "more.txt").write_text("tidy\n")
    (lab.files / "limits.txt").write_text("tidy<1.2\n")
    assert (await lab.see())["lock"] == "stale"
    await lab.done(await lab.act("sync"))
    seen = await lab.see()
    assert seen["lock"] == "fresh"
    assert [(line["line"], line["installed"]) for line in seen["declared"]] == [
        ("needy", "1.0"),
        ("tidy", "1.0"),
    ]


async def test_the_lock_reproduces_what_ran_also_when_newer_versions_have_come(lab: Lab) -> None:
    await lab.done(await lab.install("tidy"))
    wheel(lab.wheels, "tidy", "2.9")
    before = await lab.versions()
    path = lab.home.state(lab.home.current or "") / "lib/python3.11/site-packages/tidy/__init__.py"
    path = next(lab.home.folder.glob("current/lib/*/site-packages/tidy/__init__.py"))
    path.write_text("broken = True\n")
    job = await lab.done(await lab.act("reproduce"))
    assert job["changes"] == []
    assert await lab.versions() == before
    assert lab.python("import tidy; print(tidy.__version__)") == "2.1"


async def test_a_file_edited_in_one_project_stays_as_it_was_in_every_other(lab: Lab) -> None:
    other = Lab(lab.server, lab.owner, await lab.server.project(lab.owner, "Other"), lab.wheels)
    for each in (lab, other):
        await each.done(await each.install("tidy"))
    for name in ("tidy", "basekit"):
        path = next(lab.home.folder.glob(f"current/lib/*/site-packages/{name}/__init__.py"))
        with path.open("a") as file:
            file.write("changed = True\n")
        assert lab.python(f"import {name}; print({name}.changed)") == "True"
        assert other.python(f"import {name}; print(hasattr({name}, 'changed'))") == "False"
    third = Lab(lab.server, lab.owner, await lab.server.project(lab.owner, "Third"), lab.wheels)
    await third.done(await third.install("tidy"))
    assert third.python("import tidy, basekit; print(hasattr(tidy, 'changed'))") == "False"


async def test_projects_begin_in_the_base_and_part_from_it_with_their_first_change(lab: Lab) -> None:
    other = Lab(lab.server, lab.owner, await lab.server.project(lab.owner, "Other"), lab.wheels)
    environments = environments_of(lab.server.services)
    for each in (lab, other):
        await each.begin()
    base = lab.home.folder.parent / environments.places.base_name
    assert {each.home.state(each.home.current or "").resolve() for each in (lab, other)} == {base}
    before = {path: path.read_bytes() for path in base.rglob("*.py")}
    await lab.done(await lab.install("tidy"))
    assert lab.home.state(lab.home.current or "").resolve() != base
    own = next(lab.home.folder.glob("current/lib/*/site-packages/basekit/__init__.py"))
    assert own.stat().st_nlink == 1
    assert {path: path.read_bytes() for path in base.rglob("*.py")} == before
    first = (await lab.see())["history"][1]["id"]
    await lab.done(await lab.act("rollback", state=first))
    assert lab.home.state(lab.home.current or "").resolve() == base
    lab.home.drop(first)
    assert base.exists()
    assert other.python("import basekit; print('here')") == "here"


async def test_a_base_that_is_gone_is_built_again_from_what_is_on_record(lab: Lab) -> None:
    environments = environments_of(lab.server.services)
    await lab.begin()
    shutil.rmtree(lab.home.folder.parent / environments.places.base_name)
    await lab.begin()
    assert lab.python("import basekit; print('here')") == "here"


async def test_where_kernels_could_write_to_the_base_each_project_has_its_own_files(
    tmp_path: Path, wheels: Path
) -> None:
    settings = {"wheelhouse": str(wheels), "base_packages": ("basekit",)}
    async with running(tmp_path / "data", **settings) as server:
        owner = await server.person("ada")
        shut_in = Lab(server, owner, await server.project(owner), wheels)
        await shut_in.begin()
        assert shut_in.home.is_base(shut_in.home.current or "")
    async with running(tmp_path / "data", allow_unsandboxed=True, **settings) as server:
        owner = await server.person("bob")
        for project in (shut_in.project, await server.project(owner)):
            lab = Lab(server, owner, project, wheels)
            await lab.begin()
            assert not lab.home.is_base(lab.home.current or "")
            assert lab.python("import basekit; print('here')") == "here"


async def test_what_was_typed_just_before_counts(lab: Lab) -> None:
    lab.server.services.sessions = lab.sessions  # those with pages
    (lab.files / "requirements.txt").write_text("tidy<2\n")
    page = await TextPage.visit(lab.owner, lab.project, "requirements.txt")
    page.type("needy\n", len(page.text))
    await page.saved()
    await lab.done(await lab.act("sync"))
    assert set(await lab.versions()) == {"basekit", "needy", "tidy"}
    await page.close()


async def test_a_line_that_somebody_adds_in_the_same_place_meanwhile_stays_beside_the_new_one(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = lab.files / "requirements.txt"
    file.write_text("basekit\n")
    resolved = Change._resolved

    async def meanwhile(*told: Any) -> Any:
        made = await resolved(*told)
        file.write_text("basekit\nneedy  # by hand\n")
        return made

    monkeypatch.setattr(Change, "_resolved", meanwhile)
    await lab.done(await lab.install("tidy<2"))
    assert lab.requirements == "basekit\nneedy  # by hand\ntidy<2\n"
    assert (await lab.see())["lock"] == "stale"


async def test_a_slip_in_the_file_needs_a_word_by_hand_once(lab: Lab) -> None:
    wheel(lab.wheels, "reqeusts", "1.0")
    (lab.files / "requirements.txt").write_text("reqeusts\n")
    refused = await lab.act("sync")
    assert (refused.code, "looks like requests" in refused.json["error"]["reason"]) == ("confirm_first", True)
    await lab.done(await lab.act("sync", confirmed=True))
    await lab.done(await lab.install("tidy"))


async def test_a_word_for_one_line_is_none_for_another_that_is_a_part_of_it(lab: Lab) -> None:
    wheel(lab.files / "a", "homemade", "0.1")
    file = lab.files / "requirements.txt"
    file.write_text("--pre\n./a/homemade-0.1-py3-none-any.whl\n")
    await lab.done(await lab.act("sync", confirmed=True))
    assert (await lab.done(await lab.act("sync")))["changes"] == []
    file.write_text("--pre\n./a\n")
    assert (await lab.act("sync")).code == "confirm_first"


async def test_a_line_that_comes_while_an_install_waits_is_not_installed_along(lab: Lab) -> None:
    wheel(lab.files, "homemade", "0.1")
    await lab.begin()
    async with environments_of(lab.server.services)._locks[lab.project]:  # type: ignore[index]
        answer = await lab.install("tidy")
        (lab.files / "requirements.txt").write_text("./homemade-0.1-py3-none-any.whl\n")
    job = await lab.ended(answer)
    assert (job["state"], job["code"]) == ("failed", "confirm_first")
    assert "homemade" in job["reason"]


async def test_an_earlier_state_is_not_touched_by_a_later_change(lab: Lab) -> None:
    await lab.done(await lab.install("tidy<2"))
    old = lab.home.state(lab.home.current or "")
    await lab.done(await lab.install("tidy>=2"))
    text = next(old.glob("lib/*/site-packages/tidy/__init__.py")).read_text()
    assert "1.4.2" in text


async def test_everybody_hears_how_far_it_is_and_which_modules_changed(lab: Lab) -> None:
    await lab.done(await lab.install("tidy<2"))
    lab.spy.announced.clear()
    await lab.done(await lab.install("tidy>=2"))
    heard = [message for message in lab.spy.announced if isinstance(message, JobProgress)]
    assert {"resolving", "preparing", "installing"} <= {message.phase for message in heard}
    assert (heard[-1].state, heard[-1].by_name) == ("done", "Ada")
    assert [(each.name, each.after) for each in heard[-1].changes] == [("tidy", "2.1")]
    assert lab.spy.loaded == [ChangedModules("tidy", "1.4.2", "2.1", ("tidy",))]


async def test_a_cancelled_install_leaves_nothing(lab: Lab) -> None:
    await lab.done(await lab.install("tidy<2"))
    before = (lab.home.current, lab.requirements)
    building = pipe(lab.home.cache / "building")
    source(lab.wheels, "slow", "1.0", f"import time\nopen({str(building)!r}, 'w').close()\ntime.sleep(600)\n")
    answer = await lab.install("slow", builds=True)
    await asyncio.wait_for(asyncio.to_thread(building.read_text), LIMIT_S)
    assert at_work(lab.home.folder)
    assert (await lab.owner.delete(f"/api/jobs/{answer.json['id']}")).status == 204
    job = (await lab.owner.get(f"/api/jobs/{answer.json['id']}")).json
    assert (job["state"], job["reason"]) == ("cancelled", "It was cancelled. Nothing was changed.")
    assert (lab.home.current, lab.requirements) == before
    assert not at_work(lab.home.folder)
    assert (await lab.owner.delete(f"/api/jobs/{answer.json['id']}")).code == "job_ended"


@pytest.mark.parametrize("role", ["viewer", "executor", "editor"])
async def test_without_the_right_all_is_seen_and_nothing_changed(lab: Lab, role: str) -> None:
    somebody = await lab.server.person(role)
    project = await lab.server.project(lab.owner, "Shared", **{role: somebody})
    at = f"/api/projects/{project}"
    assert (await somebody.get(f"{at}/environment")).status == 200
    for method, path, body in (
        ("POST", "packages", {"lines": ["tidy"]}),
        ("DELETE", "packages/basekit", None),
        ("POST", "packages/basekit/upgrade", None),
        ("POST", "environment", {"action": "sync"}),
    ):
        assert (await somebody(method, f"{at}/{path}", body)).status == 403


def at_work(folder: Path) -> list[str]:
    """Return the names of the processes that build below a folder."""
    found = psutil.process_iter(["name", "cmdline"])
    return [each.info["name"] for each in found if str(folder) in " ".join(each.info["cmdline"] or ())]


def hostile_lines() -> list[str]:
    items = json.loads(HOSTILE.read_text())["items"]
    return [item["payload"] for item in items if item["payload"]]


async def test_hostile_lines_are_refused_by_name_or_need_a_word_by_hand(lab: Lab) -> None:
    for line in hostile_lines():
        answer = await lab.install(line)
        assert answer.status in (400, 409), line
        assert answer.json["error"]["code"] in ("bad_line", "confirm_first", "bad_body"), line
    assert lab.requirements is None


async def test_a_package_is_named_once(lab: Lab) -> None:
    answer = await lab.install("tidy<2", "Tidy>2")
    assert (answer.status, answer.code) == (400, "named_twice")


@pytest.mark.parametrize(
    "line",
    [
        "-e ../other",
        "./../x.whl",
        "file:///etc/passwd",
        "pkg @ http://x.invalid/a.whl",
        "pkg @ https://127.0.0.1/a.whl",
        "--index-url https://169.254.169.254/",
        "-r /etc/passwd",
        "tidy\n--index-url https://x.example.org",
    ],
)
async def test_what_leads_out_is_refused_also_with_a_word(lab: Lab, line: str) -> None:
    answer = await lab.install(line, confirmed=True)
    assert (answer.status, answer.code) == (400, "bad_line")


@pytest.mark.parametrize("text", ["-r ../../../secret.txt\n", "-r /etc/passwd\n", "-e /tmp\n", "${HOME}/x\n"])
async def test_a_file_that_leads_out_is_never_handed_to_the_installer(lab: Lab, text: str) -> None:
    (lab.files / "requirements.txt").write_text(text)
    answer = await lab.act("sync", confirmed=True)
    assert (answer.status, answer.code) == (409, "bad_requirements")
    assert (await lab.see())["problems"]


async def test_a_link_in_place_of_the_file_is_not_followed(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("tidy\n")
    (lab.files / "requirements.txt").symlink_to(tmp_path / "secret.txt")
    assert (await lab.act("sync")).code == "bad_requirements"


async def test_a_direct_line_in_the_file_needs_a_word_by_hand_once(lab: Lab) -> None:
    wheel(lab.files, "homemade", "0.1")
    (lab.files / "requirements.txt").write_text("./homemade-0.1-py3-none-any.whl\n")
    assert (await lab.act("sync")).code == "confirm_first"
    await lab.done(await lab.act("sync", confirmed=True))
    assert lab.python("import homemade; print('here')") == "here"
    assert str(lab.server.config.data) not in (lab.files / "requirements.lock.txt").read_text()
    await lab.done(await lab.install("tidy"))
    await lab.done(await lab.act("reproduce"))
    assert lab.python("import homemade, tidy; print('here')") == "here"


async def test_the_python_that_the_admin_chose_is_not_changed(tmp_path: Path) -> None:
    async with running(tmp_path / "data", kernel_python="/usr/bin/python3") as server:
        owner = await server.person("ada")
        project = await server.project(owner)
        assert (await owner.get(f"/api/projects/{project}/environment")).json["fixed"]
        answer = await owner.post(f"/api/projects/{project}/packages", {"lines": ["tidy"]})
        assert (answer.status, answer.code) == (409, "fixed_environment")


async def test_an_index_that_cannot_be_reached_is_a_sentence(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    environments = environments_of(lab.server.services)
    await lab.done(await lab.act("sync"))
    unreachable = {"UV_DEFAULT_INDEX": "http://user:pass@127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0"}
    monkeypatch.setattr(environments, "settings", unreachable)
    job = await lab.ended(await lab.install("tidy"))
    assert job["code"] == "index_unreachable"
    assert "127.0.0.1:9 cannot be reached" in job["reason"]
    assert "pass" not in json.dumps(job)


def another_python() -> str | None:
    """Return an installation of another Python beside the one of these tests, where there is one."""
    own = Path(os.path.realpath(sys.executable))
    beside = sorted(own.parents[2].glob("*/bin/python3.1?"))
    minor = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return next((str(each) for each in beside if each.name != minor), None)


async def test_another_python_is_a_job_like_any_other_and_kernels_are_told(
    tmp_path: Path, wheels: Path
) -> None:
    other = another_python()
    if other is None:
        pytest.skip("there is no other Python on this machine")
    minor = other.rpartition("/python")[2]
    settings = {"wheelhouse": str(wheels), "base_packages": ("basekit",), "pythons": (other,)}
    async with running(tmp_path / "data", **settings) as server:
        owner = await server.person("ada")
        lab = Lab(server, owner, await server.project(owner), wheels)
        await lab.done(await lab.install("tidy<2"))
        assert minor in (await lab.see())["python"]["available"]
        before = (await lab.see())["python"]["version"]
        job = await lab.done(await lab.act("python", version=minor))
        assert (job["title"], job["changes"]) == (f"Change to Python {minor}", [])
        after = (await lab.see())["python"]["version"]
        assert after.startswith(f"{minor}.")
        assert lab.spy.loaded == [ChangedModules("Python", before, after, ())]
        assert lab.python("import sys, tidy; print(sys.version.split()[0])") == after
        state = (await lab.see())["history"][1]["id"]
        await lab.done(await lab.act("rollback", state=state))
        assert lab.python("import sys, tidy; print(sys.version.split()[0])") == before
        assert lab.spy.loaded[-1] == ChangedModules("Python", after, before, ())


async def test_an_unknown_python_is_a_sentence_with_the_known_ones(lab: Lab) -> None:
    job = await lab.ended(await lab.act("python", version="3.99"))
    assert job["reason"].startswith("Python 3.99 is not on this machine. There is: 3.")


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("install -qU 'tidy<2' --no-input", ["tidy"]),
        ("install --root-user-action=ignore --timeout 5 tidy needy", ["tidy", "needy"]),
        ("install tidy # --pre", ["tidy"]),
    ],
)
def test_options_that_change_nothing_are_left_out_in_a_cell(line: str, names: list[str]) -> None:
    (wish, *_) = wishes_of(line)
    assert isinstance(wish, Install)
    assert [each.name for each in wish.lines] == names


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("install --index-url https://x.example/simple ours", "--index-url is not used in a cell."),
        ("install -ihttps://x.example/simple ours", "-ihttps://x.example/simple is not used in a cell."),
        (
            "install ours --extra-index-url=https://u:secret@x.example",
            "--extra-index-url is not used in a cell.",
        ),
        ("install --global-option='--x' tidy", "--global-option is not used in a cell."),
        ("install --pre", "--pre is not used in a cell."),
        ("install --target /tmp tidy", "--target is not used in a cell."),
        ("install pkg @ https://x.example/a.whl", "pkg @ https://x.example/a.whl: It names an address"),
    ],
)
def test_what_would_be_a_different_install_is_not_done_in_a_cell(line: str, words: str) -> None:
    with pytest.raises(Refusal) as refusal:
        wishes_of(line)
    assert refusal.value.reason.startswith(words)
