"""What hears an open notebook's kernel beside the notebook itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from collab.session.state import Effect, Session
from kernel_manager.reports import Report


class Tap(Protocol):
    """Hears all words of the kernel, in order, and all steps of the session. It must not wait."""

    def heard(self, report: Report) -> None:
        """The kernel said something; the session has not dealt with it yet."""

    def stepped(self, before: Session, after: Session, effects: Sequence[Effect]) -> None:
        """The session went on; it is shown, on record and acted on."""
