"""The rules around environments that need no uv: lines, edits, progress, failures."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel_manager.environment.declared import parse
from kernel_manager.environment.failures import explain
from kernel_manager.environment.installed import installed
from kernel_manager.environment.lines import Kind, LineRefused, read_line
from kernel_manager.environment.papers import PaperUnreadable, read_text, write_text
from kernel_manager.environment.progress import Progress, after
from kernel_manager.environment.states import Home


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("numpy", Kind.PLAIN, "numpy"),
        ("Foo_Bar[x]>=1,<2 ; python_version < '3.13'  # why", Kind.PLAIN, "foo-bar"),
        (f"numpy==1.0 --hash=sha256:{'a' * 64}", Kind.PLAIN, "numpy"),
        ("pkg @ https://example.org/pkg-1.0.whl", Kind.DIRECT, "pkg"),
        ("git+https://example.org/x.git", Kind.DIRECT, None),
        ("-e ./lib", Kind.LOCAL, None),
        ("./x-1.0.whl", Kind.LOCAL, None),
        ("--index-url https://example.org/simple", Kind.OPTION, None),
    ],
)
def test_a_line_is_as_harmless_as_what_it_reaches(text: str, kind: Kind, name: str | None) -> None:
    line = read_line(text)
    assert line is not None
    assert (line.kind, line.name) == (kind, name)


@pytest.mark.parametrize("text", ["", "   ", "# only a comment"])
def test_nothing_is_asked_for_by_nothing(text: str) -> None:
    assert read_line(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *(
            "numpy\x00",
            "num\u2028py",
            "ssh://x",
            "git+ssh://h/x",
            "a @ https://u:p@h.org/x",
            "a @ https://[::1]/x",
        ),
        *("a.whl", "a.tar.gz[b]>=1", "a @ https://localhost./x", "https://metadata.google.internal./x"),
        *("git+https://h.org/x.git@--upload-pack=y", "git+https://h.org/x.git#subdirectory=../../y"),
        *("a @ https://localhost/x", "a @ https://2130706433/x", "--trusted-host x", "a " * 3, "../x"),
        f"a{','.join(['<1'] * 11)}",
    ],
)
def test_what_leads_elsewhere_is_refused_with_the_line_named(text: str) -> None:
    with pytest.raises(LineRefused):
        read_line(text)


def test_what_is_included_counts_and_what_leads_out_is_told(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "more.txt").write_text("b\n-r again.txt\n")
    (tmp_path / "sub" / "again.txt").write_text("c\n")
    (tmp_path / "out").symlink_to("/etc")
    found = parse("a\n-r sub/more.txt\n-r ../x\n-r out/passwd\n-r missing.txt\n-c sub/again.txt\n", tmp_path)
    assert [line.name for line in found.all] == ["a", "b", "c"]
    assert [line.name for line in found.asked] == ["a"]
    assert [line.name for line in found.constraints] == ["c"]
    assert len(found.problems) == 3


def test_papers_are_plain_files_and_written_whole(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes(b"a\xe9\n")
    assert read_text(tmp_path, "requirements.txt") == "a\xe9\n"
    write_text(tmp_path, "requirements.txt", "a\xe9\nb\n")
    assert (tmp_path / "requirements.txt").read_bytes() == b"a\xe9\nb\n"
    write_text(tmp_path, "requirements.txt", "\u20ac\n")
    assert (tmp_path / "requirements.txt").read_bytes() == "\u20ac\n".encode()
    (tmp_path / "link").symlink_to("requirements.txt")
    with pytest.raises(PaperUnreadable):
        read_text(tmp_path, "link")
    (tmp_path / "target").write_text("kept")
    (tmp_path / ".lock.new").symlink_to("target")
    write_text(tmp_path, "lock", "new")
    assert (tmp_path / "target").read_text() == "kept"
    write_text(tmp_path, "lock", None)
    assert read_text(tmp_path, "lock") is None


def test_a_cache_goes_when_it_is_too_large_and_takes_nothing_along(tmp_path: Path) -> None:
    home, outside = Home(tmp_path / "environment"), tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_bytes(bytes(5000))
    (home.cache / "wheels").mkdir(parents=True)
    (home.cache / "wheels" / "one").write_bytes(bytes(600))
    (home.cache / "away").symlink_to(outside)
    home.trim_cache(1000)
    assert (home.cache / "wheels" / "one").exists()
    (home.cache / "two").write_bytes(bytes(600))
    home.trim_cache(1000)
    assert not home.cache.exists()
    assert (outside / "kept").exists()


def test_progress_counts_what_uv_says() -> None:
    progress = Progress()
    for line in (
        "Resolved 3 packages in 2ms",
        "Downloading a (1.0MiB)",
        "Downloading b (3.0MiB)",
        " Downloaded a",
    ):
        progress = after(progress, line)
    assert (progress.phase, progress.text) == ("downloading", "Downloading b")
    assert (progress.done_bytes, progress.total_bytes) == (1024**2, 4 * 1024**2)
    assert after(progress, "   Building c==1.0").phase == "building"
    assert after(progress, "Prepared 3 packages in 1s").text == "Installing 3 packages"
    assert after(progress, "something else") == progress


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("cause: failed to copy: No space left on device (os error 28)", "disk_full", "The disk is full."),
        (
            "error: Failed to fetch: `https://me:secret@h.org/simple/x/`\n cause: tcp connect error",
            "index_unreachable",
            "The package index at h.org cannot be reached.",
        ),
        ("error: Failed to build `bad==1.0`\n cause: boom", "build_failed", "bad could not be built"),
        (
            "Because a==1 depends on c>=2 and b==1 depends on c<2, your requirements are unsatisfiable.",
            "conflict",
            "a and b cannot be installed together: they need different versions of c.",
        ),
        ("uv was ended by signal 9.", "ended", "The system ended the installer (signal 9)"),
        ("error: something new", "failed", "The installer could not finish: something new."),
        ("", "failed", "The installer could not finish: it gave no reason."),
    ],
)
def test_a_failure_is_one_sentence_without_secrets(text: str, code: str, words: str) -> None:
    failure = explain(text)
    assert failure.code == code
    assert failure.sentence.startswith(words)
    assert "secret" not in failure.sentence + failure.detail


def test_what_packages_say_of_their_needs_may_be_nonsense(tmp_path: Path) -> None:
    about = tmp_path / "lib" / "python3.11" / "site-packages" / "odd-1.0.dist-info"
    about.mkdir(parents=True)
    needs = ['a; python_version ~= "x"', 'b; "x" in "y"', "c; " + "(" * 900, "d >", 'e; extra == "f"', "g>=1"]
    lines = [
        "Metadata-Version: 2.1",
        "Name: odd",
        "Version: 1.0",
        *(f"Requires-Dist: {each}" for each in needs),
    ]
    (about / "METADATA").write_text("\n".join([*lines, "", ""]))
    assert installed(tmp_path)["odd"].needs == ("g",)
