"""Secrets that prove who asks: how they look, how they are hashed, how passwords are checked.

Cookies, tokens, links and invitations hold 256 random bits, so one SHA-256
keeps them safe. Passwords do not, so they go through argon2id, at most two
at a time, in threads.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from server.refusals import Refusal

T = TypeVar("T")

TOKEN_PREFIX = "cb"  # noqa: S105  (a prefix, so that scanners find leaked tokens)
INVITATION_PREFIX = "i-"
LINK_PREFIX = "l-"

HASH_THREADS = 2
MAX_WAITING_HASHES = 16


def new_secret(prefix: str = "") -> str:
    """Return 256 random bits as text that needs no escaping, after `prefix`."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return what is stored of `secret`."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class TokenParts:
    """The public id of an API token and the hash of its secret."""

    id: str
    sha256: str


def token_text(token_id: str, secret: str) -> str:
    """Return an API token as people copy it."""
    return f"{TOKEN_PREFIX}_{token_id}_{secret}"


def parse_token(text: str) -> TokenParts | None:
    """Take an API token apart; `None` for anything else."""
    parts = text.split("_", 2)
    if len(parts) != 3 or parts[0] != TOKEN_PREFIX or len(parts[1]) > 64 or len(parts[2]) > 200:
        return None
    return TokenParts(parts[1], digest(parts[2]))


def same(one: str, other: str) -> bool:
    """Compare two hashes in a time that says nothing."""
    return secrets.compare_digest(one, other)


def cookie_name(*, https: bool, port: int) -> str:
    """Return the session cookie's name.

    `__Host-` ties it to one host over https. Browsers share cookies between
    the ports of a host, so without https the port keeps two servers apart.
    """
    return "__Host-commonbook" if https else f"commonbook_{port}"


class Passwords:
    """argon2id with 19 MiB and two passes: about 50 ms of one core for each check."""

    def __init__(self) -> None:
        from argon2 import PasswordHasher

        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._pool = ThreadPoolExecutor(HASH_THREADS, thread_name_prefix="password")
        self._under_way = 0
        self._dummy: str | None = None

    async def hash(self, password: str) -> str:
        """Return what is stored of `password`."""
        return await self._run(lambda: self._hasher.hash(_bytes(password)))

    async def verify(self, password: str, stored: str | None) -> bool:
        """Say whether `password` is right. Takes as long where there is no such account (`stored` null)."""
        return await self._run(lambda: self._check(password, stored))

    def close(self) -> None:
        """Let the checks under way end and stop the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _check(self, password: str, stored: str | None) -> bool:
        from argon2.exceptions import InvalidHashError, VerificationError

        if stored is None:
            self._check_dummy(password)
            return False
        try:
            return self._hasher.verify(stored, _bytes(password))
        except (VerificationError, InvalidHashError):
            return False

    def _check_dummy(self, password: str) -> None:
        if self._dummy is None:
            self._dummy = self._hasher.hash(secrets.token_bytes(16))
        self._check(password, self._dummy)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._under_way >= MAX_WAITING_HASHES:
            raise Refusal(
                "busy", "Too many people are signing in. Try again in a moment.", 429, retry_after_s=2
            )
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._under_way -= 1


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
