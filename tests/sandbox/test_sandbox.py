"""Files that crash, hang or swell harm nobody but themselves."""

from __future__ import annotations

import os
import signal
import struct
import sys
import threading
import time
import wave
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import av
import numpy as np
import psutil
import pytest
from decoders import decoder_of, decoders, endless
from mutagen.id3 import APIC, ID3, TIT2, TPE1

from wavvy.catalog.id3 import MOST_BYTES
from wavvy.catalog.tags import read_tags
from wavvy.catalog.track import Artwork
from wavvy.dsp.decode import AudioDecoder
from wavvy.errors import CorruptMedia, NoAudio, TooLarge, UnreadableFile, UnsupportedMedia
from wavvy.sandbox.patience import Patience
from wavvy.sandbox.pool import Sandbox


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(b"\0\0"))
    + chunk(b"IEND", b"")
)
posix = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
linux = pytest.mark.skipif(sys.platform != "linux", reason="limits as Linux has them")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(idle=1) as opened:
        opened.start()
        yield opened


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Ten seconds of the same sound in three formats."""
    random = np.random.default_rng(5)
    sound = (3000 * random.standard_normal((1, 441_000))).clip(-32000, 32000).astype("<i2")
    folder = tmp_path_factory.mktemp("songs")
    songs = {}
    for suffix, codec in (("wav", "pcm_s16le"), ("flac", "flac"), ("mp3", "libmp3lame")):
        path = songs[suffix] = folder / f"Ann - Song.{suffix}"
        with av.open(str(path), "w") as container:
            stream: Any = container.add_stream(codec, rate=44_100, layout="mono")
            for start in range(0, sound.shape[1], 4096):
                part = np.ascontiguousarray(sound[:, start : start + 4096])
                kind = "s16p" if suffix == "mp3" else "s16"
                frame = av.AudioFrame.from_ndarray(part, format=kind, layout="mono")
                frame.sample_rate = 44_100
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return songs


def heard(sandbox: Sandbox, path: Path, **options: Any) -> np.ndarray[Any, Any]:
    with sandbox.decoder(path, sample_rate=8000, **options) as decoder:
        return np.concatenate(list(decoder))


@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3"])
def test_it_hears_what_this_process_would(
    sandbox: Sandbox, songs: dict[str, Path], suffix: str
) -> None:
    path = songs[suffix]
    with AudioDecoder(path, sample_rate=8000) as own:
        expected = np.concatenate(list(own))
    with sandbox.decoder(path, sample_rate=8000) as decoder:
        assert np.array_equal(np.concatenate(list(decoder)), expected)
    assert (decoder.seconds, decoder.warnings) == (own.seconds, own.warnings)


def test_it_stops_where_it_is_enough(sandbox: Sandbox, songs: dict[str, Path]) -> None:
    assert heard(sandbox, songs["flac"], enough_seconds=3).shape == (24_000,)
    with pytest.raises(TooLarge, match="longer than the limit of 3 s"):
        heard(sandbox, songs["flac"], max_seconds=3)


@pytest.mark.parametrize("narrow", [False, pytest.param(True, marks=linux)])
def test_a_long_sound_arrives_whole(
    narrow: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes several answers, the last of them short, also where no pipe may grow."""
    refused = Mock(side_effect=PermissionError("no room for pipes"))
    if narrow:
        monkeypatch.setattr("fcntl.fcntl", refused)
    sound = np.random.default_rng(7).integers(-3000, 3000, 700_001, np.int16)
    path = tmp_path / "long.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, sound.size, "NONE", ""))
        file.writeframes(sound.astype("<i2").tobytes())
    with Sandbox() as sandbox:
        np.testing.assert_array_equal(heard(sandbox, path), sound / np.float32(32768))
        first = heard(sandbox, path, enough_seconds=50)
    np.testing.assert_array_equal(first, sound[:400_000] / np.float32(32768))
    assert refused.called == narrow


def test_tags_come_as_they_are(sandbox: Sandbox, songs: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "x.mp3"
    path.write_bytes(songs["mp3"].read_bytes())
    tags = ID3()
    for frame in (TIT2(3, "Straße"), TPE1(3, ["A", "B"]), APIC(0, "image/png", 3, "", PNG)):
        tags.add(frame)
    tags.save(path)
    assert sandbox.tags(path, name="sent.mp3") == read_tags(path, name="sent.mp3")
    assert sandbox.tags(path).title == "Straße"
    assert sandbox.tags(songs["wav"]).title == "Song"


def test_the_cover_beside_a_file_is_its_own_but_not_that_of_an_upload(
    sandbox: Sandbox, songs: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "Ann - Song.wav"
    path.write_bytes(songs["wav"].read_bytes())
    (tmp_path / "cover.png").write_bytes(PNG)
    assert sandbox.tags(path) == read_tags(path)
    assert sandbox.tags(path).artwork == Artwork("image/png", PNG)
    assert sandbox.tags(path, name="sent.wav").artwork is None


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", NoAudio),
        (b"just words" * 100, UnsupportedMedia),
        (b"OggS" + bytes(1000), CorruptMedia),
        (None, UnreadableFile),
    ],
)
def test_errors_are_those_of_the_decoder(
    sandbox: Sandbox, tmp_path: Path, content: bytes | None, error: type[Exception]
) -> None:
    path = tmp_path / "file.ogg"
    if content is not None:
        path.write_bytes(content)
    before = decoders()
    with pytest.raises(error, match=r"sent\.ogg") as mine:
        heard(sandbox, path, name="sent.ogg")
    with pytest.raises(error) as own, AudioDecoder(path, name="sent.ogg") as decoder:
        list(decoder)
    assert str(mine.value) == str(own.value)
    assert decoders() == before  # it is still good


def during(
    sandbox: Sandbox, path: Path, act: Callable[[psutil.Process], None], **options: Any
) -> str:
    """Do something to the process while it decodes; return what became of the file."""
    try:
        with sandbox.decoder(path, sample_rate=8000, name="bad.wav", **options) as decoder:
            for number, _ in enumerate(decoder):
                if number == 0:
                    act(decoder_of(path))
    except CorruptMedia as failed:
        return str(failed)
    raise AssertionError("it was decoded to its end")


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return endless(tmp_path_factory.mktemp("endless") / "long.wav")


@posix
def test_a_crash_is_that_file_s_alone(sandbox: Sandbox, songs: dict[str, Path], long: Path) -> None:
    message = during(sandbox, long, lambda child: child.send_signal(signal.SIGSEGV))
    assert message.startswith("bad.wav crashes the decoder")
    assert heard(sandbox, songs["wav"]).size == 80_000


@posix
def test_one_that_hangs_is_given_up(sandbox: Sandbox, songs: dict[str, Path], long: Path) -> None:
    began = time.monotonic()
    stop = during(
        sandbox,
        long,
        lambda child: child.suspend(),
        patience=Patience(cpu_seconds=60, wait_seconds=0.5, silent_seconds=60),
    )
    assert stop.startswith("bad.wav takes too long")
    assert time.monotonic() - began < 20
    assert heard(sandbox, songs["wav"]).size == 80_000


@linux
def test_one_that_computes_for_ever_is_given_up(sandbox: Sandbox, long: Path) -> None:
    with pytest.raises(CorruptMedia, match="takes too long"):
        heard(sandbox, long, patience=Patience(cpu_seconds=0, wait_seconds=60, silent_seconds=60))


@linux
def test_memory_is_bounded(songs: dict[str, Path], tmp_path: Path) -> None:
    """A tag of 400 MB, which takes no space on disk, is too much for the tag reader."""
    path = tmp_path / "fat.mp3"
    size = 400_000_000
    bits = bytes(size >> shift & 127 for shift in (21, 14, 7, 0))
    frame = b"APIC" + bytes((size - 10) >> shift & 127 for shift in (21, 14, 7, 0)) + b"\0\0"
    with path.open("wb") as file:
        file.write(b"ID3\x04\0\0" + bits + frame)
        file.seek(size + 10)
        file.write(songs["mp3"].read_bytes())
    peaks: list[int] = []
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.005):
            for child in decoders():
                with suppress(psutil.NoSuchProcess):
                    peaks.append(child.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with Sandbox(idle=1, memory_mb=128) as small:
            assert small.tags(path, name="Ann - Fat.mp3").title == "Fat"
            assert heard(small, songs["mp3"]).size >= 80_000
    finally:
        done.set()
        watcher.join()
    assert max(peaks) < 300_000_000


def compressed_frame(data: bytes) -> bytes:
    """Return an ID3v2.3 tag with one compressed picture."""
    body = struct.pack(">I", len(data)) + zlib.compress(data, 9)
    frame = b"APIC" + struct.pack(">I", len(body)) + b"\0\x80" + body
    size = bytes(len(frame) >> shift & 127 for shift in (21, 14, 7, 0))
    return b"ID3\x03\0\0" + size + frame


def test_compressed_tags_do_not_explode(songs: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "x.mp3"
    for size, kept in ((1000, True), (MOST_BYTES + 1, False)):
        picture = b"\0image/png\0\3\0" + PNG + bytes(size - len(PNG) - 13)
        path.write_bytes(compressed_frame(picture) + songs["mp3"].read_bytes())
        assert path.stat().st_size < 500_000
        assert (read_tags(path, name="A - B.mp3").artwork is not None) is kept


def test_a_warm_process_is_used_again_and_a_dead_one_is_not(songs: dict[str, Path]) -> None:
    before = set(decoders())
    with Sandbox(idle=1) as mine:
        mine.start()
        (first,) = set(decoders()) - before
        for _ in range(3):
            heard(mine, songs["wav"])
        assert set(decoders()) - before == {first}
        first.kill()
        first.wait()
        assert heard(mine, songs["wav"]).size == 80_000
    assert set(decoders()) - before == set()


def test_one_that_is_left_half_way_is_not_used_again(
    sandbox: Sandbox, songs: dict[str, Path], long: Path
) -> None:
    with sandbox.decoder(long, sample_rate=8000) as decoder:
        next(iter(decoder))
    assert heard(sandbox, songs["wav"]).size == 80_000


def test_a_branch_borrows_what_waits_and_gives_it_back(songs: dict[str, Path]) -> None:
    before = set(decoders())
    with Sandbox(idle=1) as mine:
        mine.start()
        (warm,) = set(decoders()) - before
        with mine.branch(2) as branch:
            both = set(decoders()) - before
            assert len(both) == 2
            assert warm in both
            assert heard(branch, songs["wav"]).size == 80_000
        (kept,) = set(decoders()) - before
        assert kept in both
        assert heard(mine, songs["wav"]).size == 80_000
        assert set(decoders()) - before == {kept}


def test_a_branch_that_is_left_ends_what_it_was_at(songs: dict[str, Path], long: Path) -> None:
    before = set(decoders())
    with Sandbox(idle=2) as mine:
        with mine.decoder(long, sample_rate=8000) as decoder:
            blocks = iter(decoder)
            next(blocks)
            (ours,) = set(decoders()) - before
            with mine.branch(1) as branch, branch.decoder(long, sample_rate=8000) as broken:
                next(iter(broken))
                (theirs,) = set(decoders()) - before - {ours}
            assert not theirs.is_running()
            with pytest.raises(RuntimeError, match="closed"):
                heard(branch, songs["wav"])
            next(blocks)
        assert heard(mine, songs["wav"]).size == 80_000


def test_files_are_decoded_side_by_side(songs: dict[str, Path]) -> None:
    with Sandbox(idle=1) as mine:
        results: list[int] = []
        threads = [
            threading.Thread(target=lambda: results.append(heard(mine, songs["mp3"]).size))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert len(results) == 4
        assert len(set(results)) == 1


@linux
def test_it_is_told_no_secrets(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAVVY_DATABASE_URL", "postgresql://wavvy:hunter2@db/wavvy")
    with Sandbox(idle=1) as mine:
        before = set(decoders())
        mine.start()
        (child,) = set(decoders()) - before
        assert b"hunter2" not in Path(f"/proc/{child.pid}/environ").read_bytes()
