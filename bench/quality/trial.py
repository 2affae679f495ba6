"""One clip asked for in one cell, and what the answer is worth."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from bench.audio import RATE
from bench.judge import Verdict, judge, position_ms
from bench.quality.cells import Heard
from bench.quality.draws import Draw
from bench.quality.postings import touched
from wavvy.library import Wavvy
from wavvy.recognition import Result

SKEW_WITHIN = 0.005


@dataclass(frozen=True, slots=True)
class Guess:
    """An answer to a clip, whichever system gave it.

    Attributes
    ----------
    file : Path
        The track.
    begin_ms : float
        Where in the track the clip begins.
    score : float
        The higher the surer.
    accepted : bool
        Whether the system stands by it.
    time_skew, frequency_skew : float
        How much faster and higher than the track the clip plays.
    """

    file: Path
    begin_ms: float
    score: float
    accepted: bool = False
    time_skew: float = 0.0
    frequency_skew: float = 0.0


@dataclass(frozen=True, slots=True)
class Trial:
    """What one system made of one clip.

    Attributes
    ----------
    system : str
        "wavvy" or the peer's name.
    cell : str
    seconds : float
    known : bool
        Whether the clip's track is in the library.
    number : int
        Of the clip; the same number is the same clip in every cell.
    noise : str
        Kind of noise drawn for the clip.
    score : float
        Of the best guess, 0 without one.
    right : bool
        Whether the best guess is right. Of an unknown clip: an indexed track holds this music.
    accepted : bool
        Whether there was an answer by default.
    accepted_right, accepted_same_track : bool
        Whether that was right, and whether it at least named the track.
    offset_error_ms : float
        Of the best guess, if right.
    skew_right : bool
        Whether the best guess has both skews within half a percentage point.
    cpu_ms : float
        Time of the processor.
    postings : float
        Share of the index's postings that the plain query touches.
    """

    system: str
    cell: str
    seconds: float
    known: bool
    number: int
    noise: str
    score: float = 0.0
    right: bool = False
    accepted: bool = False
    accepted_right: bool = False
    accepted_same_track: bool = False
    offset_error_ms: float = 0.0
    skew_right: bool = False
    cpu_ms: float = 0.0
    postings: float = 0.0


@dataclass(frozen=True, slots=True)
class Question:
    """A clip as it is asked for: who asks for what, in which cell."""

    cell: str
    seconds: float
    known: bool
    number: int
    draw: Draw


def ask(library: Wavvy, question: Question, heard: Heard) -> Trial:
    """Ask Wavvy for every guess at once; those it accepts are what it answers by default."""
    begin = time.process_time()
    answer = library.identify(heard.samples, RATE, min_score=0.0)
    cpu_ms = 1000 * (time.process_time() - begin)
    guesses = [_guess(result) for result in answer.results]
    postings = touched(library, heard.samples)
    return assess("wavvy", question, heard, guesses, cpu_ms=cpu_ms, postings=postings)


def assess(
    system: str,
    question: Question,
    heard: Heard,
    guesses: list[Guess],
    *,
    cpu_ms: float = 0.0,
    postings: float = 0.0,
) -> Trial:
    """Judge the best guess, and the best of those accepted."""
    draw = question.draw
    same = (system, question.cell, question.seconds, question.known, question.number, draw.noise)
    if not guesses:
        return Trial(*same, cpu_ms=cpu_ms, postings=postings)
    best = guesses[0]
    accepted = next((guess for guess in guesses if guess.accepted), None)
    verdict = judge(draw.clip, best.file, best.begin_ms)
    told = Verdict(False, False)
    if accepted is best:
        told = verdict
    elif accepted:
        told = judge(draw.clip, accepted.file, accepted.begin_ms)
    skews = (best.time_skew - heard.time_skew, best.frequency_skew - heard.frequency_skew)
    return Trial(
        *same,
        score=best.score,
        right=verdict.right,
        accepted=accepted is not None,
        accepted_right=told.right,
        accepted_same_track=told.same_track,
        offset_error_ms=verdict.offset_error_ms,
        skew_right=all(abs(skew) <= SKEW_WITHIN for skew in skews),
        cpu_ms=cpu_ms,
        postings=postings,
    )


def _guess(result: Result) -> Guess:
    told = result.to_dict()
    return Guess(
        file=Path(told["file"]),
        begin_ms=position_ms(told),
        score=result.match.score,  # `told` holds it rounded, which would make ties
        accepted=result.match.accepted,
        time_skew=told["time_skew"],
        frequency_skew=told["frequency_skew"],
    )
