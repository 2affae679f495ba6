from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import wavvy
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.errors import InvalidAudio
from wavvy.library import Wavvy

HEAVY = (
    "numpy",
    "psycopg",
    "scipy",
    "numba",
    "sqlalchemy",
    "alembic",
    "av",
    "soxr",
    "fastapi",
    "matplotlib",
)


def test_the_names_are_these() -> None:
    assert wavvy.__all__ == ["Wavvy", "fingerprint", "open"]
    assert wavvy.Wavvy is Wavvy
    names: dict[str, object] = {}
    exec("from wavvy import *", names)
    assert {"Wavvy", "fingerprint", "open"} <= set(names)


def test_other_names_are_missing() -> None:
    with pytest.raises(AttributeError, match="'wavvy' has no attribute 'shazam'"):
        _ = wavvy.shazam  # type: ignore[attr-defined]


def test_importing_is_light() -> None:
    code = "import json, sys, wavvy; print(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    loaded = {name.partition(".")[0] for name in json.loads(run.stdout)}
    assert "wavvy" in loaded
    assert not loaded.intersection(HEAVY)


def test_opening_makes_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "über allem" / "a library"
    with wavvy.open(str(folder)) as library:
        assert isinstance(library, Wavvy)
        assert library.data_dir == folder
        assert library.stats().tracks == 0
    assert folder.is_dir()


def test_a_tilde_is_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    with wavvy.open("~/music data") as library:
        assert library.data_dir == tmp_path / "music data"


def test_a_fingerprint_is_that_of_the_track_in_the_library(
    empty: Wavvy, melody: Callable[..., np.ndarray], record: Callable[..., Path], tmp_path: Path
) -> None:
    samples = melody(1, 6)
    track_id = empty.add(record(tmp_path / "a.wav", samples)).track_id
    assert track_id is not None
    ((_, blob),) = empty.catalog.fingerprints([track_id])
    stored = Fingerprint.from_bytes(blob)

    made = wavvy.fingerprint((samples * 32767).astype(np.int16), 16000)
    np.testing.assert_array_equal(made.counts, stored.counts)
    np.testing.assert_array_equal(made.freqs, stored.freqs)
    assert 60 < made.freqs.size < 300, "at most 37 peaks a second"


@pytest.mark.parametrize(
    ("samples", "rate"),
    [
        ([[[0.0]]], 8000),
        (["a"], 8000),
        ([0.0, float("nan")], 8000),
        ([0.0, float("inf")], 8000),
        ([0.0], 999),
        ([0.0], 384_001),
        (np.zeros((4, 65_535)), 8000),
    ],
)
def test_senseless_samples_are_refused(samples: object, rate: int) -> None:
    with pytest.raises(InvalidAudio):
        wavvy.fingerprint(samples, rate)
