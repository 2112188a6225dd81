"""Tables in a notebook's kernel: pages, figures, charts and files.

The agent in the kernel answers, also while a cell runs. `{table}` is the name of a variable, or `@` and the
id that an output carries.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import quote

import msgspec
from tornado.http1connection import HTTP1Connection

from collab.roles import Capability
from kernel_manager.asking import AskFailed, AskRefused, KernelGone, NoAgent, NoAnswer
from server import payloads
from server.handlers.base import ApiHandler, needs, route
from server.handlers.living import open_session
from server.refusals import Refusal

TABLE = "{table:[^/]{1,400}}"
LIMIT_S = {
    "open": 10.0,
    "page": 30.0,
    "profile": 20.0,
    "values": 10.0,
    "cell": 10.0,
    "pictures": 10.0,
    "chart": 30.0,
    "code": 5.0,
}
EXPORT_STEP_S = 60.0
MOST_ROWS = 1000

_CODES: dict[type[AskFailed], str] = {
    KernelGone: "kernel_gone",
    NoAgent: "no_agent",
    NoAnswer: "kernel_busy",
    AskRefused: "frame_refused",
}


class FrameHandler(ApiHandler):
    """What the routes below share."""

    async def ask(
        self, table: str, operation: str, arguments: Mapping[str, Any], limit_s: float
    ) -> tuple[Mapping[str, Any], tuple[bytes, ...]]:
        """Ask the agent; a table that changed or cannot do it is a refusal in its words."""
        link = (await open_session(self)).link
        if link is None:
            raise Refusal("kernel_gone", "There is no kernel. Run the cell to see all of its table.", 409)
        try:
            answer = await link.ask(f"frame.{operation}", {**arguments, "table": table}, limit_s)
        except AskFailed as failure:
            raise Refusal(_CODES.get(type(failure), "kernel_gone"), str(failure), 409) from None
        for kind, code in (("changed", "frame_changed"), ("refused", "frame_refused")):
            if isinstance(why := answer.content.get(kind), str):
                raise Refusal(code, why[:500], 409)
        return answer.content, answer.buffers

    def view(self) -> payloads.FrameRows:
        """Return the view that the query names."""
        try:
            return payloads.FrameRows(
                sort=tuple(
                    _sort_key(part) for part in self.get_query_argument("sort", "").split(",") if part
                ),
                filters=msgspec.json.decode(
                    self.get_query_argument("filter", "[]"), type=tuple[payloads.FrameFilter, ...]
                ),
                search=self.get_query_argument("search", ""),
            )
        except (ValueError, msgspec.MsgspecError):
            raise Refusal(
                "bad_query",
                "`sort` is positions of columns with commas between, a minus before those that descend; "
                "`filter` is a JSON list of objects with column, operation and values.",
                400,
            ) from None

    def whole(self, name: str, usual: int) -> int:
        """Return a number of the query."""
        text = self.get_query_argument(name, str(usual))
        if not (text.isascii() and text.isdecimal() and len(text) <= 15):
            raise Refusal("bad_query", f"`{name}` must be a number of rows.")
        return int(text)


@route("/api/notebooks/{notebook}/frames")
class FramesHandler(FrameHandler):
    """The tables in the kernel's variables, as a database with one schema that has no name."""

    @needs(Capability.RUN, answer=payloads.DatabaseSchema)
    async def get(self) -> payloads.DatabaseSchema:
        found = _answer((await self.ask("", "list", {}, LIMIT_S["open"]))[0])
        tables = [
            payloads.DatabaseTable(
                each.name, is_view=False, rows=each.rows, is_estimate=False, columns=each.columns
            )
            for each in sorted(found.tables, key=lambda each: each.name)
        ]
        schema = payloads.DatabaseNamespace("", is_near=True, tables=tables)
        return payloads.DatabaseSchema([schema], is_cut=False, read_at=datetime.now(UTC))


@route("/api/notebooks/{notebook}/frames/" + TABLE)
class FramePageHandler(FrameHandler):
    """A page of a view of a table, for scripts: the rows from `start` to `stop`, at most 1,000."""

    @needs(Capability.RUN, answer=payloads.FramePage)
    async def get(self, table: str) -> payloads.FramePage:
        start = self.whole("start", 0)
        stop = min(self.whole("stop", start + 100), start + MOST_ROWS)
        view = msgspec.to_builtins(self.view())
        schema, _ = await self.ask(table, "open", {}, LIMIT_S["open"])
        asked = {"view": view, "start": start, "stop": stop, "token": schema.get("token")}
        page, _ = await self.ask(table, "page", asked, LIMIT_S["page"])
        answer = _answer(page)
        rows = [list(row) for row in zip(*answer.cells, strict=False)]
        opened = _answer(schema)
        return payloads.FramePage(
            opened.columns[: len(answer.cells)],
            opened.index,
            rows,
            answer.start,
            answer.stop,
            answer.rows or 0,
        )


@route(f"/api/notebooks/{{notebook}}/frames/{TABLE}/profile")
class FrameProfileHandler(FrameHandler):
    """What the columns of a table hold, for scripts."""

    @needs(Capability.RUN, answer=payloads.FrameProfiles)
    async def get(self, table: str) -> payloads.FrameProfiles:
        opened = _answer((await self.ask(table, "open", {}, LIMIT_S["open"]))[0])
        asked = {"view": msgspec.to_builtins(self.view())}
        found = _answer((await self.ask(table, "profile", asked, LIMIT_S["profile"]))[0])
        profiles = [found.profiles.get(str(at)) for at in range(len(opened.columns))]
        return payloads.FrameProfiles(opened.columns, profiles, found.rows)


@route(f"/api/notebooks/{{notebook}}/frames/{TABLE}/ask")
class FrameAskHandler(FrameHandler):
    """What the grid asks."""

    @needs(Capability.RUN, body=payloads.FrameQuestion, answer=payloads.FrameAnswer)
    async def post(self, body: payloads.FrameQuestion, table: str) -> payloads.FrameAnswer:
        asked = msgspec.to_builtins(body)
        operation = asked.pop("operation")
        content, _ = await self.ask(table, operation, asked, LIMIT_S[operation])
        return _answer(content)


@route(f"/api/notebooks/{{notebook}}/frames/{TABLE}/export")
class FrameExportHandler(FrameHandler):
    """A view as a file, streamed: `format` is `csv` or `parquet`, `columns` positions with commas between."""

    @needs(Capability.RUN, media="*/*")
    async def get(self, table: str) -> None:
        form = self.get_query_argument("format", "csv")
        if form not in ("csv", "parquet"):
            raise Refusal("bad_query", "`format` is csv or parquet.")
        try:
            columns = [int(part) for part in self.get_query_argument("columns", "").split(",") if part]
        except ValueError:
            raise Refusal("bad_query", "`columns` is positions with commas between.") from None
        asked = {"view": msgspec.to_builtins(self.view()), "format": form, "columns": columns or None}
        content, buffers = await self.ask(table, "export", asked, EXPORT_STEP_S)
        name = f"{re.sub(r'[^A-Za-z0-9_]', '', table) or 'table'}.{form}"
        self.set_header(
            "Content-Type", "text/csv; charset=UTF-8" if form == "csv" else "application/octet-stream"
        )
        self.set_header(
            "Content-Disposition", f"attachment; filename=\"{name}\"; filename*=UTF-8''{quote(name)}"
        )
        while True:
            for part in buffers:
                self.write(part)
            await self.flush()
            if content.get("next") is None:
                return
            following = {**asked, "next": content["next"], "token": content.get("token")}
            try:
                content, buffers = await self.ask(table, "export", following, EXPORT_STEP_S)
            except Refusal:
                # What has left cannot be taken back: a broken connection tells that the file is not whole.
                cast(HTTP1Connection, self.request.connection).close()
                return


def _sort_key(text: str) -> payloads.FrameSortKey:
    """Read `3`, or `-3` for descending; a level of the index is written `i1`, its innermost."""
    descending = text.startswith("-")
    bare = text.removeprefix("-")
    column = -int(bare[1:]) if bare.startswith("i") else int(bare)
    return payloads.FrameSortKey(column, descending)


def _answer(content: Mapping[str, Any]) -> payloads.FrameAnswer:
    """Read what a kernel said; it may say anything."""
    try:
        return msgspec.convert(dict(content), payloads.FrameAnswer)
    except msgspec.ValidationError:
        raise Refusal(
            "frame_refused", "The kernel's answer could not be read. Restart the kernel.", 409
        ) from None
