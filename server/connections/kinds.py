"""The kinds of connections: what each asks for. Adding one means adding it to `KINDS`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from server.connections.fields import Choice, Field, Kind, Value

TLS = (
    Choice("verify", "Encrypted, certificate checked"),
    Choice("require", "Encrypted, any certificate"),
    Choice("off", "Not encrypted"),
)

CERTIFICATE = Field(
    "ca",
    "Certificate of the authority",
    "long_text",
    help="In PEM, where the server's certificate is not from a public authority.",
    placeholder="-----BEGIN CERTIFICATE-----",
    when=("tls", ("verify",)),
    check=lambda text: (
        None
        if text.strip().startswith("-----BEGIN CERTIFICATE-----")
        else "paste the certificate in PEM, from -----BEGIN CERTIFICATE----- on."
    ),
)


def _host(placeholder: str) -> Field:
    return Field("host", "Host", "host", required=True, target=True, placeholder=placeholder)


def _port(default: int) -> Field:
    return Field("port", "Port", "port", required=True, target=True, default=default)


def _tls(default: str) -> Field:
    return Field(
        "tls",
        "Encryption",
        "choice",
        required=True,
        target=True,
        default=default,
        choices=TLS,
        help="Without a checked certificate, somebody between here and there could read along.",
    )


USER = Field("user", "User", required=True)
PASSWORD = Field("password", "Password", secret=True)
DATABASE = Field("database", "Database", required=True)

READ_ONLY = Field(
    "read_only",
    "Read only",
    "switch",
    default=True,
    help="The database itself refuses to write, whatever a query says.",
)


def _service_account(text: str) -> str | None:
    wrong = "paste the whole key file of a service account: JSON that begins with {."
    try:
        value = json.loads(text)
    except ValueError:
        return wrong
    if not isinstance(value, dict):
        return wrong
    if value.get("type") != "service_account":
        return 'only keys of service accounts are taken: JSON with "type": "service_account".'
    if not all(isinstance(value.get(name), str) for name in ("client_email", "private_key", "project_id")):
        return "the key file is not whole: client_email, private_key or project_id is missing."
    return None


CREDENTIALS = Field(
    "credentials",
    "Key of a service account",
    "long_text",
    required=True,
    secret=True,
    help="The JSON file that Google Cloud makes for a service account.",
    placeholder='{"type": "service_account", …}',
    check=_service_account,
)

BUCKET = Field(
    "bucket",
    "Bucket",
    help="Needed where the keys may not list all buckets.",
    check=lambda text: (
        None
        if re.fullmatch("[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]", text)
        else "write the name of a bucket: 3 or more small letters, digits, dots and dashes."
    ),
)


def _private_key(text: str) -> str | None:
    if re.match(r"\s*-----BEGIN [A-Z ]*PRIVATE KEY-----", text):
        return None
    return "paste the private key, from -----BEGIN … PRIVATE KEY----- on."


def _keys_or_token(values: Mapping[str, Value]) -> list[str]:
    endpoint = str(values.get("endpoint", ""))
    if endpoint and re.search(r"(^|\.)amazonaws\.com(:|$)", endpoint.split("//", 1)[-1]):
        return ["Address: leave this empty for Amazon's own S3, and set the region."]
    return []


KINDS: tuple[Kind, ...] = (
    Kind(
        "postgresql",
        "PostgreSQL",
        "Databases",
        (
            _host("db.example.org"),
            _port(5432),
            DATABASE,
            USER,
            PASSWORD,
            _tls("require"),
            CERTIFICATE,
            READ_ONLY,
        ),
    ),
    Kind(
        "mysql",
        "MySQL or MariaDB",
        "Databases",
        (
            _host("db.example.org"),
            _port(3306),
            DATABASE,
            USER,
            PASSWORD,
            _tls("require"),
            CERTIFICATE,
            READ_ONLY,
        ),
    ),
    Kind(
        "sqlite",
        "SQLite",
        "Databases",
        (
            Field(
                "path",
                "File",
                "path",
                required=True,
                placeholder="data/shop.db",
                help="In the project's files.",
            ),
            READ_ONLY,
        ),
        injected=False,
    ),
    Kind(
        "duckdb",
        "DuckDB",
        "Databases",
        (
            Field(
                "path",
                "File",
                "path",
                required=True,
                placeholder="data/shop.duckdb",
                help="In the project's files.",
            ),
            READ_ONLY,
        ),
        injected=False,
    ),
    Kind(
        "clickhouse",
        "ClickHouse",
        "Databases",
        (
            _host("clickhouse.example.org"),
            _port(8443),
            Field("database", "Database", required=True, default="default"),
            Field("user", "User", required=True, default="default"),
            PASSWORD,
            _tls("verify"),
            CERTIFICATE,
            READ_ONLY,
        ),
        help="Its HTTP interface is used, on port 8443 with encryption and 8123 without.",
    ),
    Kind(
        "mssql",
        "SQL Server",
        "Databases",
        (_host("sql.example.org"), _port(1433), DATABASE, USER, PASSWORD, _tls("require")),
    ),
    Kind(
        "snowflake",
        "Snowflake",
        "Warehouses",
        (
            Field(
                "account",
                "Account",
                required=True,
                target=True,
                placeholder="myorg-account123",
                check=lambda text: (
                    None
                    if re.fullmatch("[A-Za-z0-9][A-Za-z0-9._-]{0,200}", text)
                    else "write the account's identifier alone, as myorg-account123."
                ),
            ),
            USER,
            Field(
                "auth",
                "Sign in with",
                "choice",
                required=True,
                default="key",
                choices=(Choice("key", "A key pair"), Choice("password", "A password")),
            ),
            Field("password", "Password", required=True, secret=True, when=("auth", ("password",))),
            Field(
                "private_key",
                "Private key",
                "long_text",
                required=True,
                secret=True,
                when=("auth", ("key",)),
                placeholder="-----BEGIN PRIVATE KEY-----",
                check=_private_key,
            ),
            Field("passphrase", "Passphrase of the key", secret=True, when=("auth", ("key",))),
            Field("warehouse", "Warehouse", required=True),
            Field("database", "Database"),
            Field("schema", "Schema"),
            Field("role", "Role"),
        ),
    ),
    Kind(
        "bigquery",
        "BigQuery",
        "Warehouses",
        (
            CREDENTIALS,
            Field("project", "Project", help="Where queries are paid for; by default the key's own project."),
            Field("dataset", "Dataset"),
            Field("location", "Location", placeholder="EU"),
        ),
    ),
    Kind(
        "s3",
        "S3",
        "Files",
        (
            Field("access_key_id", "Access key", required=True, placeholder="AKIA…"),
            Field("secret_access_key", "Secret key", required=True, secret=True),
            Field(
                "session_token",
                "Session token",
                "long_text",
                secret=True,
                help="Only with temporary keys.",
            ),
            Field("region", "Region", required=True, default="us-east-1"),
            Field(
                "endpoint",
                "Address",
                "url",
                target=True,
                placeholder="https://storage.example.org",
                help="For storage that speaks S3 and is not Amazon's. Empty for Amazon.",
            ),
            Field(
                "path_style",
                "Bucket names in the path",
                "switch",
                default=False,
                help="Most storage that is not Amazon's needs this.",
            ),
            BUCKET,
        ),
        help="Amazon S3, and everything that speaks its protocol: MinIO, Ceph, R2, Wasabi and others.",
        check=_keys_or_token,
    ),
    Kind(
        "gcs",
        "Google Cloud Storage",
        "Files",
        (
            CREDENTIALS,
            Field("project", "Project", help="Whose buckets are listed; by default the key's own project."),
            Field(
                "endpoint",
                "Address",
                "url",
                target=True,
                placeholder="https://storage-private.p.googleapis.com",
                help="For an endpoint of your own network, or an emulator. Empty for Google's.",
            ),
            BUCKET,
        ),
    ),
    Kind(
        "git",
        "Git",
        "Code",
        (
            _host("git.example.org"),
            Field(
                "auth",
                "Sign in with",
                "choice",
                required=True,
                target=True,
                default="token",
                choices=(Choice("token", "A token, over https"), Choice("ssh", "A key, over ssh")),
            ),
            Field(
                "user",
                "User",
                default="git",
                help="For GitHub and GitLab any name will do with a token.",
            ),
            Field("token", "Token or app password", required=True, secret=True, when=("auth", ("token",))),
            Field(
                "private_key",
                "Private key",
                "long_text",
                required=True,
                secret=True,
                when=("auth", ("ssh",)),
                placeholder="-----BEGIN OPENSSH PRIVATE KEY-----",
                check=_private_key,
            ),
            Field("public_key", "Public key", "long_text", when=("auth", ("ssh",))),
            Field("host_keys", "Keys of the host", "long_text", target=True, when=("auth", ("ssh",))),
        ),
        injected=False,
    ),
    Kind(
        "variables",
        "Environment variables",
        "Other",
        (),
        help="Secrets that code reads from its environment, such as the key of an API.",
        names_free=True,
    ),
)

DATABASES = frozenset(kind.id for kind in KINDS if kind.group in ("Databases", "Warehouses"))
"""The kinds that answer SQL."""

BY_ID: Mapping[str, Kind] = {kind.id: kind for kind in KINDS}
