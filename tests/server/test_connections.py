"""Connections of projects: who sees what, what may be given, and that secrets only ever go in."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from collab.ids import ProjectId
from kernel_manager.networks import SITES
from server.connections import fields, reach, testing
from server.connections.fields import BadFields, Value
from server.connections.kinds import BY_ID, KINDS
from server.connections.part import connections_of
from server.connections.service import Opened
from server.connections.testing import Verdict
from server.db.repositories import connections as rows
from server.limits import TryLimit
from server.offline import rotate_secrets
from server.refusals import NotFound, Refusal
from server.secrets.keys import BadKeys, Keys, new_key, parse, text_of
from server.secrets.vault import Sealed, Tampered, Vault
from server.services import Services
from tests.support.server import Client, RunningServer, running

CANARY = "cAnAry-9fe1!ü p@ss:/w#rd%"

SHOP: dict[str, Any] = {
    "host": "db.example.org",
    "database": "shop",
    "user": "reader",
    "password": CANARY,
}


async def add(client: Client, project: str, kind: str, name: str, **given: Any) -> dict[str, Any]:
    sent = {"kind": kind, "name": name, "fields": given}
    answer = await client.post(f"/api/projects/{project}/connections", sent)
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.json
    return found


def files_holding(folder: Path, secret: str) -> list[str]:
    """Return the files under `folder` in which a secret occurs, as it is or as JSON writes it."""
    forms = [secret.encode(), json.dumps(secret).encode()[1:-1]]
    return [
        str(path)
        for path in folder.rglob("*")
        if path.is_file() and any(form in path.read_bytes() for form in forms)
    ]


async def test_secrets_go_in_and_never_come_out(
    server: RunningServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "commonbook")
    ada, bob = await server.person("ada"), await server.person("bob")
    project = await server.project(ada, executor=bob)
    at = f"/api/projects/{project}/connections"
    made = await add(ada, project, "postgresql", "Shop", **SHOP)
    assert made["fields"]["port"] == 5432
    assert made["secrets"] == ["password"]
    whole = await ada.get(f"{at}/{made['id']}")
    changed = await ada.patch(f"{at}/{made['id']}", {"name": "Our shop", "fields": {"user": "writer"}})
    assert (changed.json["name"], changed.json["fields"]["user"]) == ("Our shop", "writer")
    listed = await ada.get(at)
    events = await ada.get(f"{at}/{made['id']}/events")
    for answer in (whole, changed, listed, events, await ada.get("/api/openapi.json")):
        assert CANARY not in answer.body.decode()
    (seen,) = (await bob.get(at)).json["items"]
    assert (seen["name"], seen["kind"], seen["fields"], seen["secrets"]) == (
        "Our shop",
        "postgresql",
        None,
        None,
    )
    opened = await connections_of(server.services).open(project, made["id"], by=bob.user, use="query")
    assert (opened.fields["password"], opened.fields["host"]) == (CANARY, "db.example.org")
    assert CANARY not in repr(opened)
    assert files_holding(server.config.data, CANARY) == []
    assert CANARY not in caplog.text
    told = [
        (each["action"], each["by"]["name"])
        for each in (await ada.get(f"{at}/{made['id']}/events")).json["items"]
    ]
    assert told == [("connection used", "bob"), ("connection changed", "ada"), ("connection added", "ada")]


async def test_only_who_holds_connections_manages_them(server: RunningServer) -> None:
    owner, stranger = await server.person("olga"), await server.person("sam")
    roles = ("viewer", "executor", "editor", "collaborator", "admin")
    people = {role: await server.person(role) for role in roles}
    project = await server.project(owner, **people)
    other = await server.project(stranger, "Other")
    at = f"/api/projects/{project}/connections"
    one = await add(people["admin"], project, "variables", "Keys", API_KEY=CANARY)
    for role in roles[:-1]:
        person = people[role]
        assert (await person.post(at, {"kind": "variables", "name": "x", "fields": {"A": "b"}})).status == 403
        for method in ("GET", "PATCH", "DELETE"):
            answer = await person(method, f"{at}/{one['id']}", {"name": "x"} if method == "PATCH" else None)
            assert answer.status == 403, (role, method)
        assert (await person.post(f"{at}/{one['id']}/test")).status == 403
    assert (await stranger.get(at)).status == 404
    assert (await stranger.get(f"/api/projects/{other}/connections/{one['id']}")).status == 404
    with pytest.raises(NotFound):
        await connections_of(server.services).open(ProjectId(other), one["id"], by=None, use="query")
    assert (await people["admin"].delete(f"{at}/{one['id']}")).status == 204
    async with server.services.database.read() as session:
        assert await rows.all_secrets(session) == []


async def test_a_secret_is_sent_nowhere_but_where_it_was_given_for(server: RunningServer) -> None:
    ada = await server.person("ada")
    project = await server.project(ada)
    made = await add(ada, project, "postgresql", "Shop", **SHOP)
    at = f"/api/projects/{project}/connections/{made['id']}"
    refused = await ada.patch(at, {"fields": {"host": "evil.example.net"}})
    assert (refused.status, refused.code) == (400, "bad_fields")
    assert refused.json["error"]["reason"] == "Host changes, so give these once more: Password."
    assert (await ada.get(at)).json["fields"]["host"] == "db.example.org"
    assert (await ada.patch(at, {"fields": {"host": "db2.example.org", "password": "new one"}})).status == 200
    assert (await ada.patch(at, {"fields": {"password": None}})).json["secrets"] == []
    assert (await ada.patch(at, {"fields": {"host": "db3.example.org"}})).status == 200


async def test_two_connections_of_a_project_have_two_names(server: RunningServer) -> None:
    ada = await server.person("ada")
    project = await server.project(ada)
    made = await add(ada, project, "variables", "Keys", A="1")
    again = {"kind": "variables", "name": "keys", "fields": {"A": "b"}}
    answer = await ada.post(f"/api/projects/{project}/connections", again)
    assert (answer.status, answer.code) == (409, "taken")
    second = await add(ada, project, "variables", "More", A="1")
    at = f"/api/projects/{project}/connections"
    assert (await ada.patch(f"{at}/{second['id']}", {"name": "KEYS"})).code == "taken"
    assert (await ada.patch(f"{at}/{made['id']}", {"name": "KEYS"})).status == 200


def after(kind: str, given: Mapping[str, Value | None], **kept: Any) -> fields.Change:
    return fields.changed(BY_ID[kind], given, kept.get("plain", {}), kept.get("secrets", frozenset()))


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        ("postgresql", {**SHOP, "sslrootcert": "/etc/shadow"}, "no field `sslrootcert`"),
        ("postgresql", {**SHOP, "options": "-c x"}, "no field `options`"),
        ("postgresql", {**SHOP, "host": "/var/run/postgresql"}, "name of a host"),
        ("postgresql", {**SHOP, "host": "a.example.org:5432"}, "name of a host"),
        ("postgresql", {**SHOP, "host": "a,b"}, "name of a host"),
        ("postgresql", {**SHOP, "host": "x?sslmode=disable"}, "name of a host"),
        ("postgresql", {**SHOP, "port": 0}, "from 1 to 65535"),
        ("postgresql", {**SHOP, "port": True}, "from 1 to 65535"),
        ("postgresql", {**SHOP, "tls": "perhaps"}, "choose verify or require or off"),
        ("postgresql", {**SHOP, "user": None}, "User: this is needed"),
        ("postgresql", {**SHOP, "database": "a\nb"}, "not text"),
        ("postgresql", {**SHOP, "database": "\ud800"}, "not text"),
        ("postgresql", {**SHOP, "ca": "/etc/ssl/ca.pem", "tls": "verify"}, "in PEM"),
        ("mysql", {**SHOP, "read_default_file": "/root/.my.cnf"}, "no field"),
        ("mysql", {**SHOP, "unix_socket": "/run/x"}, "no field"),
        ("mysql", {**SHOP, "local_infile": True}, "no field"),
        ("mssql", {**SHOP, "odbc_connect": "DRIVER=/tmp/x.so"}, "no field"),
        ("sqlite", {"path": "../../secrets.keys"}, "file in the project"),
        ("sqlite", {"path": "/etc/passwd"}, "file in the project"),
        ("sqlite", {"path": "file:x?mode=rw"}, "file in the project"),
        ("duckdb", {"path": "a/../../b"}, "file in the project"),
        ("snowflake", {"account": "x/../y", "user": "a", "warehouse": "w", "private_key": "k"}, "identifier"),
        ("bigquery", {"credentials": '{"type": "external_account"}'}, "service accounts"),
        ("bigquery", {"credentials": "/etc/passwd"}, "whole key file"),
        ("bigquery", {"credentials_path": "/etc/passwd"}, "no field"),
        ("s3", {"access_key_id": "a", "secret_access_key": "b", "endpoint": "file:///etc"}, "address"),
        ("s3", {"access_key_id": "a", "secret_access_key": "b", "endpoint": "http://u:p@h"}, "address"),
        ("s3", {"access_key_id": "a", "secret_access_key": "b", "endpoint": "http://h/x?y"}, "address"),
        ("s3", {"access_key_id": "a", "secret_access_key": "b", "endpoint": "http://h:99999"}, "address"),
        ("s3", {"access_key_id": "a"}, "Secret key: this is needed"),
        ("git", {"host": "-oProxyCommand=x", "token": "t"}, "name of a host"),
        ("git", {"host": "h", "auth": "ssh", "private_key": "no"}, "paste the private key"),
        ("variables", {}, "at least one"),
        ("variables", {"LD_PRELOAD": "x"}, "started with"),
        ("variables", {"Path": "x"}, "started with"),
        ("variables", {"A-B": "x"}, "no name of a variable"),
        ("variables", {"\ud800": "x"}, "no name of a variable"),
        ("variables", {"A": "x\0y"}, "a text"),
    ],
)
def test_only_fields_that_can_be_right_are_taken(kind: str, given: dict[str, Any], words: str) -> None:
    with pytest.raises(BadFields, match=words) as failure:
        after(kind, given)
    str(failure.value).encode()


def test_fields_that_do_not_count_are_forgotten() -> None:
    made = after("git", {"host": "Git.Example.org", "auth": "token", "token": "t", "private_key": None})
    assert made.plain["host"] == "git.example.org"
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n"
    switched = after(
        "git", {"auth": "ssh", "private_key": key}, plain=made.plain, secrets=frozenset({"token"})
    )
    assert (switched.secrets, switched.dropped) == ({"private_key": key}, frozenset({"token"}))
    assert after("postgresql", {**SHOP, "host": "[::1]", "port": " 5433 "}).plain["host"] == "::1"
    assert after("postgresql", {**SHOP, "password": "  spaces "}).secrets == {"password": "  spaces "}
    path = after("sqlite", {"path": "data\\shop.db"}).plain["path"]
    assert path == "data/shop.db"


def test_every_kind_can_be_drawn_as_a_form() -> None:
    for kind in KINDS:
        names = [field.name for field in kind.fields]
        assert len(names) == len(set(names))
        for field in kind.fields:
            assert field.type != "choice" or field.choices
            assert field.when is None or field.when[0] in names
            assert not (field.secret and (field.target or field.default is not None))


async def test_a_test_says_what_came_of_it_without_the_secret(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await server.person("ada")
    project = await server.project(ada)
    made = await add(ada, project, "postgresql", "Shop", **SHOP)
    keys = await add(ada, project, "variables", "Keys", A="1")
    at = f"/api/projects/{project}/connections"
    assert (await ada.post(f"{at}/{keys['id']}/test")).code == "no_test"
    monkeypatch.setattr(testing, "TESTERS", {"postgresql": f"{__name__}:refused"})
    answer = await ada.post(f"{at}/{made['id']}/test")
    assert answer.status == 200
    assert answer.json["outcome"] == "authentication"
    assert answer.json["reason"] == "The password [secret] is wrong."
    monkeypatch.setattr(testing, "TEST_LIMIT_S", 0.05)
    monkeypatch.setattr(testing, "TESTERS", {"postgresql": f"{__name__}:silent"})
    assert (await ada.post(f"{at}/{made['id']}/test")).json["outcome"] == "timeout"
    server.services.limits.connection_tests = TryLimit(1, 300)
    await ada.post(f"{at}/{made['id']}/test")
    assert (await ada.post(f"{at}/{made['id']}/test")).status == 429


async def refused(services: Services, project: ProjectId, opened: Opened) -> Verdict:
    return Verdict("authentication", f"The password {opened.fields['password']} is wrong.")


async def silent(services: Services, project: ProjectId, opened: Opened) -> Verdict:
    import asyncio

    await asyncio.Event().wait()
    raise AssertionError


# At rest


def test_a_value_opens_only_where_it_was_put(tmp_path: Path) -> None:
    vault = Vault(Keys(tmp_path))
    sealed = vault.seal("row", "password", CANARY)
    assert vault.open("row", "password", sealed) == CANARY
    assert vault.seal("row", "password", CANARY) != sealed
    flipped = Sealed(sealed.key, sealed.data[:-1] + bytes([sealed.data[-1] ^ 1]))
    for row, field, data in (
        ("other", "password", sealed),
        ("row", "token", sealed),
        ("row", "password", flipped),
        ("row", "password", Sealed(sealed.key, b"")),
    ):
        with pytest.raises(Tampered):
            vault.open(row, field, data)
    file = tmp_path / "secrets.keys"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Vault(Keys(tmp_path)).open("row", "password", sealed) == CANARY


def test_keys_that_cannot_be_used_are_named_and_never_shown(tmp_path: Path) -> None:
    for text, words in (("x", "Key 1"), ("a:!", "Key 1"), (f"a:{'A' * 40}", "30 bytes")):
        with pytest.raises(BadKeys, match=words):
            parse(text)
    key = new_key()
    with pytest.raises(BadKeys, match="Two keys"):
        parse(text_of([key, key]))
    with pytest.raises(BadKeys, match="holds no key"):
        Keys(tmp_path, "  ")
    assert parse(text_of([key])) == [key]
    assert str(key.value) not in repr(key)
    (tmp_path / "secrets.keys").write_text(text_of([key]))
    (tmp_path / "secrets.keys").chmod(0o644)
    with pytest.raises(BadKeys, match="Others may read"):
        Keys(tmp_path).current()


async def test_rotation_gives_all_secrets_a_new_key_beside_a_running_server(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as server:
        ada = await server.person("ada")
        project = await server.project(ada)
        made = await add(ada, project, "postgresql", "Shop", **SHOP)
        keys = Keys(server.config.data)
        first = keys.current().id
        text, is_whole = await rotate_secrets(server.config)
        assert is_whole
        assert text.startswith("1 secrets are encrypted")
        second = keys.current().id
        assert second != first
        assert [key.id for key in keys.all()] == [second, first]
        door = connections_of(server.services)
        assert (await door.open(project, made["id"], by=None, use="test")).fields["password"] == CANARY
        await add(ada, project, "variables", "More", A="another secret")
        text, _ = await rotate_secrets(server.config)
        assert f"Forgotten, because nothing needs them: {first}" in text
        async with server.services.database.read() as session:
            assert await rows.keys_in_use(session) == {keys.current().id}
        assert (await door.open(project, made["id"], by=None, use="test")).fields["password"] == CANARY


async def test_without_the_right_key_a_secret_is_refused_in_words(tmp_path: Path) -> None:
    async with running(tmp_path / "data") as server:
        ada = await server.person("ada")
        project = await server.project(ada)
        made = await add(ada, project, "postgresql", "Shop", **SHOP)
        other = await add(ada, project, "postgresql", "Other", **SHOP)
        door = connections_of(server.services)
        path = server.config.data / "commonbook.sqlite3"
        with sqlite3.connect(path) as base:  # somebody moves one ciphertext to another row
            base.execute(
                "UPDATE connection_secret SET data = (SELECT data FROM connection_secret WHERE "
                "connection_id = ?) WHERE connection_id = ?",
                (made["id"], other["id"]),
            )
        base.close()
        with pytest.raises(Refusal, match="does not belong to this connection"):
            await door.open(project, other["id"], by=None, use="test")
        (server.config.data / "secrets.keys").unlink()
        with pytest.raises(Refusal, match="cannot be decrypted: the key"):
            await door.open(project, made["id"], by=None, use="test")
        text, is_whole = await rotate_secrets(server.config)
        assert not is_whole
        assert "2 secrets did not open" in text
        at = f"/api/projects/{project}/connections/{made['id']}"
        assert (await ada.patch(at, {"fields": {"password": "given again"}})).status == 200
        assert (await door.open(project, made["id"], by=None, use="test")).fields["password"] == "given again"


# Where connections may lead


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.9", "169.254.169.254", "0.0.0.0", "100.64.0.1"),
        *(
            "::1",
            "fe80::1%eth0",
            "fd00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "::127.0.0.1",
            "2002:7f00:1::",
            "224.0.0.1",
        ),
        *("::", "192.0.2.1", "not an address"),
    ],
)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert not reach.may_reach("db.example.org", address, [])
    assert reach.may_reach("db.example.org", "93.184.215.14", [])
    assert reach.may_reach("db.example.org", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", [])


def test_an_admin_may_allow_hosts_addresses_and_networks_but_no_metadata_by_the_way() -> None:
    assert reach.may_reach("db.example.org", "10.1.2.3", ["10.0.0.0/8"])
    assert reach.may_reach("DB.example.org.", "10.1.2.3", ["db.example.org"])
    assert reach.may_reach("db.example.org", "127.0.0.1", ["*"])
    assert not reach.may_reach("other.example.org", "10.1.2.3", ["db.example.org", "11.0.0.0/8"])
    for everything in ("*", "db.example.org", "0.0.0.0/0", "169.254.0.0/16"):
        assert not reach.may_reach("db.example.org", "169.254.169.254", [everything])
    assert reach.may_reach("db.example.org", "169.254.169.254", ["169.254.169.254"])


async def test_a_name_is_resolved_once_and_every_address_of_it_is_checked() -> None:
    assert await reach.resolve("localhost", 80, ["localhost"])
    with pytest.raises(reach.Unreachable, match="private_hosts"):
        await reach.resolve("localhost", 80, [])
    with pytest.raises(reach.Unreachable, match="Nobody knows"):
        await reach.resolve("no-such-host.invalid", 80, [])


async def test_kernels_enter_what_the_setting_names_and_names_count_with_their_addresses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def answers(host: str, port: int, **kwargs: object) -> list[tuple[object, ...]]:
        known = {"db.internal": ["10.3.2.1", "fd00::1"]}
        if host not in known:
            raise OSError("unknown")
        return [(0, 0, 0, "", (address, port)) for address in known[host]]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", answers)
    named = ["db.internal", "gone.internal", "10.2.0.0/16", "192.168.1.5", "fd00::/8"]
    assert await reach.opened_networks(named) == ("10.2.0.0/16", "10.3.2.1", "192.168.1.5/32")
    assert await reach.opened_networks(["*"]) == tuple(sorted(SITES))
    assert await reach.opened_networks([]) == ()


async def test_names_are_not_looked_up_for_every_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def answers(host: str, port: int, **kwargs: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(0, 0, 0, "", ("10.3.2.1", port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", answers)
    networks = reach.OpenedNetworks(["db.internal"])
    assert await networks.now() == await networks.now() == ("10.3.2.1",)
    assert asked == ["db.internal"]
    monkeypatch.setattr(reach, "LOOKED_UP_FOR_S", 0.0)
    networks = reach.OpenedNetworks(["db.internal"])
    await networks.now()
    await networks.now()
    assert len(asked) == 3
