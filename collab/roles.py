"""What each role may do: the only place where a permission is written.

A role is a set of capabilities, never a rank. Nothing outside this module
compares two roles; everybody asks `Capability.RUN in rights`.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Capability(StrEnum):
    """One thing that a person may or may not do in a project."""

    READ = "READ"
    COMMENT = "COMMENT"
    EDIT = "EDIT"
    RUN = "RUN"
    FILES = "FILES"
    ENVIRONMENT = "ENVIRONMENT"
    HARDWARE = "HARDWARE"
    CONNECTIONS = "CONNECTIONS"
    SHARE = "SHARE"
    DELETE = "DELETE"


class Role(StrEnum):
    """The six named sets of capabilities that a member can hold."""

    VIEWER = "viewer"
    EXECUTOR = "executor"
    EDITOR = "editor"
    COLLABORATOR = "collaborator"
    ADMIN = "admin"
    OWNER = "owner"


Rights = frozenset[Capability]

NO_RIGHTS: Rights = frozenset()

_VIEWER = frozenset({Capability.READ})
_REVIEWER = _VIEWER | {Capability.COMMENT}
_COLLABORATOR = _REVIEWER | {
    Capability.EDIT,
    Capability.RUN,
    Capability.FILES,
    Capability.ENVIRONMENT,
}
_ADMIN = _COLLABORATOR | {Capability.HARDWARE, Capability.CONNECTIONS, Capability.SHARE}

_CAPABILITIES: dict[Role, Rights] = {
    Role.VIEWER: _VIEWER,
    Role.EXECUTOR: _REVIEWER | {Capability.RUN},
    Role.EDITOR: _REVIEWER | {Capability.EDIT},
    Role.COLLABORATOR: _COLLABORATOR,
    Role.ADMIN: _ADMIN,
    Role.OWNER: frozenset(Capability),
}

LINK_ROLES = frozenset({Role.VIEWER, Role.EXECUTOR})
"""The roles a share link may carry: never above watching or running (docs/security.md)."""

GUEST: Rights = frozenset({Capability.READ})
"""The most that somebody without an account may do, whatever their link carries."""


def capabilities_of(role: Role, *, viewers_comment: bool = False) -> Rights:
    """Return what `role` may do in a project whose switch "viewers may comment" is as given."""
    rights = _CAPABILITIES[role]
    return rights | {Capability.COMMENT} if viewers_comment and role is Role.VIEWER else rights


def may_grant(granter: Rights, granted: Role) -> bool:
    """Say whether a person holding `granter` may give somebody the role `granted`."""
    return Capability.SHARE in granter and capabilities_of(granted) <= granter


def union(rights: Iterable[Rights]) -> Rights:
    """Return all that any of `rights` allows, for a person who is a member and holds a link too."""
    return NO_RIGHTS.union(*rights)
