from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from bench.browser_memory import Sample, growth, measure


def sample(minutes: float) -> Sample:
    return Sample(minutes, 5 + 0.5 * minutes, 100 + round(2 * minutes), 10, 1, 40 + minutes)


def test_growth_is_by_the_minute_and_after_the_warm_up() -> None:
    early = [Sample(number / 10, 1, 900, 10, 1, 10) for number in range(2)]
    heap, nodes, resident = growth([*early, *(sample(float(n)) for n in range(1, 9))])
    assert (round(heap, 6), round(nodes, 6), round(resident, 6)) == (0.5, 2, 1)


@pytest.mark.slow
def test_listening_holds_on_to_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("chromium") is None and shutil.which("google-chrome") is None:
        missing = "no Chromium on this machine: install it (Debian: apt-get install chromium)"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    monkeypatch.setenv("WAVVY_BENCH_CACHE", str(tmp_path / "cache"))
    first, *others = measure(tmp_path, minutes=0.5, every_s=4)
    assert len(others) >= 4
    settled = others[1]
    for later in others[2:]:
        assert later.nodes <= settled.nodes + 10
        assert later.listeners <= settled.listeners + 5
        assert later.audio_contexts == first.audio_contexts == 1
    assert others[-1].heap_mb < settled.heap_mb + 1
