"""Which of the site's own networks kernels with the internet may enter, and its proxy. Pure, light to import.

All are closed, but for those that an admin opens, because a database or a store of the site is there.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SITES = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15")
"""What sites give to their own machines (RFC 1918, 6598 and 2544). Only of these can one be opened."""

NOBODYS = ("0.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4")
"""Closed whatever an admin opens: there is nothing, or the addresses at which clouds hand out secrets."""

METADATA = "100.100.100.200/32"
"""The one address of that kind that lies among `SITES`."""


class Routes:
    """What a kernel's network refuses, and what it lets through all the same, being narrower."""

    __slots__ = ("closed", "opened")

    def __init__(self, closed: tuple[str, ...], opened: tuple[str, ...] = ()) -> None:
        self.closed = closed
        self.opened = opened


EVERYTHING_CLOSED = Routes((*SITES, *NOBODYS))


def routes(opened: Sequence[str]) -> Routes:
    """Return the routes of a kernel where an admin has `opened` some IPv4 networks or addresses."""
    if not opened:
        return EVERYTHING_CLOSED
    from ipaddress import IPv4Network  # 5 ms, at the start of a kernel that seldom needs it

    wanted = [IPv4Network(each, strict=False) for each in opened]
    sites = [IPv4Network(each) for each in SITES]
    closed = [site for site in sites if not any(site.subnet_of(each) for each in wanted)]
    within = {each for each in wanted if any(each != site and each.subnet_of(site) for site in closed)}
    return Routes((*map(str, closed), *NOBODYS, METADATA), tuple(map(str, sorted(within))))


def own_proxy(environment: Mapping[str, str]) -> tuple[str | None, list[str]]:
    """Return the site's own proxy for https, and the hosts that are reached without it."""
    own = {name.lower(): value for name, value in environment.items()}
    direct = [each.strip().lstrip(".") for each in own.get("no_proxy", "").split(",") if each.strip()]
    return own.get("https_proxy") or own.get("all_proxy") or own.get("http_proxy"), direct
