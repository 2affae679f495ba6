"""What a provider is, what it answers, and how it fails.

These failures stay inside this package: a provider that is down is nobody's error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Protocol

from pydantic import Field

from wavvy.catalog.text import clean
from wavvy.catalog.track import MusicBrainzIds, Track, TrackEdit
from wavvy.enrich.matching import THRESHOLD, Recording, confidence

Id = Annotated[str, Field(pattern=r"^[\w-]{1,64}$")]
"""What providers call a recording; it becomes part of an address."""

_DATE = re.compile(r"(?!0000)\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")


class ProviderError(Exception):
    """A provider gave no answer; one line for people."""


class Unavailable(ProviderError):
    """It cannot be reached, or answers nonsense: try this track again later."""


class Limited(ProviderError):
    """It wants to be left alone for a while.

    Parameters
    ----------
    message : str
        Why.
    seconds : float
        For how long.
    told : bool, default True
        Whether it said so itself; otherwise we know from before.
    """

    def __init__(self, message: str, seconds: float, *, told: bool = True) -> None:
        super().__init__(message)
        self.seconds = seconds
        self.told = told


class Refused(ProviderError):
    """It does not accept the credentials: nothing but other ones will help."""


class Stopped(ProviderError):
    """The process is about to end."""


@dataclass(frozen=True, slots=True)
class Found:
    """A recording as a provider has it.

    Attributes
    ----------
    recording : Recording
        To compare with the track.
    link : dict
        How answers refer to it: an entry of ``external_metadata``, with its ``url``.
    edit : TrackEdit
        What is known of it; it fills what is empty in the catalogue.
    musicbrainz : MusicBrainzIds
    covers : sequence of str
        Addresses of its cover, the best first.
    """

    recording: Recording
    link: dict[str, Any]
    edit: TrackEdit = field(default_factory=lambda: TrackEdit())
    musicbrainz: MusicBrainzIds = field(default_factory=MusicBrainzIds)
    covers: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """What was found, and how sure it is that it is the track; None where nobody was asked."""

    found: Found
    confidence: float | None


class Provider(Protocol):
    """Someone who can be asked about tracks. Its methods raise `ProviderError`."""

    name: ClassVar[str]
    asks: bool
    """Whether it is really asked: without a key there may be no more than an address to search."""

    def find(self, track: Recording) -> Match | None:
        """Look a track up, by ISRC or else by title and artist; None: it is not known there."""
        ...

    def cover(self, found: Found) -> bytes | None:
        """Fetch the cover of what was found; None if there is none."""
        ...

    def check(self) -> str:
        """Try the credentials, and return in words what came of it."""
        ...

    def close(self) -> None:
        """Close connections."""
        ...


def recording_of(track: Track) -> Recording:
    """Return what of a track is compared with what providers have."""
    return Recording(
        track.title,
        track.artists,
        track.album,
        track.duration_ms,
        track.isrc,
        mbids=track.musicbrainz.recording,
    )


def likeliest(track: Recording, found: Iterable[Found]) -> Match | None:
    """Return what is most likely the same recording; None if nothing is likely enough."""
    rated = [Match(one, confidence(track, one.recording)) for one in found]
    best = max(rated, key=lambda match: match.confidence or 0.0, default=None)
    return best if best is not None and (best.confidence or 0.0) >= THRESHOLD else None


def edit_of(
    *,
    album: str | None = None,
    date: str | None = None,
    isrc: Iterable[str | None] = (),
    genres: Iterable[str] = (),
) -> TrackEdit:
    """Return what a provider says of a track, without what makes no sense."""
    edit = TrackEdit()
    if name := clean(album or ""):
        edit["album"] = name
    if date and _DATE.fullmatch(date):
        edit["release_date"] = date
    if codes := [code.upper() for code in isrc if code and _ISRC.fullmatch(code.upper())]:
        edit["isrc"] = codes[:5]
    if names := [name for genre in genres if (name := clean(genre))]:
        edit["genres"] = names
    return edit
