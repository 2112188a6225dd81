"""Every route and method, asked by every kind of person: the answers follow from the declarations.

The expectations are worked out from what each method `needs` and from the
capability sets alone, so a route that lets somebody in too far fails here,
and so does a new route that this walk cannot reach.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
import pytest
import pytest_asyncio
from tornado.websocket import WebSocketHandler

from collab.ids import JobId, RunId, new_id
from collab.roles import NO_RIGHTS, Capability, Rights, Role, capabilities_of
from server.db.tables import EnvironmentJob, Run
from server.handlers.base import PUBLIC, SIGNED_IN, VISITOR, Needs, needs_of
from server.routes import Route, routes
from tests.support.server import Answer, Client, RunningServer, running

ROLES = tuple(role.value for role in Role)
ACTORS = (*ROLES, "stranger", "other_tenant", "guest", "nobody")

METHODS = [
    pytest.param(route, method, id=f"{method} {route.pattern}")
    for route in routes()
    for method in route.methods
]

BEHIND_DOORS = [
    pytest.param(route, method, id=f"{method} {route.pattern}")
    for route in routes()
    for method in route.methods
    if (declared := needs_of(route.handler, method)) is not None and isinstance(declared.of, Capability)
]


@dataclass
class World:
    """One project with somebody in every role, and others who must not see it."""

    server: RunningServer
    actors: dict[str, Client]
    things: dict[str, str]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """One world for the whole walk: nothing that the walk sends changes it."""
    async with running(tmp_path_factory.mktemp("walk")) as server:
        members = {role.value: await server.person(role.value) for role in Role}
        owner = members["owner"]
        project = await server.project(owner, **{n: c for n, c in members.items() if n != "owner"})
        await owner.patch(f"/api/projects/{project}", {"links_without_account": True})
        stranger, tenant = await server.person("stranger"), await server.person("tenant")
        await server.project(tenant, "Elsewhere")
        made = (await owner.post(f"/api/projects/{project}/links", {"role": "executor"})).json
        guest = server.browser()
        await guest.post("/api/links/use", {"secret": made["url"].partition("#")[2]})
        notebook = await server.notebook(project, owner)
        run = RunId(new_id())
        async with server.services.database.begin() as session:
            session.add(Run(id=run, notebook_id=notebook, by=owner.user, created_at=datetime.now(UTC)))
            job = JobId(new_id())
            made = {"id": job, "project_id": project, "kind": "install", "title": "", "state": "done"}
            session.add(EnvironmentJob(**made, changes=[], created_at=datetime.now(UTC)))
        things = {"project": project, "notebook": notebook, "run": run, "job": job}
        others = {"stranger": stranger, "other_tenant": tenant, "guest": guest, "nobody": server.browser()}
        yield World(server, {**members, **others}, things)


def rights_of(actor: str) -> Rights:
    """Return what the table of roles gives `actor` in the project."""
    if actor in ROLES:
        return capabilities_of(Role(actor))
    return capabilities_of(Role.VIEWER) if actor == "guest" else NO_RIGHTS


def expected(actor: str, declared: Needs) -> set[int] | None:
    """Return the statuses that refuse `actor`, or `None` where the door must open."""
    if declared.of is PUBLIC:
        return None
    if actor == "nobody":
        return {401}
    if isinstance(declared.of, Capability):
        if Capability.READ not in rights_of(actor):
            return {404}
        return None if declared.of in rights_of(actor) else {403}
    if declared.of is VISITOR:
        return None
    if actor == "guest":
        return {403}
    return None if declared.of is SIGNED_IN else {404}


def path_of(route: Route, declared: Needs, things: dict[str, str]) -> str:
    """Fill in the pattern: the door leads to the real thing, everything else to nothing."""

    def fill(found: re.Match[str]) -> str:
        name, regex = found[1], found[2]
        if name in things:
            return things[name]
        if regex is None:
            return "nothing-of-that-name"
        sample = SAMPLES.get(name)
        assert sample is not None, f"give {{{name}}} of {route.pattern} a sample in SAMPLES"
        assert re.fullmatch(regex, sample)
        return sample

    path = re.sub(r"\{(\w+)(?::((?:[^{}]|\{[^{}]*\})+))?\}", fill, route.pattern)
    return f"{path}?{declared.door}={things[declared.door]}" if declared.door else path


SAMPLES = {
    "commit": "0" * 40,
    "format": "md",
    "package": "nothing",
    "module": "nothing",
    "page": "p/anything",
    "path": "nothing",
    "name": "nothing.txt",
    "sha256": "0" * 64,
    "stream": "nothing",
    "variable": "nothing",
    "table": "nothing",
    "library": "nothing",
    "kernel_name": "nothing",
    "kernel_id": "0-0-0-0-0",
    "session_id": "0-0-0-0-0",
    "slash": "/",
    "action": "interrupt",
    "contents": "/nothing.ipynb",
    "checkpoints": "/nothing.ipynb/checkpoints",
    "checkpoint_id": "checkpoint",
}


async def ask(client: Client, route: Route, method: str, path: str) -> Answer:
    """Ask, with a body that no route takes: who passes the door gets 400 and changes nothing."""
    if issubclass(route.handler, WebSocketHandler):
        return await _knock(client, path)
    declared = needs_of(route.handler, method)
    if declared is None or declared.body is None:
        return await client(method, path)
    return await client(method, path, data=b"[]", headers={"Content-Type": "application/json"})


async def _knock(client: Client, path: str) -> Answer:
    """Open a websocket and close it; one that is refused is asked again plainly, for the body."""
    headers = {"Origin": client.base}
    try:
        async with client.http.ws_connect(client.base + path, headers=headers):
            return Answer(101, {}, b"", None)
    except aiohttp.WSServerHandshakeError:
        return await client.get(path, headers=headers)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("route", "method"), METHODS)
async def test_each_door_opens_for_those_it_should_and_nobody_else(
    world: World, route: Route, method: str
) -> None:
    declared = needs_of(route.handler, method)
    assert declared is not None
    path = path_of(route, declared, world.things)
    wrong = {}
    # From the weakest to the strongest, so that what an allowed person changes comes last.
    for actor in reversed(ACTORS):
        if method == "DELETE" and expected(actor, declared) is None:
            continue
        answer = await ask(world.actors[actor], route, method, path)
        refused = expected(actor, declared)
        if refused is None:
            if answer.status in {401, 403, 405} or (answer.status >= 500 and answer.status != 503):
                wrong[actor] = answer.status
        elif answer.status not in refused:
            wrong[actor] = answer.status
    assert wrong == {}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("route", "method"), BEHIND_DOORS)
async def test_an_id_never_given_out_looks_the_same_to_all(world: World, route: Route, method: str) -> None:
    declared = needs_of(route.handler, method)
    assert declared is not None
    nowhere = path_of(route, declared, dict.fromkeys(world.things, "nowhere"))
    there = path_of(route, declared, world.things)
    missing = await ask(world.actors["owner"], route, method, nowhere)
    hidden = await ask(world.actors["stranger"], route, method, there)
    assert (missing.status, missing.body) == (hidden.status, hidden.body)
    assert missing.status == 404
