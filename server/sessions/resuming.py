"""Opens what an earlier server left: notebooks with a kernel on record, or with cells that wait.

Several side by side, as each waits for the database most of the time, and no more than that, as people
come in at the same moment. Their kernels are attached to beside this.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from collab.ids import NotebookId
from server import storage
from server.db.engine import Database
from server.db.repositories import kernels, notebooks, runs

AT_ONCE = 16

log = logging.getLogger("commonbook.sessions")


async def resume_all(
    database: Database,
    resume: Callable[[NotebookId], Awaitable[object]],
    end_deleted: Callable[[NotebookId], Awaitable[None]],
) -> None:
    """Resume every notebook that needs it, and end those whose deletion a killed server had begun.

    One that cannot be opened is logged and holds up no other; while the database is away this raises.
    """
    async with database.read() as session:
        left = {kernel.notebook for kernel in await kernels.living(session)}
        left |= set(await runs.notebooks_with_open_cells(session))
    room = asyncio.Semaphore(AT_ONCE)

    async def one(notebook: NotebookId) -> None:
        async with room:
            try:
                await resume(notebook)
                async with database.read() as session:
                    is_deleted = await notebooks.is_deleted(session, notebook)
                if is_deleted:
                    await end_deleted(notebook)
            except Exception as failure:
                if storage.is_away(failure):
                    raise
                log.exception("a notebook could not be resumed", extra={"notebook": notebook})

    await asyncio.gather(*map(one, sorted(left)))
