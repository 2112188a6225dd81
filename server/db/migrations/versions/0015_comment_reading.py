"""Up to when people have read comments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.tables import UtcDateTime

revision = "0015"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "comment_reading",
        sa.Column("notebook_id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notebook_id"], ["notebook.id"], name=op.f("fk_comment_reading_notebook_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_comment_reading_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("notebook_id", "account_id", name=op.f("pk_comment_reading")),
    )
    op.create_index(op.f("ix_comment_reading_account_id"), "comment_reading", ["account_id"], unique=False)
