from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from wavvy.catalog.providers import Allowance
from wavvy.catalog.repository import Catalog


def test_turns_are_apart_whoever_takes_them(catalog: Catalog) -> None:
    with ThreadPoolExecutor(4) as pool:
        turns = [*pool.map(lambda _: catalog.providers.take_turn("p", 100.0), range(5))]
    assert all(turn.refusal is None for turn in turns)
    first, *others = sorted(turn.wait_s for turn in turns)
    assert first == 0
    assert all(40 < wait_s <= 100 for wait_s in others)
    assert catalog.providers.take_turn("another", 100.0).wait_s == 0


def test_an_allowance_is_counted_by_day(catalog: Catalog) -> None:
    today, tomorrow = Allowance("2026-01-31", 2, 500.0), Allowance("2026-02-01", 2, 500.0)
    turns = [catalog.providers.take_turn("p", 0.0, today) for _ in range(3)]
    assert [turn.refusal is None for turn in turns] == [True, True, False]
    assert turns[2].wait_s == 500.0
    assert catalog.providers.take_turn("p", 0.0).refusal is None  # what counts towards nothing
    assert catalog.providers.take_turn("p", 0.0, tomorrow).refusal is None
    state = catalog.providers.states()["p"]
    assert (state.day, state.calls_today) == ("2026-02-01", 1)


def test_a_provider_is_left_alone_after_failures_until_it_answers(catalog: Catalog) -> None:
    resting = [catalog.providers.failed("p", "it is\ndown") for _ in range(6)]
    assert resting == [False] * 4 + [True] * 2
    turn = catalog.providers.take_turn("p", 0.0)
    assert turn.refusal == "it is down"
    assert 60 < turn.wait_s <= 120
    for _ in range(40):
        catalog.providers.failed("p", "down")
    assert catalog.providers.take_turn("p", 0.0).wait_s <= 3600
    catalog.providers.answered("p")
    assert catalog.providers.take_turn("p", 0.0).refusal is None
    state = catalog.providers.states()["p"]
    assert (state.trouble, state.blocked_until) == (None, None)


def test_a_block_lasts_as_long_as_is_said(catalog: Catalog) -> None:
    catalog.providers.block("p", 300.0, "too often")
    turn = catalog.providers.take_turn("p", 0.0)
    assert 290 < turn.wait_s <= 300
    assert turn.refusal == "too often"
    catalog.providers.block("p", 0.0, "no such key")
    assert catalog.providers.take_turn("p", 0.0).refusal is None
    assert catalog.providers.states()["p"].trouble == "no such key"


def test_of_a_provider_that_was_never_asked_nothing_is_known(catalog: Catalog) -> None:
    catalog.providers.answered("p")
    assert catalog.providers.states() == {}
