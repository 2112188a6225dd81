"""Hardware classes, the groups that may take them, and the kernels that run on them."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from server.payloads.common import Body
from server.payloads.people import User

Id = Annotated[str, Meta(min_length=1, max_length=64)]


class Group(msgspec.Struct, frozen=True):
    """People whom hardware classes can name at once."""

    id: str
    name: str
    members: list[User]


class NewGroup(Body, frozen=True):
    """`members` are ids of accounts."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    members: Annotated[list[Id], Meta(max_length=10_000)] = []  # noqa: RUF012


class ChangeGroup(Body, frozen=True):
    """`members`, where given, are all that shall be in the group."""

    name: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    members: Annotated[list[Id], Meta(max_length=10_000)] | None = None
