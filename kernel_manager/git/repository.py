"""What can be done with a project's repository: each a script of git's commands, its answer as values."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kernel_manager.git import told
from kernel_manager.git.failures import Failure, explain
from kernel_manager.git.runner import Git, NotShutIn, Said, TookTooLong, TooMuch, Way
from kernel_manager.git.told import EMPTY_TREE, Change, Commit, Conflicted, Differing, Entry

MOST_FILES = 200_000
CLONE_LIMIT_S = 3600.0
NETWORK_LIMIT_S = 900.0
DIFF_BYTES = 512 * 1024
SHOWN_BLOB_BYTES = 64 * 1024 * 1024

log = logging.getLogger("commonbook.git")

HERE = 'git rev-parse -q --verify "HEAD^{commit}" || echo\n'
SETTLE = """\
cat "$GIT_DIR/HEAD" > "$P/.git/HEAD"
"""
FRESH_INDEX = """\
git read-tree "$1" && git update-index -q --refresh || true
"""


class GitFailed(Exception):
    """Git did not do it; the failure says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.sentence)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Author:
    """Whoever acts, as commits name them."""

    name: str
    email: str


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


@dataclass(frozen=True, slots=True)
class Branches:
    """Branches here, and those of the other side as last fetched, each with its commit."""

    here: Mapping[str, str]
    there: Mapping[str, str]


class Repository:
    """The repository of one project."""

    def __init__(self, git: Git) -> None:
        self._git = git

    # Looking

    async def exists(self) -> bool:
        """Whether there is one."""
        return (await self._git.run('[ -f "$P/.git/HEAD" ] && [ -d "$P/.git/objects" ]')).code == 0

    async def look(self, files: Sequence[str] = ()) -> Look:
        """Return where the repository stands, and what some of its files hold."""
        script = f"""\
{HERE}
B=$(git symbolic-ref -q --short HEAD); echo "$B"
git rev-parse -q --verify "refs/remotes/origin/$B^{{commit}}" || echo
git rev-list --left-right --count "HEAD...refs/remotes/origin/$B" 2>/dev/null || echo "0 0"
for p; do
    if [ -f "$p" ] && [ ! -L "$p" ]; then git hash-object --no-filters -- "$p" || echo; else echo; fi
done
git status --porcelain=v2 -z --untracked-files=all --no-renames --ignore-submodules=all
"""
        raw = await self._ok(script, *files)
        head, branch, upstream, counts, *rest = raw.split(b"\n", 4 + len(files))
        ahead, behind = (int(each) for each in counts.split())
        hashes = [line.decode() or None for line in rest[: len(files)]]
        return Look(
            head.decode() or None,
            branch.decode(errors="replace") or None,
            upstream.decode() or None,
            ahead,
            behind,
            told.read_status(rest[len(files)]),
            dict(zip(files, hashes, strict=True)),
        )

    async def blobs(self, shas: Sequence[str], most_bytes: int = SHOWN_BLOB_BYTES) -> list[bytes | None]:
        """Return the contents of objects; None for one that is not there."""
        if not shas:
            return []
        raw = await self._ok(
            "git cat-file --batch", stdin="".join(f"{sha}\n" for sha in shas).encode(), most_bytes=most_bytes
        )
        return told.read_blobs(raw, len(shas))

    async def tree(self, commit: str) -> list[Entry]:
        """Return every file of a commit. Raises `GitFailed` for more than anybody can work with."""
        try:
            raw = await self._ok('git ls-tree -r -l -z --full-tree "$1"', commit)
        except GitFailed as failed:
            if failed.failure.code == "too_large":
                raise _too_many() from None
            raise
        if raw.count(b"\0") > MOST_FILES:
            raise _too_many()
        return told.read_tree(raw)

    async def entry(self, commit: str, path: str) -> Entry | None:
        """Return one file of a commit."""
        found = told.read_tree(await self._ok('git ls-tree -l -z --full-tree "$1" -- "$2"', commit, path))
        return found[0] if found else None

    async def file_here(self, path: str) -> str | None:
        """Keep what a file holds now, and return the name of that; None where there is none."""
        script = """\
if [ -L "$P/$1" ]; then readlink -n -- "$P/$1" | git hash-object -w --stdin
elif [ -f "$P/$1" ]; then git hash-object -w --no-filters -- "$P/$1"; fi
"""
        return (await self._ok(script, path)).decode().strip() or None

    async def text_here(self, path: str, most_bytes: int) -> bytes:
        """Return the beginning of a file; nothing where there is none."""
        return await self._ok('if [ -f "$P/$1" ]; then head -c "$2" -- "$P/$1"; fi', path, str(most_bytes))

    async def host_key(self, way: Way) -> str:
        """Return the line about its key that ssh notes of a host, where it shows one. Raises `GitFailed`."""
        script = """\
git ls-remote -- "$1" >/dev/null 2>"$D/said"
head -c 4096 "$D/known_hosts"; [ -s "$D/known_hosts" ] || { cat "$D/said" >&2; exit 5; }
"""
        raw = await self._ok(script, way.address.url, way=way, limit_s=60)
        return raw.decode(errors="replace").strip()

    async def differing(self, before: str, after: str) -> list[Differing]:
        """Return the files that differ between two commits or trees."""
        script = 'git diff-tree -r -z --no-renames "$1" "$2"'
        return told.read_differing(await self._ok(script, before, after))

    async def text_diff(self, path: str, before: str | None, after: str | None, *, is_new: bool) -> str:
        """Return a file's unified diff between two commits, or from one to what is there now."""
        options = "--no-ext-diff --no-textconv --no-color --no-renames -U3"
        if after is not None:
            script = f'git diff {options} "$2" "$3" -- "$1"'
        elif is_new:
            script = f'git diff {options} --no-index -- /dev/null "$1"; [ $? -le 1 ]'
        else:
            script = f'git diff {options} "$2" -- "$1"'
        raw = await self._ok(script, path, before or EMPTY_TREE, after or "", most_bytes=8 * DIFF_BYTES)
        return raw[:DIFF_BYTES].decode(errors="replace")

    async def log(self, start: str, skip: int, most: int) -> list[Commit]:
        """Return the commits that lead to `start`, the newest first."""
        script = f'git log --format="{told.LOG_FORMAT}" --skip="$2" -n "$3" "$1" --'
        return told.read_log(await self._ok(script, start, str(skip), str(most)))

    async def branches(self) -> Branches:
        """Return the branches here and on the other side."""
        script = 'git for-each-ref --format="%(objectname) %(refname)" refs/heads refs/remotes/origin'
        here: dict[str, str] = {}
        there: dict[str, str] = {}
        for line in (await self._ok(script)).decode(errors="replace").splitlines():
            sha, _, name = line.partition(" ")
            if name.startswith("refs/heads/"):
                here[name.removeprefix("refs/heads/")] = sha
            elif name != "refs/remotes/origin/HEAD":
                there[name.removeprefix("refs/remotes/origin/")] = sha
        return Branches(here, there)

    # Writing

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
        await self._ok(script, url, branch)

    async def discard(self) -> None:
        """Remove the repository, and nothing beside it."""
        await self._ok('rm -rf "$P/.git"')

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
        raw = await self._ok(script, *pairs, "--", *removed, papers=papers)
        return dict(zip(files, raw.decode().split(), strict=True))

    async def keep(self, contents: Sequence[bytes]) -> list[str]:
        """Keep contents without writing any file, and return their names."""
        papers = {f"file{number}": content for number, content in enumerate(contents)}
        script = 'for f; do git hash-object -w --no-filters -- "$D/$f" || exit 5; done'
        return (await self._ok(script, *papers, papers=papers)).decode().split()

    async def keep_files(self, paths: Sequence[str]) -> list[str]:
        """Keep what files hold now, and return the names of that."""
        script = 'for p; do git hash-object -w --no-filters -- "$P/$p" || exit 5; done'
        return (await self._ok(script, *paths)).decode().split()

    async def lay_out(
        self,
        written: Sequence[tuple[str, str, str]],
        removed: Sequence[str] = (),
        *,
        replaces: bool = True,
        limit_s: float = CLONE_LIMIT_S,
    ) -> None:
        """Write files of the repository, as mode, content and path, and remove others.

        Without `replaces`, what is there already stays as it is.
        """
        script = """\
export GIT_INDEX_FILE="$D/index"
xargs -0 -r rm -f -- < "$D/removed"
xargs -0 -r -n 1 dirname -z -- < "$D/removed" | sort -zru |
    xargs -0 -r rmdir -p --ignore-fail-on-non-empty -- 2>/dev/null
git update-index -z --index-info < "$D/written" || exit 5
if [ "$1" = yes ]; then git checkout-index -q -f -a; else git checkout-index -q -a || true; fi
"""
        names = b"".join(path.encode("utf-8", "surrogateescape") + b"\0" for path in removed)
        papers = {"written": told.index_lines(written), "removed": names}
        await self._ok(script, "yes" if replaces else "no", papers=papers, limit_s=limit_s)

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
        names = b"".join(path.encode("utf-8", "surrogateescape") + b"\0" for path in paths)
        more = b"".join(path.encode("utf-8", "surrogateescape") + b"\0" for _, _, path in partly)
        said = await self._run(
            script,
            head or "",
            papers={
                "paths": names,
                "partly": told.index_lines(partly),
                "message": message.encode("utf-8", "replace"),
                "all": names + more,
            },
            variables=_signed(author),
        )
        if said.code == 9:
            return None
        return self._checked(said, None).decode().strip()

    async def merge_commit(self, tree: str, parents: Sequence[str], message: str, author: Author) -> str:
        """Return a new commit of a tree; no branch moves yet."""
        more = " ".join(f'-p "${number}"' for number in range(2, len(parents) + 2))
        script = f'git commit-tree "$1" {more} -F "$D/message"'
        papers = {"message": message.encode("utf-8", "replace")}
        raw = await self._ok(script, tree, *parents, papers=papers, variables=_signed(author))
        return raw.decode().strip()

    async def move(self, commit: str, before: str | None, branch: str | None = None) -> None:
        """Let the branch that is checked out, or another one that is from now on, name `commit`."""
        switch = 'git symbolic-ref HEAD "refs/heads/$3" || exit 5\n' if branch is not None else ""
        script = f"""\
{switch}git update-ref -m moved HEAD "$1" {'"$2"' if branch is None else ""} || exit 5
{SETTLE}{FRESH_INDEX}"""
        await self._ok(script, commit, before or "", branch or "", limit_s=CLONE_LIMIT_S)

    async def make_branch(self, name: str, commit: str) -> None:
        """Make a branch; raises `GitFailed` where there is one of that name."""
        script = f'git update-ref "refs/heads/$1" "$2" {told.NOTHING}'
        said = await self._run(script, name, commit)
        if said.code != 0:
            raise GitFailed(
                Failure("branch_exists", f"There is a branch called {name} already, or nearly so.")
            )

    # Merging

    async def merge_base(self, one: str, other: str) -> str | None:
        """Return the newest commit that both come from."""
        said = await self._run('git merge-base "$1" "$2"', one, other)
        return said.out.decode().split()[0] if said.code == 0 else None

    async def merge_trees(self, mine: str, theirs: str) -> tuple[str, list[Conflicted]]:
        """Merge two commits without touching any file; returns the tree, and what could not be merged."""
        script = 'git merge-tree --write-tree -z --no-messages --allow-unrelated-histories "$1" "$2"'
        said = await self._run(script, mine, theirs)
        if said.code > 1:
            self._checked(said, None)
        return told.read_merge(said.out)

    async def merge_texts(
        self, base: bytes, mine: bytes, theirs: bytes, favour: str | None = None
    ) -> bytes | None:
        """Merge three versions of a text; None for a conflict, unless one side or the union is favoured."""
        script = f'git merge-file -p {f"--{favour}" if favour else ""} "$D/mine" "$D/base" "$D/theirs"'
        said = await self._run(script, papers={"base": base, "mine": mine, "theirs": theirs})
        return said.out if said.code == 0 else None

    async def tree_with(self, tree: str, entries: Sequence[tuple[str, str, str]]) -> str:
        """Return a tree with some of its files replaced; those with the mode 0 are left out."""
        script = """\
export GIT_INDEX_FILE="$D/index"
git read-tree "$1" && git update-index -z --index-info < "$D/entries" && git write-tree
"""
        papers = {"entries": told.index_lines(entries)}
        return (await self._ok(script, tree, papers=papers)).decode().strip()

    # The other side

    async def default_branch(self, way: Way) -> str | None:
        """Return what the other side calls its branch; None where it has none yet. Raises `GitFailed`."""
        script = 'git ls-remote --symref -- "$1" HEAD "refs/heads/*"'
        raw = await self._ok(script, way.address.url, way=way, limit_s=120)
        return _head_of(raw.decode(errors="replace"))

    async def fetch(self, way: Way, heard: Callable[[str], None], limit_s: float = CLONE_LIMIT_S) -> None:
        """Fetch every branch of the other side. Raises `GitFailed`."""
        script = (
            "git fetch --progress --prune --no-write-fetch-head --no-auto-gc --no-recurse-submodules"
            ' -- "$1" "+refs/heads/*:refs/remotes/origin/*"'
        )
        await self._ok(script, way.address.url, way=way, heard=heard, limit_s=limit_s)

    async def push(self, way: Way, commit: str, branch: str, heard: Callable[[str], None]) -> None:
        """Let a branch of the other side name `commit`, if that goes forward. Raises `GitFailed`."""
        script = """\
git push --progress --no-verify -- "$1" "$2:refs/heads/$3" || exit 5
git update-ref "refs/remotes/origin/$3" "$2"
"""
        await self._ok(script, way.address.url, commit, branch, way=way, heard=heard, limit_s=NETWORK_LIMIT_S)

    # Private

    async def _ok(self, script: str, *arguments: str, way: Way | None = None, **more: object) -> bytes:
        return self._checked(await self._run(script, *arguments, way=way, **more), way)

    async def _run(self, script: str, *arguments: str, way: Way | None = None, **more: object) -> Said:
        try:
            return await self._git.run(script, *arguments, way=way, **more)  # type: ignore[arg-type]
        except NotShutIn as failure:
            raise GitFailed(Failure("not_isolated", str(failure))) from None
        except TooMuch as failure:
            raise GitFailed(Failure("too_large", str(failure))) from None
        except TookTooLong:
            raise GitFailed(
                Failure("too_slow", "Git took too long and was stopped. Try again later.")
            ) from None

    def _checked(self, said: Said, way: Way | None) -> bytes:
        if said.code == 0:
            return said.out
        address = way.address if way is not None else None
        has_secret = way is not None and way.secret is not None
        failure = explain(said, address, has_secret=has_secret)
        words = said.err[-600:]
        if has_secret and way is not None and way.secret is not None:
            words = words.replace(way.secret.decode(errors="replace").strip(), "***")
        log.info("git failed", extra={"code": failure.code, "exit": said.code, "said": words})
        raise GitFailed(failure)


def _signed(author: Author) -> dict[str, str]:
    return {
        "GIT_AUTHOR_NAME": author.name,
        "GIT_AUTHOR_EMAIL": author.email,
        "GIT_COMMITTER_NAME": author.name,
        "GIT_COMMITTER_EMAIL": author.email,
    }


def _head_of(text: str) -> str | None:
    branches = []
    for line in text.splitlines():
        what, _, name = line.partition("\t")
        if what.startswith("ref: refs/heads/") and name == "HEAD":
            return what.removeprefix("ref: refs/heads/")
        if name.startswith("refs/heads/"):
            branches.append(name.removeprefix("refs/heads/"))
    return next((each for each in ("main", "master") if each in branches), branches[0] if branches else None)


def _too_many() -> GitFailed:
    return GitFailed(Failure("too_many_files", f"This repository has more than {MOST_FILES:,} files."))
