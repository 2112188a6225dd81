"""Two requests at the same moment, where only one may win."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from collab.ids import NotebookId, UserId
from tests.support.server import RunningServer
from tests.support.socket_page import Page
from tests.support.world import new_world

PASSWORD = "correct horse battery"


def account(name: str, **more: str) -> dict[str, str]:
    return {"name": name, "email": f"{name}@example.org", "password": PASSWORD, **more}


async def test_an_invitation_makes_one_account(server: RunningServer) -> None:
    ada = await server.person("ada")
    project = await server.project(ada)
    invited = await ada.post(f"/api/projects/{project}/members", {"who": "x@example.org", "role": "viewer"})
    secret = invited.json["url"].partition("#")[2]
    strangers = [server.browser() for _ in range(3)]
    answers = await asyncio.gather(
        *(
            stranger.post("/api/accounts", account(f"eve{number}", invite=secret))
            for number, stranger in enumerate(strangers)
        )
    )
    assert sorted(answer.status for answer in answers) == [201, 403, 403]
    signed_in = [
        await server.browser().post("/api/session", {"name": f"eve{number}", "password": PASSWORD})
        for number in range(3)
    ]
    assert sorted(answer.status for answer in signed_in) == [200, 401, 401]


async def test_the_set_up_link_makes_one_account(server: RunningServer) -> None:
    assert server.server.setup_url is not None
    code = server.server.setup_url.partition("#")[2]
    server.services.make_welcome = None
    answers = await asyncio.gather(
        *(server.browser().post("/api/setup", account(f"olga{number}", code=code)) for number in range(3))
    )
    assert sorted(answer.status for answer in answers) == [201, 409, 409]


async def test_a_session_that_ends_while_its_socket_opens_does_not_get_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_world(tmp_path / "data") as world:
        store = world.server.services.store
        reserve = store.clients_of

        async def slow(notebook: NotebookId, user: UserId) -> frozenset[int]:
            if user == eve.user:
                assert (await again.delete("/api/session")).status == 204
            return await reserve(notebook, user)

        eve = world.people["viewer"]
        again = world.server.browser()
        again.http.cookie_jar.update_cookies({cookie.key: cookie.value for cookie in eve.http.cookie_jar})
        await world.sessions.get(NotebookId(world.notebook))
        monkeypatch.setattr(store, "clients_of", slow)
        page = await Page.open(eve, world.notebook)
        assert await page.until(lambda: page.closed) == 4401
        await page.close()


async def test_a_notebook_deleted_while_its_socket_opens_lets_nobody_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with new_world(tmp_path / "data") as world:
        sessions = world.sessions
        get = sessions.get

        async def slow(notebook: NotebookId) -> object:
            monkeypatch.setattr(sessions, "get", get)
            assert (await world.ada.delete(f"/api/notebooks/{notebook}")).status == 204
            return await get(notebook)

        monkeypatch.setattr(sessions, "get", slow)
        page = await Page.open(world.people["viewer"], world.notebook)
        assert await page.until(lambda: page.closed) == 4404
        await page.close()


async def test_two_owners_cannot_remove_each_other(server: RunningServer) -> None:
    ada, bob = await server.person("ada"), await server.person("bob")
    project = await server.project(ada, admin=bob)
    assert (await ada.put(f"/api/projects/{project}/members/{bob.user}", {"role": "owner"})).status == 200
    path = f"/api/projects/{project}/members"
    answers = await asyncio.gather(ada.delete(f"{path}/{bob.user}"), bob.delete(f"{path}/{ada.user}"))
    assert [answer.status for answer in answers].count(204) == 1
    members = [await person.get(path) for person in (ada, bob)]
    assert sorted(answer.status for answer in members) == [200, 404]
