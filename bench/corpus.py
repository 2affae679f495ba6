"""The music: real tracks from Debian packages, or a folder of one's own.

``python -m bench.corpus`` downloads them and lists how they are split.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import av

PACKAGES = ("wesnoth-1.16-music", "supertux-data", "warzone2100-music")
SUFFIXES = frozenset({".ogg", ".opus", ".mp3", ".flac", ".m4a", ".wav"})
SHORTEST_SECONDS = 30.0
VERSION = re.compile(r"[-_](enhanced|old|remix)$")
UNKNOWN_SHARE = 0.2
TUNE_SHARE = 0.3
QUICK_SHARE = 1 / 3


@dataclass(frozen=True, slots=True)
class Corpus:
    """Tracks by what they are for.

    Attributes
    ----------
    indexed : list of Path
        In the library; clips of them must be found.
    unknown : list of Path
        Not in the library; clips of them must be refused.
    tune : list of Path
        For choosing thresholds and parameters: in the library, but no measured clip is theirs.
    noise : Path or None
        A folder of WAVs with real noise.
    """

    indexed: list[Path]
    unknown: list[Path]
    tune: list[Path] = field(default_factory=list)
    noise: Path | None = None

    @property
    def library(self) -> list[Path]:
        """What is indexed."""
        return sorted([*self.indexed, *self.tune])

    @property
    def everything(self) -> list[Path]:
        """All tracks, for what only measures cost."""
        return sorted([*self.indexed, *self.unknown, *self.tune])


def cache_dir() -> Path:
    """Return the folder for everything downloaded or built (``WAVVY_BENCH_CACHE``)."""
    default = Path(__file__).resolve().parent.parent / ".cache" / "bench"
    folder = Path(os.environ.get("WAVVY_BENCH_CACHE") or default).expanduser().absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def load(music: Path | None = None, noise: Path | None = None, *, quick: bool = False) -> Corpus:
    """Find the music, downloading it the first time, and split it.

    The split goes by a hash of the file name, so it is the same on every machine and does not
    move when tracks are added. A remake goes where its original goes, since both may hold the
    same recording. `quick` keeps about a third of every part.
    """
    folder = music or debian_music()
    parts: dict[str, list[Path]] = {"indexed": [], "unknown": [], "tune": []}
    for path in tracks(folder):
        name = VERSION.sub("", path.stem)
        where = _fraction(name)
        if not quick or _fraction(f"quick {name}") < QUICK_SHARE:
            unknown, tune = where < UNKNOWN_SHARE, where < UNKNOWN_SHARE + TUNE_SHARE
            parts["unknown" if unknown else "tune" if tune else "indexed"].append(path)
    if not parts["indexed"] or not parts["unknown"]:
        sys.exit(f"{folder}: too few tracks of 30 s or more to measure anything, name another")
    return Corpus(parts["indexed"], parts["unknown"], parts["tune"], noise)


def tracks(folder: Path) -> Iterator[Path]:
    """Yield the files under `folder` that hold 30 s or more, each recording once."""
    seen: set[bytes] = set()
    for path in sorted(folder.rglob("*")):
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


def debian_music() -> Path:
    """Return the folder with the unpacked packages; download and unpack them if needed."""
    music = cache_dir() / "music"
    if music.is_dir():
        return music
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        sys.exit(
            "The bench's music comes from Debian packages: without apt-get, use --music FOLDER"
        )
    downloads = cache_dir() / "apt"
    unpacked = cache_dir() / "music.part"
    shutil.rmtree(unpacked, ignore_errors=True)
    for package in download(PACKAGES, downloads):
        subprocess.run(["dpkg-deb", "-x", package, unpacked], check=True)
    unpacked.rename(music)  # a download that was cut short never looks complete
    shutil.rmtree(downloads)
    return music


def download(packages: tuple[str, ...], folder: Path) -> list[Path]:
    """Download Debian packages into `folder`, without root and without the machine's lists."""
    for name in ("lists/partial", "archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    private = {
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder,
        "Dir::Cache::archives": folder / "archives",
        "Debug::NoLocking": "1",
        "APT::Sandbox::User": "",  # apt's own user may not write here
        "Acquire::Languages": "none",
    }
    apt = ["apt-get", "-q", *(word for pair in private.items() for word in _option(*pair))]
    try:
        subprocess.run([*apt, "update"], check=True)
        subprocess.run([*apt, "download", *packages], check=True, cwd=folder)
    except subprocess.CalledProcessError:
        sys.exit(f"apt-get found no {', '.join(packages)} (all in Debian 12): use --music FOLDER")
    return sorted(folder.glob("*.deb"))


def _option(name: str, value: object) -> tuple[str, str]:
    return "-o", f"{name}={value}"


def _fraction(name: str) -> float:
    """Return a number in [0, 1) that depends on `name` alone."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) / 2**64


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose the music and how much of it."""
    parser.add_argument("--music", type=Path, metavar="FOLDER", help="use this music instead")
    parser.add_argument("--noise", type=Path, metavar="FOLDER", help="WAVs with real noise")
    parser.add_argument("--quick", action="store_true", help="a third of the music, fewer clips")


def main() -> int:
    """Print every track with its part."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_options(parser)
    options = parser.parse_args()
    corpus = load(options.music, options.noise, quick=options.quick)
    for part in ("indexed", "unknown", "tune"):
        paths: list[Path] = getattr(corpus, part)
        hours = sum(map(duration_seconds, paths)) / 3600
        print(f"{part}: {len(paths)} tracks, {hours:.2f} h")
        for path in paths:
            print(f"  {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
