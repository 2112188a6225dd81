"""Every table, as SQLAlchemy classes. Rows never leave `server.db`.

Secrets (session cookies, tokens, links, invitations) are kept as SHA-256 only.
Ids of people in the documents' tables carry no foreign key: a guest by link is
nobody's account.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, always UTC. SQLite keeps no zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value if value is None or value.tzinfo else value.replace(tzinfo=UTC)


BIG_ID = BigInteger().with_variant(Integer, "sqlite")
"""A counted key: 64 bits everywhere, and SQLite's own row id there."""


class Table(DeclarativeBase):
    """The base of all tables; names its constraints the same way on every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012
        str: String(64),
        datetime: UtcDateTime(),
        bytes: LargeBinary,
        int: Integer,
        float: Float(),
    }


def _account(*, nullable: bool = False, on_delete: str = "CASCADE") -> Any:
    return mapped_column(ForeignKey("account.id", ondelete=on_delete), nullable=nullable, index=True)


# People


class Account(Table):
    """A person who signs in. `*_key` are the folded forms that must be unique."""

    __tablename__ = "account"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254), unique=True)
    display_name: Mapped[str] = mapped_column(String(100))
    color: Mapped[int]
    password_hash: Mapped[str | None] = mapped_column(String(200))
    admin: Mapped[bool] = mapped_column(server_default=false())
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class PasswordLink(Table):
    """A link with which somebody gives their account a new password, once."""

    __tablename__ = "password_link"
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    secret_sha256: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]


class LoginSession(Table):
    """A browser that is signed in: as an account, or as a guest by a share link."""

    __tablename__ = "login_session"
    id: Mapped[str] = mapped_column(primary_key=True)
    secret_sha256: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[str | None] = _account(nullable=True)
    link_id: Mapped[str | None] = mapped_column(ForeignKey("share_link.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    user_agent: Mapped[str] = mapped_column(String(200))
    __table_args__ = (CheckConstraint("(account_id IS NULL) <> (link_id IS NULL)", name="one_owner"),)


class ExternalIdentity(Table):
    """Somebody at an identity provider, who signs in as an account here."""

    __tablename__ = "external_identity"
    issuer: Mapped[str] = mapped_column(String(255), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    account_id: Mapped[str] = _account()
    since: Mapped[datetime]


class ApiToken(Table):
    """A secret for scripts. It acts with what its maker may do at that moment."""

    __tablename__ = "api_token"
    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = _account()
    name: Mapped[str] = mapped_column(String(200))
    secret_sha256: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class Setting(Table):
    """A fact about the whole site, such as the hash of the set-up code."""

    __tablename__ = "setting"
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class PeopleGroup(Table):
    """People whom the site admin has put together, so that hardware classes can name them at once."""

    __tablename__ = "people_group"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(String(200), unique=True)
    created_at: Mapped[datetime]


class PeopleGroupMember(Table):
    """One person of a group."""

    __tablename__ = "people_group_member"
    group_id: Mapped[str] = mapped_column(ForeignKey("people_group.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[str] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True
    )


# Projects


class Project(Table):
    """A folder of notebooks with members. `deleted_at` is set while it is in the bin.

    `hardware` is the class that its next kernels get; it is no foreign key,
    for an engine may offer classes of its own.
    """

    __tablename__ = "project"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    viewers_comment: Mapped[bool] = mapped_column(server_default=false())
    links_without_account: Mapped[bool] = mapped_column(server_default=false())
    hardware: Mapped[str | None]
    deleted_at: Mapped[datetime | None]


def _project() -> Any:
    return mapped_column(ForeignKey("project.id", ondelete="CASCADE"), index=True)


class Member(Table):
    """One person's role in one project."""

    __tablename__ = "member"
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[str] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str]
    since: Mapped[datetime]


class Invitation(Table):
    """A role that waits for somebody to make an account with the secret."""

    __tablename__ = "invitation"
    id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = _project()
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254))
    role: Mapped[str]
    secret_sha256: Mapped[str] = mapped_column(unique=True)
    created_by: Mapped[str | None] = _account(nullable=True, on_delete="SET NULL")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("project_id", "email_key"),)


class ShareLink(Table):
    """A role for whoever holds the secret, until it expires or is revoked."""

    __tablename__ = "share_link"
    id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = _project()
    role: Mapped[str]
    secret_sha256: Mapped[str] = mapped_column(unique=True)
    created_by: Mapped[str | None] = _account(nullable=True, on_delete="SET NULL")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None] = mapped_column(index=True)
    uses: Mapped[int] = mapped_column(server_default=text("0"))


class LinkGrant(Table):
    """An account that used a share link holds its role for as long as the link lives."""

    __tablename__ = "link_grant"
    link_id: Mapped[str] = mapped_column(ForeignKey("share_link.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[str] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    since: Mapped[datetime]


# Notebooks and their documents


class Notebook(Table):
    """One notebook. `epoch` names its history; `cells` and `edited_*` repeat its document for lists."""

    __tablename__ = "notebook"
    id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = _project()
    name: Mapped[str] = mapped_column(String(200))
    epoch: Mapped[str]
    cells: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime]
    edited_by: Mapped[str | None]
    deleted_at: Mapped[datetime | None]


def _notebook() -> Any:
    return mapped_column(ForeignKey("notebook.id", ondelete="CASCADE"), index=True)


class Doc(Table):
    """One Y document. `head_seq` is its newest update."""

    __tablename__ = "doc"
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    notebook_id: Mapped[str] = mapped_column(ForeignKey("notebook.id", ondelete="CASCADE"))
    document: Mapped[str] = mapped_column(String(16))
    head_seq: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    __table_args__ = (UniqueConstraint("notebook_id", "document"),)


class DocUpdate(Table):
    """One update, in v1 encoding."""

    __tablename__ = "doc_update"
    doc_id: Mapped[int] = mapped_column(
        BIG_ID, ForeignKey("doc.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    data: Mapped[bytes]
    actor: Mapped[str | None]
    at: Mapped[datetime]


class DocSnapshot(Table):
    """The state that replaces every update up to `seq`."""

    __tablename__ = "doc_snapshot"
    doc_id: Mapped[int] = mapped_column(
        BIG_ID, ForeignKey("doc.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    seq: Mapped[int] = mapped_column(BigInteger)
    data: Mapped[bytes]
    at: Mapped[datetime]


class DocClient(Table):
    """Who was given which Yjs client id. Never reused within a notebook."""

    __tablename__ = "doc_client"
    notebook_id: Mapped[str] = mapped_column(ForeignKey("notebook.id", ondelete="CASCADE"), primary_key=True)
    client_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    user_id: Mapped[str]
    __table_args__ = (Index("ix_doc_client_owner", "notebook_id", "user_id"),)


class TextFile(Table):
    """A text file of a project that people have edited in the page, and the history of that.

    `place` is the SHA-256 of its percent-encoded path `address`, which earlier servers left out. `base` is
    the newest state whose text the file is known to have had, and `before` the one before that.
    """

    __tablename__ = "text_file"
    id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = _project()
    place: Mapped[str]
    address: Mapped[str | None] = mapped_column(Text)
    epoch: Mapped[str]
    head_seq: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    snapshot_seq: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    snapshot: Mapped[bytes | None]
    base: Mapped[bytes | None]
    before: Mapped[bytes | None]
    used_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("project_id", "place"),)


class TextUpdate(Table):
    """One update of a text file, in v1 encoding."""

    __tablename__ = "text_update"
    text_id: Mapped[str] = mapped_column(ForeignKey("text_file.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    data: Mapped[bytes]
    actor: Mapped[str | None]
    at: Mapped[datetime]


class TextClient(Table):
    """Who was given which Yjs client id. Never reused within a text file."""

    __tablename__ = "text_client"
    text_id: Mapped[str] = mapped_column(ForeignKey("text_file.id", ondelete="CASCADE"), primary_key=True)
    client_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    user_id: Mapped[str]


class CommentReading(Table):
    """Up to when somebody has read the comments of a notebook."""

    __tablename__ = "comment_reading"
    notebook_id: Mapped[str] = mapped_column(ForeignKey("notebook.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[str] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    at: Mapped[datetime]


class NotebookVersion(Table):
    """What the cells of a notebook were. `content` is as `collab.versions` packs it."""

    __tablename__ = "notebook_version"
    id: Mapped[str] = mapped_column(primary_key=True)
    notebook_id: Mapped[str] = mapped_column(ForeignKey("notebook.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str | None] = mapped_column(String(200))
    at: Mapped[datetime]
    by: Mapped[str | None]
    authors: Mapped[Any] = mapped_column(JSON)
    cells: Mapped[int]
    added: Mapped[int]
    removed: Mapped[int]
    changed: Mapped[int]
    content: Mapped[bytes]
    __table_args__ = (Index("ix_notebook_version_of", "notebook_id", "at"),)


# Kernels, runs, outputs


class Hardware(Table):
    """One hardware class of the catalogue, in its place; one that is not enabled takes no new kernel.

    `users` and `groups` are lists of ids: who is deleted is simply nobody's match any more.
    """

    __tablename__ = "hardware_class"
    id: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(String(100))
    description: Mapped[str] = mapped_column(String(500))
    engine: Mapped[str]
    cpus: Mapped[float | None]
    memory_mib: Mapped[int | None]
    processes: Mapped[int | None]
    disk_mib: Mapped[int | None]
    gpus: Mapped[int]
    gpu_type: Mapped[str | None]
    internet: Mapped[bool]
    python: Mapped[str | None] = mapped_column(String(500))
    price_per_hour: Mapped[float | None]
    users: Mapped[Any] = mapped_column(JSON)
    groups: Mapped[Any] = mapped_column(JSON)
    max_per_user: Mapped[int | None]
    idle_after_s: Mapped[int | None]
    max_life_s: Mapped[int | None]
    options: Mapped[Any] = mapped_column(JSON)
    position: Mapped[int]
    enabled: Mapped[bool] = mapped_column(server_default=true())
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Kernel(Table):
    """A supervisor and its kernel. `fence` grows with each attachment; `acked_seq` is what is stored here.

    `hardware_label` and `price_per_hour` are those of its class when it was
    ordered. `running_since` is when it was first reached: from then on it costs.
    `kept_by` is the name of whoever keeps it from the idle stop. `advice` is what
    a restart would bring, and what the kernel has been asked about that.
    """

    __tablename__ = "kernel"
    id: Mapped[str] = mapped_column(primary_key=True)
    notebook_id: Mapped[str] = _notebook()
    hardware: Mapped[str]
    engine: Mapped[str]
    token: Mapped[str] = mapped_column(String(200))
    handle: Mapped[Any | None] = mapped_column(JSON)
    fence: Mapped[int] = mapped_column(server_default=text("0"))
    epoch: Mapped[int] = mapped_column(server_default=text("0"))
    state: Mapped[str]
    acked_seq: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    started_by: Mapped[str | None]
    hardware_label: Mapped[str | None] = mapped_column(String(100))
    price_per_hour: Mapped[float | None]
    created_at: Mapped[datetime]
    running_since: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    kept_until: Mapped[datetime | None]
    kept_by: Mapped[str | None] = mapped_column(String(100))
    advice: Mapped[Any | None] = mapped_column(JSON)


class SavedSet(Table):
    """Variables that an ended kernel left, as files in the project's folder; `kept` and `lost` list them.

    Both lists come from the kernel and are shown, never trusted.
    """

    __tablename__ = "saved_variables"
    id: Mapped[str] = mapped_column(primary_key=True)
    notebook_id: Mapped[str] = _notebook()
    hardware: Mapped[str]
    cause: Mapped[str]
    kept: Mapped[Any] = mapped_column(JSON)
    lost: Mapped[Any] = mapped_column(JSON)
    bytes: Mapped[int] = mapped_column(BigInteger)
    saved_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    restored_at: Mapped[datetime | None]


class Run(Table):
    """One request to run cells."""

    __tablename__ = "run"
    id: Mapped[str] = mapped_column(primary_key=True)
    notebook_id: Mapped[str] = _notebook()
    by: Mapped[str]
    created_at: Mapped[datetime]


class RunCell(Table):
    """One cell of a run: the text that ran, and how it went. `text` is how code of no cell is to run."""

    __tablename__ = "run_cell"
    run_id: Mapped[str] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cell_id: Mapped[str]
    msg_id: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    source: Mapped[str] = mapped_column(Text)
    source_sha256: Mapped[str]
    queued: Mapped[datetime]
    started: Mapped[datetime | None]
    ended: Mapped[datetime | None]
    count: Mapped[int | None]
    journal_seq: Mapped[int | None] = mapped_column(BigInteger)
    text: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class Blob(Table):
    """A large output or attachment, kept as a file named by its hash. `size` in bytes."""

    __tablename__ = "blob"
    sha256: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    mime: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]


class NotebookBlob(Table):
    """Which notebooks hold which blobs: who may read one notebook may fetch its blobs."""

    __tablename__ = "notebook_blob"
    notebook_id: Mapped[str] = mapped_column(ForeignKey("notebook.id", ondelete="CASCADE"), primary_key=True)
    sha256: Mapped[str] = mapped_column(
        ForeignKey("blob.sha256", ondelete="CASCADE"), primary_key=True, index=True
    )


# Environments


class EnvironmentState(Table):
    """What a project's environment was after a change. The newest is the one in use; `folder` holds it.

    `requirements` is the project's requirements.txt then, null where there was none.
    """

    __tablename__ = "environment_state"
    id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = _project()
    folder: Mapped[str]
    by: Mapped[str | None]
    kind: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(300))
    python: Mapped[str]
    base: Mapped[Any] = mapped_column(JSON)
    built: Mapped[Any] = mapped_column(JSON)
    requirements: Mapped[str | None] = mapped_column(Text)
    lock: Mapped[str] = mapped_column(Text)
    changes: Mapped[Any] = mapped_column(JSON)
    created_at: Mapped[datetime]


class PackageRequest(Table):
    """Somebody's wish for a package that others have to install. `name` is canonical; `line` as asked for."""

    __tablename__ = "package_request"
    id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = _project()
    line: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(200))
    account_id: Mapped[str] = _account()
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    answered_by: Mapped[str | None]
    answered_at: Mapped[datetime | None]


class EditorChoices(Table):
    """How somebody wants the editor, as JSON."""

    __tablename__ = "editor_choices"
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class EnvironmentJob(Table):
    """Somebody's wish to change an environment, and what became of it."""

    __tablename__ = "environment_job"
    id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = _project()
    by: Mapped[str | None]
    kind: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(300))
    state: Mapped[str] = mapped_column(String(16))
    code: Mapped[str | None]
    reason: Mapped[str | None] = mapped_column(Text)
    detail: Mapped[str | None] = mapped_column(Text)
    changes: Mapped[Any] = mapped_column(JSON)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


# Connections


class Connection(Table):
    """A way to something outside. `fields` holds what is no secret; its kernels get an attached one.

    `changed_at` moves with every change, also of a secret alone.
    """

    __tablename__ = "connection"
    id: Mapped[str] = mapped_column(primary_key=True)
    project_id: Mapped[str] = _project()
    kind: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(String(200))
    attached: Mapped[bool] = mapped_column(server_default=false())
    fields: Mapped[Any] = mapped_column(JSON)
    created_by: Mapped[str | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("project_id", "name_key"),)


class ConnectionSecret(Table):
    """One secret field of a connection, encrypted for its row and field with the key called `key_id`."""

    __tablename__ = "connection_secret"
    connection_id: Mapped[str] = mapped_column(
        ForeignKey("connection.id", ondelete="CASCADE"), primary_key=True
    )
    field: Mapped[str] = mapped_column(String(100), primary_key=True)
    key_id: Mapped[str] = mapped_column(index=True)
    data: Mapped[bytes]


class AuditEvent(Table):
    """Something that must be known later: who did what to which thing. Only ever added to.

    No foreign key: it outlives what it tells of. `detail` holds names and words, never a secret.
    """

    __tablename__ = "audit_event"
    id: Mapped[int] = mapped_column(BIG_ID, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str | None]
    action: Mapped[str]
    project_id: Mapped[str | None] = mapped_column(index=True)
    thing: Mapped[str | None] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(200))
    detail: Mapped[Any] = mapped_column(JSON)


# Git


class GitRepository(Table):
    """The repository that a project belongs to. `known_hosts` are the host keys that somebody accepted."""

    __tablename__ = "git_repository"
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id", ondelete="CASCADE"), primary_key=True)
    url: Mapped[str] = mapped_column(String(1100))
    branch: Mapped[str | None] = mapped_column(String(200))
    connection: Mapped[str | None]
    with_outputs: Mapped[bool] = mapped_column(server_default=true())
    state: Mapped[str] = mapped_column(String(16))
    code: Mapped[str | None]
    reason: Mapped[str | None] = mapped_column(Text)
    known_hosts: Mapped[str] = mapped_column(Text)
    notes: Mapped[Any] = mapped_column(JSON)
    fetched_at: Mapped[datetime | None]


class GitNotebook(Table):
    """The file that a notebook is in its project's repository, and what both held when they were the same."""

    __tablename__ = "git_notebook"
    notebook_id: Mapped[str] = mapped_column(ForeignKey("notebook.id", ondelete="CASCADE"), primary_key=True)
    project_id: Mapped[str] = _project()
    path: Mapped[str] = mapped_column(Text)
    base: Mapped[str | None]
    digest: Mapped[str | None]
    heads: Mapped[str | None]
