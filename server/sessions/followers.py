"""Sockets beside the notebooks' own that live by a right in a project, and lose it at once with the right."""

from __future__ import annotations

from typing import Protocol

from collab.ids import ProjectId
from collab.roles import Rights
from server.identity import Identity


class Follower(Protocol):
    """One such socket."""

    @property
    def person(self) -> Identity:
        """Whoever opened it."""

    @property
    def project(self) -> ProjectId:
        """Where the right is."""

    def rights_changed(self, rights: Rights) -> None:
        """These are the person's rights from now on; none also where the session or token has ended."""
