"""The one way in which the gate says no."""

from __future__ import annotations


class GateRefusal(Exception):
    """An update that must not reach a document.

    `code` is stable and short; `reason` is a sentence for the person whose
    edit it was.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason
