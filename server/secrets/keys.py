"""The keys that secrets are encrypted with: an ordered list, the first of which is in use.

They come from `secrets.keys` in the data folder, a file for its owner's eyes alone that the first secret
makes, or from the variable COMMONBOOK_SECRETS_KEYS, for those who keep keys elsewhere. One key a line or
word: an id, a colon, and 32 bytes in base64. The database never holds one.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import secrets
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "COMMONBOOK_SECRETS_KEYS"
FILE = "secrets.keys"
KEY_BYTES = 32

_LINE = re.compile(r"([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/=_-]{40,48})")


class BadKeys(Exception):
    """The keys cannot be read; the text says why, and never holds one."""


class NoSuchKey(Exception):
    """The list does not hold the key that a secret was encrypted with."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """One key of AES-256, and the id that stands beside what it encrypts."""

    id: str
    value: bytes


def parse(text: str) -> list[Key]:
    """Return the keys of a file or variable, the one in use first; raises `BadKeys`."""
    found: dict[str, Key] = {}
    for number, word in enumerate(text.split(), 1):
        match = _LINE.fullmatch(word)
        if match is None:
            raise BadKeys(f"Key {number} is not an id, a colon and 32 bytes in base64.")
        try:
            value = base64.b64decode(match[2].replace("-", "+").replace("_", "/"), validate=True)
        except binascii.Error:
            raise BadKeys(f"Key {number} is not base64.") from None
        if len(value) != KEY_BYTES:
            raise BadKeys(f"Key {number} has {len(value)} bytes; it must have {KEY_BYTES}.")
        if match[1] in found:
            raise BadKeys(f"Two keys have the id {match[1]}.")
        found[match[1]] = Key(match[1], value)
    return list(found.values())


def text_of(keys: Sequence[Key]) -> str:
    """Return keys as `parse` reads them."""
    return "".join(f"{key.id}:{base64.b64encode(key.value).decode()}\n" for key in keys)


def new_key() -> Key:
    """Return a new random key."""
    return Key(secrets.token_hex(4), secrets.token_bytes(KEY_BYTES))


def take_variable(environment: MutableMapping[str, str]) -> str | None:
    """Return the keys that the environment holds, and remove them, so that no child inherits them."""
    return environment.pop(VARIABLE, None)


class Keys:
    """The list of one server. A file that another process changed is read again before its next use."""

    def __init__(self, folder: Path, given: str | None = None) -> None:
        self._file = folder / FILE
        self._given = None if given is None else parse(given)
        if self._given == []:
            raise BadKeys(f"{VARIABLE} holds no key.")
        self._read: tuple[tuple[int, int, int], list[Key]] | None = None

    @property
    def is_given(self) -> bool:
        """Whether the keys come from the environment, so that only whoever sets it can change them."""
        return self._given is not None

    def current(self) -> Key:
        """Return the key to encrypt with; the first one is made here."""
        if found := self.all():
            return found[0]
        self.keep([new_key()])
        return self.all()[0]

    def get(self, id: str) -> Key:
        """Return the key called `id`; raises `NoSuchKey`."""
        for key in self.all():
            if key.id == id:
                return key
        raise NoSuchKey(id)

    def all(self) -> list[Key]:
        """Return every key, the one in use first."""
        if self._given is not None:
            return self._given
        try:
            state = os.stat(self._file)
        except FileNotFoundError:
            return []
        mark = (state.st_ino, state.st_mtime_ns, state.st_size)
        if self._read is None or self._read[0] != mark:
            if state.st_mode & 0o077:
                raise BadKeys(f"Others may read {self._file}. Say `chmod 600` to it, then rotate the keys.")
            self._read = (mark, parse(self._file.read_text("ascii")))
        return self._read[1]

    def keep(self, keys: Sequence[Key]) -> None:
        """Replace the list on disk: the whole of it or nothing, readable by its owner alone."""
        draft = self._file.with_suffix(".new")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w") as file:
            file.write(text_of(keys))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._file)
        folder = os.open(self._file.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
