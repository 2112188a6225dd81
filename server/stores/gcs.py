"""Google Cloud Storage: signed addresses of its XML API, whose answers are those of S3. Opens no connection.

All requests are V4 addresses that Google's own library signs with the key of the service account; nothing is
exchanged for a token first. Who fetches them resolves and checks the host. Buckets stand in the path.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from server.connections.fields import Value
from server.stores.fetching import StoreFailed
from server.stores.s3 import DELIMITER, PAGE_KEYS

GOOGLE = "https://storage.googleapis.com"
PROJECT_HEADER = "x-goog-project-id"


class GCS:
    """Signs for one connection. Making one loads Google's library, which takes a while."""

    def __init__(self, fields: Mapping[str, Value]) -> None:
        from google.auth.exceptions import GoogleAuthError
        from google.cloud import storage
        from google.oauth2 import service_account

        account: Any = service_account.Credentials
        key = json.loads(str(fields["credentials"]))
        try:
            credentials = account.from_service_account_info(key)
        except (ValueError, GoogleAuthError):
            raise StoreFailed(
                "authentication", "The key of the service account cannot be read. Paste the whole file anew."
            ) from None
        self._storage: Any = storage
        self._endpoint = str(fields.get("endpoint") or GOOGLE)
        self._project = str(fields.get("project") or key["project_id"])
        self._client: Any = storage.Client(
            project=self._project, credentials=credentials, client_options={"api_endpoint": self._endpoint}
        )
        self.bucket_headers = {PROJECT_HEADER: self._project}
        """What has to be sent along where buckets are listed: it is signed too."""

    def buckets(self) -> str:
        """Return where all buckets of the project are listed."""
        service = self._storage.Bucket(self._client)
        service.name = ""  # the address of a bucket without a name is that of all
        return self._signed(service, headers=self.bucket_headers)

    def listing(self, bucket: str, prefix: str, after: str | None, *, limit: int = PAGE_KEYS) -> str:
        """Return where a part of a folder is listed."""
        asked = {
            "list-type": "2",
            "delimiter": DELIMITER,
            "prefix": prefix,
            "max-keys": str(limit),
            "encoding-type": "url",
        }
        if after is not None:
            asked["continuation-token"] = after
        return self._signed(self._storage.Bucket(self._client, bucket), query_parameters=asked)

    def object(
        self, method: str, bucket: str, key: str, *, expires_s: int = 300, file_name: str | None = None
    ) -> str:
        """Return an address at which one object can be had or put until it expires."""
        blob = self._storage.Blob(key, self._storage.Bucket(self._client, bucket))
        shown = {}
        if file_name is not None:
            shown["response_disposition"] = f"attachment; filename*=UTF-8''{quote(file_name, safe='')}"
        return self._signed(blob, method=method, expires_s=expires_s, **shown)

    def _signed(self, thing: Any, *, expires_s: int = 300, method: str = "GET", **asked: Any) -> str:
        return str(
            thing.generate_signed_url(
                version="v4",
                expiration=timedelta(seconds=expires_s),
                api_access_endpoint=self._endpoint,
                method=method,
                **asked,
            )
        )
