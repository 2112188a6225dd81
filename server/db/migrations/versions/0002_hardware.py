"""Hardware classes, groups of people, and what a kernel's row says of its class."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db.tables import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hardware_class",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("engine", sa.String(length=64), nullable=False),
        sa.Column("cpus", sa.Float(), nullable=True),
        sa.Column("memory_mib", sa.Integer(), nullable=True),
        sa.Column("processes", sa.Integer(), nullable=True),
        sa.Column("disk_mib", sa.Integer(), nullable=True),
        sa.Column("gpus", sa.Integer(), nullable=False),
        sa.Column("gpu_type", sa.String(length=64), nullable=True),
        sa.Column("internet", sa.Boolean(), nullable=False),
        sa.Column("python", sa.String(length=500), nullable=True),
        sa.Column("price_per_hour", sa.Float(), nullable=True),
        sa.Column("users", sa.JSON(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("max_per_user", sa.Integer(), nullable=True),
        sa.Column("idle_after_s", sa.Integer(), nullable=True),
        sa.Column("max_life_s", sa.Integer(), nullable=True),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hardware_class")),
    )
    op.create_table(
        "people_group",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_group")),
        sa.UniqueConstraint("name_key", name=op.f("uq_people_group_name_key")),
    )
    op.create_table(
        "people_group_member",
        sa.Column("group_id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_people_group_member_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["people_group.id"],
            name=op.f("fk_people_group_member_group_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_id", "account_id", name=op.f("pk_people_group_member")),
    )
    op.create_index(
        op.f("ix_people_group_member_account_id"), "people_group_member", ["account_id"], unique=False
    )
    op.add_column("project", sa.Column("hardware", sa.String(length=64), nullable=True))
    op.add_column("kernel", sa.Column("started_by", sa.String(length=64), nullable=True))
    op.add_column("kernel", sa.Column("hardware_label", sa.String(length=100), nullable=True))
    op.add_column("kernel", sa.Column("price_per_hour", sa.Float(), nullable=True))
    op.add_column("kernel", sa.Column("running_since", UtcDateTime(), nullable=True))
