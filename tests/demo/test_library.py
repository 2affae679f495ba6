from __future__ import annotations

import dataclasses
import wave
from pathlib import Path

import mutagen
import numpy as np
import pytest
from scipy import signal

from wavvy.demo import ALBUM, PIECES, SAMPLE_RATE, compose_library, noisy_clip, write_wav
from wavvy.demo.degrade import phone_band
from wavvy.demo.encode import flac_frames
from wavvy.demo.render import render_piece
from wavvy.dsp.decode import decode_file
from wavvy.errors import DiskFull, InvalidRequest, StoreError

TWO = tuple(dataclasses.replace(piece, form=piece.form[:2]) for piece in (PIECES[4], PIECES[14]))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return compose_library(tmp_path_factory.mktemp("demo") / "Müsik für alle", pieces=TWO)


def test_files_are_tagged(library: list[Path]) -> None:
    assert [path.name for path in library] == [
        "01 Paper Boats.flac",
        "02 Pocket Full of Quarters.flac",
    ]
    tags = mutagen.File(library[1]).tags
    assert tags["title"] == [TWO[1].title]
    assert tags["artist"] == [TWO[1].artist]
    assert tags["album"] == [ALBUM]
    assert tags["date"] == [str(TWO[1].year)]
    assert tags["genre"] == ["Chiptune"]


def test_a_file_holds_what_was_rendered(library: list[Path]) -> None:
    decoded = decode_file(library[0], sample_rate=SAMPLE_RATE)
    rendered = render_piece(TWO[0]).mean(axis=0)
    assert decoded.shape == rendered.shape
    np.testing.assert_allclose(decoded, rendered, atol=1e-4)


def test_whole_files_are_kept_and_others_made_anew(library: list[Path], tmp_path: Path) -> None:
    whole, broken = (tmp_path / path.name for path in library)
    whole.write_bytes(library[0].read_bytes())
    broken.write_bytes(library[1].read_bytes()[:30_000])
    before = whole.stat().st_mtime_ns
    titles: list[str] = []
    assert compose_library(tmp_path, on_piece=titles.append, pieces=TWO) == [whole, broken]
    assert titles == [piece.title for piece in TWO]
    assert whole.stat().st_mtime_ns == before
    assert broken.read_bytes() == library[1].read_bytes()
    assert sorted(tmp_path.iterdir()) == [whole, broken]


def test_a_failed_write_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(StoreError, match="Permission denied"):
        compose_library(tmp_path, pieces=TWO[:1])
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(DiskFull, match="no space left"):
        compose_library(tmp_path, pieces=TWO[:1])


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "taken"
    path.touch()
    with pytest.raises(StoreError, match="taken"):
        compose_library(path, pieces=TWO)


def test_frames_of_what_is_no_flac_are_none(tmp_path: Path) -> None:
    path = tmp_path / "noise.flac"
    path.write_bytes(bytes(range(256)) * 20)
    assert flac_frames(path) == 0
    assert flac_frames(tmp_path / "missing.flac") == 0


def test_a_noisy_clip_is_cut_from_a_file_or_from_samples(library: list[Path]) -> None:
    clip = noisy_clip(library[0], start_ms=4000, duration_ms=3000, snr_db=30)
    assert clip.shape == (3 * SAMPLE_RATE,)
    samples = decode_file(library[0], sample_rate=SAMPLE_RATE)
    same = noisy_clip(samples, start_ms=4000, duration_ms=3000, snr_db=30)
    np.testing.assert_array_equal(clip, same)


def test_a_noisy_clip_starts_where_it_should() -> None:
    random = np.random.default_rng(8)
    samples = random.standard_normal(8 * SAMPLE_RATE).astype(np.float32)
    clip = noisy_clip(samples, start_ms=4000, duration_ms=3000)
    clean = samples[4 * SAMPLE_RATE : 7 * SAMPLE_RATE]
    match = np.abs(signal.correlate(clip, phone_band(clean, SAMPLE_RATE)))
    lag_s = (np.argmax(match) - (clean.size - 1)) / SAMPLE_RATE
    assert abs(lag_s) < 0.035, "no farther off than the room's first echoes"


@pytest.mark.parametrize("start_ms", [-1, 4500, 10_000])
def test_a_clip_outside_the_audio_is_refused(start_ms: int) -> None:
    samples = np.ones(5 * SAMPLE_RATE, dtype=np.float32)
    with pytest.raises(InvalidRequest, match="5000 ms"):
        noisy_clip(samples, start_ms=start_ms, duration_ms=1000)


def test_a_wav_file_is_plain_pcm(tmp_path: Path) -> None:
    path = tmp_path / "clip.wav"
    write_wav(path, np.array([0.0, 0.5, -1.0, 2.0], dtype=np.float32), SAMPLE_RATE)
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getframerate()) == (1, SAMPLE_RATE)
        pcm = np.frombuffer(file.readframes(4), dtype="<i2")
    np.testing.assert_array_equal(pcm, [0, 16384, -32767, 32767])
