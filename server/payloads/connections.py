"""Connections of projects. Secrets go in by `fields` and never come out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from server.payloads.common import Body, Name
from server.payloads.people import User

FieldName = Annotated[str, Meta(min_length=1, max_length=100)]
FieldValue = Annotated[str, Meta(max_length=40_000)] | int | bool | None


class ConnectionChoice(msgspec.Struct, frozen=True):
    value: str
    label: str


class ConnectionWhen(msgspec.Struct, frozen=True):
    """A field counts while another one has one of these values."""

    field: str
    values: list[str | int | bool]


class ConnectionField(msgspec.Struct, frozen=True):
    """One thing that a kind asks for. `type` says how to ask; a `secret` one is never shown again."""

    name: str
    label: str
    type: str
    required: bool
    secret: bool
    default: str | int | bool | None
    help: str
    placeholder: str
    choices: list[ConnectionChoice]
    when: ConnectionWhen | None


class ConnectionKind(msgspec.Struct, frozen=True):
    """One kind of connection. With `names_free` people name its fields, and all of them are secret.

    `testable`: there is a test. `injected`: kernels get it in their environment when it is attached. `driver`
    is the line that installs what the project's environment needs to ask one; null: nothing.
    """

    id: str
    label: str
    group: str
    help: str
    fields: list[ConnectionField]
    names_free: bool
    testable: bool
    injected: bool
    driver: str | None


class ConnectionKinds(msgspec.Struct, frozen=True):
    items: list[ConnectionKind]


class ConnectionKernels(msgspec.Struct, frozen=True):
    """How many living kernels have a change already, and the ids of notebooks whose kernels have not.

    These have it once they are stopped and started.
    """

    told: int
    restart: list[str]


class Connection(msgspec.Struct, frozen=True):
    """One connection of a project.

    `fields` and `secrets` (the names of those that are set) are null for people without CONNECTIONS, who
    see what there is to choose from and no more. `variables` are the names under which code finds an attached
    one in its environment, for people who may run. `kernels` is there in answers to a change.
    """

    id: str
    kind: str
    name: str
    attached: bool
    fields: dict[str, str | int | bool] | None
    secrets: list[str] | None
    variables: list[str] | None
    created_by: User | None
    created_at: datetime
    changed_at: datetime
    kernels: ConnectionKernels | None = None


class NewConnection(Body, frozen=True):
    """`attached`: kernels get it in their environment, where the kind has anything for them."""

    kind: Annotated[str, Meta(max_length=32)]
    name: Name
    fields: Annotated[dict[FieldName, FieldValue], Meta(max_length=200)]
    attached: bool = True


class ChangeConnection(Body, frozen=True):
    """Fields that are left out stay as they are, secrets too; null takes one away."""

    name: Name | None = None
    fields: Annotated[dict[FieldName, FieldValue], Meta(max_length=200)] | None = None
    attached: bool | None = None


class ConnectionTest(msgspec.Struct, frozen=True):
    """What a test found. `outcome` is `ok` or a stable word for what is wrong; `reason` is a sentence."""

    outcome: str
    reason: str
    took_s: float


class ConnectionEvent(msgspec.Struct, frozen=True):
    """Who changed or used a connection. `by` is null for the server itself."""

    at: datetime
    by: User | None
    action: str
    detail: dict[str, Any]


class ConnectionEvents(msgspec.Struct, frozen=True):
    items: list[ConnectionEvent]
