"""HTTP to where a connection leads: to checked addresses only, never on to another one, always limited."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tornado.httpclient import HTTPError, HTTPRequest
from tornado.httputil import HTTPHeaders
from tornado.iostream import StreamClosedError
from tornado.netutil import Resolver
from tornado.simple_httpclient import HTTPStreamClosedError, HTTPTimeoutError, SimpleAsyncHTTPClient

from server.connections import reach
from server.connections.testing import Outcome
from server.refusals import Refusal

CONNECT_LIMIT_S = 5.0
ANSWER_LIMIT_S = 15.0
UPLOAD_LIMIT_S = 120.0
ANSWER_BYTES = 16 * 1024 * 1024


class StoreFailed(Refusal):
    """A store that cannot be used like this; `outcome` is the word for it that a test tells."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(f"store_{outcome}", reason, 502 if outcome in ("timeout", "refused") else 409)
        self.outcome: Outcome = outcome


@dataclass(frozen=True, slots=True)
class Answer:
    """What a store answered, also a refusal of its own."""

    status: int
    headers: HTTPHeaders
    body: bytes


class CheckedResolver(Resolver):
    """Resolves a name once and gives out only addresses that connections may lead to."""

    def initialize(self, allowed: Sequence[str]) -> None:
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[tuple[int, Any]]:
        found = await reach.resolve(host, port, self._allowed)
        return [(socket.AF_INET6 if ":" in address else socket.AF_INET, (address, port)) for address in found]


class Fetcher:
    """Asks stores. `allowed` are the site's `private_hosts`."""

    def __init__(self, allowed: Sequence[str]) -> None:
        self._allowed = allowed

    async def __call__(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Return the answer to one request; raises `StoreFailed`, or `Unreachable`."""
        limit_s = ANSWER_LIMIT_S if body is None else UPLOAD_LIMIT_S
        client = SimpleAsyncHTTPClient(
            force_instance=True, resolver=CheckedResolver(self._allowed), max_body_size=ANSWER_BYTES
        )
        request = HTTPRequest(
            url,
            method=method,
            headers=dict(headers or {}),
            body=body,
            connect_timeout=CONNECT_LIMIT_S,
            request_timeout=limit_s,
            follow_redirects=False,
            decompress_response=False,
        )
        host = url.split("/", 3)[2]
        try:
            found = await client.fetch(request, raise_error=False)
            if found.code == 599 and found.error is not None:
                raise found.error
        except HTTPTimeoutError:
            raise StoreFailed(
                "timeout", f"{host} did not answer in time. Check address and firewall."
            ) from None
        except ssl.SSLError as failure:
            reason = getattr(failure, "verify_message", "") or failure.reason or "no encryption"
            raise StoreFailed("tls", f"{host} cannot be trusted: {reason}.") from None
        except (HTTPStreamClosedError, StreamClosedError):
            raise StoreFailed("refused", f"{host} closed the connection. Check port and https.") from None
        except HTTPError as failure:
            raise StoreFailed(
                "failed", f"{host} gave no answer that can be read ({failure.message})."
            ) from None
        except OSError as failure:
            words = failure.strerror or "it is not reached"
            raise StoreFailed("refused", f"{host}: {words}. Check address and port.") from None
        finally:
            client.close()
        return Answer(found.code, found.headers, found.body)
