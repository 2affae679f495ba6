"""Jobs that another process can take up again.

Revision ID: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what a worker needs; progress is in percent now."""
    with op.batch_alter_table("jobs") as jobs:
        for column in (
            sa.Column("arguments", sa.JSON(), nullable=True),
            sa.Column("priority", sa.Integer(), nullable=True),
            sa.Column("attempts", sa.Integer(), nullable=True),
            sa.Column("cancelling", sa.Boolean(), nullable=True),
            sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
            sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
            sa.Column("lease_token", sa.String(), nullable=True),
            sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        ):
            jobs.add_column(column)
    # What was unfinished cannot be taken up: nobody wrote down where its upload is.
    op.execute(
        "UPDATE jobs SET arguments = '{}', priority = 0, attempts = 1, cancelling = false, "
        "due_at = created_at, progress = round(progress * 100)"
    )
    op.execute(
        'UPDATE jobs SET state = \'failed\', error = \'{"code": "internal", "message": '
        '"Wavvy was upgraded before this job had finished: start it again"}\' '
        "WHERE state IN ('queued', 'running')"
    )
    with op.batch_alter_table("jobs", table_kwargs={"sqlite_autoincrement": True}) as jobs:
        for name in ("arguments", "priority", "attempts", "cancelling", "due_at"):
            jobs.alter_column(name, nullable=False)
        jobs.alter_column(
            "progress", type_=sa.Integer(), postgresql_using="progress::integer", nullable=False
        )
