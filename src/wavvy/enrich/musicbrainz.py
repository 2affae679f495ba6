"""MusicBrainz and the Cover Art Archive: free, without a key, one request a second.

https://musicbrainz.org/doc/MusicBrainz_API and https://musicbrainz.org/doc/Cover_Art_Archive/API
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import ClassVar

from pydantic import BaseModel, Field

from wavvy.catalog.providers import ProviderStore
from wavvy.catalog.track import MusicBrainzIds, TrackEdit
from wavvy.enrich.matching import Recording
from wavvy.enrich.provider import Found, Id, Match, edit_of, likeliest
from wavvy.enrich.web import Answers, Web

API = "https://musicbrainz.org"
COVERS = "https://coverartarchive.org"

_LIMIT = 25
_SURE_TAG = 3  # votes: anybody may call a recording anything
_SPECIAL = '\\+-&|!(){}[]^"~*?:/'  # of the search's own language


class _Alias(BaseModel):
    name: str


class _Artist(BaseModel):
    id: Id
    name: str
    aliases: list[_Alias] = []


class _Credit(BaseModel):
    name: str
    artist: _Artist


class _Release(BaseModel):
    id: Id
    title: str
    status: str | None = None
    date: str | None = None


class _Tag(BaseModel):
    name: str
    count: int = 0


class _Recording(BaseModel):
    id: Id
    title: str
    length: int | None = None
    disambiguation: str = ""
    credit: list[_Credit] = Field(default=[], alias="artist-credit")
    releases: list[_Release] = []
    isrcs: list[str] = []
    tags: list[_Tag] = []
    first_date: str | None = Field(default=None, alias="first-release-date")


class _Answer(BaseModel):
    recordings: list[_Recording]


class MusicBrainz:
    """Looks recordings up in MusicBrainz.

    Parameters
    ----------
    turns : ProviderStore
        Counts requests.
    stop : threading.Event
        Set when the process is about to end.
    answers : Answers, optional
        Keeps answers for a day.
    url, covers_url : str
        Where MusicBrainz and the Cover Art Archive are.
    rate : float
        Requests a second; MusicBrainz itself allows one.
    contact : str
        Address at which its people can reach whoever runs this Wavvy.
    """

    name: ClassVar[str] = "musicbrainz"
    asks = True

    def __init__(
        self,
        turns: ProviderStore,
        stop: threading.Event,
        answers: Answers | None = None,
        *,
        url: str = API,
        covers_url: str = COVERS,
        rate: float = 1.0,
        contact: str = "",
    ) -> None:
        self._url, self._covers_url = url, covers_url
        about = contact or "self-hosted music recognition"
        self._web = Web(
            self.name,
            turns,
            stop,
            interval_s=1.1 / rate,  # on its way to them a request may catch up with another one
            user_agent=f"Wavvy/{version('wavvy')} ( {about} )",
            answers=answers,
        )

    def find(self, track: Recording) -> Match | None:
        """Look a recording up; see `Provider.find`."""
        if track.isrc:
            by_code = " OR ".join(f"isrc:{code}" for code in track.isrc)
            if match := likeliest(track, self._search(by_code)):
                return match
        if not track.artists:
            return None
        names = " ".join(f"artist:{_quoted(name)}" for name in track.artists[:1])
        return likeliest(track, self._search(f"recording:{_quoted(track.title)} AND {names}"))

    def cover(self, found: Found) -> bytes | None:
        """Fetch the front cover of the first release that has one."""
        for url in found.covers[:3]:
            if picture := self._web.picture(url):
                return picture
        return None

    def check(self) -> str:
        """Ask for one recording."""
        self._search('recording:"Yesterday" AND artist:"The Beatles"', limit=1)
        return f"{self._url} answers"

    def close(self) -> None:
        """Close connections."""
        self._web.close()

    def _search(self, query: str, limit: int = _LIMIT) -> list[Found]:
        answer = self._web.json(
            _Answer,
            "GET",
            f"{self._url}/ws/2/recording",
            params={"query": query, "fmt": "json", "limit": limit},
            keep=None if limit < _LIMIT else query,
        )
        return [found for recording in answer.recordings for found in self._found(recording)]

    def _found(self, recording: _Recording) -> Iterator[Found]:
        """Describe a recording, once for each album that it is on."""
        official = [r for r in recording.releases if r.status in (None, "Official")]
        releases = sorted(official or recording.releases, key=lambda r: r.date or "9")
        names = [credit.name for credit in recording.credit]
        names += [alias.name for c in recording.credit for alias in c.artist.aliases]
        names += [credit.artist.name for credit in recording.credit]
        title = recording.title
        if recording.disambiguation:  # "live, 1994-02-22: Milan", "acoustic version"
            title = f"{title} ({recording.disambiguation})"
        albums: list[_Release | None] = [*releases] or [None]
        for release in albums:
            yield Found(
                Recording(
                    title,
                    names,
                    release.title if release else None,
                    recording.length,
                    recording.isrcs,
                    mbids=(recording.id,),
                ),
                link={
                    "track": {"id": recording.id},
                    "url": f"https://musicbrainz.org/recording/{recording.id}",
                },
                edit=_edit(recording, release),
                musicbrainz=MusicBrainzIds(
                    recording=(recording.id,),
                    release=(release.id,) if release else (),
                    artist=tuple(dict.fromkeys(c.artist.id for c in recording.credit)),
                ),
                covers=self._covers(release, releases),
            )

    def _covers(self, release: _Release | None, releases: Sequence[_Release]) -> list[str]:
        wanted = [*([release] if release else []), *releases]
        ids = dict.fromkeys(one.id for one in wanted)
        return [f"{self._covers_url}/release/{one}/front-500" for one in ids]


def _edit(recording: _Recording, release: _Release | None) -> TrackEdit:
    liked = sorted((t for t in recording.tags if t.count >= _SURE_TAG), key=lambda t: -t.count)
    return edit_of(
        album=release.title if release else None,
        date=recording.first_date,
        isrc=recording.isrcs,
        genres=[tag.name.capitalize() for tag in liked[:2]],
    )


def _quoted(text: str) -> str:
    escaped = "".join(f"\\{c}" if c in _SPECIAL else c for c in text)
    return f'"{escaped}"'
