"""Commits: of everything that changed, of some files, or of single cells of notebooks."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from collab.ids import ProjectId
from collab.ipynb import Unreadable, file_bytes, modern
from collab.merging.files import partly
from kernel_manager.git.calls import Author
from kernel_manager.git.repository import Look, Repository
from server.files.paths import shown
from server.git.diffs import is_pointer
from server.git.files import is_notebook
from server.identity import Identity
from server.refusals import Refusal

if TYPE_CHECKING:
    from server.git.service import Repositories

POINTER_BYTES = 200

log = logging.getLogger("commonbook.git")


async def commit(
    repositories: Repositories,
    project: ProjectId,
    by: Identity,
    message: str,
    paths: Sequence[str] | None,
    cells: Mapping[str, Sequence[str]],
) -> str:
    """Commit what changed, or of that only `paths`, and of some notebooks only `cells`."""
    row = await repositories.row(project)
    async with repositories.ready(project) as repository:
        files = repositories.notebook_files(project, repository)
        look = await files.sync(by.user, with_outputs=row.with_outputs)
        changed = {shown(change.path): change.path for change in look.changes}
        unknown = [path for path in (*(paths or ()), *cells) if path not in changed]
        if unknown:
            reason = f"{unknown[0]} has no changes to commit. Look at the list of changes again."
            raise Refusal("no_such_change", reason, 409)
        is_all = paths is None and not cells
        wanted = sorted(changed.values()) if is_all else [changed[path] for path in paths or ()]
        wanted = [path for path in wanted if path not in cells]
        for path in look.lfs.intersection(wanted):
            await _demand_pointer(repository, look, path)
        partly = [await _partly(repository, look, path, chosen) for path, chosen in cells.items()]
        made = None
        if wanted or partly:
            made = await repository.commit(wanted, partly, message, author_of(by), look.head)
        if made is None:
            raise Refusal("nothing_to_commit", "Nothing has changed since the last commit.", 409)
    log.info("committed", extra={"project": project, "commit": made})
    return made


def author_of(by: Identity) -> Author:
    """Return whoever acts, as commits name them."""
    return Author(by.display_name or by.name, by.email or f"{by.name}@users.invalid")


async def _demand_pointer(repository: Repository, look: Look, path: str) -> None:
    """Refuse to put into the repository itself what belongs to Git LFS."""
    is_gone = any(change.path == path and change.kind == "deleted" for change in look.changes)
    if not is_gone and not is_pointer(await repository.text_here(path, POINTER_BYTES)):
        reason = (
            f"{shown(path)} belongs to Git LFS, which is not at work here: a commit would put all of it into "
            "the repository. Commit it with git-lfs elsewhere, or take its line out of .gitattributes."
        )
        raise Refusal("lfs_content", reason, 409)


async def _partly(
    repository: Repository, look: Look, path: str, chosen: Sequence[str]
) -> tuple[str, str, str]:
    """Return the entry of a notebook with the changes to some of its cells alone."""
    entry = await repository.entry(look.head, path) if look.head is not None else None
    here = await repository.file_here(path)
    if entry is None or here is None or not is_notebook(path):
        reason = f"{path} was not there before, or is there no more: choose it as a whole."
        raise Refusal("not_partly", reason, 409)
    before, after = await repository.blobs([entry.sha, here])
    try:
        made = partly(modern(before or b""), modern(after or b""), frozenset(chosen))
    except Unreadable as failure:
        raise Refusal("not_partly", f"{path} cannot be taken in part. {failure.reason}", 409) from None
    (sha,) = await repository.keep([file_bytes(made, with_outputs=True)])
    return (entry.mode, sha, path)
