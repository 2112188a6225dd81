"""What git and ssh say when something does not work, as a code and a sentence that says what to do. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kernel_manager.git.addresses import Address
from kernel_manager.git.runner import Said


@dataclass(frozen=True, slots=True)
class Failure:
    """Why it did not work."""

    code: str
    sentence: str


_AUTHENTICATION = (
    "authentication failed",
    "could not read username",
    "could not read password",
    "terminal prompts disabled",
    "invalid username or",
    "http basic: access denied",
    "returned error: 401",
    "returned error: 403",
)
_NETWORK = (
    "could not resolve",
    "failed to connect",
    "couldn't connect",
    "connection refused",
    "connection timed out",
    "connection reset",
    "network is unreachable",
    "no route to host",
    "response 502",
    "returned error: 502",
    "returned error: 503",
    "returned error: 504",
    "operation timed out",
    "operation too slow",
    "no way through the gate",
    "connection closed by",
    "kex_exchange_identification",
)
_BROKEN_OFF = (
    "early eof",
    "unexpected disconnect",
    "the remote end hung up",
    "rpc failed",
    "index-pack failed",
)
_ABSENT = ("not found", "does not exist", "does not appear to be a git repository", "returned error: 404")
_DECLINED = re.compile(r"^remote: ?(?P<words>.*\S)", re.MULTILINE)


def explain(said: Said, address: Address | None, *, has_secret: bool) -> Failure:
    """Return why a script failed. Nothing of what git said is repeated but a host's words on a push."""
    words = said.err.lower()
    place = address.place if address is not None else "the repository's host"
    is_ssh = address is not None and address.scheme == "ssh"
    if said.refused:
        return Failure(
            "closed_host",
            f"{said.refused[0]} is inside the server's own network, which only its admin can open for Git.",
        )
    if "identification has changed" in words or ("host key for" in words and "has changed" in words):
        return Failure(
            "host_key_changed",
            f"{place} shows another host key than the one that was accepted. Somebody may be in between: "
            "ask its admin before you accept the new one.",
        )
    if "host key verification failed" in words or "host key is known" in words:
        return Failure(
            "host_key_unknown", f"Nobody has accepted the host key of {place} yet. Look at it first."
        )
    if "permission denied (" in words or "too many authentication failures" in words:
        return Failure(
            "key_refused",
            f"{place} does not know this project's deploy key. Add the key there, then try again.",
        )
    if "[rejected]" in words and ("non-fast-forward" in words or "fetch first" in words):
        return Failure(
            "not_fast_forward", "The repository has commits that are not here yet. Pull first, then push."
        )
    if "[remote rejected]" in words or "pre-receive hook declined" in words or "protected branch" in words:
        found = [match["words"] for match in _DECLINED.finditer(said.err)]
        told = f" It says: {' '.join(found)[:200]}" if found else ""
        return Failure("push_declined", f"{place} did not take the push.{told}")
    if any(each in words for each in _AUTHENTICATION):
        if has_secret:
            return Failure(
                "bad_token",
                f"{place} does not accept this token: it may be wrong, expired or revoked, or lack a right. "
                "Give a new one.",
            )
        return Failure(
            "needs_token", f"{place} asks who you are. Give a token, or look at the address again."
        )
    if any(each in words for each in _NETWORK) and not any(each in words for each in _ABSENT):
        return Failure("no_network", f"{place} cannot be reached from here. Try again later.")
    if "no space left" in words or "disk quota" in words:
        return Failure("disk_full", "The disk is full. Remove files that are not needed, then try again.")
    if any(each in words for each in _ABSENT):
        more = "" if is_ssh or has_secret else " Where it is private, give a token."
        return Failure(
            "no_repository", f"There is no such repository at {place}, or it is not yours to see.{more}"
        )
    if any(each in words for each in _BROKEN_OFF):
        return Failure("broken_off", f"The connection to {place} broke off. Try again.")
    if "index.lock" in words:
        return Failure("busy", "Git is at work in this project already. Try again when it is done.")
    if (
        "not a git repository" in words
        or "bad object" in words
        or "corrupt" in words
        or "fatal: bad" in words
    ):
        return Failure(
            "broken_repository", "This project's .git folder is damaged. Clone the repository anew."
        )
    return Failure("git_failed", "Git could not do this. The server's log says what it said.")
