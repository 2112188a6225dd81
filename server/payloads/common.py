"""What all bodies and answers have in common, and the shape of every error."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta

T = TypeVar("T")

Name = Annotated[str, Meta(min_length=1, max_length=200)]
Email = Annotated[str, Meta(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
Password = Annotated[str, Meta(min_length=8, max_length=1000)]
LoginName = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request body. Fields that it does not name are refused."""


class Page(msgspec.Struct, Generic[T], frozen=True):
    """A part of a list; `next` is the cursor of the following part, or null."""

    items: list[T]
    next: str | None = None


class ErrorDetail(msgspec.Struct, frozen=True):
    """A stable code, and a sentence that says what to do next."""

    code: str
    reason: str


class ErrorBody(msgspec.Struct, frozen=True):
    """Every error has this shape."""

    error: ErrorDetail


class Health(msgspec.Struct, frozen=True):
    status: Literal["ok"]
    version: str
