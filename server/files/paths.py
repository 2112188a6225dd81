"""Paths inside a project as tuples of names. Pure: knows names and no disk.

What lies in a project may have any name that Linux allows, since kernels write there; it is addressed by its
bytes, which live in texts as `os.fsdecode` has them. What people make through the server has a name that can
be read: no control or direction characters, nothing that another system would take for a path.
"""

from __future__ import annotations

import os
import unicodedata
from urllib.parse import quote, unquote_to_bytes

from server.refusals import NotFound, Refusal

Path = tuple[str, ...]
"""The names on the way from the project's folder; empty for the folder itself."""

MOST_NAMES = 100
LONGEST_PATH_BYTES = 4000
LONGEST_NAME_BYTES = 255

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_JOINERS = {"\u200c", "\u200d"}


def existing_path(text: str) -> Path:
    """Return the path of what may be there already; raises `NotFound` for what can be nowhere in it."""
    if len(os.fsencode(text)) > LONGEST_PATH_BYTES or "\0" in text:
        raise NotFound
    if text in {"", "/"}:
        return ()
    names = tuple(text.removesuffix("/").split("/"))
    if len(names) > MOST_NAMES or any(
        name in {"", ".", ".."} or len(os.fsencode(name)) > LONGEST_NAME_BYTES for name in names
    ):
        raise NotFound
    return names


def new_path(text: str) -> Path:
    """Return the path of what is to be made; raises a `Refusal` that says what is wrong about its name."""
    try:
        path = existing_path(text)
    except NotFound:
        raise _bad("The path leaves the project, is too long or too deep. Give it as folder/name.") from None
    except UnicodeEncodeError:
        raise _bad("The path holds characters that are not text.") from None
    if not path:
        raise _bad("The path is empty. Give it as folder/name.")
    check_name(path[-1])
    return path


def check_name(name: str) -> None:
    """Refuse a name that could not be read, or that means something else elsewhere."""
    if len(name.encode("utf-8", "surrogatepass")) > LONGEST_NAME_BYTES:
        raise _bad(f"The name is longer than {LONGEST_NAME_BYTES} bytes. Shorten it.")
    if any(unicodedata.category(c) in _HIDDEN and c not in _JOINERS for c in name):
        raise _bad("The name holds characters that cannot be seen. Type it again without them.")
    if "/" in name or "\\" in name:
        raise _bad("A name holds no / and no \\. Leave them out.")
    if name != name.strip() or not name:
        raise _bad("The name is empty, or begins or ends with a space. Leave the space out.")
    if unicodedata.normalize("NFKC", name) in {".", ".."}:
        raise _bad("The name stands for a folder. Choose another one.")


def _bad(reason: str) -> Refusal:
    return Refusal("bad_name", reason)


def address_of(path: Path) -> str:
    """Return a path as it stands in an address, percent-encoded; the same for any bytes."""
    return "/".join(quote(os.fsencode(name), safe="") for name in path)


def from_address(address: str) -> str:
    """Return the text of a percent-encoded path."""
    return os.fsdecode(unquote_to_bytes(address))


def shown(name: str) -> str:
    """Return a name as JSON can hold it: bytes that are no UTF-8 become the replacement character."""
    return os.fsencode(name).decode("utf-8", "replace")


def as_text(path: Path) -> str:
    """Return a path as people read it."""
    return "/".join(shown(name) for name in path)


def free_name(name: str, taken: set[str]) -> str:
    """Return `name`, or `name 2.csv` and so on where it is taken."""
    if name not in taken:
        return name
    stem, dot, ending = name.rpartition(".")
    if not stem:
        stem, dot, ending = name, "", ""
    number = 2
    while f"{stem} {number}{dot}{ending}" in taken:
        number += 1
    return f"{stem} {number}{dot}{ending}"


def disposition(name: str) -> str:
    """Return the header that saves a file under its name, with nothing that could end the header early."""
    readable = shown(name)
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " ._-()") else "_" for c in readable)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(readable, safe='')}"
