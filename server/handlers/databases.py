"""What is in the databases of connections: for all who may run, because their cells of SQL can ask it too."""

from __future__ import annotations

from collab.roles import Capability
from server import payloads
from server.databases.part import databases_of
from server.handlers.base import ApiHandler, needs, route

LONGEST_NAME = 500


@route("/api/projects/{project}/connections/{connection}/schema")
class SchemaHandler(ApiHandler):
    """Schemas, tables and columns, as they were at most ten minutes ago; with ?anew=1 as they are now."""

    @needs(Capability.RUN, answer=payloads.DatabaseSchema)
    async def get(self, connection: str) -> payloads.DatabaseSchema:
        return await databases_of(self.services).schema(
            self.opened_project.id, connection, self.person.user, anew=self.switch("anew")
        )


@route("/api/projects/{project}/connections/{connection}/rows")
class FirstRowsHandler(ApiHandler):
    """The first 100 rows of ?table in ?schema."""

    @needs(Capability.RUN, answer=payloads.DatabaseRows)
    async def get(self, connection: str) -> payloads.DatabaseRows:
        schema = self.get_query_argument("schema", "", strip=False)[:LONGEST_NAME]
        table = self.get_query_argument("table", "", strip=False)[:LONGEST_NAME]
        return await databases_of(self.services).rows(
            self.opened_project.id, connection, self.person.user, schema, table
        )
