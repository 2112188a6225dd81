"""What an Output widget captures, as the list of nbformat outputs that its model holds. Pure.

While a model's `msg_id` names a request, what that request puts out belongs to the widget and not to a cell.
In Jupyter each page folds it for itself; here the server does, once for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kernel_manager.outputs.safety import safe_json, safe_text

OUTPUT_MODEL = "OutputModel"

MOST_OUTPUTS = 200
MOST_TEXT = 256 * 1024
CUT = "… earlier text is left out …\n"


def folded(outputs: Sequence[Any], msg_type: str, content: Mapping[str, Any]) -> list[Any] | None:
    """Return the outputs after one more message; None for a kind of message that is no output."""
    match msg_type:
        case "stream":
            return _written(outputs, str(content.get("name", "stdout")), str(content.get("text", "")))
        case "display_data" | "execute_result":
            shown = {
                "output_type": "display_data",
                "data": safe_json(content.get("data") or {}),
                "metadata": safe_json(content.get("metadata") or {}),
            }
            if display_id := _display_id(content):
                shown["transient"] = {"display_id": display_id}
            return _added(outputs, shown)
        case "update_display_data":
            return _redrawn(outputs, content)
        case "error":
            lines = content.get("traceback")
            error = {
                "output_type": "error",
                "ename": safe_text(str(content.get("ename", ""))),
                "evalue": safe_text(str(content.get("evalue", ""))),
                "traceback": safe_json(lines if isinstance(lines, list) else []),
            }
            return _added(outputs, error)
        case "clear_output":
            return []
        case _:
            return None


def _written(outputs: Sequence[Any], name: str, text: str) -> list[Any]:
    kept = list(outputs)
    last = kept[-1] if kept else None
    before = ""
    if isinstance(last, Mapping) and last.get("output_type") == "stream" and last.get("name") == name:
        kept.pop()
        before = str(last.get("text", ""))
    whole = "\n".join(map(_redrawn_line, (before + safe_text(text)).split("\n")))
    if len(whole) > MOST_TEXT:
        whole = CUT + whole[-MOST_TEXT // 2 :]
    return _added(kept, {"output_type": "stream", "name": name, "text": whole})


def _redrawn_line(line: str) -> str:
    """Return a line without what carriage returns have written over; one at its end may still do so."""
    shown, at_end = (line[:-1], "\r") if line.endswith("\r") else (line, "")
    return shown.rpartition("\r")[2] + at_end


def _added(outputs: Sequence[Any], output: dict[str, Any]) -> list[Any]:
    return [*outputs[-(MOST_OUTPUTS - 1) :], output]


def _redrawn(outputs: Sequence[Any], content: Mapping[str, Any]) -> list[Any]:
    display_id = _display_id(content)
    data, metadata = safe_json(content.get("data") or {}), safe_json(content.get("metadata") or {})
    return [
        {**output, "data": data, "metadata": metadata}
        if isinstance(output, Mapping) and display_id is not None and _display_id(output) == display_id
        else output
        for output in outputs
    ]


def _display_id(content: Mapping[str, Any]) -> str | None:
    transient = content.get("transient")
    found = transient.get("display_id") if isinstance(transient, Mapping) else None
    return found if isinstance(found, str) else None
