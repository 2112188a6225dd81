"""Packages of a project: what its notebooks import, and what is missing for it."""

from __future__ import annotations

from collab.roles import Capability
from collab.wire import RequirementsChanged
from kernel_manager.imports.guess import Need, Place, Unknown
from kernel_manager.imports.told import text_of
from server import payloads
from server.db.repositories import environments
from server.environments.declaring import declare
from server.environments.part import environments_of
from server.handlers.base import ApiHandler, needs, route
from server.requirements.part import reader_of
from server.requirements.reader import Offer, Requirements


@route("/api/projects/{project}/requirements")
class RequirementsHandler(ApiHandler):
    """What the project needs, read from the text of its notebooks and files; no kernel has to run."""

    @needs(Capability.READ, answer=payloads.ProjectRequirements)
    async def get(self) -> payloads.ProjectRequirements:
        return _told(await reader_of(self.services).read(self.opened_project.id))

    @needs(Capability.EDIT, body=payloads.DeclarePackages)
    async def post(self, body: payloads.DeclarePackages) -> None:
        project = self.opened_project.id
        files = environments_of(self.services).places.files(project)
        await declare(self.services, files, project, body.lines)
        found = await reader_of(self.services).read(project)
        self.services.sessions.announce(project, RequirementsChanged(project, len(found.missing)))


@route("/api/projects/{project}/imports/{module:[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}}")
class ImportHandler(ApiHandler):
    """What a module needs that could not be imported. The name comes from a traceback: anybody's text."""

    @needs(Capability.READ, answer=payloads.ImportOffer)
    async def get(self, module: str) -> payloads.ImportOffer:
        project = self.opened_project.id
        found = await reader_of(self.services).offer(project, module)
        async with self.services.database.read() as session:
            states = await environments.states(session, project, 1)
        return payloads.ImportOffer(
            module,
            found.state,
            found.distribution,
            found.line,
            None if found.evidence is None else found.evidence.value,
            found.confidence,
            found.looks_like,
            _why_not(module, found) if found.state == "unknown" else None,
            states[0].created_at if found.state == "installed" and states else None,
        )


def _why_not(module: str, found: Offer) -> str:
    if found.looks_like is not None:
        return f"No package is known for {module}. Did you mean {found.looks_like}?"
    return f"No package is known for {module}. If it is yours, put it beside the notebook."


MOST_PLACES = 200
"""How many places of one import are told."""


def _told(found: Requirements) -> payloads.ProjectRequirements:
    versions = found.environment.installed.versions if found.environment.installed else {}
    python = found.environment.python
    idle = set(found.unused)
    return payloads.ProjectRequirements(
        declared=[
            payloads.DeclaredRequirement(
                each.name, each.text, each.file, each.line, versions.get(each.name), each not in idle
            )
            for each in found.declared.requirements
        ],
        missing=[_need(need) for need in found.missing],
        undeclared=[_need(need) for need in found.undeclared],
        optional=[_need(need) for need in found.guess.optional],
        unknown=[_unknown(each) for each in found.guess.unknown],
        local=list(found.guess.local),
        objections=[
            *(
                payloads.RequirementObjection("", file, number, why)
                for file, number, why in found.declared.objections
            ),
            *(payloads.RequirementObjection(each.text, None, None, each.why) for each in found.guess.refused),
        ],
        guess=None if found.has_file else text_of(found.guess),
        python=None if python is None else f"{python[0]}.{python[1]}",
        complete=found.is_whole,
    )


def _need(need: Need) -> payloads.NeededPackage:
    return payloads.NeededPackage(
        next(iter(need.imports), None),
        list(need.imports),
        need.distribution,
        need.line,
        need.evidence.value,
        need.confidence,
        list(need.alternatives),
        [_place(place) for place in need.places[:MOST_PLACES]],
    )


def _unknown(unknown: Unknown) -> payloads.UnknownImport:
    return payloads.UnknownImport(
        unknown.name, unknown.looks_like, [_place(place) for place in unknown.places[:MOST_PLACES]]
    )


def _place(place: Place) -> payloads.ImportPlace:
    return payloads.ImportPlace(place.file, place.cell, place.number, place.line)
