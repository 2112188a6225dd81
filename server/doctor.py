"""`commonbook doctor`: every setting and where it came from, and what works on this machine."""

from __future__ import annotations

import asyncio
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from server import __version__
from server.app import built_pages
from server.config import Config
from server.db.engine import Database
from server.engines import try_engines
from server.environments.settings import uv_settings
from server.isolation import look


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried. `is_well` is null for what is only told."""

    what: str
    words: str
    is_well: bool | None


async def report(config: Config) -> tuple[list[str], bool]:
    """Return the lines to print, and whether a server can start here."""
    findings = [*_machine(), await _database(config), _folder(config), _pages(), *await _isolation(config)]
    findings += await _packages(config)
    findings += [Finding(f"engine {each.name}", each.words, each.works) for each in await try_engines(config)]
    lines = [f"Commonbook {__version__}", "", "Settings"]
    lines += [f"  {name} = {value}  ({source})" for name, value, source in _settings(config)]
    lines += ["", "This machine"]
    marks = {True: "ok  ", False: "FAIL", None: "note"}
    lines += [f"  {marks[finding.is_well]} {finding.what}: {finding.words}" for finding in findings]
    return lines, all(finding.is_well is not False for finding in findings)


def _settings(config: Config) -> list[tuple[str, str, str]]:
    known = [item.name for item in fields(Config) if item.name not in ("sources", "engines")]
    rows = []
    for name in sorted(known):
        value = getattr(config, name)
        if name == "database_url" and value:
            value = make_url(value).render_as_string(hide_password=True)
        elif name in _ADDRESSES:
            value = without_password(value) if isinstance(value, str) else tuple(map(without_password, value))
        rows.append(
            (name, repr(str(value)) if name == "data" else repr(value), config.sources.get(name, "default"))
        )
    return rows


_ADDRESSES = ("index_url", "extra_index_urls", "index_proxy")


def without_password(address: str) -> str:
    """Return an address as it may be shown."""
    return re.sub(r"(://)[^/@]*@", r"\1***@", address)


def _machine() -> Sequence[Finding]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024**2
    return [
        Finding("Python", f"{platform.python_version()} at {sys.executable}", sys.version_info >= (3, 11)),
        Finding(
            "machine", f"{os.cpu_count()} cores, {memory} MiB, {platform.system()} {platform.release()}", None
        ),
    ]


async def _database(config: Config) -> Finding:
    """Try the database where there is one; a SQLite file that is not there yet is made at the first start."""
    file = config.data / "commonbook.sqlite3"
    if not config.database_url and not file.exists():
        return Finding("database", f"{file} will be made at the first start", None)
    database = Database(config.database)
    try:
        await asyncio.wait_for(database.read_plain(lambda c: c.scalar(text("SELECT 1"))), 10)
    except (SQLAlchemyError, OSError, TimeoutError) as failure:
        return Finding("database", f"does not answer: {str(failure).splitlines()[0]}", False)
    finally:
        await database.close()
    return Finding("database", f"{database.url.get_backend_name()} answers", True)


def _folder(config: Config) -> Finding:
    folder = config.data
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free // 1024**2
    return Finding("data folder", f"{config.data}, {free} MiB free", os.access(folder, os.W_OK))


async def _packages(config: Config) -> Sequence[Finding]:
    """Say which installer there is, where packages come from, and which Pythons projects may choose."""
    from kernel_manager.environment import EnvironmentFailed
    from kernel_manager.environment.pythons import discover
    from kernel_manager.environment.tool import find_uv, run

    settings = uv_settings(config)
    place = Path(tempfile.gettempdir())
    try:
        version = await run([find_uv(), "--version"], place, lambda line: None, settings)
        cache = await run([find_uv(), "cache", "dir"], place, lambda line: None, settings)
    except EnvironmentFailed as failure:
        return [Finding("packages", str(failure), False)]
    pythons = await discover(place, config.pythons, settings)
    source = config.index_url or (config.wheelhouse and f"{config.wheelhouse} alone") or "the public index"
    findings = [
        Finding("packages", f"{version}, from {without_password(source)}, cache in {cache}", None),
        Finding("Pythons for projects", ", ".join(each.minor for each in pythons), None),
    ]
    for what, path in (("constraints_file", config.constraints_file), ("wheelhouse", config.wheelhouse)):
        if path and not os.path.exists(path):  # noqa: ASYNC240 - a command, not the server
            findings.append(Finding(what, f"there is no {path}", False))
    return findings


def _pages() -> Finding:
    pages = built_pages()
    return Finding(
        "pages",
        str(pages) if pages else "not built; run `make run` or `npm run build`",
        pages is not None or None,
    )


async def _isolation(config: Config) -> Sequence[Finding]:
    """Say what holds kernels apart and within their limits."""
    holds = await look(config)
    if holds.sandbox.works:
        isolation = Finding("isolation", holds.isolation, True)
    elif config.allow_unsandboxed:
        source = config.sources.get("allow_unsandboxed", "default")
        words = f"NONE, as allow_unsandboxed says ({source}): whoever may RUN can do what this user can."
        isolation = Finding("isolation", f"{words} {holds.isolation}", None)
    else:
        words = f"{holds.isolation} Until then no kernel starts here, unless allow_unsandboxed = true is set."
        isolation = Finding("isolation", words, False)
    return [
        isolation,
        Finding("limits", holds.limits, None if holds.groups is None else True),
    ]
