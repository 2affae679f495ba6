"""How many jobs there are in each state."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from wavvy.catalog.models import JobRow


class Backlog(NamedTuple):
    """The jobs of a catalogue, counted.

    Attributes
    ----------
    counts : dict
        By state; states without any are left out.
    waiting_since : datetime or None
        When the one that has waited longest was made; None: none waits.
    """

    counts: dict[str, int]
    waiting_since: datetime | None


def backlog(session: Session) -> Backlog:
    """Count the jobs."""
    counted = session.execute(
        select(JobRow.state, func.count().label("number")).group_by(JobRow.state)
    )
    since = session.scalar(
        select(JobRow.created_at).where(JobRow.state == "queued").order_by(JobRow.id).limit(1)
    )
    return Backlog({row.state: row.number for row in counted}, since)
