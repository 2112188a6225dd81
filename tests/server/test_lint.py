"""Marks and formatting of notebooks: ruff behind the sandbox, and what a notebook takes back of its words."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from ruff import find_ruff_bin  # type: ignore[import-untyped]

from kernel_manager.analysis import LintCell, Linter, NoAnswer, Seat, python_in
from kernel_manager.guest.lint import check, formatted
from kernel_manager.isolation_probe import Standing, standing_of
from kernel_manager.owners import FIRST
from tests.support.server import running

RUFF = find_ruff_bin()


def cells(*sources: str, **gives: list[str]) -> list[dict[str, Any]]:
    return [
        {"id": str(at), "source": source, "python": python_in(source), **gives}
        for at, source in enumerate(sources)
    ]


def marked(*sources: str, **gives: list[str]) -> list[tuple[str, str, str]]:
    """Return cell, rule and the marked text."""
    found = []
    for mark in check(RUFF, cells(*sources, **gives))["marks"]:
        text = sources[int(mark["cell"])].encode("utf-16-le")
        stretch = text[2 * mark["start"] : 2 * mark["end"]].decode("utf-16-le")
        found.append((mark["cell"], mark["code"], stretch))
    return found


def test_names_count_across_cells_in_any_order() -> None:
    assert marked("import os\nprint(later)", "later = os.name\nprint(never)") == [("1", "F821", "never")]
    assert marked("def f():\n    global made\n    made = 1\nprint(made)", "import json") == [
        ("1", "F401", "json")
    ]
    assert marked("print(frame)", gives=["frame"]) == []


def test_what_is_usual_in_notebooks_is_no_mistake() -> None:
    assert marked(
        "%matplotlib inline\n!ls\nfiles = !ls\nfiles?\nfiles",
        "%%bash\nif [ 1 ]; then",
        "from math import *\nprint(sin(1), _, In, display, get_ipython)",
        "x = 1\nawait x",
        "x = 2\nfor i in range(3): pass\ni",
        "df[df.a == None]\nlambda_ = lambda: 1",
        "df = 1",
    ) == []  # fmt: skip


def test_a_cell_that_does_not_parse_hides_nothing_of_the_others() -> None:
    found = marked("import os\nprint(half, never)", "half = os.getcwd(\n", "import json")
    assert ("0", "F821", "never") in found
    assert ("2", "F401", "json") in found
    assert not {"os", "half"} & {text for _, _, text in found}
    assert [cell for cell, code, _ in found if code == ""] == ["1"]


def test_places_are_counted_as_browsers_do() -> None:
    assert marked("s = '🎉🎉'; print(never)\nt = '🎉'; print(gone)") == [
        ("0", "F821", "never"),
        ("0", "F821", "gone"),
    ]


def test_a_fix_says_what_it_does_and_changes_one_cell() -> None:
    (mark,) = check(RUFF, cells("x = 1", "import os\nprint(x)"))["marks"]
    assert (mark["cell"], mark["level"], mark["fix"]) == ("1", "unused", "Remove unused import: `os`")
    assert mark["edits"] == [{"start": 0, "end": 10, "text": ""}]


def test_cells_are_formatted_each_and_those_that_do_not_parse_are_named() -> None:
    sources = ("x   =  {'a':1}", "%time  f( )\n!ls   -l", "def (", "%%sql\nselect  1", "y = 2")
    answer = formatted(RUFF, cells(*sources))
    assert answer == {"texts": {"0": 'x = {"a": 1}'}, "broken": ["2"]}


HOSTILE = ["(" * 50_000, "x = " + "[" * 20_000, "'" * 9999, "\\\n" * 5000, "\x00?", "🎉" * 100]


def test_hostile_text_is_answered_or_refused_and_never_hangs() -> None:
    for text in HOSTILE:
        json.dumps(formatted(RUFF, cells(text, "a   = 1"))["texts"].get("1"))
        json.dumps(check(RUFF, cells(text, "print(never)")))


@pytest.mark.kernel
async def test_ruff_runs_shut_in_and_sees_only_text(tmp_path: Path) -> None:
    uid = FIRST if os.geteuid() == 0 else None
    standing = await asyncio.to_thread(standing_of, str(tmp_path / "kernels"), uid)
    files = tmp_path / "files"
    files.mkdir()
    (files / "ruff.toml").write_text('lint.select = []\nexclude = ["*"]')
    linter = Linter(Seat(sys.executable, files, tmp_path / "cache", standing, uid))
    try:
        cell = LintCell("a", "import os", "import os")
        assert [each["code"] for each in (await linter.check([cell]))["marks"]] == ["F401"]
        assert (await linter.format([LintCell("a", "x=1", "x=1")]))["texts"] == {"a": "x = 1"}
    finally:
        await linter.close()
    closed = Linter(Seat(sys.executable, files, tmp_path / "cache", Standing(works=False)))
    with pytest.raises(NoAnswer, match="sandbox"):
        await closed.check([cell])


@pytest.mark.kernel
async def test_an_editor_gets_marks_of_all_cells_with_what_is_typed_and_not_yet_saved(tmp_path: Path) -> None:
    async with running(tmp_path, kernel_python=sys.executable) as server:
        ada = await server.person("ada")
        project = await server.project(ada)
        notebook = (await ada.post(f"/api/projects/{project}/notebooks", {"name": "Notes"})).json["id"]
        for source in ("import os", "x = 1"):
            await ada.post(f"/api/notebooks/{notebook}/cells", {"type": "code", "source": source})
        first, second = (await ada.get(f"/api/notebooks/{notebook}")).json["cells"][-2:]
        address = f"/api/notebooks/{notebook}/analysis"
        answer = (await ada.post(f"{address}/marks", {})).json
        assert answer["known"]
        assert [(mark["cell"], mark["code"]) for mark in answer["marks"]] == [(first["id"], "F401")]
        typed = [{"cell": second["id"], "source": "os.getcwd(); nope"}]
        answer = (await ada.post(f"{address}/marks", {"cells": typed})).json
        assert [(mark["cell"], mark["code"]) for mark in answer["marks"]] == [(second["id"], "F821")]
        told = (await ada.post(f"{address}/formatted", {"cells": typed})).json
        assert told == {"texts": {second["id"]: "os.getcwd()\nnope"}, "broken": []}
        text = {"cell": "nowhere", "source": "x=1"}
        assert (await ada.post(f"{address}/formatted", {"cells": [text]})).json["texts"] == {}
