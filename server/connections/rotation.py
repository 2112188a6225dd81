"""Gives all secrets a new key. Works beside a running server, which reads the list of keys again.

The key before stays in the list until the next rotation, for a secret that is being stored at this moment;
older ones go once nothing is encrypted with them any more.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from server.db.engine import Database
from server.db.repositories import connections as rows
from server.db.repositories.connections import SecretRow
from server.secrets.keys import Keys, NoSuchKey, new_key
from server.secrets.vault import Sealed, Tampered, Vault


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did; `failed` counts the secrets that did not open, and stay as they were."""

    key: str
    done: int
    failed: int
    forgotten: tuple[str, ...]


async def rotate(database: Database, keys: Keys) -> Rotated:
    """Encrypt every secret anew: with a new key, or with the first one that the environment names.

    Raises `BadKeys`.
    """
    before = await asyncio.to_thread(keys.all)
    if not keys.is_given:
        await asyncio.to_thread(keys.keep, [new_key(), *before])
    vault, done, failed = Vault(keys), 0, 0
    key = keys.current().id
    async with database.begin() as session:
        for secret in await rows.all_secrets(session):
            if secret.key == key:
                continue
            try:
                value = vault.open(secret.connection, secret.field, Sealed(secret.key, secret.data))
            except (NoSuchKey, Tampered):
                failed += 1
                continue
            sealed = vault.seal(secret.connection, secret.field, value)
            row = SecretRow(secret.connection, secret.field, sealed.key, sealed.data)
            await rows.put_secret(session, row)
            done += 1
        used = await rows.keys_in_use(session)
    forgotten: tuple[str, ...] = ()
    if not keys.is_given:
        kept = [each for each in keys.all() if each.id in used | {key} or each in before[:1]]
        forgotten = tuple(each.id for each in keys.all() if each not in kept)
        await asyncio.to_thread(keys.keep, kept)
    return Rotated(key, done, failed, forgotten)
