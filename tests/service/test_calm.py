from __future__ import annotations

import pytest

from wavvy.service.calm import MOST, Calm


def after(seconds: float, waited: float, message: float = 0.1) -> float:
    """Hear so much audio, each message of which waits so long; return the factor."""
    calm = Calm()
    for _ in range(round(seconds / message)):
        calm.heard(message, waited)
    return calm.factor


def test_a_server_that_has_time_is_asked_as_usual() -> None:
    assert after(10, 0.0) == after(10, 0.09) == 1.0


def test_audio_that_waits_longer_than_it_lasts_makes_calm() -> None:
    assert after(10, 0.3) == pytest.approx(3.0, rel=0.01)
    assert after(10, 60.0) == MOST


@pytest.mark.parametrize("message", [0.02, 0.1, 0.5])
def test_what_counts_is_the_wait_for_a_second_of_audio(message: float) -> None:
    assert after(10, 3 * message, message) == pytest.approx(3.0, rel=0.01)


def test_one_hiccup_is_no_burden() -> None:
    calm = Calm()
    calm.heard(0.1, 0.9)
    assert calm.factor == 1.0


def test_calm_passes_with_the_burden() -> None:
    calm = Calm()
    for _ in range(50):
        calm.heard(0.1, 0.5)
    for _ in range(50):
        calm.heard(0.1, 0.0)
    assert calm.factor == 1.0


def test_a_message_of_no_length_says_nothing() -> None:
    calm = Calm()
    calm.heard(0.0, 5.0)
    assert calm.factor == 1.0
