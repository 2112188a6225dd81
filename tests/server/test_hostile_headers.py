"""Hostile headers and values where they could do the most: at the socket, in links, in logs, in bodies."""

from __future__ import annotations

import gzip
import io
import json
import logging
import time
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from server.logs import JsonLines
from tests.server.test_requests import corpus, is_plain_error, text_of
from tests.support.server import RunningServer


def headers_with(*names: str) -> list[Any]:
    """Return the headers of the corpus that hold one of `names`."""
    found = [(item.id, json.loads(item.values[0]["payload"])) for item in corpus("http_header")]
    return [pytest.param(headers, id=name) for name, headers in found if set(headers) & set(names)]


@pytest.mark.parametrize("headers", headers_with("Origin", "Host"))
async def test_a_socket_opens_only_for_our_own_page(server: RunningServer, headers: dict[str, str]) -> None:
    ann = await server.person("ann")
    notebook = await server.notebook(await server.project(ann), ann)
    sent = {"Origin": server.url, **headers}
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await ann.http.ws_connect(f"{server.url}/api/notebooks/{notebook}/socket", headers=sent)
    assert refused.value.status == (421 if "Host" in headers else 403)


@pytest.mark.parametrize("headers", headers_with("X-Forwarded-For", "X-Forwarded-Host"))
async def test_links_name_the_configured_address(server: RunningServer, headers: dict[str, str]) -> None:
    sent = headers | {"X-Forwarded-Proto": "https", "Forwarded": "host=evil.invalid;proto=https"}
    ann = await server.person("ann")
    project = await server.project(ann)
    made = await ann.post(f"/api/projects/{project}/links", {"role": "viewer"}, headers=sent)
    assert made.json["url"].startswith(f"{server.url}/link#")
    page = await ann.get("/login/continue?next=/p/x", headers=sent)
    assert page.headers["Location"] == "/p/x"
    assert "Strict-Transport-Security" not in page.headers


async def test_a_compressed_bomb_is_never_unpacked(server: RunningServer) -> None:
    ann = await server.person("ann")
    bomb = gzip.compress(b'{"name": "' + b"x" * 60_000_000 + b'"}')
    assert len(bomb) < server.config.max_body_bytes
    for encoding in ("gzip", "deflate", "br", "gzip, identity", "GZIP"):
        headers = {"Content-Type": "application/json", "Content-Encoding": encoding}
        answer = await ann.post("/api/projects", data=io.BytesIO(bomb), headers=headers)
        assert (answer.status, is_plain_error(answer)) == (415, True)
    assert (await ann.get("/api/projects")).json["items"] == []


async def test_a_range_of_many_parts_costs_one_file(server: RunningServer) -> None:
    (item,) = headers_with("Range")
    script = server.client()
    whole = await script.get("/api/openapi.json")
    parts = await script.get("/api/openapi.json", headers=item.values[0])
    assert parts.status == 200
    assert len(parts.body) == len(whole.body)


async def test_a_cookie_of_backslashes_is_read_in_no_time(server: RunningServer) -> None:
    cookie = 'a="' + "\\\\" * 12_000 + '"'
    began = time.process_time()
    answer = await server.client().get("/api/me", headers={"Cookie": cookie})
    assert answer.status == 401
    assert time.process_time() - began < 1


@pytest.mark.parametrize("item", corpus("log_value"))
async def test_what_is_asked_for_cannot_forge_a_line_of_the_log(
    server: RunningServer, item: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    value = text_of(item)
    with caplog.at_level(logging.INFO):
        await server.client().get(f"/api/{quote(value)[:8000]}")
        await server.browser().post("/api/session", {"name": value[:200], "password": "x"})
    lines = [JsonLines().format(record) for record in caplog.records if record.name.startswith("commonbook")]
    assert any("/api/session" in line for line in lines)
    for line in lines:
        assert line.isprintable()
        assert len(line) < 3000
        json.loads(line)


@pytest.mark.parametrize("item", corpus("display_name"))
async def test_a_display_name_reaches_others_as_data_and_not_as_markup(
    server: RunningServer, item: dict[str, Any]
) -> None:
    ann, bob = await server.person("ann"), await server.person("bob")
    project = await server.project(ann, viewer=bob)
    name = item["payload"]
    changed = await bob.patch("/api/me", {"display_name": name})
    listed = await ann.get(f"/api/projects/{project}/members")
    shown = [member["user"]["display_name"] for member in listed.json["items"]]
    assert shown == ["Ann", name if changed.status == 200 else "Bob"]
    assert listed.headers["Content-Type"].startswith("application/json")
    assert listed.headers["Content-Security-Policy"].startswith("sandbox;")
