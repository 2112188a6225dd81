"""The Welcome notebook shows everything that it promises, with no kernel and no active content."""

from __future__ import annotations

import re

import nbformat
import pytest
from pycrdt import Doc

from collab.ipynb import Imported, export, populate, read
from collab.runtime import RuntimeDocument
from collab.source import SourceDocument
from collab.wire import BlobRef, DisplayOutput, Inline, StreamOutput
from server.welcome import read_welcome


@pytest.fixture
def welcome() -> Imported:
    return read(read_welcome())


def test_it_needs_no_repair_and_no_new_ids(welcome: Imported) -> None:
    assert welcome.repairs == ()
    assert all("commonbook" not in cell.meta for cell in welcome.cells)


def test_it_comes_out_as_it_is(welcome: Imported) -> None:
    source, runtime = SourceDocument(Doc()), RuntimeDocument(Doc())
    populate(source, runtime, welcome)
    written = export(source, runtime, welcome.blobs.get, welcome.streams.get)

    assert written == nbformat.reads(read_welcome().decode(), as_version=4)


def test_every_code_cell_was_run_in_order_and_none_failed(welcome: Imported) -> None:
    code = [cell for cell in welcome.cells if cell.type == "code"]

    assert [cell.count for cell in code] == list(range(1, len(code) + 1))
    assert all(cell.outputs for cell in code)
    assert all(isinstance(output, DisplayOutput | StreamOutput) for cell in code for output in cell.outputs)


def test_it_shows_a_chart_a_table_and_printed_text(welcome: Imported) -> None:
    outputs = [output for cell in welcome.cells for output in cell.outputs]
    mimes = {mime for output in outputs if isinstance(output, DisplayOutput) for mime in output.data}
    pictures = [blob for blob in welcome.blobs.values() if blob.startswith(b"\x89PNG")]

    assert mimes == {"image/png", "text/html", "text/plain"}
    assert len(pictures) == 1
    assert any(isinstance(output, StreamOutput) and output.text for output in outputs)


def test_its_prose_has_a_title_a_formula_a_table_and_says_how_to_share(welcome: Imported) -> None:
    prose = "\n".join(cell.source for cell in welcome.cells if cell.type == "markdown")

    for part in ("# Welcome to Commonbook", "$$", "|---|", "## Share it", "`Shift` `Enter`"):
        assert part in prose


def test_its_html_is_plain_enough_for_the_page_itself(welcome: Imported) -> None:
    shown = [
        value.inline
        for cell in welcome.cells
        for output in cell.outputs
        if isinstance(output, DisplayOutput)
        for mime, value in output.data.items()
        if mime == "text/html" and isinstance(value, Inline)
    ]

    assert len(shown) == 1
    assert set(re.findall(r"<(\w+)", shown[0])) == {"div", "table", "thead", "tbody", "tr", "th", "td"}


def test_it_is_small(welcome: Imported) -> None:
    assert len(welcome.cells) <= 10
    assert len(read_welcome()) < 250_000
    sizes = [
        value.size
        for cell in welcome.cells
        for output in cell.outputs
        if isinstance(output, DisplayOutput)
        for value in output.data.values()
        if isinstance(value, BlobRef)
    ]
    assert sizes == [len(blob) for blob in welcome.blobs.values()]
