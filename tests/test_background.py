from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from wavvy.background import Background

PATIENCE = 20.0


class Task:
    """Counts its runs; each begins when it is let go."""

    def __init__(self) -> None:
        self.runs = 0
        self.begun = threading.Semaphore(0)
        self.go_on = threading.Semaphore(0)

    def __call__(self) -> None:
        self.begun.release()
        assert self.go_on.acquire(timeout=PATIENCE)
        self.runs += 1


@pytest.fixture
def task() -> Task:
    return Task()


@pytest.fixture
def background(task: Task) -> Iterator[Background]:
    background = Background(task, "test")
    yield background
    for _ in range(9):
        task.go_on.release()
    background.close(PATIENCE)


def test_there_is_no_thread_before_there_is_a_reason(background: Background) -> None:
    assert "test" not in {thread.name for thread in threading.enumerate()}
    assert background.wait(0)
    background.close(0)


def test_what_comes_up_meanwhile_makes_it_run_once_more(background: Background, task: Task) -> None:
    background.wake()
    assert task.begun.acquire(timeout=PATIENCE)
    for _ in range(5):
        background.wake()
    assert not background.wait(0)
    task.go_on.release()
    task.go_on.release()
    assert background.wait(PATIENCE)
    assert task.runs == 2


def test_closing_waits_for_what_is_due(background: Background, task: Task) -> None:
    background.wake()
    task.go_on.release()
    background.close(PATIENCE)
    assert task.runs == 1
    assert background.closing
    background.wake()
    assert background.wait(0)


def test_closing_does_not_wait_longer_than_it_should(background: Background, task: Task) -> None:
    background.wake()
    assert task.begun.acquire(timeout=PATIENCE)
    background.wake()
    began = time.monotonic()
    background.close(0.05)
    assert time.monotonic() - began < PATIENCE / 2
    thread = background._thread
    assert thread is not None
    task.go_on.release()
    thread.join(PATIENCE)
    assert task.runs == 1, "nothing more is begun"


def test_nobody_waits_for_ever_when_a_task_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: seen.append(str(args.exc_value)))
    broken = Background(lambda: 1 // 0, "broken")  # type: ignore[arg-type, return-value]
    broken.wake()
    assert broken.wait(PATIENCE)
    broken.wake()
    assert broken.wait(PATIENCE)
    broken.close(PATIENCE)
    assert len(seen) == 2


def test_nobody_waits_for_what_came_up_while_a_task_broke(monkeypatch: pytest.MonkeyPatch) -> None:
    def wake_and_break() -> None:
        broken.wake()
        raise ValueError

    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    broken = Background(wake_and_break, "broken")
    broken.wake()
    assert broken.wait(PATIENCE)


def test_with_an_interval_the_task_runs_now_and_again() -> None:
    runs = threading.Semaphore(0)
    background = Background(runs.release, "often", interval_s=0.01)
    assert not runs.acquire(timeout=0.05)  # not before there is a first reason
    background.wake()
    assert all(runs.acquire(timeout=10) for _ in range(3))
    background.close(10)
