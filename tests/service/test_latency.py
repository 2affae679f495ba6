from __future__ import annotations

import pytest

from wavvy.service import latency
from wavvy.service.latency import Latency, LatencyStats


def test_median_and_tail() -> None:
    answers = Latency()
    assert answers.stats() == LatencyStats(0, None, None)
    answers.took(30)
    assert answers.stats() == LatencyStats(1, 30, 30)
    for ms in range(1, 101):
        answers.took(ms)
    assert answers.stats() == LatencyStats(101, 50, 95)


def test_what_is_long_ago_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Latency()
    answers.took(30)
    monkeypatch.setattr(latency, "WINDOW_S", -1.0)
    assert answers.stats() == LatencyStats(0, None, None)
