"""What any request meets before a handler sees it: hosts, origins, sizes, bodies, headers, errors."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import pytest

from server import app, routes
from server.handlers.base import PUBLIC, ApiHandler, needs, regex_of, route
from server.security import API_POLICY, client_address, local_path
from tests.support.server import Client, RunningServer, running

ITEMS = json.loads((Path(__file__).parents[1] / "data" / "hostile" / "http.json").read_text())["items"]


def corpus(kind: str) -> list[Any]:
    """Return the hostile inputs of one kind, as test parameters."""
    return [pytest.param(item, id=item["id"]) for item in ITEMS if item["kind"] == kind]


def text_of(item: dict[str, Any]) -> str:
    if "repeat" in item:
        opening, times, closing = item["repeat"]
        return str(opening * times + closing * times)
    return str(item["payload"])


def is_plain_error(answer: Any) -> bool:
    """Say whether `answer` is the one error shape, short and without a trace."""
    is_shaped = isinstance(answer.json, dict) and set(answer.json) == {"error"}
    return is_shaped and set(answer.json["error"]) == {"code", "reason"} and len(answer.body) < 1000


BODY_ROUTES = (
    ("POST", "/api/projects"),
    ("PATCH", "/api/me"),
    ("POST", "/api/tokens"),
    ("POST", "/api/session"),
    ("PATCH", "/api/projects/{project}"),
    ("POST", "/api/projects/{project}/members"),
    ("PUT", "/api/projects/{project}/members/{user}"),
    ("POST", "/api/projects/{project}/links"),
)


@pytest.mark.parametrize("item", corpus("api_body"))
async def test_a_hostile_body_is_refused_and_changes_nothing(
    server: RunningServer, item: dict[str, Any]
) -> None:
    owner = await server.person("olga")
    project = await server.project(owner)
    before = (await owner.get("/api/projects")).body, (await owner.get("/api/me")).body
    for method, pattern in BODY_ROUTES:
        path = pattern.replace("{project}", project).replace("{user}", owner.user)
        answer = await owner(
            method, path, data=text_of(item).encode(), headers={"Content-Type": "application/json"}
        )
        assert 400 <= answer.status < 500, (method, path, answer.body)
        assert is_plain_error(answer)
    assert before == ((await owner.get("/api/projects")).body, (await owner.get("/api/me")).body)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"name": "a\\u0000b"}',
        b'{"name": "\\ud83d"}',
        b'{"name": "\\udc00 and more text behind it"}',
        b'{"name": NaN}',
        b'\xff\xfe{"name": "a"}',
        b'{"name": "\xc3\x28"}',
        b'{"name": "a"}{"name": "b"}',
    ],
)
async def test_what_is_not_quite_json_is_refused(server: RunningServer, raw: bytes) -> None:
    owner = await server.person("olga")
    answer = await owner.post("/api/projects", data=raw, headers={"Content-Type": "application/json"})
    assert answer.status == 400
    assert is_plain_error(answer)


@pytest.mark.parametrize("item", corpus("http_header"))
async def test_a_hostile_header_is_refused_or_changes_nothing(
    server: RunningServer, item: dict[str, Any]
) -> None:
    headers = json.loads(item["payload"])
    if "Host" in headers or "Transfer-Encoding" in headers:
        status = await _status_of_raw(server, headers)
        assert 400 <= status < 500
        return
    if len(item["payload"]) > 40_000:
        assert await _status_of_raw(server, headers) < 500
        return
    owner = await server.person("olga")
    answer = await owner.post("/api/projects", {"name": "Mine"}, headers=headers)
    refused = {"Origin": 403, "Content-Type": 415, "Content-Encoding": 415}
    expected = next((status for name, status in refused.items() if name in headers), 201)
    assert answer.status == expected
    if expected == 201:
        assert "evil" not in str(answer.headers) + str(answer.body)


async def _status_of_raw(server: RunningServer, headers: dict[str, str]) -> int:
    """Send headers that no client library would, and return the status."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.config.port)
    lines = {"Host": f"127.0.0.1:{server.config.port}", "Content-Type": "application/json", **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    writer.write(f"POST /api/session HTTP/1.1\r\n{head}Content-Length: 2\r\n\r\n{{}}".encode())
    try:
        line = await asyncio.wait_for(reader.readline(), 5)
    finally:
        writer.close()
    return int(line.split()[1]) if line else 400


@pytest.mark.parametrize("item", corpus("redirect_next"))
async def test_signing_in_leads_only_to_a_path_of_this_app(
    server: RunningServer, item: dict[str, Any]
) -> None:
    ann = await server.person("ann")
    for quoted in (item["payload"], item["payload"].replace("%", "%25")):
        answer = await ann.get(f"/login/continue?next={quoted.replace('#', '%23').replace('&', '%26')}")
        assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert local_path(item["payload"]) == "/"


@pytest.mark.parametrize("path", ["/", "/p/abc", "/n/abc?cell=3", "/account"])
def test_a_path_of_this_app_is_kept(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path", ["/\\evil.invalid", "/%5cevil.invalid", "javascript:x", "/\t/evil.invalid", "evil"]
)
def test_what_a_browser_may_read_as_another_site_is_not(path: str) -> None:
    assert local_path(path) == "/"


@pytest.mark.parametrize("item", corpus("display_name"))
async def test_a_display_name_is_stored_as_it_is_or_refused(
    server: RunningServer, item: dict[str, Any]
) -> None:
    ann = await server.person("ann")
    answer = await ann.patch("/api/me", {"display_name": item["payload"]})
    if item["payload"]:
        assert (answer.status, answer.json["display_name"]) == (200, item["payload"])
    else:
        assert answer.status == 400


@pytest.mark.parametrize(
    "name", ["\u202eabc", "a\u200b", "\u2060", "   ", "a\nb", "a\x1bb", "\ufeffa", "x" * 101]
)
async def test_a_name_that_hides_something_is_refused(server: RunningServer, name: str) -> None:
    ann = await server.person("ann")
    assert (await ann.patch("/api/me", {"display_name": name})).status == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "{own}"}, 201),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:1"}, 403),
        ({"Origin": "{own}.evil.invalid"}, 403),
        ({"Origin": "https://evil.invalid", "Sec-Fetch-Site": "same-origin"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 201),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({}, 403),
    ],
)
async def test_a_write_by_cookie_proves_that_it_comes_from_our_page(
    server: RunningServer, headers: dict[str, str], status: int
) -> None:
    ann = await server.person("ann")
    bare = Client(server.url)
    cookies = {cookie.key: cookie.value for cookie in ann.http.cookie_jar}
    bare.http.cookie_jar.update_cookies(cookies)
    sent = {name: value.replace("{own}", server.url) for name, value in headers.items()}
    try:
        assert (await bare.post("/api/projects", {"name": "Mine"}, headers=sent)).status == status
        assert (await bare.get("/api/projects", headers=sent)).status == 200
    finally:
        await bare.close()


async def test_a_token_needs_no_origin_but_a_foreign_one_is_refused(server: RunningServer) -> None:
    ann = await server.person("ann")
    script = await server.script_of(ann.user)
    assert (await script.post("/api/projects", {"name": "Mine"})).status == 201
    headers = {"Origin": "https://evil.invalid"}
    assert (await script.post("/api/projects", {"name": "Mine"}, headers=headers)).status == 403


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:{port}", 200),
        ("LOCALHOST:{port}", 200),
        ("[::1]:{port}", 200),
        ("notes.example", 200),
        ("evil.invalid", 421),
        ("localhost", 421),
        ("127.0.0.1.evil.invalid:{port}", 421),
        ("", 421),
    ],
)
async def test_only_hosts_of_the_list_are_answered(tmp_path: Path, host: str, status: int) -> None:
    async with running(tmp_path, hosts=("notes.example",)) as server:
        script = server.client()
        headers = {"Host": host.replace("{port}", str(server.config.port))}
        answer = await script.get("/api/health", headers=headers)
        assert answer.status in ({status} if host else {400, 421})


async def test_a_body_too_large_is_refused_before_it_is_kept(server: RunningServer) -> None:
    ann = await server.person("ann")
    limit = server.config.max_body_bytes
    for size, status in ((limit + 1, 413), (limit, 400)):
        answer = await ann.post(
            "/api/projects", data=io.BytesIO(b" " * size), headers={"Content-Type": "application/json"}
        )
        assert answer.status == status
        assert is_plain_error(answer)


async def test_a_body_of_unknown_length_is_cut_at_the_limit(server: RunningServer) -> None:
    ann = await server.person("ann")

    async def endless() -> Any:
        for _ in range(40):
            yield b" " * 65_536

    answer = await ann.post("/api/projects", data=endless(), headers={"Content-Type": "application/json"})
    assert (answer.status, answer.code) == (413, "too_large")


async def test_a_stranger_cannot_make_the_server_keep_a_body(server: RunningServer) -> None:
    answer = await server.browser().post(
        "/api/projects", data=b" " * 900_000, headers={"Content-Type": "application/json"}
    )
    assert answer.status == 401


async def test_a_refused_request_leaves_the_connection_usable(server: RunningServer) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.config.port)
    request = f"GET /api/me HTTP/1.1\r\nHost: 127.0.0.1:{server.config.port}\r\n\r\n".encode()
    try:
        for _ in range(3):
            writer.write(request)
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            assert head.startswith(b"HTTP/1.1 401")
            length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
            await reader.readexactly(int(length.split(b":")[1]))
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nothing", 404),
        ("GET", "/nothing/here", 404),
        ("POST", "/api/nothing", 404),
        ("PUT", "/api/health", 405),
        ("OPTIONS", "/api/projects", 405),
        ("GET", "/api/projects/%00", 404),
        ("GET", "/api/projects/%ff", 404),
        ("GET", "/api/projects/" + "a" * 65, 404),
        ("GET", "/assets/../index.html", 404),
        ("GET", "/assets/%2e%2e/index.html", 404),
        ("GET", "/assets/.hidden", 404),
    ],
)
async def test_every_error_has_the_one_shape(
    server: RunningServer, method: str, path: str, status: int
) -> None:
    answer = await server.client()(method, path)
    assert answer.status == status
    assert is_plain_error(answer)


async def test_every_answer_carries_the_common_headers(server: RunningServer) -> None:
    for path in ("/api/health", "/api/nothing", "/", "/api/me"):
        headers = (await server.client().get(path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "Content-Security-Policy" in headers
        assert "Server" not in headers
        assert "Access-Control-Allow-Origin" not in headers


async def test_a_bug_shows_no_trace(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = await server.person("ann")

    def fail(*_: object) -> None:
        raise RuntimeError("the secret is swordfish")

    monkeypatch.setattr(server.services.database, "read", fail)
    answer = await ann.get("/api/tokens")
    assert (answer.status, answer.code) == (500, "failed")
    assert b"swordfish" not in answer.body
    assert is_plain_error(answer)


def test_a_route_that_declares_nothing_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    @route("/api/open")
    class Open(ApiHandler):
        async def get(self) -> None:
            """Says nothing about who may call it."""

    with pytest.raises(routes.Undeclared, match=r"GET /api/open"):
        routes._check(routes.Route("/api/open", Open))


def test_a_right_without_a_door_stops_the_start() -> None:
    from collab.roles import Capability

    class Astray(ApiHandler):
        @needs(Capability.READ)
        async def get(self) -> None:
            """Has nothing that READ could be asked of."""

    with pytest.raises(routes.Undeclared, match="READ"):
        routes._check(routes.Route("/api/astray", Astray))


def test_two_handlers_cannot_take_the_same_method() -> None:
    class One(ApiHandler):
        @needs(PUBLIC)
        async def get(self) -> None:
            """Takes it."""

    same = [routes.Route("/x", One), routes.Route("/x", One)]
    with pytest.raises(routes.Undeclared, match="same method"):
        routes._merged("/x", same)


def test_patterns_hold_ids_only() -> None:
    assert regex_of("/a/{id}") == "/a/(?P<id>[A-Za-z0-9_-]{1,64})"
    assert regex_of("/b/{h:[0-9a-f]{64}}") == "/b/(?P<h>[0-9a-f]{64})"


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "address"),
    [
        ("9.9.9.9", ["1.1.1.1"], [], "9.9.9.9"),
        ("10.0.0.1", ["1.1.1.1"], ["10.0.0.0/8"], "1.1.1.1"),
        ("10.0.0.1", ["6.6.6.6", "1.1.1.1"], ["10.0.0.0/8"], "1.1.1.1"),
        ("10.0.0.1", ["1.1.1.1", "10.0.0.2"], ["10.0.0.0/8"], "1.1.1.1"),
        ("10.0.0.1", ["garbage"], ["10.0.0.0/8"], "10.0.0.1"),
        ("::1", ["1.1.1.1"], ["10.0.0.0/8"], "::1"),
    ],
)
def test_an_address_counts_as_far_as_trusted_proxies_wrote_it(
    peer: str, forwarded: list[str], trusted: list[str], address: str
) -> None:
    assert client_address(peer, forwarded, trusted) == address


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built frontend of a few files."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>app</title>")
    (folder / "output-frame.html").write_text("<!doctype html><title>frame</title>")
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "assets" / "main-1a2b.js").write_text("plain")
    (folder / "assets" / "main-1a2b.js.br").write_bytes(b"small")
    (tmp_path / "secret.txt").write_text("secret")
    monkeypatch.setattr(app, "built_pages", lambda: folder)
    return folder


async def test_the_page_is_served_where_it_has_a_page(built: Path, tmp_path: Path) -> None:
    async with running(tmp_path / "data") as server:
        for path in (
            "/",
            "/setup",
            "/login",
            "/join",
            "/link",
            "/p/abc",
            "/n/abc",
            "/account",
            "/admin/users",
        ):
            answer = await server.client().get(path)
            assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-cache"), path
            assert b"app" in answer.body
        policy = answer.headers["Content-Security-Policy"]
        assert f"connect-src 'self' ws://127.0.0.1:{server.config.port};" in policy
        assert "form-action 'self'" in policy
        assert "script-src 'self';" in policy


@pytest.mark.parametrize(
    ("method", "path", "accept", "shows_page"),
    [
        ("GET", "/nowhere", "text/html,application/xhtml+xml,*/*;q=0.8", True),
        ("GET", "/nowhere/at/all?x=1", "text/html", True),
        ("GET", "/apiary", "text/html", True),
        ("GET", "/nowhere", "*/*", False),
        ("GET", "/nowhere", "application/json", False),
        ("POST", "/nowhere", "text/html", False),
        ("GET", "/api", "text/html", False),
        ("GET", "/api/nowhere", "text/html", False),
        ("GET", "/jupyter/p/nowhere", "text/html", False),
        ("GET", "/assets/missing/x", "text/html", False),
    ],
)
async def test_a_person_who_goes_astray_sees_a_page_and_a_script_an_error(
    built: Path, tmp_path: Path, method: str, path: str, accept: str, shows_page: bool
) -> None:
    async with running(tmp_path / "data") as server:
        answer = await server.client()(method, path, headers={"Accept": accept})
        assert answer.status == 404
        policy = answer.headers["Content-Security-Policy"]
        if shows_page:
            assert b"<title>app</title>" in answer.body
            assert answer.headers["Content-Type"].startswith("text/html")
            assert "script-src 'self';" in policy
        else:
            assert is_plain_error(answer)
            assert policy == API_POLICY
        elsewhere = await server.client()(method, path, headers={"Accept": accept, "Host": "evil.invalid"})
        assert elsewhere.status == 421


async def test_the_frame_has_no_origin_and_reaches_nothing(built: Path, tmp_path: Path) -> None:
    async with running(tmp_path / "data") as server:
        policy = (await server.client().get("/output-frame.html")).headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-scripts; default-src 'none';")
    assert "allow-same-origin" not in policy
    assert "connect-src 'none'" in policy


async def test_assets_are_kept_for_ever_and_sent_small(built: Path, tmp_path: Path) -> None:
    async with running(tmp_path / "data") as server:
        script = server.client()
        plain = await script.get("/assets/main-1a2b.js", headers={"Accept-Encoding": "identity"})
        assert plain.body == b"plain"
        assert "immutable" in plain.headers["Cache-Control"]
        assert plain.headers["Access-Control-Allow-Origin"] == "*"
        assert plain.headers["Content-Type"].startswith("text/javascript")
        head = await script("HEAD", "/assets/main-1a2b.js", headers={"Accept-Encoding": "br"})
        assert (head.headers["Content-Encoding"], head.headers["Content-Length"]) == ("br", "5")
        assert (await script.get("/favicon.svg")).headers["Content-Type"].startswith("image/svg+xml")
        missing = await script.get("/assets/missing.js")
        assert missing.status == 404
        assert "immutable" not in missing.headers["Cache-Control"]


async def test_without_built_pages_the_answer_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "built_pages", lambda: None)
    async with running(tmp_path / "data") as server:
        answer = await server.client().get("/")
    assert answer.status == 503
    assert b"npm run build" in answer.body
