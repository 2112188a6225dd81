"""Variables that outlive their kernel, and who keeps a kernel until when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.tables import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_variables",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("notebook_id", sa.String(length=64), nullable=False),
        sa.Column("hardware", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=False),
        sa.Column("kept", sa.JSON(), nullable=False),
        sa.Column("lost", sa.JSON(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("restored_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["notebook_id"],
            ["notebook.id"],
            name=op.f("fk_saved_variables_notebook_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_variables")),
    )
    op.create_index(op.f("ix_saved_variables_notebook_id"), "saved_variables", ["notebook_id"], unique=False)
    op.create_index(op.f("ix_saved_variables_expires_at"), "saved_variables", ["expires_at"], unique=False)
    op.add_column("kernel", sa.Column("kept_until", UtcDateTime(), nullable=True))
    op.add_column("kernel", sa.Column("kept_by", sa.String(length=100), nullable=True))
