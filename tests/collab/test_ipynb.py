"""Rules of importing and exporting notebook files."""

from __future__ import annotations

import base64
import copy
import json
from contextlib import suppress
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4.rwbase import rejoin_lines
from pycrdt import Doc

from collab.ipynb import Imported, Unreadable, display_output, export, populate, read
from collab.runtime import RuntimeDocument
from collab.source import SourceDocument
from collab.wire import BlobRef, DisplayOutput, Inline, StreamOutput, UnknownOutput

PNG = base64.b64encode(b"\x89PNG\r\n" + bytes(range(256)) * 40).decode()


def notebook(*cells: dict[str, Any], minor: int = 5, **top: Any) -> dict[str, Any]:
    return {"nbformat": 4, "nbformat_minor": minor, "metadata": {}, "cells": list(cells)} | top


def code(source: str = "1", *outputs: Any, **more: Any) -> dict[str, Any]:
    cell = {"cell_type": "code", "id": "cell", "metadata": {}, "source": source}
    return cell | {"outputs": list(outputs), "execution_count": None} | more


def display(data: dict[str, Any], metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"output_type": "display_data", "data": data, "metadata": metadata or {}}


def opened(file: Any) -> Imported:
    return read(file if isinstance(file, str | bytes) else json.dumps(file))


def documents(imported: Imported) -> tuple[SourceDocument, RuntimeDocument]:
    source, runtime = SourceDocument(Doc()), RuntimeDocument(Doc())
    populate(source, runtime, imported)
    return source, runtime


def through(file: Any) -> dict[str, Any]:
    """Import, put into documents, export; the result must be valid."""
    imported = opened(file)
    source, runtime = documents(imported)
    written = export(source, runtime, imported.blobs.get, imported.streams.get)
    nbformat.validate(json.loads(json.dumps(written, allow_nan=False)), relax_add_props=False)
    return written


def codes(imported: Imported) -> set[str]:
    return {repair.code for repair in imported.repairs}


# Nothing is lost, nothing is changed


def test_a_good_file_needs_no_repair_and_comes_out_as_it_went_in() -> None:
    file = notebook(
        code("print(1)", {"output_type": "stream", "name": "stdout", "text": "1\n"}, execution_count=3),
        {
            "cell_type": "markdown",
            "id": "m",
            "metadata": {"tags": ["x"], "n": {"a": [1, 2.5]}},
            "source": "# T",
        },
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}, "deep": {"x": [None, 1]}},
    )

    assert opened(file).repairs == ()
    assert through(file) == file


def test_short_ids_become_ours_inside_and_theirs_again_outside() -> None:
    file = notebook(code(id="a1"), code(id="b-2"), code(id="long-enough-to-stay"))
    source, _ = documents(opened(file))

    inside = [cell.id for cell in source.cells()]

    assert all(12 <= len(cell_id) <= 64 for cell_id in inside)
    assert inside[2] == "long-enough-to-stay"
    assert [cell["id"] for cell in through(file)["cells"]] == ["a1", "b-2", "long-enough-to-stay"]


def test_a_short_id_of_the_file_is_not_given_to_two_cells() -> None:
    imported = opened(notebook(code(id="a1")))
    source, runtime = documents(imported)
    (cell,) = source.cells()
    source.insert(None, "code", "", meta=cell.meta)

    ids = [cell["id"] for cell in export(source, runtime, {}.get, {}.get)["cells"]]

    assert ids[0] == "a1"
    assert len(set(ids)) == 2


def test_keys_that_the_document_uses_itself_survive() -> None:
    own = {
        "schema": 7,
        "kernel": "x",
        "lang": "y",
        "commonbook": {"z": 1},
        "__proto__": {"p": 1},
        "json:q": "{",
    }
    cell_meta = {"attachments": 1, "commonbook": 2, "__proto__": 3, "json:x": [1], "json:y": "no json"}
    file = notebook(code(metadata=cell_meta), metadata=own)

    assert through(file) == file


@pytest.mark.parametrize("text", [PNG, PNG + "\n", base64.encodebytes(base64.b64decode(PNG)).decode()])
def test_a_big_picture_is_a_blob_of_its_bytes_and_comes_out_as_it_was_written(text: str) -> None:
    file = notebook(code("plot()", display({"image/png": text, "text/plain": "<Figure>"})))
    imported = opened(file)
    output = imported.cells[0].outputs[0]
    assert isinstance(output, DisplayOutput)

    value = output.data["image/png"]

    assert isinstance(value, BlobRef)
    assert imported.blobs[value.sha256] == base64.b64decode(PNG)
    assert value.size == len(base64.b64decode(PNG))
    assert output.data["text/plain"] == Inline("<Figure>")
    assert through(file) == file


def test_what_is_no_picture_after_all_is_kept_as_text() -> None:
    file = notebook(code("x", display({"image/png": "not base64! " * 1000})))

    assert through(file) == file


def test_long_streams_go_to_a_log() -> None:
    text = "zeile ä\n" * 5000
    imported = opened(notebook(code("x", {"output_type": "stream", "name": "stderr", "text": text})))
    output = imported.cells[0].outputs[0]
    assert isinstance(output, StreamOutput)

    assert output.text is None
    assert imported.streams == {output.id: text.encode()}
    assert (output.bytes, output.lines, output.done) == (len(text.encode()), 5000, True)


def test_joining_a_file_with_long_texts_is_cheap() -> None:
    text = "Zeile mit ü\n" * 2000
    short = {"output_type": "stream", "name": "stdout", "text": "short\n"}
    cells = [
        code(str(n), {"output_type": "stream", "name": "stdout", "text": text}, short) for n in range(200)
    ]
    many = opened(notebook(*cells))
    for cell in many.cells:
        long, whole = cell.outputs
        assert isinstance(long, StreamOutput)
        assert isinstance(whole, StreamOutput)
        assert (long.text, long.head, long.tail) == (None, None, None)
        assert many.streams[long.id].decode() == text
        assert whole.text == "short\n"
    source, runtime = documents(many)
    assert len(source.doc.get_update()) + len(runtime.doc.get_update()) < 100_000


def test_a_result_without_a_number_stays_a_result() -> None:
    result = {
        "output_type": "execute_result",
        "data": {"text/plain": "1"},
        "metadata": {},
        "execution_count": None,
    }
    file = notebook(code("1", result))

    assert through(file) == file


def test_json_that_a_browser_would_bend_is_a_blob() -> None:
    file = notebook(code("x", display({"application/json": {"big": 2**60, "__proto__": {"polluted": 1}}})))
    output = opened(file).cells[0].outputs[0]
    assert isinstance(output, DisplayOutput)

    assert isinstance(output.data["application/json"], BlobRef)
    assert through(file) == file


def test_output_metadata_that_a_browser_would_bend_comes_out_exactly() -> None:
    file = notebook(code("x", display({"text/plain": "x"}, {"commonbook": 1, "n": 2**70, "w": {"a": 1}})))

    assert through(file) == file


def test_attachments_are_blobs_inside() -> None:
    cell = {"cell_type": "markdown", "id": "m", "metadata": {}, "source": "![](attachment:a.png)"}
    file = notebook(cell | {"attachments": {"a.png": {"image/png": PNG}, "b.txt": {"text/plain": "b\n"}}})
    imported = opened(file)

    assert base64.b64decode(PNG) in imported.blobs.values()
    assert PNG not in json.dumps(imported.cells[0].meta)
    assert through(file) == file


def test_deleted_cells_are_not_exported() -> None:
    imported = opened(notebook(code("a", id="a"), code("b", id="b")))
    source, runtime = documents(imported)
    source.delete(source.cells()[0].id, at_ms=1)

    assert [cell["source"] for cell in export(source, runtime, {}.get, {}.get)["cells"]] == ["b"]


def test_a_notebook_made_here_says_that_it_is_python() -> None:
    source, runtime = SourceDocument(Doc()), RuntimeDocument(Doc())
    source.populate([])
    written = export(source, runtime, {}.get, {}.get)

    nbformat.validate(written)
    assert written["metadata"]["kernelspec"]["name"] == "python3"


def test_a_lost_blob_or_log_is_said_in_words() -> None:
    stream = {"output_type": "stream", "name": "stdout", "text": "x\n" * 9000}
    imported = opened(notebook(code("x", display({"image/png": PNG}), stream)))
    source, runtime = documents(imported)

    written = export(source, runtime, {}.get, {}.get)

    nbformat.validate(written)
    assert written["cells"][0]["outputs"][0]["data"] == {"text/plain": "This output is no longer kept."}
    assert "no longer kept" in written["cells"][0]["outputs"][1]["text"]


@pytest.mark.parametrize(
    "meta",
    [
        {"attachments": {"a": {"image/png": {"sha256": 5}}, "b": [1], "c": {"image/png": None}}},
        {"attachments": "x", "commonbook": {"id": "<img>", "metadata": {"tags": 5}}},
        {"tags": [1], "name": "", "jupyter": 1, "commonbook": ["x"]},
    ],
)
def test_whatever_an_editor_writes_into_metadata_the_export_is_valid(meta: dict[str, Any]) -> None:
    source, runtime = SourceDocument(Doc()), RuntimeDocument(Doc())
    source.populate([])
    source.insert(None, "markdown", "x", meta=meta)

    nbformat.validate(export(source, runtime, {}.get, {}.get), relax_add_props=False)


def test_an_attachment_that_points_at_another_kind_of_blob_is_left_out() -> None:
    source, runtime = SourceDocument(Doc()), RuntimeDocument(Doc())
    source.populate([])
    bundle = {
        "application/json": {"sha256": "a"},
        "text/plain": {"sha256": "a"},
        "image/png": {"sha256": "a"},
    }
    source.insert(None, "markdown", "x", meta={"attachments": {"f": bundle}})

    written = export(source, runtime, {"a": b"\xff"}.get, {}.get)

    nbformat.validate(written)
    assert written["cells"][0]["attachments"] == {"f": {"image/png": "/w=="}}


def test_a_display_made_by_a_kernel_is_kept_like_an_imported_one() -> None:
    output, blobs = display_output("o", {"image/png": PNG}, {}, display_id="d", is_result=True, count=4)

    assert (output.display_id, output.count) == ("d", 4)
    assert list(blobs.values()) == [base64.b64decode(PNG)]


# Repairs


def test_faulty_ids_are_replaced_and_told_once() -> None:
    imported = opened(
        notebook(code(id=7), code(id="../x"), code(id="a" * 65), code(id="same"), code(id="same"))
    )

    assert codes(imported) == {"cell_ids"}
    assert imported.repairs[0].reason.endswith(": 4.")
    assert len({cell.id for cell in imported.cells}) == 5


def test_a_file_without_ids_of_a_format_without_ids_needs_no_repair() -> None:
    cell = code()
    del cell["id"]

    assert opened(notebook(cell, minor=4)).repairs == ()
    assert codes(opened(notebook(cell, minor=5))) == {"cell_ids"}


def test_an_unknown_cell_type_is_raw_text_that_keeps_everything() -> None:
    cell = {"cell_type": "sql", "id": "a", "metadata": {"m": 1}, "source": "select", "db": {"x": 1}}
    file = notebook(cell)
    written = through(file)["cells"][0]

    assert codes(opened(file)) == {"cell_types", "unknown_keys"}
    assert (written["cell_type"], written["source"]) == ("raw", "select")
    assert written["metadata"] == {"m": 1, "commonbook": {"cell_type": "sql", "kept": {"db": {"x": 1}}}}


def test_an_unknown_output_survives_two_round_trips() -> None:
    weird = {"output_type": "weird", "x": [1, {"y": None}]}
    file = notebook(code("x", weird))
    once = through(file)
    output = opened(once).cells[0].outputs[0]

    assert codes(opened(file)) == {"unknown_outputs"}
    assert isinstance(output, UnknownOutput)
    assert json.loads(output.raw) == weird
    assert through(once) == once


def test_metadata_that_the_format_forbids_is_kept_aside() -> None:
    file = notebook(code(metadata={"tags": "x", "collapsed": 3, "fine": 1}), metadata={"kernelspec": 4})
    written = through(file)

    assert codes(opened(file)) == {"metadata_values"}
    assert written["cells"][0]["metadata"]["commonbook"]["kept"]["metadata"] == {"tags": "x", "collapsed": 3}
    assert written["metadata"]["commonbook"]["kept"]["metadata"] == {"kernelspec": 4}


def test_a_kernel_without_a_title_gets_one() -> None:
    written = through(notebook(metadata={"kernelspec": {"name": "julia-1.9"}}))

    assert written["metadata"]["kernelspec"] == {"name": "julia-1.9", "display_name": "julia-1.9"}


@pytest.mark.parametrize(
    "cell",
    [
        {},
        {"cell_type": ["code"], "id": [], "metadata": 5, "source": 3},
        {
            "cell_type": "code",
            "id": "a",
            "outputs": {"a": 1},
            "execution_count": True,
            "attachments": {"a": 1},
        },
        code("x", None, 5, [], {}, {"output_type": ["stream"]}),
        code("x", {"output_type": "stream"}, {"output_type": "stream", "name": 5, "text": 3}),
        code("x", {"output_type": "error"}, {"output_type": "error", "traceback": "a\nb", "evalue": 1}),
        code("x", {"output_type": "display_data"}, display({"text/plain": {"a": 1}, "text/html": None})),
        code("x", {"output_type": "display_data", "data": {"__proto__": "x"}, "metadata": []}),
        code("x", {"output_type": "execute_result", "data": {}, "metadata": {}, "execution_count": 2**70}),
        {
            "cell_type": "markdown",
            "id": "m",
            "metadata": {},
            "source": None,
            "attachments": [1],
            "outputs": [],
        },
        {
            "cell_type": "markdown",
            "id": "m",
            "metadata": {},
            "source": [1, "x"],
            "attachments": {"a": {"b/c": 5}},
        },
    ],
)
def test_a_malformed_cell_is_mended_into_a_valid_file(cell: dict[str, Any]) -> None:
    file = notebook(cell)

    assert opened(file).repairs
    once = through(file)
    assert through(once) == once


def test_numbers_that_json_cannot_hold_become_null() -> None:
    text = json.dumps(notebook(metadata={"a": float("nan"), "b": [float("inf")], "c": "big"}))
    imported = opened(text.replace('"big"', "-1e400"))

    assert codes(imported) == {"not_finite"}
    assert {key: imported.metadata[key] for key in "abc"} == {"a": None, "b": [None], "c": None}


def test_half_a_character_is_replaced_everywhere() -> None:
    imported = opened(json.dumps(notebook(code("a\ud800b"), metadata={"\udc00": "\ud83d\ude00"})))

    assert codes(imported) == {"surrogates"}
    assert imported.cells[0].source == "a\ufffdb"
    assert imported.metadata["\ufffd"] == "😀"


@pytest.mark.parametrize(
    ("file", "code_", "words"),
    [
        (b"", "empty", "empty"),
        (b"\xff\xfe{}", "not_utf8", "UTF-8"),
        ("{", "not_json", "line 1"),
        ("[" * 100_000, "too_deep", "nests"),
        ('{"a":' + "9" * 5000 + "}", "number_too_long", "number"),
        (notebook(metadata={"a": json.loads("[" * 80 + "]" * 80)}), "too_deep", "64 levels"),
        ([], "not_a_notebook", "not an object"),
        ({"nbformat": True, "cells": []}, "not_a_notebook", "nbformat"),
        ({"nbformat": 5, "cells": []}, "newer_format", "format 5"),
        ({"nbformat": 0, "cells": []}, "not_a_notebook", "format 0"),
        ({"nbformat": 4, "nbformat_minor": 5}, "no_cells", "cells"),
        (notebook(code(), "x"), "bad_cell", "Cell 2"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_notebook_is_refused_in_words(file: Any, code_: str, words: str) -> None:
    with pytest.raises(Unreadable) as refused:
        opened(file)

    assert refused.value.code == code_
    assert words in refused.value.reason
    assert refused.value.reason.endswith(".")


def test_a_file_over_the_cap_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(Unreadable) as refused:
        read(b"{" * 2000, max_bytes=1000)

    assert refused.value.code == "too_large"


# Older formats


def test_format_3_is_upgraded_with_its_outputs() -> None:
    cells = [
        {"cell_type": "heading", "level": 3, "source": ["A\n", "B"]},
        {
            "cell_type": "code",
            "input": ["x\n", "y"],
            "language": "python",
            "collapsed": True,
            "prompt_number": 4,
            "outputs": [
                {"output_type": "pyout", "prompt_number": 4, "text": ["1"], "metadata": {}},
                {"output_type": "stream", "stream": "stderr", "text": "s"},
                {
                    "output_type": "display_data",
                    "png": PNG,
                    "json": ['{"a": 1}'],
                    "metadata": {"png": {"w": 1}},
                },
                {"output_type": "pyerr", "ename": "E", "evalue": "v", "traceback": ["t"]},
            ],
        },
        {"cell_type": "markdown", "source": "m"},
    ]
    file = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": "N"}, "worksheets": [{"cells": cells}]}
    written = through(file)

    assert codes(opened(file)) == {"older_format"}
    assert [cell["source"] for cell in written["cells"]] == ["### A B", "x\ny", "m"]
    assert written["metadata"]["title"] == "N"
    assert written["cells"][1]["metadata"] == {"collapsed": True}
    assert written["cells"][1]["execution_count"] == 4
    assert written["cells"][1]["outputs"] == [
        {"output_type": "execute_result", "data": {"text/plain": "1"}, "metadata": {}, "execution_count": 4},
        {"output_type": "stream", "name": "stderr", "text": "s"},
        display({"image/png": PNG, "application/json": {"a": 1}}, {"image/png": {"w": 1}}),
        {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["t"]},
    ]


def test_format_1_is_upgraded() -> None:
    cells = [{"cell_type": "code", "code": "x", "prompt_number": 1}, {"cell_type": "text", "text": "t"}]

    assert [(c["cell_type"], c["source"]) for c in through({"nbformat": 1, "cells": cells})["cells"]] == [
        ("code", "x"),
        ("markdown", "t"),
    ]


# Any valid notebook

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
LINES = st.one_of(TEXT, st.lists(TEXT, max_size=4))
NUMBERS = st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=6,
)
FREE = st.dictionaries(
    st.one_of(
        TEXT,
        st.sampled_from(["json:a", "schema", "kernel", "lang", "commonbook", "__proto__", "attachments"]),
    ),
    JSON,
    max_size=4,
).filter(
    lambda made: not made.keys() & {"name", "tags", "jupyter", "format", "collapsed", "scrolled", "execution"}
)
COUNT = st.one_of(st.none(), st.integers(0, 2**40))
PICTURE = st.one_of(
    st.just(PNG),
    st.just(PNG + "\n"),
    TEXT,
    st.binary(max_size=50).map(lambda b: base64.b64encode(b).decode()),
)
BUNDLE = st.fixed_dictionaries(
    {},
    optional={
        "text/plain": LINES,
        "text/html": st.one_of(LINES, st.just("<p>" * 5000)),
        "image/png": PICTURE,
        "image/svg+xml": LINES,
        "application/json": JSON,
        "application/vnd.x+json": st.one_of(JSON, st.just(["x" * 20_000])),
    },
)
OUTPUT = st.one_of(
    st.fixed_dictionaries(
        {
            "output_type": st.just("stream"),
            "name": st.sampled_from(["stdout", "stderr", "log"]),
            "text": st.one_of(LINES, st.just("ü\n" * 9000)),
        }
    ),
    st.fixed_dictionaries({"output_type": st.just("display_data"), "data": BUNDLE, "metadata": FREE}),
    st.fixed_dictionaries(
        {"output_type": st.just("execute_result"), "data": BUNDLE, "metadata": FREE, "execution_count": COUNT}
    ),
    st.fixed_dictionaries(
        {
            "output_type": st.just("error"),
            "ename": TEXT,
            "evalue": TEXT,
            "traceback": st.lists(TEXT, max_size=3),
        }
    ),
)
METADATA = st.builds(
    lambda free, tags: free | ({"tags": tags} if tags else {}),
    FREE,
    st.lists(st.sampled_from(["a", "b"]), unique=True),
)
CELL = st.one_of(
    st.fixed_dictionaries(
        {
            "cell_type": st.just("code"),
            "metadata": METADATA,
            "source": LINES,
            "outputs": st.lists(OUTPUT, max_size=3),
            "execution_count": COUNT,
        }
    ),
    st.fixed_dictionaries(
        {"cell_type": st.sampled_from(["markdown", "raw"]), "metadata": METADATA, "source": LINES},
        optional={"attachments": st.dictionaries(TEXT, BUNDLE, max_size=2)},
    ),
)
IDS = st.from_regex(r"[a-zA-Z0-9_-]{1,64}", fullmatch=True)


@st.composite
def notebooks(draw: st.DrawFn) -> dict[str, Any]:
    cells = draw(st.lists(CELL, max_size=4))
    ids = draw(st.lists(IDS, min_size=len(cells), max_size=len(cells), unique=True))
    made = notebook(*(cell | {"id": cell_id} for cell, cell_id in zip(cells, ids, strict=True)))
    made["metadata"] = draw(FREE.filter(lambda m: not m.keys() & {"title", "authors"}))
    return made


def normal(file: dict[str, Any]) -> Any:
    return json.loads(json.dumps(rejoin_lines(nbformat.from_dict(copy.deepcopy(file)))))


@given(notebooks())
@settings(max_examples=150)
def test_any_valid_notebook_comes_out_as_it_went_in(file: dict[str, Any]) -> None:
    nbformat.validate(file, relax_add_props=False)

    assert opened(file).repairs == ()
    assert json.loads(json.dumps(through(file))) == normal(file)


@given(
    st.recursive(
        JSON, lambda inner: st.dictionaries(st.sampled_from(["cells", "outputs", "metadata"]), inner)
    )
)
def test_whatever_json_is_given_the_answer_is_a_notebook_or_a_sentence(value: Any) -> None:
    for file in (
        value,
        {"nbformat": 4, "nbformat_minor": 5, "cells": value},
        notebook(code(), code() | {"outputs": value}),
    ):
        with suppress(Unreadable):
            through(file)


@given(st.binary(max_size=200))
def test_whatever_bytes_are_given_the_answer_is_a_sentence(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read(data)
