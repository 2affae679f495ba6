"""From a file to what the catalogue keeps of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from wavvy.catalog.track import TrackTags
from wavvy.dsp.fingerprint import fingerprint_blocks
from wavvy.dsp.params import DEFAULT, FingerprintParams
from wavvy.errors import InvalidAudio, NoAudio
from wavvy.sandbox.patience import Patience
from wavvy.sandbox.pool import Sandbox


class Prepared(NamedTuple):
    """A file, ready for the catalogue."""

    content_hash: bytes
    duration_ms: int
    fingerprint: bytes
    tags: TrackTags
    warnings: list[str]


def prepare(
    path: Path,
    name: str | None = None,
    params: FingerprintParams = DEFAULT,
    *,
    sandbox: Sandbox,
    patience: Patience,
    max_seconds: float | None = None,
) -> Prepared:
    """Decode and fingerprint a file.

    Parameters
    ----------
    path : Path
        The file.
    name : str, optional
        What its sender called it, where that is not its own name.
    params : FingerprintParams
        How fingerprints are made.
    sandbox : Sandbox
        Decodes it.
    patience : Patience
        How long that may take.
    max_seconds : float, optional
        How long it may be.

    Raises
    ------
    MediaError, InvalidAudio
        If there is no sound in it, or less than one window (256 ms).
    TooLarge
        If it is longer than `max_seconds`.
    """
    digest = hashlib.blake2b(digest_size=16)
    with sandbox.decoder(
        path,
        sample_rate=params.sample_rate,
        name=name,
        max_seconds=max_seconds,
        patience=patience,
    ) as decoder:
        fingerprint = fingerprint_blocks(_hashed(decoder, digest), params)
    duration_ms = round(1000 * decoder.seconds)
    if not fingerprint.counts.size:
        raise InvalidAudio(
            f"{name or path} is too short to be recognised ({duration_ms} ms); "
            "add a longer recording"
        )
    if not fingerprint.freqs.size:
        raise NoAudio(
            f"{name or path} holds only silence; there is nothing to recognise in it, leave it out"
        )
    return Prepared(
        digest.digest(),
        duration_ms,
        fingerprint.to_bytes(),
        sandbox.tags(path, name=name),
        list(decoder.warnings),
    )


def _hashed(
    blocks: Iterable[NDArray[np.float32]], digest: hashlib.blake2b
) -> Iterator[NDArray[np.float32]]:
    """Pass audio on; its hash is that of 16-bit samples, so that a last bit rarely matters."""
    for block in blocks:
        digest.update((np.clip(block, -1.0, 1.0) * 32767).astype("<i2").data)
        yield block
