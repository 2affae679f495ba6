from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import MagicMock, Mock

import numpy as np
import pytest

from wavvy.dsp.fingerprint import Fingerprint
from wavvy.dsp.params import DEFAULT
from wavvy.errors import DamagedIndex, IncompatibleStore
from wavvy.index.format import HEADER_BYTES, SECTIONS, SMALL_SECTIONS
from wavvy.index.segment import Segment

MakeFingerprint = Callable[..., Fingerprint]
MakeSegment = Callable[..., Segment]
DIGEST = DEFAULT.digest()


@pytest.fixture
def sound(segment: MakeSegment, fingerprint: MakeFingerprint) -> Segment:
    return segment([(i, fingerprint(i)) for i in range(3)])


def with_flipped_bit(sound: Segment, position: int, bit: int = 0) -> Path:
    """Write a copy of a segment with one bit turned."""
    data = bytearray(sound.path.read_bytes())
    data[position] ^= 1 << bit
    path = sound.path.with_name("bad.seg")
    path.write_bytes(bytes(data))
    return path


def places(sound: Segment, name: str) -> list[int]:
    """Return the positions of the first, the last and some other bytes of a section."""
    offset, size, _ = sound.header.sections[name]
    inside = np.random.default_rng(1).integers(0, size, 20)
    return [offset, offset + size - 1, *(offset + inside).tolist()]


def test_any_damage_to_the_header_is_noticed_on_opening(sound: Segment) -> None:
    for position in range(HEADER_BYTES):
        with pytest.raises(DamagedIndex, match=r"bad\.seg"):
            Segment(with_flipped_bit(sound, position, position % 8), DIGEST)


@pytest.mark.parametrize("name", SMALL_SECTIONS)
def test_damage_to_what_a_search_relies_on_is_noticed_on_opening(sound: Segment, name: str) -> None:
    for position in places(sound, name):
        with pytest.raises(DamagedIndex, match=rf"bad\.seg.*{name}"):
            Segment(with_flipped_bit(sound, position, position % 8), DIGEST)


@pytest.mark.parametrize("name", [name for name in SECTIONS if name not in SMALL_SECTIONS])
def test_damage_to_any_other_section_is_noticed_by_verify(sound: Segment, name: str) -> None:
    for position in places(sound, name):
        opened = Segment(with_flipped_bit(sound, position, position % 8), DIGEST)
        with pytest.raises(DamagedIndex, match=rf"bad\.seg.*{name}"):
            opened.verify()


def test_a_segment_cut_short_is_noticed_on_opening(sound: Segment) -> None:
    data = sound.path.read_bytes()
    path = sound.path.with_name("bad.seg")
    for length in {0, 1, HEADER_BYTES, *range(7, len(data), len(data) // 50), len(data) - 1}:
        path.write_bytes(data[:length])
        with pytest.raises(DamagedIndex, match=r"bad\.seg"):
            Segment(path, DIGEST)


def test_a_header_that_the_disk_cannot_read_is_damage_to_the_index(
    sound: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = MagicMock()
    file.__enter__().read.side_effect = OSError(errno.EIO, os.strerror(errno.EIO))
    monkeypatch.setattr(Path, "open", Mock(return_value=file))
    with pytest.raises(DamagedIndex, match=r"some\.seg: Input/output error"):
        Segment(sound.path, DIGEST)


CHECKED_LAST = """
import atexit, sys
from pathlib import Path

def check():
    segment.verify()
    print("whole")

atexit.register(check)
from wavvy.dsp.params import DEFAULT
from wavvy.index.segment import Segment
segment = Segment(Path(sys.argv[1]), DEFAULT.digest())
"""


def test_a_process_that_ends_does_not_take_it_for_damaged(sound: Segment) -> None:
    command = [sys.executable, "-c", CHECKED_LAST, str(sound.path)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (run.stdout, run.stderr) == ("whole\n", "")


def test_a_missing_file_is_damage_to_the_index(tmp_path: Path) -> None:
    with pytest.raises(DamagedIndex, match=r"gone\.seg.*missing"):
        Segment(tmp_path / "gone.seg", DIGEST)


def test_another_kind_of_file_is_damage_to_the_index(tmp_path: Path) -> None:
    (tmp_path / "song.seg").write_bytes(b"RIFF" * 1000)

    with pytest.raises(DamagedIndex, match=r"song\.seg"):
        Segment(tmp_path / "song.seg", DIGEST)


def test_other_parameters_are_refused(sound: Segment) -> None:
    other = replace(DEFAULT, fan_out=DEFAULT.fan_out + 1)

    with pytest.raises(IncompatibleStore, match=r"some\.seg.*parameters"):
        Segment(sound.path, other.digest())


def test_its_arrays_cannot_be_written_to(sound: Segment) -> None:
    for name in SECTIONS:
        assert not getattr(sound, name).flags.writeable


def test_the_peaks_of_a_track_outlive_the_segment(
    sound: Segment, fingerprint: MakeFingerprint
) -> None:
    copied = sound.fingerprint(1)

    for column in copied:
        assert not any(np.shares_memory(column, getattr(sound, name)) for name in SECTIONS)
    np.testing.assert_array_equal(copied.counts, fingerprint(1).counts)
    np.testing.assert_array_equal(copied.freqs, fingerprint(1).freqs)
