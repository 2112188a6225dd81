"""Says in one sentence why uv did not do it. Pure; the tool's own text stays behind the sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """A stable code, a sentence for the person who asked, and what the tool said."""

    code: str
    sentence: str
    detail: str


def explain(text: str) -> Failure:
    """Return the failure that `text`, what uv printed, tells of. Passwords in addresses are left out."""
    text = re.sub(r"(://)[^/@\s]*@", r"\1", text)
    text = re.sub(r"^Using Python .*\n?", "", text, flags=re.MULTILINE)
    flat = re.sub(r"\s+", " ", text)
    for code, pattern, sentence in _KNOWN:
        if found := re.search(pattern, flat):
            return Failure(code, sentence.format(*(_clean(group) for group in found.groups())), text)
    if "unsatisfiable" in flat or "No solution found" in flat:
        return Failure("conflict", _conflict(flat), text)
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    words = re.sub(r"^error: ", "", first)[:200].rstrip(".")
    return Failure("failed", f"The installer could not finish: {words or 'it gave no reason'}.", text)


_NAME = r"`?([A-Za-z0-9][A-Za-z0-9._-]*?)`?"
_KNOWN: tuple[tuple[str, str, str], ...] = (
    (
        "disk_full",
        r"No space left on device|os error 28|Disk quota exceeded|os error 122",
        "The disk is full. Nothing was changed; free some space, then try again.",
    ),
    (
        "host_closed",
        r"Commonbook let no connection through to ([^\s]+)\.(?:\s|$)",
        "The installer may not reach {0}. An admin of this site can allow it with install_hosts; "
        "addresses in private networks stay closed.",
    ),
    (
        "build_failed",
        rf"Failed to build `?{_NAME}(?:==[^` ]+|(?: @ [^`]*))?`",
        "{0} could not be built from its source. What its build said is below.",
    ),
    (
        "needs_build",
        r"Wheels are required for `([^`]+)` because building from source is disabled",
        "{0} has no ready-made file for this Python: it would have to be built from source, which runs "
        "its code. Allow that, or choose another version.",
    ),
    (
        "no_such_package",
        rf"Because {_NAME} was not found in the (?:package registry|provided package locations|cache)",
        "There is no package named {0}. Check the spelling.",
    ),
    (
        "no_such_package",
        rf"and {_NAME} was not found in the (?:package registry|provided package locations|cache)",
        "A package that is needed, {0}, cannot be found.",
    ),
    (
        "index_refused",
        r"(?:status client error \(|HTTP status )(40[137])[^)]*\)? ?for url \("
        r"(?:https?://)?(?:[^@/)]*@)?([^/):]+)",
        "The package index at {1} refuses the server ({0}). An admin of this site must look at its settings.",
    ),
    (
        "index_unreachable",
        r"(?:Failed to fetch|error sending request for url|Could not connect|Request failed)[^h]*?:? ?"
        r"`?\(?https?://(?:[^@/ ]*@)?([^/ `)]+)",
        "The package index at {0} cannot be reached. Nothing was changed; try again later.",
    ),
    (
        "index_unreachable",
        r"Network connectivity is disabled|dns error|tcp connect error|operation timed out",
        "The package index cannot be reached. Nothing was changed; try again later.",
    ),
    (
        "not_offline",
        r"Network connectivity is disabled",
        "This needs the package index, and the server is set to work without one.",
    ),
    (
        "wrong_python",
        rf"Because {_NAME}(?:==\S+)? requires Python ([<>=!~]+[\d.]+)",
        "{0} needs Python {1}, and this project has another. Choose another Python or another version.",
    ),
    (
        "conflict",
        rf"Because you require ({_NAME}[<>=!~]\S*) and ({_NAME}[<>=!~]\S*?), we can conclude",
        "{0} and {2} contradict each other. Keep one of them.",
    ),
    (
        "wrong_python",
        rf"the current Python version \(([\d.]+)\) does not satisfy Python"
        rf"([<>=!~]+[\d.]+)[^.]*? and {_NAME}(?:==\S+)? depends on",
        "{2} needs Python {1}, and this project has Python {0}. Choose another Python or another version.",
    ),
    (
        "no_version",
        rf"Because (?:there is no version of|only) {_NAME}((?:[<>=!~]=?|===)[^ ]+)? ?"
        r"(?:is available )?and you require ([^ ,]+)",
        "No version of {0} fits what is asked for, {2}. Choose another version.",
    ),
    (
        "bad_requirement",
        r"Couldn't parse requirement|Expected `--hash`",
        "A line of requirements.txt cannot be read. What the installer said is below.",
    ),
    (
        "no_python",
        r"No interpreter found for|No virtual environment found|Failed to inspect Python",
        "That Python is not on this machine any more. Choose another one.",
    ),
    (
        "ended",
        r"was ended by signal (\d+)",
        "The system ended the installer (signal {0}), perhaps for want of memory. "
        "Nothing was changed; try again.",
    ),
)


def _conflict(flat: str) -> str:
    """Name the two that contradict each other, and over what, where the resolver says it."""
    depends = re.findall(
        r"([A-Za-z0-9][\w.-]*)(?:[<>=!~]=?[\w.*,<>=!~]+)? depends? on ([A-Za-z0-9][\w.-]*)", flat
    )
    required = [_bare(name) for name in re.findall(r"you require ([A-Za-z0-9][\w.-]*)", flat)]
    owners: dict[str, list[str]] = {}
    for owner, over in depends:
        if owner not in owners.setdefault(over, []):
            owners[over].append(owner)
    for over, those in owners.items():
        two = [*those, *(name for name in required if name == over)]
        if len(two) > 1:
            other = "your own line" if two[1] == over else two[1]
            return (
                f"{two[0]} and {other} cannot be installed together: they need different versions of {over}. "
                "Loosen one of them."
            )
    names = list(dict.fromkeys([*required, *(owner for owner, _ in depends)]))
    if len(names) > 1:
        return f"{names[0]} and {names[1]} cannot be installed together. Loosen one of them."
    if names:
        return f"No version of {names[0]} fits the rest of what is asked for. Loosen a limit."
    return "The requirements contradict each other. What the resolver found is below."


def _bare(name: str) -> str:
    return re.split(r"[<>=!~\[]", name)[0]


def _clean(group: str | None) -> str:
    return (group or "").rstrip(".,`")[:100]
