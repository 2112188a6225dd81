"""Brings what an archive holds into the project: unpacked beside it, then in place in one step."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys

import msgspec

from server.files.beneath import Entry, look, move, open_plain, opened_folder
from server.files.home import FOLDER_MODE, Home, remove_tree, sync_folder
from server.files.paths import Path, free_name
from server.files.unpacking import MOST_BYTES, Order, Refused, Told, Unpacked, stem_of
from server.files.usage import Quotas
from server.refusals import Refusal

LIMIT_S = 600.0


async def unpacked(home: Home, path: Path, quotas: Quotas) -> tuple[Path, Entry, Unpacked]:
    """Unpack the archive at `path` into a new folder beside it; returns where that is, and what came."""
    stem = stem_of(path[-1]) if path else None
    if stem is None:
        raise Refusal(
            "not_an_archive", "This is no archive that is unpacked here: .zip, .tar, .tar.gz and such."
        )
    draft = f"{secrets.token_hex(16)}.unpacked"
    archive, folder, left = await asyncio.to_thread(_begin, home, path, draft, quotas)
    try:
        told = await _ask(Order(archive, folder, path[-1].lower().endswith(".zip"), home.uid, left))
        if isinstance(told, Refused):
            raise Refusal(told.code, told.reason, told.status)
        place, entry = await asyncio.to_thread(_put, home, (*path[:-1], stem), draft)
        quotas.note(home, told.bytes)
        return place, entry, told
    finally:
        os.close(archive)
        os.close(folder)
        await asyncio.to_thread(remove_tree, home.uploads / draft)


def _begin(home: Home, path: Path, draft: str, quotas: Quotas) -> tuple[int, int, int]:
    home.prepare()
    with opened_folder(home.files, path[:-1]) as above:
        archive = open_plain(path[-1], above)
    with opened_folder(home.uploads) as drafts:
        os.mkdir(draft, FOLDER_MODE, dir_fd=drafts)
        folder = os.open(draft, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=drafts)
    home.give(folder, FOLDER_MODE)
    left = quotas.limit_bytes - quotas.used(home, anew=True) if quotas.limit_bytes else MOST_BYTES
    return archive, folder, max(0, min(left, MOST_BYTES))


async def _ask(order: Order) -> Told:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-m", "server.files.unpacking"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        pass_fds=(order.archive, order.folder),
    )
    try:
        async with asyncio.timeout(LIMIT_S):
            answer, _ = await process.communicate(msgspec.json.encode(order))
    except TimeoutError:
        reason = "The archive was not unpacked. It took longer than ten minutes."
        raise Refusal("too_large", reason, 413) from None
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
    if not answer:
        raise Refusal("too_large", "The archive was not unpacked. Reading it takes too much memory.", 413)
    told: Told = msgspec.json.decode(answer, type=Told)
    return told


def _put(home: Home, wanted: Path, draft: str) -> tuple[Path, Entry]:
    with opened_folder(home.uploads) as drafts, opened_folder(home.files, wanted[:-1]) as above:
        name = free_name(wanted[-1], set(os.listdir(above)))
        move(draft, drafts, name, above)
        sync_folder(above)
        return (*wanted[:-1], name), look(name, above)
