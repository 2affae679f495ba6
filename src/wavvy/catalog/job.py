"""A job as the catalogue knows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

JobState = Literal["queued", "running", "done", "failed", "cancelled"]

OPEN: tuple[JobState, ...] = ("queued", "running")
"""States of a job that has not ended."""

LEASE_S = 6.0
"""How long a job is held without a word from whoever works on it, in seconds."""

MOST_ATTEMPTS = 4
"""How often a job is begun before it is failed; then a person may have it tried again."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it was when it was looked up.

    Attributes
    ----------
    kind, subject : str
        What is done, and to what, in words for people, such as a file's name.
    arguments : dict
        What whoever does it needs to know; JSON.
    progress : int
        In percent.
    result : dict or None
        JSON; of a job that has not ended, what there is of it so far.
    error : dict or None
        Of a failed job, and of the attempt before of one that is tried again: ``code`` and
        ``message``.
    priority : int
        Those with a higher one are done first.
    attempts : int
        How often it was begun.
    cancelling : bool
        Whether whoever works on it is asked to stop.
    created_at, updated_at : datetime
        In UTC.
    """

    id: int
    kind: str
    subject: str
    arguments: dict[str, Any]
    state: JobState
    progress: int
    message: str | None
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    priority: int
    attempts: int
    cancelling: bool
    created_at: datetime
    updated_at: datetime

    @property
    def ended(self) -> bool:
        """Whether it is done, failed or cancelled."""
        return self.state not in OPEN


class RequestId(NamedTuple):
    """What a client calls a request that it may send again, and a hash of what it asks for."""

    key: str
    digest: bytes


class Claim(NamedTuple):
    """The right to work on a job, as long as its lease is renewed."""

    job: Job
    token: str
