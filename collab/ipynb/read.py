"""Import: the text of a notebook file becomes values, or a refusal in words. Never anything else.

Faults are mended before anybody looks at the notebook, and every mend is told.
Autorun marks, trust and kernel names of a file are data like any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from collab import ids
from collab.ipynb import bundles, fitting, legacy, outputs
from collab.ipynb.notes import Notes
from collab.ipynb.parse import MAX_BYTES, cleaned, parse
from collab.ipynb.values import KEPT, MARKS, Imported, ImportedCell, Unreadable
from collab.source import CellType
from collab.wire import BlobRef, Output

_TOP: Final = frozenset({"nbformat", "nbformat_minor", "metadata", "cells"})
_CELL_TYPES: Mapping[Any, CellType] = {"code": "code", "markdown": "markdown", "raw": "raw"}
_CELL: Final[Mapping[str, frozenset[str]]] = {
    "code": frozenset({"id", "cell_type", "metadata", "source", "outputs", "execution_count"}),
    "markdown": frozenset({"id", "cell_type", "metadata", "source", "attachments"}),
    "raw": frozenset({"id", "cell_type", "metadata", "source", "attachments"}),
}
_OWN_NOTEBOOK_KEYS: Final = frozenset({KEPT, "schema", "kernel", "lang", "__proto__"})
_OWN_CELL_KEYS: Final = frozenset({KEPT, "attachments", "__proto__"})
_OUR_ID = re.compile("[A-Za-z0-9_-]{12,64}")


def read(
    text: bytes | str, *, max_bytes: int = MAX_BYTES, new_id: Callable[[], str] = ids.new_id
) -> Imported:
    """Return the notebook of a file. Raises `Unreadable`, with a sentence, and nothing else."""
    notes = Notes()
    return read_value(parse(text, notes, max_bytes), notes, new_id)


def read_value(notebook: Any, notes: Notes, new_id: Callable[[], str] = ids.new_id) -> Imported:
    """Return the notebook of a file that is parsed and clean already."""
    if not isinstance(notebook, dict):
        raise Unreadable("not_a_notebook", "The file is JSON, but no notebook: it is not an object.")
    minor = _check_format(notebook, notes)
    if notebook["nbformat"] < 4:
        notebook = cleaned(legacy.upgraded(notebook), notes)
        notes.add("older_format")
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise Unreadable("no_cells", "The file has no list of cells.")
    reader = _CellReader(notes, new_id, wants_ids=notebook["nbformat"] == 4 and minor >= 5)
    for number, cell in enumerate(cells, start=1):
        if not isinstance(cell, dict):
            raise Unreadable("bad_cell", f"Cell {number} of the file is not an object.")
        reader.reserve(cell.get("id"))
    read_cells = tuple(reader.read(cell) for cell in cells)
    metadata = _notebook_metadata(notebook, minor, notes)
    return Imported(read_cells, metadata, notes.repairs(), reader.blobs, reader.streams)


def _check_format(notebook: Mapping[str, Any], notes: Notes) -> int:
    major, minor = notebook.get("nbformat"), notebook.get("nbformat_minor")
    if not _is_number(major):
        raise Unreadable("not_a_notebook", "The file is JSON, but no notebook: it has no nbformat number.")
    assert isinstance(major, int)
    if major < 1:
        raise Unreadable("not_a_notebook", f"There is no notebook format {major}.")
    if major > 4:
        reason = f"The file is of notebook format {major}; the newest that can be read is 4."
        raise Unreadable("newer_format", reason)
    if not _is_number(minor):
        if major == 4 or minor is not None:
            notes.add("minor")
        return 0
    assert isinstance(minor, int)
    if major == 4 and minor > 5:
        notes.add("newer_minor")
    return minor


def _notebook_metadata(notebook: Mapping[str, Any], minor: int, notes: Notes) -> dict[str, Any]:
    """Return the metadata; its `commonbook` entry marks an imported notebook."""
    extra = {key: value for key, value in notebook.items() if key not in _TOP}
    if extra:
        notes.add("unknown_keys", len(extra))
    metadata = _metadata(notebook.get("metadata"), extra, notes)
    spec = metadata.get("kernelspec")
    if isinstance(spec, dict) and isinstance(spec.get("name"), str) and "display_name" not in spec:
        metadata["kernelspec"] = {**spec, "display_name": spec["name"]}
        notes.add("metadata_values")
    fit, misfit = fitting.fitting(metadata, fitting.NOTEBOOK)
    if misfit:
        notes.add("metadata_values", len(misfit))
        extra["metadata"] = misfit
    plain, own = _without(fit, _OWN_NOTEBOOK_KEYS)
    mark: dict[str, Any] = {"from": f"{notebook['nbformat']}.{minor}"}
    if own:
        mark["metadata"] = own
    if extra:
        mark["kept"] = extra
    return {**plain, KEPT: mark}


class _CellReader:
    """Reads cells one by one; keeps the ids that are taken, and collects blobs and logs."""

    def __init__(self, notes: Notes, new_id: Callable[[], str], *, wants_ids: bool) -> None:
        self.blobs: dict[str, bytes] = {}
        self.streams: dict[str, bytes] = {}
        self._notes = notes
        self._new_id = new_id
        self._wants_ids = wants_ids
        self._reserved: set[str] = set()
        self._taken: set[str] = set()

    def reserve(self, cell_id: Any) -> None:
        """Keep new ids from meeting one of the file."""
        if isinstance(cell_id, str):
            self._reserved.add(cell_id)

    def read(self, raw: Mapping[str, Any]) -> ImportedCell:
        mark: dict[str, Any] = {}
        cell_type = _CELL_TYPES.get(_hashable(raw.get("cell_type")))
        if cell_type is None:
            self._notes.add("cell_types")
            mark["cell_type"] = raw.get("cell_type")
            cell_type = "raw"
        kept = {key: value for key, value in raw.items() if key not in _CELL[cell_type]}
        if cell_type != "code":  # other programs leave these empty on every cell
            kept = {k: v for k, v in kept.items() if v or k not in ("outputs", "execution_count")}
        kept = {key: value for key, value in kept.items() if value or key != "attachments"}
        if kept:
            self._notes.add("unknown_keys", len(kept))
        cell_id = self._cell_id(raw.get("id"), mark)
        metadata = _metadata(raw.get("metadata"), kept, self._notes)
        fit, misfit = fitting.fitting(metadata, fitting.CELL[cell_type])
        if misfit:
            self._notes.add("metadata_values", len(misfit))
            kept["metadata"] = misfit
        meta, own = _without(fit, _OWN_CELL_KEYS)
        mark |= _kind_taken(own)
        if own:
            mark["metadata"] = own
        if cell_type != "code" and "attachments" in raw:
            attachments = self._attachments(raw["attachments"], kept)
            if attachments is not None:
                meta["attachments"] = attachments
        count, results = None, []
        if cell_type == "code":
            count = outputs.read_count(raw.get("execution_count"), self._notes)
            results = self._outputs(raw.get("outputs", []), kept)
        if kept:
            mark["kept"] = kept
        if mark:
            meta[KEPT] = mark
        return ImportedCell(cell_id, cell_type, self._source(raw.get("source")), meta, count, results)

    def _cell_id(self, given: Any, mark: dict[str, Any]) -> str:
        if isinstance(given, str) and given not in self._taken and fitting.CELL_ID.fullmatch(given):
            self._taken.add(given)
            if _OUR_ID.fullmatch(given):
                return given
            mark["id"] = given
        elif given is not None or self._wants_ids:
            self._notes.add("cell_ids")
        made = self._new_id()
        while made in self._reserved or made in self._taken:
            made = self._new_id()
        self._taken.add(made)
        return made

    def _source(self, raw: Any) -> str:
        text = outputs.joined(raw)
        if text is None:
            self._notes.add("sources")
            text = "" if raw is None else bundles.json_text(raw)
        return text

    def _outputs(self, raw: Any, kept: dict[str, Any]) -> list[Output]:
        if not isinstance(raw, list):
            if raw:
                self._notes.add("outputs")
                kept["outputs"] = raw
            return []
        prefix, found, extras = self._new_id(), [], {}
        for index, each in enumerate(raw):
            result = outputs.read_output(each, f"{prefix}-{index + 1}", self._notes)
            found.append(result.output)
            self.blobs.update(result.blobs)
            if result.stream is not None:
                self.streams[result.output.id] = result.stream
            extra = {key: value for key, value in result.extra.items() if value}
            if extra:
                self._notes.add("unknown_keys", len(extra))
                extras[str(index)] = extra
        if extras:
            kept["output_entries"] = extras
        return found

    def _attachments(self, raw: Any, kept: dict[str, Any]) -> dict[str, Any] | None:
        """Return name → MIME → blob, as the document holds attachments."""
        if not isinstance(raw, dict) or not all(isinstance(bundle, dict) for bundle in raw.values()):
            if raw:
                self._notes.add("attachments")
                kept["attachments"] = raw
            return None
        made: dict[str, Any] = {}
        for name, bundle in raw.items():
            made[name] = {}
            for mime, value in bundle.items():
                value = outputs.bundle_value(mime, value, self._notes)
                kept_value = bundles.stored(mime, value, inline_bytes=-1)
                assert isinstance(kept_value.value, BlobRef)
                assert kept_value.blob is not None
                self.blobs[kept_value.value.sha256] = kept_value.blob
                entry = {"sha256": kept_value.value.sha256, "size": kept_value.value.size}
                made[name][mime] = entry if kept_value.form == "plain" else entry | {"form": kept_value.form}
        return made


def _metadata(raw: Any, kept: dict[str, Any], notes: Notes) -> dict[str, Any]:
    if isinstance(raw, dict):
        return dict(raw)
    if raw:
        notes.add("metadata")
        kept["metadata_block"] = raw
    return {}


def _without(metadata: Mapping[str, Any], keys: frozenset[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split off the entries whose keys the document uses itself."""
    own = {key: value for key, value in metadata.items() if key in keys}
    return {key: value for key, value in metadata.items() if key not in keys}, own


def _kind_taken(own: dict[str, Any]) -> dict[str, Any]:
    """Take out of `own` what says that a cell is none of Python, and return it."""
    found = own.get(KEPT)
    if not isinstance(found, dict) or not isinstance(found.get("kind"), str):
        return {}
    kind, rest = _without(found, MARKS)
    if rest:
        own[KEPT] = rest
    else:
        del own[KEPT]
    return kind


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _hashable(value: Any) -> Any:
    return value if isinstance(value, str) else None
