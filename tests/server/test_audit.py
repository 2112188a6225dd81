"""The record of what was done, for site admins: paged, narrowed down, and without a secret."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.server import Client, RunningServer, running

SECRET = "hunter2-canary"


@pytest.fixture
async def near(tmp_path: Path) -> AsyncIterator[RunningServer]:
    async with running(tmp_path, private_hosts=("127.0.0.1",)) as server:
        yield server


async def connected(client: Client, project: str, name: str) -> str:
    fields = {"host": "127.0.0.1", "port": 1, "database": "d", "user": "u", "password": SECRET}
    body = {"kind": "postgresql", "name": name, "fields": fields}
    made = await client.post(f"/api/projects/{project}/connections", body)
    assert made.status == 201, made.json
    return str(made.json["id"])


async def test_each_use_of_a_secret_is_on_record_for_admins_of_the_site_alone(near: RunningServer) -> None:
    root, ada, bo = await near.person("root", admin=True), await near.person("ada"), await near.person("bo")
    project = await near.project(ada, "Tides", admin=bo)
    path = f"/api/projects/{project}/connections"
    one, two = await connected(ada, project, "One"), await connected(ada, project, "Two")
    assert (await bo.post(f"{path}/{one}/test")).status == 200
    await ada.patch(f"{path}/{two}", {"name": "Two again"})
    await ada.delete(f"{path}/{two}")
    await ada.delete(f"/api/projects/{project}/members/{bo.user}")
    found = await root.get("/api/admin/audit")
    assert found.status == 200, found.json
    told = [(each["by"]["name"], each["action"], each["name"]) for each in found.json["items"]]
    assert told[:6] == [
        ("ada", "member removed", "bo"),
        ("ada", "connection deleted", "Two again"),
        ("ada", "connection changed", "Two again"),
        ("bo", "connection used", "One"),
        ("ada", "connection added", "Two"),
        ("ada", "connection added", "One"),
    ]
    used = found.json["items"][3]
    assert used["project"] == {"id": project, "name": "Tides"}
    assert (used["thing"], used["detail"]) == (one, {"for": "test"})
    assert SECRET not in found.body.decode()
    assert (await ada.get("/api/admin/audit")).status == 404


async def test_the_record_comes_in_parts_and_by_kind_project_and_person(near: RunningServer) -> None:
    root, ada = await near.person("root", admin=True), await near.person("ada")
    project, other = await near.project(ada, "Tides"), await near.project(ada, "Other")
    for number in range(5):
        await connected(ada, project if number else other, f"C{number}")
    names, cursor = [], ""
    while True:
        page = (await root.get(f"/api/admin/audit?kind=connections&limit=2{cursor}")).json
        assert len(page["items"]) <= 2
        names += [each["name"] for each in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert names == ["C4", "C3", "C2", "C1", "C0"]
    only = (await root.get(f"/api/admin/audit?project={other}")).json["items"]
    assert [each["name"] for each in only] == ["C0"]
    assert (await root.get(f"/api/admin/audit?by={root.user}")).json["items"] == []
    assert (await root.get("/api/admin/audit?kind=uses")).json["items"] == []
    for query in ("kind=x", "limit=0", "cursor=!", f"project={'x' * 65}"):
        assert (await root.get(f"/api/admin/audit?{query}")).status == 400, query
