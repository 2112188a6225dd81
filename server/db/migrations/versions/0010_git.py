"""Repositories of projects, and the files that their notebooks are there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.tables import UtcDateTime

revision = "0010"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "git_repository",
        sa.Column("project_id", sa.String(length=64), nullable=False),
        sa.Column("url", sa.String(length=1100), nullable=False),
        sa.Column("branch", sa.String(length=200), nullable=True),
        sa.Column("connection", sa.String(length=64), nullable=True),
        sa.Column("with_outputs", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("known_hosts", sa.Text(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("fetched_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_git_repository_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_git_repository")),
    )
    op.create_table(
        "git_notebook",
        sa.Column("notebook_id", sa.String(length=64), nullable=False),
        sa.Column("project_id", sa.String(length=64), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("base", sa.String(length=64), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("heads", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["notebook_id"], ["notebook.id"], name=op.f("fk_git_notebook_notebook_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_git_notebook_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("notebook_id", name=op.f("pk_git_notebook")),
    )
    op.create_index(op.f("ix_git_notebook_project_id"), "git_notebook", ["project_id"], unique=False)
