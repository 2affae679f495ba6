"""Durations, sizes and counts as people write them."""

from __future__ import annotations


def clock(milliseconds: int) -> str:
    """Return a position or length as ``1:47`` or ``2:03:10``.

    Parameters
    ----------
    milliseconds : int
        A duration in ms; it is rounded to seconds.
    """
    minutes, seconds = divmod((max(milliseconds, 0) + 500) // 1000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def duration(milliseconds: int) -> str:
    """Return an amount of music or time as ``9.3 s``, ``47 min`` or ``12 h 05 min``."""
    if milliseconds < 60_000:
        return f"{milliseconds / 1000:.1f} s"
    hours, minutes = divmod(milliseconds // 60_000, 60)
    return f"{hours:,} h {minutes:02} min" if hours else f"{minutes} min"


def size(byte_count: int) -> str:
    """Return a size as ``512 B``, ``3.4 MB`` (powers of ten, as disks are sold)."""
    value = float(byte_count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 99.5 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:,.1f} TB"


def count(number: int, noun: str) -> str:
    """Return ``1 track``, ``1,234 tracks``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def percent(probability: float) -> str:
    """Return ``98 %``; what is not quite certain never reads 100, nor what may be 0."""
    if 0.0 < probability < 1.0:
        probability = min(max(probability, 0.01), 0.99)
    return f"{probability * 100:.0f} %"
