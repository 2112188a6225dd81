"""Ids of things that belong to others, put where one's own are expected."""

from __future__ import annotations

import json

from tests.support.socket_page import Page
from tests.support.world import World

SECRET = "the attachment of somebody else"


async def test_a_file_holds_no_attachment_of_another_project(world: World) -> None:
    eve = await world.server.person("eve")
    theirs = (await eve.post("/api/projects", {"name": "Theirs"})).json["id"]
    made = (await eve.post(f"/api/projects/{theirs}/notebooks", {"name": "Mine"})).json["id"]
    sha256 = await world.sessions.blobs.put(world.notebook, SECRET.encode(), "text/plain")  # type: ignore[arg-type]
    page = await Page.open(eve, made)
    cell = (await page.until(page.source.cells))[0].id
    page.source.set_type(cell, "markdown")
    named = {"stolen.txt": {"text/plain": {"sha256": sha256, "size": len(SECRET)}}}
    page.doc["cells"][cell]["meta"]["json:attachments"] = json.dumps(named)
    await page.saved()
    file = await eve.get(f"/api/notebooks/{made}/ipynb")
    assert file.status == 200
    assert "stolen.txt" in file.body.decode()
    assert SECRET not in json.dumps(json.loads(file.body))
    copy = await eve.post(f"/api/projects/{theirs}/notebooks", {"name": "Copy", "copy_of": made})
    assert SECRET not in (await eve.get(f"/api/notebooks/{copy.json['id']}/ipynb")).body.decode()
    assert (await eve.get(f"/api/outputs/{sha256}?notebook={made}")).status == 404
    await page.close()


async def test_what_belongs_to_others_is_not_found_by_its_id(world: World) -> None:
    eve = await world.server.person("eve")
    theirs = (await eve.post("/api/projects", {"name": "Theirs"})).json["id"]
    made = (await eve.post(f"/api/projects/{theirs}/notebooks", {"name": "Mine"})).json["id"]
    [cell] = await world.cells("hold")
    run = (await world.ada.post(f"/api/notebooks/{world.notebook}/runs", {"cells": [cell]})).json["id"]
    copy = {"name": "Copy", "copy_of": world.notebook}
    assert (await eve.post(f"/api/projects/{theirs}/notebooks", copy)).status == 404
    assert len((await eve.get(f"/api/projects/{theirs}/notebooks")).json["items"]) == 1
    for method, path, body in (
        ("PUT", f"/api/notebooks/{made}/cells/{cell}", {"source": "x"}),
        ("DELETE", f"/api/notebooks/{made}/cells/{cell}", None),
        ("POST", f"/api/notebooks/{made}/runs", {"cells": [cell]}),
        ("GET", f"/api/runs/{run}", None),
        ("DELETE", f"/api/runs/{run}", None),
    ):
        assert (await eve(method, path, body)).status == 404, (method, path)
    page = await Page.open(eve, made)
    for op, args in (
        ("run", {"cell_id": cell}),
        ("cancel", {"run": run}),
        ("input", {"run": run, "text": ""}),
    ):
        assert (await page.order(op, **args))["type"] == "error"
    await page.close()
    assert world.backend.kernel.state == "ready"
