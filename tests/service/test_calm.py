from __future__ import annotations

import pytest

from wavvy.service.calm import MOST, PATIENCE_S, Calm


class Clock:
    """Goes as it is told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def after(waits: int, wait: float, *, apart: float = 0.1) -> float:
    """Let so many pieces of audio wait so long, so many seconds apart; return the factor."""
    clock = Clock()
    calm = Calm(clock)
    for _ in range(waits):
        clock.now += apart
        calm.waited(wait)
    return calm.factor


def test_a_server_that_has_time_is_asked_as_usual() -> None:
    assert after(100, 0.0) == after(100, PATIENCE_S) == 1.0


def test_audio_that_waits_long_makes_calm() -> None:
    assert after(100, 3 * PATIENCE_S) == pytest.approx(3.0, rel=0.01)
    assert after(100, 60.0) == MOST


@pytest.mark.parametrize("apart", [0.002, 0.02, 0.2])
def test_how_often_audio_waits_does_not_matter(apart: float) -> None:
    assert after(round(10 / apart), 3 * PATIENCE_S, apart=apart) == pytest.approx(3.0, rel=0.01)


def test_one_hiccup_is_no_burden() -> None:
    assert after(1, 3 * PATIENCE_S, apart=1000.0) == 1.0
    assert after(1, 3 * PATIENCE_S, apart=0.01) == 1.0


def test_calm_passes_with_the_burden() -> None:
    clock = Clock()
    calm = Calm(clock)
    factors = []
    for wait in [1.0] * 500 + [0.0] * 500:
        clock.now += 0.01
        calm.waited(wait)
        factors.append(calm.factor)
    assert factors[499] == MOST
    assert factors[500:] == sorted(factors[500:], reverse=True)
    assert factors[-1] == 1.0


def test_a_burden_of_long_ago_is_forgotten() -> None:
    clock = Clock()
    calm = Calm(clock)
    for _ in range(500):
        clock.now += 0.01
        calm.waited(1.0)
    assert calm.factor == MOST
    clock.now += 3600.0
    calm.waited(0.0)
    assert calm.factor == 1.0


def test_nothing_that_waits_is_no_burden() -> None:
    calm = Calm()
    calm._wait_s = 1.0
    assert calm.factor == MOST
    calm.rest()
    assert calm.factor == 1.0
