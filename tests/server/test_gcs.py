"""Google Cloud Storage over real HTTP: fake-gcs-server as the store, a scripted one beside it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import aiohttp
import pytest
from aiohttp import web

from server.stores.gcs import GCS
from tests.server.test_connections import add
from tests.server.test_stores import Desk
from tests.support.google import fake_gcs, service_account
from tests.support.server import running

KEYS = ["a folder/ünï cödé + plus.csv", "a folder/deep/er.txt", "plain.txt", "pixel.png"]


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    with fake_gcs() as url:
        yield url


async def test_a_bucket_of_google_is_browsed_read_and_written(tmp_path: Path, store: str) -> None:
    credentials = service_account()
    private_key = credentials.partition("PRIVATE KEY-----\\n")[2][:60]
    signs = GCS({"credentials": credentials, "endpoint": store})
    async with (
        aiohttp.ClientSession() as outside,
        running(tmp_path, private_hosts=("127.0.0.1",)) as server,
    ):
        made = await outside.post(f"{store}/storage/v1/b?project=p", json={"name": "field_notes"})
        assert made.status == 200
        for key in KEYS:
            body = b"\x89PNG\x00" if key.endswith("png") else f"text of {key}".encode()
            url = aiohttp.client.URL(signs.object("PUT", "field_notes", key), encoded=True)
            async with outside.put(url, data=body) as put:
                assert put.status == 200
        ada = await server.person("ada")
        project = await server.project(ada)
        fields = {"credentials": credentials, "endpoint": store, "bucket": "field_notes"}
        shop = await add(ada, project, "gcs", "Store", **fields)
        here = Desk(server, ada, project, f"/api/projects/{project}/connections/{shop['id']}")

        tested = (await ada.post(f"{here.at}/test")).json
        assert (tested["outcome"], tested["reason"]) == ("ok", "The bucket field_notes can be listed.")
        top = await here.listed(bucket="field_notes")
        assert top["folders"] == ["a folder/"]
        assert {each["key"] for each in top["items"]} == {"plain.txt", "pixel.png"}
        inside = await here.listed(bucket="field_notes", prefix="a folder/")
        assert (inside["folders"], [each["key"] for each in inside["items"]]) == (
            ["a folder/deep/"],
            KEYS[:1],
        )
        assert inside["items"][0]["size"] == len(f"text of {KEYS[0]}".encode())
        for key in KEYS[:3]:
            seen = await ada.get(f"{here.at}/objects/preview?bucket=field_notes&key={quote(key, safe='')}")
            assert seen.json["text"] == f"text of {key}"
            link = (await ada.post(f"{here.at}/objects/link", {"bucket": "field_notes", "key": key})).json
            asked = parse_qs(urlsplit(link["url"]).query)
            assert asked["X-Goog-Algorithm"] == ["GOOG4-RSA-SHA256"]
            assert asked["X-Goog-Expires"] == ["300"]
            assert asked["response-content-disposition"][0].startswith("attachment; ")
            async with outside.get(aiohttp.client.URL(link["url"], encoded=True)) as saved:
                assert await saved.text() == f"text of {key}"
            assert private_key not in str(link)
        image = await ada.get(f"{here.at}/objects/preview?bucket=field_notes&key=pixel.png")
        assert (image.json["text"], image.json["size"]) == (None, 5)
        content = base64.b64encode(bytes(200_000)).decode()
        upload = {"bucket": "field_notes", "key": "new/ö.bin", "content": content}
        assert (await ada.put(f"{here.at}/objects", upload)).status == 204
        (kept,) = (await here.listed(bucket="field_notes", prefix="new/"))["items"]
        assert (kept["key"], kept["size"]) == ("new/ö.bin", 200_000)


LISTED = (
    "<ListAllMyBucketsResult xmlns='http://doc.s3.amazonaws.com/2006-03-01'><Buckets>"
    "<Bucket><Name>one</Name></Bucket><Bucket><Name>two</Name></Bucket></Buckets></ListAllMyBucketsResult>"
)


async def test_buckets_are_those_of_the_project_and_refusals_are_told_in_words(tmp_path: Path) -> None:
    answers: list[tuple[int, str]] = []
    asked: list[web.Request] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request)
        status, body = answers[-1]
        return web.Response(status=status, text=body, content_type="application/xml")

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with running(tmp_path, private_hosts=("127.0.0.1",)) as server:
            ada = await server.person("ada")
            project = await server.project(ada)

            async def tried(body: str, status: int = 200, **fields: Any) -> tuple[str, str]:
                answers.append((status, body))
                given = {"credentials": service_account(), "endpoint": url, **fields}
                at, name = f"/api/projects/{project}/connections", f"Store {len(answers)}"
                made = await ada.post(at, {"kind": "gcs", "name": name, "fields": given})
                told = (await ada.post(f"{at}/{made.json['id']}/test")).json
                return told["outcome"], told["reason"]

            assert await tried(LISTED, project="another-1") == ("ok", "The keys see 2 buckets.")
            assert asked[-1].path == "/"
            assert asked[-1].headers["x-goog-project-id"] == "another-1"
            assert asked[-1].query["X-Goog-SignedHeaders"] == "host;x-goog-project-id"
            for code, outcome, words in (
                ("SignatureDoesNotMatch", "authentication", "signature is refused"),
                ("AccessDenied", "authentication", "does not let them"),
                ("NoSuchBucket", "not_found", "no bucket"),
            ):
                found = await tried(f"<Error><Code>{code}</Code></Error>", 403)
                assert found[0] == outcome, found
                assert words in found[1]
            spoiled = service_account(private_key="-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----")
            outcome, reason = await tried("", credentials=spoiled)
            assert (outcome, "Paste the whole file anew" in reason) == ("authentication", True), reason
    finally:
        await runner.cleanup()
