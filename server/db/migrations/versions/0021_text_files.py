"""Text files that people edit together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.tables import UtcDateTime

revision = "0021"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "text_file",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("project_id", sa.String(length=64), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("epoch", sa.String(length=64), nullable=False),
        sa.Column("head_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("snapshot_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("snapshot", sa.LargeBinary(), nullable=True),
        sa.Column("base", sa.LargeBinary(), nullable=True),
        sa.Column("before", sa.LargeBinary(), nullable=True),
        sa.Column("used_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_text_file_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_file")),
        sa.UniqueConstraint("project_id", "place", name=op.f("uq_text_file_project_id")),
    )
    op.create_index(op.f("ix_text_file_project_id"), "text_file", ["project_id"], unique=False)
    op.create_table(
        "text_update",
        sa.Column("text_id", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["text_id"], ["text_file.id"], name=op.f("fk_text_update_text_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("text_id", "seq", name=op.f("pk_text_update")),
    )
    op.create_table(
        "text_client",
        sa.Column("text_id", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["text_id"], ["text_file.id"], name=op.f("fk_text_client_text_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("text_id", "client_id", name=op.f("pk_text_client")),
    )
