"""How code that another program sent is to run, and whose answer that program waits for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("run_cell", sa.Column("text", sa.JSON(), nullable=True))
