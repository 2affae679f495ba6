"""YouTube: needs a key of the Data API; without one there is an address to search at.

https://developers.google.com/youtube/v3/docs
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from html import unescape
from typing import Any, ClassVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import httpx2
from pydantic import BaseModel, ValidationError

from wavvy.catalog.providers import Allowance, ProviderStore
from wavvy.enrich.matching import Recording
from wavvy.enrich.provider import Found, Id, Limited, Match, ProviderError, Refused, likeliest
from wavvy.enrich.videos import as_recording
from wavvy.enrich.web import Answers, Web

API = "https://youtube.googleapis.com"
SEARCHES_PER_DAY = 100

_DAYS = ZoneInfo("America/Los_Angeles")  # where quotas begin anew at midnight
_INTERVAL_S = 0.2
_RESULTS = 10
_KNOWN_VIDEO = "jNQXAC9IVRw"  # the first there ever was
_LENGTH = re.compile(r"P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")


class _Id(BaseModel):
    videoId: Id | None = None  # noqa: N815


class _Result(BaseModel):
    id: _Id


class _Search(BaseModel):
    items: list[_Result] = []


class _Snippet(BaseModel):
    title: str
    channelTitle: str  # noqa: N815


class _Content(BaseModel):
    duration: str


class _Video(BaseModel):
    id: Id
    snippet: _Snippet
    contentDetails: _Content  # noqa: N815


class _Videos(BaseModel):
    items: list[_Video] = []


class _Reason(BaseModel):
    reason: str = ""


class _Fault(BaseModel):
    errors: list[_Reason] = []
    message: str = ""


class _Failure(BaseModel):
    error: _Fault


class YouTube:
    """Looks tracks up in YouTube.

    Parameters
    ----------
    turns : ProviderStore
        Counts requests.
    stop : threading.Event
        Set when the process is about to end.
    answers : Answers, optional
        Keeps answers for a day.
    key : str
        Of the Data API; empty for an address to search at, and nobody is asked.
    url : str
        Where the interface is.
    searches_per_day : int
        How often it may be searched.
    """

    name: ClassVar[str] = "youtube"

    def __init__(
        self,
        turns: ProviderStore,
        stop: threading.Event,
        answers: Answers | None = None,
        *,
        key: str,
        url: str = API,
        searches_per_day: int = SEARCHES_PER_DAY,
    ) -> None:
        self.asks = bool(key)
        self._key, self._url = key, url
        self._most = searches_per_day
        self._web = Web(self.name, turns, stop, interval_s=_INTERVAL_S, answers=answers)

    def find(self, track: Recording) -> Match | None:
        """Look a track up; see `Provider.find`."""
        words = " ".join([*track.artists[:1], track.title])[:200]
        if not self.asks:
            query = urlencode({"search_query": words})
            link = {"url": f"https://www.youtube.com/results?{query}"}
            return Match(Found(track, link), None)
        if not track.artists:
            return None
        found = self._search(words)
        official = [one for one in found if one.recording.slack_ms]
        return likeliest(track, official) or likeliest(track, found)

    def cover(self, found: Found) -> bytes | None:  # noqa: ARG002
        """Return None: a frame of a video is no cover."""
        return None

    def check(self) -> str:
        """Ask for a video, which costs no search."""
        if not self.asks:
            return "no key: links lead to a search"
        self._videos([_KNOWN_VIDEO])
        return f"{self._url} accepts the key"

    def close(self) -> None:
        """Close connections."""
        self._web.close()

    def _search(self, words: str) -> list[Found]:
        answer = self._web.json(
            _Search,
            "GET",
            f"{self._url}/youtube/v3/search",
            params={
                "part": "snippet",
                "type": "video",
                "maxResults": _RESULTS,
                "q": words,
                "key": self._key,
            },
            allowance=_allowance(self._most),
            keep=words,
            explain=_explain,
        )
        ids = [result.id.videoId for result in answer.items if result.id.videoId]
        return [_found(video) for video in self._videos(ids)] if ids else []

    def _videos(self, ids: Sequence[str]) -> list[_Video]:
        params: dict[str, Any] = {
            "part": "snippet,contentDetails",
            "id": ",".join(ids),
            "key": self._key,
        }
        url = f"{self._url}/youtube/v3/videos"
        return self._web.json(_Videos, "GET", url, params=params, explain=_explain).items


def _found(video: _Video) -> Found:
    title, channel = unescape(video.snippet.title), unescape(video.snippet.channelTitle)
    return Found(
        as_recording(title, channel, _length_ms(video.contentDetails.duration)),
        link={"vid": video.id, "url": f"https://www.youtube.com/watch?v={video.id}"},
    )


def _length_ms(duration: str) -> int:
    """Return an ISO 8601 duration, such as ``PT4M6S``, in milliseconds."""
    match = _LENGTH.fullmatch(duration)
    if match is None:
        return 0
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return 1000 * (((24 * days + hours) * 60 + minutes) * 60 + seconds)


def _allowance(most: int) -> Allowance:
    now = datetime.now(_DAYS)
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return Allowance(now.date().isoformat(), most, midnight.timestamp() - now.timestamp() + 1)


def _explain(response: httpx2.Response, body: bytes) -> ProviderError | None:
    if response.status_code not in (400, 403, 429):
        return None
    try:
        fault = _Failure.model_validate_json(body).error
    except ValidationError:
        return None
    reasons = {one.reason for one in fault.errors}
    if reasons & {"quotaExceeded", "dailyLimitExceeded"}:
        return Limited("youtube's quota of today is used up", _allowance(0).ends_in_s)
    if reasons & {"rateLimitExceeded", "userRateLimitExceeded"}:
        return Limited("youtube is asked too often", 60.0)
    if response.status_code == 400 and "keyInvalid" not in reasons and "badRequest" not in reasons:
        return None
    return Refused(
        f"youtube does not accept the key ({', '.join(sorted(reasons)) or fault.message}): see "
        "WAVVY_YOUTUBE_API_KEY"
    )
