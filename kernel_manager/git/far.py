"""The other side of a repository: asked, fetched from and pushed to."""

from __future__ import annotations

from collections.abc import Callable

from kernel_manager.git.calls import Calls
from kernel_manager.git.desk import Way

CLONE_LIMIT_S = 3600.0
PUSH_LIMIT_S = 900.0


class FarSide:
    """The other side of one repository."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def host_key(self, way: Way) -> str:
        """Return the line about its key that ssh notes of a host, where it shows one. Raises `GitFailed`."""
        script = """\
git ls-remote -- "$1" >/dev/null 2>"$D/said"
head -c 4096 "$D/known_hosts"; [ -s "$D/known_hosts" ] || { cat "$D/said" >&2; exit 5; }
"""
        raw = await self._calls.ok(script, way.address.url, way=way, limit_s=60)
        return raw.decode(errors="replace").strip()

    async def default_branch(self, way: Way) -> str | None:
        """Return what the other side calls its branch; None where it has none yet. Raises `GitFailed`."""
        script = 'git ls-remote --symref -- "$1" HEAD "refs/heads/*"'
        raw = await self._calls.ok(script, way.address.url, way=way, limit_s=120)
        return _head_of(raw.decode(errors="replace"))

    async def fetch(self, way: Way, heard: Callable[[str], None], limit_s: float = CLONE_LIMIT_S) -> None:
        """Fetch every branch of the other side. Raises `GitFailed`."""
        script = (
            "git fetch --progress --prune --no-write-fetch-head --no-auto-gc --no-recurse-submodules"
            ' -- "$1" "+refs/heads/*:refs/remotes/origin/*"'
        )
        await self._calls.ok(script, way.address.url, way=way, heard=heard, limit_s=limit_s)

    async def push(self, way: Way, commit: str, branch: str, heard: Callable[[str], None]) -> None:
        """Let a branch of the other side name `commit`, if that goes forward. Raises `GitFailed`."""
        script = """\
git push --progress --no-verify -- "$1" "$2:refs/heads/$3" || exit 5
git update-ref "refs/remotes/origin/$3" "$2"
"""
        await self._calls.ok(
            script, way.address.url, commit, branch, way=way, heard=heard, limit_s=PUSH_LIMIT_S
        )


def _head_of(text: str) -> str | None:
    branches = []
    for line in text.splitlines():
        what, _, name = line.partition("\t")
        if what.startswith("ref: refs/heads/") and name == "HEAD":
            return what.removeprefix("ref: refs/heads/")
        if name.startswith("refs/heads/"):
            branches.append(name.removeprefix("refs/heads/"))
    return next((each for each in ("main", "master") if each in branches), branches[0] if branches else None)
