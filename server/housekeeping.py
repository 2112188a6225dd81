"""What happens by itself: links expire, sessions end, bins are emptied, also on disk."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime

from server.db.repositories import credentials, links, projects
from server.files import farewells
from server.services import Services

LONGEST_WAIT_S = 300.0
"""Also bounds how late an expiry is noticed after the clock was set."""

SWEEP_EVERY_S = 60.0


async def expire_links(services: Services) -> None:
    """Take away, at the moment a share link expires, what people hold by it."""
    seen = datetime.now(UTC)
    while True:
        services.links_changed.clear()
        async with services.database.read() as session:
            due = await links.next_expiry(session, seen)
        wait_s = LONGEST_WAIT_S
        if due is not None:
            wait_s = min(LONGEST_WAIT_S, max(0.0, (due - datetime.now(UTC)).total_seconds()))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(services.links_changed.wait(), wait_s)
        now = datetime.now(UTC)
        async with services.database.read() as session:
            over = await links.expired_between(session, seen, now)
        seen = now
        for project in over:
            await services.sessions.rights_changed(project)


async def sweep_for_ever(services: Services) -> None:
    """Once a minute, do what is due."""
    while True:
        await sweep(services, datetime.now(UTC))
        await asyncio.sleep(SWEEP_EVERY_S)


async def sweep(services: Services, now: datetime) -> None:
    """End expired sessions and tokens with their sockets, and empty bins that are old enough."""
    config = services.config
    async with services.database.read() as session:
        over = await projects.overdue(session, now, days=config.bin_days)
    await asyncio.to_thread(farewells.mark, config.data, over)
    async with services.database.begin() as session:
        ended = await credentials.sweep(session, now, idle_days=config.session_idle_days)
        gone = await projects.empty_bins(session, now, days=config.bin_days)
    for credential in ended:
        await services.sessions.credential_ended(credential)
    for notebook in gone:
        await services.sessions.notebook_deleted(notebook)
    await remove_files(services)


async def remove_files(services: Services) -> None:
    """Remove from disk the projects whose time in the bin is over; take the mark off one that came back."""
    marked = await asyncio.to_thread(farewells.marked, services.config.data)
    if not marked:
        return
    async with services.database.read() as session:
        alive = await projects.existing(session, marked)
    for project in marked:
        leave = farewells.take_back if project in alive else farewells.remove
        await asyncio.to_thread(leave, services.config.data, project)
