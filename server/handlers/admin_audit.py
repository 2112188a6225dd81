"""What was done on this server: uses of secrets, changes of connections, rights and accounts."""

from __future__ import annotations

from server import payloads
from server.db.repositories import audit, people, projects
from server.handlers.base import SITE_ADMIN, ApiHandler, needs, route
from server.refusals import Refusal

LONGEST = 64


@route("/api/admin/audit")
class AuditHandler(ApiHandler):
    """The record, the newest first. `kind` (uses, connections, rights), `project` and `by` narrow it down."""

    @needs(SITE_ADMIN, answer=payloads.Page[payloads.AuditEntry])
    async def get(self) -> payloads.Page[payloads.AuditEntry]:
        kind, project, by = (self.get_query_argument(name, None) for name in ("kind", "project", "by"))
        if kind is not None and kind not in audit.KINDS:
            raise Refusal("bad_query", f"`kind` must be one of {', '.join(audit.KINDS)}.")
        if any(each is not None and len(each) > LONGEST for each in (project, by)):
            raise Refusal("bad_query", "`project` and `by` must be ids.")
        async with self.services.database.read() as session:
            found, following = await audit.all_of(session, self.window, kind=kind, project=project, by=by)
            users = await people.users(session, {each.actor for each in found if each.actor})
            names = await projects.names(session, {each.project for each in found if each.project})
        items = [
            payloads.AuditEntry(
                each.at,
                users.get(each.actor or ""),
                each.action,
                payloads.AuditProject(each.project, names.get(each.project)) if each.project else None,
                each.thing,
                each.name,
                dict(each.detail),
            )
            for each in found
        ]
        return payloads.Page(items, following)
