"""The history of recognitions.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create its table."""
    op.create_table(
        "recognitions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("heard_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("track_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("artists", sa.JSON(), nullable=True),
        sa.Column("album", sa.String(), nullable=True),
        sa.Column("play_offset_ms", sa.Integer(), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recognitions")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_recognitions_heard_at_ms"), "recognitions", ["heard_at_ms"])
    op.create_index(op.f("ix_recognitions_track_id"), "recognitions", ["track_id"])
