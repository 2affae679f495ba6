"""The JSON of the HTTP interface, as models with examples."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from wavvy.catalog.text import MAX_LENGTH, clean
from wavvy.explain.explanation import Reason

if TYPE_CHECKING:
    from wavvy.catalog.track import Track, TrackEdit

Ok = Literal["ok"]


def examples(*given: dict[str, Any]) -> ConfigDict:
    """Let the documentation show these."""
    return ConfigDict(json_schema_extra={"examples": list(given)})


class Name(BaseModel):
    """Something that has a name."""

    name: str


class ExternalIds(BaseModel):
    """Codes by which others know the recording."""

    isrc: list[str] = []
    musicbrainz_recording: list[str] = []
    musicbrainz_release: list[str] = []
    musicbrainz_artist: list[str] = []


_TRACK: dict[str, Any] = {
    "id": 42,
    "title": "Harbour Lights",
    "artists": [{"name": "The Tide Clocks"}],
    "album": {"name": "Low Water"},
    "release_date": "1992-04-07",
    "duration_ms": 214400,
    "genres": [{"name": "Folk"}],
    "label": "Breakwater",
    "external_ids": {
        "isrc": ["GBAYE9200070"],
        "musicbrainz_recording": ["6f9c8c32-3aae-4dad-b023-56389361cf6b"],
        "musicbrainz_release": [],
        "musicbrainz_artist": [],
    },
    "external_metadata": {
        "spotify": [
            {
                "track": {"id": "6rqhFgbbKwnb9MLmUQDhG6"},
                "url": "https://open.spotify.com/track/6rqhFgbbKwnb9MLmUQDhG6",
            }
        ]
    },
    "artwork_url": "/v1/tracks/42/artwork",
    "file": "03 Harbour Lights.flac",
}


class TrackFields(BaseModel):
    """What is known about a track, in every answer that names one."""

    id: int
    title: str
    artists: list[Name]
    album: Name | None
    release_date: str | None = Field(description="ISO date, or as much of it as is known.")
    duration_ms: int
    genres: list[Name]
    label: str | None
    external_ids: ExternalIds
    external_metadata: dict[str, list[dict[str, Any]]] = Field(
        description="What `spotify`, `youtube` and `musicbrainz` have it as, where they were asked."
    )
    artwork_url: str | None = Field(description="Where the cover is on this server, if any.")
    file: str | None = Field(description="File the track was added from; null for an upload.")


LISTED_EXAMPLE = _TRACK | {
    "album_artist": "The Tide Clocks",
    "track_number": 3,
    "disc_number": 1,
    "added_at": "2026-01-31T12:00:00Z",
}


class TrackOut(TrackFields):
    """A track of the library."""

    model_config = examples(LISTED_EXAMPLE)

    album_artist: str | None
    track_number: int | None
    disc_number: int | None
    added_at: datetime = Field(description="When the track was added, UTC.")

    @classmethod
    def of(cls, track: Track) -> Self:
        """Return the JSON of `track`."""
        return cls(
            id=track.id,
            title=track.title,
            artists=[Name(name=name) for name in track.artists],
            album=None if track.album is None else Name(name=track.album),
            release_date=track.release_date,
            duration_ms=track.duration_ms,
            genres=[Name(name=name) for name in track.genres],
            label=track.label,
            external_ids=ExternalIds(**track.external_ids()),
            external_metadata=dict(track.links),
            artwork_url=track.artwork_url(),
            file=track.file,
            album_artist=track.album_artist,
            track_number=track.track_number,
            disc_number=track.disc_number,
            added_at=track.added_at,
        )


class TrackAnswer(BaseModel):
    """One track."""

    model_config = examples({"status": "ok", "track": LISTED_EXAMPLE})

    status: Ok = "ok"
    track: TrackOut


_ISRC = r"^[A-Z]{2}[A-Z0-9]{3}[0-9]{7}$"


def _name(text: str) -> str:
    cleaned = clean(text)
    if not cleaned:
        raise ValueError("a name needs a character that can be seen")
    return cleaned


_Word = Annotated[str, Field(max_length=MAX_LENGTH), AfterValidator(_name)]
_Words = Annotated[list[_Word], Field(max_length=50)]
_Number = Annotated[int, Field(ge=1, le=9999)]


class TrackPatch(BaseModel):
    """What to change about a track; a field that is left out stays as it is."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"title": "Harbour Lights", "artists": ["The Tide Clocks"]}]
        },
    )

    title: _Word = ""
    artists: _Words = []
    album: _Word | None = None
    release_date: Annotated[str, Field(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")] | None = None
    genres: _Words = []
    isrc: Annotated[list[Annotated[str, Field(pattern=_ISRC)]], Field(max_length=50)] = []
    album_artist: _Word | None = None
    label: _Word | None = None
    track_number: _Number | None = None
    disc_number: _Number | None = None

    def changes(self) -> TrackEdit:
        """Return the fields that were given."""
        return cast("TrackEdit", self.model_dump(exclude_unset=True))


class GenreOut(BaseModel):
    """A genre of the library."""

    name: str
    tracks: int


class GenresAnswer(BaseModel):
    """Every genre, by name."""

    model_config = examples({"status": "ok", "genres": [{"name": "Folk", "tracks": 12}]})

    status: Ok = "ok"
    genres: list[GenreOut]


class DemoAnswer(BaseModel):
    """The demo library is in."""

    model_config = examples({"status": "ok", "tracks": [1, 2, 3]})

    status: Ok = "ok"
    tracks: list[int] = Field(description="Ids of the demo tracks.")


class QueryOut(BaseModel):
    """What was asked."""

    id: str
    duration_ms: int = Field(description="How much audio was analysed.")
    landmarks: int = Field(
        description="Landmarks of the clip that were considered: the most salient, where they "
        "told enough."
    )
    took_ms: int


class MatchOut(TrackFields):
    """A track that was recognised, and where in it the clip lies."""

    score: float = Field(ge=0, le=1, description="Calibrated probability that this is right.")
    play_offset_ms: int = Field(description="Position in the track at the END of the clip.")
    sample_begin_time_offset_ms: int
    sample_end_time_offset_ms: int
    db_begin_time_offset_ms: int = Field(description="Position in the track at the clip's start.")
    db_end_time_offset_ms: int
    time_skew: float
    frequency_skew: float
    matched_landmarks: int = Field(
        description="Landmarks of the clip that agree with the track, of `landmarks` in the query."
    )


MATCH_EXAMPLE: dict[str, Any] = _TRACK | {
    "score": 0.98,
    "play_offset_ms": 152200,
    "sample_begin_time_offset_ms": 0,
    "sample_end_time_offset_ms": 5000,
    "db_begin_time_offset_ms": 147200,
    "db_end_time_offset_ms": 152200,
    "time_skew": 0.0,
    "frequency_skew": 0.0,
    "matched_landmarks": 131,
}
_QUERY = {"id": "01JA7Z3K8N4Q5R6S7T8V9W0X1Y", "duration_ms": 5000, "landmarks": 212, "took_ms": 9}


Peak = tuple[int, int]


class CandidateOut(BaseModel):
    """The track that was answered, or would be if any were."""

    id: int
    title: str
    artists: list[Name]
    score: float = Field(ge=0, le=1, description="Calibrated probability that this is right.")
    accepted: bool = Field(description="Whether it is among the results.")
    track_begin_ms: int = Field(
        description="Position in the track at `begin_ms`; negative where the window begins first."
    )
    time_skew: float = Field(description="How much faster than the track the clip plays.")
    frequency_skew: float = Field(description="How much higher it sounds.")


class OffsetHistogramOut(BaseModel):
    """How many landmarks agree on each position of the window in the track."""

    bin_ms: int = Field(description="Width of a bin.")
    background: float = Field(description="Mean votes of the other touched bins: what luck gives.")
    bins: list[tuple[int, int]] = Field(
        description="Position in the track in ms at which a bin starts, and its votes. The "
        "candidate is in the middle of its bin. At most 500 bins, those with most votes."
    )


class ExplanationOut(BaseModel):
    """Why a clip was recognised, or was not. Times are in ms of the clip, frequencies in Hz."""

    reason: Reason
    summary: str = Field(description="The reason in plain words.")
    begin_ms: int = Field(description="Start of the window of the clip that decided ...")
    end_ms: int = Field(description="... and its end, at most 10 s later.")
    threshold: float = Field(description="Score from which a match is accepted.")
    candidate: CandidateOut | None = Field(
        description="null where no track has anything in common with the clip."
    )
    query_landmarks: list[Peak] = Field(description="Time and frequency of the clip's peaks.")
    reference_landmarks: list[tuple[int, int, Literal[0, 1]]] = Field(
        description="Time and frequency of the track's peaks as they would be in the clip, and "
        "whether the clip has a peak there."
    )
    pairs: list[tuple[int, int, int, int]] = Field(
        description="Landmarks that voted for the candidate: time and frequency of one peak of "
        "the clip, then of the other. At most 500."
    )
    offset_histogram: OffsetHistogramOut
    matched_share: float = Field(description="Share of the track's peaks that the clip has.")
    luck_share: float = Field(description="Share of them that it would have by luck.")
    score_by_time: list[tuple[int, float, float]] = Field(
        description="As the window grows: the time it reaches, the score of the candidate, and "
        "the best score of any other track. At most 21 steps."
    )


EXPLANATION_EXAMPLE: dict[str, Any] = {
    "reason": "matched",
    "summary": "131 of 160 peaks of the track are in the clip; luck would give 24.",
    "begin_ms": 0,
    "end_ms": 4996,
    "threshold": 0.999,
    "candidate": {
        "id": 42,
        "title": "Harbour Lights",
        "artists": [{"name": "The Tide Clocks"}],
        "score": 0.9998,
        "accepted": True,
        "track_begin_ms": 147200,
        "time_skew": 0.0,
        "frequency_skew": 0.0,
    },
    "query_landmarks": [[168, 441], [168, 1318], [428, 660], [508, 2093]],
    "reference_landmarks": [[168, 440, 1], [428, 659, 1], [868, 987, 0]],
    "pairs": [[168, 441, 428, 660]],
    "offset_histogram": {
        "bin_ms": 260,
        "background": 1.4,
        "bins": [[98190, 3], [147070, 118], [171510, 2]],
    },
    "matched_share": 0.8188,
    "luck_share": 0.15,
    "score_by_time": [[250, 0.02, 0.02], [500, 0.31, 0.02], [4996, 0.9998, 0.03]],
}


class RecognitionOut(BaseModel):
    """What was recognised: accepted matches only, best first; none is an answer too."""

    model_config = examples(
        {"status": "ok", "query": _QUERY, "results": [MATCH_EXAMPLE]},
        {"status": "ok", "query": _QUERY, "results": []},
        {
            "status": "ok",
            "query": _QUERY,
            "results": [MATCH_EXAMPLE],
            "explanation": EXPLANATION_EXAMPLE,
        },
    )

    status: Ok = "ok"
    query: QueryOut
    results: list[MatchOut]
    explanation: ExplanationOut | None = Field(
        default=None, description="Only there if it was asked for with `explain=true`."
    )


class ErrorContent(BaseModel):
    """What went wrong."""

    code: str
    message: str
    retry_after_ms: int | None = None


class ErrorBody(BaseModel):
    """The body of every failed request."""

    status: Literal["error"] = "error"
    error: ErrorContent


class TrackSource(BaseModel):
    """Where music is that is to be added."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"url": "https://music.example/song.flac"}, {"folder": "/srv/music/new"}]
        },
    )

    url: Annotated[str, Field(max_length=4000)] | None = Field(
        default=None, description="A file on the web, which the server fetches."
    )
    folder: Annotated[str, Field(max_length=4000)] | None = Field(
        default=None, description="A folder of the server, within `WAVVY_IMPORT_ROOTS`."
    )

    @model_validator(mode="after")
    def _check_one(self) -> Self:
        if (self.url is None) == (self.folder is None):
            raise ValueError("name a url or a folder, and not both")
        return self


class IndexStats(BaseModel):
    """The index on disk."""

    segments: int
    postings: int
    tombstones: int
    bytes: int


class StreamStats(BaseModel):
    """Live streams."""

    active: int
    max: int


class CacheStatsOut(BaseModel):
    """How well the cache has served this process since it started."""

    hits: int
    misses: int
    failures: int = Field(description="Questions that Redis did not answer.")
    hit_rate: float = Field(ge=0, le=1, description="Share of questions that it could answer.")


class LatencyOut(BaseModel):
    """The answers of this process in the last five minutes."""

    count: int
    p50_ms: int | None = Field(description="Median; null where there are no answers.")
    p95_ms: int | None = Field(description="95th percentile.")


class StatsAnswer(BaseModel):
    """How much the library holds and how busy the service is."""

    model_config = examples(
        {
            "status": "ok",
            "version": "0.1.0",
            "tracks": 1250,
            "duration_ms": 268000000,
            "index": {"segments": 2, "postings": 9600000, "tombstones": 3, "bytes": 42000000},
            "fingerprint_bytes": 29000000,
            "catalog_bytes": 31000000,
            "streams": {"active": 1, "max": 32},
            "latency": {"count": 40, "p50_ms": 31, "p95_ms": 84},
            "time_to_match": {"count": 12, "p50_ms": 1250, "p95_ms": 3400},
            "cache": {"hits": 90, "misses": 10, "failures": 0, "hit_rate": 0.9},
        }
    )

    status: Ok = "ok"
    version: str
    tracks: int
    duration_ms: int
    index: IndexStats
    fingerprint_bytes: int
    catalog_bytes: int
    streams: StreamStats
    latency: LatencyOut = Field(description="From a clip that has arrived to its answer.")
    time_to_match: LatencyOut = Field(description="How much a live stream heard until its match.")
    cache: CacheStatsOut


class Health(BaseModel):
    """The service is well."""

    model_config = examples({"status": "ok"})

    status: Ok = "ok"
