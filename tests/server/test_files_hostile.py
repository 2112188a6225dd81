"""Files under attack: hostile names and paths, links and pipes, swaps in mid-way, depth, a full disk."""

from __future__ import annotations

import errno
import io
import json
import os
import stat
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from server.files import beneath, paths
from server.files.part import files_of
from server.files.uploads import Receiver
from server.refusals import Refusal
from tests.support.server import Client, RunningServer, running

HOSTILE = Path(__file__).parents[1] / "data" / "hostile"
ITEMS: list[dict[str, Any]] = json.loads((HOSTILE / "paths.json").read_text())["items"]
SECRET = b"not of this project"

in_module = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Siege:
    """A project whose folder is in hostile hands, and a file outside that nobody may reach."""

    server: RunningServer
    owner: Client
    project: str

    @property
    def api(self) -> str:
        return f"/api/projects/{self.project}"

    @property
    def folder(self) -> Path:
        return self.server.config.data / "projects" / self.project / "files"

    @property
    def outside(self) -> Path:
        return self.server.config.data / "outside"

    def seen_outside(self) -> dict[str, bytes | None]:
        """Return everything beside the project's own folders, with its content."""
        own = self.folder.parent
        return {
            str(path): path.read_bytes() if path.is_file() else None
            for root in (self.outside, self.server.config.data / "projects")
            for path in root.rglob("*")
            if own not in path.parents
        }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def siege(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Siege]:
    async with running(tmp_path_factory.mktemp("siege")) as server:
        owner = await server.person("owner")
        made = Siege(server, owner, await server.project(owner))
        made.outside.mkdir()
        (made.outside / "secret").write_bytes(SECRET)
        await owner.put(f"{made.api}/files/first", data=b"1")
        yield made


@in_module
@pytest.mark.parametrize("item", ITEMS, ids=[item["id"] for item in ITEMS])
async def test_a_hostile_path_touches_nothing_outside(siege: Siege, item: dict[str, Any]) -> None:
    text = item["payload"] if "payload" in item else eval(item["gen"], {"json": json})
    before = siege.seen_outside()
    for address in {quote(text, safe=""), quote(text)}:
        at = f"{siege.api}/files/{address}"
        put = await siege.owner.put(at, data=io.BytesIO(b"content"))
        assert put.status in {200, 201, 400, 404, 405}
        read = await siege.owner.get(at)
        assert read.status in {200, 404}
        assert "Set-Cookie" not in read.headers
        if put.status in {200, 201}:
            assert read.body == b"content"
            named = read.headers["Content-Disposition"]
            assert "\\n" not in named
            assert named.count('"') == 2
        moved = await siege.owner.patch(f"{siege.api}/files/first", {"path": text})
        if moved.status == 200:
            back = f"{siege.api}/files/{moved.json['address']}"
            assert (await siege.owner.patch(back, {"path": "first"})).status == 200
        assert moved.status in {200, 400, 404, 409}
        assert (await siege.owner.delete(at)).status in {200, 404, 405}
        assert (await siege.owner.post(f"{siege.api}/folders", {"path": text})).status in {201, 400, 404, 409}
        await siege.owner.delete(at)
    assert siege.seen_outside() == before


@in_module
@pytest.mark.parametrize("way", ["itself", "folder above", "the project's folder"])
async def test_a_link_is_never_followed(siege: Siege, way: str) -> None:
    place = siege.folder / "links"
    place.mkdir(exist_ok=True)
    target, path = {
        "itself": (siege.outside / "secret", "secret"),
        "folder above": (siege.outside, "outside/secret"),
        "the project's folder": (siege.folder, "around/links/outside/secret"),
    }[way]
    link = place / path.split("/")[0]
    link.unlink(missing_ok=True)
    link.symlink_to(target)
    at = f"{siege.api}/files/links/{path}"
    read = await siege.owner.get(at)
    assert (read.status, SECRET in read.body) == (409 if way == "itself" else 404, False)
    put = await siege.owner.put(at, data=b"overwritten")
    assert put.status in {404, 409}
    assert (await siege.owner.get(f"{siege.api}/files/links?format=zip")).body.find(SECRET) < 0
    if way != "itself":
        assert (await siege.owner.delete(at)).status == 404
        assert (await siege.owner.post(f"{siege.api}/folders", {"path": f"links/{path}x"})).status == 404
    thrown = await siege.owner.delete(f"{siege.api}/files/links/{link.name}")
    assert thrown.json["kind"] == "link"
    assert (await siege.owner.delete(f"{siege.api}/deleted-files")).status == 204
    assert (siege.outside / "secret").read_bytes() == SECRET


@in_module
async def test_pipes_and_devices_are_shown_and_never_opened(siege: Siege) -> None:
    os.mkfifo(siege.folder / "pipe")
    with suppress(PermissionError):
        os.mknod(siege.folder / "zero", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    for name in ("pipe", "zero"):
        if (siege.folder / name).exists():
            assert (await siege.owner.get(f"{siege.api}/files/{name}")).code == "not_a_file"
            assert (await siege.owner.put(f"{siege.api}/files/{name}", data=b"x")).code == "not_a_file"
    kinds = {e["name"]: e["kind"] for e in (await siege.owner.get(f"{siege.api}/files")).json["items"]}
    assert kinds["pipe"] == "other"


@in_module
async def test_names_that_are_no_text_are_listed_read_renamed_and_deleted(siege: Siege) -> None:
    names = [b"bad\xff.txt", b"two\nlines", "\u202egpj.exe".encode(), b"-rf", b"%2e%2e"]
    place = siege.folder / "odd"
    place.mkdir()
    for name in names:
        (place / os.fsdecode(name)).write_bytes(name)
    listed = (await siege.owner.get(f"{siege.api}/files/odd")).json["items"]
    assert {os.fsencode(paths.from_address(e["address"]))[4:] for e in listed} == set(names)
    for entry in listed:
        at = f"{siege.api}/files/{entry['address']}"
        read = await siege.owner.get(at)
        assert read.body == os.fsencode(paths.from_address(entry["address"]))[4:]
        thrown = await siege.owner.delete(at)
        back = await siege.owner.patch(f"{siege.api}/deleted-files/{thrown.json['id']}", {"deleted": False})
        assert back.json["address"] == entry["address"]
        assert (await siege.owner.patch(at, {"name": f"fine {listed.index(entry)}"})).status == 200


@in_module
async def test_a_tree_of_any_depth_is_moved_zipped_and_deleted(siege: Siege) -> None:
    place = os.open(siege.folder, os.O_DIRECTORY)
    for _ in range(1200):
        os.mkdir("d", dir_fd=place)
        inner = os.open("d", os.O_DIRECTORY, dir_fd=place)
        os.close(place)
        place = inner
    os.close(place)
    assert (await siege.owner.get(f"{siege.api}/files?format=zip")).status == 200
    assert (await siege.owner.get(f"{siege.api}/requirements")).status == 200
    assert (await siege.owner.delete(f"{siege.api}/files/d")).status == 200
    assert (await siege.owner.delete(f"{siege.api}/deleted-files")).status == 204
    assert list((siege.folder.parent / "bin").iterdir()) == []


@in_module
async def test_what_the_server_writes_belongs_to_the_project(siege: Siege) -> None:
    home = await files_of(siege.server.services).home(siege.project)  # type: ignore[arg-type]
    await siege.owner.put(f"{siege.api}/files/owned/by/a.txt", data=b"1")
    await siege.owner.post(f"{siege.api}/folders", {"path": "owned/folder"})
    wanted = os.geteuid() if home.uid is None else home.uid
    for name in ("", "owned", "owned/by", "owned/by/a.txt", "owned/folder"):
        assert (siege.folder / name).stat().st_uid == wanted
    assert (siege.folder / "owned/by/a.txt").stat().st_nlink == 1


@in_module
async def test_a_full_disk_loses_nothing(siege: Siege, monkeypatch: pytest.MonkeyPatch) -> None:
    at = f"{siege.api}/files/precious"
    await siege.owner.put(at, data=b"before")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    for method in ("write", "finish"):
        with monkeypatch.context() as patch:
            patch.setattr(Receiver, method, full)
            refused = await siege.owner.put(at, data=io.BytesIO(b"after" * 300_000))
            assert (refused.status, refused.code) == (503, "storage_away")
    assert (await siege.owner.get(at)).body == b"before"
    assert list((siege.folder.parent / "uploads").iterdir()) == []


def test_a_folder_swapped_for_a_link_leads_nowhere(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "a" / "b").mkdir(parents=True)
    (outside / "b").mkdir(parents=True)
    (outside / "b" / "secret").write_bytes(SECRET)
    (root / "a" / "b" / "secret").write_bytes(b"ours")
    over = threading.Event()

    def swap() -> None:
        while not over.is_set():
            os.rename(root / "a", root / "real")
            os.symlink(outside, root / "a")
            os.unlink(root / "a")
            os.rename(root / "real", root / "a")

    thread = threading.Thread(target=swap)
    thread.start()
    seen: set[bytes | None] = set()
    try:
        for _ in range(3000):
            with suppress(OSError), beneath.opened_folder(root, ("a", "b")) as folder:
                seen.add(beneath.read_plain("secret", folder, 100))
            for inside in beneath.walk(root):
                if "secret" in inside.others:
                    seen.add(beneath.read_plain("secret", inside.descriptor, 100))
    finally:
        over.set()
        thread.join()
    assert b"ours" in seen
    assert SECRET not in seen


def test_moving_never_overwrites_even_where_the_system_cannot_promise_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("a")
    (tmp_path / "b").write_text("b")
    with beneath.opened_folder(tmp_path) as folder:
        with pytest.raises(FileExistsError):
            beneath.move("a", folder, "b", folder)
        monkeypatch.setattr("ctypes.CDLL", lambda *_, **__: object())
        with pytest.raises(FileExistsError):
            beneath.move("a", folder, "b", folder)
        beneath.move("a", folder, "c", folder)
    assert sorted(os.listdir(tmp_path)) == ["b", "c"]


@pytest.mark.parametrize(
    "name", ["", " a", "a ", "a\\b", "a\u202eb", "a\nb", "\u200b", "．．", "a\ud800", "é" * 128, "a/b"]
)
def test_a_name_that_cannot_be_read_is_not_made(name: str) -> None:
    with pytest.raises(Refusal):
        paths.check_name(name)


@pytest.mark.parametrize("name", ["CON", "a:b", "--help", ".git", "données 2024 (1).csv", "ｅtc", "x" * 255])
def test_a_harmless_name_is_made(name: str) -> None:
    paths.check_name(name)
