"""Spotify: needs an application's client id and secret, which are free.

https://developer.spotify.com/documentation/web-api
"""

from __future__ import annotations

import threading
import time
from typing import Any, ClassVar

import httpx2
from pydantic import BaseModel

from wavvy.catalog.providers import ProviderStore
from wavvy.enrich.matching import Recording
from wavvy.enrich.provider import (
    Found,
    Id,
    Match,
    ProviderError,
    Refused,
    Unavailable,
    edit_of,
    likeliest,
)
from wavvy.enrich.web import Answers, Web

API = "https://api.spotify.com"
ACCOUNTS = "https://accounts.spotify.com"

_LIMIT = 10  # the most a search returns
_INTERVAL_S = 0.2  # what it allows is told by answers with 429 only; this is far below
_EARLY_S = 60.0  # a token is renewed so long before it ends


class _Token(BaseModel):
    access_token: str
    expires_in: float


class _Artist(BaseModel):
    name: str


class _Image(BaseModel):
    url: str
    width: int | None = None


class _Album(BaseModel):
    name: str
    release_date: str | None = None
    images: list[_Image] = []


class _ExternalIds(BaseModel):
    isrc: str | None = None


class _Track(BaseModel):
    id: Id
    name: str
    duration_ms: int
    artists: list[_Artist]
    album: _Album
    external_ids: _ExternalIds = _ExternalIds()


class _Tracks(BaseModel):
    items: list[_Track | None]


class _Answer(BaseModel):
    tracks: _Tracks


class Spotify:
    """Looks tracks up in Spotify.

    Parameters
    ----------
    turns : ProviderStore
        Counts requests.
    stop : threading.Event
        Set when the process is about to end.
    answers : Answers, optional
        Keeps answers for a day.
    client_id, client_secret : str
        Of an application.
    url, accounts_url : str
        Where the interface and the service that gives out tokens are.
    """

    name: ClassVar[str] = "spotify"
    asks = True

    def __init__(
        self,
        turns: ProviderStore,
        stop: threading.Event,
        answers: Answers | None = None,
        *,
        client_id: str,
        client_secret: str,
        url: str = API,
        accounts_url: str = ACCOUNTS,
    ) -> None:
        self._url, self._accounts_url = url, accounts_url
        self._auth = (client_id, client_secret)
        self._token = ""
        self._token_ends = 0.0
        self._web = Web(self.name, turns, stop, interval_s=_INTERVAL_S, answers=answers)

    def find(self, track: Recording) -> Match | None:
        """Look a track up; see `Provider.find`."""
        for code in track.isrc[:3]:
            if match := likeliest(track, self._search(f"isrc:{code}")):
                return match
        if not track.artists:
            return None
        by_field = f'track:"{_bare(track.title)}" artist:"{_bare(track.artists[0])}"'
        if match := likeliest(track, self._search(by_field)):
            return match
        # Without fields it also finds what is spelt in another script.
        return likeliest(track, self._search(f"{_bare(track.title)} {_bare(track.artists[0])}"))

    def cover(self, found: Found) -> bytes | None:
        """Fetch the album's cover."""
        return self._web.picture(found.covers[0]) if found.covers else None

    def check(self) -> str:
        """Get a token, and search with it."""
        self._token = ""
        self._search('track:"Yesterday" artist:"The Beatles"', limit=1)
        return f"{self._url} accepts the client id and secret"

    def close(self) -> None:
        """Close connections."""
        self._web.close()

    def _search(self, query: str, limit: int = _LIMIT) -> list[Found]:
        params = {"q": query, "type": "track", "limit": limit}
        renewed = not self._token or time.monotonic() >= self._token_ends
        try:
            answer = self._request(params)
        except _Expired as expired:
            # A token may end before its time; a new one that is not taken either is no good.
            self._token = ""
            if renewed:
                raise Refused("spotify does not accept its own tokens") from expired
            answer = self._request(params)
        return [_found(track) for track in answer.tracks.items if track is not None]

    def _request(self, params: dict[str, Any]) -> _Answer:
        return self._web.json(
            _Answer,
            "GET",
            f"{self._url}/v1/search",
            params=params,
            keep=None if params["limit"] < _LIMIT else params["q"],
            headers={"Authorization": f"Bearer {self._valid_token()}"},
            explain=_explain_search,
        )

    def _valid_token(self) -> str:
        if not self._token or time.monotonic() >= self._token_ends:
            token = self._web.json(
                _Token,
                "POST",
                f"{self._accounts_url}/api/token",
                data={"grant_type": "client_credentials"},
                auth=self._auth,
                explain=_explain_token,
            )
            self._token = token.access_token
            self._token_ends = time.monotonic() + max(token.expires_in - _EARLY_S, 1.0)
        return self._token


class _Expired(ProviderError):
    """The token is not accepted (any more)."""


def _explain_search(response: httpx2.Response, body: bytes) -> ProviderError | None:  # noqa: ARG001
    if response.status_code == 401:
        return _Expired("spotify does not accept the token")
    return None


def _explain_token(response: httpx2.Response, body: bytes) -> ProviderError | None:
    if response.status_code in (400, 401, 403) and b"invalid_client" in body:
        return Refused(
            "spotify does not know the client id, or the secret is another one: see "
            "WAVVY_SPOTIFY_CLIENT_ID and WAVVY_SPOTIFY_CLIENT_SECRET"
        )
    if response.status_code == 400:
        return Unavailable("spotify gives out no token (status 400)")
    return None


def _found(track: _Track) -> Found:
    edit = edit_of(
        album=track.album.name, date=track.album.release_date, isrc=[track.external_ids.isrc]
    )
    images = sorted(track.album.images, key=lambda image: -(image.width or 0))
    return Found(
        Recording(
            track.name,
            [artist.name for artist in track.artists],
            track.album.name,
            track.duration_ms,
            edit.get("isrc", []),
        ),
        link={"track": {"id": track.id}, "url": f"https://open.spotify.com/track/{track.id}"},
        edit=edit,
        covers=[image.url for image in images],
    )


def _bare(text: str) -> str:
    return " ".join(text.replace('"', " ").replace(":", " ").split())[:100]
