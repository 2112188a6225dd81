"""What people do with the store of a connection: list, look, fetch by an address, put. Tells no secret."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from collab.ids import ProjectId
from server.connections.service import Opened
from server.connections.testing import Verdict
from server.refusals import Refusal
from server.services import Services
from server.stores.fetching import Fetcher, StoreFailed
from server.stores.gcs import GCS
from server.stores.s3 import S3, Listing, buckets_in, demand_done, listing_in

PREVIEW_BYTES = 64 * 1024
DOWNLOAD_S = 300
"""How long an address for a download or an upload works."""

MOST_KEY_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Preview:
    """The beginning of an object: its text, or None where it is none. `size` in bytes."""

    text: str | None
    size: int
    media: str


class Store:
    """The store of one opened connection."""

    def __init__(self, opened: Opened, allowed: Sequence[str]) -> None:
        makers: Mapping[str, type[S3 | GCS]] = {"s3": S3, "gcs": GCS}
        if opened.kind not in makers:
            raise Refusal("no_store", f"{opened.name} is no object store.", 409)
        self._sign = makers[opened.kind](opened.fields)
        self._fetch = Fetcher(allowed)
        self.bucket = str(opened.fields.get("bucket", ""))
        """The bucket that the connection names, or nothing."""

    async def buckets(self) -> list[str]:
        """Return the buckets: the one that the connection names, or all that its keys may list."""
        if self.bucket:
            return [self.bucket]
        return buckets_in(await self._fetch("GET", self._sign.buckets(), headers=self._sign.bucket_headers))

    async def listing(self, bucket: str, prefix: str, after: str | None) -> Listing:
        """Return a part of a folder; `prefix` is empty or ends with a slash."""
        return listing_in(await self._fetch("GET", self._sign.listing(bucket, prefix, after)))

    async def preview(self, bucket: str, key: str) -> Preview:
        """Return the beginning of an object."""
        answer = await self._fetch(
            "GET", self._sign.object("GET", bucket, key), headers={"Range": f"bytes=0-{PREVIEW_BYTES - 1}"}
        )
        if answer.status == 416:  # an empty object has no first byte
            return Preview("", 0, "text/plain")
        demand_done(answer)
        body = answer.body[:PREVIEW_BYTES]
        whole = answer.headers.get("Content-Range", "").rpartition("/")[2]
        size = int(whole) if whole.isdecimal() else len(answer.body)
        return Preview(_text(body, is_whole=size <= len(body)), size, answer.headers.get("Content-Type", ""))

    def download(self, bucket: str, key: str) -> str:
        """Return an address at which a browser saves an object, without a sign-in, until it expires."""
        name = key.rstrip("/").rpartition("/")[2]
        return self._sign.object("GET", bucket, key, expires_s=DOWNLOAD_S, file_name=name)

    def upload(self, bucket: str, key: str) -> str:
        """Return an address to which a script may put an object until it expires."""
        return self._sign.object("PUT", bucket, key, expires_s=DOWNLOAD_S)

    async def put(self, bucket: str, key: str, content: bytes) -> None:
        """Store an object in place of the one before."""
        demand_done(await self._fetch("PUT", self._sign.object("PUT", bucket, key), body=content))


async def store_of(opened: Opened, allowed: Sequence[str]) -> Store:
    """Return the store of an opened connection, made in a thread: what signs takes a while to load."""
    return await asyncio.to_thread(Store, opened, allowed)


async def tried(services: Services, project: ProjectId, opened: Opened) -> Verdict:
    """Say whether a store lets the connection's keys list what it is about."""
    try:
        store = await store_of(opened, services.config.private_hosts)
        if store.bucket:
            await store.listing(store.bucket, "", None)
            return Verdict("ok", f"The bucket {store.bucket} can be listed.")
        found = await store.buckets()
    except StoreFailed as failure:
        return Verdict(failure.outcome, failure.reason)
    return Verdict("ok", f"The keys see {len(found)} {'bucket' if len(found) == 1 else 'buckets'}.")


def checked_bucket(bucket: str) -> str:
    """Return the name of a bucket, which becomes a part of a host's; raises a `Refusal`."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]", bucket) or ".." in bucket:
        raise Refusal(
            "bad_bucket", "A name of a bucket has 3 or more small letters, digits, dots and dashes."
        )
    return bucket


def checked_key(key: str) -> str:
    """Return a key that a store can have; raises a `Refusal`."""
    if not key or len(key.encode("utf-8", "surrogatepass")) > MOST_KEY_BYTES or "\0" in key:
        raise Refusal("bad_key", f"A name of an object has 1 to {MOST_KEY_BYTES} bytes of text.")
    return key


def _text(body: bytes, *, is_whole: bool) -> str | None:
    if b"\0" in body:
        return None
    for cut in range(1 if is_whole else 4):  # a character may be cut in two at the end
        try:
            return body[: len(body) - cut].decode()
        except UnicodeDecodeError:
            continue
    return None
