"""Lines that people add to requirements.txt who may edit and not install.

They are text: nothing is installed before somebody who may do so says it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from collab.ids import ProjectId
from kernel_manager.environment.declared import FILE
from kernel_manager.environment.papers import PaperUnreadable, read_text, write_text
from kernel_manager.imports.lines import Refused
from kernel_manager.imports.requirements import add, apply
from server.environments import plans
from server.refusals import Refusal
from server.services import Services


async def declare(services: Services, files: Path, project: ProjectId, texts: Sequence[str]) -> None:
    """Add lines to requirements.txt in `files`, the folder of a project; what it names already stays.

    Only names of known packages are taken, as the watcher proposes them. Raises `Refusal`, and then nothing
    is written.
    """
    lines = plans.lines_of(texts, confirmed=False)
    plans.demand_known(lines, confirmed=False)
    await services.settle_files(project)
    await asyncio.to_thread(_write, files, [line.text for line in lines])


def _write(files: Path, lines: Sequence[str]) -> None:
    try:
        before = read_text(files, FILE) or ""
    except PaperUnreadable as unreadable:
        raise Refusal("bad_requirements", str(unreadable), 409) from None
    after = before
    for line in lines:
        edit = add(after, line)
        if isinstance(edit, Refused):
            raise Refusal("bad_line", f"{line} was not added. {edit.why}")
        after = after if edit is None else apply(after, edit)
    if after != before:
        write_text(files, FILE, after)
