"""Outputs between a file and the runtime document. What goes in comes out again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from collab.ipynb.bundles import is_json_mime, is_plain, json_text, restored, stored
from collab.ipynb.notes import Notes
from collab.ipynb.values import KEPT, UNKNOWN_MIME, UNKNOWN_TEXT
from collab.wire import BlobRef, DisplayOutput, ErrorOutput, Inline, Output, StreamOutput, UnknownOutput

_FIELDS: Mapping[Any, frozenset[str]] = {
    "stream": frozenset({"output_type", "name", "text"}),
    "display_data": frozenset({"output_type", "data", "metadata"}),
    "execute_result": frozenset({"output_type", "data", "metadata", "execution_count"}),
    "error": frozenset({"output_type", "ename", "evalue", "traceback"}),
}
MAX_COUNT = 2**53
SHORT_TEXT_BYTES = 512
"""A stream of at most this size lives in the document that everybody loads on joining."""

ReadBlob = Callable[[str], bytes | None]
ReadStream = Callable[[str], bytes | str | None]


@dataclass(frozen=True, slots=True)
class ReadOutput:
    """An output, what must be stored beside it, and the entries of it that have no place."""

    output: Output
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    stream: bytes | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


def read_output(raw: Any, output_id: str, notes: Notes) -> ReadOutput:
    """Return the output of a file. One of an unknown kind is kept as it is."""
    kind = raw.get("output_type") if isinstance(raw, dict) else None
    if not isinstance(kind, str) or kind not in _FIELDS:
        notes.add("unknown_outputs")
        return ReadOutput(UnknownOutput(output_id, json_text(raw)))
    extra = {key: value for key, value in raw.items() if key not in _FIELDS[kind]}
    if kind == "stream":
        return _read_stream(raw, output_id, extra, notes)
    if kind == "error":
        return ReadOutput(_read_error(raw, output_id, notes), extra=extra)
    return _read_display(kind, raw, output_id, extra, notes)


def display_output(
    output_id: str,
    data: Mapping[str, Any],
    metadata: Mapping[str, Any],
    *,
    is_result: bool = False,
    count: int | None = None,
    display_id: str | None = None,
) -> tuple[DisplayOutput, dict[str, bytes]]:
    """Return a display as the document holds it, and the blobs (by sha256) that go with it.

    Values of MIME types other than JSON must be text. What the document
    cannot hold exactly is noted in the metadata under `commonbook`.
    """
    values: dict[str, Inline | BlobRef] = {}
    blobs: dict[str, bytes] = {}
    marks: dict[str, Any] = {}
    forms: dict[str, str] = {}
    for mime, value in data.items():
        kept = stored(mime, value)
        values[mime] = kept.value
        if isinstance(kept.value, BlobRef) and kept.blob is not None:
            blobs[kept.value.sha256] = kept.blob
        if kept.form != "plain":
            forms[mime] = kept.form
    shown = dict(metadata)
    if KEPT in shown or not is_plain(shown):
        marks["metadata"] = json_text(shown)
        shown = {key: value for key, value in shown.items() if key != KEPT and is_plain({key: value})}
    if forms:
        marks["forms"] = forms
    if is_result and count is None:
        marks["result"] = True
    if marks:
        shown[KEPT] = marks
    return DisplayOutput(output_id, values, shown, display_id, count if is_result else None), blobs


def stream_output(
    output_id: str, name: Literal["stdout", "stderr"], text: str
) -> tuple[StreamOutput, bytes | None]:
    """Return a finished stream, and the content of its log when it is too long to live in the document."""
    content = text.encode()
    lines = text.count("\n") + (1 if text and not text.endswith("\n") else 0)
    if len(content) <= SHORT_TEXT_BYTES:
        return StreamOutput(output_id, name, len(content), lines, done=True, text=text), None
    return StreamOutput(output_id, name, len(content), lines, done=True), content


def written_output(output: Output, read_blob: ReadBlob, read_stream: ReadStream) -> dict[str, Any]:
    """Return the output as a file holds it. What is no longer stored is left out, in words."""
    match output:
        case StreamOutput():
            text = output.text if output.text is not None else read_stream(output.id)
            if text is None:
                text = f"{output.head or ''}\n… this text is no longer kept …\n{output.tail or ''}"
            text = text.decode(errors="replace") if isinstance(text, bytes) else text
            return {"output_type": "stream", "name": output.name, "text": text}
        case DisplayOutput():
            return _written_display(output, read_blob)
        case ErrorOutput():
            return {
                "output_type": "error",
                "ename": output.ename,
                "evalue": output.evalue,
                "traceback": list(output.traceback),
            }
        case UnknownOutput():
            raw = json.loads(output.raw)
            if isinstance(raw, dict) and raw.get("output_type") == "stream":
                return raw
            data = {UNKNOWN_MIME: raw, "text/plain": UNKNOWN_TEXT}
            return {"output_type": "display_data", "data": data, "metadata": {}}


def joined(value: Any) -> str | None:
    """Return text that a file may hold as one string or as a list of lines; None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return None


def read_count(value: Any, notes: Notes) -> int | None:
    """Return an execution count, or None for what is none."""
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MAX_COUNT:
        return value
    notes.add("counts")
    return None


def _read_stream(
    raw: Mapping[str, Any], output_id: str, extra: Mapping[str, Any], notes: Notes
) -> ReadOutput:
    text, name = joined(raw.get("text")), raw.get("name", "stdout")
    if text is None or not isinstance(name, str):
        notes.add("outputs")
        text = _as_text(raw.get("text", "")) if text is None else text
        name = "stdout"
    if name not in ("stdout", "stderr"):
        whole = {"output_type": "stream", "name": name, "text": text}
        return ReadOutput(UnknownOutput(output_id, json_text(whole)), extra=extra)
    output, log = stream_output(output_id, "stderr" if name == "stderr" else "stdout", text)
    return ReadOutput(output, stream=log, extra=extra)


def _read_error(raw: Mapping[str, Any], output_id: str, notes: Notes) -> ErrorOutput:
    ename, evalue, traceback = raw.get("ename"), raw.get("evalue"), raw.get("traceback")
    is_list = isinstance(traceback, list) and all(isinstance(line, str) for line in traceback)
    if not (isinstance(ename, str) and isinstance(evalue, str) and is_list):
        notes.add("outputs")
    if isinstance(traceback, list):
        lines = [_as_text(line) for line in traceback]
    else:
        lines = _as_text(traceback).splitlines()
    return ErrorOutput(output_id, _as_text(ename), _as_text(evalue), lines)


def _read_display(
    kind: str, raw: Mapping[str, Any], output_id: str, extra: dict[str, Any], notes: Notes
) -> ReadOutput:
    data, metadata = raw.get("data"), raw.get("metadata", {})
    if not isinstance(data, dict) or "__proto__" in data:
        notes.add("unknown_outputs")
        return ReadOutput(UnknownOutput(output_id, json_text(raw)))
    if data.keys() == {UNKNOWN_MIME, "text/plain"} and data["text/plain"] == UNKNOWN_TEXT and not metadata:
        return ReadOutput(UnknownOutput(output_id, json_text(data[UNKNOWN_MIME])), extra=extra)
    if not isinstance(metadata, dict):
        notes.add("metadata")
        extra, metadata = {**extra, "metadata": metadata}, {}
    bundle = {mime: bundle_value(mime, value, notes) for mime, value in data.items()}
    is_result = kind == "execute_result"
    count = read_count(raw.get("execution_count"), notes) if is_result else None
    output, blobs = display_output(output_id, bundle, metadata, is_result=is_result, count=count)
    return ReadOutput(output, blobs, extra=extra)


def bundle_value(mime: str, value: Any, notes: Notes) -> Any:
    """Return a value as its MIME type wants it: JSON as it is, all else as text."""
    if is_json_mime(mime):
        return value
    text = joined(value)
    if text is None:
        notes.add("outputs")
        return _as_text(value)
    return text


def _written_display(output: DisplayOutput, read_blob: ReadBlob) -> dict[str, Any]:
    metadata = dict(output.metadata)
    marks = metadata.pop(KEPT, None)
    marks = marks if isinstance(marks, dict) else {}
    if "metadata" in marks:
        metadata = json.loads(marks["metadata"])
    forms = marks.get("forms", {})
    data: dict[str, Any] = {}
    for mime, value in output.data.items():
        match value:
            case Inline():
                data[mime] = value.inline
            case BlobRef():
                content = read_blob(value.sha256)
                if content is not None:
                    data[mime] = restored(mime, content, forms.get(mime, "plain"))
    if output.data and not data:
        data["text/plain"] = "This output is no longer kept."
    written: dict[str, Any] = {"output_type": "display_data", "data": data, "metadata": metadata}
    if output.count is not None or marks.get("result"):
        written |= {"output_type": "execute_result", "execution_count": output.count}
    return written


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json_text(value)
