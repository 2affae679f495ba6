"""The music: real tracks from Debian packages, or a folder of one's own.

``python -m bench.corpus`` downloads them and lists how they are split.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av

from bench.debian import unpacked

REPORT = ("wesnoth-1.16-music", "supertux-data", "warzone2100-music")
"""Measured; split into tracks that are indexed, unknown, and for tuning."""
STRANGERS = ("nexuiz-music", "asc-music", "flare-game")
"""Unknown tracks from elsewhere: never in a library, never tuned on."""
TUNE = ("ufoai-music", "planetblupi-music-ogg", "singularity-music", "hyperrogue-music")
"""For choosing parameters and fitting the score: never measured."""

SUFFIXES = frozenset({".ogg", ".opus", ".mp3", ".flac", ".m4a", ".wav"})
SHORTEST_SECONDS = 30.0
REMAKE = re.compile(r"[-_](enhanced|old|remix)$")
UNKNOWN_SHARE = 0.2
TUNE_SHARE = 0.3
TUNE_INDEXED_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Corpus:
    """Tracks by what they are for.

    Attributes
    ----------
    name : str
        "report" or "tune".
    indexed : list of Path
        In the library; clips of them must be found.
    unknown : list of Path
        Not in the library; clips of them must be refused.
    tune : list of Path
        In the library beside the indexed ones, but no measured clip is theirs: they are known to
        whoever chose the parameters.
    strangers : list of Path
        More unknown tracks, of other albums.
    noise : Path or None
        A folder of WAVs with real noise.
    """

    name: str
    indexed: list[Path]
    unknown: list[Path]
    tune: list[Path] = field(default_factory=list)
    strangers: list[Path] = field(default_factory=list)
    noise: Path | None = None

    @property
    def library(self) -> list[Path]:
        """What is indexed."""
        return sorted([*self.indexed, *self.tune])

    @property
    def foreign(self) -> list[Path]:
        """All that is not indexed."""
        return [*self.unknown, *self.strangers]

    @property
    def everything(self) -> list[Path]:
        """All tracks but the strangers, for what only measures cost."""
        return sorted([*self.indexed, *self.unknown, *self.tune])

    def __str__(self) -> str:
        parts = {name: getattr(self, name) for name in ("indexed", "tune", "unknown", "strangers")}
        counts = ", ".join(f"{len(paths)} {name}" for name, paths in parts.items() if paths)
        return f"Tracks, {self.name} part: {counts}."


def load(music: Path | None = None, noise: Path | None = None) -> Corpus:
    """Find the music that is measured, downloading it the first time, and split it.

    The split goes by a hash of the file name, so it is the same on every machine and does not
    move when tracks are added. A remake goes where its original goes, since both may hold the
    same recording.
    """
    parts: dict[str, list[Path]] = {"indexed": [], "unknown": [], "tune": []}
    folders = [music] if music else unpacked([*REPORT, *STRANGERS])[: len(REPORT)]
    for path in tracks(folders):
        where = _fraction(path)
        unknown, tune = where < UNKNOWN_SHARE, where < UNKNOWN_SHARE + TUNE_SHARE
        parts["unknown" if unknown else "tune" if tune else "indexed"].append(path)
    # Games share freely licensed pieces: one that bears the name of a report track is no stranger.
    names = {path.stem for part in parts.values() for path in part}
    strangers = [] if music else [p for p in tracks(unpacked(STRANGERS)) if p.stem not in names]
    return _complete(Corpus("report", **parts, strangers=strangers, noise=noise))


def load_tuning(music: Path | None = None, noise: Path | None = None) -> Corpus:
    """Find the music for choosing parameters, and split it into indexed and unknown tracks."""
    parts: dict[str, list[Path]] = {"indexed": [], "unknown": []}
    own = [] if music else list(tracks(unpacked(TUNE)))
    for path in [*own, *load(music).tune]:
        indexed = _fraction(path, "tune ") < TUNE_INDEXED_SHARE
        parts["indexed" if indexed else "unknown"].append(path)
    return _complete(Corpus("tune", **parts, noise=noise))


def tracks(folders: Iterable[Path]) -> Iterator[Path]:
    """Yield the files in these folders that hold 30 s or more, each recording once."""
    seen: set[bytes] = set()
    for path in (path for folder in folders for path in sorted(folder.rglob("*"))):
        if path.suffix.lower() not in SUFFIXES or not path.is_file():
            continue
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
        if digest not in seen and duration_seconds(path) >= SHORTEST_SECONDS:
            seen.add(digest)
            yield path


def duration_seconds(path: Path) -> float:
    """Return how long the container says `path` is; 0 where it cannot tell."""
    try:
        with av.open(path) as container:
            return (container.duration or 0) / 1_000_000
    except (av.error.FFmpegError, ValueError, OSError):
        return 0.0


def _complete(corpus: Corpus) -> Corpus:
    if not corpus.indexed or not corpus.foreign:
        sys.exit("Too few tracks of 30 s or more to measure anything: name another --music FOLDER")
    return corpus


def _fraction(path: Path, purpose: str = "") -> float:
    """Return a number in [0, 1) that depends on a track's name and what it is asked for alone."""
    name = REMAKE.sub("", path.stem)
    return int.from_bytes(hashlib.sha256(f"{purpose}{name}".encode()).digest()[:8]) / 2**64


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose the music and the noise."""
    parser.add_argument("--music", type=Path, metavar="FOLDER", help="use this music instead")
    parser.add_argument("--noise", type=Path, metavar="FOLDER", help="WAVs with real noise")


def main() -> int:
    """Print every track with its part."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser)
    options = parser.parse_args()
    for corpus in (load(options.music), load_tuning(options.music)):
        print(corpus)
        for part in ("indexed", "tune", "unknown", "strangers"):
            _list(part, getattr(corpus, part))
    return 0


def _list(part: str, paths: Sequence[Path]) -> None:
    print(f"{part}: {len(paths)} tracks, {sum(map(duration_seconds, paths)) / 3600:.2f} h")
    for path in paths:
        print(f"  {path.name}")


if __name__ == "__main__":
    sys.exit(main())
