from __future__ import annotations

import io
import os
import shutil
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from wavvy.dsp.decode import AUDIO_SUFFIXES, AudioDecoder, decode_file
from wavvy.dsp.resample import as_mono
from wavvy.errors import (
    CorruptMedia,
    InvalidAudio,
    MediaError,
    NoAudio,
    TooLarge,
    UnreadableFile,
    UnsupportedMedia,
    WavvyError,
)

SUFFIXES = [
    ".aac", ".aiff", ".amr", ".flac", ".m4a", ".mka", ".mp2", ".mp3", ".ogg", ".opus", ".wav",
    ".webm", ".wma", ".wv",
]  # fmt: skip


def likeness(decoded: NDArray[np.float32], original: NDArray[np.float32]) -> tuple[float, int]:
    """Return the highest normalised correlation and the delay at which it occurs, in samples."""
    size = len(decoded) + len(original)
    spectrum = np.fft.rfft(decoded, size) * np.conj(np.fft.rfft(original, size))
    correlation = np.fft.irfft(spectrum, size)
    delay = int(correlation.argmax())
    norm = float(np.linalg.norm(decoded) * np.linalg.norm(original))
    return float(correlation[delay]) / norm, delay if delay < size // 2 else delay - size


def wav(
    data: bytes, *, rate: int = 44100, channels: int = 1, bits: int = 16, floats: bool = False
) -> bytes:
    """Return a WAV file with a header that says so, true or not."""
    frame = channels * bits // 8 & 0xFFFF
    layout = struct.pack(
        "<HHIIHH", 3 if floats else 1, channels, rate, rate * frame & 0xFFFFFFFF, frame, bits
    )
    return (
        b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVE"
        + b"fmt " + struct.pack("<I", 16) + layout
        + b"data" + struct.pack("<I", len(data)) + data
    )  # fmt: skip


def decode_with_warnings(source: Any) -> tuple[NDArray[np.float32], list[str]]:
    with AudioDecoder(source) as decoder:
        return np.concatenate(list(decoder)), decoder.warnings


# --- what works --------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_gives_back_the_tune(
    suffix: str, encode: Callable[..., Path], tune: Callable[..., NDArray[np.float32]]
) -> None:
    path = encode(suffix)
    decoded, warnings = decode_with_warnings(path)
    assert decoded.dtype == np.float32
    assert warnings == []
    assert len(decoded) / 8000 == pytest.approx(4.0, abs=0.05)
    similarity, delay = likeness(decoded, tune(4.0))
    assert similarity > 0.85
    # Formats that do not state it keep their encoder's delay.
    assert abs(delay) < 0.06 * 8000
    assert suffix in AUDIO_SUFFIXES


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_lossless_files_equal_the_samples(
    suffix: str, encode: Callable[..., Path], tune: Callable[..., NDArray[np.float32]]
) -> None:
    samples = np.round(tune(3.0, 44100) * 2**15).astype(np.int16)
    stereo = np.stack([samples, samples // 2], axis=1)
    path = encode(suffix, samples=stereo / np.float32(2**15))
    np.testing.assert_array_equal(decode_file(path), as_mono(stereo, 44100))


@pytest.mark.parametrize("suffix", [".ogg", ".m4a", ".webm"])
def test_decoding_again_gives_the_same_samples(suffix: str, encode: Callable[..., Path]) -> None:
    path = encode(suffix)
    np.testing.assert_array_equal(decode_file(path), decode_file(io.BytesIO(path.read_bytes())))


def test_another_rate_can_be_asked_for(encode: Callable[..., Path]) -> None:
    assert len(decode_file(encode(".wav", seconds=1.0), sample_rate=16000)) == 16000


def test_a_file_at_the_target_rate_passes_untouched(encode: Callable[..., Path]) -> None:
    samples = np.arange(-800, 800, dtype=np.int16)
    path = encode(".wav", samples=samples[:, np.newaxis] / np.float32(2**15), rate=8000)
    np.testing.assert_array_equal(decode_file(path), samples / np.float32(2**15))


@pytest.mark.parametrize(
    ("bits", "floats", "data"),
    [
        (8, False, bytes([128, 192, 0])),
        (16, False, np.array([0, 2**14, -(2**15)], "<i2").tobytes()),
        (24, False, bytes([0, 0, 0, 0, 0, 0x40, 0, 0, 0x80])),
        (32, False, np.array([0, 2**30, -(2**31)], "<i4").tobytes()),
        (32, True, np.array([0, 0.5, -1], "<f4").tobytes()),
        (64, True, np.array([0, 0.5, -1], "<f8").tobytes()),
    ],
)
def test_all_sample_types_are_scaled_alike(bits: int, floats: bool, data: bytes) -> None:
    source = io.BytesIO(wav(data, rate=8000, bits=bits, floats=floats))
    np.testing.assert_allclose(decode_file(source), [0, 0.5, -1])


def test_names_with_spaces_and_unicode(encode: Callable[..., Path]) -> None:
    path = encode(".ogg", name="Ólafur – 雪 & ice (live)")
    assert len(decode_file(str(path))) > 0


def test_a_file_object_is_read_from_its_start_and_stays_open(encode: Callable[..., Path]) -> None:
    with encode(".mp3").open("rb") as file:
        file.seek(1000)
        first = decode_file(file)
        np.testing.assert_array_equal(first, decode_file(file))
        assert not file.closed


def test_a_film_gives_its_sound_without_a_warning(film: Callable[..., Path]) -> None:
    decoded, warnings = decode_with_warnings(film(sound=True))
    assert len(decoded) / 8000 == pytest.approx(1.0, abs=0.05)
    assert warnings == []


@pytest.mark.parametrize("suffix", [".mp3", ".aac"])
def test_rate_and_channels_may_change_half_way(
    suffix: str, encode: Callable[..., Path], tune: Callable[..., NDArray[np.float32]]
) -> None:
    mono = tune(2.0, 22050)[:, np.newaxis]
    first = encode(suffix, seconds=2.0, name="first").read_bytes()
    second = encode(suffix, samples=mono, rate=22050, name="second").read_bytes()
    decoded, _ = decode_with_warnings(io.BytesIO(first + second))
    assert len(decoded) / 8000 == pytest.approx(4.0, abs=0.2)
    for half in np.array_split(decoded, 2):
        similarity, _ = likeness(half, tune(2.0))
        assert similarity > 0.8


@pytest.mark.parametrize("count", [1, 3])
def test_a_few_samples_give_what_there_is(count: int) -> None:
    assert len(decode_file(io.BytesIO(wav(bytes(2 * count), rate=8000)))) == count
    assert len(decode_file(io.BytesIO(wav(bytes(2 * count), rate=44100)))) <= 1


@pytest.mark.parametrize("suffix", [".flac", ".mp3", ".ogg"])
def test_digital_silence_is_audio(suffix: str, encode: Callable[..., Path]) -> None:
    decoded = decode_file(encode(suffix, samples=np.zeros((44100, 2), np.float32)))
    assert len(decoded) / 8000 == pytest.approx(1.0, abs=0.05)
    assert np.abs(decoded).max() < 1e-4


def test_long_silence_takes_little_memory(encode: Callable[..., Path]) -> None:
    path = encode(".flac", samples=np.zeros((600 * 16_000, 1), np.float32), rate=16_000)
    assert path.stat().st_size < 200_000
    tracemalloc.start()
    with AudioDecoder(path) as decoder:
        sizes = [len(block) for block in decoder]
        peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert sum(sizes) == 600 * 8000
    assert max(sizes) <= 4 * 8000
    assert peak < 5_000_000


def test_blocks_come_before_the_file_has_been_read() -> None:
    with io.BytesIO(wav(bytes(20_000_000))) as file, AudioDecoder(file) as decoder:
        next(iter(decoder))
        assert file.tell() < 2_000_000


@pytest.mark.parametrize("rate", [1000, 11025, 44099, 192_000, 384_000])
def test_odd_rates_keep_the_duration(rate: int) -> None:
    decoded = decode_file(io.BytesIO(wav(bytes(2 * rate), rate=rate)))
    assert len(decoded) == 8000


def test_broken_characters_in_tags_do_not_matter(encode: Callable[..., Path]) -> None:
    data = encode(".flac").read_bytes()
    assert data.count(b"The title") == 1
    broken = data.replace(b"The title", b"\xff\xfe\xc3 title")
    np.testing.assert_array_equal(decode_file(io.BytesIO(broken)), decode_file(io.BytesIO(data)))


# --- limits ------------------------------------------------------------------------------------


def test_more_than_max_seconds_is_too_large(encode: Callable[..., Path]) -> None:
    path = encode(".ogg", seconds=4.0)
    with pytest.raises(TooLarge, match=r"clip\.ogg: is longer than the limit of 3 s"):
        decode_file(path, max_seconds=3)
    assert len(decode_file(path, max_seconds=4.1)) == len(decode_file(path))


def test_a_lying_header_does_not_get_round_max_seconds() -> None:
    data = wav(bytes(88_200 * 4))
    size = struct.pack("<I", 88_200 * 4)
    liar = io.BytesIO(data.replace(b"data" + size, b"data\xff\xff\xff\xff"))
    with pytest.raises(TooLarge):
        decode_file(liar, max_seconds=3)


# --- bad input ---------------------------------------------------------------------------------


def refuse(path: Path, error: type[WavvyError], message: str) -> None:
    """Assert that `path` is refused with a one-line message that begins with its name."""
    with pytest.raises(error, match=message) as caught:
        decode_file(path)
    assert caught.type is error
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp3"
    path.touch()
    refuse(path, NoAudio, "is empty")


@pytest.mark.parametrize("size", [1, 100, 5_000, 400_000])
@pytest.mark.parametrize("seed", range(5))
def test_random_bytes(tmp_path: Path, size: int, seed: int) -> None:
    path = tmp_path / "noise.mp3"
    path.write_bytes(np.random.default_rng(seed).bytes(size))
    refuse(path, UnsupportedMedia, "is not audio")


@pytest.mark.parametrize("byte", [b"\x00", b"\xff", b"a"])
def test_the_same_byte_over_and_over(tmp_path: Path, byte: bytes) -> None:
    path = tmp_path / "flat.mp3"
    path.write_bytes(byte * 100_000)
    refuse(path, UnsupportedMedia, "is not audio")


@pytest.mark.parametrize("name", ["notes.txt", "notes.mp3"])
def test_text(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text("Not a sound, only words.\n" * 500)
    refuse(path, UnsupportedMedia, "is not audio")


@pytest.mark.parametrize(
    "playlist",
    ["#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{}\n#EXT-X-ENDLIST\n",
     "ffconcat version 1.0\nfile '{}'\n"],
)  # fmt: skip
@pytest.mark.parametrize("name", ["list.m3u8", "list.mp3"])
def test_playlists_open_nothing(
    tmp_path: Path, encode: Callable[..., Path], playlist: str, name: str
) -> None:
    path = tmp_path / name
    path.write_text(playlist.format(encode(".mp3")))
    refuse(path, UnsupportedMedia, "is not audio")


def test_video_without_sound(film: Callable[..., Path]) -> None:
    refuse(film(sound=False), NoAudio, "holds no sound")


def test_truncated_m4a(encode: Callable[..., Path]) -> None:
    path = encode(".m4a")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    refuse(path, CorruptMedia, "is damaged or cut short")


@pytest.mark.parametrize("suffix", [".flac", ".m4a", ".mka", ".mp3", ".ogg", ".wav", ".wma"])
def test_nothing_but_the_beginning_of_a_header(suffix: str, encode: Callable[..., Path]) -> None:
    path = encode(suffix)
    path.write_bytes(path.read_bytes()[:40])
    refuse(path, CorruptMedia, "is damaged")


def test_header_without_samples(tmp_path: Path) -> None:
    path = tmp_path / "nothing.wav"
    path.write_bytes(wav(b""))
    refuse(path, NoAudio, "without a single sample")


@pytest.mark.parametrize("suffix", [".flac", ".mka", ".webm", ".wv"])
def test_a_file_that_ends_early_says_so(suffix: str, encode: Callable[..., Path]) -> None:
    data = encode(suffix).read_bytes()
    decoded, warnings = decode_with_warnings(io.BytesIO(data[: len(data) // 2]))
    assert 1.0 < len(decoded) / 8000 < 3.0
    assert f"ends early: {len(decoded) / 8000:.1f} s of 4.0 s decoded" in warnings


def test_ogg_with_a_hole_says_what_is_missing(encode: Callable[..., Path]) -> None:
    data = bytearray(encode(".ogg", seconds=8.0).read_bytes())
    start, end = len(data) * 4 // 10, len(data) * 6 // 10
    data[start:end] = np.random.default_rng(0).bytes(end - start)
    decoded, warnings = decode_with_warnings(io.BytesIO(data))
    assert 3.0 < len(decoded) / 8000 < 7.5
    assert any(warning.startswith("ends early") for warning in warnings)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_flipped_bytes_never_crash_or_hang(suffix: str, encode: Callable[..., Path]) -> None:
    original = encode(suffix, seconds=2.0).read_bytes()
    for seed in range(8):
        random = np.random.default_rng(seed)
        data = bytearray(original)
        for position in random.integers(0, len(data), 30):
            data[position] ^= int(random.integers(1, 256))
        try:
            decoded = decode_file(io.BytesIO(data))
        except (MediaError, InvalidAudio):
            continue
        assert np.isfinite(decoded).all()
        assert len(decoded) / 8000 < 2.5


@pytest.mark.parametrize("suffix", [".aac", ".m4a", ".mp3"])
def test_a_few_damaged_packets_are_skipped(
    suffix: str, encode: Callable[..., Path], tune: Callable[..., NDArray[np.float32]]
) -> None:
    data = bytearray(encode(suffix).read_bytes())
    middle = len(data) // 2
    data[middle : middle + 1500] = np.random.default_rng(3).bytes(1500)
    decoded, warnings = decode_with_warnings(io.BytesIO(data))
    assert len(decoded) / 8000 == pytest.approx(4.0, abs=0.3)
    assert any(warning.startswith("damaged packets skipped: ") for warning in warnings)
    similarity, _ = likeness(decoded[:14_000], tune(4.0)[:14_000])
    assert similarity > 0.9


def test_more_damage_than_sound_is_corrupt(encode: Callable[..., Path]) -> None:
    path = encode(".m4a")
    data = bytearray(path.read_bytes())
    start = data.index(b"mdat") + 4
    end = data.rindex(b"moov") - 4
    data[start:end] = np.random.default_rng(3).bytes(end - start)
    path.write_bytes(data)
    refuse(path, CorruptMedia, "too damaged")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_float_wav_with_impossible_values(tmp_path: Path, value: float) -> None:
    path = tmp_path / "broken.wav"
    samples = np.zeros(44100, "<f4")
    samples[12_345] = value
    path.write_bytes(wav(samples.tobytes(), bits=32, floats=True))
    refuse(path, InvalidAudio, "NaN, infinite")


def test_a_sample_type_that_is_not_supported(tmp_path: Path) -> None:
    path = tmp_path / "wide.wav"
    path.write_bytes(wav(bytes(800), bits=64))
    refuse(path, InvalidAudio, "type s64 are not supported")


@pytest.mark.parametrize("channels", [33, 255, 65_535])
def test_absurd_number_of_channels(tmp_path: Path, channels: int) -> None:
    path = tmp_path / "crowd.wav"
    path.write_bytes(wav(bytes(200_000), channels=channels))
    refuse(path, InvalidAudio, "channels")


@pytest.mark.parametrize("rate", [1, 7, 999, 384_001, 4_000_000])
def test_absurd_rates(tmp_path: Path, rate: int) -> None:
    path = tmp_path / "odd.wav"
    path.write_bytes(wav(bytes(2000), rate=rate))
    refuse(path, InvalidAudio, f"{rate} Hz")


@pytest.mark.parametrize("rate", [0, 2**32 - 1])
def test_impossible_rates(tmp_path: Path, rate: int) -> None:
    path = tmp_path / "odd.wav"
    path.write_bytes(wav(bytes(2000), rate=rate))
    refuse(path, CorruptMedia, "is damaged")


def test_missing_file(tmp_path: Path) -> None:
    refuse(tmp_path / "gone.mp3", UnreadableFile, "cannot be read")


def test_a_folder(tmp_path: Path) -> None:
    refuse(tmp_path, UnreadableFile, "is a folder")


def test_a_file_that_vanishes_with_its_folder(encode: Callable[..., Path]) -> None:
    path = encode(".mp3")
    shutil.rmtree(path.parent)
    refuse(path, UnreadableFile, "cannot be read")


class FailingFile(io.BytesIO):
    """A disk that is unplugged after `healthy` bytes."""

    healthy = 0

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > self.healthy:
            raise OSError(5, "Input/output error")
        return super().read(size)


@pytest.mark.parametrize("healthy", [0, 1_000_000])
def test_a_disk_that_fails_half_way(healthy: int) -> None:
    file = FailingFile(wav(bytes(4_000_000)))
    file.healthy = healthy
    message = r"upload\.wav: reading failed: Input/output error"
    with (
        pytest.raises(UnreadableFile, match=message),
        AudioDecoder(file, name="upload.wav") as decoder,
    ):
        list(decoder)


def test_a_source_that_cannot_be_rewound() -> None:
    reader, writer = os.pipe()
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe, pytest.raises(UnreadableFile, match=r"^audio: cannot"):
        decode_file(pipe)


def test_a_name_with_a_null_byte() -> None:
    with pytest.raises(UnreadableFile, match="cannot be read"):
        decode_file("a\0b.mp3")


def test_a_refused_file_is_closed_again(tmp_path: Path) -> None:
    path = tmp_path / "notes.mp3"
    path.write_text("words " * 1000)
    with pytest.raises(UnsupportedMedia):
        AudioDecoder(path)
    # Fails on Windows, or with a ResourceWarning, if the file were still open.
    path.unlink()
