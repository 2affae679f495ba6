"""A library of music that Wavvy composes and renders itself, free of anyone's rights.

Read ``piece`` for the notation, ``pieces`` for the music, then ``composition`` (description to
notes) and ``render`` (notes to sound). ``degrade`` takes a clip to a noisy bar.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from wavvy.demo.composition import compose
from wavvy.demo.degrade import degrade_clip
from wavvy.demo.encode import flac_frames, write_flac, write_wav
from wavvy.demo.piece import Piece
from wavvy.demo.pieces import PIECES
from wavvy.demo.render import frame_count, render_piece
from wavvy.demo.synthesis import SAMPLE_RATE, Samples
from wavvy.dsp.decode import decode_file
from wavvy.errors import InvalidRequest, StoreError

ALBUM = "The Demo Library"

__all__ = ["ALBUM", "PIECES", "SAMPLE_RATE", "compose_library", "noisy_clip", "write_wav"]


def compose_library(
    folder: str | Path,
    *,
    on_piece: Callable[[str], None] | None = None,
    pieces: tuple[Piece, ...] = PIECES,
) -> list[Path]:
    """Render the demo library into `folder` as tagged FLAC files.

    A file that is already there and whole is kept; each new one appears only once it is whole.

    Parameters
    ----------
    folder : str or Path
        Where the files go; created if need be.
    on_piece : callable, optional
        Called with each title before its piece is rendered or found to be there.
    pieces : tuple of Piece
        What to render.

    Returns
    -------
    list of Path
        The files in track order.

    Raises
    ------
    DiskFull
        If there is no space for a file.
    StoreError
        If the folder cannot be made or written.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"cannot make {folder} ({error.strerror}); choose another") from error
    paths: list[Path] = []
    for number, piece in enumerate(pieces, start=1):
        if on_piece is not None:
            on_piece(piece.title)
        path = folder / f"{number:02d} {piece.title}.flac"
        if flac_frames(path) != frame_count(piece, compose(piece)):
            tags = {
                "title": piece.title,
                "artist": piece.artist,
                "album": ALBUM,
                "date": str(piece.year),
                "genre": piece.genre,
                "track": str(number),
            }
            write_flac(path, render_piece(piece), SAMPLE_RATE, tags)
        paths.append(path)
    return paths


def noisy_clip(
    source: str | Path | Samples,
    *,
    start_ms: int = 0,
    duration_ms: int = 5000,
    sample_rate: int = SAMPLE_RATE,
    snr_db: float = 5.0,
    seed: int = 0,
) -> Samples:
    """Cut a clip and degrade it: small room, pink noise, telephone band, overloaded microphone.

    Parameters
    ----------
    source : str, Path or numpy.ndarray, shape (n,), float32
        An audio file, or mono samples at `sample_rate`.
    start_ms, duration_ms : int
        The stretch to cut, in milliseconds.
    sample_rate : int
        Hz of the clip (and of `source`, if samples), at least 8000.
    snr_db : float
        Music over noise, in decibels.
    seed : int
        The same seed gives the same room and noise.

    Returns
    -------
    numpy.ndarray, shape (m,), float32
        The clip at `sample_rate`, peaking at 0.9; ``write_wav`` makes a file of it.

    Raises
    ------
    InvalidRequest
        If the stretch lies outside the audio or is silent.
    MediaError
        If the file cannot be decoded.
    """
    if isinstance(source, str | Path):
        source = decode_file(source, sample_rate=sample_rate)
    first, stop = (round(ms * sample_rate / 1000) for ms in (start_ms, start_ms + duration_ms))
    if not 0 <= first < stop <= source.size:
        length_ms = round(source.size * 1000 / sample_rate)
        raise InvalidRequest(
            f"no clip from {start_ms} to {start_ms + duration_ms} ms in audio of {length_ms} ms; "
            "choose a stretch inside it"
        )
    return degrade_clip(source[first:stop], sample_rate, snr_db=snr_db, seed=seed)
