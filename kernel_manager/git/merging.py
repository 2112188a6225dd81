"""Merges commits and texts of a repository without touching any file."""

from __future__ import annotations

from collections.abc import Sequence

from kernel_manager.git import told
from kernel_manager.git.calls import Author, Calls, signed
from kernel_manager.git.told import Conflicted


class Merging:
    """What can be merged in one repository."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def merge_base(self, one: str, other: str) -> str | None:
        """Return the newest commit that both come from."""
        said = await self._calls.run('git merge-base "$1" "$2"', one, other)
        return said.out.decode().split()[0] if said.code == 0 else None

    async def merge_trees(self, mine: str, theirs: str) -> tuple[str, list[Conflicted]]:
        """Merge two commits without touching any file; returns the tree, and what could not be merged."""
        script = 'git merge-tree --write-tree -z --no-messages --allow-unrelated-histories "$1" "$2"'
        said = await self._calls.run(script, mine, theirs)
        if said.code > 1:
            self._calls.checked(said, None)
        return told.read_merge(said.out)

    async def merge_texts(
        self, base: bytes, mine: bytes, theirs: bytes, favour: str | None = None
    ) -> bytes | None:
        """Merge three versions of a text; None for a conflict, unless one side or the union is favoured."""
        script = f'git merge-file -p {f"--{favour}" if favour else ""} "$D/mine" "$D/base" "$D/theirs"'
        said = await self._calls.run(script, papers={"base": base, "mine": mine, "theirs": theirs})
        return said.out if said.code == 0 else None

    async def marked_texts(self, base: bytes, mine: bytes, theirs: bytes) -> bytes | None:
        """Merge three versions of a text with git's marks around what differs; None where it cannot."""
        script = 'git merge-file -p -L here -L before -L there "$D/mine" "$D/base" "$D/theirs"'
        said = await self._calls.run(script, papers={"base": base, "mine": mine, "theirs": theirs})
        return said.out if 0 <= said.code < 128 else None

    async def tree_with(self, tree: str, entries: Sequence[tuple[str, str, str]]) -> str:
        """Return a tree with some of its files replaced; those with the mode 0 are left out."""
        script = """\
export GIT_INDEX_FILE="$D/index"
git read-tree "$1" && git update-index -z --index-info < "$D/entries" && git write-tree
"""
        papers = {"entries": told.index_lines(entries)}
        return (await self._calls.ok(script, tree, papers=papers)).decode().strip()

    async def merge_commit(self, tree: str, parents: Sequence[str], message: str, author: Author) -> str:
        """Return a new commit of a tree; no branch moves yet."""
        more = " ".join(f'-p "${number}"' for number in range(2, len(parents) + 2))
        script = f'git commit-tree "$1" {more} -F "$D/message"'
        papers = {"message": message.encode("utf-8", "replace")}
        raw = await self._calls.ok(script, tree, *parents, papers=papers, variables=signed(author))
        return raw.decode().strip()
