"""Live streams by the hundred, against one server or several: ``python -m bench.scale.streams``.

The clients are a process of their own on the same machine; what a server takes is the time that
its process has of the processor, and those that it has started. Three of four streams play a track
of the library, clean, in noise or in a room, the others unknown music; when one ends, the next
begins.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench import corpus
from bench.audio import RATE
from bench.judge import judge_result
from bench.live import server
from bench.pool import processes
from bench.redis_process import redis_url
from bench.report import table
from bench.scale.clients import SOURCE_SECONDS, Ending, Played, play
from bench.scale.library import built, real_files
from bench.scale.memory import Watch, family_bytes
from bench.scale.questions import Questions, questions
from bench.scale.sources import source_files

STEPS = (1, 20, 100, 300, 500)
CLIPS = 20
CELLS = ("clean", "snr5", "room5")
STEP_SECONDS = 30.0
ALONE_SECONDS = 120.0
TRACKS = 10_000
CPU_MS = 2.0


@dataclass(frozen=True, slots=True)
class Step:
    """So many streams at once.

    Attributes
    ----------
    at_once : int
    cpu_ms : float
        Of all servers, for each stream and second.
    seconds_median, seconds_p95 : float
        From the start of a stream to its right match.
    right, wrong_track, wrong_place, none : int
        Streams of known music by how they ended.
    unknown, unknown_matched : int
        Streams of unknown music, and those that were given an answer.
    failed : int
        Streams without any answer.
    late_ms : float
        95th percentile of how late the clients were.
    server_bytes : int
        Highest anonymous memory of all servers, with the processes that they have started.
    """

    at_once: int
    cpu_ms: float
    seconds_median: float
    seconds_p95: float
    right: int
    wrong_track: int
    wrong_place: int
    none: int
    unknown: int
    unknown_matched: int
    failed: int
    late_ms: float
    server_bytes: int


def measure(
    folder: Path, music: corpus.Corpus, steps: Sequence[int] = STEPS, servers: int = 1
) -> list[Step]:
    """Step up the number of streams at once, dealt out to so many servers of one folder."""
    asked = questions(music, CELLS, (SOURCE_SECONDS,), CLIPS, CLIPS)
    found = []
    settings = {"WAVVY_MAX_STREAMS": str(2 * max(steps))}
    with ExitStack() as stack:
        if servers > 1:
            settings["WAVVY_REDIS_URL"] = stack.enter_context(redis_url())
        running = [stack.enter_context(server(folder, settings)) for _ in range(servers)]
        pool = stack.enter_context(processes())
        pool.submit(play, running, asked, 2 * servers, 1.0).result()  # loads the compiled kernels
        for at_once in steps:
            print(f"streams: {at_once} at once", file=sys.stderr)
            seconds = ALONE_SECONDS if at_once == 1 else STEP_SECONDS
            with ExitStack() as watching:
                memory = [
                    watching.enter_context(Watch.of(each.pid, family_bytes)) for each in running
                ]
                played = pool.submit(play, running, asked, at_once, seconds).result()
            found.append(summary(at_once, played, asked, sum(each.peak for each in memory)))
    return found


def summary(at_once: int, played: Played, asked: Sequence[Questions], memory: int) -> Step:
    """Judge how the streams of one step ended."""
    known = [ending for ending in played.endings if asked[ending.kind].known]
    unknown = [ending for ending in played.endings if not asked[ending.kind].known]
    judged = [(ending, *_judged(ending, asked)) for ending in known if ending.result]
    times = [ending.seconds for ending, right, _ in judged if right]
    wrong_place = sum(same_track and not right for _, right, same_track in judged)
    return Step(
        at_once=at_once,
        cpu_ms=1000 * played.server_cpu_seconds / played.audio_seconds,
        seconds_median=float(np.median(times)),
        seconds_p95=float(np.percentile(times, 95)),
        right=len(times),
        wrong_track=len(judged) - len(times) - wrong_place,
        wrong_place=wrong_place,
        none=sum(ending.result is None and ending.error is None for ending in known),
        unknown=sum(ending.error is None for ending in unknown),
        unknown_matched=sum(
            ending.result is not None and not _judged(ending, asked)[0] for ending in unknown
        ),
        failed=sum(ending.error is not None for ending in played.endings),
        late_ms=1000 * played.late_seconds,
        server_bytes=memory,
    )


def steps_table(steps: Sequence[Step]) -> str:
    """Return a row for each step."""
    header = (
        "streams at once",
        f"server CPU for a stream and second (≤ {CPU_MS:g} ms)",
        "time to the right match: median, p95",
        "right",
        "wrong track, place",
        "none",
        "unknown answered",
        "failed",
        "server's own memory",
        "clients late, p95",
    )
    rows = [
        (
            str(step.at_once),
            f"{step.cpu_ms:.1f} ms" if step.cpu_ms <= CPU_MS else f"**{step.cpu_ms:.1f} ms**",
            f"{step.seconds_median:.2f} s, {step.seconds_p95:.2f} s",
            str(step.right),
            f"{step.wrong_track}, {step.wrong_place}",
            str(step.none),
            f"{step.unknown_matched} of {step.unknown}",
            str(step.failed),
            f"{step.server_bytes / 1e6:.0f} MB",
            f"{step.late_ms:.0f} ms",
        )
        for step in steps
    ]
    return table(header, rows)


def _judged(ending: Ending, asked: Sequence[Questions]) -> tuple[bool, bool]:
    """Return whether an answer is right, and whether it at least names the track."""
    if ending.result is None or ending.result["file"] is None:
        return False, False
    clip = asked[ending.kind].draws[ending.number].clip
    heard = replace(
        clip,
        start=clip.start + round(ending.begin * RATE),
        length=round(min(ending.seconds, SOURCE_SECONDS - ending.begin) * RATE),
    )
    verdict = judge_result(heard, ending.result)
    return verdict.right, verdict.same_track


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    corpus.add_options(parser)
    parser.add_argument("--tracks", type=int, default=TRACKS)
    parser.add_argument("--steps", default=",".join(map(str, STEPS)))
    parser.add_argument("--servers", type=int, default=1, help="of one folder, by a Redis")
    options = parser.parse_args()
    music = corpus.load(options.music, options.noise)
    made_from = source_files(options.music)
    folder, _ = built(options.tracks, real_files(music, made_from), made_from)
    steps = [*map(int, options.steps.split(","))]
    print(steps_table(measure(folder, music, steps, options.servers)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
