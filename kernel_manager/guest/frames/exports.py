"""A view as a file, step by step, so that the agent answers others in between and nothing large is in memory.

CSV leaves as text. Parquet is written to a file of the kernel's own, by pyarrow in batches or by polars, and
read out from there.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .cells import MOST_TEXT, Cell, plain_text
from .engine import COUNTED, Column, Engine, Rows, Unsupported
from .filters import BadView

if TYPE_CHECKING:
    from .tables import Tables

CSV_CELLS = 100_000
BATCH_ROWS = 200_000
PART_BYTES = 4 << 20
STEP_S = 0.4
FORGET_S = 300.0

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet takes for a formula."""


class Exports:
    """The files that are being written."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._files: dict[str, Parquet] = {}

    def step(self, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], Sequence[Any]]:
        """Return the next bytes of a file, and where to go on; `next` is null at the end."""
        self._forget()
        opened = self._tables.open(str(arguments.get("table", "")), arguments.get("token"))
        _, rows = self._tables.view(opened, arguments.get("view"))
        engine = opened.engine
        known = {column.at: column for column in (*engine.index, *engine.columns)}
        chosen = arguments.get("columns") or [column.at for column in engine.columns]
        if not all(at in known for at in chosen):
            raise BadView("There is no such column. Load the table again.")
        columns = [known[at] for at in chosen]
        token = self._tables.token(opened)
        if arguments.get("format") == "csv":
            start = arguments.get("next") or 0
            text, following = csv_part(engine, columns, rows, int(start))
            return {"token": token, "next": following}, (text.encode(),)
        name = arguments.get("next") or self._begun(engine, columns, rows)
        file = self._files.get(str(name))
        if file is None:
            raise Unsupported("This download was given up. Begin it again.")
        part, is_over = file.step()
        if is_over:
            del self._files[str(name)]
        return {"token": token, "next": None if is_over else name}, (part,) if part else ()

    def _begun(self, engine: Engine, columns: Sequence[Column], rows: Rows) -> str:
        name = os.urandom(8).hex()
        self._files[name] = Parquet(engine, columns, rows)
        return name

    def _forget(self) -> None:
        now = time.monotonic()
        for name, file in list(self._files.items()):
            if now - file.touched > FORGET_S:
                file.close()
                del self._files[name]


def csv_part(engine: Engine, columns: Sequence[Column], rows: Rows, start: int) -> tuple[str, int | None]:
    """Return lines of a CSV file from a row on, the names before the first; and the row to go on with."""
    total = engine.count(rows)
    stop = min(total, start + max(1, CSV_CELLS // max(1, len(columns))))
    cells = engine.page(columns, rows, start, stop, MOST_TEXT)
    columns_of_text = [
        [field_of(cell, column) for cell in each] for column, each in zip(columns, cells, strict=True)
    ]
    lines = [",".join(fields) for fields in zip(*columns_of_text, strict=True)]
    if start == 0:
        lines.insert(0, ",".join(_quoted(_safe(column.name)) for column in columns))
    text = "".join(f"{line}\r\n" for line in lines)
    return text, None if stop >= total else stop


def field_of(cell: Cell, column: Column) -> str:
    """Return a cell as a field of a CSV file; a text that would be a formula gets an apostrophe before it."""
    text = plain_text(cell)
    return _quoted(_safe(text) if column.kind in (*COUNTED, "object", "nested", "binary") else text)


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text


def _quoted(text: str) -> str:
    if any(sign in text for sign in ',"\n\r'):
        return '"' + text.replace('"', '""') + '"'
    return text


class Parquet:
    """One Parquet file: first written, then read out and removed."""

    def __init__(self, engine: Engine, columns: Sequence[Column], rows: Rows) -> None:
        self._batches = engine.batches(columns, rows, BATCH_ROWS)
        handle, self._path = tempfile.mkstemp(suffix=".parquet")
        os.close(handle)
        self._writer: Any = None
        self._reading: Any = None
        self.touched = time.monotonic()
        if "pyarrow" not in sys.modules and "polars" not in sys.modules:
            self.close()
            raise Unsupported("Import pyarrow or polars in a cell to save Parquet, or save CSV.")

    def step(self) -> tuple[bytes, bool]:
        """Write or read for a moment; returns bytes that are ready, and whether these were the last."""
        self.touched = time.monotonic()
        try:
            if self._reading is None:
                self._write()
                return b"", False
            part = self._reading.read(PART_BYTES)
        except BaseException:
            self.close()
            raise
        if part:
            return part, False
        self.close()
        return b"", True

    def _write(self) -> None:
        end = time.monotonic() + STEP_S
        for batch in self._batches:
            if not hasattr(batch, "schema") or not hasattr(batch, "num_rows"):
                batch.write_parquet(self._path)
                continue
            if self._writer is None:
                import pyarrow.parquet  # type: ignore[import-untyped]

                self._writer = pyarrow.parquet.ParquetWriter(self._path, batch.schema)
            self._writer.write_table(batch)
            if time.monotonic() > end:
                return
        if self._writer is not None:
            self._writer.close()
        self._reading = open(self._path, "rb")  # noqa: SIM115 - it stays open from step to step

    def close(self) -> None:
        """Remove the file."""
        if self._reading is not None:
            self._reading.close()
        if os.path.exists(self._path):
            os.unlink(self._path)
