"""Durations, sizes and counts as people write them."""

from __future__ import annotations

import pytest

from wavvy.cli.quantity import clock, count, duration, percent, size


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "0:00"),
        (107_499, "1:47"),
        (107_500, "1:48"),
        (3_599_400, "59:59"),
        (7_390_000, "2:03:10"),
        (-5, "0:00"),
    ],
)
def test_clock(milliseconds: int, text: str) -> None:
    assert clock(milliseconds) == text


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(9_300, "9.3 s"), (59_900, "59.9 s"), (60_000, "1 min"), (43_500_000, "12 h 05 min")],
)
def test_duration(milliseconds: int, text: str) -> None:
    assert duration(milliseconds) == text


@pytest.mark.parametrize(
    ("byte_count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (3_440_000, "3.4 MB"), (999_700, "1.0 MB")],
)
def test_size(byte_count: int, text: str) -> None:
    assert size(byte_count) == text


def test_count() -> None:
    assert (count(1, "track"), count(1234, "track")) == ("1 track", "1,234 tracks")


@pytest.mark.parametrize(
    ("probability", "text"),
    [(1.0, "100 %"), (0.9999, "99 %"), (0.5, "50 %"), (0.001, "1 %"), (0.0, "0 %")],
)
def test_percent(probability: float, text: str) -> None:
    assert percent(probability) == text
