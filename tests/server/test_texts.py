"""Text files that people edit together, and the same files on disk, where others write too."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from server.files.home import Home
from server.refusals import Refusal
from server.texts import disk
from server.texts.part import texts_of
from tests.support.server import Client, RunningServer, running
from tests.support.text_page import TextPage

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Desk:
    """A project with an owner, a collaborator, an editor without FILES, and a stranger."""

    server: RunningServer
    owner: Client
    bob: Client
    editor: Client
    stranger: Client
    project: str

    @property
    def folder(self) -> Path:
        return self.server.config.data / "projects" / self.project / "files"

    def write(self, name: str, raw: bytes) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        place = self.folder / name
        place.write_bytes(raw)
        return place

    async def visit(self, who: Client, name: str, query: str = "") -> TextPage:
        return await TextPage.visit(who, self.project, name, query)

    async def let_go(self) -> None:
        """Wait until the server has noticed that nobody has a file open."""
        texts = texts_of(self.server.services)
        async with asyncio.timeout(20):
            while texts._living():
                await texts.sweep()
                await asyncio.sleep(0)

    async def settled(self) -> None:
        await texts_of(self.server.services).settled(self.project)  # type: ignore[arg-type]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    async with running(tmp_path_factory.mktemp("texts")) as server:
        owner, bob = await server.person("owner"), await server.person("bob")
        editor, stranger = await server.person("editor"), await server.person("stranger")
        project = await server.project(owner, collaborator=bob, editor=editor)
        yield Desk(server, owner, bob, editor, stranger, project)


async def test_two_people_and_the_disk_write_into_one_file(desk: Desk) -> None:
    place = desk.write("run.py", b"one = 1\r\ntwo = 2\r\nthree = 3")
    os.chmod(place, 0o755)
    ann, bob = await desk.visit(desk.owner, "run.py"), await desk.visit(desk.bob, "run.py")
    assert ann.text == bob.text == "one = 1\ntwo = 2\nthree = 3"
    ann.type("zero = 0\n", 0)
    bob.type("  # é", len("one = 1\ntwo = 2"))
    await ann.saved()
    await bob.saved()
    await bob.until(lambda: bob.text == "zero = 0\none = 1\ntwo = 2  # é\nthree = 3")
    await desk.settled()
    assert place.read_bytes() == "zero = 0\r\none = 1\r\ntwo = 2  # é\r\nthree = 3".encode()
    assert place.stat().st_mode & 0o777 == 0o755

    place.write_bytes(place.read_bytes().replace(b"three = 3", b"three = 33\r\nfour = 4"))
    ann.type("# top\n", 0)
    await ann.saved()
    wanted = "# top\nzero = 0\none = 1\ntwo = 2  # é\nthree = 33\nfour = 4"
    await bob.until(lambda: bob.text == wanted)
    await ann.until(lambda: ann.text == wanted)
    await desk.settled()
    assert place.read_bytes() == wanted.replace("\n", "\r\n").encode()
    await ann.close()
    await bob.close()


async def test_a_page_that_was_away_merges_after_the_room_was_let_go(desk: Desk) -> None:
    place = desk.write("away.md", b"alpha\nbeta\n")
    ann = await desk.visit(desk.owner, "away.md")
    ann.connection = None  # from here on nothing goes out
    ann.type("offline ", 0)
    texts = texts_of(desk.server.services)
    await ann.ws.close()
    for _ in range(3):
        await texts.sweep()
    assert not texts._living()
    place.write_bytes(b"alpha\nbeta\ngamma\n")
    back = await desk.visit(desk.owner, "away.md")
    assert [hello["epoch"] for hello in back.of("hello")] == [ann.epoch]
    again = await _again(desk, ann)
    await again.saved()
    await back.until(lambda: back.text == "offline alpha\nbeta\ngamma\n")
    await desk.settled()
    assert place.read_bytes() == b"offline alpha\nbeta\ngamma\n"
    await again.close()
    await back.close()


async def _again(desk: Desk, old: TextPage) -> TextPage:
    """Connect once more with the document, the history and the unsent edits of a page that was away."""
    url = f"{desk.owner.base.replace('http', 'ws')}/api/projects/{desk.project}/text-socket/away.md"
    ws = await desk.owner.http.ws_connect(url, origin=desk.owner.base, max_msg_size=0)
    page = TextPage(desk.owner.name, ws)
    page.doc.unobserve(page._subscription)
    page._be(old.doc)
    page.epoch, page.unsent_ids = old.epoch, old.unsent_ids
    await page.until(lambda: page.sent > 0)
    return page


async def test_who_may_not_write_files_may_watch(desk: Desk) -> None:
    place = desk.write("watched.txt", b"as it was\n")
    api = f"/api/projects/{desk.project}/texts/watched.txt"
    assert (await desk.editor.get(api)).json["name"] == "watched.txt"
    assert (await desk.stranger.get(api)).status == 404
    watching, writing = (
        await desk.visit(desk.editor, "watched.txt"),
        await desk.visit(desk.bob, "watched.txt"),
    )
    watching.type("stolen ", 0)
    await watching.until(lambda: watching.of("reset"))
    assert watching.of("reset")[0]["reason"] == "You may not edit this file."
    writing.type("more\n", 0)
    await watching.until(lambda: watching.text == "more\nas it was\n")
    await desk.owner.put(f"/api/projects/{desk.project}/members/{desk.bob.user}", {"role": "viewer"})
    await writing.until(lambda: writing.of("rights"))
    writing.type("late ", 0)
    await writing.until(lambda: len(writing.of("reset")) > 0)
    await desk.settled()
    assert place.read_bytes() == b"more\nas it was\n"
    await desk.owner.put(f"/api/projects/{desk.project}/members/{desk.bob.user}", {"role": "collaborator"})
    await watching.close()
    await writing.close()


@pytest.mark.parametrize(
    ("name", "raw", "code", "words"),
    [
        ("photo.png", b"\x89PNG\r\n\0\0" + os.urandom(200), "not_text", "holds no text"),
        ("large.csv", b"x" * (2 * 1024 * 1024 + 1), "too_large", "larger than 2 MiB"),
        ("missing.txt", None, "not_found", ""),
    ],
)
async def test_what_cannot_be_edited_is_refused_in_words(
    desk: Desk, name: str, raw: bytes | None, code: str, words: str
) -> None:
    if raw is not None:
        desk.write(name, raw)
    answer = await desk.owner.get(f"/api/projects/{desk.project}/texts/{name}")
    assert answer.code == code
    assert words in answer.json["error"]["reason"]
    page = await desk.visit(desk.owner, name)
    assert page.closed == 4404
    await page.close()


async def test_a_link_leads_nowhere_and_what_takes_its_place_is_not_written_through(
    desk: Desk, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("secret")
    (desk.folder / "link.txt").symlink_to(outside)
    assert (await desk.owner.get(f"/api/projects/{desk.project}/texts/link.txt")).code == "not_a_file"
    place = desk.write("swapped.txt", b"mine\n")
    page = await desk.visit(desk.owner, "swapped.txt")
    place.unlink()
    place.symlink_to(outside)
    page.type("typed ", 0)
    await page.until(lambda: page.of("notice"))
    assert "no plain file" in page.of("notice")[0]["text"]
    assert outside.read_text() == "secret"
    place.unlink()
    await desk.settled()
    assert place.read_bytes() == b"typed mine\n"
    await page.close()


async def test_a_file_that_goes_closes_its_pages_but_loses_no_edit(desk: Desk) -> None:
    place = desk.write("gone.txt", b"here\n")
    page = await desk.visit(desk.owner, "gone.txt")
    deleted = await desk.owner.delete(f"/api/projects/{desk.project}/files/gone.txt")
    await page.until(lambda: page.closed)
    assert page.closed == 4404
    item = deleted.json["id"]
    await desk.owner.patch(f"/api/projects/{desk.project}/deleted-files/{item}", {"deleted": False})
    await page.close()
    page = await desk.visit(desk.owner, "gone.txt")
    assert page.text == "here\n"
    page.type("and ", 0)
    place.unlink()
    await page.saved()
    await desk.settled()
    assert place.read_bytes() == b"and here\n"
    await page.close()


async def test_people_go_on_in_a_file_that_is_renamed(desk: Desk) -> None:
    desk.write("old.txt", b"here\n")
    ann, bob = await desk.visit(desk.owner, "old.txt"), await desk.visit(desk.bob, "old.txt")
    files = f"/api/projects/{desk.project}/files"
    ann.type("typed ", 0)
    assert (await desk.owner.patch(f"{files}/old.txt", {"name": "né w.txt"})).status == 200
    for page in (ann, bob):
        await page.until(partial(page.of, "moved"))
        assert page.of("moved") == [
            {"type": "moved", "name": "né w.txt", "path": "né w.txt", "address": "n%C3%A9%20w.txt"}
        ]
    bob.type("and ", 0)
    await ann.until(lambda: ann.text == "and typed here\n")
    await bob.saved()
    await desk.settled()
    assert (desk.folder / "né w.txt").read_bytes() == b"and typed here\n"
    assert not (desk.folder / "old.txt").exists()

    await desk.owner.post(f"/api/projects/{desk.project}/folders", {"path": "box"})
    os.rename(desk.folder / "né w.txt", desk.folder / "box" / "in.txt")  # as a terminal does it
    await ann.until(lambda: ann.of("moved")[-1]["path"] == "box/in.txt")
    await desk.owner.patch(f"{files}/box", {"name": "chest"})
    await ann.until(lambda: ann.of("moved")[-1]["path"] == "chest/in.txt")
    history = (await desk.owner.get(f"/api/projects/{desk.project}/texts/chest/in.txt")).json["id"]
    late = await desk.visit(desk.bob, "old.txt", f"?text={history}")
    assert late.text == "and typed here\n"
    assert late.of("moved")[-1]["address"] == "chest/in.txt"
    assert (await desk.visit(desk.bob, "old.txt", "?text=another")).closed == 4404
    late.type("late ", 0)
    await late.saved()
    for page in (ann, bob, late):
        await page.close()
    await desk.settled()
    assert (desk.folder / "chest" / "in.txt").read_bytes() == b"late and typed here\n"
    again = await desk.visit(desk.owner, "chest/in.txt")
    assert (again.epoch, again.text) == (ann.epoch, "late and typed here\n")
    await again.close()


async def test_a_page_that_was_away_finds_a_file_that_has_moved(desk: Desk) -> None:
    """Also where nobody has it open any more, and where it moved while nobody had."""
    desk.write("far.txt", b"here\n")
    ann, bob = await desk.visit(desk.owner, "far.txt"), await desk.visit(desk.bob, "far.txt")
    history = (await desk.owner.get(f"/api/projects/{desk.project}/texts/far.txt")).json["id"]
    await ann.close()
    os.rename(desk.folder / "far.txt", desk.folder / "further.txt")  # as a terminal does it, with bob in it
    await bob.until(partial(bob.of, "moved"))
    await bob.close()
    files = f"/api/projects/{desk.project}/files"
    for place in ("further.txt", "deep/furthest.txt", "deeper/furthest.txt"):
        await desk.let_go()
        if place.startswith("deep/"):
            await desk.owner.patch(f"{files}/further.txt", {"path": place})
        if place.startswith("deeper/"):
            await desk.owner.patch(f"{files}/deep", {"name": "deeper"})
        back = await desk.visit(desk.owner, "far.txt", f"?text={history}")
        assert (back.epoch, back.text, back.of("moved")[-1]["path"]) == (ann.epoch, "here\n", place)
        await back.close()
    desk.write("far.txt", b"another\n")
    unknown = await desk.visit(desk.owner, "far.txt", "?text=another")
    assert unknown.text == "another\n"
    await unknown.close()
    await desk.let_go()
    (desk.folder / "deeper" / "furthest.txt").unlink()
    late = await desk.visit(desk.owner, "far.txt", f"?text={history}")
    assert late.text == "another\n"
    await late.close()


async def test_a_program_that_takes_a_file_away_to_write_it_anew_leaves_people_in_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As vim writes: the old file gets another name, a new one its place, then the old one goes."""
    place = desk.write("vim.txt", b"one\ntwo\n")
    page = await desk.visit(desk.owner, "vim.txt")
    backup = place.with_name("vim.txt~")

    looked = disk.mark_of

    def just_before_it_is_back(home: Home, path: tuple[str, ...]) -> str | None:
        mark = looked(home, path)
        if backup.exists():
            place.write_bytes(b"one\ntwo\nthree\n")
            backup.unlink()
        return mark

    with monkeypatch.context() as patched:
        patched.setattr("server.texts.disk.mark_of", just_before_it_is_back)
        place.rename(backup)
        await page.until(lambda: page.text == "one\ntwo\nthree\n" or page.closed)
    assert (page.of("moved"), page.closed) == ([], None)
    os.replace(desk.write("new.txt", b"one\ntwo\nthree\nfour\n"), place)
    await page.until(lambda: page.text == "one\ntwo\nthree\nfour\n")
    assert (page.of("moved"), page.closed) == ([], None)
    await page.close()


async def test_a_file_moved_over_one_that_is_open_leaves_that_one_open(desk: Desk) -> None:
    one, other = desk.write("one.txt", b"one\n"), desk.write("other.txt", b"other\n")
    ann, bob = await desk.visit(desk.owner, "one.txt"), await desk.visit(desk.bob, "other.txt")
    os.replace(one, other)
    await ann.until(lambda: ann.closed)
    await bob.until(lambda: bob.text == "one\n")
    bob.type("still ", 0)
    await bob.saved()
    await desk.settled()
    assert other.read_bytes() == b"still one\n"
    await ann.close()
    await bob.close()


async def test_a_deleted_file_takes_along_what_was_typed(desk: Desk) -> None:
    place = desk.write("binned.txt", b"here\n")
    page = await desk.visit(desk.owner, "binned.txt")
    page.type("typed ", 0)
    await page.saved()
    item = (await desk.owner.delete(f"/api/projects/{desk.project}/files/binned.txt")).json["id"]
    await page.until(lambda: page.closed)
    assert page.closed == 4404
    await desk.settled()
    assert not place.exists()
    await desk.owner.patch(f"/api/projects/{desk.project}/deleted-files/{item}", {"deleted": False})
    assert place.read_bytes() == b"typed here\n"
    await page.close()


async def test_what_was_saved_but_not_written_comes_together_with_the_file(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a server is killed after it put on record what it was about to write."""
    place = desk.write("killed.txt", b"a\nb\n")
    page = await desk.visit(desk.owner, "killed.txt")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("server.texts.disk.replace", full)
        page.type("typed\n", 0)
        await page.saved()
        await page.until(lambda: page.of("notice"))
        assert "No space left" in page.of("notice")[0]["text"]
        await page.close()
        texts = texts_of(desk.server.services)
        for _ in range(3):
            await texts.sweep()
    assert place.read_bytes() == b"a\nb\n"
    place.write_bytes(b"a\nb\nc\n")
    page = await desk.visit(desk.owner, "killed.txt")
    await page.until(lambda: page.text == "typed\na\nb\nc\n")
    await desk.settled()
    assert place.read_bytes() == b"typed\na\nb\nc\n"
    await page.close()


@pytest.mark.parametrize(
    ("raw", "code"),
    [(b"x" * (2 * 1024 * 1024 + 1), "too_large"), (b"\0\1\2" * 40, "not_text")],
    ids=["large", "binary"],
)
async def test_what_cannot_be_merged_keeps_its_place(tmp_path: Path, raw: bytes, code: str) -> None:
    home = Home(tmp_path)
    home.prepare()
    there = home.files / "notes.txt"
    there.write_bytes(b"before")
    known = disk.read(home, ("notes.txt",))
    there.unlink()
    there.write_bytes(raw)
    with pytest.raises(Refusal) as refused:
        disk.replace(home, ("notes.txt",), b"typed", known)
    assert (refused.value.code, there.read_bytes()) == (code, raw)
