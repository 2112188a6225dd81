"""A requirements.txt is edited line by line; what a line may hold is decided before it gets in."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel_manager.imports.encoded import decode
from kernel_manager.imports.lines import Refused, Wanted, pinned, read_wanted, suggestible
from kernel_manager.imports.requirements import (
    MOST_LINES,
    Edit,
    add,
    apply,
    change,
    declarations,
    inside_project,
    read_lines,
    remove,
    replace,
)

HOSTILE = json.loads(
    (Path(__file__).parents[1] / "data" / "hostile" / "requirements.json").read_text("utf-8")
)["items"]


def added(text: str, line: str) -> str:
    edit = add(text, line)
    assert isinstance(edit, Edit), edit
    return apply(text, edit)


FIXTURES = {
    "comments": "# ours\nnumpy  # arrays\n\n# last\n",
    "windows": "numpy==1.0\r\npandas\r\n",
    "no end": "numpy\npandas",
    "windows, no end": "numpy\r\npandas",
    "continued": "numpy \\\n  >=1.0 \\\n  ,<2\npandas\n",
    "ends open": "numpy\npandas \\",
    "markers": "numpy; python_version < '3.9'\nuvicorn[standard]>=0.2 ; sys_platform == 'linux'  # why\n",
    "options": "-i https://x.invalid/simple\n--pre\n-r other.txt\n-c limits.txt\nnumpy\n",
    "addresses": "-e git+https://x.invalid/a.git#egg=thing\nthat @ https://x.invalid/that.zip\n./local.whl\n",
    "spaces": "   numpy   \n\t\npandas\t\n",
    "empty": "",
    "old mac": "numpy\rpandas\r",
    "mixed": "numpy\r\npandas\nscipy\r\n",
    "broken": "this is no line\n===\nnumpy\n",
}


@pytest.mark.parametrize("text", FIXTURES.values(), ids=FIXTURES)
def test_adding_a_line_leaves_every_other_character(text: str) -> None:
    after = added(text, "requests~=2.31")
    assert after.startswith(text)
    rest = after[len(text) :]
    assert rest.strip() == "requests~=2.31"
    assert [line.name for line in read_lines(after)].count("requests") == 1
    assert [line.text for line in read_lines(after)][: len(read_lines(text)) - 1] == [
        line.text for line in read_lines(text)
    ][:-1]


@pytest.mark.parametrize("text", FIXTURES.values(), ids=FIXTURES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_the_bytes_before_the_new_line_are_the_same(text: str, encoding: str) -> None:
    raw = f"# é\n{text}".encode(encoding)
    if encoding == "latin-1":
        raw = b"# -*- coding: latin-1 -*-\n" + raw
    file = decode(raw)
    assert file.encode(file.text) == raw
    edit = add(file.text, "requests")
    assert isinstance(edit, Edit)
    assert file.encode(apply(file.text, edit)).startswith(raw)


LINES = st.sampled_from(
    [
        "numpy",
        "numpy==1.0  # c",
        "# comment",
        "",
        "pandas[excel]>=2; python_version>'3'",
        "-r other.txt",
        "-e .",
        "é",
        "scipy \\\n  >=1",
        "x @ https://x.invalid/x.zip",
        "\t",
        "Foo_Bar.baz",
    ]
)
TEXTS = st.tuples(st.lists(LINES, max_size=8), st.sampled_from(["\n", "\r\n"]), st.booleans()).map(
    lambda made: made[1].join(line.replace("\n", made[1]) for line in made[0]) + (made[1] if made[2] else "")
)


@given(TEXTS)
def test_what_is_added_and_removed_again_leaves_no_trace(text: str) -> None:
    edit = add(text, "requests~=2.31")
    assert isinstance(edit, Edit)
    after = apply(text, edit)
    for each in remove(after, "requests"):
        after = apply(after, each)
    assert after in (text, text + "\n", text + "\r\n")


@given(TEXTS)
def test_the_lines_together_are_the_file(text: str) -> None:
    assert "".join(line.text for line in read_lines(text)) == text
    assert all(text[line.at :].startswith(line.text) for line in read_lines(text))


@given(st.text(alphabet=st.sampled_from("abn-r=<>~. \t\\\n\r#[];'\"@:/\u2028\x0b\0é"), max_size=60))
def test_any_text_can_be_read_and_added_to(text: str) -> None:
    assert "".join(line.text for line in read_lines(text)) == text
    edit = add(text, "requests")
    assert not isinstance(edit, Edit) or apply(text, edit).startswith(text)


@given(st.binary(max_size=60))
def test_any_bytes_come_back_as_they_were(raw: bytes) -> None:
    file = decode(raw)
    assert file.encode(file.text) == raw


@pytest.mark.parametrize(
    "declared",
    ["Foo_Bar", "foo.bar==1", "FOO-BAR[x]>=2 ; python_version>'3'", "foo_bar @ https://x.invalid/f.zip"],
)
def test_a_declared_name_is_not_added_again_however_it_is_written(declared: str) -> None:
    assert add(f"{declared}\n", "foo-bar") is None


def test_two_clicks_make_one_line() -> None:
    once = added("numpy\n", "requests")
    assert add(once, "requests") is None
    assert once.count("requests") == 1


def test_a_line_is_put_in_anothers_place_and_only_there() -> None:
    hashed = "Foo_Bar == 1 \\\r\n  --hash=sha256:" + "a" * 64
    text = f"\ufefffirst\r\n{hashed}\r\n\r\nb>=2  # kept\r\nlast"
    for name, old, new in (
        ("b", "b>=2", "b[x]~=3.0"),
        ("first", "first", "first<9"),
        ("last", "last", "last>1"),
    ):
        edit = replace(text, name, new)
        assert isinstance(edit, Edit)
        assert apply(text, edit) == text.replace(old, new)
    assert isinstance(replace(text, "foo-bar", "foo-bar>=2"), Refused)
    assert replace(text, "absent", "absent") is None
    [edit] = remove(text, "foo-bar")
    assert apply(text, edit) == "\ufefffirst\r\n\r\nb>=2  # kept\r\nlast"


def test_what_may_not_be_suggested_is_added_by_hand_only() -> None:
    line = "pkg @ https://example.org/pkg-1.0.zip"
    assert isinstance(add("a\r\n", line), Refused)
    edit = add("a\r\n", line, by_hand=True)
    assert isinstance(edit, Edit)
    assert apply("a\r\n", edit) == f"a\r\n{line}\r\n"
    assert add(f"{line}\n", line, by_hand=True) is None
    assert add("-e ./lib  # ours\n", "-e ./lib", by_hand=True) is None
    edit = add("\ufeff", "new", by_hand=True)
    assert isinstance(edit, Edit)
    assert apply("\ufeff", edit) == "\ufeffnew\n"


def test_an_edit_for_another_text_is_not_made() -> None:
    [edit] = remove("numpy\npandas\n", "pandas")
    with pytest.raises(ValueError, match="has changed"):
        apply("numpy\nscipy\npandas\n", edit)


def test_removing_takes_the_continuation_lines_and_nothing_else() -> None:
    text = "# a\nnumpy \\\n  --hash=sha256:00 \\\n  --hash=sha256:11\npandas  # b\n"
    [edit] = remove(text, "NumPy")
    assert apply(text, edit) == "# a\npandas  # b\n"


@pytest.mark.parametrize(
    ("line", "versions", "expected"),
    [
        ("numpy==1.0  # why", "~=2.0", "numpy~=2.0  # why"),
        ("numpy", ">=2", "numpy>=2"),
        (
            "uvicorn[standard] >=0.2 ; os_name == 'nt'  # x",
            "==0.3",
            "uvicorn[standard] ==0.3 ; os_name == 'nt'  # x",
        ),
        ("  NumPy >= 1.0 , < 2\t# x", "", "  NumPy \t# x"),
    ],
)
def test_other_versions_leave_extras_markers_and_comments(line: str, versions: str, expected: str) -> None:
    text = f"# first\r\n{line}\r\nlast\r\n"
    name = "uvicorn" if "uvicorn" in line else "numpy"
    edit = change(text, name, versions)
    assert isinstance(edit, Edit)
    after = apply(text, edit)
    assert after.replace(" ", "") == f"# first\r\n{expected}\r\nlast\r\n".replace(" ", "")
    assert after.startswith("# first\r\n")
    assert after.endswith("\r\nlast\r\n")


def test_nothing_changes_where_the_versions_are_the_same() -> None:
    assert change("numpy~=2.0\n", "numpy", "~=2.0") is None
    assert change("pandas\n", "numpy", "~=2.0") is None


def test_versions_are_checked_as_a_line_is() -> None:
    assert isinstance(change("numpy\n", "numpy", " --index-url http://x.invalid"), Refused)
    assert isinstance(change("numpy\n", "numpy", "\n-e ."), Refused)


def test_a_file_with_hashes_is_refused_and_says_why() -> None:
    refused = add("numpy==1.0 \\\n    --hash=sha256:00\n", "requests")
    assert isinstance(refused, Refused)
    assert "hashes" in refused.why
    assert isinstance(change("numpy==1.0 --hash=sha256:00\n", "numpy", "==2"), Refused)


@pytest.mark.parametrize("item", HOSTILE, ids=lambda item: item["id"])
def test_hostile_lines_are_not_suggested(item: dict[str, str]) -> None:
    found = suggestible(item["payload"])
    assert isinstance(found, Refused)
    assert found.why.endswith(".")
    assert found.text.isprintable()
    assert len(found.text) < 130


@pytest.mark.parametrize("item", HOSTILE, ids=lambda item: item["id"])
def test_hostile_lines_in_a_file_are_pointed_out_and_kept(item: dict[str, str]) -> None:
    text = f"numpy\n{item['payload']}\npandas\n"
    lines = read_lines(text)
    assert "".join(line.text for line in lines) == text
    declared = declarations("requirements.txt", {"requirements.txt": text}.get)
    harmless = item["payload"] in ("", "sklearn", "reqeusts")
    assert ([number for _, number, _ in declared.objections] == [2]) is not harmless
    assert {"numpy", "pandas"} <= declared.names


@pytest.mark.parametrize(
    "text",
    [
        "a; rm -rf /",
        "a && b",
        "$(id)",
        "`id`",
        "a\nb",
        "a\r-e .",
        "numpy # x\n-e .",
        "http://x.invalid/a",
        "a @ b",
        "git+ssh://x.invalid/a",
        "file:a",
        "~/a",
        "C:\\a",
        "a/b",
        "a.whl",
        "numpy==1;;",
        "-",
        "--",
        "numpy[",
        "n\u00fcmpy",
        "a" * 101,
    ],
)
def test_a_line_that_could_reach_or_run_something_is_refused(text: str) -> None:
    assert isinstance(read_wanted(text), Refused)


@pytest.mark.parametrize(
    "text",
    [
        "numpy",
        "numpy==1.0",
        "numpy>=1,<2",
        "uvicorn[standard]~=0.2",
        "a.b_c-d",
        "x!=1.*",
        "x===1",
        "x ; python_version<'3'",
        "numpy (>=1)",
        "x==1!2.0+local",
    ],
)
def test_usual_requirements_are_taken(text: str) -> None:
    assert isinstance(read_wanted(text), Wanted)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("-e .", "option"),
        ("numpy --pre", "option"),
        ("${HOME}x", "variable"),
        ("https://x.invalid/a.whl", "address"),
        ("./a.whl", "file or folder"),
        ("n\u00fcmpy", "characters"),
        ("a; rm -rf /", "option"),
        ("a b", "no requirement"),
    ],
)
def test_a_refusal_says_what_is_wrong(text: str, word: str) -> None:
    refused = read_wanted(text)
    assert isinstance(refused, Refused)
    assert word in refused.why


def test_what_is_meant_is_said() -> None:
    dummy, slip, stranger = (suggestible(name) for name in ("sklearn==1.0", "reqeusts", "acme-inhouse-thing"))
    assert isinstance(dummy, Refused)
    assert "scikit-learn" in dummy.why
    assert isinstance(slip, Refused)
    assert "requests" in slip.why
    assert isinstance(stranger, Refused)
    assert suggestible("Scikit_Learn>=1") == Wanted("scikit-learn", "Scikit_Learn>=1", has_version=True)


@pytest.mark.parametrize(
    ("version", "style", "expected"),
    [
        ("2.31.0", "~=", "x~=2.31"),
        ("2.31.0", "==", "x==2.31.0"),
        ("2.31.0", ">=", "x>=2.31.0"),
        ("2.31.0", "", "x"),
        (None, "~=", "x"),
        ("2026", "~=", "x>=2026"),
        ("1.0+cu12", "==", "x==1.0"),
        ("2.0rc1", "~=", "x~=2.0rc1"),
        ("2.0.dev3", "~=", "x==2.0.dev3"),
        ("1!2.3.4", "~=", "x~=1!2.3"),
        ("nonsense", "~=", "x"),
    ],
)
def test_versions_are_pinned_in_the_chosen_style(version: str | None, style: str, expected: str) -> None:
    line = pinned("x", version, style)
    assert line == expected
    assert isinstance(read_wanted(line), Wanted)


def test_included_files_declare_too_and_constraints_do_not() -> None:
    files = {
        "requirements.txt": "-r deep/more.txt\n-c limits.txt\nnumpy\n",
        "deep/more.txt": "--requirement=../other.txt\npandas\n-r more.txt\n",
        "other.txt": "Scipy ; python_version>'3'\n-r requirements.txt\n",
        "limits.txt": "torch==2\n",
    }
    found = declarations("requirements.txt", files.get)
    assert found.names == {"numpy", "pandas", "scipy"}
    assert [(each.file, each.line) for each in found.requirements if each.name == "pandas"] == [
        ("deep/more.txt", 2)
    ]


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../outside.txt", "a/../../b.txt", "http://x.invalid/r.txt", "..\\b.txt"]
)
def test_no_file_outside_the_project_is_read(path: str) -> None:
    read: list[str] = []

    def text(name: str) -> str | None:
        read.append(name)
        return f"-r {path}\n" if name == "requirements.txt" else None

    found = declarations("requirements.txt", text)
    assert read == ["requirements.txt"]
    assert [why for _, _, why in found.objections] == [f"{path} lies outside the project."]
    assert inside_project(path) is None


def test_files_that_include_each_other_end() -> None:
    found = declarations("0.txt", lambda name: f"-r {int(name[:-4]) + 1}.txt\np{name[:-4]}\n")
    assert len(found.requirements) == 50


@pytest.mark.parametrize(
    "text",
    [
        *("-r" + " " * 20_000 + "a b", "a " + "--hash " * 5_000, "a[" * 10_000, "a\n" * 50_000),
        *("a; " + "(" * 490, "a; " + "(" * 100_000, "a" + " " * 100_000 + "#", " #" * 100_000),
    ],
)
def test_a_hostile_file_is_read_in_no_time(text: str) -> None:
    begin = time.process_time()
    found = declarations("requirements.txt", {"requirements.txt": text}.get)
    assert time.process_time() - begin < 5, "0.4 s on a quiet machine"
    assert len(found.requirements) <= MOST_LINES


def test_an_index_or_an_editable_line_is_pointed_out_with_its_number() -> None:
    text = "numpy\n--index-url https://x.invalid\n# ok \u2028--pre\n-e .\nx @ file:///y\n"
    found = declarations("requirements.txt", {"requirements.txt": text}.get)
    assert [number for _, number, _ in found.objections] == [2, 3, 4, 5]
