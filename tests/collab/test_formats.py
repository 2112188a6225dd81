"""Notebooks in the files of other programs: scripts in percent format, Colab's forms, Deepnote's projects."""

from __future__ import annotations

import ast
import json
from contextlib import suppress
from typing import Any

import pytest
import yaml
from pycrdt import Doc

from collab.formats import as_deepnote, as_script, read_file
from collab.ipynb import Imported, Unreadable, export, populate
from collab.runtime import RuntimeDocument
from collab.source import SourceDocument

SCRIPT = '''\
# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.16.1
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Grüße
#
# Words.

# %% tags=["a", "b"] name="x"
import os

# %matplotlib inline
# !ls

# %% Named cell
x = 1
# # %% kept

# %% [raw]
# raw

# %% [markdown]
"""
quoted
"""

# %% language="bash"
# ls -l

# %% commonbook={"kind": "sql", "result": "df"} language="sql"
# select {{ x }}
'''

DEEPNOTE = """\
metadata:
  createdAt: 2025-01-01T00:00:00.000Z
version: 1.0.0
project:
  id: p
  name: Sales
  settings: {requirements: [pandas]}
  notebooks:
    - id: n1
      name: First
      blocks:
        - {id: b1, blockGroup: g, sortingKey: a11, type: text-cell-h2, content: Title, metadata: {}}
        - {id: b2, blockGroup: g, sortingKey: b, type: code, content: "print(user)", executionCount: 3,
           outputs: [{output_type: stream, name: stdout, text: "no\\n"}], metadata: {is_code_hidden: true}}
        - {id: b3, blockGroup: g, sortingKey: c, type: sql, content: "select {{ n }}",
           metadata: {deepnote_variable_name: df, sql_integration_id: warehouse}}
        - {id: b4, blockGroup: g, sortingKey: d, type: input-text, content: "",
           metadata: {deepnote_variable_name: user, deepnote_variable_value: no, deepnote_input_label: Who}}
        - {id: b5, blockGroup: g, sortingKey: e, type: input-slider, content: "",
           metadata: {deepnote_variable_name: n, deepnote_variable_value: "5", deepnote_slider_max_value: 10}}
        - {id: b6, blockGroup: g, sortingKey: f, type: input-date, content: "",
           metadata: {deepnote_variable_name: day, deepnote_variable_value: 2026-01-31,
                      deepnote_input_date_version: 2}}
        - {id: b7, blockGroup: g, sortingKey: g, type: input-select, content: "",
           metadata: {deepnote_variable_name: many, deepnote_variable_value: [a],
                      deepnote_variable_options: [a, b], deepnote_allow_multiple_values: true}}
        - {id: b10, blockGroup: g, sortingKey: h, type: input-date-range, content: "",
           metadata: {deepnote_variable_name: span, deepnote_variable_value: [2025-01-02, 2025-01-03]}}
        - {id: b8, blockGroup: g, sortingKey: h, type: big-number, content: "",
           metadata: {deepnote_big_number_value: total}}
        - {id: b9, blockGroup: g, sortingKey: i, type: text-cell-todo, content: do, metadata: {checked: true}}
    - {id: n2, name: Second, blocks: []}
"""


def file_of(imported: Imported) -> dict[str, Any]:
    """Return what a notebook is as a file, once it has been a document."""
    source, runtime = SourceDocument(Doc()), RuntimeDocument(Doc())
    populate(source, runtime, imported)
    written = export(source, runtime, imported.blobs.get, imported.streams.get)
    made: dict[str, Any] = json.loads(json.dumps(written))
    return made


def only(name: str, text: str) -> Imported:
    (found,) = read_file(name, text)
    return found.notebook


def sources(imported: Imported) -> list[tuple[str, str]]:
    return [(cell.type, cell.source) for cell in imported.cells]


def codes(imported: Imported) -> set[str]:
    return {repair.code for repair in imported.repairs}


def code(source: str, **metadata: Any) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "source": source,
        "outputs": [],
        "execution_count": None,
        "metadata": metadata,
    }


def text(source: str, kind: str = "markdown") -> dict[str, Any]:
    return {"cell_type": kind, "source": source, "metadata": {}}


def test_a_script_is_the_same_after_it_was_a_notebook() -> None:
    imported = only("study.py", SCRIPT)
    assert sources(imported) == [
        ("markdown", "# Grüße\n\nWords."),
        ("code", "import os\n\n%matplotlib inline\n!ls"),
        ("code", "x = 1\n# %% kept"),
        ("raw", "raw"),
        ("markdown", "quoted"),
        ("code", "%%bash\nls -l"),
        ("code", "select {{ x }}"),
    ]
    assert imported.cells[1].meta["tags"] == ["a", "b"]
    assert imported.cells[6].meta["commonbook"]["kind"] == "sql"
    assert imported.repairs == ()
    assert as_script(file_of(imported)) == SCRIPT


def test_a_script_without_marks_is_one_cell_and_says_so() -> None:
    imported = only("plain.py", "import os\n\nprint(os.getcwd())\n")
    assert sources(imported) == [("code", "import os\n\nprint(os.getcwd())")]
    assert codes(imported) == {"no_cells"}


def test_a_script_runs_whatever_the_cells_hold() -> None:
    cells = [
        text("# Title\n\nWords."),
        code("import os\n%matplotlib inline\n!ls -l\nos.getcwd?\nif x:\n    !pwd\n    pass"),
        code("%%bash\necho $HOME"),
        code("a = 1\n# %%\nb = a % 2"),
        text("kept", "raw"),
        code(""),
    ]
    file = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    script = as_script(file)
    ast.parse(script)
    assert [source for _, source in sources(only("a.py", script))] == [cell["source"] for cell in cells]


@pytest.mark.parametrize("odd", [{"cell_metadata_filter": [1]}, {"formats": 3}, {"text_representation": 1}])
def test_metadata_that_an_editor_made_up_costs_no_text(odd: dict[str, Any]) -> None:
    cells = [code("x = 1", lines_to_next_cell="many", active={"a": 1})]
    file = {"cells": cells, "metadata": {"jupytext": odd}, "nbformat": 4, "nbformat_minor": 5}
    assert "x = 1" in as_script(file)


def colab(*cells: dict[str, Any]) -> str:
    return json.dumps(
        {"nbformat": 4, "nbformat_minor": 0, "metadata": {"colab": {"name": "a"}}, "cells": cells}
    )


def test_forms_of_colab_become_input_cells() -> None:
    form = code(
        '#@title Choose { run: "auto", display-mode: "form" }\n#@markdown Say *how*.\n'
        'name = "a # b" #@param {type:"string"}\n'
        'n = 3 #@param {type:"slider", min:0, max:10, step:1}\n'
        'share = 0.5 # @param {"type":"number"}\n'
        'day = "2018-03-22" #@param {type:"date"}\n'
        'on = True #@param {type:"boolean"}\n'
        'which = "1st" #@param ["1st", "2nd"]\n'
        'two = 2 #@param ["1", "2"] {type:"raw"}\n',
        cellView="form",
    )
    imported = only("a.ipynb", colab(form))
    assert sources(imported) == [
        ("markdown", "### Choose\n\nSay *how*."),
        ("code", 'name = "a # b"'),
        ("code", "n = 3"),
        ("code", "share = 0.5"),
        ("code", 'day = "2018-03-22"'),
        ("code", "on = True"),
        ("code", 'which = "1st"'),
        ("code", "two = 2"),
    ]
    assert imported.cells[0].meta["cellView"] == "form"
    controls = [cell.meta["commonbook"]["control"] for cell in imported.cells[1:]]
    assert controls == ["text", "slider", "number", "text", "checkbox", "select", "select"]
    assert imported.cells[1].meta["commonbook"]["runs"] == "dependants"
    assert imported.cells[7].meta["commonbook"]["options"] == [1, 2]
    assert codes(imported) == {"forms", "form_dates"}


def test_a_cell_of_colab_keeps_its_code_title_and_outputs() -> None:
    cell = code('#@title T\nk = "a" #@param {type:"string"}\nprint(k)', id="h")
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "a\n"}]
    imported = only("a.ipynb", colab(cell))
    assert sources(imported) == [("code", 'k = "a"'), ("code", "#@title T\nprint(k)")]
    assert imported.cells[0].meta["commonbook"]["runs"] == "nothing"
    assert len(imported.cells[1].outputs) == 1
    assert imported.cells[1].meta["id"] == "h"


@pytest.mark.parametrize(
    "source",
    [
        'x = make() #@param {type:"raw"}',
        'print(1)\nx = 1 #@param {type:"integer"}',
        'x = 1 #@param {type:"integer"}\ny = f() #@param {type:"raw"}',
        'x = 5 #@param {type:"slider", min:0, max:2}',
        "x = None #@param [1, None]",
        "x = 1 #@param {type:",
        "x = 1 #@param " + "[" * 3000,
    ],
)
def test_a_form_that_no_input_can_express_stays_as_it_is(source: str) -> None:
    imported = only("a.ipynb", colab(code(source)))
    assert sources(imported) == [("code", source)]
    assert codes(imported) == {"forms_kept"}


def test_forms_of_other_programs_are_comments() -> None:
    file = {**json.loads(colab(code("x = 1 #@param {type:'integer'}"))), "metadata": {}}
    assert sources(only("a.ipynb", json.dumps(file)))[0][1].startswith("x = 1 #@param")


def test_a_project_of_deepnote_becomes_its_notebooks() -> None:
    first, second = read_file("sales.deepnote", DEEPNOTE)
    assert (first.name, second.name) == ("First", "Second")
    assert sources(first.notebook) == [
        ("markdown", "## Title"),
        ("code", "print(user)"),
        ("code", "select {{ n }}"),
        ("code", 'user = "no"'),
        ("code", "n = 5"),
        ("code", 'day = __import__("datetime").date(2026, 1, 31)'),
        ("code", 'many = ["a"]'),
        (
            "code",
            'span = [__import__("datetime").date(2025, 1, 2), __import__("datetime").date(2025, 1, 3)]',
        ),
        ("raw", ""),
        ("markdown", "- [x] do"),
    ]
    cells = first.notebook.cells
    assert (cells[1].count, len(cells[1].outputs)) == (3, 1)
    assert cells[2].meta["commonbook"] == {"kind": "sql", "result": "df"}
    assert [cells[i].meta["commonbook"]["control"] for i in (3, 4, 5)] == ["text", "slider", "date"]
    assert codes(first.notebook) == {"requirements", "connections", "inputs_kept", "blocks"}


def test_a_project_of_deepnote_is_the_same_blocks_again() -> None:
    first, _ = read_file("sales.deepnote", DEEPNOTE)
    written = as_deepnote(file_of(first.notebook), "First", "n1", "2026-01-01T00:00:00.000Z")
    blocks = yaml.safe_load(written)["project"]["notebooks"][0]["blocks"]
    before = yaml.safe_load(DEEPNOTE)["project"]["notebooks"][0]["blocks"]
    kinds = [block["type"] for block in before]
    kinds[6:8] = ["code", "code"]  # Commonbook has no input of several values
    assert [block["type"] for block in blocks] == kinds
    assert [block["id"] for block in blocks] == [block["id"] for block in before]
    assert blocks[0]["content"] == "Title"
    assert blocks[1]["outputs"] == before[1]["outputs"]
    assert blocks[1]["metadata"] == before[1]["metadata"]
    assert blocks[2]["metadata"]["sql_integration_id"] == "warehouse"
    assert blocks[3]["metadata"]["deepnote_variable_value"] == "no"
    assert blocks[8]["metadata"] == before[8]["metadata"]
    assert [block["sortingKey"] for block in blocks] == sorted(block["sortingKey"] for block in blocks)
    (again,) = read_file("again.deepnote", written)
    assert sources(again.notebook) == sources(first.notebook)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.txt", "x", "unknown_format"),
        ("a.py", "", "empty"),
        ("a.py", "x\0", "not_text"),
        ("a.py", b"\xff\xfe", "not_utf8"),
        ("a.py", "# %%\n" * 6000, "too_many"),
        ("a.py", "x" * (4 * 1024 * 1024 + 1), "too_large"),
        ("a.deepnote", "", "empty"),
        ("a.deepnote", "x", "not_a_notebook"),
        ("a.deepnote", "project: {notebooks: []}", "no_notebooks"),
        ("a.deepnote", "project: {notebooks: [{blocks: 3}]}", "bad_notebook"),
        ("a.deepnote", "a: [", "not_yaml"),
        ("a.deepnote", "--- 1\n--- 2", "not_yaml"),
        ("a.deepnote", "[" * 100_000, "too_deep"),
        ("a.deepnote", "a: &a [1]\nb: *a", "yaml_anchor"),
        ("a.deepnote", '!!python/object/apply:os.system ["true"]', "yaml_tag"),
        ("a.deepnote", f"project: {{notebooks: [{{blocks: [{'{},' * 10_001}]}}]}}", "too_many"),
    ],
)
def test_a_hostile_file_is_refused_in_words(name: str, content: str | bytes, code: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_file(name, content)
    assert refused.value.code == code
    assert refused.value.reason.endswith(".")


@pytest.mark.parametrize(
    "content",
    [
        '# %% {"',
        '# %% [markdown] key="',
        "# ---\n# jupyter: [\n# ---\n",
        '# ---\n# jupyter: !!python/object/apply:os.system ["true"]\n# ---\nx',
        'x = """\n' * 5000,
        "(" * 50_000,
        "# %% a=" + "[" * 5000,
    ],
)
def test_an_odd_script_is_read_or_refused(content: str) -> None:
    with suppress(Unreadable):
        assert only("a.py", content).cells
