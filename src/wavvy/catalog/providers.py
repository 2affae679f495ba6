"""How much providers may be asked, counted for all processes that share a catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from wavvy.catalog.database import Database
from wavvy.catalog.models import ProviderRow
from wavvy.catalog.retry import settle
from wavvy.catalog.text import clean

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_PATIENCE = 5  # failures in a row before a provider is left alone
_FIRST_REST = timedelta(seconds=60)
_LONGEST_REST = timedelta(hours=1)


class Turn(NamedTuple):
    """When a provider may be asked.

    Attributes
    ----------
    wait_s : float
        0: ask now, once. Otherwise come again after so long: it is another's turn.
    refusal : str, optional
        Why the provider is to be left alone for that long instead.
    """

    wait_s: float
    refusal: str | None = None


class Allowance(NamedTuple):
    """How often a provider may be asked something on one day, as it counts days."""

    day: str
    most: int
    ends_in_s: float


@dataclass(frozen=True, slots=True)
class ProviderState:
    """How a provider fares."""

    name: str
    day: str
    calls_today: int
    blocked_until: datetime | None
    trouble: str | None


class ProviderStore:
    """The providers of a catalogue.

    Parameters
    ----------
    database : Database
        The catalogue's database. Its clock counts, since those of machines differ.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @settle
    def take_turn(self, name: str, interval_s: float, allowance: Allowance | None = None) -> Turn:
        """Take the turn to ask a provider now; turns are at least `interval_s` apart.

        Parameters
        ----------
        name : str
            Name of the provider.
        interval_s : float
            Seconds between two calls, whoever makes them.
        allowance : Allowance, optional
            What the call counts towards.
        """
        with self._database.write() as session:
            now = self._now(session)
            row = _row(session, name)
            if row.blocked_until is not None and row.blocked_until > now:
                wait_s = (row.blocked_until - now).total_seconds()
                return Turn(wait_s, row.trouble or f"{name} wants to be left alone")
            if row.next_call_at > now:
                return Turn((row.next_call_at - now).total_seconds())
            if allowance is not None:
                if row.day != allowance.day:
                    row.day, row.calls_today = allowance.day, 0
                if row.calls_today >= allowance.most:
                    return Turn(allowance.ends_in_s, f"{name}'s allowance of today is used up")
                row.calls_today += 1
            # Nobody reserves a later turn: whoever is held up then would come close to the next.
            row.next_call_at = now + timedelta(seconds=interval_s)
            return Turn(0.0)

    @settle
    def answered(self, name: str) -> None:
        """Note that a provider answered as it should."""
        with self._database.read() as session:
            row = session.get(ProviderRow, name)
            if row is None or not (row.failures or row.trouble or row.blocked_until):
                return  # most often there is nothing to write
        with self._database.write() as session:
            row = _row(session, name)
            row.failures, row.trouble, row.blocked_until = 0, None, None

    @settle
    def failed(self, name: str, trouble: str) -> bool:
        """Note that a provider did not answer; after a few times it is left alone for a while.

        Returns
        -------
        bool
            Whether it is left alone now.
        """
        with self._database.write() as session:
            row = _row(session, name)
            row.failures += 1
            row.trouble = clean(trouble)
            if row.failures < _PATIENCE:
                return False
            rest = min(_FIRST_REST * 2 ** min(row.failures - _PATIENCE, 10), _LONGEST_REST)
            row.blocked_until = self._now(session) + rest
            return True

    @settle
    def block(self, name: str, seconds: float, trouble: str) -> None:
        """Leave a provider alone for so long; 0 merely keeps the reason."""
        with self._database.write() as session:
            row = _row(session, name)
            row.trouble = clean(trouble)
            row.blocked_until = self._now(session) + timedelta(seconds=seconds)

    @settle
    def states(self) -> dict[str, ProviderState]:
        """Return how each provider fares that was ever asked."""
        with self._database.read() as session:
            return {
                row.name: ProviderState(
                    row.name, row.day, row.calls_today, row.blocked_until, row.trouble
                )
                for row in session.scalars(select(ProviderRow).order_by(ProviderRow.name))
            }

    def _now(self, session: Session) -> datetime:
        if self._database.is_sqlite:
            return datetime.now(UTC)
        now: datetime = session.scalars(select(func.clock_timestamp())).one()
        return now.astimezone(UTC)


def _row(session: Session, name: str) -> ProviderRow:
    row = session.get(ProviderRow, name)
    if row is None:
        row = ProviderRow(name=name, next_call_at=_LONG_AGO, day="", calls_today=0, failures=0)
        session.add(row)
        session.flush()
    return row
