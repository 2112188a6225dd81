"""Imported values into documents, and documents into a notebook file (nbformat 4.5)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from collab import ids
from collab.ipynb import fitting
from collab.ipynb.bundles import restored
from collab.ipynb.outputs import ReadBlob, ReadStream, written_output
from collab.ipynb.values import KEPT, MARKS, Imported, ImportedCell
from collab.kinds import text_to_run
from collab.runtime import RunEntry, RuntimeDocument
from collab.source import CellContent, CellView, SourceDocument
from collab.wire import ErrorOutput

_OWN_KEYS = frozenset({KEPT, "kernel", "lang", "schema"})
_PYTHON: Mapping[str, Any] = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def populate(
    source: SourceDocument,
    runtime: RuntimeDocument,
    imported: Imported,
    new_id: Callable[[], str] = ids.new_id,
) -> None:
    """Fill two empty documents: one transaction each. Blobs and logs are the caller's to store."""
    source.populate(
        (CellContent(cell.id, cell.type, cell.source, cell.meta) for cell in imported.cells),
        imported.metadata,
    )
    with runtime.transaction():
        for cell in imported.cells:
            if cell.count is not None or cell.outputs:
                runtime.begin_run(cell.id, entry_of(cell, new_id()))


def export(
    source: SourceDocument, runtime: RuntimeDocument, read_blob: ReadBlob, read_stream: ReadStream
) -> dict[str, Any]:
    """Return a valid notebook file of format 4.5 with the outputs of the last runs.

    `read_blob` and `read_stream` answer None for what is no longer stored.
    Cells that came from a file and were not touched are as they were there.
    """
    runs, cells = runtime.entries(), source.cells()
    written = [
        _cell(cell, cell_id, _mark(cell.meta), runs.get(cell.id), read_blob, read_stream)
        for cell, cell_id in zip(cells, shown_ids(cells), strict=True)
    ]
    return {
        "cells": written,
        "metadata": _notebook_metadata(source.metadata()),
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def shown_ids(cells: Sequence[CellView]) -> list[str]:
    """Return the ids that cells have in a file: those they came with, where they came from one."""
    taken, shown = {cell.id for cell in cells}, []
    for cell in cells:
        wanted, cell_id = _mark(cell.meta).get("id"), cell.id
        if isinstance(wanted, str) and wanted not in taken and fitting.CELL_ID.fullmatch(wanted):
            cell_id = wanted
            taken.add(wanted)
        shown.append(cell_id)
    return shown


def entry_of(cell: ImportedCell, run_id: str) -> RunEntry:
    """Return what a cell of a file shows, as a run of nobody's."""
    failed = any(isinstance(output, ErrorOutput) for output in cell.outputs)
    return RunEntry(
        run=run_id,
        by="",
        by_name="",
        state="error" if failed else "done",
        count=cell.count,
        source_hash=hashlib.sha256(text_to_run(cell.type, cell.source, cell.meta).encode()).hexdigest(),
        outputs=list(cell.outputs),
    )


def _cell(
    cell: CellView,
    cell_id: str,
    mark: Mapping[str, Any],
    run: RunEntry | None,
    read_blob: ReadBlob,
    read_stream: ReadStream,
) -> dict[str, Any]:
    cell_type = cell.type if cell.type in fitting.CELL else "raw"
    metadata = {key: value for key, value in cell.meta.items() if key not in (KEPT, "attachments")}
    written: dict[str, Any] = {
        "cell_type": cell_type,
        "id": cell_id,
        "metadata": _file_metadata(metadata | _kind(mark), mark, fitting.CELL[cell_type]),
        "source": cell.source,
    }
    if cell_type == "code":
        written["execution_count"] = run.count if run else None
        found = run.outputs if run else ()
        written["outputs"] = [written_output(output, read_blob, read_stream) for output in found]
    else:
        attachments = cell.meta.get("attachments")
        if isinstance(attachments, dict):
            written["attachments"] = {
                name: _attachment(bundle, read_blob) for name, bundle in attachments.items()
            }
    return written


def _attachment(bundle: Any, read_blob: ReadBlob) -> dict[str, Any]:
    """Return what is stored of an attachment. Editors may write its entry, so it may be anything."""
    out: dict[str, Any] = {}
    for mime, entry in bundle.items() if isinstance(bundle, dict) else ():
        digest = entry.get("sha256") if isinstance(entry, dict) else None
        content = read_blob(digest) if isinstance(digest, str) else None
        if content is not None:
            try:
                out[mime] = restored(mime, content, entry.get("form", "plain"))
            except (ValueError, msgspec.DecodeError):
                continue  # a blob of another kind
    return out


def _notebook_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata of a file; a notebook made here says that it is Python."""
    own = {key: value for key, value in metadata.items() if key not in _OWN_KEYS}
    if KEPT not in metadata:
        own = {**_PYTHON, **own}
    return _file_metadata(own, _mark(metadata), fitting.NOTEBOOK)


def _mark(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    mark = metadata.get(KEPT)
    return mark if isinstance(mark, dict) else {}


def _kind(mark: Mapping[str, Any]) -> dict[str, Any]:
    """Return what says that a cell is none of Python, as a file's metadata has it."""
    return {KEPT: {key: mark[key] for key in mark if key not in MARKS}} if "kind" in mark else {}


def _file_metadata(
    metadata: Mapping[str, Any], mark: Mapping[str, Any], checks: Mapping[str, fitting.Check]
) -> dict[str, Any]:
    """Add what the document held aside, and put aside what does not fit the format."""
    stashed = mark.get("metadata")
    stashed = stashed if isinstance(stashed, dict) else {}
    whole = {**metadata, **stashed}
    if KEPT in metadata and isinstance(stashed.get(KEPT), dict):
        whole[KEPT] = {**stashed[KEPT], **metadata[KEPT]}
    fit, misfit = fitting.fitting(whole, checks)
    homeless = {key: mark[key] for key in ("kept", "cell_type") if key in mark}
    if misfit:
        homeless["misfit"] = misfit
    if homeless:
        before = fit.get(KEPT)
        fit[KEPT] = {**(before if isinstance(before, dict) else {}), **homeless}
    return fit
