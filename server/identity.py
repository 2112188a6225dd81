"""Who makes a request: an account or a guest, and by which credential."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from collab.ids import LinkId, UserId


@dataclass(frozen=True, slots=True)
class Identity:
    """A person, as proved by a session cookie or an API token.

    `credential` is the id of that session or token: when it ends, so do the
    sockets opened with it. A guest holds a share `link` and no account, and
    `user` is then the id of the session.
    """

    user: UserId
    name: str
    display_name: str
    color: int
    email: str | None
    admin: bool
    credential: str
    kind: Literal["session", "token"]
    link: LinkId | None = None

    @staticmethod
    def of_account(account: UserId) -> Identity:
        """Return somebody who proves nothing now, to ask what they may do."""
        return Identity(account, "", "", 0, None, admin=False, credential="", kind="session")

    @property
    def is_guest(self) -> bool:
        return self.link is not None
