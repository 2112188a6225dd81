"""Signing in through an identity provider, from the button on the login page back to the app."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from collab.ids import UserId
from server.providers import ExternalIdentity, Join, SignIn, decide
from server.refusals import Refusal
from tests.support.provider import AUTHORIZE, FakeProvider
from tests.support.server import Answer, Client, RunningServer, running

OLGA = ExternalIdentity("https://id.example", "0815", "Olga@Example.org", email_verified=True)
ME, OTHER = UserId("me"), UserId("other")


@pytest.fixture
def campus(server: RunningServer) -> FakeProvider:
    provider = FakeProvider()
    server.services.providers[provider.name] = provider
    return provider


async def come_back(browser: Client, campus: FakeProvider, where: str, identity: ExternalIdentity) -> Answer:
    assert where.startswith(AUTHORIZE)
    return await browser.get(campus.agree(where, identity).removeprefix(browser.base))


async def sign_in(
    browser: Client, campus: FakeProvider, identity: ExternalIdentity, wanted: str = "/"
) -> str:
    """Go the whole way; returns where it ended."""
    begun = await browser.get(f"/login/with/{campus.name}?next={wanted}")
    assert begun.status == 303
    return (await come_back(browser, campus, begun.headers["Location"], identity)).headers["Location"]


async def join(browser: Client, campus: FakeProvider, identity: ExternalIdentity) -> str:
    """Join the account that is signed in with `identity`; returns where it ended."""
    url = (await browser.post(f"/api/session/providers/{campus.name}")).json["url"]
    return (await come_back(browser, campus, url, identity)).headers["Location"]


async def test_the_login_page_can_list_the_ways_in(server: RunningServer, campus: FakeProvider) -> None:
    listed = (await server.browser().get("/api/session/providers")).json["items"]
    assert listed == [
        {"name": "local", "label": "Name and password", "start": "/login"},
        {"name": "campus", "label": "Campus account", "start": "/login/with/campus"},
    ]


async def test_somebody_joins_the_two_and_then_signs_in_without_a_password(
    server: RunningServer, campus: FakeProvider
) -> None:
    olga, elsewhere = await server.person("olga"), server.browser()
    assert await sign_in(elsewhere, campus, OLGA) == "/login?refused=join_first"
    assert (await elsewhere.get("/api/me")).status == 401
    assert await join(olga, campus, OLGA) == "/account"
    assert await sign_in(elsewhere, campus, OLGA, "/n/abc") == "/n/abc"
    assert (await elsewhere.get("/api/me")).json["name"] == "olga"


async def test_the_identity_counts_and_not_the_address(server: RunningServer, campus: FakeProvider) -> None:
    olga, eve = await server.person("olga"), server.browser()
    await join(olga, campus, OLGA)
    renamed = replace(OLGA, email="new@example.org", email_verified=False)
    assert await sign_in(server.browser(), campus, renamed) == "/"
    for impostor in (replace(OLGA, subject="4711"), replace(OLGA, issuer="https://other.example")):
        assert await sign_in(eve, campus, impostor) == "/login?refused=join_first"
    unverified = replace(OLGA, subject="4711", email_verified=False)
    assert await sign_in(eve, campus, unverified) == "/login?refused=no_account"
    assert (await eve.get("/api/me")).status == 401


async def test_nobody_joins_another_address_or_another_persons_identity(
    server: RunningServer, campus: FakeProvider
) -> None:
    olga, eve = await server.person("olga"), await server.person("eve")
    assert await join(eve, campus, OLGA) == "/account?refused=other_address"
    assert await join(olga, campus, replace(OLGA, email_verified=False)) == "/account?refused=other_address"
    await join(olga, campus, OLGA)
    stolen = replace(OLGA, email="eve@example.org")
    assert await join(eve, campus, stolen) == "/account?refused=joined_elsewhere"
    assert (await eve.get("/api/me")).json["name"] == "eve"


async def test_signing_in_never_joins(server: RunningServer, campus: FakeProvider) -> None:
    olga = await server.person("olga")
    assert await sign_in(olga, campus, OLGA) == "/login?refused=join_first"
    assert await sign_in(server.browser(), campus, OLGA) == "/login?refused=join_first"


async def test_only_the_browser_that_began_can_finish_and_only_once(
    server: RunningServer, campus: FakeProvider
) -> None:
    olga, victim = await server.person("olga"), server.browser()
    await join(olga, campus, OLGA)
    begun = (await olga.get("/login/with/campus")).headers["Location"]
    back = campus.agree(begun, OLGA).removeprefix(olga.base)
    assert (await victim.get(back)).headers["Location"] == "/login?refused=not_begun"
    await victim.get("/login/with/campus")
    assert (await victim.get(back)).headers["Location"] == "/login?refused=not_begun"
    assert (await victim.get("/api/me")).status == 401
    assert (await olga.get(back)).headers["Location"] == "/"
    assert (await olga.get(back)).headers["Location"] == "/login?refused=not_begun"


async def test_a_join_cannot_be_finished_without_the_session_that_began_it(
    server: RunningServer, campus: FakeProvider
) -> None:
    olga = await server.person("olga")
    url = (await olga.post("/api/session/providers/campus")).json["url"]
    await olga.delete("/api/session")
    assert (await come_back(olga, campus, url, OLGA)).headers["Location"] == "/account?refused=sign_in"
    script = await server.script_of(olga.user)
    assert (await script.post("/api/session/providers/campus")).code == "no_session"


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "state=",
        "state=%ff",
        "code=code-0",
        "error=access_denied&state={state}",
        "code=nothing&state={state}",
        "state={state}&code=" + "x" * 5000,
    ],
)
async def test_an_answer_that_proves_nothing_signs_nobody_in(
    server: RunningServer, campus: FakeProvider, answer: str
) -> None:
    browser = server.browser()
    await browser.get("/login/with/campus")
    (state,) = campus.challenges
    finished = await browser.get(f"/login/back/campus?{answer.replace('{state}', state)}")
    assert finished.status in {303, 400}
    if finished.status == 303:
        assert finished.headers["Location"].startswith("/login?refused=")
    assert (await browser.get("/api/me")).status == 401


@pytest.mark.parametrize("subject", ["", "a" * 256, "a\0b"])
async def test_a_name_that_cannot_be_kept_is_refused(
    server: RunningServer, campus: FakeProvider, subject: str
) -> None:
    where = await sign_in(server.browser(), campus, replace(OLGA, subject=subject))
    assert where == "/login?refused=no_proof"


async def test_the_way_back_leads_only_into_this_app(server: RunningServer, campus: FakeProvider) -> None:
    olga = await server.person("olga")
    await join(olga, campus, OLGA)
    assert await sign_in(server.browser(), campus, OLGA, "//evil.invalid") == "/"


async def test_a_provider_that_fails_leads_back_to_the_login_page(
    server: RunningServer, campus: FakeProvider
) -> None:
    campus.out_of_order = True
    answer = await server.browser().get("/login/with/campus")
    assert answer.headers["Location"] == "/login?refused=provider_down"
    for path in ("/login/with/nobody", "/login/back/nobody"):
        assert (await server.browser().get(path)).status == 404


async def test_behind_https_the_attempt_is_tied_to_the_host(tmp_path: Path) -> None:
    async with running(tmp_path, base_url="https://notes.example.org") as server:
        campus = server.services.providers["campus"] = FakeProvider()
        begun = await server.browser().get("/login/with/campus")
        cookie = begun.headers["Set-Cookie"]
        assert cookie.startswith("__Host-commonbook_flow=")
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {p.strip() for p in cookie.split(";")}
        back = campus.agree(begun.headers["Location"], OLGA)
        assert back.startswith("https://notes.example.org/login/back/campus?")


@pytest.mark.parametrize("known", [None, ME, OTHER])
@pytest.mark.parametrize("same_address", [None, ME, OTHER])
@pytest.mark.parametrize("joins", [None, ME])
@pytest.mark.parametrize("verified", [True, False])
def test_an_account_opens_by_identity_or_when_its_owner_joins_it(
    known: UserId | None, same_address: UserId | None, joins: UserId | None, verified: bool
) -> None:
    found = replace(OLGA, email_verified=verified)
    try:
        outcome = decide(found, known=known, same_address=same_address, joins=joins)
    except Refusal:
        outcome = None
    if joins is None:
        assert outcome == (SignIn(known) if known else None)
    else:
        may_join = known == ME or (known is None and verified and same_address == ME)
        assert outcome == (Join(ME) if may_join else None)
