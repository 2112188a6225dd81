"""Search in the files and notebooks of all projects that a person may read."""

from __future__ import annotations

import asyncio

from server import payloads
from server.handlers.base import VISITOR, ApiHandler, needs, route
from server.refusals import Refusal
from server.search.part import searches_of
from server.search.worker import Hit

_SWITCH = {"0": False, "false": False, "1": True, "true": True}


@route("/api/search")
class SearchHandler(ApiHandler):
    """Lines of cells and text files with `query`; `regex=1` reads it as Python does, `case=1` minds the case.

    `project` searches in one alone. The search ends with its request, and after ten seconds.
    """

    _search: asyncio.Task[object] | None = None

    @needs(VISITOR, answer=payloads.SearchFound)
    async def get(self) -> payloads.SearchFound:
        self._search = asyncio.current_task()
        found = await searches_of(self.services).search(
            self.person,
            self.get_query_argument("query", "", strip=False),
            is_regex=self._switch("regex"),
            match_case=self._switch("case"),
            project=self.get_query_argument("project", None),
        )
        self._search = None
        items = [_told(hit, found.names) for hit in found.hits]
        return payloads.SearchFound(items, found.partial, found.too_large)

    def on_connection_close(self) -> None:
        super().on_connection_close()
        if self._search is not None:
            self._search.cancel()

    def _switch(self, name: str) -> bool:
        text = self.get_query_argument(name, "0")
        if text not in _SWITCH:
            raise Refusal("bad_query", f"`{name}` is 0 or 1.")
        return _SWITCH[text]


def _told(hit: Hit, names: dict[str, str]) -> payloads.SearchHit:
    return payloads.SearchHit(
        hit.project,
        names[hit.project],
        hit.line,
        hit.before,
        hit.hit,
        hit.after,
        path=hit.path,
        address=hit.address,
        notebook=hit.notebook,
        notebook_name=names.get(hit.notebook or ""),
        cell=hit.cell,
        number=hit.number,
    )
