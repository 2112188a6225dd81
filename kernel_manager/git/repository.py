"""What can be done with a project's repository: each a script of git's commands, its answer as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kernel_manager.git import told
from kernel_manager.git.calls import Author, Calls, GitFailed, signed
from kernel_manager.git.failures import Failure
from kernel_manager.git.far import FarSide
from kernel_manager.git.merging import Merging
from kernel_manager.git.runner import Git
from kernel_manager.git.told import EMPTY_TREE, Change, Commit, Differing, Entry

MOST_FILES = 200_000
LAYING_LIMIT_S = 3600.0
DIFF_BYTES = 512 * 1024
SHOWN_BLOB_BYTES = 64 * 1024 * 1024

HERE = 'git rev-parse -q --verify "HEAD^{commit}" || echo\n'
SETTLE = """\
cat "$GIT_DIR/HEAD" > "$P/.git/HEAD"
"""
FRESH_INDEX = """\
git read-tree "$1" && git update-index -q --refresh || true
"""


@dataclass(frozen=True, slots=True)
class Look:
    """A repository as it stands. `ahead` and `behind` count commits from the other side as last fetched."""

    head: str | None
    branch: str | None
    upstream: str | None
    ahead: int
    behind: int
    changes: Sequence[Change]
    files: Mapping[str, str | None]
    """What the asked files hold, by path; None for one that is not there."""
    lfs: frozenset[str] = frozenset()
    """Which of the changes are files of Git LFS, where the top `.gitattributes` names any."""


@dataclass(frozen=True, slots=True)
class Branches:
    """Branches here, and those of the other side as last fetched, each with its commit."""

    here: Mapping[str, str]
    there: Mapping[str, str]


class Repository:
    """The repository of one project."""

    def __init__(self, git: Git) -> None:
        self._calls = Calls(git)
        self.far = FarSide(self._calls)
        self.merging = Merging(self._calls)

    # Looking

    async def exists(self) -> bool:
        """Whether there is one."""
        return (await self._calls.run('[ -f "$P/.git/HEAD" ] && [ -d "$P/.git/objects" ]')).code == 0

    async def look(self, files: Sequence[str] = ()) -> Look:
        """Return where the repository stands, and what some of its files hold."""
        script = f"""\
{HERE}
B=$(git symbolic-ref -q --short HEAD); echo "$B"
git rev-parse -q --verify "refs/remotes/origin/$B^{{commit}}" || echo
git rev-list --left-right --count "HEAD...refs/remotes/origin/$B" 2>/dev/null || echo "0 0"
grep -qs filter=lfs "$P/.gitattributes" && echo lfs || echo
for p; do
    if [ -f "$p" ] && [ ! -L "$p" ]; then git hash-object --no-filters -- "$p" || echo; else echo; fi
done
git status --porcelain=v2 -z --untracked-files=all --no-renames --ignore-submodules=all
"""
        raw = await self._calls.ok(script, *files)
        head, branch, upstream, counts, has_lfs, *rest = raw.split(b"\n", 5 + len(files))
        ahead, behind = (int(each) for each in counts.split())
        hashes = [line.decode() or None for line in rest[: len(files)]]
        changes = told.read_status(rest[len(files)])
        lfs = await self._lfs_of([each.path for each in changes]) if has_lfs and changes else frozenset()
        return Look(
            head.decode() or None,
            branch.decode(errors="replace") or None,
            upstream.decode() or None,
            ahead,
            behind,
            changes,
            dict(zip(files, hashes, strict=True)),
            lfs,
        )

    async def _lfs_of(self, paths: Sequence[str]) -> frozenset[str]:
        """Return which of some files belong to Git LFS. Its filter itself never runs here."""
        names = _ended(paths)
        words = told.paths(await self._calls.ok("git check-attr -z --stdin filter", stdin=names))
        return frozenset(path for path, value in zip(words[::3], words[2::3], strict=True) if value == "lfs")

    async def blobs(self, shas: Sequence[str], most_bytes: int = SHOWN_BLOB_BYTES) -> list[bytes | None]:
        """Return the contents of objects; None for one that is not there."""
        if not shas:
            return []
        raw = await self._calls.ok(
            "git cat-file --batch", stdin="".join(f"{sha}\n" for sha in shas).encode(), most_bytes=most_bytes
        )
        return told.read_blobs(raw, len(shas))

    async def tree(self, commit: str) -> list[Entry]:
        """Return every file of a commit. Raises `GitFailed` for more than anybody can work with."""
        try:
            raw = await self._calls.ok('git ls-tree -r -l -z --full-tree "$1"', commit)
        except GitFailed as failed:
            if failed.failure.code == "too_large":
                raise _too_many() from None
            raise
        if raw.count(b"\0") > MOST_FILES:
            raise _too_many()
        return told.read_tree(raw)

    async def entry(self, commit: str, path: str) -> Entry | None:
        """Return one file of a commit."""
        found = told.read_tree(
            await self._calls.ok('git ls-tree -l -z --full-tree "$1" -- "$2"', commit, path)
        )
        return found[0] if found else None

    async def file_here(self, path: str) -> str | None:
        """Keep what a file holds now, and return the name of that; None where there is none."""
        script = """\
if [ -L "$P/$1" ]; then readlink -n -- "$P/$1" | git hash-object -w --stdin
elif [ -f "$P/$1" ]; then git hash-object -w --no-filters -- "$P/$1"; fi
"""
        return (await self._calls.ok(script, path)).decode().strip() or None

    async def text_here(self, path: str, most_bytes: int) -> bytes:
        """Return the beginning of a file; nothing where there is none."""
        return await self._calls.ok(
            'if [ -f "$P/$1" ]; then head -c "$2" -- "$P/$1"; fi', path, str(most_bytes)
        )

    async def differing(self, before: str, after: str) -> list[Differing]:
        """Return the files that differ between two commits or trees."""
        script = 'git diff-tree -r -z --no-renames "$1" "$2"'
        return told.read_differing(await self._calls.ok(script, before, after))

    async def text_diff(self, path: str, before: str | None, after: str | None, *, is_new: bool) -> str:
        """Return a file's unified diff between two commits, or from one to what is there now."""
        options = "--no-ext-diff --no-textconv --no-color --no-renames -U3"
        if after is not None:
            script = f'git diff {options} "$2" "$3" -- "$1"'
        elif is_new:
            script = f'git diff {options} --no-index -- /dev/null "$1"; [ $? -le 1 ]'
        else:
            script = f'git diff {options} "$2" -- "$1"'
        raw = await self._calls.ok(script, path, before or EMPTY_TREE, after or "", most_bytes=8 * DIFF_BYTES)
        return raw[:DIFF_BYTES].decode(errors="replace")

    async def log(self, start: str, skip: int, most: int) -> list[Commit]:
        """Return the commits that lead to `start`, the newest first."""
        script = f'git log --format="{told.LOG_FORMAT}" --skip="$2" -n "$3" "$1" --'
        return told.read_log(await self._calls.ok(script, start, str(skip), str(most)))

    async def branches(self) -> Branches:
        """Return the branches here and on the other side."""
        script = 'git for-each-ref --format="%(objectname) %(refname)" refs/heads refs/remotes/origin'
        here: dict[str, str] = {}
        there: dict[str, str] = {}
        for line in (await self._calls.ok(script)).decode(errors="replace").splitlines():
            sha, _, name = line.partition(" ")
            if name.startswith("refs/heads/"):
                here[name.removeprefix("refs/heads/")] = sha
            elif name != "refs/remotes/origin/HEAD":
                there[name.removeprefix("refs/remotes/origin/")] = sha
        return Branches(here, there)

    # Writing

    async def recover(self, before_s: float) -> None:
        """Remove what a git that was killed before `before_s` (since 1970) left: locks, half a pack."""
        script = """\
[ -d "$P/.git" ] || exit 0
find "$P/.git" -maxdepth 1 -name '*.lock' -type f ! -newermt "@$1" -delete
find "$P/.git/refs" -name '*.lock' -type f ! -newermt "@$1" -delete
find "$P/.git/objects" -maxdepth 2 -name 'tmp_*' -type f ! -newermt "@$1" -delete
rm -rf "$P/.git/laying"
"""
        await self._calls.run(script, f"{before_s:.0f}")

    async def begin(self, url: str, branch: str) -> None:
        """Make an empty repository. Its settings name the other side, for people who use git themselves."""
        script = """\
[ ! -e "$P/.git" ] || { echo "exists" >&2; exit 3; }
env -u GIT_DIR -u GIT_WORK_TREE -u GIT_INDEX_FILE -u GIT_OBJECT_DIRECTORY git init -q --template= -b "$2" "$P"
mkdir -p "$P/.git/info" "$P/.git/logs"
env -u GIT_DIR -u GIT_WORK_TREE git config -f "$P/.git/config" remote.origin.url "$1"
R="+refs/heads/*:refs/remotes/origin/*"
env -u GIT_DIR -u GIT_WORK_TREE git config -f "$P/.git/config" remote.origin.fetch "$R"
"""
        await self._calls.ok(script, url, branch)

    async def discard(self) -> None:
        """Remove the repository, and nothing beside it."""
        await self._calls.ok('rm -rf "$P/.git"')

    async def write(self, files: Mapping[str, bytes], removed: Sequence[str] = ()) -> dict[str, str]:
        """Write files, keep what they hold, and return the names of that."""
        papers = {f"file{number}": content for number, content in enumerate(files.values())}
        script = """\
while [ $# -gt 1 ] && [ "$1" != -- ]; do
    mkdir -p -- "$(dirname -- "$P/$2")" && cp --remove-destination -- "$D/$1" "$P/$2" || exit 5
    git hash-object -w --no-filters -- "$D/$1" || exit 5
    shift 2
done
shift
for p; do rm -f -- "$P/$p"; done
"""
        pairs = [part for number, path in enumerate(files) for part in (f"file{number}", path)]
        raw = await self._calls.ok(script, *pairs, "--", *removed, papers=papers)
        return dict(zip(files, raw.decode().split(), strict=True))

    async def keep(self, contents: Sequence[bytes]) -> list[str]:
        """Keep contents without writing any file, and return their names."""
        papers = {f"file{number}": content for number, content in enumerate(contents)}
        script = 'for f; do git hash-object -w --no-filters -- "$D/$f" || exit 5; done'
        return (await self._calls.ok(script, *papers, papers=papers)).decode().split()

    async def keep_files(self, paths: Sequence[str]) -> list[str]:
        """Keep what files hold now, and return the names of that."""
        script = 'for p; do git hash-object -w --no-filters -- "$P/$p" || exit 5; done'
        return (await self._calls.ok(script, *paths)).decode().split()

    async def lay_out(
        self,
        written: Sequence[tuple[str, str, str]],
        removed: Sequence[str] = (),
        *,
        replaces: bool = True,
        limit_s: float = LAYING_LIMIT_S,
    ) -> None:
        """Write files of the repository, as mode, content and path, and remove others.

        Without `replaces`, what is there already stays as it is. Files get their place once they are whole,
        so that being killed leaves none that is cut short.
        """
        script = """\
export GIT_INDEX_FILE="$D/index"
xargs -0 -r rm -f -- < "$D/removed"
xargs -0 -r -n 1 dirname -z -- < "$D/removed" | sort -zru |
    xargs -0 -r rmdir -p --ignore-fail-on-non-empty -- 2>/dev/null
git update-index -z --index-info < "$D/written" || exit 5
L=$P/.git/laying; rm -rf "$L"; mkdir "$L" || exit 5
git checkout-index -q -a --prefix="$L/" || exit 5
if [ "$1" = yes ]; then
    cp -rlP --remove-destination -- "$L/." "$P" 2>/dev/null || git checkout-index -q -f -a
else cp -rlPn -- "$L/." "$P" 2>/dev/null || git checkout-index -q -a || true; fi
rm -rf "$L"
"""
        names = _ended(removed)
        papers = {"written": told.index_lines(written), "removed": names}
        await self._calls.ok(script, "yes" if replaces else "no", papers=papers, limit_s=limit_s)

    async def commit(
        self,
        paths: Sequence[str],
        partly: Sequence[tuple[str, str, str]],
        message: str,
        author: Author,
        head: str | None,
    ) -> str | None:
        """Commit these files as they stand, and others as `partly` says; None where that changes nothing."""
        script = """\
I=$GIT_INDEX_FILE; export GIT_INDEX_FILE="$D/index"
[ -z "$1" ] || git read-tree "$1" || exit 5
git add -A -f --pathspec-from-file="$D/paths" --pathspec-file-nul || exit 5
git update-index -z --index-info < "$D/partly" || exit 5
T=$(git write-tree) || exit 5
[ -z "$1" ] || [ "$T" != "$(git rev-parse "$1^{tree}")" ] || exit 9
C=$(git commit-tree "$T" ${1:+-p "$1"} -F "$D/message") || exit 5
git update-ref -m commit HEAD "$C" "$1" || exit 5
export GIT_INDEX_FILE="$I"
if [ -z "$1" ]; then git read-tree "$C"; else
    git reset -q --pathspec-from-file="$D/all" --pathspec-file-nul; fi
echo "$C"
"""
        names = _ended(paths)
        more = _ended(path for _, _, path in partly)
        said = await self._calls.run(
            script,
            head or "",
            papers={
                "paths": names,
                "partly": told.index_lines(partly),
                "message": message.encode("utf-8", "replace"),
                "all": names + more,
            },
            variables=signed(author),
        )
        if said.code == 9:
            return None
        return self._calls.checked(said, None).decode().strip()

    async def move(self, commit: str, before: str | None, branch: str | None = None) -> None:
        """Let the branch that is checked out, or another one that is from now on, name `commit`."""
        switch = 'git symbolic-ref HEAD "refs/heads/$3" || exit 5\n' if branch is not None else ""
        script = f"""\
{switch}git update-ref -m moved HEAD "$1" {'"$2"' if branch is None else ""} || exit 5
{SETTLE}{FRESH_INDEX}"""
        await self._calls.ok(script, commit, before or "", branch or "", limit_s=LAYING_LIMIT_S)

    async def make_branch(self, name: str, commit: str) -> None:
        """Make a branch; raises `GitFailed` where there is one of that name."""
        script = f'git update-ref "refs/heads/$1" "$2" {told.NOTHING}'
        said = await self._calls.run(script, name, commit)
        if said.code != 0:
            raise GitFailed(
                Failure("branch_exists", f"There is a branch called {name} already, or nearly so.")
            )


def _ended(paths: Iterable[str]) -> bytes:
    """Return paths as git reads them with `-z`: each ended by a NUL."""
    return b"".join(path.encode("utf-8", "surrogateescape") + b"\0" for path in paths)


def _too_many() -> GitFailed:
    return GitFailed(Failure("too_many_files", f"This repository has more than {MOST_FILES:,} files."))
