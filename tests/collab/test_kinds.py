"""Cells that are none of Python: how they are told apart, and what a kernel gets of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pycrdt import Doc

from collab.formats import as_script
from collab.ipynb import as_markdown, export, populate, read
from collab.kinds import KEY, SQL_MAGIC, SqlCell, is_python, special, text_of, text_to_run
from collab.runtime import RuntimeDocument
from collab.source import SourceDocument
from kernel_manager.imports.sources import read_notebook


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        ({"kind": "sql"}, SqlCell()),
        ({"kind": "sql", "connection": "c1", "result": "df", "rows": 0}, SqlCell("c1", "df", 0)),
        ({"kind": "sql", "result": "import", "rows": -1}, SqlCell()),
        ({"kind": "sql", "result": "a b", "rows": 10**9}, SqlCell()),
        ({"kind": "sql", "result": "_hidden"}, SqlCell()),
        ({"kind": "sql", "connection": 7}, None),
        ({"kind": "of tomorrow"}, None),
        ("sql", None),
        (None, None),
    ],
)
def test_metadata_says_what_a_cell_is_and_nonsense_says_nothing(found: Any, kind: SqlCell | None) -> None:
    assert special({KEY: found}) == kind


def test_a_kernel_gets_one_line_for_the_guest_and_the_text_as_it_stands() -> None:
    meta = {KEY: {"kind": "sql", "connection": "a\nb", "result": "df"}}
    first, _, rest = text_to_run("code", "select '\n%%x'\n", meta).partition("\n")
    assert first.startswith(f"%%{SQL_MAGIC} ")
    assert json.loads(first.partition(" ")[2])["connection"] == "a\nb"
    assert rest == "select '\n%%x'\n"
    assert text_to_run("markdown", "# t", meta) == "# t"
    assert text_to_run("code", " \n", meta) == " \n"


def test_another_connection_makes_another_text() -> None:
    source = SourceDocument(Doc())
    source.populate([])
    cell = source.insert(None, "code", "select 1", meta={KEY: {"kind": "sql"}})
    before = text_of(source, cell)
    source.set_meta(cell, KEY, {"kind": "sql", "connection": "c1"})
    assert text_of(source, cell) != before
    source.set_meta(cell, KEY, None)
    assert text_of(source, cell) == "select 1"
    assert is_python(source.cells()[0])
    assert text_of(source, "nowhere") is None


def test_a_file_keeps_what_a_cell_is_and_readers_of_python_pass_over_it() -> None:
    kind = {"kind": "sql", "connection": "c1", "result": "df", "colour": [1, {"a": None}]}
    cell: dict[str, Any] = {
        "cell_type": "code",
        "id": "not ours",
        "metadata": {KEY: {**kind, "kept": {"x": 1}}, "tags": ["t"]},
        "source": "import pandas",
        "outputs": [],
        "execution_count": None,
    }
    file = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}
    imported = read(json.dumps(file))
    source, runtime = SourceDocument(Doc()), RuntimeDocument(Doc())
    populate(source, runtime, imported)
    assert special(source.cells()[0].meta) == SqlCell("c1", "df")
    written = export(source, runtime, imported.blobs.get, imported.streams.get)
    assert written["cells"][0]["metadata"] == cell["metadata"]
    assert as_script(written).endswith(' language="sql"\n# import pandas\n')
    assert as_markdown(written) == "```sql\nimport pandas\n```\n"
    assert read_notebook(json.dumps(written).encode(), "n.ipynb") == []
