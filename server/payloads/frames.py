"""Tables in a kernel, as the grid asks for them. Cells are what the kernel wrote: text, codes, or cut texts.

A cell is a text; a number for what has none (0 null, 1 NaN, 2 and 3 the infinities, 4 NaT); or the beginning
of a longer text with its length.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from server.payloads.common import Body
from server.payloads.databases import DatabaseColumn

FrameOperation = Literal["open", "page", "profile", "values", "cell", "pictures", "chart", "code"]
Whole = Annotated[int, Meta(ge=0, le=2**53)]
Text = Annotated[str, Meta(max_length=1000)]


class FrameSortKey(Body, frozen=True):
    """A column by its position; levels of the index count from -1 down."""

    column: int
    descending: bool = False


class FrameFilter(Body, frozen=True):
    """One condition, as `between` with two values, written as people write them."""

    column: int
    operation: Annotated[str, Meta(max_length=20)]
    values: Annotated[tuple[Text, ...], Meta(max_length=1000)] = ()
    match_case: bool = False


class FrameRows(Body, frozen=True):
    """Which rows of a table, in which order."""

    sort: Annotated[tuple[FrameSortKey, ...], Meta(max_length=50)] = ()
    filters: Annotated[tuple[FrameFilter, ...], Meta(max_length=50)] = ()
    search: Text = ""


class FrameChart(Body, frozen=True):
    """A chart of a table; `x`, `y` and `color` are positions of columns."""

    mark: Literal["bar", "line", "scatter", "histogram", "box"]
    x: int
    y: int | None = None
    color: int | None = None
    aggregate: Literal["count", "sum", "mean", "median", "min", "max"] = "count"
    bins: Annotated[int, Meta(ge=2, le=100)] = 30


class FrameQuestion(Body, frozen=True):
    """What is asked of a table. With the `token` of an answer, one that changed since gives no rows."""

    operation: FrameOperation
    token: Annotated[str, Meta(max_length=100)] | None = None
    view: FrameRows | None = None
    start: Whole = 0
    stop: Whole = 0
    row: Whole = 0
    column: int = 0
    columns: Annotated[list[int], Meta(max_length=10_000)] | None = None
    chart: FrameChart | None = None
    variable: Annotated[str, Meta(max_length=200)] = ""


class ListedFrame(msgspec.Struct, frozen=True):
    """A table in a variable; `rows` is null where counting them would be work."""

    name: str
    rows: int | None
    columns: list[DatabaseColumn]


class FrameAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the kernel says; which fields there are depends on the question.

    `open`: schema and size. `page`: `cells`, column by column, of the rows `start:stop` of `rows`. `profile`:
    figures by position. `values`: the most frequent with their counts. `cell`: a value in full. `pictures`:
    addresses of thumbnails from `start` on, as many as there was time for. `chart`: aggregated points.
    `code`: Python, and the modules that it lacks. `running` says that a cell runs, so rows may change.
    """

    token: str = ""
    running: bool = False
    name: str | None = None
    library: str = ""
    form: str = ""
    rows: int | None = None
    columns_total: int = 0
    columns: list[Any] = []
    index: list[Any] = []
    start: int = 0
    stop: int = 0
    cells: list[list[Any]] = []
    profiles: dict[str, Any] = {}
    values: list[Any] = []
    different: int | None = None
    text: str = ""
    length: int = 0
    json: Any = None
    picture: str | None = None
    pictures: list[str | None] = []
    code: str = ""
    tables: list[ListedFrame] = []
    lacking: list[str] = []
    left_out: int = 0
    sampled: int | None = None
    bounds: list[Any] = []


class FramePage(msgspec.Struct, frozen=True):
    """A page for scripts: the schema, the rows `start:stop` row by row, and how many the view has."""

    columns: list[Any]
    index: list[Any]
    rows: list[list[Any]]
    start: int
    stop: int
    total: int


class FrameProfiles(msgspec.Struct, frozen=True):
    """Figures of each column, in order; null where there was no time for them."""

    columns: list[Any]
    profiles: list[Any]
    rows: int | None
