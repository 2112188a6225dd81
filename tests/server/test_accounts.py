"""What site admins do with accounts: close them, let them manage the site, make links for new passwords."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from server.db.tables import PasswordLink
from server.offline import password_link
from tests.support.server import RunningServer, SpySessions

PASSWORD = "correct horse battery"


async def test_a_closed_account_can_do_nothing_until_it_is_opened_again(
    server: RunningServer, told: SpySessions
) -> None:
    root = await server.person("root", admin=True)
    stored = await server.services.passwords.hash(PASSWORD)
    ann = await server.person("ann", password_hash=stored)
    script = await server.script_of(ann.user)
    path = f"/api/admin/users/{ann.user}"
    closed = await root.patch(path, {"disabled": True})
    assert (closed.status, closed.json["disabled_at"] is not None) == (200, True)
    assert [(await client.get("/api/me")).status for client in (ann, script)] == [401, 401]
    sign_in = {"name": "ann", "password": PASSWORD}
    assert (await server.browser().post("/api/session", sign_in)).code == "wrong_sign_in"
    assert len(told.ended) == 2, "its session's and its token's sockets are closed"
    assert (await root.post(f"{path}/password-link")).code == "closed"
    assert (await root.patch(path, {"disabled": False})).json["disabled_at"] is None
    assert (await server.browser().post("/api/session", sign_in)).status == 200
    assert (await script.get("/api/me")).status == 200
    assert (await ann.get("/api/me")).status == 401, "what was signed out stays so"


async def test_who_manages_the_site_is_changed_by_others_only(server: RunningServer) -> None:
    root, ann = await server.person("root", admin=True), await server.person("ann")
    assert (await ann.get("/api/admin/users")).status == 404
    assert (await root.patch(f"/api/admin/users/{ann.user}", {"admin": True})).json["admin"] is True
    assert (await ann.get("/api/admin/users")).status == 200
    for body in ({"admin": False}, {"disabled": True}):
        answer = await root.patch(f"/api/admin/users/{root.user}", body)
        assert (answer.status, answer.code) == (409, "own_account")
    assert (await ann.patch(f"/api/admin/users/{root.user}", {"admin": False})).json["admin"] is False
    assert (await root.get("/api/admin/users")).status == 404
    assert (await ann.patch("/api/admin/users/nobody", {"admin": True})).status == 404


async def test_a_password_link_works_once_and_ends_all_sessions(
    server: RunningServer, told: SpySessions
) -> None:
    root = await server.person("root", admin=True)
    ann = await server.person("ann")
    path = f"/api/admin/users/{ann.user}/password-link"
    first, second = [(await root.post(path)).json["url"].partition("#")[2] for _ in range(2)]
    body = {"code": first, "password": PASSWORD}
    assert (await server.browser().post("/api/password", body)).code == "no_password_link", (
        "a later one was made"
    )
    assert (await server.browser().post("/api/password", {"code": second, "password": "short"})).status == 400
    body["code"] = second
    browsers = [server.browser() for _ in range(3)]
    answers = await asyncio.gather(*(browser.post("/api/password", body) for browser in browsers))
    assert sorted(answer.status for answer in answers) == [200, 403, 403]
    winner = browsers[[answer.status for answer in answers].index(200)]
    assert (await winner.get("/api/me")).json["name"] == "ann"
    assert (await ann.get("/api/me")).status == 401
    assert len(told.ended) == 1
    assert (await server.browser().post("/api/session", {"name": "ann", "password": PASSWORD})).status == 200


async def test_an_old_password_link_and_one_of_a_closed_account_do_nothing(server: RunningServer) -> None:
    root, ann = await server.person("root", admin=True), await server.person("ann")
    link = await password_link(server.services.config, "ann@example.org")
    body = {"code": link.partition("/password#")[2], "password": PASSWORD}
    await root.patch(f"/api/admin/users/{ann.user}", {"disabled": True})
    assert (await server.browser().post("/api/password", body)).code == "no_password_link"
    await root.patch(f"/api/admin/users/{ann.user}", {"disabled": False})
    async with server.services.database.begin() as session:
        past = datetime.now(UTC) - timedelta(seconds=1)
        await session.execute(update(PasswordLink).values(expires_at=past))
    assert (await server.browser().post("/api/password", body)).code == "no_password_link"
