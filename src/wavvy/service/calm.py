"""Streams ask more seldom while a server is busy, so that it stays with all of them."""

from __future__ import annotations

MOST = 8.0
"""At most so much more seldom: an answer that comes late is better than none, up to there."""
_MEMORY_S = 1.0  # of audio: one hiccup is no burden


class Calm:
    """What one stream notices of the server's burden: how long its audio waits for a thread.

    While that is longer than the audio lasts, the server falls behind.
    """

    def __init__(self) -> None:
        self._behind = 0.0  # seconds waited for each second of audio, of late

    def heard(self, audio_seconds: float, waited_seconds: float) -> None:
        """Take note of one message."""
        if audio_seconds > 0:
            part = min(audio_seconds / _MEMORY_S, 1.0)
            self._behind += part * (waited_seconds / audio_seconds - self._behind)

    @property
    def factor(self) -> float:
        """How many times as long as usual the stream lets a question wait for the next, 1 to 8."""
        return min(max(self._behind, 1.0), MOST)
