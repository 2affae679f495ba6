from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
from decoders import decoders

from wavvy.demo.encode import write_flac
from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.params import DEFAULT
from wavvy.errors import InvalidAudio, NoAudio, UnreadableFile, UnsupportedMedia
from wavvy.ingest.preparation import Prepared

RATE = 16000
Melody = Callable[..., np.ndarray]
Record = Callable[..., Path]
Prepare = Callable[..., Prepared]


def test_a_file_becomes_what_the_catalogue_keeps(
    prepare: Prepare, melody: Melody, record: Record, tmp_path: Path
) -> None:
    path = record(tmp_path / "03 - The Artist - A title.wav", melody(1, 6.5))
    prepared = prepare(path)
    assert prepared.duration_ms == 6500
    assert len(prepared.content_hash) == 16
    assert prepared.warnings == []
    tags = prepared.tags
    assert (tags.title, tags.artists, tags.track_number) == ("A title", ("The Artist",), 3)
    fingerprint = Fingerprint.from_bytes(prepared.fingerprint)
    frames = 1 + (6.5 * DEFAULT.sample_rate - DEFAULT.window) // DEFAULT.hop
    assert fingerprint.counts.size == frames
    assert prepare(path) == prepared


def test_the_content_is_the_sound_and_not_the_file(
    prepare: Prepare, melody: Melody, record: Record, tmp_path: Path
) -> None:
    samples = melody(1, 4.0)
    wav = prepare(record(tmp_path / "a.wav", samples))
    exact = (samples.clip(-1, 1) * 32767).astype(np.int16).astype(np.float32) / 32767
    write_flac(tmp_path / "b.flac", np.stack((exact, exact)), RATE, {"title": "Tagged"})
    flac = prepare(tmp_path / "b.flac")
    assert flac.tags.title == "Tagged"
    assert flac.content_hash == wav.content_hash
    assert flac.fingerprint == wav.fingerprint
    other = prepare(record(tmp_path / "c.wav", samples[:-1600]))
    assert other.content_hash != wav.content_hash


def test_messages_and_tags_go_by_the_name_that_the_sender_gave(
    prepare: Prepare, melody: Melody, record: Record, tmp_path: Path
) -> None:
    path = record(tmp_path / "upload-17", melody(1, 1.0))
    tags = prepare(path, "Someone - Something.wav").tags
    assert (tags.title, tags.artists) == ("Something", ("Someone",))
    path.write_text("not music " * 100)
    with pytest.raises(UnsupportedMedia, match=r"^Someone - Something\.wav"):
        prepare(path, "Someone - Something.wav")


def test_silence_is_refused(prepare: Prepare, record: Record, tmp_path: Path) -> None:
    path = record(tmp_path / "nothing.wav", np.zeros(3 * RATE))
    with pytest.raises(NoAudio, match=r"nothing\.wav holds only silence"):
        prepare(path)


@pytest.mark.parametrize(("samples", "duration_ms"), [(3, 0), (1600, 100), (4080, 255)])
def test_less_than_a_window_is_too_short(
    prepare: Prepare, melody: Melody, record: Record, tmp_path: Path, samples: int, duration_ms: int
) -> None:
    path = record(tmp_path / "short.wav", melody(1, 1.0)[:samples])
    with pytest.raises(InvalidAudio, match=rf"short\.wav is too short .*\({duration_ms} ms\)"):
        prepare(path)
    with pytest.raises(InvalidAudio, match=r"^sent\.wav is too short"):
        prepare(path, "sent.wav")


def test_a_window_is_long_enough(
    prepare: Prepare, melody: Melody, record: Record, tmp_path: Path
) -> None:
    prepared = prepare(record(tmp_path / "short.wav", melody(1, 1.0)[: round(0.26 * RATE)]))
    assert prepared.duration_ms == 260


def test_a_missing_file_is_named(prepare: Prepare, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"gone\.wav"):
        prepare(tmp_path / "gone.wav")


def test_a_long_file_takes_no_more_memory_than_a_short_one(
    prepare: Prepare, melody: Melody, record: Record, tmp_path: Path
) -> None:
    tune = melody(1, 30.0, 8000)
    peaks = []
    for copies in (2, 24):
        path = record(tmp_path / f"{copies}.wav", np.tile(tune, copies), 8000)
        tracemalloc.start()
        assert prepare(path).duration_ms == 30_000 * copies
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    decoded = 24 * tune.nbytes
    assert peaks[1] - peaks[0] < decoded / 10


def test_many_files_take_no_more_memory_than_a_few(
    prepare: Prepare, melody: Melody, record: Record, tmp_path: Path
) -> None:
    path = record(tmp_path / "a.wav", melody(1, 60.0, 8000), 8000)
    processes = [psutil.Process(), *decoders()]
    for _ in range(6):
        prepare(path)
    before = sum(process.memory_info().rss for process in processes)
    for _ in range(20):
        prepare(path)
    # The whole processes, as the decoder's memory is not Python's; its sound is 20 times 1.9 MB.
    assert sum(process.memory_info().rss for process in processes) - before < 10e6
