"""Files of a project over HTTP: read, listed, written whole and in parts, moved, deleted and taken back."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import os
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from server import housekeeping
from server.files import bin, farewells, uploads
from server.files.home import Home
from server.files.part import files_of
from server.files.uploads import Receiver
from tests.support.server import Answer, Client, RunningServer, running

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Desk:
    """A project with an owner, a viewer and an executor; a folder for each test keeps them apart."""

    server: RunningServer
    owner: Client
    viewer: Client
    executor: Client
    project: str

    @property
    def api(self) -> str:
        return f"/api/projects/{self.project}"

    @property
    def folder(self) -> Path:
        return self.server.config.data / "projects" / self.project / "files"

    def at(self, path: str) -> str:
        return f"{self.api}/files/{quote(path)}"

    async def put(self, path: str, content: bytes, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.owner.put(self.at(path), data=io.BytesIO(content), headers=named)

    async def names(self, path: str = "") -> list[str]:
        answer = await self.owner.get(self.at(path) if path else f"{self.api}/files")
        return [entry["name"] for entry in answer.json["items"]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    async with running(tmp_path_factory.mktemp("files"), project_files_bytes=50_000_000) as server:
        owner, viewer = await server.person("owner"), await server.person("viewer")
        executor = await server.person("executor")
        project = await server.project(owner, viewer=viewer, executor=executor)
        yield Desk(server, owner, viewer, executor, project)


def digest(content: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


async def test_a_file_comes_back_as_it_was_sent_and_never_as_a_page(desk: Desk) -> None:
    content = b"<script>alert(1)</script>" + os.urandom(3_000_000)
    made = await desk.put("back/page.html", content, Repr_Digest=digest(content))
    assert (made.status, made.json["size"], made.json["kind"]) == (201, len(content), "file")
    read = await desk.viewer.get(desk.at("back/page.html"))
    assert read.body == content
    assert read.headers["Content-Type"] == "application/octet-stream"
    assert read.headers["Content-Disposition"].startswith("attachment;")
    assert read.headers["X-Content-Type-Options"] == "nosniff"
    assert read.headers["Content-Security-Policy"].startswith("sandbox")
    assert read.headers["Etag"] == made.json["etag"]
    head = await desk.viewer("HEAD", desk.at("back/page.html"))
    assert (head.headers["Content-Length"], head.body) == (str(len(content)), b"")


@pytest.mark.parametrize(
    ("asked", "status", "wanted"),
    [
        ("bytes=2-4", 206, b"234"),
        ("bytes=7-", 206, b"789"),
        ("bytes=-2", 206, b"89"),
        ("bytes=0-99", 206, b"0123456789"),
        ("bytes=10-", 416, None),
        ("bytes=-0", 416, None),
        ("bytes=0-1,4-5", 200, b"0123456789"),
        ("lines=1-2", 200, b"0123456789"),
        ("bytes=a-b", 200, b"0123456789"),
    ],
)
async def test_a_range_gives_that_part(desk: Desk, asked: str, status: int, wanted: bytes | None) -> None:
    made = await desk.put("ranges.txt", b"0123456789")
    read = await desk.viewer.get(desk.at("ranges.txt"), headers={"Range": asked})
    assert read.status == status
    assert wanted is None or read.body == wanted
    other = {"Range": asked, "If-Range": '"another"'}
    assert (await desk.viewer.get(desk.at("ranges.txt"), headers=other)).status == 200
    known = {"If-None-Match": made.json["etag"]}
    assert (await desk.viewer.get(desk.at("ranges.txt"), headers=known)).status == 304


async def test_nothing_is_overwritten_that_the_writer_has_not_seen(desk: Desk) -> None:
    first = await desk.put("seen.txt", b"one")
    assert (await desk.put("seen.txt", b"new", If_None_Match="*")).code == "exists"
    second = await desk.put("seen.txt", b"two", If_Match=first.json["etag"])
    assert second.status == 200
    late = await desk.put("seen.txt", b"three", If_Match=first.json["etag"])
    assert (late.status, late.code) == (412, "changed")
    assert (desk.folder / "seen.txt").read_bytes() == b"two"
    gone = await desk.put("never.txt", b"x", If_Match=first.json["etag"])
    assert gone.status == 412


async def test_an_upload_in_parts_goes_on_where_it_broke(desk: Desk) -> None:
    content = os.urandom(5000)
    first = await desk.put(
        "parts/big.bin",
        content[:2000],
        Content_Range="bytes 0-1999/5000",
        Content_Digest=digest(content[:2000]),
    )
    assert (first.status, first.json["offset"]) == (202, 2000)
    assert not (desk.folder / "parts").exists()
    bad = await desk.put(
        "parts/big.bin", content[2000:3000], Content_Range="bytes 2000-2999/5000", Content_Digest=digest(b"x")
    )
    assert bad.code == "bad_digest"
    asked = await desk.put("parts/big.bin", b"", Content_Range="bytes */5000")
    assert asked.json["offset"] == 2000
    gap = await desk.put("parts/big.bin", content[4000:], Content_Range="bytes 4000-4999/5000")
    assert (gap.status, gap.code) == (409, "wrong_offset")
    listed = (await desk.owner.get(f"{desk.api}/uploads")).json["items"]
    assert [(each["path"], each["offset"]) for each in listed] == [("parts/big.bin", 2000)]
    last = await desk.put(
        "parts/big.bin",
        content[2000:],
        Content_Range="bytes 2000-4999/5000",
        Repr_Digest=digest(content),
    )
    assert last.status == 201
    assert (desk.folder / "parts/big.bin").read_bytes() == content
    assert (await desk.owner.get(f"{desk.api}/uploads")).json["items"] == []


async def test_what_arrived_before_a_connection_broke_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrived, loop, write = asyncio.Event(), asyncio.get_running_loop(), Receiver.write

    def written(receiver: Receiver, part: bytes) -> None:
        write(receiver, part)
        if receiver.offset >= 2_000_000:
            loop.call_soon_threadsafe(arrived.set)

    monkeypatch.setattr(Receiver, "write", written)
    script = await desk.server.script_of(desk.owner.user)
    _, writer = await asyncio.open_connection("127.0.0.1", desk.server.config.port)
    writer.write(
        f"PUT {desk.at('broken.bin')} HTTP/1.1\r\nHost: 127.0.0.1:{desk.server.config.port}\r\n"
        f"Authorization: {script.http.headers['Authorization']}\r\nContent-Length: 4000000\r\n"
        "Content-Range: bytes 0-3999999/4000000\r\n\r\n".encode()
        + b"a" * 2_500_000
    )
    await asyncio.wait_for(arrived.wait(), 20)
    writer.close()
    offset = (await desk.put("broken.bin", b"", Content_Range="bytes */4000000")).json["offset"]
    assert 2_000_000 <= offset <= 2_500_000
    rest = f"bytes {offset}-3999999/4000000"
    assert (await desk.put("broken.bin", b"b" * (4_000_000 - offset), Content_Range=rest)).status == 201
    assert (desk.folder / "broken.bin").read_bytes() == b"a" * offset + b"b" * (4_000_000 - offset)


async def test_an_upload_can_be_given_up_and_an_old_one_is_forgotten(desk: Desk) -> None:
    home = Home(desk.folder.parent)
    for name in ("given-up", "old"):
        await desk.put(name, b"12345", Content_Range="bytes 0-4/10")
    first, second = (await desk.owner.get(f"{desk.api}/uploads")).json["items"]
    assert (await desk.viewer.delete(f"{desk.api}/uploads/{first['id']}")).status == 403
    assert (await desk.owner.delete(f"{desk.api}/uploads/{first['id']}")).status == 204
    uploads.sweep(home, datetime.now(UTC) - timedelta(days=1))
    assert [each.id for each in uploads.uploads_of(home)] == [second["id"]]
    uploads.sweep(home, datetime.now(UTC) + timedelta(seconds=1))
    assert list(home.uploads.iterdir()) == []


async def test_renaming_and_moving_overwrite_nothing(desk: Desk) -> None:
    for name in ("one", "two"):
        await desk.put(f"moves/{name}.csv", name.encode())
    taken = await desk.owner.patch(desk.at("moves/one.csv"), {"name": "two.csv"})
    assert (taken.status, taken.code) == (409, "exists")
    renamed = await desk.owner.patch(desk.at("moves/one.csv"), {"name": "first.csv"})
    assert renamed.json["path"] == "moves/first.csv"
    moved = await desk.owner.patch(desk.at("moves/first.csv"), {"path": "moves/deep/er/1.csv"})
    assert moved.json["path"] == "moves/deep/er/1.csv"
    into_itself = await desk.owner.patch(desk.at("moves"), {"path": "moves/deep/moves"})
    assert into_itself.code == "into_itself"
    assert (await desk.owner.patch(desk.at("moves/none"), {"name": "x"})).status == 404
    assert (await desk.owner.patch(desk.at("moves/two.csv"), {"name": "a/b"})).code == "bad_name"
    assert await desk.names("moves") == ["deep", "two.csv"]


async def test_what_was_deleted_comes_back_from_the_bin(desk: Desk) -> None:
    await desk.put("binned/data/a.csv", b"1")
    thrown = await desk.owner.delete(desk.at("binned/data"))
    assert (thrown.status, thrown.json["path"], thrown.json["kind"]) == (200, "binned/data", "folder")
    assert (await desk.owner.get(desk.at("binned/data/a.csv"))).status == 404
    await desk.put("binned/data/b.csv", b"2")
    listed = (await desk.owner.get(f"{desk.api}/deleted-files")).json["items"]
    assert listed[0]["id"] == thrown.json["id"]
    item = f"{desk.api}/deleted-files/{thrown.json['id']}"
    assert (await desk.executor.patch(item, {"deleted": False})).status == 403
    back = await desk.owner.patch(item, {"deleted": False})
    assert back.json["path"] == "binned/data 2"
    assert (desk.folder / "binned/data 2/a.csv").read_bytes() == b"1"
    assert (await desk.owner.patch(item, {"deleted": False})).status == 404


async def test_the_bin_is_emptied_by_hand_and_by_time(desk: Desk) -> None:
    home, now = Home(desk.folder.parent), datetime.now(UTC)
    for name in ("x", "y"):
        await desk.put(f"{name}.tmp", b"1")
        await desk.owner.delete(desk.at(f"{name}.tmp"))
    bin.sweep(home, now - timedelta(days=1))
    assert len(bin.items(home)) >= 2
    files_of(desk.server.services).sweep(now + timedelta(days=31))
    assert bin.items(home) == []
    await desk.put("z.tmp", b"1")
    await desk.owner.delete(desk.at("z.tmp"))
    assert (await desk.owner.delete(f"{desk.api}/deleted-files")).status == 204
    assert list(home.bin.iterdir()) == []


async def test_a_large_folder_comes_in_parts_that_neither_repeat_nor_hide(desk: Desk) -> None:
    many = desk.folder / "many"
    (many / "zz folder").mkdir(parents=True)
    for number in range(2500):
        (many / f"{number:05d}").touch()
    seen: list[str] = []
    following: str | None = ""
    while following is not None:
        cursor = f"?cursor={following}" if following else ""
        answer: Any = (await desk.viewer.get(desk.at("many") + cursor)).json
        seen += [entry["name"] for entry in answer["items"]]
        following = answer["next"]
        assert answer["total"] == 2501 - (0 if len(seen) <= 1000 else 1)
        (many / "00000").unlink(missing_ok=True)
    assert seen == ["zz folder", *(f"{number:05d}" for number in range(2500))]
    assert (await desk.viewer.get(desk.at("many") + "?cursor=!")).code == "bad_query"


async def test_a_mark_changes_with_what_is_in_the_folder(desk: Desk) -> None:
    await desk.put("marked/a.txt", b"1")

    async def mark() -> str | None:
        answer = await desk.viewer.get(f"{desk.api}/folder-marks?folder=marked&folder=nowhere&folder=../x")
        marks = {each["folder"]: each["mark"] for each in answer.json["items"]}
        assert marks["nowhere"] is None
        assert marks["../x"] is None
        found: str | None = marks["marked"]
        return found

    first = await mark()
    assert first == await mark() == (await desk.viewer.get(desk.at("marked"))).json["mark"]
    with (desk.folder / "marked/a.txt").open("ab") as file:
        file.write(b"2")
    second = await mark()
    (desk.folder / "marked/b.txt").touch()
    assert len({first, second, await mark()}) == 3


async def test_a_folder_downloads_as_an_archive_without_its_links(desk: Desk) -> None:
    await desk.put("zipped/in/a.txt", b"hello" * 100_000)
    await desk.owner.post(f"{desk.api}/folders", {"path": "zipped/empty"})
    (desk.folder / "zipped/secret").symlink_to("/etc/passwd")
    os.mkfifo(desk.folder / "zipped/pipe")
    (desk.folder / "zipped/..\\..\\evil").write_bytes(b"x")
    answer = await desk.viewer.get(desk.at("zipped") + "?format=zip")
    assert 'filename="zipped.zip"' in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        assert archive.testzip() is None
        assert archive.read("in/a.txt") == b"hello" * 100_000
        assert sorted(archive.namelist()) == [".._.._evil", "LEFT OUT.txt", "empty/", "in/a.txt"]
        assert b"zipped/pipe\nzipped/secret" in archive.read("LEFT OUT.txt")
    assert (await desk.viewer.get(desk.at("nowhere") + "?format=zip")).status == 404
    assert (await desk.viewer.get(f"{desk.api}/files?format=zip")).body[:2] == b"PK"


async def test_a_full_project_says_so_before_anything_is_sent(desk: Desk) -> None:
    usage = (await desk.viewer.get(f"{desk.api}/files-usage")).json
    assert usage["limit"] == 50_000_000
    assert 0 < usage["used"] < 50_000_000
    asked = await desk.put("huge.bin", b"", Content_Range="bytes */60000000")
    assert (asked.status, asked.code) == (413, "quota_full")
    assert "50.0 MB" in asked.json["error"]["reason"]
    assert (await desk.put("huge.bin", bytes(60_000_000))).status == 413
    assert not (desk.folder / "huge.bin").exists()


async def test_who_may_not_write_files_changes_nothing(desk: Desk) -> None:
    await desk.put("kept.txt", b"kept")
    for who in (desk.viewer, desk.executor):
        assert (await who.put(desk.at("kept.txt"), data=io.BytesIO(b"x" * 200_000))).status == 403
        assert (await who.patch(desk.at("kept.txt"), {"name": "x"})).status == 403
        assert (await who.delete(desk.at("kept.txt"))).status == 403
        assert (await who.post(f"{desk.api}/folders", {"path": "x"})).status == 403
    assert (desk.folder / "kept.txt").read_bytes() == b"kept"


async def test_the_files_of_a_project_go_with_it_and_those_of_no_other(desk: Desk, tmp_path: Path) -> None:
    server, owner = desk.server, desk.owner
    gone, kept = await server.project(owner, "Gone"), await server.project(owner, "Kept")
    (tmp_path / "outside").write_text("stays")
    places = {name: server.config.data / "projects" / name / "files" for name in (gone, kept, "unknown")}
    for place in places.values():
        place.mkdir(parents=True)
        (place / "data.csv").write_text("1")
        (place / "link").symlink_to(tmp_path)
    environment = server.config.data / "environments" / gone
    environment.mkdir(parents=True)
    await owner.delete(f"/api/projects/{gone}")
    now = datetime.now(UTC)
    await housekeeping.sweep(server.services, now)
    assert all(place.is_dir() for place in places.values())
    # A server that is killed here has marked the folder, and goes on with it when it is there again.
    await asyncio.to_thread(farewells.mark, server.config.data, [gone, kept])
    await housekeeping.remove_files(server.services)
    assert places[gone].is_dir()
    assert farewells.marked(server.config.data) == []
    await housekeeping.sweep(server.services, now + timedelta(days=31))
    assert not places[gone].parent.exists()
    assert not environment.exists()
    assert places[kept].is_dir()
    assert places["unknown"].is_dir()
    assert (tmp_path / "outside").read_text() == "stays"
