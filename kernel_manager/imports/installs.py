"""Install lines in cells: what `%pip install "x>=2"` and its relatives ask for, in the author's words."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from kernel_manager.imports.lines import Refused, Wanted, read_wanted

CONTINUED = re.compile(r"\\\s*\n\s*")
ENDS = frozenset({"&&", "||", ";", "|", "&"})
"""What ends a command in a shell."""
REDIRECTION = re.compile(r"(?:\d|&)?>{1,2}|<")

WITH_VALUE = frozenset(
    {
        *("-i", "--index-url", "--extra-index-url", "--find-links", "-f", "--trusted-host", "--proxy", "-t"),
        *("--target", "--prefix", "--root", "--python", "--cache-dir", "--timeout", "--retries", "--src"),
        *("--upgrade-strategy", "--platform", "--only-binary", "--no-binary", "--global-option", "-p"),
        *("--config-settings", "--python-version", "--implementation", "--abi", "--progress-bar", "--cert"),
        *("-c", "--constraint", "-n", "--name", "--channel", "--index-strategy", "--index", "--log", "-C"),
        *("--root-user-action", "--default-timeout"),
    }
)
FILES = frozenset({"-r", "--requirement"})
EDITABLE = frozenset({"-e", "--editable"})


@dataclass(frozen=True)
class Install:
    """What one install line asks for."""

    wanted: tuple[Wanted, ...]
    refused: tuple[Refused, ...]
    """What may not be suggested: addresses, paths, options that reach elsewhere."""
    line: int


def read_install(command: str, line: int) -> Install | None:
    """Return what a shell command or magic installs; None for every other command."""
    wanted: list[Wanted] = []
    refused: list[Refused] = []
    is_install = False
    for words in _commands(CONTINUED.sub(" ", command)):
        arguments = install_arguments(words)
        if arguments is None:
            continue
        is_install = True
        for each in read_arguments(arguments):
            if isinstance(each, Wanted):
                wanted.append(each)
            else:
                refused.append(each)
    return Install(tuple(wanted), tuple(refused), line) if is_install else None


def install_arguments(words: Sequence[str]) -> Sequence[str] | None:
    """Return what stands after `pip install`, in whichever way pip was called."""
    words = list(words)
    while words and (words[0] in ("sudo", "!", "time", "env") or re.fullmatch(r"[A-Z_]+=\S*", words[0])):
        words = words[1:]
    if not words:
        return None
    tool = words[0].rpartition("/")[2].lstrip("!%")
    rest = words[1:]
    if re.fullmatch(r"python[\d.]*|\{sys\.executable\}|\$?\{?sys\.executable\}?", tool) and rest[:1] == [
        "-m"
    ]:
        tool, rest = (rest[1], rest[2:]) if len(rest) > 1 else ("", [])
    if tool == "uv":
        if rest[:1] == ["add"]:
            return rest[1:]
        tool, rest = (rest[0], rest[1:]) if rest else ("", [])
    if not re.fullmatch(r"pip[\d.]*", tool):
        return None
    while rest and rest[0].startswith("-"):
        rest = rest[1:]
    return rest[1:] if rest[:1] == ["install"] else None


def read_arguments(words: Sequence[str]) -> list[Wanted | Refused]:
    """Return the requirements among pip's arguments, each with its specifier, and what is refused."""
    found: list[Wanted | Refused] = []
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word.startswith("#"):
            break
        if word == "@" and found and at < len(words):  # a name and its address, without quotes
            found[-1] = read_wanted(f"{found[-1].text} @ {words[at]}")
            at += 1
            continue
        if not word.startswith("-"):
            found.append(read_wanted(word))
            continue
        name, equals, _ = word.partition("=")
        if name in EDITABLE or name in FILES:
            target = "" if equals else (words[at] if at < len(words) else "")
            found.append(
                Refused(
                    f"{word} {target}".strip(),
                    "It names a file or folder, which has a requirements.txt of its own.",
                )
            )
            at += not equals
        elif name in WITH_VALUE and not equals:
            at += 1
    return found


def _commands(text: str) -> list[list[str]]:
    """Return the words of each command in a line, without redirections.

    `pandas>=2` without quotes stays one word: a shell would write a file, but the author meant a version.
    """
    try:
        words = shlex.split(text, comments=True)
    except ValueError:
        words = text.split()
    commands: list[list[str]] = [[]]
    redirects = False
    for word in words:
        if redirects:
            redirects = False
        elif REDIRECTION.match(word):
            redirects = REDIRECTION.fullmatch(word) is not None
        elif word not in ENDS:
            commands[-1].append(word.rstrip(";"))
        if word in ENDS or word.endswith(";"):
            commands.append([])
    return commands
