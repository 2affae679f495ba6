from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavvy.errors import InvalidAudio
from wavvy.service.pcm import StreamStart


def start(form: str = "s16le", channels: int = 1, rate: int = 16000) -> StreamStart:
    return StreamStart.model_validate(
        {"type": "start", "sample_rate": rate, "format": form, "channels": channels}
    )


@given(values=st.lists(st.integers(-32768, 32767), max_size=50))
def test_integers_keep_their_value(values: list[int]) -> None:
    samples = start().decode(np.array(values, "<i2").tobytes())
    assert samples.shape == (len(values), 1)
    assert samples.dtype == np.int16
    assert samples[:, 0].tolist() == values


def test_channels_are_columns() -> None:
    frames = np.array([[0.5, -0.5], [0.25, 1.0], [0.0, -1.0]], "<f4")
    assert np.array_equal(start("f32le", channels=2).decode(frames.tobytes()), frames)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_bad_number_is_enough(bad: float) -> None:
    with pytest.raises(InvalidAudio, match="NaN or infinite"):
        start("f32le").check(np.array([0.1, bad, 0.2], "<f4").tobytes())


@pytest.mark.parametrize(("form", "channels", "size"), [("s16le", 1, 2), ("f32le", 8, 32)])
def test_messages_hold_whole_frames(form: str, channels: int, size: int) -> None:
    shape = start(form, channels)
    shape.check(bytes(5 * size))
    with pytest.raises(InvalidAudio, match=f"whole frames of {size} bytes"):
        shape.check(bytes(5 * size + 1))


@given(
    duration_ms=st.floats(0, 20_000),
    rate=st.integers(8000, 192_000),
    form=st.sampled_from(["s16le", "f32le"]),
    channels=st.integers(1, 8),
)
def test_so_many_bytes_last_so_long(
    duration_ms: float, rate: int, form: str, channels: int
) -> None:
    shape = start(form, channels, rate)
    size = shape.size_of(duration_ms)
    frames = size // shape.frame_bytes
    assert size == frames * shape.frame_bytes
    assert duration_ms <= 1000 * frames / rate + 1e-6
    assert 1000 * frames / rate < duration_ms + 1000 / rate + 1e-6
