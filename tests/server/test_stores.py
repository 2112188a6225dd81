"""Object stores over real HTTP: moto's server as the store, and a scripted one for what it never says."""

from __future__ import annotations

import asyncio
import base64
import os
import sys
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import aiohttp
import pytest
from aiohttp import web
from tornado.httputil import HTTPHeaders

from server.connections.surroundings import names_of
from server.stores.fetching import Answer
from server.stores.s3 import S3, listing_in
from tests.server.test_connection_kernels import row
from tests.server.test_connections import CANARY, add
from tests.support.server import Client, RunningServer, running

KEYS = ["a folder/ünï cödé + plus.csv", "a folder/deep/er.txt", "%41 & more?.txt", "plain.txt", "pixel.png"]


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """The address of a store with a bucket of 205 objects."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    # Its servers share their buckets with all others of this process.
    with urllib.request.urlopen(
        urllib.request.Request(f"http://{host}:{port}/moto-api/reset", method="POST")
    ):
        pass
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


class Desk:
    """A project with a connection to a store."""

    def __init__(self, server: RunningServer, ada: Client, project: str, at: str) -> None:
        self.server, self.ada, self.project, self.at = server, ada, project, at

    async def listed(self, **asked: str) -> dict[str, Any]:
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked.items())
        answer = await self.ada.get(f"{self.at}/objects?{query}")
        assert answer.status == 200, answer.body
        found: dict[str, Any] = answer.json
        return found


@asynccontextmanager
async def desk(folder: Path, endpoint: str, **settings: Any) -> AsyncIterator[Desk]:
    allowed = {"private_hosts": ("127.0.0.1",)} | settings
    async with running(folder, **allowed) as server:
        ada = await server.person("ada")
        project = await server.project(ada)
        given = {"access_key_id": "AKIAEXAMPLE", "secret_access_key": CANARY, "endpoint": endpoint}
        made = await add(ada, project, "s3", "Store", **given)
        yield Desk(server, ada, project, f"/api/projects/{project}/connections/{made['id']}")


async def test_a_store_is_browsed_read_and_written(tmp_path: Path, moto: str) -> None:
    async with aiohttp.ClientSession() as outside, desk(tmp_path, moto) as here:
        signs = S3({"access_key_id": "k", "secret_access_key": "s", "endpoint": moto})
        assert (await outside.put(signs._signed("create_bucket", {"Bucket": "research"}))).status == 200
        for key in (*KEYS, *(f"many/{number:04d}" for number in range(205))):
            body = b"\x89PNG\x00" if key.endswith("png") else f"text of {key}".encode()
            url = signs.object("PUT", "research", key)
            async with outside.put(aiohttp.client.URL(url, encoded=True), data=body) as put:
                assert put.status == 200

        tested = (await here.ada.post(f"{here.at}/test")).json
        assert (tested["outcome"], tested["reason"]) == ("ok", "The keys see 1 bucket.")
        assert (await here.listed())["buckets"] == ["research"]
        top = await here.listed(bucket="research")
        assert top["folders"] == ["a folder/", "many/"]
        assert {each["key"] for each in top["items"]} == {"%41 & more?.txt", "plain.txt", "pixel.png"}
        inside = await here.listed(bucket="research", prefix="a folder/")
        assert (inside["folders"], [each["key"] for each in inside["items"]]) == (
            ["a folder/deep/"],
            KEYS[:1],
        )
        assert inside["items"][0]["size"] == len(f"text of {KEYS[0]}".encode())
        first = await here.listed(bucket="research", prefix="many/")
        assert (len(first["items"]), bool(first["next"])) == (200, True)
        second = await here.listed(bucket="research", prefix="many/", after=first["next"])
        assert ([each["key"] for each in second["items"]][-1], second["next"]) == ("many/0204", None)

        for key in KEYS[:4]:
            seen = await here.ada.get(f"{here.at}/objects/preview?bucket=research&key={quote(key, safe='')}")
            assert seen.json["text"] == f"text of {key}"
            link = (await here.ada.post(f"{here.at}/objects/link", {"bucket": "research", "key": key})).json
            asked = parse_qs(urlsplit(link["url"]).query)
            assert asked["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
            async with outside.get(aiohttp.client.URL(link["url"], encoded=True)) as saved:
                assert await saved.text() == f"text of {key}"
                assert saved.headers["Content-Disposition"].startswith("attachment")
            assert CANARY not in str(link)
        image = await here.ada.get(f"{here.at}/objects/preview?bucket=research&key=pixel.png")
        assert (image.json["text"], image.json["size"]) == (None, 5)

        upload = {
            "bucket": "research",
            "key": "new/ö.bin",
            "content": base64.b64encode(bytes(200_000)).decode(),
        }
        assert (await here.ada.put(f"{here.at}/objects", upload)).status == 204
        (made,) = (await here.listed(bucket="research", prefix="new/"))["items"]
        assert (made["key"], made["size"]) == ("new/ö.bin", 200_000)
        missing = await here.ada.get(f"{here.at}/objects?bucket=no-such-bucket")
        assert (missing.status, missing.json["error"]["reason"]) == (409, "There is no bucket of that name.")
        gone = await here.ada.get(f"{here.at}/objects/preview?bucket=research&key=nothing")
        assert gone.json["error"]["reason"] == "There is no such object any more."


async def test_only_who_may_run_looks_into_a_store(tmp_path: Path) -> None:
    async with desk(tmp_path, "http://127.0.0.1:9") as here:
        viewer = await here.server.person("victor")
        await here.ada.post(f"/api/projects/{here.project}/members", {"who": "victor", "role": "viewer"})
        assert (await viewer.get(f"{here.at}/objects")).status == 403
        body = {"bucket": "research", "key": "k"}
        assert (await viewer.post(f"{here.at}/objects/link", body)).status == 403
        for bucket in ("evil.example.net/x", "a@b", "..", "A", "x" * 223, "a..b"):
            answer = await here.ada.get(f"{here.at}/objects?bucket={quote(bucket, safe='')}")
            assert (answer.status, answer.code) == (400, "bad_bucket")
        other = await add(here.ada, here.project, "variables", "Keys", A="1")
        at = f"/api/projects/{here.project}/connections/{other['id']}/objects"
        assert (await here.ada.get(at)).code == "no_store"


@asynccontextmanager
async def scripted(status: int, body: str, **headers: str) -> AsyncIterator[tuple[str, list[str]]]:
    """A store that gives everybody the same answer, and the paths that it was asked for."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(status=status, text=body, headers=headers, content_type="application/xml")

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    try:
        yield f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}", asked  # type: ignore[attr-defined]
    finally:
        await runner.cleanup()


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(
    ("status", "body", "headers", "outcome", "words"),
    [
        (403, "<Error><Code>InvalidAccessKeyId</Code></Error>", {}, "authentication", "access key"),
        (403, "<Error><Code>SignatureDoesNotMatch</Code></Error>", {}, "authentication", "secret key"),
        (403, "<Error><Code>AccessDenied</Code></Error>", {}, "authentication", "does not let them"),
        (403, "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>", {}, "failed",
         "signed address has expired"),
        (400, "<Error><Code>ExpiredToken</Code><Details>The provided token has expired. Request signature "
         "expired at: 2026-01-01</Details></Error>", {}, "failed", "signed address has expired"),
        (400, "<Error><Code>ExpiredToken</Code><Message>The token has expired.</Message></Error>", {},
         "authentication", "session token has expired"),
        (403, "", {}, "authentication", "refuses these keys"),
        (301, "<Error><Code>PermanentRedirect</Code></Error>", {"x-amz-bucket-region": "eu-west-1"}, "failed",
         "region eu-west-1"),
        (302, "", {"Location": "http://169.254.169.254/latest/meta-data/"}, "failed", "not followed"),
        (404, "", {}, "not_found", "nothing at that place"),
        (500, "<Error><Code>Internal<b/>Error</Code></Error>", {}, "failed", "refuses this"),
        (200, "not XML at all", {}, "failed", "no object store"),
        (200, BOMB, {}, "failed", "no object store"),
    ],
)  # fmt: skip
async def test_what_a_store_refuses_is_told_in_words(
    tmp_path: Path, status: int, body: str, headers: dict[str, str], outcome: str, words: str
) -> None:
    async with scripted(status, body, **headers) as (url, asked), desk(tmp_path, url) as here:
        tested = (await here.ada.post(f"{here.at}/test")).json
        assert (tested["outcome"], len(asked)) == (outcome, 1)
        assert words in tested["reason"]
        assert CANARY not in tested["reason"]


async def test_a_test_is_no_way_to_look_around_in_the_servers_network(tmp_path: Path) -> None:
    async with scripted(200, "<x/>") as (url, asked):
        local = url.replace("127.0.0.1", "localhost")
        for number, (address, allowed) in enumerate([(url, ()), (local, ()), (url, ("10.0.0.0/8",))]):
            async with desk(tmp_path / str(number), address, private_hosts=allowed) as here:
                tested = (await here.ada.post(f"{here.at}/test")).json
                assert tested["outcome"] == "private_host"
                assert (await here.ada.get(f"{here.at}/objects")).code == "private_host"
        assert asked == []
    async with desk(tmp_path / "dead", url) as here:
        tested = (await here.ada.post(f"{here.at}/test")).json
        assert tested["outcome"] == "refused", tested


def test_keys_are_read_as_each_store_writes_them() -> None:
    """AWS and MinIO write a space as a plus, moto as %20."""
    listed = (
        b"<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>a+folder/one%20two+%2B+three.csv</Key>"
        b"</Contents><CommonPrefixes><Prefix>a+folder/</Prefix></CommonPrefixes></ListBucketResult>"
    )
    found = listing_in(Answer(200, HTTPHeaders(), listed))
    assert [each.key for each in found.objects] == ["a folder/one two + three.csv"]
    assert found.folders == ("a folder/",)


def test_buckets_stand_in_the_host_name_or_in_the_path() -> None:
    given = {"access_key_id": "k", "secret_access_key": "s", "region": "eu-west-1"}
    assert S3(given).object("GET", "b-1", "x y").startswith("https://b-1.s3.eu-west-1.amazonaws.com/x%20y?")
    own = {**given, "endpoint": "https://store.example.org:9000"}
    assert S3(own).object("GET", "b-1", "x").startswith("https://b-1.store.example.org:9000/x?")
    in_path = {**own, "path_style": True, "session_token": "t"}
    url = S3(in_path).object("GET", "b-1", "x")
    assert url.startswith("https://store.example.org:9000/b-1/x?")
    assert "X-Amz-Security-Token=t" in url


LIBRARIES = """
import boto3, polars
print(boto3.client("s3").get_object(Bucket="tables", Key="a/heights.csv")["Body"].read().decode().split()[1])
print(polars.read_csv("s3://tables/a/heights.csv")["height"][0])
"""


@pytest.mark.kernel
async def test_libraries_find_a_store_by_the_names_in_the_environment(moto: str) -> None:
    given = {
        "access_key_id": "AKIAEXAMPLE",
        "secret_access_key": CANARY,
        "region": "us-east-1",
        "endpoint": moto,
    }
    signs = S3(given)
    async with aiohttp.ClientSession() as outside:
        for url, body in (
            (signs._signed("create_bucket", {"Bucket": "tables"}), b""),
            (signs.object("PUT", "tables", "a/heights.csv"), b"city,height\nOslo,23\n"),
        ):
            async with outside.put(aiohttp.client.URL(url, encoded=True), data=body) as put:
                assert put.status == 200
    found = names_of([(row("1", "s3", "Store"), given)])["1"].variables
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **found}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        LIBRARIES,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told, failed = await asyncio.wait_for(process.communicate(), 120)
    assert told.decode().split() == ["Oslo,23", "23"], failed.decode()[-2000:]
