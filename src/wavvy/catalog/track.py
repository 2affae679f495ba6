"""What the catalogue knows about a track, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, NamedTuple, Self, TypedDict

from wavvy.errors import TooLarge


@dataclass(frozen=True, slots=True)
class Artwork:
    """A cover picture.

    Parameters
    ----------
    mime : str
        Media type, such as ``image/jpeg``.
    data : bytes
        The encoded picture, at most ``MAX_BYTES`` long.

    Raises
    ------
    TooLarge
        The picture is larger than ``MAX_BYTES``.
    """

    MAX_BYTES: ClassVar[int] = 10 * 1024 * 1024

    mime: str
    data: bytes

    def __post_init__(self) -> None:
        if len(self.data) > self.MAX_BYTES:
            raise TooLarge(
                f"cover picture of {len(self.data)} bytes is over the limit of "
                f"{self.MAX_BYTES}: use a smaller one"
            )


@dataclass(frozen=True, slots=True)
class MusicBrainzIds:
    """Identifiers of MusicBrainz: lower-case UUIDs of recordings, releases and artists."""

    recording: tuple[str, ...] = ()
    release: tuple[str, ...] = ()
    artist: tuple[str, ...] = ()

    @classmethod
    def of(cls, stored: Mapping[str, list[str]] | None) -> Self:
        """Make the value of what `to_dict` has returned."""
        return cls(**{kind: tuple(ids) for kind, ids in (stored or {}).items()})

    def to_dict(self) -> dict[str, list[str]]:
        """Return those there are, by kind."""
        kinds = {"recording": self.recording, "release": self.release, "artist": self.artist}
        return {kind: list(ids) for kind, ids in kinds.items() if ids}


@dataclass(frozen=True, slots=True)
class TrackTags:
    """What a music file says about itself.

    ``release_date`` is ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; ``isrc`` holds codes of 12
    characters without dashes.
    """

    title: str
    artists: tuple[str, ...] = ()
    album: str | None = None
    release_date: str | None = None
    genres: tuple[str, ...] = ()
    isrc: tuple[str, ...] = ()
    track_number: int | None = None
    artwork: Artwork | None = None
    album_artist: str | None = None
    label: str | None = None
    disc_number: int | None = None
    musicbrainz: MusicBrainzIds = MusicBrainzIds()


class TrackEdit(TypedDict, total=False):
    """What a person changes about a track: a field that is absent stays as it is."""

    title: str
    artists: list[str]
    album: str | None
    release_date: str | None
    genres: list[str]
    isrc: list[str]
    album_artist: str | None
    label: str | None
    track_number: int | None
    disc_number: int | None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it was when it was read; the same three values mean the same content.

    Parameters
    ----------
    path : str
        Absolute path.
    size : int
        Bytes.
    mtime_ns : int
        Time of the last change, nanoseconds since the epoch.
    """

    path: str
    size: int
    mtime_ns: int


class FileFormat(NamedTuple):
    """What sort of file a track was added from.

    Attributes
    ----------
    name : str
        As the names of such files end: "mp3".
    bit_rate : int
        Bits a second, as far as the size of the file tells.
    """

    name: str
    bit_rate: int


@dataclass(frozen=True, slots=True)
class Track:
    """A track of the catalogue.

    ``file`` is the absolute path it was added from, or None when no file is remembered. ``links``
    are what providers have it as, by the name of the provider. ``format`` and ``bit_rate`` are of
    the file it was added from, see `FileFormat`, as far as they are known. ``added_at`` is in UTC.
    """

    id: int
    title: str
    artists: tuple[str, ...]
    album: str | None
    release_date: str | None
    duration_ms: int
    genres: tuple[str, ...]
    isrc: tuple[str, ...]
    track_number: int | None
    file: str | None
    added_at: datetime
    has_artwork: bool
    album_artist: str | None = None
    label: str | None = None
    disc_number: int | None = None
    musicbrainz: MusicBrainzIds = MusicBrainzIds()
    links: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    format: str | None = None
    bit_rate: int | None = None

    def external_ids(self) -> dict[str, list[str]]:
        """Return the codes by which others know the recording, as every answer tells them."""
        return {
            "isrc": list(self.isrc),
            "musicbrainz_recording": list(self.musicbrainz.recording),
            "musicbrainz_release": list(self.musicbrainz.release),
            "musicbrainz_artist": list(self.musicbrainz.artist),
        }

    def artwork_url(self) -> str | None:
        """Return where the service has the cover, if there is one."""
        return f"/v1/tracks/{self.id}/artwork" if self.has_artwork else None


@dataclass(frozen=True, slots=True)
class CatalogStats:
    """How much the catalogue holds: tracks, their playing time and fingerprint bytes."""

    tracks: int
    duration_ms: int
    fingerprint_bytes: int
