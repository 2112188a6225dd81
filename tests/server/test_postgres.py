"""The whole server on PostgreSQL: the same code path, walked once from set-up to a revoked link."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.server.test_store import empty_database
from tests.support.server import running


@pytest.mark.postgres
async def test_the_server_runs_on_postgresql(tmp_path: Path) -> None:
    async with empty_database("postgres", tmp_path) as database:
        url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        async with running(tmp_path / "data", database_url=url) as server:
            assert server.server.setup_url is not None
            code = server.server.setup_url.partition("#")[2]
            olga = server.browser()
            body = {"name": "olga", "email": "o@example.org", "password": "correct horse", "code": code}
            assert (await olga.post("/api/setup", body)).status == 201
            (project,) = (await olga.get("/api/projects")).json["items"]
            path = f"/api/projects/{project['id']}"
            ann, guest = await server.person("ann"), server.browser()
            assert (await olga.post(f"{path}/members", {"who": "ann", "role": "editor"})).status == 201
            assert (await ann.get(path)).json["role"] == "editor"
            assert (await olga.delete(f"{path}/membership")).code == "last_owner"
            assert (await olga.patch(path, {"links_without_account": True})).status == 200
            link = (await olga.post(f"{path}/links", {"role": "viewer"})).json
            secret = link["url"].partition("#")[2]
            assert (await guest.post("/api/links/use", {"secret": secret})).json["project"] == project["id"]
            assert (await guest.get(f"{path}/notebooks")).status == 200
            assert (await olga.delete(f"{path}/links/{link['link']['id']}")).status == 204
            assert (await guest.get(path)).status == 401
            hidden = {"name": "a\u0000", "password": "x"}
            assert (await guest.post("/api/session", hidden)).status == 400
            assert not (tmp_path / "data" / "commonbook.sqlite3").exists()


@pytest.mark.postgres
async def test_a_link_used_many_times_at_once_counts_one_person(tmp_path: Path) -> None:
    async with empty_database("postgres", tmp_path) as database:
        url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        async with running(tmp_path / "data", database_url=url) as server:
            ada, ben = await server.person("ada"), await server.person("ben")
            path = f"/api/projects/{await server.project(ada)}"
            for _ in range(5):
                made = (await ada.post(f"{path}/links", {"role": "viewer"})).json
                secret = made["url"].partition("#")[2]
                answers = await asyncio.gather(
                    *(ben.post("/api/links/use", {"secret": secret}) for _ in range(8))
                )
                assert [answer.status for answer in answers] == [200] * 8
                (link, *_) = (await ada.get(f"{path}/links")).json["items"]
                assert link["uses"] == 1
                assert (await ada.delete(f"{path}/links/{link['id']}")).status == 204
