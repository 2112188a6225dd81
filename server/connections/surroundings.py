"""Under which names a kernel finds its connections in the environment. Pure.

The names are those that the usual libraries and programs look for by themselves. Where two connections want
the same ones, the older has them, and the other gets them behind its own name: `SHOP_PGHOST`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from server.connections.fields import Value

Values = Mapping[str, Value]

TLS_OF_LIBPQ = {"off": "disable", "require": "require", "verify": "verify-full"}
TRUSTED_BY_LIBPQ = "system"


class Known(Protocol):
    """What is asked of a connection: the row of one will do, and so will an opened one."""

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Names:
    """What one connection puts into the environment: variables, and those that hold the path of a file."""

    variables: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def all(self) -> list[str]:
        """Every name."""
        return [*self.variables, *self.files]


def names_of(connections: Iterable[tuple[Known, Values]]) -> dict[str, Names]:
    """Return by connection what a kernel gets, the oldest connection first."""
    taken: set[str] = set()
    found: dict[str, Names] = {}
    for connection, values in connections:
        own = wanted(connection.kind, values)
        if any(name in taken for name in own.all):
            prefix = _prefix(connection.name)
            own = Names(
                {f"{prefix}_{name}": value for name, value in own.variables.items()},
                {f"{prefix}_{name}": text for name, text in own.files.items()},
            )
            own = Names(
                {name: value for name, value in own.variables.items() if name not in taken},
                {name: text for name, text in own.files.items() if name not in taken},
            )
        taken.update(own.all)
        found[connection.id] = own
    return found


def wanted(kind: str, values: Values) -> Names:
    """Return what a connection of a kind would like to put into the environment."""
    if kind == "variables":
        return Names({name: str(value) for name, value in values.items()})
    writer = _KINDS.get(kind)
    if writer is None:
        return Names()
    named, files = writer(values)
    return Names({name: _text(value) for name, value in named.items() if value is not None}, files)


_Written = tuple[Mapping[str, Value | None], Mapping[str, str]]


def _s3(values: Values) -> _Written:
    endpoint = values.get("endpoint")
    named: dict[str, Value | None] = {
        "AWS_ACCESS_KEY_ID": values.get("access_key_id"),
        "AWS_SECRET_ACCESS_KEY": values.get("secret_access_key"),
        "AWS_SESSION_TOKEN": values.get("session_token"),
        "AWS_DEFAULT_REGION": values.get("region"),
        "AWS_REGION": values.get("region"),
    }
    if endpoint:
        # boto3 and s3fs look for the first, polars and other readers of Arrow's kind for the second.
        named |= {"AWS_ENDPOINT_URL_S3": endpoint, "AWS_ENDPOINT_URL": endpoint}
        if str(endpoint).startswith("http:"):
            named["AWS_ALLOW_HTTP"] = True
    return named, {}


def _google(values: Values) -> _Written:
    named = {"GOOGLE_CLOUD_PROJECT": values.get("project")}
    if str(values.get("endpoint", "")).startswith("http:"):
        # With this name libraries sign in nowhere, which is right for an emulator alone.
        named["STORAGE_EMULATOR_HOST"] = values["endpoint"]
    credentials = values.get("credentials")
    return named, {} if credentials is None else {"GOOGLE_APPLICATION_CREDENTIALS": str(credentials)}


def _postgresql(values: Values) -> _Written:
    ca = values.get("ca")
    named: dict[str, Value | None] = {
        "PGHOST": values.get("host"),
        "PGPORT": values.get("port"),
        "PGDATABASE": values.get("database"),
        "PGUSER": values.get("user"),
        "PGPASSWORD": values.get("password"),
        "PGSSLMODE": TLS_OF_LIBPQ.get(str(values.get("tls"))),
    }
    if values.get("tls") == "verify" and ca is None:
        named["PGSSLROOTCERT"] = TRUSTED_BY_LIBPQ
    return named, {} if ca is None else {"PGSSLROOTCERT": str(ca)}


def _plain(prefix: str, *fields: str, files: Sequence[str] = ()) -> Callable[[Values], _Written]:
    def written(values: Values) -> _Written:
        named = {f"{prefix}_{name.upper()}": values.get(name) for name in fields}
        return named, {f"{prefix}_{name.upper()}": str(values[name]) for name in files if name in values}

    return written


_KINDS: Mapping[str, Callable[[Values], _Written]] = {
    "s3": _s3,
    "gcs": _google,
    "bigquery": _google,
    "postgresql": _postgresql,
    "mysql": _plain("MYSQL", "host", "port", "database", "user", "password", files=("ca",)),
    "clickhouse": _plain("CLICKHOUSE", "host", "port", "database", "user", "password", files=("ca",)),
    "mssql": _plain("MSSQL", "host", "port", "database", "user", "password"),
    "snowflake": _plain(
        "SNOWFLAKE",
        *("account", "user", "password", "passphrase", "warehouse", "database", "schema", "role"),
        files=("private_key",),
    ),
}


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _prefix(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().upper()
    prefix = re.sub("[^A-Z0-9]+", "_", plain).strip("_")[:40]
    return prefix if prefix[:1].isalpha() else f"CONNECTION_{prefix}".rstrip("_")
