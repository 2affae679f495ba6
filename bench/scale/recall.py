"""What is still found among so many tracks, and for how much work."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

import numpy as np

import wavvy
from bench.audio import RATE
from bench.clips import Clip
from bench.judge import WORTH_JUDGING, Verdict, judge, judge_result
from bench.pool import processes
from bench.quality.postings import share_touched, touched
from bench.quality.trial import Trial
from bench.scale.questions import Questions
from wavvy.dsp.params import DEFAULT
from wavvy.dsp.resample import as_mono
from wavvy.library import Wavvy
from wavvy.query import SHIFTS, GrowingQuery

AT_ONCE = 20
WRONG = Verdict(False, False)
UNLIKELY = 0.05
"""Score below which a guess at another track is taken as wrong unheard."""


def ask_all(folder: Path, questions: Sequence[Questions]) -> list[Trial]:
    """Ask a library for every clip, on all cores; postings are counts."""
    tasks = [(one, numbers) for one in questions for numbers in _chunks(len(one.draws))]
    with processes(_Worker.start, folder) as pool:
        parts = pool.map(_Worker.answer, *zip(*tasks, strict=True))
        return list(itertools.chain.from_iterable(parts))


def vary(
    folder: Path, questions: Sequence[Questions], count: int, budgets: Sequence[int]
) -> dict[int, list[Trial]]:
    """Search for the first clips of each kind within budgets, not warped; scores are evidence."""
    tasks = [
        (one, numbers, budgets)
        for one in questions
        for numbers in _chunks(min(count, len(one.draws)))
    ]
    found: dict[int, list[Trial]] = {budget: [] for budget in budgets}
    with processes(_Worker.start, folder) as pool:
        for part in pool.map(_Worker.search, *zip(*tasks, strict=True)):
            for budget, trials in part.items():
                found[budget] += trials
    return found


class _Worker:
    """One process of the pool, with its own library."""

    library: Wavvy

    @classmethod
    def start(cls, folder: Path) -> None:
        cls.library = wavvy.open(folder)
        cls.library.warm_up()

    @classmethod
    def answer(cls, questions: Questions, numbers: range) -> list[Trial]:
        """Ask as a user does, for the best guess whatever its score."""
        trials = []
        postings = cls.library.index.stats().postings
        for number in numbers:
            clip, samples = questions.draws[number].clip, questions.heard(number)
            begin = time.process_time()
            results = cls.library.identify(samples, RATE, min_score=0.0, limit=1).results
            cpu_ms = 1000 * (time.process_time() - begin)
            work = postings * touched(cls.library, samples)
            if not results:
                trials.append(_trial(questions, number, cpu_ms=cpu_ms, postings=work))
                continue
            best = results[0]
            told, match = best.to_dict(), best.match
            verdict = WRONG
            if told["file"] == str(clip.path) or (told["file"] and match.score >= UNLIKELY):
                verdict = judge_result(clip, told)
            trial = _trial(
                questions,
                number,
                score=match.score,
                right=verdict.right,
                accepted=match.accepted,
                accepted_right=match.accepted and verdict.right,
                accepted_same_track=match.accepted and verdict.same_track,
                cpu_ms=cpu_ms,
                postings=work,
            )
            trials.append(trial)
        return trials

    @classmethod
    def search(
        cls, questions: Questions, numbers: range, budgets: Sequence[int]
    ) -> dict[int, list[Trial]]:
        """Search alone, once within each budget."""
        found: dict[int, list[Trial]] = {budget: [] for budget in budgets}
        segments = cls.library.index.snapshot().segments
        postings = sum(segment.header.postings for segment in segments)
        for number in numbers:
            growing = GrowingQuery(DEFAULT)
            growing.push(as_mono(questions.heard(number), RATE, DEFAULT.sample_rate))
            for budget in budgets:
                query = growing.query()  # of which nothing is worked out yet
                with patch("wavvy.index.lookup.budget_of", return_value=budget):
                    begin = time.process_time()
                    candidates = cls.library.recognizer.search(query)
                    cpu_ms = 1000 * (time.process_time() - begin)
                    asked = cls.library.recognizer.wide_probes(query)
                    work = postings * share_touched(segments, asked)
                score, right = 0.0, False
                if candidates.tracks.size:
                    best = int(np.argmax(candidates.evidence))
                    score = float(candidates.evidence[best])
                    begins_ms = (candidates.offsets[best] - query.start) * DEFAULT.hop_ms / SHIFTS
                    clip = questions.draws[number].clip
                    right = cls._is_right(clip, int(candidates.tracks[best]), begins_ms, score)
                trial = _trial(
                    questions, number, score=score, right=right, cpu_ms=cpu_ms, postings=work
                )
                found[budget].append(trial)
        return found

    @classmethod
    def _is_right(cls, clip: Clip, track_id: int, begin_ms: float, evidence: float) -> bool:
        file = cls.library.track(track_id).file
        if file is None or (Path(file) != clip.path and evidence < WORTH_JUDGING):
            return False
        return judge(clip, Path(file), begin_ms).right


def _trial(questions: Questions, number: int, **figures: float | bool) -> Trial:
    draw = questions.draws[number]
    same = (questions.cell, questions.seconds, questions.known, number, draw.noise)
    return Trial("wavvy", *same, **figures)  # type: ignore[arg-type]


def _chunks(count: int) -> list[range]:
    return [range(first, min(first + AT_ONCE, count)) for first in range(0, count, AT_ONCE)]
