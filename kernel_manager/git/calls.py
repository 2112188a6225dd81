"""Asks git for one thing, and turns what it says when it fails into a sentence."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from kernel_manager.git.desk import Way
from kernel_manager.git.failures import Failure, explain
from kernel_manager.git.pump import TookTooLong, TooMuch
from kernel_manager.git.runner import Git, NotShutIn, Said

log = logging.getLogger("commonbook.git")


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


class Calls:
    """Scripts of one project's git."""

    def __init__(self, git: Git) -> None:
        self._git = git

    async def ok(self, script: str, *arguments: str, way: Way | None = None, **more: object) -> bytes:
        """Run a script and return its output; raises `GitFailed`."""
        return self.checked(await self.run(script, *arguments, way=way, **more), way)

    async def run(self, script: str, *arguments: str, way: Way | None = None, **more: object) -> Said:
        """Run a script and return what it said, however it ended."""
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

    def checked(self, said: Said, way: Way | None) -> bytes:
        """Return the output of a script that went well; raises `GitFailed`."""
        if said.code == 0:
            return said.out
        address = way.address if way is not None else None
        secret = None if way is None else way.secret
        failure = explain(said, address, has_secret=secret is not None)
        words = said.err
        if secret is not None:  # before the words are cut: half of it is a secret, too
            words = words.replace(secret.decode(errors="replace").strip(), "***")
        log.info("git failed", extra={"code": failure.code, "exit": said.code, "said": words[-600:]})
        raise GitFailed(failure)


def signed(author: Author) -> dict[str, str]:
    """Return the variables that let a commit carry a name."""
    return {
        "GIT_AUTHOR_NAME": author.name,
        "GIT_AUTHOR_EMAIL": author.email,
        "GIT_COMMITTER_NAME": author.name,
        "GIT_COMMITTER_EMAIL": author.email,
    }
