from __future__ import annotations

import pytest
from bench.scale.growth import fitted


def test_a_power_law_is_found_and_projected() -> None:
    sizes = [1_000, 10_000, 100_000]
    curve = fitted(sizes, [3 * tracks**0.4 for tracks in sizes])
    assert curve is not None
    assert curve.exponent == pytest.approx(0.4)
    assert curve.at(10**7) == pytest.approx(3 * 10 ** (7 * 0.4))
    assert curve.worst == pytest.approx(1.0)


def test_it_says_how_far_off_it_is() -> None:
    curve = fitted([1, 10, 100], [1, 2, 1])
    assert curve is not None
    assert curve.exponent == pytest.approx(0.0)
    assert curve.worst == pytest.approx(2 ** (2 / 3))


def test_one_size_tells_nothing() -> None:
    assert fitted([1_000], [3.0]) is None
