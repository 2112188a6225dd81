"""Search in the files and notebooks of all projects that a person may read."""

from __future__ import annotations

from server import payloads
from server.handlers.base import VISITOR, ApiHandler, needs, route
from server.search.part import searches_of
from server.search.worker import Hit


@route("/api/search")
class SearchHandler(ApiHandler):
    """Lines of cells and text files with `query`; `regex=1` reads it as Python does, `case=1` minds the case.

    `project` searches in one alone. The search ends with its request, and after ten seconds.
    """

    @needs(VISITOR, answer=payloads.SearchFound)
    async def get(self) -> payloads.SearchFound:
        with self.while_waited_for():
            found = await searches_of(self.services).search(
                self.person,
                self.get_query_argument("query", "", strip=False),
                is_regex=self.switch("regex"),
                match_case=self.switch("case"),
                project=self.get_query_argument("project", None),
            )
        items = [_told(hit, found.names) for hit in found.hits]
        return payloads.SearchFound(items, found.partial, found.too_large)


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
