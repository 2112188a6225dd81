"""Object stores of connections."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from server.payloads.common import Body

Bucket = Annotated[str, Meta(min_length=3, max_length=222)]
Key = Annotated[str, Meta(min_length=1, max_length=1024)]


class StoreObject(msgspec.Struct, frozen=True):
    """One object. `size` in bytes."""

    key: str
    size: int
    changed_at: datetime | None


class StoreListing(msgspec.Struct, frozen=True):
    """A part of what lies in a store: `buckets`, or of one bucket the folders and objects at `prefix`.

    `next` goes into `?after=` for the following part; null: there is none.
    """

    buckets: list[str] | None
    bucket: str
    prefix: str
    folders: list[str]
    items: list[StoreObject]
    next: str | None


class ObjectPreview(msgspec.Struct, frozen=True):
    """The beginning of an object as text, null where it is none."""

    text: str | None
    size: int
    media: str


class AskObjectLink(Body, frozen=True):
    bucket: Bucket
    key: Key
    to: Literal["download", "upload"] = "download"


class ObjectLink(msgspec.Struct, frozen=True):
    """Whoever has the address can use it until it expires."""

    url: str
    expires_at: datetime


class UploadObject(Body, frozen=True):
    """`content` is the whole file in base64."""

    bucket: Bucket
    key: Key
    content: str
