"""How surely the same recording held twice is told from others: ``python -m bench.duplicates``.

Each track is encoded again in several ways, and partly cut at its ends and made louder or quieter.
All of that lies in one index with the originals, and every track is asked for its duplicates: those
made of the same track must be found, and no other. With ``--tune`` the tuning music is measured, on
which the thresholds in ``wavvy.duplicates`` were chosen.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import pickle
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from numpy.typing import NDArray

from bench.cache import cache_dir
from bench.corpus import REMAKE, add_options, load, load_tuning
from bench.pool import processes
from bench.report import publish, table
from wavvy.dsp.decode import AudioDecoder
from wavvy.dsp.fingerprint import Fingerprint, fingerprint_blocks
from wavvy.dsp.params import DEFAULT
from wavvy.duplicates.finder import LEAST_OVERLAP, Compared, DuplicateFinder
from wavvy.index.store import Index

RATE = 44_100
ORIGINAL = "original"
SEED = 1
TRIMMED_SECONDS = (3.0, 20.0)
LOUDEST_DB = 9.0
MOST_TRIMMED = 0.19
"""Share of a track that is cut off at most: what is left is still a duplicate."""
NEAR = 0.01
"""Pairs whose common part is so near the least that counts are not expected either way."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to make another file of a track."""

    name: str
    encoder: str
    container: str
    bit_rate: int
    start: bool = False
    end: bool = False
    gain: bool = False


WAYS = (
    Way("mp3 64k", "libmp3lame", "mp3", 64_000),
    Way("mp3 128k, gain, start cut", "libmp3lame", "mp3", 128_000, start=True, gain=True),
    Way("opus 32k, end cut", "libopus", "ogg", 32_000, end=True),
    Way("opus 32k, gain, both cut", "libopus", "ogg", 32_000, start=True, end=True, gain=True),
)


class Held(NamedTuple):
    """A track of the index: what it was made of, how, and which part of that it is, in seconds."""

    path: Path
    way: str
    begin: float
    end: float
    fingerprint: Fingerprint


def versions(path: Path) -> list[Held]:
    """Return a track and what is made of it, fingerprinted; kept in the cache folder."""
    digest = _digest(path)
    kept = cache_dir() / "duplicates" / digest
    if kept.exists():
        found: list[Held] = pickle.loads(kept.read_bytes())
        return found
    samples = _decoded(path)
    seconds = samples.shape[1] / RATE
    found = [Held(path, ORIGINAL, 0.0, seconds, _fingerprint(path))]
    rng = np.random.default_rng(list(digest.encode()))
    for way in WAYS:
        most = min(TRIMMED_SECONDS[1], MOST_TRIMMED * seconds / (way.start + way.end or 1))
        least = min(TRIMMED_SECONDS[0], most)
        begin = rng.uniform(least, most) if way.start else 0.0
        end = seconds - (rng.uniform(least, most) if way.end else 0.0)
        gain = 10 ** (rng.uniform(-LOUDEST_DB, LOUDEST_DB) / 20) if way.gain else 1.0
        part = np.clip(gain * samples[:, round(begin * RATE) : round(end * RATE)], -1, 1)
        encoded = _encoded(part.astype(np.float32), way)
        found.append(Held(path, way.name, begin, end, _fingerprint(encoded)))
    kept.parent.mkdir(exist_ok=True)
    part_file = kept.with_suffix(".part")
    part_file.write_bytes(pickle.dumps(found))
    part_file.replace(kept)
    return found


def original(path: Path) -> list[Held]:
    """Return a track of which nothing is made."""
    kept = cache_dir() / "duplicates" / f"{_digest(path)}-original"
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        kept.write_bytes(pickle.dumps(_fingerprint(path)))
    fingerprint: Fingerprint = pickle.loads(kept.read_bytes())
    return [Held(path, ORIGINAL, 0.0, fingerprint.counts.size * DEFAULT.hop_ms / 1000, fingerprint)]


def _digest(path: Path) -> str:
    return hashlib.sha256(f"{path} {WAYS} {DEFAULT.digest()}".encode()).hexdigest()[:16]


def _fingerprint(source: Path | io.BytesIO) -> Fingerprint:
    with AudioDecoder(source, sample_rate=DEFAULT.sample_rate) as decoder:
        return fingerprint_blocks(decoder, DEFAULT)


def _decoded(path: Path) -> NDArray[np.float32]:
    convert = av.AudioResampler("fltp", "stereo", RATE)
    with av.open(path) as container:
        frames = [out for frame in container.decode(audio=0) for out in convert.resample(frame)]
    frames += convert.resample(None)
    return np.concatenate([frame.to_ndarray() for frame in frames], axis=1)


def _encoded(samples: NDArray[np.float32], way: Way) -> io.BytesIO:
    file = io.BytesIO()
    rate = 48_000 if way.encoder == "libopus" else RATE
    with av.open(file, "w", format=way.container) as output:
        stream = output.add_stream(way.encoder, rate=rate, layout="stereo", bit_rate=way.bit_rate)
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", "stereo")
        frame.sample_rate = RATE
        convert = av.AudioResampler(stream.format, "stereo", rate, stream.codec_context.frame_size)
        for part in [*convert.resample(frame), *convert.resample(None), None]:
            output.mux(stream.encode(part))
    file.seek(0)
    return file


class Pair(NamedTuple):
    """Two tracks that were compared, and what is true of them.

    Attributes
    ----------
    ways : str
        How both were made.
    same : bool
        Whether they are made of the same track.
    compared : Compared or None
        None: the index did not name it.
    """

    ways: str
    same: bool
    names: str
    compared: Compared | None


def pairs_of(held: Sequence[Held], folder: Path) -> tuple[list[Pair], list[float]]:
    """Ask for the duplicates of every track; return the pairs, and the CPU time of each, in ms."""
    index = Index(folder, DEFAULT, nullcontext())
    index.clear()
    index.add([(number, one.fingerprint) for number, one in enumerate(held, 1)])
    finder = DuplicateFinder(index, DEFAULT)
    finder.compare(1, held[0].fingerprint)  # loads the kernels
    pairs: list[Pair] = []
    cpu_ms: list[float] = []
    for number, one in enumerate(held, 1):
        began = time.process_time()
        found = {other.track_id: other for other in finder.compare(number, one.fingerprint)}
        cpu_ms.append(1000 * (time.process_time() - began))
        for other_number, other in enumerate(held, 1):
            if number == other_number or _remade(one, other):
                continue
            same = one.path == other.path
            if same and abs(_shared(one, other) - LEAST_OVERLAP) < NEAR:
                continue
            expected = same and _shared(one, other) >= LEAST_OVERLAP
            if expected or other_number in found:
                pairs.append(
                    Pair(
                        " / ".join(sorted((one.way, other.way))),
                        expected,
                        f"{one.path.name} {one.way} / {other.path.name} {other.way}",
                        found.get(other_number),
                    )
                )
    return pairs, cpu_ms


def _shared(one: Held, other: Held) -> float:
    together = min(one.end, other.end) - max(one.begin, other.begin)
    return together / max(one.end - one.begin, other.end - other.begin)


def _remade(one: Held, other: Held) -> bool:
    """Tell whether one is a remake of the other, which may hold the same recording or not."""
    names = {REMAKE.sub("", one.path.stem), REMAKE.sub("", other.path.stem)}
    return one.path != other.path and len(names) == 1


def report(pairs: Sequence[Pair], cpu_ms: Sequence[float]) -> str:
    """Return the figures as Markdown."""
    rows = [
        (ways, *_row([p for p in pairs if p.same and p.ways == ways]))
        for ways in sorted({pair.ways for pair in pairs if pair.same})
    ]
    same = [pair for pair in pairs if pair.same]
    rows.append(("all of the same recording", *_row(same)))
    rows.append(("different tracks that were compared", *_row([p for p in pairs if not p.same])))
    found = [pair for pair in pairs if pair.compared is not None and pair.compared.same]
    right = sum(pair.same for pair in found)
    wrong = "".join(f"\nWrong: {pair.names}." for pair in found if not pair.same)
    return (
        table(
            ("", "pairs", "found", "lowest share of like sections", "share of peaks, 1 % to 99 %"),
            rows,
        )
        + f"\n\nPrecision {right / max(len(found), 1):.4f} ({right} of {len(found)}), recall "
        f"{right / max(len(same), 1):.4f} ({right} of {len(same)}). CPU a track: median "
        f"{np.median(cpu_ms):.1f} ms, at most {max(cpu_ms):.1f} ms.{wrong}"
    )


def _row(pairs: Sequence[Pair]) -> tuple[str, ...]:
    compared = [pair.compared for pair in pairs if pair.compared is not None]
    found = sum(one.same for one in compared)
    if not compared:
        return str(len(pairs)), str(found), "", ""
    likeness = [one.agreement.alike for one in compared if one.shared >= LEAST_OVERLAP - NEAR]
    extreme = min(likeness) if pairs[0].same else max(likeness, default=0.0)
    shares = np.concatenate([one.agreement.shares for one in compared])
    low, high = np.percentile(shares, (1, 99))
    return str(len(pairs)), str(found), f"{extreme:.2f}", f"{low:.2f} to {high:.2f}"


def main() -> int:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser)
    parser.add_argument("--tracks", type=int, default=40, help="of which other files are made")
    parser.add_argument("--tune", action="store_true", help="measure the tuning music")
    parser.add_argument("--write", action="store_true", help="into bench/README.md as well")
    options = parser.parse_args()
    if options.tune and options.write:
        parser.error("--tune is for exploring: what it measures is never written")
    music = (load_tuning if options.tune else load)(options.music, options.noise)
    tracks = [*music.indexed, *music.unknown]
    rng = np.random.default_rng(SEED)
    chosen = {tracks[i] for i in rng.permutation(len(tracks))[: options.tracks].tolist()}
    with processes() as pool:
        made = [pool.submit(versions if path in chosen else original, path) for path in tracks]
        held = [one for future in made for one in future.result()]
    with tempfile.TemporaryDirectory() as folder:
        told = report(*pairs_of(held, Path(folder)))
    told = f"{music} Other files of {len(chosen)} of the first and unknown ones.\n\n{told}"
    sys.stdout.write(f"{told}\n")
    if options.write:
        publish("duplicates", told, [])
    return 0


if __name__ == "__main__":
    sys.exit(main())
