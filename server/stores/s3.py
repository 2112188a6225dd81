"""S3 and what speaks its protocol: signed addresses, and answers in XML. Nothing here opens a connection.

All requests are addresses that boto3 signs with SigV4, the server's own and those that people download by.
Who fetches them resolves and checks the host first, which boto3's own requests would not. Buckets stand in
the host name, or in the path with `path_style`; where an address of one's own is given without that switch,
an IP address still puts them into the path.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from server.connections.fields import Value
from server.connections.testing import Outcome
from server.stores.fetching import Answer, StoreFailed

PAGE_KEYS = 200

_NOBODYS_SETTINGS = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
"""Whoever runs the server may have settings of AWS; they are no business of a connection."""

DELIMITER = "/"


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object. `size` in bytes."""

    key: str
    size: int
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A part of what lies at a place: folders and objects, and where the next part begins."""

    folders: tuple[str, ...] = ()
    objects: tuple[StoredObject, ...] = ()
    next: str | None = None


class S3:
    """Signs for one connection. Making one reads boto3's model of S3, which takes a while."""

    bucket_headers: Mapping[str, str] = {}

    def __init__(self, fields: Mapping[str, Value]) -> None:
        import boto3
        from botocore.config import Config
        from botocore.session import Session

        endpoint = str(fields["endpoint"]) if fields.get("endpoint") else None
        in_path = bool(fields.get("path_style")) or _is_address(urlsplit(endpoint or "").hostname or "")
        self._client: Any = boto3.session.Session(botocore_session=Session(_NOBODYS_SETTINGS)).client(
            "s3",
            region_name=str(fields.get("region", "us-east-1")),
            endpoint_url=endpoint,
            aws_access_key_id=str(fields["access_key_id"]),
            aws_secret_access_key=str(fields["secret_access_key"]),
            aws_session_token=str(fields["session_token"]) if "session_token" in fields else None,
            config=Config(
                signature_version="s3v4", s3={"addressing_style": "path" if in_path else "virtual"}
            ),
        )

    def buckets(self) -> str:
        """Return where all buckets are listed."""
        return self._signed("list_buckets", {})

    def listing(self, bucket: str, prefix: str, after: str | None, *, limit: int = PAGE_KEYS) -> str:
        """Return where a part of a folder is listed."""
        asked = {
            "Bucket": bucket,
            "Delimiter": DELIMITER,
            "Prefix": prefix,
            "MaxKeys": limit,
            "EncodingType": "url",
        }
        if after is not None:
            asked["ContinuationToken"] = after
        return self._signed("list_objects_v2", asked)

    def object(
        self, method: str, bucket: str, key: str, *, expires_s: int = 300, file_name: str | None = None
    ) -> str:
        """Return an address at which one object can be had or put until it expires."""
        asked = {"Bucket": bucket, "Key": key}
        if file_name is not None:
            asked["ResponseContentDisposition"] = f"attachment; filename*=UTF-8''{quote(file_name, safe='')}"
        return self._signed("get_object" if method == "GET" else "put_object", asked, expires_s)

    def _signed(self, operation: str, asked: Mapping[str, Any], expires_s: int = 300) -> str:
        return str(self._client.generate_presigned_url(operation, Params=dict(asked), ExpiresIn=expires_s))


def buckets_in(answer: Answer) -> list[str]:
    """Return the names of buckets in an answer; raises `StoreFailed`."""
    root = _read(answer)
    return [name for each in root.iter("Bucket") if (name := each.findtext("Name"))]


def listing_in(answer: Answer) -> Listing:
    """Return what an answer lists; raises `StoreFailed`."""
    from urllib.parse import unquote_plus

    root = _read(answer)
    # A space comes as a plus from AWS and MinIO, and as %20 from others; a plus is %2B everywhere.
    decode = unquote_plus if root.findtext("EncodingType") == "url" else str
    folders = [decode(each.findtext("Prefix") or "") for each in root.iter("CommonPrefixes")]
    objects = [
        StoredObject(
            decode(each.findtext("Key") or ""),
            int(each.findtext("Size") or 0),
            _moment(each.findtext("LastModified")),
        )
        for each in root.iter("Contents")
    ]
    following = root.findtext("NextContinuationToken") if root.findtext("IsTruncated") == "true" else None
    return Listing(tuple(folders), tuple(objects), following)


def demand_done(answer: Answer) -> None:
    """Raise `StoreFailed` where the store refused."""
    if not 200 <= answer.status < 300:
        raise _failure(answer)


def _read(answer: Answer) -> Any:
    demand_done(answer)
    root = _parsed(answer.body)
    if root is None:
        raise StoreFailed("failed", "What answers there is no object store. Check the address.")
    return root


def _parsed(body: bytes) -> Any:
    """Return the root of an XML document, its names without their namespaces; None for anything else."""
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(body)
    except (ParseError, DefusedXmlException, ValueError):
        return None
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.rpartition("}")[2]
    return root


_REFUSED: Mapping[str, tuple[Outcome, str]] = {
    "InvalidAccessKeyId": ("authentication", "The store does not know this access key."),
    "SignatureDoesNotMatch": (
        "authentication",
        "The signature is refused: the secret key is another one's, or was deleted.",
    ),
    "InvalidToken": ("authentication", "The session token is wrong."),
    "UserProjectMissing": (
        "failed",
        "The bucket wants a project that pays. Use an account of such a project.",
    ),
    "ProjectAccessDenied": ("authentication", "The account may not list the buckets of this project."),
    "ExpiredToken": ("authentication", "The session token has expired. Give new temporary keys."),
    "RequestTimeTooSkewed": ("failed", "The server's clock and the store's differ too much."),
    "AccessDenied": ("authentication", "The store knows these keys and does not let them do this."),
    "NoSuchBucket": ("not_found", "There is no bucket of that name."),
    "NoSuchKey": ("not_found", "There is no such object any more."),
    "AuthorizationHeaderMalformed": ("failed", "The bucket is in another region."),
    "PermanentRedirect": ("failed", "The bucket is in another region."),
    "EntityTooLarge": ("failed", "The store does not take a file that large."),
}


def _failure(answer: Answer) -> StoreFailed:
    root = _parsed(answer.body)
    code = "" if root is None else (root.findtext("Code") or "")
    words = "" if root is None else f"{root.findtext('Message')} {root.findtext('Details')}".lower()
    if code in ("AccessDenied", "ExpiredToken") and "request" in words and "expired" in words:
        return StoreFailed(
            "failed", "The signed address has expired. Ask again; the server's clock may be wrong."
        )
    region = answer.headers.get("x-amz-bucket-region") or ("" if root is None else root.findtext("Region"))
    if code in _REFUSED:
        outcome, reason = _REFUSED[code]
        if "region" in reason and region and re.fullmatch("[a-z0-9-]{1,40}", region):
            reason = f"The bucket is in the region {region}. Set it under Region."
        return StoreFailed(outcome, reason)
    if 300 <= answer.status < 400:
        return StoreFailed(
            "failed", "The store sends on to another address, which is not followed. Check it."
        )
    if answer.status in (401, 403):
        return StoreFailed("authentication", f"The store refuses these keys ({code or answer.status}).")
    if answer.status == 404:
        return StoreFailed("not_found", "There is nothing at that place.")
    shown = re.sub("[^A-Za-z0-9 ]", "", code)[:60] or str(answer.status)
    return StoreFailed("failed", f"The store refuses this ({shown}).")


def _moment(text: str | None) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost"
    return True
