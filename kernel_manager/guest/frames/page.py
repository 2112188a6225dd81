"""The HTML of a table whose library has none of its own: a Series, a table of arrow, a relation.

For programs that do not know the stored form: other notebooks, code hosts, what turns notebooks into pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from .cells import NULL, Cell, text_of

MOST_ROWS, MOST_COLUMNS = 20, 20


def page_of(bundle: Mapping[str, Any]) -> str:
    """Return the first rows and columns of a stored table as HTML, with how many there are."""
    columns, index = bundle["columns"][:MOST_COLUMNS], bundle["index"]
    is_cut = bundle["columns_total"] > len(columns)
    heads = [_head(each["name"], each["type"]) for each in columns] + ["<th>…</th>"] * is_cut
    levels = [f"<th>{escape(each['name'])}</th>" for each in index]
    rows = zip(*bundle["index_cells"], *bundle["cells"][: len(columns)], strict=True)
    lines = [_row(row, len(index), is_cut) for row, _ in zip(rows, range(MOST_ROWS), strict=False)]
    return "\n".join(
        [
            '<table border="1" class="dataframe">',
            f"<thead><tr>{''.join(levels + heads)}</tr></thead>",
            "<tbody>",
            *lines,
            "</tbody>",
            "</table>",
            f"<p>{_size(bundle)}</p>",
        ]
    )


def _head(name: str, dtype: str) -> str:
    return f"<th>{escape(name)}<br><small>{escape(dtype)}</small></th>"


def _row(cells: tuple[Cell, ...], levels: int, is_cut: bool) -> str:
    texts = ["" if cell == NULL else escape(text_of(cell)) for cell in cells]
    parts = [f"<th>{text}</th>" for text in texts[:levels]] + [f"<td>{text}</td>" for text in texts[levels:]]
    return f"<tr>{''.join(parts)}{'<td>…</td>' * is_cut}</tr>"


def _size(bundle: Mapping[str, Any]) -> str:
    rows, columns = bundle["rows"], bundle["columns_total"]
    return f"{columns:,} columns" if rows is None else f"{rows:,} rows × {columns:,} columns"
