"""Notebooks as Markdown."""

from __future__ import annotations

from typing import Any

from collab.ipynb import as_markdown


def code(source: str, *outputs: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "outputs": list(outputs), "metadata": {}}


def text(source: str | list[str], kind: str = "markdown", **more: Any) -> dict[str, Any]:
    return {"cell_type": kind, "source": source, "metadata": {}, **more}


def displayed(**data: Any) -> dict[str, Any]:
    return {
        "output_type": "display_data",
        "data": {k.replace("_", "/"): v for k, v in data.items()},
        "metadata": {},
    }


def test_markdown_holds_texts_code_and_what_was_put_out() -> None:
    stream = {"output_type": "stream", "name": "stdout", "text": ["\x1b[31mred\x1b[0m\n", "```\n"]}
    error = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["\x1b[1mE\x1b[0m: v"]}
    cells = [
        text("![a](attachment:a.png)", attachments={"a.png": {"image/png": "QUJD\n"}}),
        code("print()", stream, error),
        code("x", displayed(text_plain="<svg>", **{"image_svg+xml": "<svg/>"}), displayed(text_html="<b>")),
        code("  "),
    ]
    assert as_markdown({"cells": cells}) == (
        "![a](data:image/png;base64,QUJD)\n\n"
        "```python\nprint()\n```\n\n"
        "````text\nred\n```\n````\n\n"
        "```text\nE: v\n```\n\n"
        "```python\nx\n```\n\n"
        "![output](data:image/svg+xml;base64,PHN2Zy8+)\n"
    )
