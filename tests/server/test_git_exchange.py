"""Exchanges with the other side that go on for everybody, odd names, and files kept elsewhere."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.test_git import cloned, edit, ended, notebook, notebooks
from tests.support.git_http import GitServer, git_server, missing
from tests.support.server import RunningServer

pytestmark = [pytest.mark.kernel, pytest.mark.skipif(bool(missing()), reason=missing())]

HOSTILE = (
    "ünï cödé.txt",
    "日本/名前.txt",
    "😀.md",
    "-rf",
    "--help.txt",
    "quote\"and'.txt",
    "back\\slash",
    "new\nline.txt",
    "tab\there",
    " leading",
    "trailing ",
    "$(touch pwned)",
    "; touch pwned #",
    "%2e%2e",
    "*?[a].txt",
    ":(top)magic",
    "a" * 200,
)


@pytest.fixture
def far(tmp_path: Path) -> Iterator[GitServer]:
    with git_server(tmp_path / "far") as server:
        yield server


async def test_every_member_sees_an_exchange_may_stop_it_and_reads_why_it_failed(
    near: RunningServer, far: GitServer
) -> None:
    far.new("tides", {"lunar.ipynb": notebook("a = 1")})
    ada, bo = await near.person("ada"), await near.person("bo")
    project = await cloned(ada, far.url("tides"))
    await ada.put(
        f"/api/projects/{project}/members/{(await bo.get('/api/me')).json['id']}", {"role": "collaborator"}
    )
    await edit(ada, (await notebooks(ada, project))["lunar"], 0, "a = 2")
    await ada.post(f"/api/projects/{project}/git/commit", {"message": "Two"})
    path = f"/api/projects/{project}/git"
    far.commit("tides", {"more.txt": "1\n"})
    for kind, service in (
        ("fetch", "git-upload-pack"),
        ("pull", "git-upload-pack"),
        ("push", "git-receive-pack"),
    ):
        body = {} if kind == "pull" else None
        if kind == "push":
            assert (await ada.post(f"{path}/pull", {})).json["state"] == "merged"
        with far.holding(service):
            asked = asyncio.create_task(ada.post(f"{path}/{kind}", body))
            await asyncio.to_thread(far.held.wait, 30)
            work = (await bo.get(path)).json["work"]
            assert (work["kind"], work["by_name"], work["can_stop"]) == (kind, "Ada", True)
            assert (await bo.post(f"{path}/push")).code == "git_busy"
            assert (await bo.delete(f"{path}/work")).status == 204
            answer = await asked
        assert (answer.status, answer.code) == (409, "cancelled"), kind
        problem = (await bo.get(path)).json["last_problem"]
        assert (problem["kind"], problem["by_name"], problem["code"]) == (kind, "Ada", "cancelled")
        assert problem["reason"].startswith("Bo stopped this.")
    assert (await bo.delete(f"{path}/work")).code == "nothing_to_cancel"
    assert (await ada.post(f"{path}/push")).status == 200
    assert (await bo.get(path)).json["last_problem"] is None
    assert far.show("tides", "lunar.ipynb") == notebook("a = 2")
    far.tokens = {"none that is here"}
    assert (await ada.post(f"{path}/fetch")).code == "needs_token"
    assert (await bo.get(path)).json["last_problem"]["code"] == "needs_token"


async def test_names_that_nobody_would_choose_are_told_compared_and_committed(
    near: RunningServer, far: GitServer
) -> None:
    far.new("odd", {**dict.fromkeys(HOSTILE, "1\n"), "büch 日.ipynb": notebook("a = 1")})
    ada = await near.person("ada")
    project = await cloned(ada, far.url("odd"))
    files = near.config.data / "projects" / project / "files"
    state = await ended(ada, project)
    assert (state["state"], state["changes"], state["notes"]) == ("ready", [], []), state
    for name in HOSTILE:
        (files / name).write_text("2\n")
    (files / "büch 日.ipynb").write_text(notebook("a = 2"))
    (files / os.fsdecode(b"b\xff.txt")).write_text("not UTF-8 in its name\n")
    (files / os.fsdecode(b"c\xff.ipynb")).write_text(notebook("a = 3"))
    path = f"/api/projects/{project}/git"
    state = await ended(ada, project)
    assert {each["path"] for each in state["changes"]} == {
        *HOSTILE,
        "büch 日.ipynb",
        "b\ufffd.txt",
        "c\ufffd.ipynb",
    }
    shown = (await ada.get(f"{path}/diff?path=new%0Aline.txt")).json
    assert shown["kind"] == "text"
    assert "-1\n+2\n" in shown["text"]
    assert (await ada.get(f"{path}/diff?path=%3A(top)magic")).json["kind"] == "text"
    assert "not UTF-8" in (await ada.get(f"{path}/diff?path=b%EF%BF%BD.txt")).json["text"]
    made = await ada.post(f"{path}/commit", {"message": "Names 😀 日本", "paths": ["-rf", "b\ufffd.txt"]})
    assert made.status == 201, made.json
    made = await ada.post(f"{path}/commit", {"message": "All", "push": True})
    assert made.status == 201, made.json
    assert [far.show("odd", name) for name in HOSTILE] == ["2\n"] * len(HOSTILE)
    assert (await ended(ada, project))["changes"] == []
    assert not (files / "pwned").exists()
    far.commit("odd", dict.fromkeys(HOSTILE, "3\n"))
    assert (await ada.post(f"{path}/pull", {})).json["state"] == "updated"
    assert [(files / name).read_text() for name in HOSTILE] == ["3\n"] * len(HOSTILE)


async def test_files_of_lfs_are_told_apart_and_never_committed_whole(
    near: RunningServer, far: GitServer
) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize {}\n"
    before, after = pointer.format("a" * 64, 1234), pointer.format("b" * 64, 5678)
    attributes = "*.bin filter=lfs diff=lfs merge=lfs -text\n"
    far.new("large", {".gitattributes": attributes, "model.bin": before, "other.bin": before, "x.txt": "1\n"})
    ada = await near.person("ada")
    project = await cloned(ada, far.url("large"))
    files, path = near.config.data / "projects" / project / "files", f"/api/projects/{project}/git"
    assert (await ended(ada, project))["changes"] == []
    (files / "model.bin").write_text(after)
    (files / "other.bin").write_bytes(b"\0whole content")
    (files / "x.txt").write_text("2\n")
    state = await ended(ada, project)
    assert {each["path"]: each["lfs"] for each in state["changes"]} == {
        "model.bin": True,
        "other.bin": True,
        "x.txt": False,
    }
    shown = (await ada.get(f"{path}/diff?path=model.bin")).json
    assert (shown["kind"], shown["sizes"]) == ("lfs", [1234, 5678])
    refused = await ada.post(f"{path}/commit", {"message": "All"})
    assert (refused.status, refused.code) == (409, "lfs_content")
    made = await ada.post(
        f"{path}/commit", {"message": "Model", "paths": ["model.bin", "x.txt"], "push": True}
    )
    assert made.status == 201, made.json
    assert far.show("large", "model.bin") == after
    assert far.show("large", "other.bin") == before


async def test_a_text_that_both_changed_is_edited_by_hand(near: RunningServer, far: GitServer) -> None:
    far.new("tides", {"notes.txt": "one\ntwo\n"})
    ada = await near.person("ada")
    project = await cloned(ada, far.url("tides"))
    files, path = near.config.data / "projects" / project / "files", f"/api/projects/{project}/git"
    (files / "notes.txt").write_text("one\nmine\n")
    await ada.post(f"{path}/commit", {"message": "Mine"})
    far.commit("tides", {"notes.txt": "one\ntheirs\n"})
    found = (await ada.post(f"{path}/pull", {})).json
    (conflict,) = found["conflicts"]
    assert conflict["merged"] == "one\n<<<<<<< here\nmine\n=======\ntheirs\n>>>>>>> there\n"
    unfinished = await ada.post(f"{path}/pull", {"texts": {"notes.txt": conflict["merged"]}})
    assert (unfinished.status, unfinished.code) == (409, "conflict_marks")
    assert (files / "notes.txt").read_text() == "one\nmine\n"
    done = await ada.post(f"{path}/pull", {"texts": {"notes.txt": "one\nmine and theirs\n"}})
    assert done.json["state"] == "merged", done.json
    assert (files / "notes.txt").read_text() == "one\nmine and theirs\n"
    assert (await ended(ada, project))["changes"] == []
