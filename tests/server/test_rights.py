"""Who may what: invitations, roles, links, and what happens when they end."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from collab.roles import Role
from server.db.tables import AuditEvent
from tests.support.server import RunningServer, SpySessions


async def test_a_stranger_gets_the_same_answer_as_for_an_id_never_given_out(server: RunningServer) -> None:
    owner, stranger = await server.person("olga"), await server.person("sten")
    project = await server.project(owner)
    hidden = await stranger.get(f"/api/projects/{project}")
    missing = await stranger.get("/api/projects/0123456789abcdef")
    assert hidden.status == missing.status == 404
    assert hidden.body == missing.body


async def test_a_member_without_the_right_is_told_so(server: RunningServer) -> None:
    owner, viewer = await server.person("olga"), await server.person("vera")
    project = await server.project(owner, viewer=viewer)
    answer = await viewer.patch(f"/api/projects/{project}", {"name": "Mine"})
    assert (answer.status, answer.code) == (403, "forbidden")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
async def test_an_admin_gives_every_role_but_owner(server: RunningServer, role: Role) -> None:
    owner, admin, new = await server.person("olga"), await server.person("adam"), await server.person("nina")
    project = await server.project(owner, admin=admin)
    path = f"/api/projects/{project}/members"
    assert (await admin.post(path, {"who": "nina", "role": role})).status == 201
    assert (await admin.put(f"{path}/{new.user}", {"role": "owner"})).status == 403
    assert (await new.get(f"/api/projects/{project}")).json["role"] == role


async def test_put_adds_an_account_that_is_no_member_yet(server: RunningServer, told: SpySessions) -> None:
    owner, admin, ann = await server.person("olga"), await server.person("adam"), await server.person("ann")
    project = await server.project(owner, admin=admin)
    path = f"/api/projects/{project}/members"
    assert (await admin.put(f"{path}/{ann.user}", {"role": "owner"})).status == 403
    assert (await admin.put(f"{path}/nobody-at-all", {"role": "viewer"})).status == 404
    assert (await ann.get(f"/api/projects/{project}")).status == 404
    added = await admin.put(f"{path}/{ann.user}", {"role": "editor"})
    assert added.status == 200
    assert (added.json["user"]["name"], added.json["role"], added.json["pending"]) == ("ann", "editor", False)
    assert (await ann.get(f"/api/projects/{project}")).json["role"] == "editor"
    assert (await admin.put(f"{path}/{ann.user}", {"role": "viewer"})).json["role"] == "viewer"
    assert told.changed == [project] * 2


async def test_an_admin_cannot_touch_the_owner(server: RunningServer) -> None:
    owner, admin = await server.person("olga"), await server.person("adam")
    project = await server.project(owner, admin=admin)
    path = f"/api/projects/{project}/members/{owner.user}"
    assert (await admin.put(path, {"role": "viewer"})).status == 403
    assert (await admin.delete(path)).status == 403
    assert (await owner.get(f"/api/projects/{project}")).json["role"] == "owner"


async def test_only_an_owner_makes_an_owner_and_the_last_one_cannot_leave(server: RunningServer) -> None:
    owner, other = await server.person("olga"), await server.person("otto")
    project = await server.project(owner, collaborator=other)
    path = f"/api/projects/{project}"
    assert (await owner.delete(f"{path}/membership")).code == "last_owner"
    assert (await owner.put(f"{path}/members/{owner.user}", {"role": "admin"})).code == "last_owner"
    assert (await owner.delete(f"{path}/members/{owner.user}")).code == "last_owner"
    assert (await other.put(f"{path}/members/{other.user}", {"role": "owner"})).status == 403
    assert (await owner.put(f"{path}/members/{other.user}", {"role": "owner"})).status == 200
    assert (await owner.delete(f"{path}/membership")).status == 204
    assert (await owner.get(path)).status == 404
    assert (await other.get(path)).json["owner"]["id"] == other.user


async def test_anybody_may_leave(server: RunningServer, told: SpySessions) -> None:
    owner, viewer = await server.person("olga"), await server.person("vera")
    project = await server.project(owner, viewer=viewer)
    assert (await viewer.delete(f"/api/projects/{project}/membership")).status == 204
    assert (await viewer.get(f"/api/projects/{project}")).status == 404
    assert told.changed == [project]


async def test_every_change_of_rights_is_told_to_the_open_notebooks(
    server: RunningServer, told: SpySessions
) -> None:
    owner, ann = await server.person("olga"), await server.person("ann")
    project = await server.project(owner)
    path = f"/api/projects/{project}"
    await owner.post(f"{path}/members", {"who": "ann@example.org", "role": "editor"})
    await owner.put(f"{path}/members/{ann.user}", {"role": "viewer"})
    await owner.patch(path, {"viewers_comment": True})
    await owner.delete(f"{path}/members/{ann.user}")
    link = (await owner.post(f"{path}/links", {"role": "viewer"})).json["link"]["id"]
    await owner.delete(f"{path}/links/{link}")
    await owner.delete(path)
    assert told.changed == [project] * 5
    assert told.deleted == [project]


async def test_the_switch_lets_viewers_comment(server: RunningServer) -> None:
    owner, viewer = await server.person("olga"), await server.person("vera")
    project = await server.project(owner, viewer=viewer)
    path = f"/api/projects/{project}"
    assert (await viewer.get(path)).json["rights"] == ["READ"]
    await owner.patch(path, {"viewers_comment": True})
    assert (await viewer.get(path)).json["rights"] == ["COMMENT", "READ"]


async def test_a_deleted_project_is_gone_until_its_owner_takes_it_back(server: RunningServer) -> None:
    owner, admin = await server.person("olga"), await server.person("adam")
    project = await server.project(owner, admin=admin)
    path = f"/api/projects/{project}"
    assert (await admin.delete(path)).status == 403
    assert (await owner.delete(path)).status == 204
    assert (await owner.get(path)).status == 404
    assert (await owner.get("/api/projects")).json["items"] == []
    assert [p["id"] for p in (await owner.get("/api/projects?deleted=true")).json["items"]] == [project]
    assert (await admin.get("/api/projects?deleted=true")).json["items"] == []
    assert (await admin.patch(path, {"deleted": False})).status == 403
    assert (await owner.patch(path, {"deleted": False})).json["deleted_at"] is None
    assert (await admin.get(path)).status == 200


async def test_only_those_who_share_see_addresses_and_invitations(server: RunningServer) -> None:
    owner, viewer = await server.person("olga"), await server.person("vera")
    project = await server.project(owner, viewer=viewer)
    path = f"/api/projects/{project}/members"
    await owner.post(path, {"who": "new@example.org", "role": "viewer"})
    seen = (await owner.get(path)).json["items"]
    assert [(m["email"], m["pending"]) for m in seen] == [
        ("olga@example.org", False),
        ("vera@example.org", False),
        ("new@example.org", True),
    ]
    assert [(m["email"], m["pending"]) for m in (await viewer.get(path)).json["items"]] == [(None, False)] * 2


async def test_an_invitation_makes_an_account_and_a_member_once(server: RunningServer) -> None:
    owner = await server.person("olga")
    project = await server.project(owner)
    path = f"/api/projects/{project}/members"
    invited = (await owner.post(path, {"who": "new@example.org", "role": "editor"})).json
    secret = invited["url"].partition("#")[2]
    assert invited["url"] == f"{server.config.public_url}/join#{secret}"
    body = {"name": "nina", "email": "new@example.org", "password": "correct horse", "invite": secret}
    browser = server.browser()
    assert (await browser.post("/api/links/use", {"secret": secret})).json == {
        "project": None,
        "needs_account": True,
    }
    assert (await browser.post("/api/accounts", body)).status == 201
    assert (await browser.get(f"/api/projects/{project}")).json["role"] == "editor"
    again = await server.browser().post("/api/accounts", {**body, "name": "else", "email": "e@example.org"})
    assert (again.status, again.code) == (403, "no_invitation")


async def test_somebody_with_an_account_takes_an_invitation_up(server: RunningServer) -> None:
    owner, ann = await server.person("olga"), await server.person("ann")
    project = await server.project(owner)
    invited = await owner.post(f"/api/projects/{project}/members", {"who": "a@b.example", "role": "viewer"})
    secret = invited.json["url"].partition("#")[2]
    assert (await ann.post("/api/links/use", {"secret": secret})).json["project"] == project
    assert (await ann.get(f"/api/projects/{project}")).json["role"] == "viewer"


async def test_a_withdrawn_invitation_is_worth_nothing(server: RunningServer) -> None:
    owner, ann = await server.person("olga"), await server.person("ann")
    project = await server.project(owner)
    path = f"/api/projects/{project}/members"
    invited = (await owner.post(path, {"who": "a@b.example", "role": "viewer"})).json
    assert (await owner.delete(f"{path}/{invited['member']['user']['id']}")).status == 204
    secret = invited["url"].partition("#")[2]
    assert (await ann.post("/api/links/use", {"secret": secret})).status == 404


@pytest.mark.parametrize("role", ["editor", "collaborator", "admin", "owner"])
async def test_a_link_never_carries_more_than_running(server: RunningServer, role: str) -> None:
    owner = await server.person("olga")
    project = await server.project(owner)
    assert (await owner.post(f"/api/projects/{project}/links", {"role": role})).code == "link_role"


async def _link(owner_path: str, server: RunningServer, owner: object, **body: object) -> tuple[str, str]:
    made = (await owner.post(owner_path, {"role": "executor", **body})).json  # type: ignore[attr-defined]
    return made["link"]["id"], made["url"].partition("#")[2]


async def test_a_link_adds_to_an_account_for_as_long_as_it_lives(server: RunningServer) -> None:
    owner, ann = await server.person("olga"), await server.person("ann")
    project = await server.project(owner)
    path = f"/api/projects/{project}"
    link, secret = await _link(f"{path}/links", server, owner)
    assert (await ann.post("/api/links/use", {"secret": secret})).json["project"] == project
    assert (await ann.get(path)).json["rights"] == ["COMMENT", "READ", "RUN"]
    assert (await ann.get(path)).json["role"] is None
    assert [p["id"] for p in (await ann.get("/api/projects")).json["items"]] == [project]
    await owner.post(f"{path}/members", {"who": "ann", "role": "editor"})
    assert (await ann.get(path)).json["rights"] == ["COMMENT", "EDIT", "READ", "RUN"]
    assert (await owner.delete(f"{path}/links/{link}")).status == 204
    assert (await ann.get(path)).json["rights"] == ["COMMENT", "EDIT", "READ"]
    assert (await ann.post("/api/links/use", {"secret": secret})).status == 404


async def test_a_guest_watches_only_where_the_project_allows_it(
    server: RunningServer, told: SpySessions
) -> None:
    owner = await server.person("olga")
    project, other = await server.project(owner), await server.project(owner, "Other")
    path = f"/api/projects/{project}"
    link, secret = await _link(f"{path}/links", server, owner)
    guest = server.browser()
    assert (await guest.post("/api/links/use", {"secret": secret})).json["needs_account"] is True
    await owner.patch(path, {"links_without_account": True})
    assert (await guest.post("/api/links/use", {"secret": secret})).json["project"] == project
    me = (await guest.get("/api/me")).json
    assert (me["guest"], me["email"]) == (True, None)
    assert (await guest.get(path)).json["rights"] == ["READ"]
    assert (await guest.get(f"/api/projects/{other}")).status == 404
    assert (await guest.get("/api/tokens")).status == 403
    await owner.patch(path, {"links_without_account": False})
    assert (await guest.get(path)).status == 404
    await owner.patch(path, {"links_without_account": True})
    assert (await guest.get(path)).status == 200
    await owner.delete(f"{path}/links/{link}")
    assert (await guest.get(path)).status == 401
    assert told.ended == [me["id"]]


@pytest.mark.parametrize("role", ["viewer", "executor"])
async def test_a_guest_watches_and_no_more_whatever_the_link_carries(
    server: RunningServer, role: str
) -> None:
    owner, ann = await server.person("olga"), await server.person("ann")
    project = await server.project(owner)
    path = f"/api/projects/{project}"
    notebook = await server.notebook(project, owner)
    await owner.patch(path, {"links_without_account": True, "viewers_comment": True})
    _, secret = await _link(f"{path}/links", server, owner, role=role)
    guest = server.browser()
    assert (await guest.post("/api/links/use", {"secret": secret})).json["project"] == project
    seen = [(await guest.get(path)).json, (await guest.get("/api/projects")).json["items"][0]]
    seen.append((await guest.get(f"/api/notebooks/{notebook}")).json)
    assert [each["rights"] for each in seen] == [["READ"]] * 3
    assert (await guest.post(f"/api/notebooks/{notebook}/runs", {"cells": "all"})).status == 403
    assert (await ann.post("/api/links/use", {"secret": secret})).json["project"] == project
    assert ("RUN" in (await ann.get(path)).json["rights"]) is (role == "executor")


async def test_a_link_ends_at_its_hour_and_the_open_notebooks_hear_of_it(
    server: RunningServer, told: SpySessions
) -> None:
    owner, ann = await server.person("olga"), await server.person("ann")
    project = await server.project(owner)
    path = f"/api/projects/{project}"
    heard = asyncio.Event()

    async def rights_changed(changed: str) -> None:
        told.changed.append(changed)
        heard.set()

    soon = datetime.now(UTC) + timedelta(seconds=1.5)
    _, secret = await _link(f"{path}/links", server, owner, expires_at=soon.isoformat())
    assert (await ann.post("/api/links/use", {"secret": secret})).status == 200
    assert (await ann.get(path)).status == 200
    told.rights_changed = rights_changed  # type: ignore[method-assign]
    await asyncio.wait_for(heard.wait(), 4)
    assert timedelta(0) <= datetime.now(UTC) - soon < timedelta(seconds=1)
    assert (await ann.get(path)).status == 404


@pytest.mark.parametrize(
    "expires_at",
    ["2001-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "2027-01-01T00:00:00", "0001-01-01T00:00:00+14:00"],
)
async def test_a_link_needs_an_hour_that_makes_sense(server: RunningServer, expires_at: str) -> None:
    owner = await server.person("olga")
    project = await server.project(owner)
    body = {"role": "viewer", "expires_at": expires_at}
    assert (await owner.post(f"/api/projects/{project}/links", body)).code == "bad_expiry"


async def test_an_admin_of_the_site_has_no_key_to_projects(server: RunningServer) -> None:
    owner, admin = await server.person("olga"), await server.person("root", admin=True)
    project = await server.project(owner)
    assert (await admin.get(f"/api/projects/{project}")).status == 404


async def test_a_list_of_notebooks_names_the_last_editor(server: RunningServer) -> None:
    owner = await server.person("olga")
    project = await server.project(owner)
    notebook = await server.notebook(project, owner)
    (item,) = (await owner.get(f"/api/projects/{project}/notebooks")).json["items"]
    assert (item["id"], item["edited_by"]["name"], item["kernel"]) == (notebook, "olga", "none")
    assert (await owner.get(f"/api/projects/{project}/notebooks?deleted=true")).json["items"] == []


async def test_the_notebooks_of_all_projects_are_those_one_may_read(server: RunningServer) -> None:
    owner, other = await server.person("olga"), await server.person("otto")
    mine, shared, theirs = [await server.project(who) for who in (owner, other, other)]
    made = [await server.notebook(project, owner) for project in (mine, shared)]
    await server.notebook(theirs, other)
    binned = await server.notebook(mine, owner)
    await owner.delete(f"/api/notebooks/{binned}")
    await other.post(f"/api/projects/{shared}/members", {"who": "olga", "role": "viewer"})
    listed = (await owner.get("/api/notebooks")).json["items"]
    assert [item["id"] for item in listed] == made[::-1]
    assert {item["project_name"] for item in listed} == {"Research"}
    await other.delete(f"/api/projects/{shared}/members/{owner.user}")
    assert [item["id"] for item in (await owner.get("/api/notebooks")).json["items"]] == made[:1]


async def test_who_changed_which_right_is_on_record(server: RunningServer) -> None:
    owner, ann = await server.person("olga"), await server.person("ann")
    root = await server.person("root", admin=True)
    project = await server.project(owner)
    path = f"/api/projects/{project}"
    await owner.post(f"{path}/members", {"who": "ann", "role": "viewer"})
    await owner.put(f"{path}/members/{ann.user}", {"role": "editor"})
    await ann.put(f"{path}/members/{ann.user}", {"role": "owner"})
    await owner.delete(f"{path}/members/{ann.user}")
    await owner.post(f"{path}/members", {"who": "new@example.org", "role": "viewer"})
    made = (await owner.post(f"{path}/links", {"role": "executor"})).json
    await ann.post("/api/links/use", {"secret": made["url"].partition("#")[2]})
    await owner.delete(f"{path}/links/{made['link']['id']}")
    await owner.patch(path, {"viewers_comment": True})
    await root.patch(f"/api/admin/users/{ann.user}", {"disabled": True})
    async with server.services.database.read() as session:
        rows = list(await session.scalars(select(AuditEvent).order_by(AuditEvent.id)))
    assert [(row.action, row.actor, row.name, row.detail) for row in rows] == [
        ("member added", owner.user, "ann", {"role": "viewer"}),
        ("role changed", owner.user, "ann", {"role": "editor", "before": "viewer"}),
        ("member removed", owner.user, "ann", {"before": "editor"}),
        ("member invited", owner.user, "new@example.org", {"role": "viewer"}),
        ("link made", owner.user, "", {"role": "executor"}),
        ("link used", ann.user, "", {}),
        ("link revoked", owner.user, "", {}),
        ("project changed", owner.user, "Research", {"viewers_comment": True}),
        ("account changed", root.user, "ann", {"closed": True}),
    ]
    assert all(row.project_id == project for row in rows[:-1])
