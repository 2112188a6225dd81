"""Packages of a project: what its notebooks import, and what is missing for it."""

from __future__ import annotations

from collab.roles import Capability
from kernel_manager.imports.guess import Need, Place, Unknown
from kernel_manager.imports.told import text_of
from server import payloads
from server.handlers.base import ApiHandler, needs, route
from server.requirements.part import reader_of
from server.requirements.reader import Requirements


@route("/api/projects/{project}/requirements")
class RequirementsHandler(ApiHandler):
    """What the project needs, read from the text of its notebooks and files; no kernel has to run."""

    @needs(Capability.READ, answer=payloads.ProjectRequirements)
    async def get(self) -> payloads.ProjectRequirements:
        return _told(await reader_of(self.services).read(self.opened_project.id))


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
