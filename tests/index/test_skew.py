from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.warp import PLAIN, Warp
from wavvy.index.image import QueryImage
from wavvy.index.placement import SEARCH, Warps
from wavvy.index.screening import screen
from wavvy.index.search import BETTER
from wavvy.index.segment import Segment
from wavvy.index.skew import skewed
from wavvy.index.votes import Candidates

MakeFingerprint = Callable[..., Fingerprint]
MakeSegment = Callable[..., Segment]
DrawQuery = Callable[..., QueryImage]

FIVE_SECONDS = 250  # half-frames
OFFSET = 600
TEMPOS = [0.88, 0.92, 0.96, 0.98, 1.02, 1.03, 1.07, 1.12]
DETUNED = [Warp(1.0, 1.006), Warp(1.0, 0.991), Warp(1.006, 1.006), Warp(0.99, 0.99)]


@pytest.fixture
def track(fingerprint: MakeFingerprint) -> Fingerprint:
    return fingerprint(1, 1500)


@pytest.fixture
def library(segment: MakeSegment, fingerprint: MakeFingerprint, track: Fingerprint) -> Segment:
    return segment([(11, fingerprint(2, 777)), (12, track), (13, fingerprint(3, 900))])


def found(library: Segment, image: QueryImage, offsets: list[float]) -> list[tuple[int, int, Warp]]:
    """Return votes, offset and warp of what is skewed; offsets count from the track's start."""
    begin = 2 * int(library.starts[1])
    places = np.rint(begin + np.array(offsets)).astype(np.int64)
    plain = screen(library, places, Warps.all_of(PLAIN, places.size), image, DEFAULT.low_bin)
    candidates, warps = skewed(
        library,
        Candidates(places, np.arange(places.size)),
        image,
        DEFAULT.low_bin,
        BETTER * plain.max(initial=0.0),
    )
    columns = (candidates.votes, candidates.offsets - begin, *warps)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [(votes, at, Warp(time, pitch)) for votes, at, time, pitch in rows]


def in_step(tempo: float, share: float, half_frames: int = FIVE_SECONDS) -> float:
    """Return where a clip seems to begin of which, so far into it, a moment is found in step."""
    return OFFSET + share * half_frames * (tempo - 1)


@pytest.mark.parametrize("tempo", TEMPOS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("half_frames", [180, FIVE_SECONDS, 2 * FIVE_SECONDS])
def test_another_tempo_is_told_whichever_moment_of_a_clip_was_found(
    library: Segment,
    track: Fingerprint,
    draw_query: DrawQuery,
    tempo: float,
    share: float,
    half_frames: int,
) -> None:
    image = draw_query(track, Warp(tempo, 1.0), OFFSET, half_frames, 0.6)
    ((_, offset, warp),) = found(library, image, [in_step(tempo, share, half_frames)])

    assert offset == pytest.approx(OFFSET, abs=SEARCH + 1)
    assert warp.time == pytest.approx(tempo, abs=5 / half_frames)
    assert warp.pitch == 1


@pytest.mark.parametrize("truth", DETUNED)
def test_what_is_a_little_out_of_tune_is_told(
    library: Segment, track: Fingerprint, draw_query: DrawQuery, truth: Warp
) -> None:
    image = draw_query(track, truth, OFFSET, FIVE_SECONDS, 0.6)
    ((_, offset, warp),) = found(library, image, [in_step(truth.time, 0.5)])

    assert offset == pytest.approx(OFFSET, abs=SEARCH)
    assert warp == pytest.approx(truth, abs=0.004)


@pytest.mark.parametrize(
    ("half_frames", "share"),
    [(50, 1.0), (50, 0.6), (75, 0.5), (100, 0.4), (FIVE_SECONDS, 0.2), (2 * FIVE_SECONDS, 0.1)],
)
def test_what_plays_as_the_track_does_has_no_skew(
    library: Segment, track: Fingerprint, draw_query: DrawQuery, half_frames: int, share: float
) -> None:
    image = draw_query(track, PLAIN, OFFSET, half_frames, share)

    assert found(library, image, [OFFSET, OFFSET + 1, OFFSET - 3]) == []


def test_each_place_has_its_own_skew(
    library: Segment, track: Fingerprint, draw_query: DrawQuery
) -> None:
    """Found in step at its beginning, near its end, and nowhere."""
    image = draw_query(track, Warp(1.06), OFFSET, FIVE_SECONDS)
    places = [OFFSET, in_step(1.06, 0.9), OFFSET + 200]

    assert [votes for votes, _, _ in found(library, image, places)] == [0, 1]


@pytest.mark.parametrize("half_frames", [0, 1, 2, 13, 40])
def test_the_shortest_clips_are_not_told_to_be_skewed(
    library: Segment, track: Fingerprint, draw_query: DrawQuery, half_frames: int
) -> None:
    image = draw_query(track, PLAIN, OFFSET, half_frames)

    assert found(library, image, [OFFSET]) == []


def test_of_no_candidates_none_is_skewed(
    library: Segment, track: Fingerprint, draw_query: DrawQuery
) -> None:
    assert found(library, draw_query(track, PLAIN, OFFSET, FIVE_SECONDS), []) == []
