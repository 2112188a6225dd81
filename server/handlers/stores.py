"""Object stores of connections: for all who may run, because their code can do the same."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

from collab.roles import Capability
from server import payloads
from server.connections.part import connections_of
from server.handlers.base import ApiHandler, needs, route
from server.refusals import Refusal
from server.stores.s3 import StoredObject
from server.stores.store import DOWNLOAD_S, Store, checked_bucket, checked_key, store_of


class StoresBase(ApiHandler):
    """What the routes of stores share."""

    async def _store(self, connection: str, use: str) -> Store:
        opened = await connections_of(self.services).open(
            self.opened_project.id, connection, by=self.person.user, use=use
        )
        return await store_of(opened, self.services.config.private_hosts)


@route("/api/projects/{project}/connections/{connection}/objects")
class ObjectsHandler(StoresBase):
    """What lies in a store: without ?bucket its buckets, else a part of the folder ?prefix after ?after."""

    @needs(Capability.RUN, answer=payloads.StoreListing)
    async def get(self, connection: str) -> payloads.StoreListing:
        bucket, prefix = (
            self.get_query_argument("bucket", ""),
            self.get_query_argument("prefix", "", strip=False),
        )
        after = self.get_query_argument("after", None)
        store = await self._store(connection, "browse")
        if not bucket:
            return payloads.StoreListing(await store.buckets(), "", "", [], [], None)
        found = await store.listing(checked_bucket(bucket), prefix[:1024], after)
        return payloads.StoreListing(
            None,
            bucket,
            prefix,
            list(found.folders),
            [_object(each) for each in found.objects if each.key != prefix],
            found.next,
        )

    @needs(Capability.RUN, body=payloads.UploadObject, imports=True)
    async def put(self, body: payloads.UploadObject, connection: str) -> None:
        """Stores a file as an object, in place of the one before."""
        try:
            content = base64.b64decode(body.content, validate=True)
        except ValueError:  # also of letters that are not ASCII
            raise Refusal("bad_body", "The body is not right: `content` is not base64.") from None
        store = await self._store(connection, "upload")
        await store.put(checked_bucket(body.bucket), checked_key(body.key), content)


@route("/api/projects/{project}/connections/{connection}/objects/preview")
class ObjectPreviewHandler(StoresBase):
    """The beginning of the object ?key of ?bucket."""

    @needs(Capability.RUN, answer=payloads.ObjectPreview)
    async def get(self, connection: str) -> payloads.ObjectPreview:
        bucket = checked_bucket(self.get_query_argument("bucket", ""))
        key = checked_key(self.get_query_argument("key", "", strip=False))
        found = await (await self._store(connection, "preview")).preview(bucket, key)
        return payloads.ObjectPreview(found.text, found.size, found.media[:200])


@route("/api/projects/{project}/connections/{connection}/objects/link")
class ObjectLinkHandler(StoresBase):
    """An address at which an object can be fetched or put for a few minutes, without a sign-in."""

    @needs(Capability.RUN, body=payloads.AskObjectLink, answer=payloads.ObjectLink)
    async def post(self, body: payloads.AskObjectLink, connection: str) -> payloads.ObjectLink:
        bucket, key = checked_bucket(body.bucket), checked_key(body.key)
        store = await self._store(connection, body.to)
        url = store.download(bucket, key) if body.to == "download" else store.upload(bucket, key)
        return payloads.ObjectLink(url, datetime.now(UTC) + timedelta(seconds=DOWNLOAD_S))


def _object(found: StoredObject) -> payloads.StoreObject:
    return payloads.StoreObject(found.key, found.size, found.changed_at)
