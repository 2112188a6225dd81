"""The catalogue of hardware classes: which one a person may take, why not, and what it has cost so far.

Pure. People and groups are ids here; what runs is counted by the caller.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kernel_manager.hardware import HardwareClass


@dataclass(frozen=True, slots=True)
class Listed:
    """A class in the catalogue, whose order is the admin's. One that is not enabled takes no new kernel."""

    hardware: HardwareClass
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Taker:
    """Who wants a machine: a person's id, their groups, and how many kernels of each class are theirs now.

    `user` is None for whoever has no account.
    """

    user: str | None
    groups: Collection[str] = ()
    living: Mapping[str, int] = field(default_factory=dict)


def why_not(listed: Listed, taker: Taker) -> str | None:
    """Return in a sentence why `taker` cannot have one more kernel of this class, or None."""
    hardware = listed.hardware
    if not listed.enabled:
        return "It is switched off at the moment. Choose another machine."
    if not may_take(hardware, taker):
        return "It is kept for other people. Ask an admin of the site for it, or choose another machine."
    most = hardware.max_per_user
    if most is not None and (living := taker.living.get(hardware.id, 0)) >= most:
        if most == 1:
            return "1 of your 1 kernel of this class is running: stop it first."
        return f"{living} of your {most} kernels of this class are running: stop one first."
    return None


def may_take(hardware: HardwareClass, taker: Taker) -> bool:
    """Say whether the class is for everybody, for this person, or for a group of theirs."""
    if hardware.is_for_everybody:
        return True
    return taker.user in hardware.users or not set(hardware.groups).isdisjoint(taker.groups)


def usual(catalogue: Sequence[Listed], taker: Taker) -> Listed | None:
    """Return what a project gets that has chosen nothing: the first class that is on and for this person."""
    return next((each for each in catalogue if each.enabled and may_take(each.hardware, taker)), None)


def cost(price_per_hour: float | None, since: datetime | None, until: datetime) -> float | None:
    """Return what a kernel has cost from `since` to `until`; None without a price.

    One that has no machine yet (`since` is None) costs 0, and so does one whose clock was set back.
    """
    if price_per_hour is None:
        return None
    if since is None:
        return 0.0
    return price_per_hour * (max(until - since, timedelta()) / timedelta(hours=1))
