"""More of what files say about themselves, and who said what.

Revision ID: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns to the tracks; nothing is known of those there are."""
    for column in (
        sa.Column("disc_number", sa.Integer(), nullable=True),
        sa.Column("album_artist", sa.String(), nullable=True),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("musicbrainz", sa.JSON(), nullable=True),
        sa.Column("provenance", sa.JSON(), nullable=True),
    ):
        op.add_column("tracks", column)
