from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from wavvy.catalog.track import Track
from wavvy.match import Match
from wavvy.recognition import Recognition, Result, new_query_id

MATCH = Match(42, 0.98765432, 50.0, True, 0, 5000, 147_200, 131)
TRACK = Track(
    id=42,
    title="Überall",
    artists=("One", "Two"),
    album="An album",
    release_date="1992-04-07",
    duration_ms=214_400,
    genres=("Rock",),
    isrc=("USRC17607839",),
    track_number=3,
    file="/music/überall.ogg",
    added_at=datetime(2026, 1, 2, tzinfo=UTC),
    has_artwork=True,
)
BARE = replace(
    TRACK, artists=(), album=None, release_date=None, genres=(), isrc=(), file=None,
    has_artwork=False,
)  # fmt: skip


def result(match: Match = MATCH, track: Track = TRACK, heard_ms: int = 5000) -> dict[str, Any]:
    return Result(match, track, heard_ms).to_dict()


def test_a_result_has_the_names_that_others_know() -> None:
    assert result() == {
        "id": 42,
        "score": 0.9877,
        "title": "Überall",
        "artists": [{"name": "One"}, {"name": "Two"}],
        "album": {"name": "An album"},
        "release_date": "1992-04-07",
        "duration_ms": 214_400,
        "genres": [{"name": "Rock"}],
        "play_offset_ms": 152_200,
        "sample_begin_time_offset_ms": 0,
        "sample_end_time_offset_ms": 5000,
        "db_begin_time_offset_ms": 147_200,
        "db_end_time_offset_ms": 152_200,
        "time_skew": 0.0,
        "frequency_skew": 0.0,
        "matched_landmarks": 131,
        "external_ids": {
            "isrc": ["USRC17607839"],
            "musicbrainz_recording": [],
            "musicbrainz_release": [],
            "musicbrainz_artist": [],
        },
        "label": None,
        "external_metadata": {},
        "artwork_url": "/v1/tracks/42/artwork",
        "file": "/music/überall.ogg",
    }


def test_what_a_track_lacks_is_empty() -> None:
    bare = result(track=BARE)
    assert set(bare) == set(result())
    assert (bare["artists"], bare["genres"]) == ([], [])
    assert set(map(tuple, bare["external_ids"].values())) == {()}
    assert [bare[k] for k in ("album", "release_date", "artwork_url", "file")] == [None] * 4


def test_the_play_offset_is_where_the_track_is_when_the_clip_ends() -> None:
    late = result(MATCH._replace(begin_ms=20_000, end_ms=30_000), heard_ms=32_500)
    assert late["play_offset_ms"] == 147_200 + 12_500
    assert late["db_begin_time_offset_ms"] == 147_200
    assert late["sample_begin_time_offset_ms"] == 20_000


def test_a_clip_that_runs_past_the_end_of_the_track_ends_with_it() -> None:
    over = result(MATCH._replace(track_begin_ms=212_400))
    assert over["play_offset_ms"] == 214_400
    assert over["db_end_time_offset_ms"] == 214_400
    assert over["sample_end_time_offset_ms"] == 2000


def test_a_recognition_is_what_the_contract_says() -> None:
    answer = Recognition("01J", 5000, 212, 9, [Result(MATCH, TRACK, 5000)]).to_dict()
    assert answer == {
        "status": "ok",
        "query": {"id": "01J", "duration_ms": 5000, "landmarks": 212, "took_ms": 9},
        "results": [result()],
    }
    assert json.loads(json.dumps(answer)) == answer


def test_no_match_is_an_empty_list() -> None:
    assert Recognition("01J", 5000, 212, 9, []).to_dict()["results"] == []


def test_query_ids_are_ulids() -> None:
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    before = time.time_ns() // 1_000_000
    ids = [new_query_id() for _ in range(200)]
    after = time.time_ns() // 1_000_000
    assert len(set(ids)) == 200
    for query_id in ids:
        assert len(query_id) == 26
        assert set(query_id) <= set(alphabet)
        number = 0
        for character in query_id:
            number = number * 32 + alphabet.index(character)
        assert before <= number >> 80 <= after
        assert number < 1 << 128


def test_query_ids_sort_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    times = [0, 1_000_000, 1_700_000_000_000_000_000, 1_700_000_000_001_000_000]
    ids = []
    for now in times:
        monkeypatch.setattr(time, "time_ns", lambda now=now: now)
        ids.append(new_query_id())
    assert ids == sorted(ids)
