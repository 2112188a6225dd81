"""Archives unpacked into a project: whole, or not at all and nothing touched outside."""

from __future__ import annotations

import io
import os
import stat
import tarfile
import zipfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from urllib.parse import quote

import pytest
import pytest_asyncio

from server.files.unpacking import Order, unpack
from server.refusals import Refusal
from tests.support.server import Answer, Client, RunningServer, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = Path(__file__).parents[1] / "data" / "hostile" / "archives"


class Desk:
    """A project whose owner unpacks."""

    def __init__(self, server: RunningServer, owner: Client, viewer: Client, project: str) -> None:
        self.server, self.owner, self.viewer, self.project = server, owner, viewer, project
        self.place = server.config.data / "projects" / project
        self.folder = self.place / "files"
        self.folder.mkdir(parents=True, exist_ok=True)

    async def unpack(self, name: str, raw: bytes | None = None, who: Client | None = None) -> Answer:
        if raw is not None:
            (self.folder / name).write_bytes(raw)
        return await (who or self.owner).post(f"/api/projects/{self.project}/unpacked/{quote(name)}")

    def seen(self) -> list[str]:
        return sorted(str(path.relative_to(self.place)) for path in self.place.rglob("*"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    async with running(tmp_path_factory.mktemp("unpacking"), project_files_bytes=30_000_000) as server:
        owner, viewer = await server.person("owner"), await server.person("viewer")
        yield Desk(server, owner, viewer, await server.project(owner, viewer=viewer))


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def tarred(*members: tuple[str, bytes | Callable[[tarfile.TarInfo], None]], mode: str = "w:gz") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, bytes):
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            else:
                content(info)
                archive.addfile(info)
    return out.getvalue()


def of_type(kind: bytes, target: str = "") -> Callable[[tarfile.TarInfo], None]:
    def shape(info: tarfile.TarInfo) -> None:
        info.type, info.linkname = kind, target

    return shape


def locked() -> bytes:
    raw = bytearray(zipped(("a.txt", b"secret")))
    raw[6] |= 1
    raw[raw.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(raw)


def linked() -> bytes:
    info = zipfile.ZipInfo("a")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return zipped((info, b"/etc"), ("a/x", b"1"))


@pytest.mark.parametrize(
    ("name", "raw", "code", "words"),
    [
        ("slip.zip", (HOSTILE / "slip.zip").read_bytes(), "bad_name", "leads out"),
        ("abs.zip", (HOSTILE / "abs.zip").read_bytes(), "bad_name", "leads out"),
        ("symlink.zip", (HOSTILE / "symlink.zip").read_bytes(), "not_a_file", "link"),
        ("win.zip", (HOSTILE / "win.zip").read_bytes(), "bad_name", "“a\\..\\..\\b”"),
        ("link.zip", linked(), "not_a_file", "“a” in it is a link"),
        ("slip.tar.gz", tarred(("ok.txt", b"1"), ("../../evil", b"1")), "bad_name", "../../evil"),
        ("abs.tar", tarred(("/etc/evil", b"1"), mode="w:"), "bad_name", "/etc/evil"),
        ("link.tgz", tarred(("a", of_type(tarfile.SYMTYPE, "/etc")), ("a/x", b"1")), "not_a_file", "“a”"),
        ("hard.tgz", tarred(("a", of_type(tarfile.LNKTYPE, "/etc/passwd"))), "not_a_file", "“a”"),
        ("device.tgz", tarred(("null", of_type(tarfile.CHRTYPE))), "not_a_file", "device"),
        ("pipe.tgz", tarred(("pipe", of_type(tarfile.FIFOTYPE))), "not_a_file", "“pipe”"),
        ("twice.zip", zipped(("a", b"1"), ("a/b", b"1")), "bad_name", "same name"),
        ("hidden.zip", zipped(("a\u202egpj.exe", b"1")), "bad_name", "cannot be seen"),
        ("many.zip", zipped(*((f"{n}", b"") for n in range(20_001))), "too_large", "20,000 files"),
        ("bomb.zip", zipped(("zeros", b"\0" * 40_000_000)), "too_large", "far more"),
        ("locked.zip", locked(), "encrypted", "password"),
        ("cut.zip", zipped(("a", b"1" * 1000))[:-40], "bad_archive", "damaged"),
        ("cut.tar.gz", tarred(("a", bytes(range(256)) * 1000))[:-400], "bad_archive", "damaged"),
        ("text.zip", b"no archive", "bad_archive", "damaged"),
        ("notes.txt", b"no archive", "not_an_archive", "no archive"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value else "",
)
async def test_a_hostile_archive_is_refused_and_leaves_nothing(
    desk: Desk, name: str, raw: bytes, code: str, words: str
) -> None:
    (desk.folder / name).write_bytes(raw)
    before = desk.seen()
    answer = await desk.unpack(name)
    assert answer.code == code
    assert words in answer.json["error"]["reason"]
    assert [path for path in desk.seen() if path not in {*before, "uploads", "bin"}] == []
    assert not (desk.server.config.data.parent / "evil.txt").exists()
    (desk.folder / name).unlink()


@pytest.mark.parametrize(
    ("ending", "mode"), [("zip", None), ("tar.gz", "w:gz"), ("tar.xz", "w:xz"), ("tar", "w:")]
)
async def test_an_archive_comes_into_a_new_folder_beside_it(
    desk: Desk, ending: str, mode: str | None
) -> None:
    members = [("täxt/a.txt", b"one"), ("täxt/deep/b.csv", b"1,2\n" * 1000), ("c", b"")]
    raw = zipped(*members) if mode is None else tarred(*members, mode=mode)
    name = f"data {ending.replace('.', '-')}.{ending}"
    made = await desk.unpack(name, raw)
    assert (made.status, made.json["files"], made.json["bytes"]) == (201, 3, 4003)
    folder = desk.folder / made.json["folder"]["name"]
    assert made.json["folder"]["name"] == name.removesuffix(f".{ending}")
    assert {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()} == dict(
        members
    )
    assert (await desk.unpack(name)).json["folder"]["name"] == f"{folder.name} 2"
    assert (await desk.unpack(name, who=desk.viewer)).status == 403
    assert list((desk.place / "uploads").iterdir()) == []


async def test_an_archive_is_held_to_the_quota_of_the_project(desk: Desk) -> None:
    (desk.folder / "large.bin").write_bytes(b"1" * 20_000_000)
    noise = os.urandom(1_000_000)
    answer = await desk.unpack("more.zip", zipped(*((f"{n}", noise) for n in range(15))))
    assert answer.code == "too_large"
    assert not (desk.folder / "more").exists()


async def test_an_archive_that_holds_far_more_than_it_is_long_is_a_bomb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.files.unpacking.FREE_BYTES", 0)
    (tmp_path / "bomb.zip").write_bytes(zipped(("zeros", b"\0" * 3_000_000)))
    with open(tmp_path / "bomb.zip", "rb") as archive:  # noqa: ASYNC230
        (tmp_path / "into").mkdir()
        folder = os.open(tmp_path / "into", os.O_RDONLY)
        with pytest.raises(Refusal, match="far more"):
            unpack(Order(archive.fileno(), folder, is_zip=True, uid=None, most_bytes=10**9))
        os.close(folder)
