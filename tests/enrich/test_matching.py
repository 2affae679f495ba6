"""The labelled cases: tracks, what a provider finds for them, and which of it is the same."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from wavvy.enrich.matching import THRESHOLD, Recording, confidence
from wavvy.enrich.videos import as_recording

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True)
class Case:
    """A track, and what was found for it, each with whether it is the same recording."""

    track: Recording
    found: list[tuple[Recording, bool]]


class Figures(NamedTuple):
    """How well the cases were told."""

    cases: int
    picked: int
    right: int
    findable: int
    wrong: list[str]

    @property
    def precision(self) -> float:
        return self.right / self.picked

    @property
    def recall(self) -> float:
        return self.right / self.findable


def read(name: str) -> list[Case]:
    """Read a file of cases; `tune.txt` tells how it is written."""
    cases: list[Case] = []
    for line in (CASES / name).read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        mark, _, rest = line.partition(" ")
        fields = [field.strip() for field in rest.split(" | ")]
        minutes, seconds = fields[-1].split(":")
        length_ms = 1000 * (60 * int(minutes) + int(seconds))
        if mark in ("+y", "-y"):
            recording = as_recording(fields[0], fields[1], length_ms)
        else:
            recording = Recording(fields[0], fields[1].split("; "), fields[2], length_ms)
        if mark == "=":
            cases.append(Case(recording, []))
        else:
            cases[-1].found.append((recording, mark.startswith("+")))
    return cases


def judge(cases: list[Case]) -> Figures:
    """Pick the likeliest for each track, as long as it is likely enough."""
    picked = right = 0
    wrong = []
    for case in cases:
        scored = [(confidence(case.track, found), same, found) for found, same in case.found]
        score, same, found = max(scored, key=lambda one: one[0])
        name = f"{case.track.title} - {', '.join(case.track.artists)}"
        if score >= THRESHOLD:
            picked += 1
            right += same
            if not same:
                wrong.append(
                    f"{name}: took {found.title} - {', '.join(found.artists)} ({score:.2f})"
                )
        elif any(same for _, same, _ in scored):
            best = max(score for score, same, _ in scored if same)
            wrong.append(f"{name}: found nothing ({best:.2f})")
    findable = sum(any(same for _, same in case.found) for case in cases)
    return Figures(len(cases), picked, right, findable, wrong)


def pairs(cases: list[Case]) -> tuple[int, int, int, list[str]]:
    """Judge each finding by itself: taken and right, taken and wrong, right in all."""
    right = wrong = same_in_all = 0
    faults = []
    for case in cases:
        for found, same in case.found:
            same_in_all += same
            score = confidence(case.track, found)
            if score >= THRESHOLD:
                right += same
                wrong += not same
            if (score >= THRESHOLD) != same:
                faults.append(
                    f"{case.track.title} / {found.title} - {found.artists} {score:.2f} {same}"
                )
    return right, wrong, same_in_all, faults


@pytest.mark.parametrize("half", ["tune.txt", "report.txt"])
def test_the_same_recording_is_told_from_others(half: str) -> None:
    cases = read(half)
    assert len(cases) >= 100
    figures: Figures = judge(cases)
    assert figures.precision >= 0.98, figures.wrong
    assert figures.recall >= 0.90, figures.wrong
    right, wrong, all_same, faults = pairs(cases)
    assert right / (right + wrong) >= 0.98, faults
    assert right / all_same >= 0.90, faults


def test_the_same_code_means_the_same_recording_unless_it_cannot_be() -> None:
    ours = Recording("Gruppa krovi", ("Kino",), None, 285_000, ("RUA1D8800001",))
    other_script = Recording("Blood Type", ("Кино",), None, 286_000, ("RUA1D8800001",))
    assert confidence(ours, other_script) == 0.99
    wrong_tag = Recording("Something", ("Else",), None, 286_000, ("RUA1D8800001",))
    assert confidence(ours, wrong_tag) == 0.0
    too_long = Recording("Gruppa krovi", ("Kino",), None, 400_000, ("RUA1D8800001",))
    assert confidence(ours, too_long) == 0.0


def test_musicbrainz_own_identifier_counts_like_a_code() -> None:
    ours = Recording("Blood Type", ("Kino",), None, 285_000, mbids=("m",))
    theirs = Recording("Группа крови", ("Кино",), None, 286_000, mbids=("m",))
    assert confidence(ours, theirs) == 0.99


def test_a_title_alone_is_no_evidence() -> None:
    assert confidence(Recording("Creep"), Recording("Creep", ("Radiohead",))) == 0.0
    assert confidence(Recording("Creep", ("Radiohead",)), Recording("Creep")) == 0.0


ODD = ["", "   ", "(", "((((", "[]", "- - -", "()()", "\u202e\u0000", "🎵🎶", "'" * 500]
MONSTROUS = ["from ", "feat. ", "(", "a", "1 ", "- ", "remix ", "\u0301"]


@pytest.mark.parametrize("title", [*ODD, *(text * 200_000 for text in MONSTROUS)], ids=range(18))
def test_odd_titles_break_nothing(title: str) -> None:
    ours, theirs = Recording(title, ("A",), None, 1000), Recording("T", (title,), title, 0)
    for one, other in ((ours, theirs), (theirs, ours), (ours, ours)):
        assert 0.0 <= confidence(one, other) <= 1.0


def test_unknown_lengths_weigh_less_than_equal_ones() -> None:
    known = Recording("Copper Moon", ("Praia do Vento",), None, 180_000)
    unknown = Recording("Copper Moon", ("Praia do Vento",))
    assert THRESHOLD < confidence(known, unknown) < confidence(known, known) == 1.0
