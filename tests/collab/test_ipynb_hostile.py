"""Hostile notebook files: each is opened with its repairs told, or refused in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from pycrdt import Doc

from collab.ipynb import Unreadable, export, populate, read
from collab.runtime import RuntimeDocument
from collab.source import SourceDocument

FOLDER = Path(__file__).parents[1] / "data" / "hostile"
ITEMS = json.loads((FOLDER / "ipynb.json").read_text())["items"]
REFUSED = [item for item in ITEMS if item["expect"].startswith("rejected")]
OPENED = [item for item in ITEMS if not item["expect"].startswith("rejected")]

CODES = {
    "empty": "empty",
    "notjson": "not_json",
    "array": "not_a_notebook",
    "null": "not_a_notebook",
    "nbformat_missing": "not_a_notebook",
    "nbformat_bool": "not_a_notebook",
    "cell_null": "bad_cell",
    "deep": "too_deep",
    "invalid_utf8": "not_utf8",
    "truncated": "not_json",
    "generated": "too_large",
}
REPAIRS = {
    "minor_99": {"newer_minor"},
    "no_ids": set(),
    "no_ids_45": {"cell_ids"},
    "bad_id": {"cell_ids"},
    "id_int": {"cell_ids"},
    "v3": {"older_format"},
    "unknown_output": {"unknown_outputs"},
    "float_1e400": {"not_finite"},
    "utf8_bom": {"bom"},
    "nul": set(),
    "dup_keys": {"duplicate_keys", "older_format"},
    "proto": set(),
    "autorun_meta": set(),
}


def name_of(item: dict[str, Any]) -> str:
    return Path(item["file"]).stem if "file" in item else "generated"


def content_of(item: dict[str, Any]) -> bytes:
    if "file" in item:
        return (FOLDER / item["file"]).read_bytes()
    return str(eval(item["gen"], {"json": json})).encode()


def test_every_item_has_an_expectation() -> None:
    assert {name_of(item) for item in REFUSED} == set(CODES)
    assert {name_of(item) for item in OPENED} == set(REPAIRS)


@pytest.mark.parametrize("item", REFUSED, ids=name_of)
def test_it_is_refused_with_a_reason(item: dict[str, Any]) -> None:
    content = content_of(item)

    with pytest.raises(Unreadable) as refused:
        read(content)

    assert refused.value.code == CODES[name_of(item)]
    assert len(refused.value.reason) > 10


@pytest.mark.parametrize("item", OPENED, ids=name_of)
def test_it_is_opened_and_exported_as_a_valid_file_that_opens_the_same(item: dict[str, Any]) -> None:
    imported = read(content_of(item))
    source, runtime = SourceDocument(Doc()), RuntimeDocument(Doc())
    populate(source, runtime, imported)

    written = export(source, runtime, imported.blobs.get, imported.streams.get)
    text = json.dumps(written, allow_nan=False)

    assert {repair.code for repair in imported.repairs} == REPAIRS[name_of(item)]
    nbformat.validate(json.loads(text), relax_add_props=False)
    again = read(text)
    assert [cell.source for cell in again.cells] == [cell.source for cell in imported.cells]
    assert again.repairs == ()


def test_a_hostile_id_reaches_neither_the_document_nor_the_export() -> None:
    imported = read((FOLDER / "ipynb/bad_id.ipynb").read_bytes())

    assert "onerror" not in repr(imported.cells)


def test_marks_that_ask_to_run_are_data_like_any_other() -> None:
    imported = read((FOLDER / "ipynb/autorun_meta.ipynb").read_bytes())
    source, runtime = SourceDocument(Doc()), RuntimeDocument(Doc())
    populate(source, runtime, imported)

    assert runtime.queue() == []
    assert runtime.entries() == {}
    assert source.cells()[0].meta["init_cell"] is True


def test_a_nul_stays_in_the_text() -> None:
    assert read((FOLDER / "ipynb/nul.ipynb").read_bytes()).cells[0].source == "a\0b"
