"""Accounts, passwords, sessions and tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from server.credentials import Passwords
from server.db.repositories import credentials
from server.db.tables import LoginSession
from server.refusals import Refusal
from tests.support.server import RunningServer, SpySessions, running

PASSWORD = "correct horse battery"


async def _set_up(server: RunningServer) -> dict[str, str]:
    assert server.server.setup_url is not None
    code = server.server.setup_url.partition("#")[2]
    return {"code": code, "name": "olga", "email": "olga@example.org", "password": PASSWORD}


async def test_the_printed_link_makes_the_first_account_once(server: RunningServer) -> None:
    browser, body = server.browser(), await _set_up(server)
    assert (await browser.get("/api/setup")).json == {"needed": True}
    made = await browser.post("/api/setup", body)
    assert (made.status, made.json["admin"]) == (201, True)
    assert [p["name"] for p in (await browser.get("/api/projects")).json["items"]] == ["Welcome"]
    assert (await browser.get("/api/setup")).json == {"needed": False}
    again = await server.browser().post("/api/setup", {**body, "name": "eve", "email": "e@example.org"})
    assert (again.status, again.code) == (409, "set_up")


async def test_a_wrong_code_makes_nothing(server: RunningServer) -> None:
    body = {**await _set_up(server), "code": "guess"}
    answer = await server.browser().post("/api/setup", body)
    assert (answer.status, answer.code) == (403, "wrong_code")
    assert (await server.browser().get("/api/setup")).json == {"needed": True}


async def test_an_account_is_made_even_where_the_welcome_notebook_fails(
    server: RunningServer, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("no notebook")

    server.services.make_welcome = fail
    browser = server.browser()
    assert (await browser.post("/api/setup", await _set_up(server))).status == 201
    assert (await browser.get("/api/me")).json["name"] == "olga"
    assert "welcome notebook" in caplog.text


async def test_each_start_prints_a_fresh_link_until_there_is_an_account(tmp_path: Path) -> None:
    async with running(tmp_path) as first:
        old = await _set_up(first)
    async with running(tmp_path) as second:
        new = await _set_up(second)
        assert (await second.browser().post("/api/setup", old)).code == "wrong_code"
        assert (await second.browser().post("/api/setup", new)).status == 201
    async with running(tmp_path) as third:
        assert third.server.setup_url is None


async def test_signing_in_works_by_name_and_by_address_and_ends_the_old_session(
    server: RunningServer, told: SpySessions
) -> None:
    browser = server.browser()
    await browser.post("/api/setup", await _set_up(server))
    (first,) = (await browser.get("/api/sessions")).json["items"]
    for name in ("OLGA", "Olga@Example.org"):
        assert (await browser.post("/api/session", {"name": name, "password": PASSWORD})).status == 200
    (last,) = (await browser.get("/api/sessions")).json["items"]
    assert last["id"] != first["id"]
    assert told.ended[0] == first["id"]


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(server: RunningServer) -> None:
    made = await server.browser().post("/api/setup", await _set_up(server))
    cookie = made.headers["Set-Cookie"]
    assert cookie.startswith(f"commonbook_{server.config.port}=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}


async def test_behind_https_the_cookie_is_tied_to_the_host(tmp_path: Path) -> None:
    async with running(tmp_path, base_url="https://notes.example.org") as server:
        browser = server.client(origin="https://notes.example.org")
        made = await browser.post("/api/setup", await _set_up(server))
        assert made.headers["Set-Cookie"].startswith("__Host-commonbook=")
        assert "Secure" in made.headers["Set-Cookie"]
        assert "max-age" in made.headers["Strict-Transport-Security"]
        assert (server.server.setup_url or "").startswith("https://notes.example.org/setup#")


async def test_a_wrong_password_and_an_unknown_name_look_and_cost_the_same(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await server.browser().post("/api/setup", await _set_up(server))
    checked: list[str | None] = []
    check = Passwords._check

    def spy(self: Passwords, password: str, stored: str | None) -> bool:
        checked.append(stored)
        return check(self, password, stored)

    monkeypatch.setattr(Passwords, "_check", spy)
    browser = server.browser()
    wrong = await browser.post("/api/session", {"name": "olga", "password": "wrong"})
    unknown = await browser.post("/api/session", {"name": "nobody", "password": "wrong"})
    assert (wrong.status, wrong.body) == (unknown.status, unknown.body)
    assert wrong.status == 401
    hashes = [stored for stored in checked if stored is not None]
    assert len(hashes) == 2, "the unknown name was not checked against a dummy"
    assert hashes[0].split("$")[:4] == hashes[1].split("$")[:4]


async def test_guessing_is_slowed_for_the_account_and_for_the_address(server: RunningServer) -> None:
    await server.browser().post("/api/setup", await _set_up(server))
    browser = server.browser()
    answers = [
        await browser.post("/api/session", {"name": "olga", "password": f"guess {n}"}) for n in range(11)
    ]
    assert [answer.status for answer in answers] == [401] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    others = [await browser.post("/api/session", {"name": f"n{n}", "password": "guess"}) for n in range(21)]
    assert [answer.status for answer in others] == [401] * 20 + [429]


async def test_an_address_cannot_be_borrowed_from_a_header(server: RunningServer) -> None:
    browser = server.browser()
    for n in range(30):
        headers = {"X-Forwarded-For": f"10.0.0.{n}"}
        await browser.post("/api/session", {"name": f"n{n}", "password": "guess"}, headers=headers)
    answer = await browser.post(
        "/api/session", {"name": "n", "password": "guess"}, headers={"X-Forwarded-For": "127.0.0.9"}
    )
    assert answer.status == 429


async def test_success_does_not_count_as_a_try(server: RunningServer) -> None:
    browser = server.browser()
    await browser.post("/api/setup", await _set_up(server))
    for _ in range(12):
        assert (await browser.post("/api/session", {"name": "olga", "password": PASSWORD})).status == 200


async def test_a_full_queue_of_passwords_answers_busy() -> None:
    passwords = Passwords()
    try:
        passwords._under_way = 16
        with pytest.raises(Refusal) as refused:
            await passwords.verify("anything", None)
        assert refused.value.status == 429
    finally:
        passwords.close()


async def test_signing_out_ends_the_session_and_its_sockets(server: RunningServer, told: SpySessions) -> None:
    ann = await server.person("ann")
    (session,) = (await ann.get("/api/sessions")).json["items"]
    assert (await ann.delete("/api/session")).status == 204
    assert told.ended == [session["id"]]
    assert (await ann.get("/api/me")).status == 401


async def test_a_session_can_be_ended_from_elsewhere(server: RunningServer, told: SpySessions) -> None:
    ann, bob = await server.person("ann"), await server.person("bob")
    elsewhere = await server.browser_of(ann.user)
    listed = (await ann.get("/api/sessions")).json["items"]
    (other,) = [item["id"] for item in listed if not item["current"]]
    assert (await bob.delete(f"/api/sessions/{other}")).status == 404
    assert (await ann.delete(f"/api/sessions/{other}")).status == 204
    assert (await elsewhere.get("/api/me")).status == 401
    assert told.ended == [other]


@pytest.mark.parametrize(
    ("last_seen", "age", "status"), [(6.9, 20, 200), (7.1, 20, 401), (0.1, 29.9, 200), (0.1, 30.1, 401)]
)
async def test_a_session_ends_after_a_week_unused_or_a_month(
    server: RunningServer, last_seen: float, age: float, status: int
) -> None:
    ann, now = await server.person("ann"), datetime.now(UTC)
    values = {
        "last_seen_at": now - timedelta(days=last_seen),
        "expires_at": now + timedelta(days=30 - age),
    }
    async with server.services.database.begin() as session:
        await session.execute(update(LoginSession).values(**values))
    assert (await ann.get("/api/me")).status == status


async def test_a_new_password_needs_the_old_one_and_ends_all_other_sessions(
    server: RunningServer, told: SpySessions
) -> None:
    browser = server.browser()
    await browser.post("/api/setup", await _set_up(server))
    other = server.browser()
    await other.post("/api/session", {"name": "olga", "password": PASSWORD})
    new = "another good one"
    refused = await browser.patch("/api/me", {"password": new, "present_password": "guess"})
    assert (refused.status, refused.code) == (403, "wrong_password")
    assert (await browser.patch("/api/me", {"password": new, "present_password": PASSWORD})).status == 200
    assert (await browser.get("/api/me")).status == 200
    assert (await other.get("/api/me")).status == 401
    assert len(told.ended) == 1
    assert (await other.post("/api/session", {"name": "olga", "password": PASSWORD})).status == 401
    assert (await other.post("/api/session", {"name": "olga", "password": new})).status == 200


async def test_a_token_acts_with_what_its_maker_may_do_now(server: RunningServer) -> None:
    owner, ann = await server.person("olga"), await server.person("ann")
    project = await server.project(owner, collaborator=ann)
    script = await server.script_of(ann.user)
    path = f"/api/projects/{project}"
    assert "EDIT" in (await script.get(path)).json["rights"]
    await owner.put(f"{path}/members/{ann.user}", {"role": "viewer"})
    assert (await script.get(path)).json["rights"] == ["READ"]
    await owner.delete(f"{path}/members/{ann.user}")
    assert (await script.get(path)).status == 404


async def test_a_token_is_shown_once_listed_and_revoked(server: RunningServer, told: SpySessions) -> None:
    ann, bob = await server.person("ann"), await server.person("bob")
    made = (await ann.post("/api/tokens", {"name": "nightly", "expires_days": 3})).json
    script = server.client(headers={"Authorization": f"Bearer {made['secret']}"})
    assert (await script.get("/api/me")).json["name"] == "ann"
    listed = (await ann.get("/api/tokens")).json["items"]
    assert [token["name"] for token in listed] == ["nightly"]
    assert listed[0]["last_used_at"] is not None
    assert made["secret"].split("_", 2)[2] not in str(listed)
    path = f"/api/tokens/{made['token']['id']}"
    assert (await bob.delete(path)).status == 404
    assert (await ann.delete(path)).status == 204
    assert (await script.get("/api/me")).status == 401
    assert told.ended == [made["token"]["id"]]


async def test_a_token_makes_no_tokens_and_no_passwords(server: RunningServer) -> None:
    ann = await server.person("ann")
    script = await server.script_of(ann.user)
    assert (await script.post("/api/tokens", {"name": "more"})).status == 403
    body = {"password": "another good one", "present_password": "x"}
    assert (await script.patch("/api/me", body)).status == 403


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer cb_x_y", "Basic b2xnYTp4", "", "Bearer "])
async def test_a_bad_token_is_no_good_beside_a_good_cookie(server: RunningServer, header: str) -> None:
    ann = await server.person("ann")
    assert (await ann.get("/api/me", headers={"Authorization": header})).status == 401


async def test_an_expired_token_is_no_good(server: RunningServer) -> None:
    ann = await server.person("ann")
    long_ago = datetime.now(UTC) - timedelta(days=2)
    async with server.services.database.begin() as session:
        made = await credentials.add_token(session, ann.user, "old", long_ago, 1)
    script = server.client(headers={"Authorization": f"Bearer {made.secret}"})
    assert (await script.get("/api/me")).status == 401


async def test_nobody_signs_up_unless_the_site_allows_it(tmp_path: Path) -> None:
    body = {"name": "eve", "email": "eve@example.org", "password": PASSWORD}
    async with running(tmp_path / "closed") as server:
        assert (await server.browser().post("/api/accounts", body)).code == "no_invitation"
    async with running(tmp_path / "open", open_signup=True) as server:
        browser = server.browser()
        assert (await browser.post("/api/accounts", body)).status == 201
        assert (await browser.get("/api/me")).json["admin"] is False
        taken = await server.browser().post("/api/accounts", {**body, "name": "EVE"})
        assert (taken.status, taken.code) == (409, "taken")


async def test_a_site_admin_lists_and_makes_accounts(server: RunningServer) -> None:
    admin, ann = await server.person("root", admin=True), await server.person("ann")
    body = {"name": "bob", "email": "bob@example.org", "password": PASSWORD}
    assert (await ann.post("/api/admin/users", body)).status == 404
    assert (await admin.post("/api/admin/users", body)).status == 201
    names = [user["name"] for user in (await admin.get("/api/admin/users")).json["items"]]
    assert names == ["root", "ann", "bob"]
    assert (await admin.get("/api/me")).json["name"] == "root"
