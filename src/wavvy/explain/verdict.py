"""The reason in one word, and in a sentence or two."""

from __future__ import annotations

from typing import NamedTuple

from wavvy.explain.explanation import Candidate, Reason

LEAST_PEAKS = 10
"""Peaks of the clip below which there is hardly a sound in it."""
SHORT_MS = 2000
"""Below this, a clip that was not recognised may just be too short."""


class Case(NamedTuple):
    """What a verdict is given on.

    Attributes
    ----------
    length_ms : int
        Of the clip.
    window_ms : int
        The shortest length in which anything can be heard.
    clip_peaks, track_peaks, matched : int
        Peaks of the clip, of the track where the clip lies, and those of the latter that the clip
        has.
    luck : float
        How many of them it would have by luck.
    tracks : int
        In the library.
    candidate : Candidate, optional
    """

    length_ms: int
    window_ms: int
    clip_peaks: int
    track_peaks: int
    matched: int
    luck: float
    tracks: int
    candidate: Candidate | None


def judge(case: Case) -> tuple[Reason, str]:
    """Return the reason and its sentences."""
    if case.candidate is not None and case.candidate.accepted:
        return "matched", (f"{_share(case)} in the clip; luck would give {case.luck:.0f}.")
    if case.length_ms < case.window_ms:
        return "too_short", (
            f"The clip is {case.length_ms} ms long: at least {case.window_ms} ms are needed, "
            "some seconds are better."
        )
    if case.clip_peaks < LEAST_PEAKS:
        return "silent", "There is hardly a sound in the clip: check what it was recorded from."
    if not case.tracks:
        return "empty_library", "The library is empty: there is nothing to compare the clip with."
    if case.length_ms < SHORT_MS:
        return "too_short", (
            f"The clip is {case.length_ms / 1000:.1f} s long, which is not enough to be sure: "
            f"some seconds are needed.{_best_guess(case)}"
        )
    if case.candidate is None:
        return (
            "nothing_in_common",
            "No track of the library has a landmark in common with the clip.",
        )
    return "luck_as_likely", f"No track is likely enough.{_best_guess(case)}"


def _best_guess(case: Case) -> str:
    if case.candidate is None:
        return ""
    return (
        f" The best guess is {_named(case.candidate)}: {_share(case)} in the clip, "
        f"where luck would give {case.luck:.0f}."
    )


def _named(candidate: Candidate) -> str:
    artists = ", ".join(candidate.track.artists)
    return f'"{candidate.track.title}"' + (f" by {artists}" if artists else "")


def _share(case: Case) -> str:
    return f"{case.matched} of {case.track_peaks} peaks of the track are"
