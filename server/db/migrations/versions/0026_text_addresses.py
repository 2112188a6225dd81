"""Where the text files are that people have edited, so that a page finds one that has moved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("text_file", sa.Column("address", sa.Text(), nullable=True))
