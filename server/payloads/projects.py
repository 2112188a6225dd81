"""Projects, their members and the links that lead into them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from collab.roles import Role
from server.payloads.common import Body, Name
from server.payloads.git import GitSource
from server.payloads.people import User


class Project(msgspec.Struct, frozen=True):
    """`rights` are what the asking person may do there; `role` is null for a visitor by link."""

    id: str
    name: str
    role: Role | None
    rights: list[str]
    created_at: datetime
    updated_at: datetime
    viewers_comment: bool
    links_without_account: bool
    notebooks: int
    owner: User | None
    deleted_at: datetime | None = None


class NewProject(Body, frozen=True):
    name: Name
    template: str | None = None
    git: GitSource | None = None


class ChangeProject(Body, frozen=True):
    """`deleted: false` takes the project back out of the bin."""

    name: Name | None = None
    viewers_comment: bool | None = None
    links_without_account: bool | None = None
    deleted: bool | None = None


class Member(msgspec.Struct, frozen=True):
    """`pending` marks an invitation by e-mail that nobody has taken up yet (`user.id` is its id)."""

    user: User
    role: Role
    email: str | None
    since: datetime
    pending: bool = False


class SetRole(Body, frozen=True):
    role: Role


class Invite(Body, frozen=True):
    """Invite by login name or e-mail address."""

    who: Annotated[str, Meta(min_length=1, max_length=254)]
    role: Role


class Invited(msgspec.Struct, frozen=True):
    """`url` is the sign-up link for a person without an account, shown once; null for a member at once."""

    member: Member
    url: str | None


class Link(msgspec.Struct, frozen=True):
    id: str
    role: Role
    created_at: datetime
    created_by: User | None
    expires_at: datetime | None
    uses: int


class NewLink(Body, frozen=True):
    role: Role
    expires_at: datetime | None = None


class MadeLink(msgspec.Struct, frozen=True):
    """`url` is shown once; the server keeps only its hash."""

    link: Link
    url: str


class UseLink(Body, frozen=True):
    """Exchange the secret of a share link (the part of its address behind `#`) for access."""

    secret: Annotated[str, Meta(min_length=1, max_length=200)]


class UsedLink(msgspec.Struct, frozen=True):
    """`needs_account` says that the project lets nobody watch without signing in first."""

    project: str | None
    needs_account: bool
