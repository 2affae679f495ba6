"""Requests that are sent twice make one job.

Revision ID: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what tells requests apart."""
    op.add_column("jobs", sa.Column("request_key", sa.String(), nullable=True))
    op.add_column("jobs", sa.Column("request_digest", sa.LargeBinary(), nullable=True))
    op.create_index(op.f("ix_jobs_request_key"), "jobs", ["request_key"], unique=True)
