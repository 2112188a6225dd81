"""Shuts one value away and opens it again: AES-256-GCM, bound to the row and the field that it belongs to.

A ciphertext that was moved to another row or field, or changed in one bit, does not open. What is kept is
a random nonce of 12 bytes, then the ciphertext with its tag; the key's id stands beside it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from server.secrets.keys import Keys

NONCE_BYTES = 12


class Tampered(Exception):
    """What is stored does not fit its key, its row or its field."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A value as the database keeps it."""

    key: str
    data: bytes


class Vault:
    """Encrypts with the key in use, decrypts with whichever one a value names."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys

    def seal(self, row: str, field: str, value: str) -> Sealed:
        """Return `value` encrypted for the field of a row; raises `BadKeys`."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key, nonce = self.keys.current(), os.urandom(NONCE_BYTES)
        return Sealed(
            key.id, nonce + AESGCM(key.value).encrypt(nonce, value.encode(), _belongs_to(row, field))
        )

    def open(self, row: str, field: str, sealed: Sealed) -> str:
        """Return the value; raises `NoSuchKey`, `Tampered` or `BadKeys`."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        key = self.keys.get(sealed.key)
        nonce, data = sealed.data[:NONCE_BYTES], sealed.data[NONCE_BYTES:]
        try:
            return AESGCM(key.value).decrypt(nonce, data, _belongs_to(row, field)).decode()
        except (InvalidTag, ValueError):  # a nonce that was cut short is a ValueError
            raise Tampered(f"{field} of {row}") from None


def _belongs_to(row: str, field: str) -> bytes:
    return f"{row}\0{field}".encode()
