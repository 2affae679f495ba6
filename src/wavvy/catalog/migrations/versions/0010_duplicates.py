"""Tracks that are the same recording, and what their files were.

Revision ID: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of duplicates, and add the columns about files."""
    op.create_table(
        "duplicate_checks",
        sa.Column("track_id", sa.Integer(), nullable=False),
        sa.Column("method", sa.Integer(), nullable=False),
        _track("duplicate_checks", "track_id"),
        sa.PrimaryKeyConstraint("track_id", name=op.f("pk_duplicate_checks")),
    )
    op.create_table(
        "duplicate_pairs",
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("similarity", sa.Double(), nullable=False),
        sa.Column("method", sa.Integer(), nullable=False),
        _track("duplicate_pairs", "first_id"),
        _track("duplicate_pairs", "second_id"),
        sa.PrimaryKeyConstraint("first_id", "second_id", name=op.f("pk_duplicate_pairs")),
    )
    op.create_index(op.f("ix_duplicate_pairs_second_id"), "duplicate_pairs", ["second_id"])
    op.create_table(
        "distinct_pairs",
        sa.Column("first_hash", sa.LargeBinary(), nullable=False),
        sa.Column("second_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("first_hash", "second_hash", name=op.f("pk_distinct_pairs")),
    )
    op.add_column("tracks", sa.Column("format", sa.String(), nullable=True))
    op.add_column("tracks", sa.Column("bit_rate", sa.Integer(), nullable=True))


def _track(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column],
        ["tracks.id"],
        name=op.f(f"fk_{table}_{column}_tracks"),
        ondelete="CASCADE",
    )
