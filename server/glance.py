"""What can be seen of an open notebook from outside, for lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from server.payloads import User


@dataclass(frozen=True, slots=True)
class Glance:
    """What a list shows of an open notebook: its kernel's state and who is there."""

    kernel: str = "none"
    people: Sequence[User] = ()
