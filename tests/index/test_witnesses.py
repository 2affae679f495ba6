from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wavvy.dsp.arrays import F64, I64, U8
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.peaks import SUBBINS
from wavvy.dsp.warp import PLAIN, Warp
from wavvy.index.format import SECTIONS, SMALL_SECTIONS
from wavvy.index.image import Elsewhere, QueryImage, occupancy
from wavvy.index.placement import Warps
from wavvy.index.segment import Segment
from wavvy.index.votes import Candidates
from wavvy.index.witnesses import Evidence, weigh

MakeFingerprint = Callable[..., Fingerprint]
MakeSegment = Callable[..., Segment]

FRAMES = 1500
HALF_FRAMES = 250  # five seconds
TIME_SHIFTS = np.concatenate((np.arange(10, 91, 8), -np.arange(10, 91, 8)))
BIN_SHIFTS = np.concatenate((np.arange(3, 20, 2), -np.arange(3, 20, 2)))
PITCH_RATIOS = 2.0 ** (np.array((1, 2, 5, 12, -1, -2, -5, -12)) / 12)


def image(occupied: U8, whitened: F64) -> QueryImage:
    """Put both pictures of a query together; a short one allows of fewer shifts in time."""
    shifts = TIME_SHIFTS[np.abs(TIME_SHIFTS) <= occupied.shape[1] // 2]
    steps = np.clip(np.rint(100 + 20 * whitened), 0, 255).astype(np.uint8)
    bins = np.arange(DEFAULT.low_bin, DEFAULT.high_bin)
    pitched = np.rint(np.multiply.outer(bins, PITCH_RATIOS)).astype(np.int64)
    return QueryImage(
        occupied,
        steps,
        shifts,
        Elsewhere.of(np.add.outer(bins, BIN_SHIFTS) - DEFAULT.low_bin),
        Elsewhere.of(pitched - DEFAULT.low_bin),
    )


def image_of(times: I64, rows: I64, half_frames: int = HALF_FRAMES, seed: int = 0) -> QueryImage:
    """Draw a query in which peaks stand out of noise, in both pictures."""
    shape = (DEFAULT.bins, half_frames)
    whitened = np.random.default_rng(seed).standard_normal(shape)
    for reach in range(3):  # the nearer, the higher
        whitened += occupancy(times, rows, shape, reach)
    return image(occupancy(times, rows, shape, 2), whitened)


def peaks_of(track: Fingerprint, offset: int, half_frames: int = HALF_FRAMES) -> tuple[I64, I64]:
    """Return the peaks that a query sees which begins at a half-frame of a track."""
    peaks = track.peaks()
    times = 2 * peaks.frames.astype(np.int64) - offset
    inside = (times >= 0) & (times < half_frames)
    rows = (peaks.freqs.astype(np.int64) + SUBBINS // 2) // SUBBINS - DEFAULT.low_bin
    return times[inside], rows[inside]


def weighed(
    segment: Segment, offsets: Sequence[int], image: QueryImage, position: int = 0
) -> Evidence:
    """Weigh offsets that count from the start of one track of the segment."""
    start = 2 * int(segment.starts[position])
    candidates = Candidates(np.array(offsets, np.int64) + start, np.ones(len(offsets), np.int64))
    evidence = weigh(segment, candidates, Warps.all_of(PLAIN, len(offsets)), image, DEFAULT.low_bin)
    return evidence._replace(offsets=evidence.offsets - start)


def assert_finite(evidence: Evidence) -> None:
    for column in (*evidence, evidence.total):
        assert np.isfinite(column).all()
    assert np.all(evidence.prominence >= 0)
    assert np.all((evidence.matched >= 0) & (evidence.matched <= evidence.peaks))


@pytest.fixture
def track(fingerprint: MakeFingerprint) -> Fingerprint:
    return fingerprint(1, FRAMES)


@pytest.fixture
def library(segment: MakeSegment, fingerprint: MakeFingerprint, track: Fingerprint) -> Segment:
    return segment([(11, fingerprint(2, 777)), (12, track), (13, fingerprint(3, 900))])


def test_query_peaks_are_drawn_as_patches_within_the_image() -> None:
    times, rows = np.array([0, 5, 9]), np.array([0, 3, 6])
    drawn = occupancy(times, rows, (7, 10), 1)

    expected = np.zeros((7, 10), np.uint8)
    expected[0:2, 0:2] = expected[2:5, 4:7] = expected[5:7, 8:10] = 1
    np.testing.assert_array_equal(drawn, expected)


@pytest.mark.parametrize("offset", [0, 1, 777, 2 * FRAMES - HALF_FRAMES])
def test_the_true_alignment_weighs_far_more_than_any_other(
    library: Segment, track: Fingerprint, offset: int
) -> None:
    seen = image_of(*peaks_of(track, offset))
    others = [o for o in range(0, 2 * FRAMES - HALF_FRAMES, 37) if abs(o - offset) > 8]
    evidence = weighed(library, (offset, *others), seen, 1)
    elsewhere = weighed(library, others, seen, 2)

    assert abs(evidence.offsets[0] - offset) <= 1
    assert evidence.peaks[0] == peaks_of(track, offset)[0].size
    assert evidence.matched[0] > 0.9 * evidence.peaks[0]
    assert evidence.coincidence[0] > 100 > 10 * evidence.coincidence[1:].max()
    assert evidence.prominence[0] > 15 > 3 * evidence.prominence[1:].max()
    assert evidence.total[0] > 10 * max(evidence.total[1:].max(), elsewhere.total.max())
    assert_finite(evidence)
    assert_finite(elsewhere)


@pytest.mark.parametrize("miss", [-2, -1, 1, 2])
def test_an_offset_that_misses_by_a_frame_is_refined(
    library: Segment, track: Fingerprint, miss: int
) -> None:
    seen = image_of(*peaks_of(track, 600))
    exact, near = (weighed(library, (offset,), seen, 1) for offset in (600, 600 + miss))

    assert abs(near.offsets[0] - 600) <= 1
    assert near.total[0] >= 0.9 * exact.total[0]


def test_each_candidate_is_weighed_by_itself(library: Segment, track: Fingerprint) -> None:
    seen = image_of(*peaks_of(track, 600))
    offsets = (600, 50, 1200, 599)
    together = weighed(library, offsets, seen, 1)

    for i, offset in enumerate(offsets):
        alone = weighed(library, (offset,), seen, 1)
        assert all(one[0] == column[i] for one, column in zip(alone, together, strict=True))


def test_half_the_peaks_still_convince(library: Segment, track: Fingerprint) -> None:
    times, rows = peaks_of(track, 600)
    seen = np.random.default_rng(5).random(times.size) < 0.5
    evidence = weighed(library, (600,), image_of(times[seen], rows[seen]), 1)

    assert 0.4 < evidence.matched[0] / evidence.peaks[0] < 0.65
    assert evidence.coincidence[0] > 50


def test_what_is_occupied_everywhere_proves_nothing(library: Segment) -> None:
    shape = (DEFAULT.bins, HALF_FRAMES)
    everywhere = image(np.ones(shape, np.uint8), np.full(shape, 2.0))
    evidence = weighed(library, (0, 300, 2000), everywhere, 1)

    assert np.all(evidence.matched == evidence.peaks)
    np.testing.assert_allclose(evidence.total, 0, atol=1e-6)
    assert_finite(evidence)


def test_a_sustained_tone_proves_nothing(library: Segment, segment: MakeSegment) -> None:
    """Both hold one tone throughout: any shift in time would match as well."""
    tone = Fingerprint(np.ones(FRAMES, np.uint8), np.full(FRAMES, 4800, np.uint16))
    evidence = weighed(segment([(1, tone)], "tone.seg"), (100,), image_of(*peaks_of(tone, 100)))

    assert evidence.matched[0] == evidence.peaks[0] > 100
    assert evidence.coincidence[0] < 8
    assert evidence.prominence[0] < 3


def test_a_drum_in_the_same_tempo_proves_nothing(segment: MakeSegment) -> None:
    """Both hold a broad beat now and then: any shift in frequency would match as well."""
    counts = np.zeros(FRAMES, np.uint8)
    counts[::20] = 60
    rows = np.arange(100, 700, 10)
    freqs = np.tile((rows + DEFAULT.low_bin) * SUBBINS, FRAMES // 20).astype(np.uint16)
    drum = segment([(1, Fingerprint(counts, freqs))], "drum.seg")
    times = np.repeat(np.arange(0, HALF_FRAMES, 40), 960)
    seen = image_of(times, np.tile(np.arange(960), times.size // 960))
    evidence = weighed(drum, (400,), seen)

    assert evidence.matched[0] == evidence.peaks[0] > 300
    assert evidence.coincidence[0] < 8
    assert evidence.prominence[0] < 3


def empty(half_frames: int) -> QueryImage:
    shape = (DEFAULT.bins, half_frames)
    return image(np.zeros(shape, np.uint8), np.zeros(shape))


@pytest.mark.parametrize("half_frames", [0, 1, 2, 5, 19, 20, 21, HALF_FRAMES])
def test_an_empty_image_gives_no_evidence(library: Segment, half_frames: int) -> None:
    evidence = weighed(library, (-400, -3, 0, 500, 1553, 2999, 9999), empty(half_frames))

    assert np.all(evidence.total == 0)
    assert np.all(evidence.matched == 0)
    assert_finite(evidence)


@pytest.mark.parametrize("half_frames", [0, 5, 19])
def test_a_clip_too_short_to_judge_keeps_its_offsets(library: Segment, half_frames: int) -> None:
    evidence = weighed(library, (40, 900), empty(half_frames))

    assert evidence.offsets.tolist() == [40, 900]


def test_no_candidates_give_no_evidence(library: Segment) -> None:
    assert all(column.size == 0 for column in weighed(library, (), empty(HALF_FRAMES)))


@pytest.mark.parametrize("peaks", [0, 1, 2])
def test_a_few_peaks_prove_nothing(segment: MakeSegment, peaks: int) -> None:
    counts = np.zeros(200, np.uint8)
    counts[50 : 50 + peaks] = 1
    few = Fingerprint(counts, np.full(peaks, 4800, np.uint16))
    evidence = weighed(segment([(1, few)]), (0,), image_of(*peaks_of(few, 0)))

    assert evidence.peaks[0] == evidence.matched[0] == peaks
    assert evidence.total[0] == 0


@pytest.mark.parametrize("offset", [-HALF_FRAMES // 2, 2 * FRAMES - HALF_FRAMES // 2])
def test_a_clip_that_only_half_overlaps_its_track_still_convinces(
    library: Segment, track: Fingerprint, offset: int
) -> None:
    evidence = weighed(library, (offset,), image_of(*peaks_of(track, offset)), 1)

    assert abs(evidence.offsets[0] - offset) <= 1
    assert evidence.peaks[0] > 40
    assert evidence.total[0] > 100
    assert_finite(evidence)


@pytest.mark.parametrize("offset", [-HALF_FRAMES + 20, 2 * FRAMES - 20])
def test_peaks_of_neighbours_do_not_speak_for_a_track(
    library: Segment, segment: MakeSegment, track: Fingerprint, offset: int
) -> None:
    """All that a clip hears beyond the border of its track is silence in the index."""
    alone = segment([(12, track)], "alone.seg")
    seen = image_of(*peaks_of(track, offset))
    among, single = weighed(library, (offset,), seen, 1), weighed(alone, (offset,), seen)

    assert among.peaks[0] == peaks_of(track, offset)[0].size
    assert 0 < among.peaks[0] < 30
    for one, other in zip(among, single, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


images = st.sampled_from(["noise", "level", "one point", "stripes", "checks"])


def odd_image(kind: str, half_frames: int) -> QueryImage:
    shape = (DEFAULT.bins, half_frames)
    whitened: F64 = np.zeros(shape)
    if kind == "noise":
        whitened[:] = np.random.default_rng(1).standard_normal(shape)
    elif kind == "level":
        whitened[:] = 1e4
    elif kind == "one point":
        whitened[480, half_frames // 2] = 1e4
    elif kind == "stripes":
        whitened[:, ::7] = 30
    else:
        whitened[::2, ::2] = -30
    return image((whitened > 0).astype(np.uint8), whitened)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    kind=images,
    half_frames=st.integers(1, 300),
    offsets=st.lists(st.integers(-5000, 140_000), min_size=1, max_size=8),
    position=st.integers(0, 2),
)
def test_odd_images_and_offsets_give_finite_evidence(
    library: Segment, kind: str, half_frames: int, offsets: list[int], position: int
) -> None:
    evidence = weighed(library, offsets, odd_image(kind, half_frames), position)

    assert_finite(evidence)
    if kind in ("level", "one point"):
        assert np.all(evidence.total < 20)


@pytest.mark.parametrize("byte", [0x00, 0xFF, 0x55])
def test_damage_to_unchecked_sections_does_not_lead_outside_of_them(
    library: Segment, byte: int
) -> None:
    """What opening does not check may be wrong; a search must survive that."""
    data = bytearray(library.path.read_bytes())
    for name in set(SECTIONS) - set(SMALL_SECTIONS):
        offset, size, _ = library.header.sections[name]
        data[offset : offset + size] = bytes([byte]) * size
    path = library.path.with_name("bad.seg")
    path.write_bytes(bytes(data))
    damaged = Segment(path, DEFAULT.digest())

    for offsets in ((0, 700), (-900, 140_000)):
        assert_finite(weighed(damaged, offsets, odd_image("noise", HALF_FRAMES), 1))


def leads(track: Fingerprint, offset: int, image: QueryImage) -> tuple[I64, F64]:
    """Return, for each peak within the query, when it is and how far it stands out of luck."""
    times, rows = peaks_of(track, offset, image.whitened.shape[1])
    standard = (image.whitened - image.whitened.mean()) / image.whitened.std()
    found = []
    for t, row in zip(times.tolist(), rows.tolist(), strict=True):
        in_time = [((t + s) % image.whitened.shape[1], row) for s in TIME_SHIFTS]
        shifted = [(t, row + s) for s in BIN_SHIFTS]
        tuned = [(t, round((row + DEFAULT.low_bin) * r) - DEFAULT.low_bin) for r in PITCH_RATIOS]
        luck = [
            np.mean([standard[f, u] for u, f in others if 0 <= f < DEFAULT.bins])
            for others in (in_time, shifted, tuned)
        ]
        found.append(standard[row, t] - max(luck))
    return times, np.array(found)


def students(lead: F64, events: I64) -> float:
    """Return the log-likelihood ratio of Student's test, one draw for each event."""
    draws = np.unique(events)
    errors = [float((lead[events == event] - lead.mean()).sum()) for event in draws]
    standard_error = np.sqrt(max(np.sum(np.square(errors)), 0.05 * lead.size)) / lead.size
    t = lead.mean() / standard_error
    return float(draws.size / 2 * np.log(1 + t**2 / (draws.size - 1)))


@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("frames", [4, 12, 40, FRAMES])
def test_the_second_witness_weighs_as_students_test_does(
    segment: MakeSegment, fingerprint: MakeFingerprint, frames: int, strength: float
) -> None:
    """From a few draws to hundreds, some frames with several peaks."""
    track = fingerprint(8, frames, density=2.5)
    times, rows = peaks_of(track, 0)
    shape = (DEFAULT.bins, HALF_FRAMES)
    whitened = np.random.default_rng(6).standard_normal(shape)
    whitened[rows, times] += strength
    seen = image(np.zeros(shape, np.uint8), whitened)
    evidence = weighed(segment([(1, track)]), (0,), seen)

    events, lead = leads(track, round(evidence.offsets[0]), seen)
    assert evidence.peaks[0] == lead.size > np.unique(events).size > 1
    expected = students(lead, events) if lead.mean() > 0 else 0.0
    assert evidence.prominence[0] == pytest.approx(expected, rel=1e-4)
    assert strength < 1 or evidence.prominence[0] > 1


def test_a_track_convinces_only_as_it_is_played(library: Segment, track: Fingerprint) -> None:
    truth, peaks = Warp(1.04, 0.97), track.peaks()
    times = np.rint((2.0 * peaks.frames - 600) / truth.time).astype(np.int64)
    rows = np.rint(peaks.freqs * truth.pitch / SUBBINS).astype(np.int64) - DEFAULT.low_bin
    inside = (times >= 0) & (times < HALF_FRAMES) & (rows >= 0)
    seen = image_of(times[inside], rows[inside])
    begin = 2 * int(library.starts[1])
    warps = [truth, PLAIN, Warp(truth.time, 1.0), Warp(1.0, truth.pitch)]
    evidence = weigh(
        library,
        Candidates(np.full(4, begin + 600), np.ones(4, np.int64)),
        Warps(np.array([w.time for w in warps]), np.array([w.pitch for w in warps])),
        seen,
        DEFAULT.low_bin,
    )

    assert_finite(evidence)
    assert abs(evidence.offsets[0] - begin - 600) <= 1
    assert evidence.peaks[0] == pytest.approx(inside.sum(), abs=2)
    assert evidence.matched[0] > 0.95 * evidence.peaks[0]
    assert evidence.total[0] > 200
    assert evidence.total[0] > 2 * evidence.total[1:].max()


@pytest.mark.parametrize("miss", [-6, 6])
def test_an_offset_is_refined_in_time_of_the_track(
    library: Segment, track: Fingerprint, miss: int
) -> None:
    """The query counts its own half-frames: of a track played at twice the tempo, two each."""
    times, rows = peaks_of(track, 600, 2 * HALF_FRAMES)
    seen = image_of(np.rint(times / 2).astype(np.int64), rows)
    begin = 2 * int(library.starts[1])
    candidates = Candidates(np.array([begin + 600 + miss]), np.ones(1, np.int64))
    fast = Warps.all_of(Warp(2.0, 1.0), 1)
    evidence = weigh(library, candidates, fast, seen, DEFAULT.low_bin)

    assert abs(evidence.offsets[0] - begin - 600) <= 2
    assert evidence.matched[0] > 0.9 * evidence.peaks[0]
