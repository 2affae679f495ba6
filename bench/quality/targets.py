"""What is aimed at: clips accepted and right, in per cent, at 1 % false accepts."""

from __future__ import annotations

_COLUMNS = ("clean", "snr10", "snr5", "snr0", "snr-5", "room5", "room0", "codecs")
_WARPS = ("speed", "tempo", "pitch")
_CODECS = ("mp3_32k", "opus_12k", "gsm")
_ROWS: dict[float, tuple[int, ...]] = {
    1.0: (96, 85, 72, 48, 20, 48, 32, 88),
    2.0: (100, 97, 93, 78, 38, 83, 66, 98, 88, 94, 84),
    5.0: (100, 100, 99, 93, 62, 96, 89, 100, 98, 99, 96),
    10.0: (100, 100, 100, 98, 80, 99, 97, 100, 99, 100, 98),
}


def target(seconds: float, cell: str) -> int | None:
    """Return the target of a cell at a length, if there is one."""
    column = "codecs" if cell in _CODECS else cell
    row = dict(zip((*_COLUMNS, *_WARPS), _ROWS.get(seconds, ()), strict=False))
    return row.get(column)
